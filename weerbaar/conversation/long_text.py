"""Handles long texts for all channels: no text is refused before it has been read for danger.

`gravest_part` decides what the assistant answers to a typed text of any length. After the answer to a text that was too
long to be answered whole comes `request_for_parts`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import Any, NamedTuple

from weerbaar.contacts import load_register
from weerbaar.conversation.guard import as_typed
from weerbaar.conversation.pace import entrance
from weerbaar.conversation.time_limit import within
from weerbaar.nlu.severity import LEVELS, at_least, level_of_parse_data
from weerbaar.observability.metrics import count_fault

logger = logging.getLogger(__name__)

# In characters. Of a longer text only the two ends are read, because reading takes time: 11 ms for 1,000 characters on
# a free core.
MOST_READ = 60_000
# Each part is judged by itself, because one grave sentence drowns among many calm ones, and because the model hears
# several sentences of a long text together.
PART_CHARACTERS = 1_500
PART_SENTENCES = 15
# Without a minimum, very short sentences would make very many parts.
LEAST_CHARACTERS = 200
# In characters. A sentence that is cut in two at the end of one part is whole in the next.
OVERLAP = 200
# How much of the time for an answer the judging of parts may take. A worker that is very busy settles for the whole
# text, or for its two ends.
SECONDS = 2.0
_SENTENCE_END = re.compile(r"[.!?]+\s+|\n+")


class _Judged(NamedTuple):
    level: str
    text: str


async def gravest_part(agent: Any, text: str, most: int) -> str:
    """Returns what the assistant answers when the user types `text`: never a command; never raises.

    A text of at most `most` characters is answered whole; of a longer one, the beginning and the end are answered.
    Every part of a text is judged, though (above `MOST_READ` characters: every part of its two ends), and when a part
    is graver than what would be answered, the assistant answers that part instead. When the time (`SECONDS`) is up or
    the model fails, the parts judged so far decide. It is `EMPTY_MESSAGE` when nothing can be read.
    """
    answered, too_long = as_typed(beginning_and_end(text, most)), len(text) > most
    parts = split_into_parts(beginning_and_end(text, MOST_READ))
    if (len(parts) == 1 and not too_long) or agent is None or not agent.is_ready():
        return answered
    found: list[_Judged] = []
    # When time is short, the ends matter most. If the text is answered whole, the model reads the first part anyway.
    in_order = [*parts[:1], *parts[1:][-1:], *parts[1:-1]][0 if too_long else 1 :]
    with suppress(asyncio.TimeoutError):
        await within(SECONDS, _judge_all(agent, in_order, answered, found))
    grave = [judged for judged in found if judged.text != answered and at_least(judged.level, "zorg")]
    worst = max(grave, key=lambda judged: LEVELS.index(judged.level), default=_Judged("geen", answered))
    level = next((judged.level for judged in found if judged.text == answered), "geen")
    return answered if at_least(level, worst.level) else worst.text


async def _judge_all(agent: Any, parts: list[str], answered: str, found: list[_Judged]) -> None:
    """Judges each part into `found`, and then the text that would be answered when one of the parts is grave."""
    for part in parts:
        await _judge(agent, as_typed(part), found)
    if any(at_least(judged.level, "zorg") for judged in found):
        await _judge(agent, answered, found)


async def _judge(agent: Any, text: str, found: list[_Judged]) -> None:
    await entrance().my_turn()
    try:
        found.append(_Judged(level_of_parse_data(await agent.parse_message(text)), text))
    except Exception as error:  # the turn that follows either fails too or does better
        logger.error("long text: a part was not judged: %s", type(error).__name__)
        count_fault(type(error).__name__)


def beginning_and_end(text: str, most: int) -> str:
    """Returns a text of at most `most` characters: all of it, or its beginning and end joined by a line break."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n{text[len(text) - (most - half - 1) :]}"


def split_into_parts(text: str) -> list[str]:
    """Returns the parts in which a text is judged, in order; only the text itself when it need not be split.

    A part ends after a sentence where possible, otherwise at a blank, and begins inside the end of the part before it.
    """
    parts, start = [], 0
    while True:
        end = _end_of_part(text, start)
        parts.append(text[start:end])
        if end >= len(text):
            return parts
        blank = text.find(" ", max(end - OVERLAP, (start + end) // 2), end)
        start = blank + 1 if blank >= 0 else end


def _end_of_part(text: str, start: int) -> int:
    """Returns the index at which the part that begins at `start` ends."""
    most = start + PART_CHARACTERS
    ends = [found.end() for found in _SENTENCE_END.finditer(text, start, most)]
    full = [end for end in ends[PART_SENTENCES - 1 :] if end - start >= LEAST_CHARACTERS]
    if full:
        return full[0]
    if most >= len(text):
        return len(text)
    late = [end for end in ends if end > start + PART_CHARACTERS // 2]
    return late[-1] if late else max(text.rfind(" ", start + PART_CHARACTERS // 2, most) + 1, 0) or most


def request_for_parts(most: int) -> str:
    """Returns the Dutch sentences, with the numbers to call, that follow the answer to a text longer than `most`."""
    numbers = load_register().numbers
    return (
        "Uw bericht was te lang voor mij. Ik heb niet op alles geantwoord. Stuurt u de rest in delen? "
        f"Een deel mag {most} tekens lang zijn. Is er nu gevaar? Bel {numbers['noodnummer']}. Anders helpt het "
        f"Ondersteuningsteam Weerbaar Bestuur u: {numbers['ondersteuningsteam']}."
    )
