"""Buttons on a platform: their names there, and which payload a press or a number stands for."""
from __future__ import annotations

import hashlib
import re
from typing import List, Optional, Text

from rasa.shared.core.trackers import DialogueStateTracker

from channels.guard import offered_payloads
from stores.conversation import last_answers

_NUMBER = re.compile(r"^\s*(\d{1,2})\s*[.)]?\s*\Z")


def key_of(payload: Text) -> Text:
    """Returns the name of a button on a platform: short, for Telegram takes 64 bytes, and it shows no intent."""
    return f"k:{hashlib.sha256(payload.encode()).hexdigest()[:16]}"


def payload_of_key(key: Text, tracker: Optional[DialogueStateTracker]) -> Optional[Text]:
    """Returns the payload of the button with this name, or None when this conversation did not offer it."""
    return next((payload for payload in offered_payloads(tracker) if key_of(payload) == key), None)


def is_number(text: Text) -> bool:
    """Says whether a text is a number alone, as a choice is."""
    return bool(_NUMBER.match(text))


def payload_of_number(text: Text, tracker: Optional[DialogueStateTracker]) -> Optional[Text]:
    """Returns the payload that a number stands for in the list of the last answer, or None when it stands for none."""
    found = _NUMBER.match(text)
    offered: List[Text] = [
        button["payload"] for answer in last_answers(tracker) for button in answer.get("buttons") or []
    ]
    number = int(found[1]) if found else 0
    return offered[number - 1] if 1 <= number <= len(offered) else None
