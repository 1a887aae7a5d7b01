"""Benchmarks: measures speed, memory and capacity, which the tests do not check."""
