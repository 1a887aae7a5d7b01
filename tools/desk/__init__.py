"""The editor's desk, `make desk`: a local page with all answers, a box to try a message, and what is to be reviewed.

It is for the computer of an editor or a developer. It is no part of the assistant and not in its image.
"""
