"""Puts the responses of the assistant into the form that the widget reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from weerbaar.channels.refusals import BLANK_MESSAGE
from weerbaar.conversation.call_card import call_card
from weerbaar.conversation.reply import Response
from weerbaar.conversation.votes import is_voted_on

_SOURCE = re.compile(r"\n\s*Bron: (?P<source>[^\n]+)\s*\Z")


def messages_of(responses: Iterable[Response], vote: str | None = None) -> list[dict[str, Any]]:
    """Returns the responses as messages, with their buttons, source and call card.

    `vote` names the fact on which the user may vote, if any.

    Each response becomes one message; a response in two languages becomes one message for each paragraph.
    """
    messages: list[dict[str, Any]] = []
    for response in responses:
        languages = (response.get("metadata") or {}).get("lang", "nl")
        text, source = split_source(response.get("text") or "")
        # A response in two languages names one language for each of its paragraphs.
        several = isinstance(languages, list)
        parts = list(zip_longest(text.split("\n\n"), languages, fillvalue="nl")) if several else [(text, languages)]
        for part, language in parts:
            messages.append({**BLANK_MESSAGE, "text": part, "lang": language})
        buttons = response.get("buttons") or []
        messages[-1].update(
            source=source,
            buttons=[{"title": button["title"], "payload": button["payload"]} for button in buttons],
            card=call_card(response.get("custom")),
        )
        if is_voted_on(response, vote):
            messages[-1]["vote"] = vote
    return messages


def split_source(text: str) -> tuple[str, str | None]:
    """Returns the text without its last line `Bron: ...`, and the source named in that line or None."""
    found = _SOURCE.search(text)
    return (text[: found.start()].strip(), found["source"].strip()) if found else (text.strip(), None)
