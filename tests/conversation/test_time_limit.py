"""The time limit of a turn, and of what a channel waits for."""

from __future__ import annotations

import asyncio

import pytest

import weerbaar.channels.apps.teams
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient
from weerbaar.channels.apps.teams import SigningKeys
from weerbaar.conversation.time_limit import within


def test_work_that_does_not_stop_keeps_nobody_waiting():
    """The limit holds for work that goes on when it is told to stop."""

    async def stubborn(free: asyncio.Event) -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    async def go() -> None:
        free = asyncio.Event()
        limited = asyncio.create_task(within(0.01, stubborn(free)))
        await asyncio.wait({limited}, timeout=5)
        ended = limited.done()
        free.set()
        assert ended and isinstance(limited.exception(), asyncio.TimeoutError)

    asyncio.run(go())


@pytest.mark.parametrize("steps", range(8))
def test_a_stop_is_not_lost_when_the_work_ends_at_that_moment(steps):
    """Who is stopped before the work was returned is stopped, whatever the order in which the loop does both."""

    async def go() -> None:
        gate = asyncio.Event()
        limited = asyncio.create_task(within(60, gate.wait()))
        await asyncio.sleep(0.01)
        gate.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        if not limited.done():
            limited.cancel()
            with pytest.raises(asyncio.CancelledError):
                await limited

    asyncio.run(go())


def test_no_error_of_the_work_reaches_the_log_after_its_time(caplog):
    """It could hold words of a user."""

    async def late() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("woorden van een gebruiker")

    async def go() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await within(0.01, late())
        await asyncio.sleep(0.05)

    asyncio.run(go())
    assert not caplog.text


def test_nobody_waits_for_ever_for_keys_that_do_not_come(monkeypatch):
    """A hundred requests, of which the time is up at every moment of an attempt to fetch the keys of Teams."""
    for name, value in {"KEYS_PAUSE": -1, "FIRST_PAUSE": 0.0, "FETCH_SECONDS": 0.05}.items():
        monkeypatch.setattr(weerbaar.channels.apps.teams, name, value)

    async def go() -> None:
        client = PlatformClient("teams")
        await client.open()
        waiting = {asyncio.create_task(SigningKeys(client, "http://127.0.0.1:9/keys").get("first")) for _ in range(100)}
        done, hanging = await asyncio.wait(waiting, timeout=10)
        for task in hanging:
            task.cancel()
        await client.close()
        assert not hanging and all(isinstance(task.exception(), PlatformAway) for task in done)

    asyncio.run(go())
