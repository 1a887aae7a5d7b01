"""Custom graph components and policies of the assistant, registered in config.yml by module path."""
