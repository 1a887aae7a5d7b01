"""Readiness: a worker that is slow stays in service; one that answers wrongly, or nobody at all, does not."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest
from chat import agent_of
from rasa.core.channels.channel import UserMessage

from weerbaar.channels import health
from weerbaar.channels.health import HealthInput
from weerbaar.conversation.incoming import Incoming
from weerbaar.conversation.turn import respond

NUMBER = "Bel 070-3738314."


class Store:
    """A tracker store without conversations."""

    away = False

    async def retrieve(self, _: str) -> None:
        """Finds nothing."""

    async def delete(self, _: str) -> None:
        """Has nothing to remove."""


def said(text: str, conversation: str) -> Incoming:
    """Returns what somebody says to the REST channel."""
    return Incoming("rest", conversation, text, name=None, most=1_000, variant="rest")


class Worker:
    """A worker whose dialogue engine does as it is told.

    Attributes:
        says: what it answers.
        goes_on: whether it answers the probe; the messages of users it answers as long as `talks`.
    """

    def __init__(self) -> None:
        """Is well, and has been tested at its start."""
        self.says, self.talks, self.goes_on = NUMBER, True, asyncio.Event()
        self.goes_on.set()
        self.agent, self.health = agent_of(self.engine, Store()), HealthInput()

    async def engine(self, message: UserMessage) -> None:
        """Answers, when it does."""
        if not self.talks or message.input_channel == "proef":
            await self.goes_on.wait()
        await message.output_channel.send_text_message(message.sender_id, self.says)

    async def say(self, seconds: float = 5.0) -> bool:
        """Says something as a user; returns whether it was answered."""
        return not (await respond(self.agent, said("hallo", "iemand"), seconds)).failed

    async def failures(self) -> list:
        """Asks whether it is ready."""
        return await self.health.probe(self.agent, [])


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    """Seconds are short."""
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(health, "HANG_SECONDS", 1.0)


def test_a_slow_worker_stays_in_service():
    """Its probe takes longer than who asks can wait, and others are answered meanwhile."""

    async def check() -> None:
        worker = Worker()
        assert await worker.failures() == []
        worker.goes_on.clear()
        until = time.monotonic() + 2 * health.HANG_SECONDS
        while time.monotonic() < until:
            assert await worker.say()
            assert await worker.failures() == []
        worker.goes_on.set()
        assert await worker.failures() == []

    asyncio.run(check())


def test_a_worker_that_answers_nobody_is_not_ready_until_it_does():
    """A hang: neither the probe nor anybody else."""

    async def check() -> None:
        worker = Worker()
        assert await worker.failures() == []
        worker.talks = False
        worker.goes_on.clear()
        deadline = time.monotonic() + 10
        while not await worker.failures():
            assert not await worker.say(0.05)
            assert time.monotonic() < deadline
        worker.goes_on.set()
        await asyncio.sleep(0.1)
        assert await worker.failures() == []

    asyncio.run(check())


def test_a_wrong_answer_is_not_ready_at_once():
    """However fast it comes."""

    async def check() -> None:
        worker = Worker()
        assert await worker.failures() == []
        worker.says = "Goedendag."
        assert "does not give the number" in " ".join(await worker.failures())

    asyncio.run(check())


def test_a_probe_that_is_never_answered_is_not_ready(monkeypatch):
    """Though others are: then something is wrong with serious messages."""
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.1)

    async def check() -> None:
        worker = Worker()
        worker.goes_on.clear()
        deadline = time.monotonic() + 10
        while "the probe was not answered" not in await worker.failures():
            assert await worker.say()
            assert time.monotonic() < deadline

    asyncio.run(check())


def test_many_turns_at_once_leave_room_for_others(monkeypatch):
    """Between any two turns that keep the loop busy somebody else is heard: 64 messages do not come in one lump."""
    order: list = []

    async def busy(message: UserMessage) -> None:
        order.append("turn")
        await message.output_channel.send_text_message(message.sender_id, NUMBER)

    async def listen() -> None:
        while True:
            order.append("heard")
            await asyncio.sleep(0)

    async def check() -> None:
        agent = agent_of(busy, Store())
        listening = asyncio.get_running_loop().create_task(listen())
        turns = (respond(agent, said("hallo", f"user-{each}"), 30) for each in range(64))
        assert not any(reply.failed for reply in await asyncio.gather(*turns))
        listening.cancel()

    asyncio.run(check())
    assert order.count("turn") == 64
    assert all(pair != ("turn", "turn") for pair in pairwise(order))


def test_a_turn_that_waits_for_others_holds_up_nobody():
    """The action server may hang for one; the next one is answered all the same."""

    async def check() -> None:
        never = asyncio.Event()

        async def engine(message: UserMessage) -> None:
            if message.text == "onduidelijk":
                await never.wait()
            await message.output_channel.send_text_message(message.sender_id, NUMBER)

        agent = agent_of(engine, Store())
        waiting = [
            asyncio.get_running_loop().create_task(respond(agent, said("onduidelijk", f"a{each}"), 30))
            for each in range(20)
        ]
        assert not (await respond(agent, said("help", "b"), 5)).failed
        never.set()
        assert not any(reply.failed for reply in await asyncio.gather(*waiting))

    asyncio.run(check())
