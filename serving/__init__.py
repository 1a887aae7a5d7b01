"""How the assistant is served: its start, its logs, its metrics. `python -m serving` starts it."""
