"""One turn, whatever the channel: what is read, and what a message that comes again gets."""

from __future__ import annotations

import asyncio

import pytest
from chat import agent_of
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered

import weerbaar.conversation.turn
from weerbaar.conversation.incoming import Incoming, NotOffered, offered
from weerbaar.conversation.reading import Reading
from weerbaar.conversation.turn import respond
from weerbaar.stores.memory import ExpiringTrackerStore


@pytest.fixture
def store() -> ExpiringTrackerStore:
    """Holds one conversation, in which the message `m` was answered."""
    store = ExpiringTrackerStore(Domain.empty())
    store.keep("anna", [UserUttered("een vraag", message_id="m"), BotUttered("een antwoord")])
    return store


def incoming(name: str | None = None, **more) -> Incoming:
    """Returns something that Anna says."""
    return Incoming("rest", "anna", "hallo", name=name, most=1_000, variant="rest", **more)


@pytest.mark.parametrize(("fresh", "expected"), [(60.0, "een vraag"), (0.0, "van een andere server")])
def test_the_conversation_is_read_once_but_never_an_old_one(store, monkeypatch, fresh, expected):
    """When reading took long, the lock may have ended, and another worker may have answered or wiped."""
    seen = []

    async def slow_reading(*_):
        store.keep("anna", [UserUttered("van een andere server")])
        return Reading("hallo")

    async def engine(message):
        seen.append((await store.retrieve("anna")).latest_message.text)
        await message.output_channel.send_text_message("anna", "goed")

    monkeypatch.setattr(weerbaar.conversation.turn, "read", slow_reading)
    monkeypatch.setattr(weerbaar.conversation.turn, "FRESH_SECONDS", fresh)
    assert not asyncio.run(respond(agent_of(engine, store), incoming())).failed
    assert seen == [expected]


def test_a_message_that_comes_again_gets_its_answer_though_its_button_is_gone(store):
    """The answer that got lost replaced the buttons."""

    async def engine(message):
        raise AssertionError("answered twice")

    agent = agent_of(engine, store)
    reply = asyncio.run(respond(agent, incoming("m", button=offered("/training"))))
    assert [response["text"] for response in reply.responses] == ["een antwoord"]
    with pytest.raises(NotOffered):
        asyncio.run(respond(agent, incoming("n", button=offered("/training"))))
