"""Tools of the developers; nothing in here serves."""
