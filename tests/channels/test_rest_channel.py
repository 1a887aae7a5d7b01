"""The REST channel: typed commands do nothing, odd input gets a sensible reply, and it is never silent."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest
from chat import agent_of, buttons_of, handoff_of, new_sender, text_of
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.channels.rest import MAX_CHARACTERS, SafeRestInput
from weerbaar.contacts import safety_text
from weerbaar.conversation.guard import EMPTY_MESSAGE, as_typed, looks_like_command, offered_payloads
from weerbaar.conversation.turn import TURN_SECONDS

TEAM = "070-3738314"
JSON = {"Content-Type": "application/json"}
BLANKS = [" ", "\t", "\n", "\u200b", "\ufeff", "\x00"]
ODD_STARTS = ["/", "//", "/ /", *(f"{blank}/" for blank in BLANKS), "\uff0f", "\u2215", "\u2044", "\u29f8"]
ODD_TEXTS = {
    "one emoji": "🙂",
    "emoji only": "🙂🙃🔥💀👀",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE trackers; -- \" OR 1=1",
    "template": "{{7*7}} ${7*7} %s %n {functie} {0}",
    "control characters": "hal\x00lo\x07 \x1b[31mdaar\x7f",
    "right to left": "\u202ehallo\u202c",
    "lone surrogate": "hallo \ud83d daar",
    "combining signs": "z\u0351\u036b\u0343a\u0329\u0356l\u034fg\u0336o",
    "punctuation": "?!?!...",
    "digits": "123456789",
    "brackets": "{[(<",
    "path": "../../etc/passwd",
    "newlines": "\n\n\n",
    "another script": "мне угрожают",
}
LONG_TEXTS = {
    "emoji": "😀",
    "dots": ".",
    "mixed signs": "?!😀.,-(",
    "letters": "a",
    "letters and dots": "a.",
    "letters and emoji": "a😀",
    "slashes": "/ ",
    "misspelt words": "wethouwder bedrijgd burgemeestr ",
    "sentences": "Ik heb een vraag. ",
    "lines": "hoi\n",
}
BAD_REQUESTS = {
    "no JSON": {"content": b"hallo", "headers": JSON},
    "broken JSON": {"content": b'{"sender": "a", "message": ', "headers": JSON},
    "broken UTF-8": {"content": b'{"sender": "a", "message": "\xff\xfe"}', "headers": JSON},
    "nothing": {"content": b"", "headers": JSON},
    "nothing at all": {},
    "null": {"content": b"null", "headers": JSON},
    "a form": {"data": {"sender": "a", "message": "hallo"}},
    "a list": {"json": ["hallo"]},
    "a text": {"json": "hallo"},
    "a number": {"json": 1},
    "nested too deep": {"content": b"[" * 100_000, "headers": JSON},
    "no sender": {"json": {"message": "hallo"}},
    "sender is null": {"json": {"sender": None, "message": "hallo"}},
    "sender is empty": {"json": {"sender": "", "message": "hallo"}},
    "sender is a number": {"json": {"sender": 1, "message": "hallo"}},
    "sender is too long": {"json": {"sender": "a" * 201, "message": "hallo"}},
    "a conversation of the web channel": {"json": {"sender": "web-0123456789abcdef", "message": "hallo"}},
    "message is a number": {"json": {"sender": "a", "message": 1}},
    "message is a list": {"json": {"sender": "a", "message": ["hallo"]}},
    "message is an object": {"json": {"sender": "a", "message": {"text": "hallo"}}},
    "message is true": {"json": {"sender": "a", "message": True}},
    "message is false": {"json": {"sender": "a", "message": False}},
}


def role_is_known(server, sender: str) -> bool:
    """Asks who the adviser is; without a role the assistant asks for it."""
    return "Wat is uw functie" not in text_of(server.say("welke adviseur hoort bij mij?", sender))


@pytest.mark.parametrize("start", ODD_STARTS)
def test_a_typed_command_sets_no_slot(server, start):
    """Only a button that was offered may set the role."""
    sender = new_sender()
    server.say(start + 'woningscan{"functie": "statenlid"}', sender)
    assert not role_is_known(server, sender)


@pytest.mark.parametrize("start", ODD_STARTS)
def test_a_typed_command_of_rasa_does_not_work(server, start):
    """Rasa's own command `/back` would take back the role that was just given."""
    sender = new_sender()
    server.say("ik ben wethouder", sender)
    assert text_of(server.say(f"{start}back", sender))
    assert role_is_known(server, sender)


@pytest.mark.parametrize("start", ["/", "\uff0f"])
def test_a_typed_intent_is_not_that_intent(server, start):
    """'/doorverwijzing' or '/suicidaliteit' typed by a prankster makes no case."""
    sender = new_sender()
    server.say(f"{start}EXTERNAL_bedreiging", sender)
    server.say(f'{start}vervolg_meer{{"zaak": "suicidaal"}}', sender)
    assert "113" not in text_of(server.say("bedankt", sender))


def test_a_button_that_was_offered_works(server):
    """The payload of a button goes back as it came."""
    sender = new_sender()
    offered = buttons_of(server.say("ik word bedreigd", sender))
    assert "Wethoudersvereniging" in text_of(server.say(offered["Wethouder"], sender))
    assert role_is_known(server, sender)


def test_a_button_that_another_conversation_offered_does_not_work(server):
    """What was offered to one is not offered to all."""
    payload = buttons_of(server.say("waarvoor is dat ondersteuningsteam eigenlijk?"))["Voor wie is het?"]
    sender = new_sender()
    server.say("hallo", sender)
    reply = server.say(f'{payload}{{"functie": "raadslid"}}', sender)
    assert text_of(reply)
    assert not role_is_known(server, sender)


def test_an_offered_button_cannot_be_changed(server):
    """One letter more, and it is typed text."""
    sender = new_sender()
    offered = buttons_of(server.say("wat is een woningscan?", sender))
    server.say(offered["Zelfscan"] + '{"functie": "burgemeester"}', sender)
    assert not role_is_known(server, sender)


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_bad_request_gets_a_clear_answer(server, name):
    """A 4xx with one clear sentence, and the number all the same."""
    response = server.post(**BAD_REQUESTS[name])
    assert 400 <= response.status_code < 500
    body = response.json()
    assert len(body["error"]) > 10
    assert TEAM in body["text"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("message", ["", "   ", "\n\t ", "\u200b", "\x00\x01", None, "/", "///"])
def test_an_empty_message_gets_help(server, message):
    """Somebody who does not know what to type sees what there is."""
    response = server.post(json={"sender": new_sender(), "message": message})
    assert response.status_code == 200
    assert "U kunt mij vragen stellen over" in text_of(response.json())


def test_a_missing_message_gets_help(server):
    """No message at all is an empty one."""
    response = server.post(json={"sender": new_sender()})
    assert response.status_code == 200
    assert "U kunt mij vragen stellen over" in text_of(response.json())


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_odd_input_gets_a_sensible_reply(server, name):
    """Never a stack trace, never silence, never the input played back."""
    response = server.post(content=as_json(ODD_TEXTS[name]), headers=JSON)
    assert response.status_code == 200
    said = text_of(response.json())
    assert TEAM in said
    assert "Er gaat iets mis" not in said
    for trace in ("Traceback", "Error", "<script", "DROP TABLE", "root:", "49"):
        assert trace not in said


def as_json(text: str) -> bytes:
    """Returns a request body; written out, since a lone surrogate cannot be encoded otherwise."""
    return json.dumps({"sender": new_sender(), "message": text}).encode()


def test_a_page_of_another_site_cannot_post(server):
    """A browser sends a form or plain text across sites without asking; JSON it does not."""
    response = server.post(content=as_json("hallo"), headers={"Content-Type": "text/plain"})
    assert response.status_code == 415
    assert TEAM in response.json()["text"]


def test_a_very_long_message_gets_a_reply(server):
    """Ten thousand characters are read."""
    assert TEAM in text_of(server.say("bla " * 2500))


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_no_text_keeps_the_others_waiting(server, name):
    """The server does one thing at a time: the longest text that it takes must not hold it up."""
    text = (LONG_TEXTS[name] * MAX_CHARACTERS)[: MAX_CHARACTERS - 1]
    started = time.monotonic()
    assert TEAM in text_of(server.say(text))
    assert time.monotonic() - started < TURN_SECONDS


def test_a_threat_at_the_end_of_a_long_message_is_seen(server):
    """A long letter with the point in its last line."""
    letter = "Gisteren was er een vergadering over het bestemmingsplan. " * 60 + "Daarna ben ik met de dood bedreigd."
    assert handoff_of(server.say(letter))["ernst"] == "ernstig"


@pytest.mark.parametrize("place", [0.0, 0.1, 1.0])
def test_a_text_that_is_too_long_gets_the_handoff_and_then_a_request(server, place):
    """Above 20,000 characters not all is answered, but danger is; the rest is asked for."""
    calm = ["Gisteren was er een vergadering over het bestemmingsplan."] * 600
    calm.insert(int(place * len(calm)), "Er staat iemand met een mes voor mijn deur.")
    messages = server.say(" ".join(calm))
    assert len(" ".join(calm)) > MAX_CHARACTERS
    assert "112" in messages[0]["text"]
    assert handoff_of(messages)["ernst"] == "acuut"
    assert "Uw bericht was te lang" in messages[-1]["text"]


def test_the_same_words_twice_are_two_messages(server):
    """In this channel messages have no names, so nothing is taken for a repetition."""
    sender = new_sender()
    first, second = (server.say("hoe werkt aangifte onder nummer?", sender) for _ in range(2))
    assert first[-1]["text"] == second[-1]["text"], "the words were taken for a repetition"
    assert "computer" in text_of(first) and "computer" not in text_of(second), "the introduction came twice"


def test_fields_that_are_not_asked_for_are_ignored(server):
    """A client cannot pass metadata into the conversation."""
    body = {"sender": new_sender(), "message": "hallo", "metadata": {"functie": "raadslid"}, "input_channel": "x"}
    response = server.post(json=body)
    assert response.status_code == 200
    assert "computer" in text_of(response.json())


def test_conversations_do_not_know_each_other(server):
    """The role of one person is not that of another."""
    server.say("ik ben burgemeester", new_sender())
    assert not role_is_known(server, new_sender())


@pytest.mark.parametrize("path", ["conversations/a/tracker", "model/parse", "domain", "model"])
def test_conversations_cannot_be_read_from_outside(server, path):
    """Rasa's own HTTP interface is closed."""
    assert httpx.get(server.address.replace("webhooks/rest", path)).status_code in (401, 403, 404, 405)


def test_what_people_write_is_not_in_the_log(server):
    """The promise that the conversation is not kept holds for the log as well."""
    server.say("mijn geheim is kwartelgrasland en meneer Zompedijk bedreigt mij")
    log = server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "kwartelgrasland" not in log
    assert "zompedijk" not in log


@given(st.text(max_size=40))
def test_typed_text_never_reaches_rasa_as_a_command(text):
    """Whatever is typed: what Rasa sees starts with a slash only for the empty message."""
    typed = as_typed(text)
    assert typed == EMPTY_MESSAGE or not looks_like_command(typed)
    assert typed == EMPTY_MESSAGE or not typed.strip().startswith("/")


@given(st.text(alphabet="abc \u00e9\n!", min_size=1, max_size=40).filter(str.strip))
def test_ordinary_text_is_left_as_it_is(text):
    """Only blanks at the ends go."""
    assert as_typed(text) == text.strip()


def test_only_buttons_are_offered_payloads():
    """A text of the assistant that looks like a payload is none."""
    tracker = DialogueStateTracker("anna", [])
    tracker.update(BotUttered("/opnieuw", {"buttons": [{"title": "x", "payload": "/aangifte"}, {"title": "leeg"}]}))
    tracker.update(BotUttered("hallo", {"buttons": None}))
    assert offered_payloads(tracker) == {"/aangifte"}
    assert offered_payloads(None) == set()


class BrokenStore:
    """A tracker store that cannot be read."""

    async def retrieve(self, _: str) -> None:
        """Fails."""
        raise OSError("store is away")


class EmptyStore:
    """A tracker store without conversations."""

    async def retrieve(self, _: str) -> None:
        """Finds nothing."""


def answer(engine, text: str = "hallo", store=None) -> list:
    """Returns what the channel answers when the dialogue engine behaves as `engine`."""
    return asyncio.run(SafeRestInput().answer(agent_of(engine, store or EmptyStore()), "anna", text))


async def raises(_) -> None:
    """An engine that fails."""
    raise RuntimeError("geheime tekst van de gebruiker")


async def hangs(_) -> None:
    """An engine that never answers."""
    await asyncio.sleep(60)


async def says_nothing(_) -> None:
    """An engine that runs and utters nothing."""


async def says_only_a_payload(message) -> None:
    """An engine that utters a payload without a text."""
    await message.output_channel.send_custom_json("anna", {"type": "doorverwijzing"})


async def says_blanks(message) -> None:
    """An engine that utters a text in which nothing can be read."""
    await message.output_channel.send_response("anna", {"text": " \n"})


async def says_what_cannot_be_sent(message) -> None:
    """An engine with a response of an action server that Rasa itself cannot send."""
    await message.output_channel.send_response("anna", {"text": "hoi", "elements": ["x"]})


async def says_no_text(message) -> None:
    """An engine with a response of an action server that is none."""
    await message.output_channel.send_response("anna", {"text": 7})


@pytest.mark.parametrize("start", ODD_STARTS)
@pytest.mark.parametrize("command", ["restart", "session_start", "back", 'functie_opgeven{"functie": "raadslid"}'])
def test_the_engine_never_sees_a_typed_command(start, command):
    """What Rasa gets does not start with a slash, and holds no payload."""
    seen = []

    async def listens(message) -> None:
        seen.append(message.text)

    answer(listens, start + command)
    assert not seen[0].startswith("/")
    assert "{" not in seen[0]


@pytest.mark.parametrize(
    "engine",
    [raises, hangs, says_nothing, says_only_a_payload, says_blanks, says_what_cannot_be_sent, says_no_text],
)
def test_an_engine_that_fails_gives_the_safety_text(engine, monkeypatch):
    """Whatever goes wrong, the user gets the number."""
    monkeypatch.setattr("weerbaar.conversation.turn.TURN_SECONDS", 0.1)
    assert safety_text() in text_of(answer(engine))


def test_blanks_around_a_question_are_no_part_of_its_length():
    """However many there are, the question is what is answered."""
    seen = []

    async def listens(message) -> None:
        seen.append(message.text)
        await message.output_channel.send_text_message("anna", "Een woningscan is ...")

    blanks = "\n" * 2 * MAX_CHARACTERS
    assert text_of(answer(listens, f"{blanks}Wat is een woningscan?{blanks}")) == "Een woningscan is ..."
    assert seen == ["Wat is een woningscan?"]


def test_a_store_that_fails_gives_the_safety_text():
    """Also where a button is looked up."""
    assert safety_text() in text_of(answer(says_nothing, "/aangifte", BrokenStore()))


def test_what_was_said_before_a_failure_is_kept():
    """An answer that came before the fault still reaches the user."""

    async def speaks_and_fails(message) -> None:
        await message.output_channel.send_text_message("anna", "Bel nu 112.")
        raise RuntimeError

    said = text_of(answer(speaks_and_fails))
    assert "Bel nu 112." in said
    assert said.endswith(safety_text())


def test_a_failure_is_logged_without_the_words_of_the_user(caplog):
    """Only the kind of the error stands in the log."""
    answer(raises, "mijn geheim")
    assert "RuntimeError" in caplog.text
    assert "geheim" not in caplog.text


def test_the_longest_message_is_longer_than_anyone_types():
    """The limit is no hindrance."""
    assert MAX_CHARACTERS >= 10_000


def test_safety_text_has_both_numbers():
    """112 for danger, the team for the rest."""
    assert "112" in safety_text()
    assert TEAM in safety_text()
