"""Collects what the assistant says, in the form that the widget reads."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from rasa.core.channels.channel import OutputChannel

from weerbaar.channels.refusals import BLANK_MESSAGE
from weerbaar.conversation.call_card import call_card

_SOURCE = re.compile(r"\n\s*Bron: (?P<source>[^\n]+)\s*\Z")


class WebOutput(OutputChannel):
    """Collects what the assistant says as messages, with their buttons, source and call card.

    Each response becomes one message; a response in two languages becomes one message for each paragraph.
    """

    def __init__(self) -> None:
        """Creates an output without messages."""
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Returns the name of the channel."""
        return "web"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Adds a response of the domain or of an action to the messages."""
        languages = (message.get("metadata") or {}).get("lang", "nl")
        text, source = split_source(message.get("text") or "")
        # A response in two languages names one language for each of its paragraphs.
        several = isinstance(languages, list)
        parts = list(zip_longest(text.split("\n\n"), languages, fillvalue="nl")) if several else [(text, languages)]
        for part, language in parts:
            self.messages.append({**BLANK_MESSAGE, "text": part, "lang": language})
        self.messages[-1].update(
            source=source,
            buttons=[
                {"title": button["title"], "payload": button["payload"]} for button in message.get("buttons") or []
            ],
            card=call_card(message.get("custom")),
        )

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Adds a bare text to the messages; Rasa itself sends one now and then."""
        await self.send_response(recipient_id, {"text": text})


def split_source(text: str) -> tuple[str, str | None]:
    """Returns the text without its last line `Bron: ...`, and the source named in that line or None."""
    found = _SOURCE.search(text)
    return (text[: found.start()].strip(), found["source"].strip()) if found else (text.strip(), None)
