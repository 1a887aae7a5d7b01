"""The messaging apps: what they share, and a module for each platform."""
