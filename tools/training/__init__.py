"""Training: what changed since the last model, the quick way for changed texts, and `rasa train` with its progress."""
