"""The parts that all messaging channels share: splitting, choices, ids, keys. No server."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from chat import agent_of
from hypothesis import given
from hypothesis import strategies as st
from messenger_doubles import ARRIVAL, Probe, Store, asked_of, says_three_things
from platforms import Teams
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

import weerbaar.channels.apps.channel
import weerbaar.channels.apps.teams
from weerbaar.channels.apps.answers import command_in
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.bubble import Bubble, Button, split_text
from weerbaar.channels.apps.choices import button_key, is_number, payload_of_key, payload_of_number
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient, PlatformRefused
from weerbaar.channels.apps.slack import SlackInput, SlackSettings, plain
from weerbaar.channels.apps.teams import SigningKeys
from weerbaar.channels.apps.telegram import TelegramInput, TelegramSettings
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.channels.apps.twilio import TwilioInput, TwilioSettings, written_out
from weerbaar.channels.apps.whatsapp import WhatsAppInput, WhatsAppSettings, interactive
from weerbaar.conversation.call_card import international
from weerbaar.stores.memory import ExpiringTrackerStore

TEAM = "070-3738314"
SENTENCES = "Bel het Ondersteuningsteam: 070-3738314. Dat is vertrouwelijk! Wat is er gebeurd? "


# Anything at all, with many places to split, and many emoji.
CHARACTERS = st.characters(blacklist_categories=["Cs"]) | st.sampled_from(" \n.!?\U0001f51f")


@given(st.text(CHARACTERS, min_size=130, max_size=400), st.integers(20, 120))
def test_a_text_is_split_without_loss(text, most):
    """Each part fits, also with emoji; nothing but blanks gets lost."""
    parts = split_text(text, most)
    assert all(0 < len(part.encode("utf-16-le")) <= 2 * most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.integers(1, 30), st.integers(60, 300))
def test_a_text_is_split_between_sentences(sentences, most):
    """A number is never cut in two."""
    parts = split_text(SENTENCES * sentences, most)
    assert all(part.endswith((".", "!", "?")) for part in parts)
    assert sum(part.count(TEAM) for part in parts) == sentences


def offering(*buttons: str) -> DialogueStateTracker:
    """Returns a conversation that offered these payloads before its last message, and two more after it."""
    events = [
        BotUttered("?", {"buttons": [{"title": button, "payload": button} for button in buttons]}),
        UserUttered("x"),
        BotUttered("a", {"buttons": [{"title": "A", "payload": "/a"}]}),
        BotUttered("b", {"buttons": [{"title": "B", "payload": "/b"}]}),
    ]
    return DialogueStateTracker.from_events("x", events)


def test_a_key_stands_for_what_this_conversation_offered():
    """Earlier buttons too, for they stay on the screen; others never."""
    tracker = offering("/vroeger")
    assert payload_of_key(button_key("/vroeger"), tracker) == "/vroeger"
    assert payload_of_key(button_key("/restart"), tracker) is None
    assert payload_of_key(button_key("/a"), None) is None
    assert len(button_key("/" + "x" * 1000)) <= 64


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("1", "/a"),
        ("2", "/b"),
        (" 2. ", "/b"),
        ("2)", "/b"),
        ("3", None),
        ("0", None),
        ("112", None),
        ("-1", None),
        ("1 2", None),
        ("een man", None),
        ("²", None),
        ("", None),
    ],
)
def test_a_number_stands_for_the_last_list(text, payload):
    """Only the list of the last answer, only a number alone; 112 is never a choice."""
    assert payload_of_number(text, offering("/vroeger")) == payload


def test_a_number_stands_for_nothing_in_a_new_conversation():
    """Nothing was offered."""
    assert payload_of_number("1", None) is None


def test_numbers_count_on_from_one_text_to_the_next():
    """As `payload_of_number` counts them."""
    bubbles = [Bubble("a", [Button("A", "/a")]), Bubble("b", [Button("B", "/b")])]
    assert written_out(bubbles) == ["a\n1. A\n\nb\n2. B\n\nAntwoord met een cijfer."]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", "/begroeten"),
        ("/start abc-1", "/begroeten"),
        ("/Start@x_bot", "/begroeten"),
        (" /wis ", "/wis"),
        ("/STOP", "/wis"),
        ("/start help mij nu", None),
        ("/stop nu", None),
        ("wis", None),
        ("/wissel", None),
        ("", None),
    ],
)
def test_commands(text, command):
    """Words after a command are a message."""
    assert command_in(text) == command


def test_a_conversation_has_an_id_that_tells_nothing():
    """Other for each platform and each key; the same for the same user."""

    def id_of(channel, sender):
        return channel.conversation_id(Arrival("1", sender, "chat", private=True, sent=0.0))

    one = TelegramInput(TelegramSettings("1:a", "https://x.example"))
    other = TelegramInput(TelegramSettings("1:b", "https://x.example"))
    assert id_of(one, "31600000001") == id_of(one, "31600000001")
    assert id_of(one, "31600000001") not in (id_of(one, "31600000002"), id_of(other, "31600000001"))
    assert "31600000001" not in id_of(one, "31600000001") and id_of(one, "x").startswith("bericht-telegram-")


async def hangs(message):
    """A turn of the assistant that does not end."""
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ([], ["een", TEAM, "twee"]),
        ([None, None, PlatformAway(), PlatformAway()], ["een", TEAM, "plainly: twee\n- Ja"]),
        ([PlatformAway()], ["plainly: een", TEAM, "twee"]),
        ([None, PlatformRefused()], ["een", f"plainly: Ondersteuningsteam Weerbaar Bestuur: {TEAM}", "twee"]),
        ([ValueError()], ["plainly: een", TEAM, "twee"]),
    ],
)
def test_everything_is_delivered_once(monkeypatch, script, shown):
    """After a failure only the rest; more plainly when the platform does not take it, or may not; in order."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "ROUND_SECONDS", 0.01)
    channel, store = Probe(*script), Store()

    async def go():
        return await channel.take(agent_of(says_three_things, store), ARRIVAL)

    assert asyncio.run(go())
    assert channel.shown == shown and store.ended == [True]


def test_a_message_is_claimed_until_it_is_answered_or_the_server_stops(monkeypatch):
    """Then another worker may have it at once."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "CLAIM_SECONDS", 0.06)
    channel, store = Probe(), Store()
    channel.seconds = 0.2

    async def go():
        taken = await channel.take(agent_of(hangs, store), ARRIVAL)
        [running] = channel._running.values()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        kept = store.kept
        await asyncio.sleep(0.1)
        return taken, kept, store.kept

    taken, kept, kept_later = asyncio.run(go())
    assert not taken and kept >= 2 and kept_later == kept
    assert store.ended == [False]


def test_twilio_gets_the_numbers_before_it_hangs_up():
    """When the answer takes too long."""
    channel = TwilioInput(TwilioSettings("a", "https://x.example"))
    channel.seconds = 0.2
    response = asyncio.run(channel.respond(asked_of(agent_of(hangs, Store())), [ARRIVAL]))
    assert TEAM in response.body.decode() and "112" in response.body.decode()


def test_a_command_in_slack_is_carried_out_though_slack_hangs_up():
    """Wiping waits for the turn that goes on; who gave the command is not told that it is done."""
    channel = SlackInput(SlackSettings("a", "b"))
    channel.seconds = 0.2
    arrival = Arrival("1", "u", "c", "/wis", private=True, sent=0.0, about={"command": "/wis"})

    async def go():
        agent = agent_of(hangs, Store())
        conversation = channel.conversation_id(arrival)
        agent.tracker_store.keep(conversation, [UserUttered("x")])
        async with agent.lock_store.lock(conversation):
            answer = await channel.respond(asked_of(agent), [arrival])
        await asyncio.gather(*channel._running.values())
        return answer.body.decode(), await agent.tracker_store.retrieve(conversation)

    text, left = asyncio.run(go())
    assert "Wissen lukt nu niet" in text and TEAM in text and left is None


def test_a_bug_in_a_channel_gives_the_number():
    """Whatever is raised while the answer is made."""

    async def engine(_):
        raise AssertionError

    async def answer():
        store = ExpiringTrackerStore(Domain.empty())
        channel = TelegramInput(TelegramSettings("1:a", "https://x.example"))
        channel.answers._choice = None  # a call of it raises TypeError
        return await channel.answer(
            agent_of(engine, store), Arrival("1", "u", "c", "help", "k:1", private=True, sent=0.0), "name"
        )

    [bubble] = asyncio.run(answer())
    assert TEAM in bubble.text and "112" in bubble.text


def test_what_a_channel_says_itself_has_the_numbers():
    """But for the line below a list, and what belongs to a vote, which is never asked after anything serious."""
    without = {"keuze", "helpt", "helpt_niet", "gestemd"}
    assert all(TEAM in text and "112" in text for name, text in TEXTS.items() if name not in without)
    assert "{" not in "".join(TEXTS.values())


def test_whatsapp_shows_long_titles_in_a_list():
    """Whole, in the description."""
    short, long = Button("Ja", "/ja"), Button("Wat doet het Ondersteuningsteam?", "/ot_info")
    assert interactive("?", [short])["type"] == "button"
    content = interactive("?", [short, long])
    rows = content["action"]["sections"][0]["rows"]
    assert content["type"] == "list"
    assert rows[0]["title"] == "Ja" and rows[1]["description"] == long.title and len(rows[1]["title"]) <= 24


@pytest.mark.parametrize(
    ("marked", "typed"),
    [
        ("hij &lt;mes&gt; &amp; ik", "hij <mes> & ik"),
        ("kijk <https://x.example|hier>", "kijk hier"),
        ("<@U123> hallo", "@U123 hallo"),
        ("<https://x.example>", "https://x.example"),
        ("geen", "geen"),
    ],
)
def test_slack_marks_are_taken_away(marked, typed):
    """So that the assistant reads what was typed."""
    assert plain(marked) == typed


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        (TEAM, "+31703738314"),
        ("0800-0113", "+318000113"),
        ("112", "112"),
    ],
)
def test_a_number_as_it_is_dialled(number, dialled):
    """From anywhere."""
    assert international(number) == dialled


def test_the_keys_of_teams_outlive_an_outage(monkeypatch):
    """Without any key nothing can be verified; with one all goes on; a new key is fetched."""
    monkeypatch.setattr(weerbaar.channels.apps.teams, "KEYS_PAUSE", -1)
    monkeypatch.setattr(weerbaar.channels.apps.teams, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(weerbaar.channels.apps.teams, "FETCH_SECONDS", 1.0)
    teams = Teams()

    async def go():
        client = PlatformClient("teams")
        await client.open()
        keys = SigningKeys(client, teams.environment["TEAMS_OPENID_URL"])
        with pytest.raises(PlatformAway):
            await keys.get("first")
        waiting = asyncio.create_task(keys.get("first"))
        await asyncio.sleep(0.2)
        teams.start()
        assert await waiting and await keys.get("third") is None
        teams.new_key("second")
        assert await keys.get("second")
        teams.stop()
        assert await keys.get("second")
        with pytest.raises(PlatformAway):
            await keys.get("third")
        # A key server that hangs holds up who names an unknown key, not who names a known one.
        monkeypatch.setattr(keys, "_fetch", lambda: asyncio.sleep(60))
        stranger = asyncio.create_task(keys.get("unknown"))
        await asyncio.sleep(0.1)
        assert await asyncio.wait_for(keys.get("second"), 1)
        stranger.cancel()
        await client.close()

    try:
        asyncio.run(go())
    finally:
        teams.stop()


@pytest.mark.parametrize(
    "text",
    [
        "2!",
        "2,",
        "2.",
        "2?",
        "2...",
        "(2)",
        "[2]",
        "#2",
        "# 2",
        "*2*",
        "'2'",
        "2\ufe0f\u20e3",
        "2\u20e3.",
        "02",
        "\n2\n",
        "optie 2",
        "Optie: 2",
        "nummer 2",
        "nr 2",
        "Nr. 2",
        "nr.2",
        "keuze 2!",
        "antwoord 2",
        "de 2",
        "de optie 2",
        "antwoord: nr 2",
        "twee",
        "Twee.",
        " TWEE ",
        "twee!",
        "'twee'",
    ],
)
def test_a_choice_has_many_forms(text):
    """As people type it; a word only when it stands alone."""
    assert is_number(text) and payload_of_number(text, offering("/vroeger")) == "/b"


@pytest.mark.parametrize(("text", "payload"), [("een", "/a"), ("één", "/a"), ("Eén.", "/a"), ("1\ufe0f\u20e3", "/a")])
def test_one_can_have_accents(text, payload):
    """Composed or not."""
    assert payload_of_number(text, offering("/vroeger")) == payload


@pytest.mark.parametrize("text", ["3", "drie", "tien", "0", "99", "optie 7", "nr. 12", "\U0001f51f"])
def test_what_looks_like_a_choice_stands_for_none(text):
    """Then the channel says so."""
    assert is_number(text) and payload_of_number(text, offering("/vroeger")) is None


@pytest.mark.parametrize(
    "text",
    [
        "112",
        "112!",
        "(112)",
        "nummer 112",
        "bel 112",
        "113",
        "de 113",
        "1\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e3",
        "1 1 2",
        "1-1-2",
        "2 mannen voor de deur",
        "er zijn 2",
        "de twee",
        "twee mannen",
        "2e",
        "-2",
        "2%",
        "€2",
        "1,5",
        "2 3",
        "1/2",
        "nummer",
        "de",
        "#",
        "optie",
        "tweede",
        "2 a",
        "ik kies 2",
        "nee 2",
        "²",
        "2x",
        "",
        " ",
        "nr " + " " * 10_000 + "2",
    ],
)
def test_a_number_in_a_message_is_no_choice(text):
    """The assistant reads it; 112 and 113 most of all."""
    assert not is_number(text) and payload_of_number(text, offering("/vroeger")) is None


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            {"title": "Wat doet het Onderste…", "description": "Wat doet het Ondersteuningsteam?"},
            "Wat doet het Ondersteuningsteam?",
        ),
        ({"title": "Ja"}, "Ja"),
        ({"title": "Ja", "description": ""}, "Ja"),
        ({"title": "Ja", "description": 7}, "Ja"),
    ],
)
def test_whatsapp_reads_the_whole_title_of_a_row(row, text):
    """It stands in the description when it is too long."""
    message = {"id": "1", "from": "2", "type": "interactive", "interactive": {"list_reply": {"id": "k:1", **row}}}
    body = {"entry": [{"changes": [{"value": {"messages": [message]}}]}]}
    [arrival] = WhatsAppInput(WhatsAppSettings("a", "b", "c", "d")).arrivals(SimpleNamespace(json=body))
    assert (arrival.text, arrival.choice, arrival.media) == (text, "k:1", False)


def test_twilio_forgets_an_answer_that_another_worker_wiped():
    """It does not lie in memory, though this worker did not hear of it."""
    channel, store = TwilioInput(TwilioSettings("a", "https://x.example")), Store()

    async def answers(message):
        await message.output_channel.send_response(message.sender_id, {"text": "iets over deze gebruiker"})
        store.keep(message.sender_id, [UserUttered("x", message_id=message.message_id)])

    async def go():
        request = asked_of(agent_of(answers, store))
        first = (await channel.respond(request, [ARRIVAL])).body.decode()
        same = (await channel.respond(request, [ARRIVAL])).body.decode()
        await store.delete(channel.conversation_id(ARRIVAL))
        return first, same, (await channel.respond(request, [ARRIVAL])).body.decode()

    first, same, wiped = asyncio.run(go())
    assert "deze gebruiker" in first and same == first
    assert "deze gebruiker" not in wiped and TEAM in wiped and not channel._given
