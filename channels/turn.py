"""One turn of a conversation: a message goes through the assistant, within a limit of time."""
from __future__ import annotations

import asyncio
import logging
from typing import Any, Awaitable, Callable

from rasa.core.channels.channel import UserMessage

logger = logging.getLogger(__name__)

# Rasa takes the braces in the payload of a button for a slot, and logs that as an error with the slots of the user.
logging.getLogger("rasa.core.nlg.interpolator").setLevel(logging.CRITICAL)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


async def take_turn(on_new_message: OnNewMessage, message: UserMessage, seconds: float) -> bool:
    """Lets the assistant answer into the output channel of `message`; returns False when it failed or took too long.

    Whatever goes wrong, the channel goes on: it must still give the user the number. The error is logged by its type
    only, for its text could hold words of the user.
    """
    try:
        await asyncio.wait_for(on_new_message(message), seconds)
    except Exception as error:
        logger.error("%s: the dialogue engine failed with %s", message.input_channel, type(error).__name__)
        return False
    return True
