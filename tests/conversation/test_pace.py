"""Who waits when many messages come at once, and who is told that it is busy."""

from __future__ import annotations

import asyncio
import time

from chat import agent_of
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered

import weerbaar.conversation.pace
from weerbaar.contacts import load_register, safety_text
from weerbaar.conversation.incoming import Incoming, offered
from weerbaar.conversation.turn import respond
from weerbaar.observability.metrics import PROBE_CHANNEL
from weerbaar.stores.memory import ExpiringTrackerStore

BUTTON = "/training"


def crowd(messages: list[Incoming]) -> tuple[list[str], dict[str, str]]:
    """Says all messages at once to an engine that blocks the event loop for each.

    Returns the names in the order in which they were answered, and the text of each reply by name.
    """
    store, order, texts = ExpiringTrackerStore(Domain.empty()), [], {}
    for message in messages:
        store.keep(message.conversation, [BotUttered("", {"buttons": [{"title": "Training", "payload": BUTTON}]})])

    async def engine(message):
        time.sleep(0.02)
        await message.output_channel.send_text_message(message.sender_id, "goed")

    agent = agent_of(engine, store)

    async def say(message):
        texts[message.conversation] = (await respond(agent, message)).responses[-1]["text"]
        order.append(message.conversation)

    async def talk():
        for message in messages[:3]:  # the worker learns how long a turn takes
            await say(message)
        await asyncio.gather(*map(say, messages))

    asyncio.run(talk())
    return order[3:], texts


def said(name: str, channel: str = "rest", **more) -> Incoming:
    """Returns what somebody says in a conversation of their own."""
    return Incoming(channel, name, "hallo", name=None, most=1_000, variant="rest", **more)


def test_who_would_wait_too_long_gets_the_numbers_at_once(monkeypatch):
    monkeypatch.setattr(weerbaar.conversation.pace, "MOST_WAIT", 0.2)
    order, texts = crowd([*(said(f"t{number}") for number in range(100)), said("last", PROBE_CHANNEL)])
    refused = [name for name in order if texts[name] == safety_text()]
    assert 10 < len(refused) < 100 and load_register().numbers["ondersteuningsteam"] in safety_text()
    assert order[: len(refused)] == refused, "somebody was refused after others had been answered"
    assert texts["last"] == "goed", "a busy worker would be restarted"


def test_a_typed_message_does_not_wait_behind_all_presses():
    presses = [said(f"p{number}", button=offered(BUTTON)) for number in range(40)]
    order, texts = crowd([*presses, said("typed")])
    assert order.index("typed") < 5 and order[-1].startswith("p") and set(texts.values()) == {"goed"}
