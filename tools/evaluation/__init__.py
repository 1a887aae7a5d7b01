"""Measures the assistant's understanding: `compare` sets classifiers side by side, `report` writes the page."""
