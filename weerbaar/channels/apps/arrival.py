"""What a platform delivers, in one form for all of them."""
from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Dict, List, Text

from sanic.exceptions import InvalidUsage
from sanic.request import Request

# A message that is read later than this, in seconds, is not about now any more.
LATE_SECONDS = 3_600
# The first of January 2001: an earlier time is none.
_EARLIEST = 978_307_200


class Forged(Exception):
    """A request that does not come from the platform; `status` is 401 without a proof of it, 403 with a wrong one."""

    def __init__(self, status: int) -> None:
        """Takes the HTTP status."""
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Arrival:
    """One thing that one user did.

    Attributes:
        id: the same each time the platform delivers it.
        sender: the user, as the platform names them; only a keyed hash of it goes further.
        chat: where to answer, as the platform names it.
        text: what the user typed, also below a photo, or the title of the button that was pressed.
        choice: the key of the button that was pressed (`key_of`).
        private: whether nobody else reads along.
        media: whether there is something in it that cannot be read.
        about: what else the channel needs to answer.
        quoted: words of somebody else in it, which the user forwards or quotes; none of the assistant.
        sent: when the user did it, in seconds since 1970 (`seconds_of`); 0.0 when the platform does not say.
    """

    id: Text
    sender: Text
    chat: Text
    text: Text = ""
    choice: Text = ""
    private: bool = True
    media: bool = False
    about: Dict[Text, Any] = field(default_factory=dict)
    quoted: Text = ""
    sent: float = 0.0

    def __post_init__(self) -> None:
        """Raises TypeError when the platform gave something else than text where there must be text."""
        texts = (self.id, self.sender, self.chat, self.text, self.choice, self.quoted)
        if not all(isinstance(each, str) for each in texts):
            raise TypeError("not text")

    @property
    def late(self) -> bool:
        """Whether it is read so late that it may not be so any more."""
        return bool(self.sent) and time.time() - self.sent > LATE_SECONDS


def seconds_of(when: Any) -> float:
    """Returns a time as a platform writes it, in seconds since 1970; 0.0 when it is none.

    Takes such seconds, as a number or a text, and a date with a time as text (ISO 8601; UTC when it names no zone).
    """
    found = 0.0
    with suppress(TypeError, ValueError, OverflowError):
        if isinstance(when, str) and "T" in when:
            moment = datetime.fromisoformat(re.sub(r"\.\d+", "", when).replace("Z", "+00:00"))
            found = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
        elif not isinstance(when, bool):
            found = float(when)
    return found if found >= _EARLIEST else 0.0


def json_of(request: Request) -> Dict[Text, Any]:
    """Returns the object in the body; raises ValueError when there is none."""
    try:
        body = request.json
    except (InvalidUsage, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


def text_in(content: Dict[Text, Any], key: Text) -> Text:
    """Returns the text with this key; nothing when it is no text."""
    found = content.get(key)
    return found if isinstance(found, str) else ""


def object_in(content: Dict[Text, Any], key: Text) -> Dict[Text, Any]:
    """Returns the object with this key; an empty one when it is no object."""
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def list_in(content: Dict[Text, Any], key: Text) -> List[Dict[Text, Any]]:
    """Returns the objects in the list with this key; nothing when it is no list."""
    found = content.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
