"""Names buttons on a platform, and finds the payload that a pressed button or a typed number stands for."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.conversation.guard import offered_payloads
from weerbaar.stores.conversation import last_answers

# In characters. A longer text is a message, whatever number it contains.
_LONGEST = 30
# What people put around a number. A minus sign, a currency or a letter makes it something else.
_AROUND = " \t\r\n.,:;!?#*_()[]\"'\u2018\u2019\u201c\u201d"
# 112 and 113 have three digits, so they are never a choice.
_NUMBER = re.compile(r"((de\s+|(optie|nummer|nr|keuze|antwoord)[\s.:#]*){0,2})(?P<number>\d{1,2})", re.IGNORECASE)
_VOTE = re.compile(r"(?P<helps>[dn]):(?P<vote>[0-9a-f]{16})")
_WORDS = ("een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien")


def button_key(payload: str) -> str:
    """Returns the name of a button on a platform: short, since Telegram allows 64 bytes, and without the intent."""
    return f"k:{hashlib.sha256(payload.encode()).hexdigest()[:16]}"


def vote_key(vote: str, helps: bool) -> str:
    """Returns the name of the button with which a user votes on an answer; `vote` names the answer."""
    return f"{'d' if helps else 'n'}:{vote}"


def vote_in(key: str) -> tuple[str, bool] | None:
    """Returns the vote that the button with this name gives, and whether the answer helps; None for another button."""
    found = _VOTE.fullmatch(key)
    return (found["vote"], found["helps"] == "d") if found else None


def payload_of_key(key: str, tracker: DialogueStateTracker | None) -> str | None:
    """Returns the payload of the button with this name, or None when this conversation did not offer it."""
    return next((payload for payload in offered_payloads(tracker) if button_key(payload) == key), None)


def number_in(text: str) -> int | None:
    """Returns the number in a text that is typed as a choice ('2', '(2)', 'optie 2', 'twee'); otherwise None."""
    if len(text.strip()) > _LONGEST:
        return None
    # Drop accents ('één') and the mark that makes a keycap of a digit.
    letters = unicodedata.normalize("NFD", text.replace("\U0001f51f", "10"))
    bare = "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M")).strip(_AROUND)
    if bare.lower() in _WORDS:
        return _WORDS.index(bare.lower()) + 1
    found = _NUMBER.fullmatch(bare)
    return int(found["number"]) if found else None


def is_number(text: str) -> bool:
    """Returns whether a text is only a number, as a choice is."""
    return number_in(text) is not None


def payload_of_number(text: str, tracker: DialogueStateTracker | None) -> str | None:
    """Returns the payload that a number stands for among the buttons of the last answer, or None when there is none."""
    number = number_in(text) or 0
    offered: list[str] = [
        button["payload"] for answer in last_answers(tracker) for button in answer.get("buttons") or []
    ]
    return offered[number - 1] if 1 <= number <= len(offered) else None
