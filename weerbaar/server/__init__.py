"""Serves the assistant: model check, patches to Rasa, start. `python -m weerbaar.server` starts it."""
