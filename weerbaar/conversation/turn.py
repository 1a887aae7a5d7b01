"""Runs one turn of a conversation: the one way for a message, whatever the channel."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.contacts import load_register, safety_text
from weerbaar.conversation.incoming import ConversationGone, Incoming, NotOffered
from weerbaar.conversation.long_text import request_for_parts
from weerbaar.conversation.pace import Busy, entrance
from weerbaar.conversation.reading import Reading, read
from weerbaar.conversation.reply import Collected, Reply
from weerbaar.conversation.time_limit import within
from weerbaar.conversation.votes import vote_on
from weerbaar.observability.metrics import PROBE_CHANNEL, count_fault, safety_texts, turn_seconds
from weerbaar.stores.conversation import answers_to
from weerbaar.stores.memory import read_already, unwrapped

logger = logging.getLogger(__name__)

# Rasa reads the braces in a button's payload as a slot and logs an error each time.
logging.getLogger("rasa.core.nlg.interpolator").setLevel(logging.CRITICAL)
# Read at import: when the number is needed, there may be no file left to open.
load_register()
# The callback that Rasa passes to the blueprint of a channel. Ours do not use it: `respond` holds the lock itself.
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


# How long a turn may take. Who waits longer, waits for an answer that will not come.
TURN_SECONDS = 12.0
# How long the conversation that was read counts as what it is now. The lock in Redis is a lease, which can end while a
# long text is read on a busy worker.
FRESH_SECONDS = 1.0
_last_answer = time.monotonic()


class NoModel(Exception):
    """No model is loaded."""


class _Answered(NamedTuple):
    """Whether the text was too long to be answered whole, and whether something grave had been told before."""

    too_long: bool
    after_grave: bool


def safety_answer(channel: str) -> str:
    """Returns the safety text, which this channel gives because there is no answer, and counts it."""
    if channel != PROBE_CHANNEL:  # no user got it
        safety_texts.labels(channel).inc()
    return safety_text()


async def respond(agent: Any, incoming: Incoming, seconds: float | None = None) -> Reply:
    """Returns what the assistant says to a message.

    A text that begins with a slash is typed text like any other, unless the conversation offered it as a button. All
    parts of a text are read for danger, however long it is. A message with the same name as the last one (a client
    sends it again because the answer got lost) gets the same answer and changes nothing. Whatever goes wrong, the reply
    holds the number; an error is logged by its type only, because its text could hold words of the user. When so many
    others wait that the answer would come too late, the reply is the safety text, at once.

    Args:
        agent: Rasa's agent, or None when no model is loaded.
        incoming: The message.
        seconds: Time limit of the turn; `TURN_SECONDS` when it is None.

    Raises:
        ConversationGone: The conversation must have `begun` but is not there when its turn comes. Not raised while the
            store cannot tell.
        NotOffered: The conversation did not offer the button that was pressed.
    """
    start = time.perf_counter()
    output = Collected(incoming.variant)
    try:
        answered = await within(seconds or TURN_SECONDS, _answer(agent, incoming, output))
    except (ConversationGone, NotOffered):
        raise
    except Busy:
        count_fault("busy")
        return _failed(incoming, output)._replace(busy=True)
    except Exception as error:
        logger.error("%s: the dialogue engine failed with %s", incoming.channel, type(error).__name__)
        count_fault(type(error).__name__)
        return _failed(incoming, output)
    turn_seconds.labels(incoming.channel).observe(time.perf_counter() - start)
    global _last_answer  # noqa: PLW0603  # one time for the whole worker, whatever the conversation
    _last_answer = time.monotonic()
    if not any((response.get("text") or "").strip() for response in output.responses):
        return _failed(incoming, output)
    responses = [*output.responses, *([{"text": request_for_parts(incoming.most)}] if answered.too_long else [])]
    return Reply(responses, vote=None if answered.after_grave else vote_on(responses))


def seconds_without_answer() -> float:
    """Returns the seconds since the last successful turn of any conversation; the start of the server counts as one."""
    return time.monotonic() - _last_answer


def _failed(incoming: Incoming, output: Collected) -> Reply:
    return Reply([*output.responses, {"text": safety_answer(incoming.channel)}], failed=True)


async def _answer(agent: Any, incoming: Incoming, output: Collected) -> _Answered:
    """Answers into `output`."""
    if agent is None or not agent.is_ready():
        raise NoModel
    async with agent.lock_store.lock(incoming.conversation):
        tracker: DialogueStateTracker | None = await agent.tracker_store.retrieve(incoming.conversation)
        read_at = time.monotonic()
        if incoming.begun and tracker is None and not unwrapped(agent.tracker_store).away:
            raise ConversationGone
        after_grave = tracker is not None and bool(tracker.get_slot("zaak"))
        earlier = answers_to(tracker, incoming.name) if incoming.name else None
        pressed = incoming.button(tracker) if earlier is None else None
        if earlier is None:
            if incoming.channel != PROBE_CHANNEL:  # a busy worker is not a broken one
                entrance().refuse_late(bool(pressed))
            if pressed:
                reading = Reading(pressed)
            else:
                reading = await read(agent, incoming.text, incoming.quoted, incoming.most)
            await entrance().my_turn(bool(pressed))
            message = UserMessage(
                reading.text, output, incoming.conversation, reading.parse_data, incoming.channel, incoming.name
            )
            is_fresh = time.monotonic() - read_at < FRESH_SECONDS
            with read_already(tracker if is_fresh else None):
                await agent.processor.handle_message(message)
        for answer in earlier or []:
            await output.send_response(incoming.conversation, answer)
    too_long = not pressed and max(len(incoming.text), len(incoming.quoted)) > incoming.most
    return _Answered(too_long, after_grave)
