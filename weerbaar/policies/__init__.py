"""The policies: each plans a whole turn, or leaves it to the next."""
