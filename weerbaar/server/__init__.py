"""How the assistant is served: its start, its logs, its metrics. `python -m weerbaar.server` starts it."""
