"""Starts heavy work one piece at a time, so that a busy worker does not seem dead and nobody waits in vain."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from weakref import WeakKeyDictionary

# In seconds. Who would wait longer for the work to begin is told at once that it is busy, and gets the numbers.
MOST_WAIT = 6.0
# How much the last piece counts for the time that a piece takes.
WEIGHT = 0.1


class Busy(Exception):
    """So many others wait that the work would begin too late."""


class Entrance:
    """Lets one piece of heavy work begin in each iteration of the event loop.

    A turn of the model blocks the event loop for some time. When many turns begin in one iteration of the loop, no
    other request is served and no timeout fires until all of them are done: with 64 clients `/healthz` was silent for
    19 seconds. Nothing is held after a piece has begun, so work that waits for something else, such as the action
    server, keeps nobody out.
    """

    def __init__(self) -> None:
        """Starts with nobody waiting."""
        self._typed: deque[asyncio.Future[None]] = deque()
        self._pressed: deque[asyncio.Future[None]] = deque()
        self._seconds_a_piece = 0.0
        self._letting_in: asyncio.Task[None] | None = None

    def refuse_late(self, pressed: bool = False) -> None:
        """Raises Busy when work that comes now would begin after more than `MOST_WAIT`."""
        mine, others = (self._pressed, self._typed) if pressed else (self._typed, self._pressed)
        before = len(mine) + min(len(mine) + 1, len(others))
        if before * self._seconds_a_piece > MOST_WAIT:
            raise Busy

    async def my_turn(self, pressed: bool = False) -> None:
        """Waits until the work may begin: first come, first served.

        Typed messages and pressed buttons go alternately, so that a cry for help waits behind at most as many presses
        as there are messages before it.
        """
        waiting = self._pressed if pressed else self._typed
        entered = asyncio.get_running_loop().create_future()
        waiting.append(entered)
        if self._letting_in is None or self._letting_in.done():
            self._letting_in = asyncio.get_running_loop().create_task(self._let_in())
        await entered

    async def _let_in(self) -> None:
        typed_is_next = True
        while self._typed or self._pressed:
            first, second = (self._typed, self._pressed) if typed_is_next else (self._pressed, self._typed)
            entered = (first or second).popleft()
            if entered.done():  # who waited has given up
                continue
            typed_is_next = not typed_is_next
            begun = time.perf_counter()
            entered.set_result(None)
            await asyncio.sleep(0)  # the work begins here, and blocks the loop
            self._seconds_a_piece += WEIGHT * (time.perf_counter() - begun - self._seconds_a_piece)


_entrances: WeakKeyDictionary[asyncio.AbstractEventLoop, Entrance] = WeakKeyDictionary()


def entrance() -> Entrance:
    """Returns the entrance of the running event loop."""
    return _entrances.setdefault(asyncio.get_running_loop(), Entrance())
