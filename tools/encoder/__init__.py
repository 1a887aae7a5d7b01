"""Builds the encoder in models/encoder: `make encoder`. Runs in an environment of its own, with PyTorch."""
