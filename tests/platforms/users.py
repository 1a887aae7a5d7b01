"""Users of messaging apps: who they are, what they say, and what they are told."""

from __future__ import annotations

from itertools import count

TEAM, LINK = "070-3738314", "+31703738314"
SERIOUS = "Er staat al drie nachten een man voor mijn huis die roept dat hij me doodmaakt"
CALM = "Wat is een woningscan?"
GROUP = "Ik praat alleen in een privégesprek"
ONLY_TEXT = "Ik kan alleen tekst lezen"
_numbers = count(31600000001)


def new_user() -> int:
    """Returns somebody who never wrote before, as a number."""
    return next(_numbers)
