"""What all messaging channels do so that an answer arrives: places, rounds, what is remembered after it. No server."""
from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
from chat import agent_of
from platforms import Teams, Telegram
from platforms.stand_in import payload
from platforms.teams import APP_ID
from platforms.users import GROUP, LINK, TEAM
from rasa.shared.core.events import BotUttered, UserUttered
from test_messenger_parts import ARRIVAL, Probe, Store, asked_of, says_three_things

import weerbaar.channels.apps.channel
import weerbaar.channels.apps.teams
import weerbaar.channels.apps.telegram
from weerbaar.channels.apps.answers import MESSAGES_PER_MINUTE
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.channel import MOST_WAITING
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient
from weerbaar.channels.apps.reading import MAX_CHARACTERS
from weerbaar.channels.apps.teams import TeamsInput, TeamsSettings
from weerbaar.channels.apps.telegram import CHECK_SECONDS, TelegramInput, TelegramSettings
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.channels.apps.twilio import TwilioInput, TwilioSettings
from weerbaar.channels.rate_limit import RateLimit
from weerbaar.conversation.long_text import MOST_READ, request_for_parts
from weerbaar.stores.memory import Delivery

INTRODUCTION = "een computer, geen mens"
TOO_MANY = "U stuurt veel berichten"
HERE = "https://assistent.example/webhooks/telegram/webhook"


def assistant(store: Store, engine=None) -> SimpleNamespace:
    """Returns an agent that answers, remembers the conversation, and can introduce itself and say that it wiped."""
    async def answers(message):
        name, sender = message.message_id, message.sender_id
        await message.output_channel.send_response(sender, {"text": "antwoord"})
        store.keep(sender, [UserUttered("x", message_id=name), BotUttered("antwoord")])

    async def generate(utterance, *_):
        return {"text": {"utter_introductie": INTRODUCTION, "utter_restart": "gewist"}[utterance]}

    agent = agent_of(engine or answers, store)
    agent.nlg = SimpleNamespace(generate=generate)
    return agent


def message(number: int, sender: str = "u", text: str = "help", private: bool = True) -> Arrival:
    """Returns what a user says, or somebody in a group."""
    return Arrival(str(number), sender, f"chat-{sender}", text, private=private)


@pytest.fixture
def undelivered(monkeypatch):
    """One failed attempt, and an answer is left to the next delivery of its message."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "UNDELIVERED_SECONDS", -1.0)


# --- places ---------------------------------------------------------------------------------------------------------

def test_one_user_does_not_take_the_places_of_all(monkeypatch):
    """Twenty messages wait; of the others one sentence tells, at once, and the platform does not deliver them again."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "MOST_RUNNING", MOST_WAITING + 2)
    channel, store, gate = Probe(), Store(), asyncio.Event()
    channel.seconds = 0.02

    async def slow_for_one(message):
        if message.sender_id == channel.conversation_of(ARRIVAL):
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


# --- rounds ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("script", "shown"), [
    ([PlatformAway(of_form=False)], ["een", TEAM, "twee"]),
    ([PlatformAway(of_form=False)] * 2, ["plainly: een", TEAM, "twee"]),
    ([None, None, PlatformAway(of_form=False)], ["een", TEAM, "twee"]),
    ([PlatformAway(of_form=True)], ["plainly: een", TEAM, "twee"]),
])  # fmt: skip
def test_an_outage_does_not_cost_the_buttons(monkeypatch, script, shown):
    """Only what may be refused for its form goes plainly soon; anything does in the third round."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "ROUND_SECONDS", 0.01)
    channel = Probe(*script)
    assert asyncio.run(channel.take(assistant(Store(), says_three_things), ARRIVAL))
    assert [text for text in channel.shown if text != INTRODUCTION] == shown


@pytest.mark.parametrize(("fault", "of_form"), [
    ("closed", False), (503, False), (504, False), (429, False), (401, False), (500, True), (404, True), (400, True),
])  # fmt: skip
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


# --- what is remembered after an answer -----------------------------------------------------------------------------

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
            store.keep(channel.conversation_of(ARRIVAL), [UserUttered("x")])
            assert await channel.take(agent, message(number, text="/wis"))
            left.append(await store.retrieve(channel.conversation_of(ARRIVAL)))

    asyncio.run(go())
    assert left == [None] * 60
    assert channel.shown == ["gewist"] * MESSAGES_PER_MINUTE + [TEXTS["te_veel"]]


def test_what_a_channel_says_itself_has_the_number_for_danger():
    """But for the line below a list."""
    assert all("112" in text for name, text in TEXTS.items() if name != "keuze")


# --- Teams ----------------------------------------------------------------------------------------------------------

class SlowLogin(Teams):
    """A login that takes some time."""

    seconds = 0.0

    def serve(self, asked):
        if asked.path.startswith("/login/"):
            time.sleep(self.seconds)
        return super().serve(asked)

    def logins(self) -> int:
        """Returns how often a token was asked for."""
        return sum(asked.path.startswith("/login/") for asked in self.asked)


@pytest.fixture
def slow():
    """Microsoft, whose login takes some time."""
    teams = SlowLogin()
    teams.start()
    yield teams
    teams.stop()


def in_teams(teams: SlowLogin, use):
    """Returns what `use` returns, which gets a channel for Teams."""
    async def go():
        environment = {name.removeprefix("TEAMS_").lower(): value for name, value in teams.environment.items()}
        channel = TeamsInput(TeamsSettings(**environment))
        await channel.client.open()
        try:
            return await use(channel)
        finally:
            await channel.client.close()

    return asyncio.run(go())


def test_a_slow_login_does_not_cost_the_card(slow, monkeypatch):
    """'Typing' waits no longer than a second; the answer takes the token that it asked for."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "TYPING_SECONDS", 0.2)
    slow.seconds = 0.6
    about = {"service": slow.service, "bot": {"id": f"28:{APP_ID}"}, "user": {"id": "29:7"}}
    arrival = Arrival("1", "7", "a:7", "help", about=about)
    begin = time.monotonic()
    assert in_teams(slow, lambda channel: channel.take(assistant(Store(), says_three_things), arrival))
    assert time.monotonic() - begin < weerbaar.channels.apps.channel.ROUND_SECONDS
    assert slow.logins() == 1
    first, second = slow.shown("7")[:2]
    assert first.phone == LINK and list(second.buttons) == ["Ja"]


def test_a_token_is_asked_for_once_by_all_who_wait(slow, monkeypatch):
    """Also when there is none; and again after a pause."""
    monkeypatch.setattr(weerbaar.channels.apps.teams, "TOKEN_PAUSE", 0.3)

    async def use(channel):
        slow.fault, slow.fault_at = (503, {}), "/login/"
        failed = await asyncio.gather(*(channel.token() for _ in range(10)), return_exceptions=True)
        failed += await asyncio.gather(*(channel.token() for _ in range(10)), return_exceptions=True)
        slow.mend()
        await asyncio.sleep(0.4)
        return failed, await asyncio.gather(*(channel.token() for _ in range(10)))

    failed, tokens = in_teams(slow, use)
    assert all(isinstance(error, PlatformAway) for error in failed)
    assert set(tokens) == {slow.access_token} and slow.logins() == 2


def test_a_login_that_fails_does_not_make_the_answer_plain(slow, monkeypatch):
    """It is the token that was missing."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "ROUND_SECONDS", 0.3)
    monkeypatch.setattr(weerbaar.channels.apps.teams, "TOKEN_PAUSE", 0.1)
    slow.fault, slow.fault_at = (500, {}), "/login/"
    about = {"service": slow.service, "bot": {"id": f"28:{APP_ID}"}, "user": {"id": "29:7"}}

    async def use(channel):
        taking = asyncio.create_task(channel.take(assistant(Store(), says_three_things), Arrival(
            "1", "7", "a:7", "help", about=about
        )))  # fmt: skip
        await asyncio.sleep(0.2)
        slow.mend()
        return await taking

    assert in_teams(slow, use)
    assert slow.shown("7")[0].phone == LINK


# --- Telegram -------------------------------------------------------------------------------------------------------

def telegram_reads(**changes) -> "Arrival | None":
    """Returns what the channel makes of a message without text in which something else stands."""
    update = payload("telegram/message")
    update["message"].pop("text")
    update["message"].update(changes)
    return TelegramInput(TelegramSettings("1:a", HERE))._arrival(update, "1")


@pytest.mark.parametrize("kind", [
    "pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "boost_added", "write_access_allowed",
    "new_chat_members", "video_chat_started", "forum_topic_created", "giveaway_created", "chat_owner_changed",
])  # fmt: skip
def test_a_notice_of_telegram_is_no_message(kind):
    """Nobody said anything."""
    assert telegram_reads(**{kind: {"x": 1}}) is None


@pytest.mark.parametrize("changes", [
    {"voice": {}}, {"hologram": {"file_id": "x"}}, {"paid_media": {}}, {}, {"gift": {"text": "help"}},
])  # fmt: skip
def test_all_else_that_telegram_delivers_is_answered(changes):
    """Also what it may invent, and what it does not show to a bot."""
    arrival = telegram_reads(**changes)
    assert arrival.media and arrival.private and arrival.text == ""


def test_a_text_in_telegram_is_no_media():
    """A caption is: there is something above it."""
    assert not telegram_reads(text="hallo").media
    assert telegram_reads(caption="hallo", photo=[{}]).media and telegram_reads(caption="x", hologram={}).text == "x"


@pytest.mark.parametrize(("kind", "told"), [("supergroup", True), ("group", True), ("channel", False)])
def test_telegram_says_nothing_in_a_channel_it_is_put_in(kind, told):
    """All its followers would read it, and nobody can write there."""
    update = payload("telegram/added_to_group")
    update["my_chat_member"]["chat"]["type"] = kind
    assert (TelegramInput(TelegramSettings("1:a", HERE))._arrival(update, "1") is not None) == told


def test_telegram_is_told_again_where_to_deliver_when_that_was_taken_away(monkeypatch):
    """Also when it is away meanwhile; and all ends with the server."""
    assert CHECK_SECONDS <= 3_600
    monkeypatch.setattr(weerbaar.channels.apps.telegram, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(weerbaar.channels.apps.telegram, "FIRST_WAIT", 0.05)
    telegram = Telegram()
    telegram.start()
    token, address = telegram.environment["TELEGRAM_TOKEN"], telegram.environment["TELEGRAM_WEBHOOK_URL"]

    def asked(method: str) -> int:
        return sum(one.path.endswith(f"/{method}") for one in telegram.asked)

    async def until(true):
        for _ in range(200):
            if true():
                return
            await asyncio.sleep(0.02)
        raise AssertionError

    async def go():
        channel = TelegramInput(TelegramSettings(token, address, telegram.address))
        await channel.client.open()
        preparing = asyncio.create_task(channel.prepare())
        await until(lambda: asked("getWebhookInfo") >= 3)
        assert asked("setWebhook") == asked("setMyCommands") == 1
        for elsewhere in ("", "https://other.example/webhook"):
            telegram.registered = elsewhere
            await until(lambda: telegram.registered == address)
        telegram.registered, telegram.fault = "", (500, {})
        known = asked("getWebhookInfo")
        await until(lambda: asked("getWebhookInfo") >= known + 2)
        telegram.mend()
        await until(lambda: telegram.registered == address)
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        await channel.client.close()
        return preparing.cancelled()

    try:
        assert asyncio.run(go())
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
        agent, store = assistant(Store(), engine), channel.conversation_of(message(1))
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
