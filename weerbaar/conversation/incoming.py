"""Defines Incoming, the form in which every channel gives a message to the assistant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.conversation.guard import offered_payloads

# Finds the payload of the button that the user pressed among those that the conversation offered; None when the user
# typed. It may raise NotOffered.
Button = Callable[[DialogueStateTracker | None], str | None]


class NotOffered(Exception):
    """The user pressed a button, or typed its number, that this conversation did not offer."""


class ConversationGone(Exception):
    """The conversation was wiped, has expired, or never began."""


def no_button(_: DialogueStateTracker | None) -> None:
    """Finds no button: the user typed."""
    return


def offered(payload: str) -> Button:
    """Returns what finds this payload, and raises NotOffered when the conversation did not offer it."""

    def find(tracker: DialogueStateTracker | None) -> str:
        if payload not in offered_payloads(tracker):
            raise NotOffered
        return payload

    return find


@dataclass(frozen=True)
class Incoming:
    """What a user said or pressed.

    Attributes:
        channel: Name of the channel, for logs and metrics.
        conversation: Id of the conversation.
        text: What the user typed, of any length and with anything in it.
        name: Id of the message (`ids.py`), the same when it is sent again; None when the channel cannot tell.
        most: Longest text that is answered whole, in characters.
        variant: Channel name with which domain.yml marks the variants of responses for this channel.
        quoted: Words of somebody else that the user forwards or quotes.
        button: Finds the payload of the button that the user pressed.
        begun: Whether the conversation must already exist.
    """

    channel: str
    conversation: str
    text: str
    _: KW_ONLY
    # Without defaults, so that no channel forgets them.
    name: str | None
    most: int
    variant: str
    quoted: str = ""
    button: Button = no_button
    begun: bool = False

    def __post_init__(self) -> None:
        """Drops the blanks around the texts, which would count for their length."""
        object.__setattr__(self, "text", self.text.strip())
        object.__setattr__(self, "quoted", self.quoted.strip())
