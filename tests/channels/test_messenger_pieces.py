"""Messages that belong together, in messaging apps; the parts that need no server stand at the end."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
from messenger_doubles import Probe, Store, asked_of, assistant
from platforms import PLATFORMS, StandIn
from platforms.users import CALM, SERIOUS, TEAM

from weerbaar.channels.apps import pieces
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.pieces import has_ended
from weerbaar.channels.apps.slack import SlackInput, SlackSettings
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.channels.apps.twilio import TwilioInput, TwilioSettings

CRY = ("hij staat", "weer", "voor mijn", "deur met een mes")
QUESTION = ("wat is", "een woningscan")
INTRODUCTION = "een computer, geen mens"
NOT_UNDERSTOOD = "begrijp"


@pytest.fixture(params=[kind.name for kind in PLATFORMS])
def platform(opened, request) -> StandIn:
    """One platform after the other."""
    return opened[request.param]


def typed(platform: StandIn, texts: tuple[str, ...], user: int, gap: float = 0.3) -> list[list[str]]:
    """Lets a user type texts shortly after each other; returns what was answered to each request that holds one."""
    messages = [platform.payload_of(text, user) for text in texts]
    with ThreadPoolExecutor(len(texts)) as pool:
        deliveries = []
        for message in messages:
            deliveries.append(pool.submit(platform.deliver, message))
            time.sleep(gap)
        # Slack waits less long than the pieces of a slow writer take; it delivers them again.
        for delivery, message in zip(deliveries, messages):
            if delivery.result().status_code != 200:
                platform.wait_for(lambda message=message: platform.deliver(message).status_code == 200)
    return platform.texts(user)


def test_pieces_are_judged_as_one_and_answered_once(platform, user):
    """No piece but the last says anything; 112 comes first, and who is answering is said once."""
    texts = typed(platform, CRY, user)
    assert "112" in texts[0] and not any(NOT_UNDERSTOOD in text for text in texts)
    assert " ".join(texts).count(INTRODUCTION) == 1
    assert any(said.phone for said in platform.shown(user)) and len(texts) <= 4


def test_a_calm_question_in_pieces_is_answered_once(platform, user):
    """As if it had been typed at once."""
    whole = platform.say("wat is een woningscan?", user + 500_000)
    assert typed(platform, QUESTION, user) == whole


def test_a_grave_piece_is_answered_at_once(platform, user):
    """It waits for nothing; what comes after it is answered too."""
    begin = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        grave = pool.submit(platform.deliver, platform.payload_of(SERIOUS, user))
        platform.wait_for(lambda: platform.texts(user))
        waited = time.monotonic() - begin
        assert grave.result().status_code == 200
    assert TEAM in platform.texts(user)[0]
    after = platform.say("en wat is een woningscan?", user)
    assert any("Bron: " in text for text in after)
    # Not a measure of speed: the time that is waited for another piece is no part of it.
    calm = time.monotonic()
    platform.say("ik heb een vraag", user)
    assert time.monotonic() - calm > pieces.QUIET_SECONDS > 0 and waited < time.monotonic() - begin


def test_two_calm_messages_are_not_grave_together(platform, user):
    """And the second is answered as it is."""
    alone = platform.say("Hoe werkt aangifte onder nummer?", user)
    assert platform.say(CALM, user)[-1].count("Bron: ") == 1 and alone


def test_pieces_that_come_again_are_answered_once(platform, user):
    """Each piece is known as answered; Twilio gets the answer again with the piece that had it."""
    messages = [platform.payload_of(text, user) for text in QUESTION]
    with ThreadPoolExecutor(2) as pool:
        first = []
        for message in messages:
            first.append(pool.submit(platform.deliver, message))
            time.sleep(0.3)
        first = [one.result() for one in first]
    if platform.name == "slack":
        platform.wait_for(lambda: all(platform.deliver(message).status_code == 200 for message in messages))
    texts = platform.texts(user)
    again = [platform.deliver(message) for message in messages]
    assert {one.status_code for one in again} == {200}
    if platform.name == "twilio":
        assert [one.text for one in again] == [one.text for one in first]
        assert "Message" in first[0].text and "Message" not in first[1].text
    else:
        assert platform.texts(user) == texts


def test_wiping_drops_what_was_typed_before(platform, user):
    """A piece before it is answered, not judged with what comes after."""
    platform.say("ik heb een vraag.", user)
    platform.say("/wis", user)
    assert platform.say("wat is een woningscan?", user) == platform.say("wat is een woningscan?", user + 500_000)


@pytest.mark.parametrize("fault", ["component", "store"])
def test_pieces_get_the_number_when_nothing_can_be_judged(messenger, platform, user, fault):
    """None is kept waiting, or lost."""
    httpx.post(f"{messenger.root}/webhooks/sabotage/{fault}", timeout=30)
    try:
        assert TEAM in " ".join(typed(platform, CRY, user))
    finally:
        httpx.post(f"{messenger.root}/webhooks/sabotage/heal", timeout=30)


def test_rest_and_web_answer_at_once(messenger):
    """There whoever writes waits for the answer before the next message."""
    texts = [str(messenger.say(text)) for text in CRY]
    assert all(texts) and all(TEAM in text or "112" in text or "bericht" in text for text in texts)


# --- without a server -----------------------------------------------------------------------------------------------

LONG = "woord " * 34
LEVELS = {"mes": "acuut", "bom": "acuut", "dreigbrief": "ernstig", "help": "zorg"}


def judging(store: Store, **levels: str) -> SimpleNamespace:
    """Returns an assistant that answers with what it was told, and judges by the last words in it that it knows."""
    levels = {**LEVELS, **levels}

    async def engine(said):
        await said.output_channel.send_response(said.sender_id, {"text": f"antwoord: {said.text}"})

    async def parse_message(text):
        found = [level for words, level in levels.items() if words.replace("_", " ") in text]
        judgement = {"level": found[-1] if found else "geen", "reasons": ["patroon:x"] if "bom" in text else ["model"]}
        return {"intent": {"name": "buiten_bereik"}, "ernst": judgement}

    agent = assistant(store, engine)
    agent.parse_message = parse_message
    return agent


@pytest.fixture
def quick(monkeypatch) -> None:
    """A shorter wait."""
    monkeypatch.setattr(pieces, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(pieces, "LONGEST_SECONDS", 0.6)


def said(channel: Probe) -> list[str]:
    """Returns the answers, without the introduction."""
    return [text.removeprefix("antwoord: ") for text in channel.shown if text.startswith("antwoord: ")]


def message(number: int, text: str, **more) -> Arrival:
    """Returns what a user types."""
    return Arrival(str(number), "u", "c", text, **{"private": True, "sent": 0.0, **more})


def typing(agent: SimpleNamespace, channel: Probe, *texts: str | Arrival, gap: float = 0.05) -> list:
    """Lets a user type texts with a gap between; returns the results."""

    async def go():
        tasks = []
        for number, text in enumerate(texts):
            arrival = text if isinstance(text, Arrival) else message(number, text)
            tasks.append(asyncio.create_task(channel.take(agent, arrival)))
            await asyncio.sleep(gap)
        return await asyncio.gather(*tasks)

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("texts", "answered"),
    [
        (["wat is", "een", "scan"], ["wat is een scan"]),
        (["wat is?", "een", "scan"], ["wat is?", "een scan"]),
        (["wat is", "een scan?", "en hoe"], ["wat is een scan?", "en hoe"]),
        (["hij heeft", "een mes", "bij zich"], ["hij heeft een mes"]),
        (["een mes", "in de la"], ["een mes in de la"]),
        (["een bom", "onder de auto", "gelegd"], ["een bom"]),
        (["hij heeft nu een mes", "wat moet ik nu doen?"], ["hij heeft nu een mes", "wat moet ik nu doen?"]),
        (
            ["ik kreeg een dreigbrief.", "en er is een mes", "bij gestopt"],
            ["ik kreeg een dreigbrief.", "en er is een mes"],
        ),
        (["hij heeft...", "geen tijd"], ["hij heeft... geen tijd"]),
        ([LONG + "uit", "b"], [LONG + "uit", "b"]),
        (["a", LONG * 4 + "uit", LONG + "op"], ["a " + LONG * 4 + "uit", LONG + "op"]),
        (
            [f"{LONG[:180]}{number}" for number in range(6)],
            [" ".join(f"{LONG[:180]}{number}" for number in range(5)), f"{LONG[:180]}5"],
        ),
    ],
    ids=[
        "three",
        "ended",
        "ended later",
        "grave",
        "too little",
        "by a pattern",
        "a question after",
        "graver",
        "goes on",
        "long",
        "long together",
        "too much",
    ],
)
def test_what_belongs_together(quick, monkeypatch, texts, answered):
    """Until a sentence ends, it is grave, it is too much, or nothing comes."""
    monkeypatch.setattr(pieces, "LONGEST_SECONDS", 5.0)
    channel = Probe()
    assert all(typing(judging(Store()), channel, *texts))
    assert said(channel) == answered


def test_it_does_not_wait_for_ever(quick):
    """Who goes on and on gets an answer meanwhile, to all that was typed."""
    channel = Probe()
    texts = [f"stuk{number}" for number in range(10)]
    typing(judging(Store()), channel, *texts, gap=0.1)
    assert len(said(channel)) > 1
    assert " ".join(said(channel)).split() == texts


def test_what_is_joined_is_never_calmer_than_a_piece(quick):
    """A word beside it can make a sentence look harmless."""
    channel, agent = Probe(), judging(Store(), help_mij_toch_eens_gedoe="geen")
    typing(agent, channel, "help mij toch eens", "gedoe")
    assert said(channel) == ["help mij toch eens"]
    channel, agent = Probe(), judging(Store(), mes_gedoe="geen")
    typing(agent, channel, "wat een", "mes gedoe")
    assert said(channel) == ["wat een mes gedoe"]


def test_a_piece_is_judged_with_the_one_before(quick):
    """Which was answered; for a while only, and not once more after it was grave."""
    channel, agent = Probe(), judging(Store(), **{"man._woord": "ernstig"})
    typing(agent, channel, "daar is een man.", LONG[:60] + "uit.", "nog iets hier.", gap=0.3)
    assert said(channel) == ["daar is een man.", LONG[:60] + "uit.", "nog iets hier."]
    channel, agent = Probe(), judging(Store(), **{"man._met": "ernstig"})
    typing(agent, channel, "daar is een man.", "met een tas.", "nog iets hier.", gap=0.3)
    assert said(channel) == ["daar is een man.", "daar is een man. met een tas.", "nog iets hier."]


def test_the_words_are_gone_after_a_while(quick, monkeypatch):
    """From the memory too; at once when they were grave, or the conversation was wiped."""
    monkeypatch.setattr(pieces, "KEPT_SECONDS", 0.2)
    channel, agent, held = Probe(), judging(Store()), []

    async def go():
        for number, text in enumerate(("rustig.", "een mes!", "rustig.", "/wis", "rustig.")):
            await channel.take(agent, message(number, text))
            held.append([kept.text for kept in channel.pieces._kept.values() if kept.text])
        await asyncio.sleep(0.3)
        held.append([kept.text for kept in channel.pieces._kept.values()])

    asyncio.run(go())
    assert held == [["rustig."], [], ["rustig."], [], ["rustig."], []]
    assert not channel.pieces._open


def test_a_choice_does_not_wait_and_is_not_joined(quick):
    """What was typed before it is answered before it."""
    channel = Probe()
    begin = time.monotonic()
    typing(judging(Store()), channel, "ik wil", message(9, "Zelfscan", choice="k:1"), gap=0.01)
    assert said(channel) == ["ik wil", "Zelfscan"]
    assert time.monotonic() - begin < pieces.QUIET_SECONDS


@pytest.mark.parametrize("other", [{"media": True}, {"private": False}, {"about": {"thread_ts": "1"}}])
def test_what_is_not_typed_in_the_same_place_is_not_joined(quick, other):
    """A photo, a group, another thread."""
    channel = Probe()
    typing(judging(Store()), channel, "ik wil", message(9, "iets", **other))
    assert "ik wil iets" not in said(channel) and "ik wil" in said(channel)


def test_an_answer_that_did_not_arrive_leaves_all_pieces_to_be_delivered_again(quick, monkeypatch):
    """Each of them; then they are answered, once."""
    import weerbaar.channels.apps.channel
    from weerbaar.channels.apps.platform import PlatformAway

    monkeypatch.setattr(weerbaar.channels.apps.channel, "UNDELIVERED_SECONDS", -1.0)
    channel, agent = Probe(PlatformAway()), judging(Store())
    assert typing(agent, channel, "wat is", "een scan") == [False, False]
    assert typing(agent, channel, "wat is", "een scan") == [True, True]
    assert said(channel) == ["wat is een scan"]


def test_a_server_that_stops_leaves_all_pieces_to_another_worker(quick):
    """None of them is called answered."""
    channel, store = Probe(), Store()

    async def go():
        agent = judging(store)
        taking = [asyncio.create_task(channel.take(agent, message(number, "a"))) for number in range(3)]
        await asyncio.sleep(0.05)
        for task in list(channel._running.values()):
            task.cancel()
        await asyncio.gather(*channel._running.values(), return_exceptions=True)
        return await asyncio.gather(*taking)

    assert asyncio.run(go()) == [False] * 3 and store.ended == [False] * 3


def test_a_number_belongs_to_the_words_around_it(quick):
    """Alone it is a choice, and does not wait."""
    channel = TwilioInput(TwilioSettings("a", "https://x.example"))
    agent, asked = judging(Store()), asked_of(judging(Store()))

    async def go():
        tasks = []
        for number, text in enumerate(("er zijn", "2", "mannen")):
            arrival = Arrival(str(number), "u", "u", text, private=True, sent=0.0)
            tasks.append(asyncio.create_task(channel.respond(asked, [arrival])))
            await asyncio.sleep(0.05)
        answers = [answer.body.decode() for answer in await asyncio.gather(*tasks)]
        begin = time.monotonic()
        alone = await channel.respond(asked, [Arrival("9", "v", "v", "2", private=True, sent=0.0)])
        return answers, alone.body.decode(), time.monotonic() - begin

    answers, alone, waited = asyncio.run(go())
    assert agent and "er zijn 2 mannen" in answers[0]
    assert not any("Message" in answer for answer in answers[1:])
    assert "waar dat cijfer bij hoort" in alone and waited < pieces.QUIET_SECONDS


def test_twilio_gives_the_number_for_a_piece_when_the_answer_fails(quick, monkeypatch):
    """To every request that waits for it."""
    channel = TwilioInput(TwilioSettings("a", "https://x.example"))

    async def fails(*_):
        raise ValueError

    monkeypatch.setattr(channel, "answer", fails)

    async def go():
        asked = asked_of(judging(Store()))
        both = [
            channel.respond(asked, [Arrival(str(number), "u", "u", "a", private=True, sent=0.0)]) for number in range(2)
        ]
        return [answer.body.decode() for answer in await asyncio.gather(*both)]

    assert all(TEAM in answer for answer in asyncio.run(go()))


def test_a_command_in_slack_drops_what_was_typed_before(quick):
    """It does not come as a message."""
    channel = SlackInput(SlackSettings("a", "b"))

    async def go():
        agent = judging(Store())
        conversation = channel.conversation_id(message(1, "x"))
        group = pieces.Group([message(1, "woorden")], ["n"], {"woorden": pieces.Judged("geen")})
        channel.pieces._keep(conversation, group)
        kept = len(channel.pieces._kept)
        await channel.respond(asked_of(agent), [message(2, "/wis", about={"command": "/wis"})])
        return kept

    assert asyncio.run(go()) == 1 and not channel.pieces._kept


def test_a_flood_of_pieces_is_not_judged_for_ever(quick):
    """Beyond a number in a minute each goes its way without, and is told that it is too much."""
    channel, store, judged = Probe(), Store(), []
    agent = judging(store)
    parse = agent.parse_message

    async def counting(text):
        judged.append(text)
        return await parse(text)

    agent.parse_message = counting

    async def go():
        for number in range(3 * pieces.PIECES_PER_MINUTE):
            await channel.take(agent, message(number, f"bericht {number}."))

    asyncio.run(go())
    assert len(judged) <= 2 * 2 * pieces.PIECES_PER_MINUTE  # twice when a minute of the clock ended meanwhile
    assert any("U stuurt veel berichten" in text for text in channel.shown)


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Help!", True),
        ("wat nu?", True),
        ("Klaar. ", True),
        ("'Klaar.'", True),
        ("nee!! \U0001f62d", True),
        ("hij staat", False),
        ("en toen...", False),
        ("", False),
        ("ja,", False),
        ("3.5", False),
        ("einde?)", True),
    ],
)
def test_the_end_of_a_sentence(text, ended):
    """Three full stops are none."""
    assert has_ended(text) is ended


def test_a_vote_leaves_what_was_typed_as_it_is():
    """A press on 'Dit helpt mij' between two messages must not keep them from being judged together."""
    channel, store = Probe(), Store()
    press = Arrival("7", "u", "c", "Dit helpt mij", "d:0123456789abcdef", private=True, sent=0.0)
    conversation = channel.conversation_id(press)

    async def go() -> bool:
        channel.pieces._remember(conversation, "er staat iemand", None, 60.0)
        await channel.take(assistant(store), press)
        kept = conversation in channel.pieces._kept
        channel.pieces.forget(conversation)
        return kept

    assert asyncio.run(go())
    assert channel.shown == [TEXTS["geen_stem"]]
