"""The version of the assistant that runs, as pyproject.toml gives it; `make version` writes both."""

VERSION = "1.0.0"
