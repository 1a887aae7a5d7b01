"""Builds the encoder in models/encoder: `make encoder`. It runs in its own environment, with PyTorch."""
