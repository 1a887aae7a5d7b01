"""A time limit on work that holds whatever the work does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """Returns what `work` returns; cancels it when it takes longer, and does not wait until it has ended.

    `asyncio.wait_for` of Python 3.10 has two faults that can keep a person waiting for ever: it waits until the work
    that it cancels has ended, and a cancellation of itself gets lost when its work ends at the same moment
    (https://github.com/python/cpython/issues/86296).

    Args:
        seconds: The time that the work may take.
        work: What is done in this time.

    Raises:
        asyncio.TimeoutError: The time is up.
    """
    task = asyncio.get_running_loop().create_task(work)
    # asyncio logs the error of a task that nobody asks for it, and an error can hold words of the user.
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not done:
        raise asyncio.TimeoutError
    return task.result()
