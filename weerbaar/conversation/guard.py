"""Cleans a text before Rasa sees it, for every channel: only a button may send a command."""

from __future__ import annotations

import re

from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.stores.conversation import payloads_in

# Rasa reads a text that starts with a slash as a command that sets the intent and the slots. Blanks, control and
# zero-width characters and look-alike slashes are removed with it; otherwise `/ /restart` would still pass.
_SLASHES = "/\\\u2044\u2215\u29f8\uff0f"
_INVISIBLE = r"\s\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff"
_COMMAND_START = re.compile(rf"^[{_INVISIBLE}]*[{re.escape(_SLASHES)}][{_INVISIBLE}{re.escape(_SLASHES)}]*")
_PAYLOAD = re.compile(r"^(\w+)\s*\{.*\}\s*$", re.DOTALL)
# spaCy's time is quadratic in the length of a run without blanks, so a long run would block the whole server.
_LONG_RUN = re.compile(r"(\S{100})")
_VISIBLE = re.compile(rf"[^{_INVISIBLE}]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What an empty message stands for: the user does not know what to type.
EMPTY_MESSAGE = "/hulp_menu"


def offered_payloads(tracker: DialogueStateTracker | None) -> set[str]:
    """Returns the payloads of all buttons that this conversation has offered."""
    return set(payloads_in(tracker.events if tracker else []))


def looks_like_command(text: str) -> bool:
    """Returns whether Rasa could read `text` as a command."""
    return bool(_COMMAND_START.match(text))


def as_typed(text: str) -> str:
    """Returns `text` in a form that Rasa reads as typed text, or `EMPTY_MESSAGE` when nothing visible is left of it."""
    text = text.encode("utf-8", "ignore").decode("utf-8")  # a lone surrogate would break the tokenizer
    if looks_like_command(text):
        text = _PAYLOAD.sub(r"\1", _COMMAND_START.sub("", text))
    text = _LONG_RUN.sub(r"\1 ", _CONTROL.sub(" ", text)).strip()
    return text if _VISIBLE.search(text) else EMPTY_MESSAGE
