"""Recognises what the assistant itself said in what a user forwards or quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from weerbaar.channels.apps.texts import MAX_CHARACTERS, TEXTS
from weerbaar.contacts import safety_text
from weerbaar.conversation.long_text import request_for_parts

# So many equal letters and digits in a row are no coincidence: the assistant said them.
LEAST_ALIKE = 20
_NO_LETTER = re.compile(r"[\W_]+")


def is_of_assistant(agent: Any, text: str) -> bool:
    """Returns whether a forwarded or quoted text, or the part that an app shows, was said by the assistant.

    Not every app tells who wrote what a user forwards, and words such as 'bel 112' must not be read as the user's case.
    """
    letters = _letters_only(text)
    return len(letters) >= LEAST_ALIKE and any(letters in _letters_only(said) for said in _said_by_assistant(agent))


def _letters_only(text: str) -> str:
    return _NO_LETTER.sub("", text).lower()


def _said_by_assistant(agent: Any) -> Iterator[str]:
    """Yields every text that the assistant and its channels can say."""
    yield from (*TEXTS.values(), safety_text(), request_for_parts(MAX_CHARACTERS))
    for variants in getattr(getattr(agent, "domain", None), "responses", {}).values():
        yield from (variant.get("text") or "" for variant in variants)
