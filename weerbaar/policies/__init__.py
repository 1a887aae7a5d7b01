"""The policies: each plans a whole turn, or leaves the turn to the next policy."""
