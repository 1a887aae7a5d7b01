"""What all messaging channels do so that an answer arrives: places, rounds, once, whole, in order. No server."""

from __future__ import annotations

import asyncio

import pytest
from messenger_doubles import ARRIVAL, INTRODUCTION, Probe, Store, asked_of, assistant, message, says_three_things
from platforms import Telegram
from platforms.users import GROUP, TEAM
from rasa.shared.core.events import UserUttered

import weerbaar.channels.apps.channel
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.channel import MOST_WAITING
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient
from weerbaar.channels.apps.slack import SlackInput, SlackSettings
from weerbaar.channels.apps.texts import MAX_CHARACTERS
from weerbaar.channels.apps.twilio import TwilioInput, TwilioSettings
from weerbaar.conversation.long_text import MOST_READ, request_for_parts
from weerbaar.stores.memory import Delivery

TOO_MANY = "U stuurt veel berichten"


# --- places ----------------------------------------------------------------------------------------------------------


def test_one_user_does_not_take_the_places_of_all(monkeypatch):
    """Twenty messages wait; of the others one sentence tells, at once, and the platform does not deliver them again."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "MOST_RUNNING", MOST_WAITING + 2)
    channel, store, gate = Probe(), Store(), asyncio.Event()
    channel.seconds = 0.02

    async def slow_for_one(message):
        if message.sender_id == channel.conversation_id(ARRIVAL):
            await gate.wait()
        await says_three_things(message)

    async def go():
        agent = assistant(store, slow_for_one)
        taken = await asyncio.gather(*(channel.take(agent, message(number)) for number in range(100)))
        while_waiting = list(channel.shown), len(channel._running)
        channel.seconds = 5.0
        other = await channel.take(agent, message(1_000, "v"))
        gate.set()
        # Places are free again after an answer; a redelivery of what was answered changes nothing.
        while channel._running:
            await asyncio.sleep(0.01)
        later = await asyncio.gather(*(channel.take(agent, message(number)) for number in range(20)))
        return taken, while_waiting, other, later

    taken, (shown, running), other, later = asyncio.run(go())
    assert taken == [False] * MOST_WAITING + [True] * (100 - MOST_WAITING)
    assert len(shown) == 1 and shown[0].startswith(TOO_MANY) and TEAM in shown[0]
    assert running == MOST_WAITING
    assert other and all(later)
    assert not channel._waiting


def test_a_redelivery_of_what_waits_joins_it_though_there_are_many():
    """It is not one message more."""
    channel, store, gate = Probe(), Store(), asyncio.Event()

    async def slow(message):
        await gate.wait()
        await says_three_things(message)

    async def go():
        agent = assistant(store, slow)
        first = [asyncio.create_task(channel.take(agent, message(number))) for number in range(MOST_WAITING)]
        await asyncio.sleep(0.05)
        again = asyncio.create_task(channel.take(agent, message(0)))
        await asyncio.sleep(0.05)
        joined = not again.done()
        gate.set()
        return joined, await again, await asyncio.gather(*first)

    joined, again, first = asyncio.run(go())
    assert joined and again and all(first)
    assert not any(text.startswith(TOO_MANY) for text in channel.shown)


def test_a_busy_group_is_told_nothing_more():
    """Its one sentence is all it gets."""
    channel, gate = Probe(), asyncio.Event()
    channel.seconds = 0.02

    async def send(arrival, bubble):
        await gate.wait()
        channel.shown.append(bubble.text)

    channel.send = send

    async def go():
        agent = assistant(Store())
        taken = await asyncio.gather(*(channel.take(agent, message(number, private=False)) for number in range(50)))
        gate.set()
        await asyncio.gather(*channel._running.values())
        return taken

    assert sum(asyncio.run(go())) == 50 - MOST_WAITING
    assert len(channel.shown) == 1 and channel.shown[0].startswith(GROUP)


def commanded(number: int) -> Arrival:
    """Returns a command in Slack."""
    return Arrival(str(number), "u", "c", "/hulp", private=True, sent=0.0, about={"command": "/hulp"})


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (TwilioInput(TwilioSettings("x", "https://x.example")), message),
        (SlackInput(SlackSettings("xoxb-1", "x")), commanded),
    ],
    ids=["twilio", "slack"],
)
def test_one_user_takes_no_more_places_where_the_response_is_the_answer(channel, said):
    """Who sends a hundred messages at once gets the warning with the number for those that are not read."""
    gate, begun = asyncio.Event(), []
    channel.seconds = 0.5

    async def slow(message):
        begun.append(message.message_id)
        await gate.wait()
        await says_three_things(message)

    async def go():
        request = asked_of(assistant(Store(), slow))
        answers = await asyncio.gather(*(channel.respond(request, [said(number)]) for number in range(100)))
        running = len(channel._running)
        gate.set()
        await asyncio.gather(*channel._running.values())
        return running, [answer.body.decode() for answer in answers]

    running, answers = asyncio.run(go())
    assert running == MOST_WAITING
    assert any(TOO_MANY in answer and TEAM in answer for answer in answers)


def test_there_is_always_a_place_for_wiping():
    """Also while twenty messages of the same user wait."""
    channel, store, gate = SlackInput(SlackSettings("xoxb-1", "x")), Store(), asyncio.Event()
    channel.seconds = 0.5
    wipe = Arrival("wipe", "u", "c", "/wis", private=True, sent=0.0, about={"command": "/wis"})

    async def slow(message):
        await gate.wait()

    async def go():
        agent = assistant(store, slow)
        request, conversation = asked_of(agent), channel.conversation_id(wipe)
        store.keep(conversation, [UserUttered("x")])
        await asyncio.gather(*(channel.respond(request, [commanded(number)]) for number in range(MOST_WAITING + 1)))
        wiping = asyncio.create_task(channel.respond(request, [wipe]))
        await asyncio.sleep(0.05)
        gate.set()
        await wiping
        await asyncio.gather(*channel._running.values())
        return await store.retrieve(conversation)

    assert asyncio.run(go()) is None


@pytest.mark.parametrize("length", [MAX_CHARACTERS, MAX_CHARACTERS + 1, 10**6])
def test_a_long_text_is_answered_but_not_kept(length):
    """No more of it than can be read; that it was too long is said after the answer."""
    channel, store, seen = Probe(), Store(), []
    to = channel.answers.to

    async def go():
        channel.answers.to = lambda agent, arrival, *names: seen.append(arrival) or to(agent, arrival, *names)
        return await channel.take(assistant(store, says_three_things), message(1, text="a" * length))

    assert asyncio.run(go())
    assert len(seen[0].text) == min(length, MOST_READ)
    too_long = request_for_parts(MAX_CHARACTERS)
    assert channel.shown[0] == "een" and (too_long in channel.shown) == (length > MAX_CHARACTERS)


# --- rounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ([PlatformAway(of_form=False)], ["een", TEAM, "twee"]),
        ([PlatformAway(of_form=False)] * 2, ["plainly: een", TEAM, "twee"]),
        ([None, None, PlatformAway(of_form=False)], ["een", TEAM, "twee"]),
        ([PlatformAway(of_form=True)], ["plainly: een", TEAM, "twee"]),
    ],
)
def test_an_outage_does_not_cost_the_buttons(monkeypatch, script, shown):
    """Only what may be refused for its form goes plainly soon; anything does in the third round."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "ROUND_SECONDS", 0.01)
    channel = Probe(*script)
    assert asyncio.run(channel.take(assistant(Store(), says_three_things), ARRIVAL))
    assert [text for text in channel.shown if text != INTRODUCTION] == shown


@pytest.mark.parametrize(
    ("fault", "of_form"),
    [
        ("closed", False),
        (503, False),
        (504, False),
        (429, False),
        (401, False),
        (500, True),
        (404, True),
        (400, True),
    ],
)
def test_what_may_be_the_fault_of_a_form(fault, of_form):
    """An answer of the platform itself, not that of what stands before it, or none."""
    telegram = Telegram()
    if fault != "closed":
        telegram.fault = (fault, {})
        telegram.start()

    async def go():
        client = PlatformClient("telegram", lambda answer: True)
        await client.open()
        try:
            with pytest.raises(PlatformAway) as away:
                await client.ask("POST", f"{telegram.address}/bot/x", waits=(), json={})
        finally:
            await client.close()
        return away.value.of_form

    try:
        assert asyncio.run(go()) is of_form
    finally:
        telegram.stop()


# --- once, whole, in order -------------------------------------------------------------------------------------------


def test_an_answer_is_whole_before_the_next_one_begins(monkeypatch):
    """What a user says in one breath is answered one by one; who else writes does not wait for it."""
    channel = Probe()
    send = channel.send

    async def slowly(arrival, bubble):
        await asyncio.sleep(0.05)
        await send(arrival, bubble)

    async def engine(said):
        for part in (1, 2):
            await said.output_channel.send_response(said.sender_id, {"text": f"{said.text} {part}"})

    async def go():
        agent, store = assistant(Store(), engine), channel.conversation_id(message(1))
        await agent.tracker_store.keep_introduction(store, "earlier")
        arrivals = [message(number, text=text) for number, text in enumerate("abc")]
        return await asyncio.gather(*(channel.take(agent, one) for one in [*arrivals, message(9, "v", "d")]))

    monkeypatch.setattr(channel, "send", slowly)
    assert all(asyncio.run(go()))
    shown = [text for text in channel.shown if text != INTRODUCTION]
    assert [text for text in shown if text[0] != "d"] == ["a 1", "a 2", "b 1", "b 2", "c 1", "c 2"]
    assert shown.index("d 2") < shown.index("b 2")


def test_of_messages_that_come_together_each_must_be_answered(undelivered):
    """Else the platform would not deliver again the one whose answer did not arrive."""

    async def go(channel):
        answer = await channel.respond(asked_of(assistant(Store())), [message(1), message(2, "v")])
        return answer.status

    assert asyncio.run(go(Probe())) == 200
    assert asyncio.run(go(Probe(PlatformAway()))) == 503


def test_a_message_that_another_worker_is_answering_is_to_be_delivered_again():
    """That worker can die."""

    class Busy(Store):
        async def claim_delivery(self, name):
            return Delivery.BUSY

    channel = Probe()
    assert not asyncio.run(channel.take(assistant(Busy()), ARRIVAL))
    assert channel.shown == []


def test_the_conversation_does_not_go_on_twice_when_a_delivery_failed(undelivered):
    """The message comes again with the same name, so that the engine can see that it was answered."""
    channel, store, names = Probe(PlatformAway()), Store(), []

    async def engine(said):
        names.append(said.message_id)
        await says_three_things(said)

    async def go():
        agent = assistant(store, engine)
        return [await channel.take(agent, ARRIVAL) for _ in range(2)]

    assert asyncio.run(go()) == [False, True] and store.ended == [False, True]
    assert len(names) == 2 and len(set(names)) == 1 and names[0]


def test_twilio_hangs_up_and_the_turn_goes_on():
    """What was said is there when it asks again."""
    channel, store, ended = TwilioInput(TwilioSettings("a", "https://x.example")), Store(), []
    channel.seconds = 0.05

    async def engine(said):
        await asyncio.sleep(0.2)
        ended.append(True)
        await says_three_things(said)

    async def go():
        asked = asked_of(assistant(store, engine))
        first = await channel.respond(asked, [ARRIVAL])
        while not ended:
            await asyncio.sleep(0.01)
        channel.seconds = 5.0
        return first.body.decode(), (await channel.respond(asked, [ARRIVAL])).body.decode()

    first, again = asyncio.run(asyncio.wait_for(go(), 10))
    assert TEAM in first and "twee" not in first and "twee" in again
    assert ended == [True]


def test_a_redirect_is_not_followed():
    """What is said would go to somebody else."""
    telegram = Telegram()
    telegram.start()
    telegram.fault = (307, {"Location": f"{telegram.address}/elsewhere"})

    async def go():
        client = PlatformClient("telegram")
        await client.open()
        try:
            await client.ask("POST", f"{telegram.address}/bot1:a/sendMessage", waits=(), json={"text": "geheim"})
        finally:
            await client.close()

    try:
        with pytest.raises(PlatformAway):
            asyncio.run(go())
        assert [asked.path for asked in telegram.asked] == ["/bot1:a/sendMessage"]
    finally:
        telegram.stop()
