"""One turn of a conversation: a message goes through the assistant, once, within a limit of time."""
from __future__ import annotations

import asyncio
import hmac
import logging
import time
from typing import Any, Awaitable, Callable, Optional, Text

from rasa.core.channels.channel import UserMessage

from weerbaar.contacts import load_register
from weerbaar.conversation.guard import looks_like_command
from weerbaar.conversation.long_text import read
from weerbaar.conversation.pace import my_turn
from weerbaar.observability.metrics import count_fault, turn_seconds
from weerbaar.stores.conversation import answers_to
from weerbaar.stores.memory import unwrapped

logger = logging.getLogger(__name__)

# Rasa takes the braces in the payload of a button for a slot, and logs that as an error each time.
logging.getLogger("rasa.core.nlg.interpolator").setLevel(logging.CRITICAL)
# Read now: when the number is needed, there may be no file left to open.
load_register()
# What Rasa gives to the blueprint of a channel. Ours do not use it: `take_turn` holds the lock itself.
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


_last_answer = time.monotonic()


class NoModel(Exception):
    """No model is loaded."""


class ConversationGone(Exception):
    """The conversation was wiped, has expired, or was never begun."""


def message_id_of(key: bytes, name: Text, said: Text) -> Text:
    """Returns the id under which a message is remembered: a hash of its name and of what was said in it.

    The same message that comes again has the same id. With other words under the same name (a client whose counter
    broke, a text that was edited) it is another message, and must not get the answer to the first one.

    Args:
        key: without it nobody can try out which words the hash is of.
        name: what the client or the platform calls the message; no NUL is in it.
        said: the text, or the payload of a button, or both.
    """
    return hmac.new(key, f"{name}\0{said}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:40]


async def take_turn(
    agent: Any, message: UserMessage, seconds: float, begun: bool = False, most: Optional[int] = None
) -> bool:
    """Lets the assistant answer into the output channel of `message`; returns False when it failed or took too long.

    Whatever goes wrong, the channel goes on: it must still give the user the number. The error is logged by its type
    only, for its text could hold words of the user. A message whose id is that of the last one (a client that sends
    it again, for the answer got lost) gets the same answer and changes nothing; `message_id_of` makes such ids.

    With `most` a typed text is read for danger in all its parts, and no more than `most` characters of it, or its
    gravest part, are answered (weerbaar/conversation/long_text.py).

    Raises ConversationGone when the conversation must have `begun` and is not there when its turn comes, unless the
    store cannot tell.
    """
    start = time.perf_counter()
    try:
        await asyncio.wait_for(_answer(agent, message, begun, most), seconds)
    except ConversationGone:
        raise
    except Exception as error:
        logger.error("%s: the dialogue engine failed with %s", message.input_channel, type(error).__name__)
        count_fault(type(error).__name__)
        return False
    turn_seconds.labels(message.input_channel).observe(time.perf_counter() - start)
    global _last_answer
    _last_answer = time.monotonic()
    return True


def seconds_without_answer() -> float:
    """Returns how long ago the last turn of any conversation went well; the start of the server counts as one."""
    return time.monotonic() - _last_answer


async def _answer(agent: Any, message: UserMessage, begun: bool, most: Optional[int]) -> None:
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
