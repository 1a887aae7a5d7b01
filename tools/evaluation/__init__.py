"""Measures how well the assistant understands: `report` writes a page, `collection` shows changes in the figures."""
