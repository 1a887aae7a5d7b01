"""One turn of a conversation: a message goes through the assistant, once, within a limit of time."""
from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Awaitable, Callable

from rasa.core.channels.channel import UserMessage

from contacts.register import load_register
from serving.metrics import count_fault, turn_seconds
from stores.conversation import answers_to
from stores.memory import unwrapped

logger = logging.getLogger(__name__)

# Rasa takes the braces in the payload of a button for a slot, and logs that as an error each time.
logging.getLogger("rasa.core.nlg.interpolator").setLevel(logging.CRITICAL)
# Read now: when the number is needed, there may be no file left to open.
load_register()
# What Rasa gives to the blueprint of a channel. Ours do not use it: `take_turn` holds the lock itself.
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class NoModel(Exception):
    """No model is loaded."""


class ConversationGone(Exception):
    """The conversation was wiped, has expired, or was never begun."""


async def take_turn(agent: Any, message: UserMessage, seconds: float, begun: bool = False) -> bool:
    """Lets the assistant answer into the output channel of `message`; returns False when it failed or took too long.

    Whatever goes wrong, the channel goes on: it must still give the user the number. The error is logged by its type
    only, for its text could hold words of the user. A message whose id is that of the last one (a client that sends
    it again, for the answer got lost) gets the same answer and changes nothing.

    Raises ConversationGone when the conversation must have `begun` and is not there when its turn comes, unless the
    store cannot tell.
    """
    start = time.perf_counter()
    try:
        await asyncio.wait_for(_answer(agent, message, begun), seconds)
    except ConversationGone:
        raise
    except Exception as error:
        logger.error("%s: the dialogue engine failed with %s", message.input_channel, type(error).__name__)
        count_fault(type(error).__name__)
        return False
    turn_seconds.labels(message.input_channel).observe(time.perf_counter() - start)
    return True


async def _answer(agent: Any, message: UserMessage, begun: bool) -> None:
    if agent is None or not agent.is_ready():
        raise NoModel
    async with agent.lock_store.lock(message.sender_id):
        tracker = await agent.tracker_store.retrieve(message.sender_id)
        if begun and tracker is None and not unwrapped(agent.tracker_store).away:
            raise ConversationGone
        earlier = answers_to(tracker, message.message_id)
        if earlier is None:
            await agent.processor.handle_message(message)
        for answer in earlier or []:
            await message.output_channel.send_response(message.sender_id, answer)
