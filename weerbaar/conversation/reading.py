"""Decides what the assistant reads of a message: what the user typed, and what somebody else wrote in it."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from weerbaar.conversation.guard import EMPTY_MESSAGE
from weerbaar.conversation.long_text import gravest_part
from weerbaar.nlu.severity import LEVELS, SEVERITY_KEY, level_of_parse_data
from weerbaar.observability.metrics import count_fault

logger = logging.getLogger(__name__)

# What the intent of a text means when somebody else wrote it: it is not the user who threatens or wants to wipe.
_OF_OTHERS = {"dreigen_met_geweld": "bedreiging", "opnieuw": DEFAULT_NLU_FALLBACK_INTENT_NAME}


class Reading(NamedTuple):
    """The input of a turn.

    Attributes:
        text: What was typed, its gravest part, or the payload of a button.
        parse_data: The parse data that Rasa must use; None when Rasa parses the text itself.
    """

    text: str
    parse_data: dict[str, Any] | None = None


async def read(agent: Any, text: str, quoted: str, most: int) -> Reading:
    """Returns what is read of a message that was typed, forwarded or quoted; never raises.

    Args:
        agent: Rasa's agent.
        text: What the user typed.
        quoted: Words of somebody else; empty when there are none.
        most: Longest text that is answered whole, in characters.
    """
    own = await gravest_part(agent, text, most)
    if not quoted:
        return Reading(own)
    own = "" if own == EMPTY_MESSAGE else own
    others = await gravest_part(agent, quoted, most)
    try:
        return Reading(own or others, await _judged_together(agent, own, others))
    except Exception as error:  # the turn decides what to say then
        logger.error("quoted text: not judged: %s", type(error).__name__)
        count_fault(type(error).__name__)
        return Reading(f"{own}\n\n{others}".strip())


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
