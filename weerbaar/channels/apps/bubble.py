"""Holds what the assistant says on its way to a messaging app."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rasa.core.channels.channel import OutputChannel

from weerbaar.channels.apps.choices import button_key
from weerbaar.contacts import safety_text
from weerbaar.conversation.call_card import TEAM, call_card

# The channel name with which domain.yml marks the responses for messaging apps.
MESSENGER = "berichtendienst"
# Where to split, best place first: after a paragraph, a line, a sentence, a word.
_PLACES = (r"(?<=\n\n)", r"(?<=\n)", r"(?<=[.!?]\s)", r"(?<=\s)")


class Button(NamedTuple):
    """A follow-up question; `payload` is for Rasa and never leaves the server."""

    title: str
    payload: str

    @property
    def key(self) -> str:
        """The name of the button on the platform."""
        return button_key(self.payload)


@dataclass
class Bubble:
    """One message of the assistant; a `card` holds the number to call (see `call_card`)."""

    text: str
    buttons: list[Button] = field(default_factory=list)
    card: dict[str, Any] | None = None


class MessengerOutput(OutputChannel):
    """Collects what the assistant says in one turn.

    Attributes:
        bubbles: The messages, in order.
        uttered: The names of the responses.
    """

    def __init__(self) -> None:
        """Creates an output without messages."""
        self.bubbles: list[Bubble] = []
        self.uttered: set[str | None] = set()

    @classmethod
    def name(cls) -> str:
        """Returns the channel name with which domain.yml marks the responses for messaging apps."""
        return MESSENGER

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Adds a response of the domain or of an action to the bubbles."""
        self.uttered.add(message.get("utter_action") or (message.get("metadata") or {}).get("utter_action"))
        self.bubbles.append(bubble_from(message))

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Adds a bare text to the bubbles; Rasa itself sends one now and then."""
        await self.send_response(recipient_id, {"text": text})


def delivery_steps(bubble: Bubble, most: int, card_apart: bool) -> list[Bubble]:
    """Returns the parts of a bubble that a platform shows with one request each.

    A request that fails is then repeated alone, and nothing is shown twice.

    Args:
        bubble: What to show.
        most: Longest text in one request, in characters as `size` counts them.
        card_apart: Whether the card is a message of its own; otherwise it goes with the last text.
    """
    texts = split_text(bubble.text, most) or [TEAM]
    steps = [Bubble(text) for text in texts]
    steps[-1].buttons = bubble.buttons
    if not bubble.card:
        return steps if bubble.text or bubble.buttons else []
    if card_apart:
        return [*(steps if bubble.text or bubble.buttons else []), Bubble("", card=bubble.card)]
    steps[-1].card = bubble.card
    return steps


def bubble_from(message: dict[str, Any]) -> Bubble:
    """Returns a response in Rasa's format as a bubble."""
    buttons = [Button(button["title"], button["payload"]) for button in message.get("buttons") or []]
    return Bubble((message.get("text") or "").strip(), buttons, call_card(message.get("custom")))


def plain_text(bubble: Bubble) -> str:
    """Returns a bubble as text only, with its buttons as a list and the number to call; never an empty text."""
    lines = [bubble.text, *(f"- {button.title}" for button in bubble.buttons)]
    if bubble.card:
        lines.append(f"{TEAM}: {bubble.card['telefoon']}")
    return "\n".join(lines).strip() or safety_text()


def size(text: str) -> int:
    """Returns the length of a text in UTF-16 units, as the platforms count it: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def split_text(text: str, most: int, places: Sequence[str] = _PLACES) -> list[str]:
    """Returns the text in parts of at most `most` units (`size`), split after a paragraph, line, sentence or word."""
    if size(text) <= most:
        return [text.strip()] if text.strip() else []
    if not places:
        return [text[start : start + most // 2] for start in range(0, len(text), most // 2)]
    parts, current = [], ""
    for piece in re.split(places[0], text):
        if size(current + piece) <= most:
            current += piece
            continue
        parts.append(current)
        *whole, current = split_text(piece, most, places[1:]) if size(piece) > most else [piece]
        parts += whole
    return [part.strip() for part in [*parts, current] if part.strip()]
