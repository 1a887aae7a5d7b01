"""Decides what the assistant reads of a message: what the user typed, and what somebody else wrote in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.contacts import safety_text
from weerbaar.conversation.guard import EMPTY_MESSAGE
from weerbaar.conversation.long_text import read, request_for_parts
from weerbaar.nlu.severity import LEVELS, SEVERITY_KEY, level_of_parse_data
from weerbaar.observability.metrics import count_fault

logger = logging.getLogger(__name__)

# Many times what anybody types on a telephone. A turn takes time from all channels, and more for a longer text.
MAX_CHARACTERS = 4_000
# So many equal letters and digits in a row are no coincidence: the assistant said them.
LEAST_ALIKE = 20
# What the intent of a text means when somebody else wrote it: it is not the user who threatens or wants to wipe.
_OF_OTHERS = {"dreigen_met_geweld": "bedreiging", "opnieuw": DEFAULT_NLU_FALLBACK_INTENT_NAME}
_NO_LETTER = re.compile(r"[\W_]+")


class Reading(NamedTuple):
    """The input of a turn.

    Attributes:
        text: What was typed, or the payload of a button.
        parse_data: The parse data that Rasa must use; None when Rasa parses the text itself.
        too_long: Whether not all of it can be answered. The channel tells the user so after the answer.
    """

    text: str
    parse_data: dict[str, Any] | None = None
    too_long: bool = False


async def read_arrival(agent: Any, arrival: Arrival) -> Reading:
    """Returns what is read of a message that was typed, forwarded or quoted; never raises."""
    too_long = max(len(arrival.text), len(arrival.quoted)) > MAX_CHARACTERS
    own = (await read(agent, arrival.text, MAX_CHARACTERS)).text
    if not arrival.quoted:
        return Reading(own, None, too_long)
    own = "" if own == EMPTY_MESSAGE else own
    quoted = (await read(agent, arrival.quoted, MAX_CHARACTERS)).text
    try:
        return Reading(own or quoted, await _judged_together(agent, own, quoted), too_long)
    except Exception as error:  # the turn decides what to say then
        logger.error("quoted text: not judged: %s", type(error).__name__)
        count_fault(type(error).__name__)
        return Reading(f"{own}\n\n{quoted}".strip(), None, too_long)


async def _judged_together(agent: Any, own: str, quoted: str) -> dict[str, Any]:
    """Returns the parse data of a message: the graver severity of both texts, and the user's own intent, if any.

    What somebody else wrote says nothing about the user: not what their role is, nor that it is they who threaten.
    """
    others = await agent.parse_message(quoted)
    data = await agent.parse_message(own) if own else {**others, "entities": []}
    if not own:
        name = data["intent"].get("name")
        data["intent"] = {**data["intent"], "name": _OF_OTHERS.get(name, name)}
    level = max(level_of_parse_data(data), level_of_parse_data(others), key=LEVELS.index)
    if not own or level != level_of_parse_data(data):
        judgement = others.get(SEVERITY_KEY) or {}
        reasons = [reason for reason in judgement.get("reasons") or [] if ".dader_" not in reason]
        data[SEVERITY_KEY] = {**judgement, "level": level, "reasons": reasons}
    return data


def is_of_assistant(agent: Any, text: str) -> bool:
    """Returns whether a forwarded or quoted text, or the part that an app shows, was said by the assistant.

    Not every app tells who wrote what a user forwards, and words such as 'bel 112' must not be read as the user's case.
    """
    letters = _letters_only(text)
    return len(letters) >= LEAST_ALIKE and any(letters in _letters_only(said) for said in _said_by_assistant(agent))


def _letters_only(text: str) -> str:
    return _NO_LETTER.sub("", text).lower()


def _said_by_assistant(agent: Any) -> Iterator[str]:
    """Yields every text that the assistant and its channels can say."""
    yield from (*TEXTS.values(), safety_text(), request_for_parts(MAX_CHARACTERS))
    for variants in getattr(getattr(agent, "domain", None), "responses", {}).values():
        yield from (variant.get("text") or "" for variant in variants)
