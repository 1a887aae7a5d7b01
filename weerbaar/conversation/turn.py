"""Runs one turn of a conversation: a message goes through the assistant once, within a time limit."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage

from weerbaar.contacts import load_register, safety_text
from weerbaar.conversation.guard import looks_like_command
from weerbaar.conversation.long_text import read
from weerbaar.conversation.pace import my_turn
from weerbaar.conversation.time_limit import within
from weerbaar.observability.metrics import count_fault, safety_texts, turn_seconds
from weerbaar.stores.conversation import answers_to
from weerbaar.stores.memory import unwrapped

logger = logging.getLogger(__name__)

# Rasa reads the braces in a button's payload as a slot and logs an error each time.
logging.getLogger("rasa.core.nlg.interpolator").setLevel(logging.CRITICAL)
# Read at import: when the number is needed, there may be no file left to open.
load_register()
# The callback that Rasa passes to the blueprint of a channel. Ours do not use it: `take_turn` holds the lock itself.
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


# How long a turn may take. Who waits longer, waits for an answer that will not come.
TURN_SECONDS = 12.0
_last_answer = time.monotonic()


class NoModel(Exception):
    """No model is loaded."""


class ConversationGone(Exception):
    """The conversation was wiped, has expired, or never began."""


def hashed_id(key: bytes, name: str, said: str) -> str:
    """Returns the id under which a message is remembered: a hash of its name and its content.

    A message that is sent again gets the same id. When the same name comes with other words (a client whose counter
    broke, a text that was edited), it is another message and must not get the answer to the first one.

    Args:
        key: Secret key of the hash; without it, nobody can find the words by trying candidates.
        name: The client's or the platform's name for the message; it contains no NUL.
        said: The text, the payload of a button, or both.
    """
    return hmac.new(key, f"{name}\0{said}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:40]


def safety_answer(channel: str) -> str:
    """Returns the safety text, which this channel gives because there is no answer, and counts it."""
    safety_texts.labels(channel).inc()
    return safety_text()


async def take_turn(
    agent: Any, message: UserMessage, seconds: float | None = None, begun: bool = False, most: int | None = None
) -> bool:
    """Lets the assistant answer into the output channel of `message`.

    Whatever goes wrong, the channel goes on, because it must still give the user the number. An error is logged by its
    type only: its text could hold words of the user. A message with the same id as the last one (a client sends it
    again because the answer got lost) gets the same answer and changes nothing; `hashed_id` makes such ids.

    Args:
        agent: Rasa's agent, or None when no model is loaded.
        message: The message of the user, with its output channel.
        seconds: Time limit of the turn; `TURN_SECONDS` when it is None.
        begun: Whether the conversation must already exist.
        most: When given, all parts of a typed text are read for danger, and at most `most` characters of it, or its
            gravest part, are answered (weerbaar/conversation/long_text.py).

    Returns:
        False when the turn failed or took too long.

    Raises:
        ConversationGone: The conversation must have `begun` but is not there when its turn comes. Not raised while the
            store cannot tell.
    """
    start = time.perf_counter()
    try:
        await within(seconds or TURN_SECONDS, _answer(agent, message, begun, most))
    except ConversationGone:
        raise
    except Exception as error:
        logger.error("%s: the dialogue engine failed with %s", message.input_channel, type(error).__name__)
        count_fault(type(error).__name__)
        return False
    turn_seconds.labels(message.input_channel).observe(time.perf_counter() - start)
    global _last_answer  # noqa: PLW0603  # one time for the whole worker, whatever the conversation
    _last_answer = time.monotonic()
    return True


def seconds_without_answer() -> float:
    """Returns the seconds since the last successful turn of any conversation; the start of the server counts as one."""
    return time.monotonic() - _last_answer


async def _answer(agent: Any, message: UserMessage, begun: bool, most: int | None) -> None:
    if agent is None or not agent.is_ready():
        raise NoModel
    async with agent.lock_store.lock(message.sender_id):
        tracker = await agent.tracker_store.retrieve(message.sender_id)
        if begun and tracker is None and not unwrapped(agent.tracker_store).away:
            raise ConversationGone
        earlier = answers_to(tracker, message.message_id)
        if earlier is None:
            if most is not None and not looks_like_command(message.text):
                message.text = (await read(agent, message.text, most)).text
            await my_turn()
            await agent.processor.handle_message(message)
        for answer in earlier or []:
            await message.output_channel.send_response(message.sender_id, answer)
