"""Holds what the assistant says on its way to a messaging app."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from weerbaar.channels.apps.choices import button_key
from weerbaar.contacts import safety_text
from weerbaar.conversation.call_card import TEAM, call_card
from weerbaar.conversation.reply import Response

# Where to split, best place first: after a paragraph, a line, a sentence, a word.
_PLACES = (r"(?<=\n\n)", r"(?<=\n)", r"(?<=[.!?]\s)", r"(?<=\s)")


class Button(NamedTuple):
    """A follow-up question; `payload` is for Rasa and never leaves the server. Or a vote, which has only a `name`."""

    title: str
    payload: str
    name: str = ""

    @property
    def key(self) -> str:
        """The name of the button on the platform."""
        return self.name or button_key(self.payload)


@dataclass
class Bubble:
    """One message of the assistant; a `card` holds the number to call (see `call_card`)."""

    text: str
    buttons: list[Button] = field(default_factory=list)
    card: dict[str, Any] | None = None


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


def bubble_from(response: Response) -> Bubble:
    """Returns a response as a bubble."""
    buttons = [Button(button["title"], button["payload"]) for button in response.get("buttons") or []]
    return Bubble((response.get("text") or "").strip(), buttons, call_card(response.get("custom")))


def plain_text(bubble: Bubble) -> str:
    """Returns a bubble as text only, with its questions as a list and the number to call; never an empty text."""
    lines = [bubble.text, *(f"- {button.title}" for button in bubble.buttons if button.payload)]
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
