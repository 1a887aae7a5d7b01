"""Defines Arrival, the form that a message of any platform gets, and helpers to read request bodies."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timezone
from typing import Any

from sanic.exceptions import InvalidUsage
from sanic.request import Request

from weerbaar.conversation.long_text import MOST_READ, beginning_and_end

# In seconds. A message that is read later than this may no longer describe what is happening now.
LATE_SECONDS = 3_600
# Longest key of a button; no platform returns a longer one of ours.
MOST_IN_CHOICE = 64
# The first of January 2001; an earlier time is not a real one.
_EARLIEST = 978_307_200


class Forged(Exception):
    """A request that does not come from the platform; `status` is 401 without proof of origin, 403 with a wrong one."""

    def __init__(self, status: int) -> None:
        """Creates the exception with the HTTP status to answer with."""
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Arrival:
    """One thing that one user did.

    Attributes:
        id: The platform's id, the same at each delivery.
        sender: The user, as the platform names them; only a keyed hash of it goes further.
        chat: Where to answer, as the platform names it.
        text: What the user typed, also below a photo, or the title of the button that was pressed.
        choice: The key of the button that was pressed (`button_key`).
        private: Whether nobody else can read along.
        sent: When the user did it, in seconds since 1970 (`unix_time`); 0.0 when the platform does not say.
        media: Whether it contains something that cannot be read.
        about: What else the channel needs to answer.
        quoted: Words of somebody else that the user forwards or quotes; never words of the assistant.
    """

    id: str
    sender: str
    chat: str
    text: str = ""
    choice: str = ""
    _: KW_ONLY
    # Without defaults, so that no channel forgets them: a group must not count as private, nor an old message as new.
    private: bool
    sent: float
    media: bool = False
    about: dict[str, Any] = field(default_factory=dict)
    quoted: str = ""

    def __post_init__(self) -> None:
        """Keeps no more than can be read; raises TypeError when something that must be text is not."""
        texts = (self.id, self.sender, self.chat, self.text, self.choice, self.quoted)
        if not all(isinstance(each, str) for each in texts):
            raise TypeError("not text")
        for name in ("text", "quoted"):
            object.__setattr__(self, name, beginning_and_end(getattr(self, name).strip(), MOST_READ))
        object.__setattr__(self, "choice", self.choice[:MOST_IN_CHOICE])

    @property
    def late(self) -> bool:
        """Whether it is read so late that it may no longer be true."""
        return bool(self.sent) and time.time() - self.sent > LATE_SECONDS


def unix_time(when: Any) -> float:
    """Returns a platform's time in seconds since 1970; 0.0 when it is not a time.

    Args:
        when: Seconds since 1970 as a number or text, or a date and time as text (ISO 8601; UTC when it names no zone).
    """
    found = 0.0
    with suppress(TypeError, ValueError, OverflowError):
        if isinstance(when, str) and "T" in when:
            moment = datetime.fromisoformat(re.sub(r"\.\d+", "", when).replace("Z", "+00:00"))
            found = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
        elif not isinstance(when, bool):
            found = float(when)
    return found if found >= _EARLIEST else 0.0


def read_json(request: Request) -> dict[str, Any]:
    """Returns the object in the body; raises ValueError when there is none."""
    try:
        body = request.json
    except (InvalidUsage, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


def text_in(content: dict[str, Any], key: str) -> str:
    """Returns the text under this key; an empty text when it is not a text."""
    found = content.get(key)
    return found if isinstance(found, str) else ""


def object_in(content: dict[str, Any], key: str) -> dict[str, Any]:
    """Returns the object under this key; an empty one when it is not an object."""
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def list_in(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Returns the objects in the list under this key; an empty list when it is not a list."""
    found = content.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
