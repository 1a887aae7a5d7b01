"""Tracker stores of the assistant, registered in endpoints.yml by module path."""
