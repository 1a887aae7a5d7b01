"""What messaging channels remember after an answer: the introduction, the sentence for a group. No server."""

from __future__ import annotations

import asyncio

from messenger_doubles import ARRIVAL, INTRODUCTION, Probe, Store, asked_of, assistant, message
from platforms.users import GROUP
from rasa.shared.core.events import UserUttered

from weerbaar.channels.apps.answers import MESSAGES_PER_MINUTE
from weerbaar.channels.apps.platform import PlatformAway
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.channels.apps.twilio import TwilioInput, TwilioSettings
from weerbaar.channels.rate_limit import RateLimit


def introduced(channel: Probe) -> int:
    """Returns how often a user was told who is answering."""
    return channel.shown.count(INTRODUCTION)


def test_an_introduction_that_did_not_arrive_comes_with_the_next_answer(undelivered):
    """Once."""
    channel = Probe(PlatformAway())

    async def go():
        agent = assistant(Store())
        return [await channel.take(agent, message(number)) for number in range(3)]

    assert asyncio.run(go()) == [False, True, True]
    assert channel.shown == ["antwoord", INTRODUCTION, "antwoord"]


def test_a_first_message_that_is_delivered_to_another_worker_is_introduced(undelivered):
    """With the answer that did not arrive; then all workers know it, until the conversation is wiped."""
    one, other, store = Probe(PlatformAway()), Probe(), Store()

    async def go():
        agent = assistant(store)
        taken = [await one.take(agent, message(0)), await other.take(agent, message(0))]
        taken += [await one.take(agent, message(1)), await other.take(agent, message(2, text="/wis"))]
        return [*taken, await one.take(agent, message(3)), await other.take(agent, message(4))]

    assert asyncio.run(go()) == [False, True, True, True, True, True]
    assert other.shown == ["antwoord", INTRODUCTION, "gewist", "antwoord"]
    assert one.shown == ["antwoord", "antwoord", INTRODUCTION]


def test_half_an_answer_is_not_an_introduction(undelivered):
    """The introduction is the last part; the answer comes again, whole."""
    channel = Probe(None, PlatformAway())

    async def go():
        agent = assistant(Store())
        return [await channel.take(agent, message(0)), await channel.take(agent, message(0))]

    assert asyncio.run(go()) == [False, True]
    assert introduced(channel) == 1 and channel.shown[-1] == INTRODUCTION


def test_a_store_that_fails_costs_no_number(monkeypatch):
    """Then it introduces itself once too often, rather than never."""
    channel, store = Probe(), Store()
    monkeypatch.setattr(store, "introduced_by", None)
    monkeypatch.setattr(store, "keep_introduction", None)

    async def go():
        agent = assistant(store)
        return [await channel.take(agent, message(number)) for number in range(2)]

    assert asyncio.run(go()) == [True, True]
    assert channel.shown == ["antwoord", INTRODUCTION] * 2


def test_twilio_introduces_itself_once():
    """Its answer is the response; that counts as delivered."""
    channel = TwilioInput(TwilioSettings("a", "https://x.example"))

    async def go():
        agent = assistant(Store())
        return [(await channel.respond(asked_of(agent), [message(number)])).body.decode() for number in range(2)]

    first, second = asyncio.run(go())
    assert INTRODUCTION in first and "antwoord" in second and INTRODUCTION not in second


def test_twilio_gets_the_introduction_again_with_the_same_message():
    """It asks again, of another worker too, when the response did not arrive."""
    one, other = (TwilioInput(TwilioSettings("a", "https://x.example")) for _ in range(2))

    async def go():
        agent = assistant(Store())
        asked = ((one, 0), (other, 0), (other, 1), (one, 2))
        return [(await channel.respond(asked_of(agent), [message(number)])).body.decode() for channel, number in asked]

    assert [INTRODUCTION in answer for answer in asyncio.run(go())] == [True, True, False, False]


def test_the_sentence_for_a_group_is_said_when_it_did_not_arrive(undelivered):
    """With the next message, and then for an hour no more."""
    channel = Probe(PlatformAway())

    async def go():
        agent = assistant(Store())
        return [await channel.take(agent, message(number, private=False)) for number in range(3)]

    assert asyncio.run(go()) == [False, True, True]
    assert len(channel.shown) == 1 and channel.shown[0].startswith(GROUP)


def test_wiping_is_always_done_but_not_always_answered():
    """Each answer can cost money; who sends too many is told so once."""
    channel, store, left = Probe(), Store(), []
    channel.answers._of_user = RateLimit(MESSAGES_PER_MINUTE, lambda: 0.0)
    channel.answers._warned = RateLimit(1, lambda: 0.0)

    async def go():
        agent = assistant(store)
        for number in range(60):
            store.keep(channel.conversation_id(ARRIVAL), [UserUttered("x")])
            assert await channel.take(agent, message(number, text="/wis"))
            left.append(await store.retrieve(channel.conversation_id(ARRIVAL)))

    asyncio.run(go())
    assert left == [None] * 60
    assert channel.shown == ["gewist"] * MESSAGES_PER_MINUTE + [TEXTS["te_veel"]]
