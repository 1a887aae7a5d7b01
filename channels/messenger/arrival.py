"""What a platform delivers, in one form for all of them."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Text

from sanic.exceptions import InvalidUsage
from sanic.request import Request


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
        text: what was typed, the caption of a photo, or the title of the button that was pressed.
        choice: the key of the button that was pressed (`key_of`).
        private: whether nobody else reads along.
        media: whether there is something in it that cannot be read.
        about: what else the channel needs to answer.
    """

    id: Text
    sender: Text
    chat: Text
    text: Text = ""
    choice: Text = ""
    private: bool = True
    media: bool = False
    about: Dict[Text, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises TypeError when the platform gave something else than text where there must be text."""
        if not all(isinstance(each, str) for each in (self.id, self.sender, self.chat, self.text, self.choice)):
            raise TypeError("not text")


def json_of(request: Request) -> Dict[Text, Any]:
    """Returns the object in the body; raises ValueError when there is none."""
    try:
        body = request.json
    except (InvalidUsage, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body
