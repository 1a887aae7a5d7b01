"""Logs and metrics of the assistant."""
