"""Long texts, for all channels: nothing is refused without being read for danger.

`read` tells what the assistant is to answer to a typed text of any length. When it says that the text was too long, the
channel gives that answer first, and `request_for_parts` after it.
"""
from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import Any, List, NamedTuple, Text

from weerbaar.contacts import load_register
from weerbaar.conversation.guard import as_typed
from weerbaar.conversation.pace import my_turn
from weerbaar.nlu.severity import LEVELS, at_least, level_of_parse_data
from weerbaar.observability.metrics import count_fault

logger = logging.getLogger(__name__)

# In characters. Of a longer text only the two ends are read, for it takes time: 11 ms for 1,000 on a free core.
MOST_READ = 60_000
# A part is judged by itself, for one grave sentence drowns among many calm ones, and of a long text the model
# hears several sentences together.
PART_CHARACTERS = 1_500
PART_SENTENCES = 15
# Or very short sentences would make very many parts.
LEAST_CHARACTERS = 200
# A sentence that is cut in two at the end of a part is whole in the next one.
OVERLAP = 200
# What judging the parts may take of the time for an answer. A worker that is very busy leaves it at the whole text, or
# at the two ends.
SECONDS = 2.0
_SENTENCE_END = re.compile(r"[.!?]+\s+|\n+")


class Reading(NamedTuple):
    """What is left of a text for the assistant to answer.

    Attributes:
        text: never a command; the whole, its two ends, or its gravest part. `EMPTY_MESSAGE` when nothing can be read.
        too_long: whether the text was longer than what can be answered: tell the user so, after the answer.
    """

    text: Text
    too_long: bool


class _Judged(NamedTuple):
    level: Text
    text: Text


async def read(agent: Any, text: Text, most: int) -> Reading:
    """Returns what the assistant is to answer to a typed text; never raises.

    A text of at most `most` characters is answered whole, of a longer one the beginning and the end. But every part of
    a text is judged (of one above `MOST_READ` characters, every part of its two ends), and when a part is graver than
    what would be answered, the assistant answers that part. When the time (`SECONDS`) is up, or the model fails, what
    was found until then counts.
    """
    answered, too_long = as_typed(ends_of(text, most)), len(text) > most
    parts = parts_of(ends_of(text, MOST_READ))
    if len(parts) == 1 and not too_long or agent is None or not agent.is_ready():
        return Reading(answered, too_long)
    found: List[_Judged] = []
    # In a hurry the ends count most. Of a text that is answered whole the model hears the first part anyway.
    in_order = [*parts[:1], *parts[1:][-1:], *parts[1:-1]][0 if too_long else 1:]
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(_judge_all(agent, in_order, answered, found), SECONDS)
    grave = [judged for judged in found if judged.text != answered and at_least(judged.level, "zorg")]
    worst = max(grave, key=lambda judged: LEVELS.index(judged.level), default=_Judged("geen", answered))
    level = next((judged.level for judged in found if judged.text == answered), "geen")
    return Reading(answered if at_least(level, worst.level) else worst.text, too_long)


async def _judge_all(agent: Any, parts: List[Text], answered: Text, found: List[_Judged]) -> None:
    """Adds to `found` what each part is judged to be, and, when one of them is grave, what would be answered."""
    for part in parts:
        await _judge(agent, as_typed(part), found)
    if any(at_least(judged.level, "zorg") for judged in found):
        await _judge(agent, answered, found)


async def _judge(agent: Any, text: Text, found: List[_Judged]) -> None:
    await my_turn()
    try:
        found.append(_Judged(level_of_parse_data(await agent.parse_message(text)), text))
    except Exception as error:  # the turn that follows fails too, or does better
        logger.error("long text: a part was not judged: %s", type(error).__name__)
        count_fault(type(error).__name__)


def ends_of(text: Text, most: int) -> Text:
    """Returns a text of at most `most` characters: all of it, or its beginning and its end with a line end between."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n{text[len(text) - (most - half - 1):]}"


def parts_of(text: Text) -> List[Text]:
    """Returns the parts in which a text is judged, in order; the text itself when it is judged well as it is.

    A part ends after a sentence where that is possible, else at a blank, and begins within the end of the one before.
    """
    parts, start = [], 0
    while True:
        end = _end_of_part(text, start)
        parts.append(text[start:end])
        if end >= len(text):
            return parts
        blank = text.find(" ", max(end - OVERLAP, (start + end) // 2), end)
        start = blank + 1 if blank >= 0 else end


def _end_of_part(text: Text, start: int) -> int:
    """Returns where the part that begins at `start` ends."""
    most = start + PART_CHARACTERS
    ends = [found.end() for found in _SENTENCE_END.finditer(text, start, most)]
    full = [end for end in ends[PART_SENTENCES - 1:] if end - start >= LEAST_CHARACTERS]
    if full:
        return full[0]
    if most >= len(text):
        return len(text)
    late = [end for end in ends if end > start + PART_CHARACTERS // 2]
    return late[-1] if late else max(text.rfind(" ", start + PART_CHARACTERS // 2, most) + 1, 0) or most


def request_for_parts(most: int) -> Text:
    """Returns what to say, in Dutch, after the answer to a text that was longer than `most`. The numbers are in it."""
    numbers = load_register().numbers
    return (
        "Uw bericht was te lang voor mij. Ik heb niet op alles geantwoord. Stuurt u de rest in delen? "
        f"Een deel mag {most} tekens lang zijn. Is er nu gevaar? Bel {numbers['noodnummer']}. Anders helpt het "
        f"Ondersteuningsteam Weerbaar Bestuur u: {numbers['ondersteuningsteam']}."
    )
