"""The web channel: sessions that cannot be guessed, no typed commands, limits, and never silent."""
from __future__ import annotations

import asyncio
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
import schemathesis
import yaml
from chat import ROOT, agent_of
from hypothesis import HealthCheck, Phase, settings

from weerbaar.channels.rate_limit import RateLimit
from weerbaar.channels.set_up import MAX_BODY_BYTES
from weerbaar.channels.web import WebInput
from weerbaar.channels.web.files import page_with
from weerbaar.channels.web.output import WebOutput, split_source
from weerbaar.channels.web.requests import address_of, sender_of
from weerbaar.channels.web.settings import WebSettings

TEAM = "070-3738314"
OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))
OTHER_SITE = "https://www.example.nl"
JSON = {"Content-Type": "application/json"}


class Browser:
    """One tab: a session, and what can be said in it."""

    def __init__(self, address: str) -> None:
        """Takes the address of the server and starts a session."""
        self.web = f"{address}/webhooks/web"
        self.http = httpx.Client(timeout=60)
        answer = self.http.post(f"{self.web}/session")
        assert answer.status_code == 201, answer.text
        self.session = answer.json()["session"]

    def post(self, body: object, **headers: str) -> httpx.Response:
        """Sends a body to the session and returns the bare response."""
        return self.http.post(
            f"{self.web}/message", json=body, headers={"Authorization": f"Bearer {self.session}", **headers}
        )

    def say(self, text: str) -> list:
        """Returns the messages of the answer to a typed text."""
        answer = self.post({"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def press(self, payload: str) -> httpx.Response:
        """Presses a button with this payload."""
        return self.post({"payload": payload})

    def wipe(self) -> httpx.Response:
        """Ends the session."""
        return self.http.delete(f"{self.web}/session", headers={"Authorization": f"Bearer {self.session}"})


@pytest.fixture
def address(server) -> str:
    """Where the running server is."""
    return server.address.split("/webhooks/")[0]


@pytest.fixture
def browser(address) -> Browser:
    """A new tab."""
    return Browser(address)


def text_of(messages: list) -> str:
    """Returns all texts of an answer."""
    return "\n".join(message["text"] for message in messages)


def cards_of(messages: list) -> list:
    """Returns the call cards of an answer."""
    return [message["card"] for message in messages if message["card"]]


def buttons_of(messages: list) -> dict:
    """Returns the payload of each button by its title."""
    return {button["title"]: button["payload"] for message in messages for button in message["buttons"]}


def test_a_serious_message_gets_a_call_card(browser):
    """The handoff comes with the number, and with the adviser once the role is known."""
    first = browser.say("ik kreeg vanochtend een dreigbrief waarin staat dat ze me vermoorden")
    assert cards_of(first)[0]["ernst"] == "ernstig"
    assert TEAM in first[0]["text"]
    second = browser.press(buttons_of(first)["Wethouder"]).json()["messages"]
    assert cards_of(second)[0]["adviseur"] == "Wethoudersvereniging"


def test_an_answer_names_its_source_apart(browser):
    """The widget sets it apart from the text."""
    message = browser.say("wat is een woningscan?")[-1]
    assert "Veiligheidspakket" in message["source"]
    assert "Bron:" not in message["text"]


def test_a_foreign_sentence_says_its_language(browser):
    """So that a screen reader reads it in that language."""
    messages = browser.say("there is a man with a knife outside my house, he wants to kill me")
    assert messages[0]["lang"] == "nl"
    assert "en" in {message["lang"] for message in messages}


def test_typed_commands_are_text(browser):
    """A slash sets no intent, no slot, and restarts nothing."""
    browser.say("ik ben raadslid")
    for command in ("/restart", '/functie_opgeven{"functie": "burgemeester"}', "/ /restart", "\uff0frestart"):
        assert browser.say(command)
    assert "Raadsleden" in text_of(browser.say("welke adviseur hoort bij mij?"))


@pytest.mark.parametrize("payload", ["/restart", "/suicidaliteit", '/functie_opgeven{"functie": "statenlid"}', "hallo"])
def test_only_offered_buttons_are_payloads(browser, payload):
    """What this session was not offered is refused, with the numbers."""
    browser.say("hallo")
    answer = browser.press(payload)
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"
    assert TEAM in text_of(answer.json()["messages"])


def test_a_button_of_another_session_is_refused(address):
    """What was offered to one is not offered to all."""
    payload = buttons_of(Browser(address).say("waarvoor is het ondersteuningsteam?"))["Voor wie is het?"]
    other = Browser(address)
    other.say("ik word bedreigd")
    assert other.press(payload).status_code == 400


def test_the_client_does_not_choose_the_session(address):
    """Made-up tokens, and the id of the conversation itself, open nothing."""
    browser = Browser(address)
    browser.say("ik ben wethouder")
    for token in ("a" * 43, sender_of(browser.session), browser.session[:-1] + "-" * 2, ""):
        headers = {"Authorization": f"Bearer {token}".strip()}
        answer = httpx.post(f"{address}/webhooks/web/message", json={"text": "hallo"}, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"] == "unknown_session"
        assert TEAM in text_of(answer.json()["messages"])


def test_tokens_differ_and_are_long(address):
    """256 bits each."""
    tokens = {Browser(address).session for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) == 43 for token in tokens)


def test_the_rest_channel_cannot_reach_a_web_conversation(server, browser):
    """Neither the token nor the id of the conversation, which may stand in a log, opens the other door."""
    browser.say("ik ben statenlid")
    reply = server.say("welke adviseur hoort bij mij?", browser.session)
    assert "Wat is uw functie" in "\n".join(message.get("text", "") for message in reply)
    refused = server.post(json={"sender": sender_of(browser.session), "message": "welke adviseur hoort bij mij?"})
    assert refused.status_code == 400


def test_wiping_ends_the_session(browser):
    """Afterwards the token opens nothing, and wiping twice is no error."""
    browser.say("ik word gestalkt door een buurman")
    assert browser.wipe().status_code == 204
    answer = browser.post({"text": "hallo"})
    assert answer.status_code == 401
    assert browser.wipe().status_code == 204


def test_leaving_ends_the_session_too(browser):
    """The request of a page that goes away has its token in the body, and no header of ours."""
    browser.say("ik word gestalkt door een buurman")
    for body, status in (("onzin", 401), (browser.session, 204), (browser.session, 204)):
        assert browser.http.post(f"{browser.web}/session/end", content=body).status_code == status
    assert browser.post({"text": "hallo"}).status_code == 401


def test_a_session_can_be_kept_without_a_message(browser):
    """For a user who was warned of its end; not when there is none, and not by another's token."""
    keep = f"{browser.web}/session/keep"
    browser.say("ik ben raadslid")
    mine = {"Authorization": f"Bearer {browser.session}"}
    assert browser.http.post(keep, headers=mine).status_code == 204
    assert "Raadsleden" in str(browser.say("welke adviseur hoort bij mij?"))
    browser.wipe()
    for headers in (mine, {}, {"Authorization": f"Bearer {'x' * 43}"}):
        refused = browser.http.post(keep, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (401, "unknown_session")
        assert TEAM in refused.text


def test_wiping_during_a_turn_is_not_undone(browser):
    """The turn that is going on must not save the conversation again."""
    with ThreadPoolExecutor() as pool:
        for _ in range(5):
            turn = pool.submit(browser.post, {"text": "ik word bedreigd " * 100})
            time.sleep(0.02)
            assert browser.wipe().status_code == 204
            turn.result()
            assert browser.post({"text": "hallo"}).status_code == 401
            browser = Browser(browser.web.split("/webhooks/")[0])


BAD_BODIES = {
    "nothing": b"",
    "no JSON": b"hallo",
    "half of it": b'{"text": ',
    "broken UTF-8": b'{"text": "\xff"}',
    "a list": b'["hallo"]',
    "null": b"null",
    "no text": b"{}",
    "both": b'{"text": "a", "payload": "/b"}',
    "more": b'{"text": "a", "metadata": {"x": 1}}',
    "a number": b'{"text": 1}',
    "payload null": b'{"payload": null}',
    "payload empty": b'{"payload": ""}',
    "deep": b"[" * 50_000,
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_with_the_numbers(browser, name):
    """A 4xx with a Dutch sentence."""
    headers = {"Authorization": f"Bearer {browser.session}", **JSON}
    answer = browser.http.post(f"{browser.web}/message", content=BAD_BODIES[name], headers=headers)
    assert answer.status_code == 400, answer.text
    assert TEAM in text_of(answer.json()["messages"])
    assert answer.json()["message"]


def test_another_content_type_is_refused(browser):
    """A form of another site cannot post here without asking first (CORS)."""
    answer = browser.http.post(
        f"{browser.web}/message", content=b'{"text": "a"}', headers={"Authorization": f"Bearer {browser.session}"}
    )
    assert answer.status_code == 415


TOO_LONG = "Uw bericht was te lang"
MINUTES = (
    "De raad besprak het groenbeheer. Daarna lichtte de wethouder de begroting toe. Er was koffie in de hal. "
    "Volgende week staat de fietsroute op de agenda. "
)
KNIFE = "Er staat iemand met een mes voor mijn deur. "


def test_a_long_message_is_answered_and_the_rest_asked_for(browser):
    """2,000 characters are answered and no more is said; one more is answered too, with the numbers after it."""
    assert TOO_LONG not in text_of(browser.say("é" * 2_000))
    messages = browser.say(("Wat is een woningscan? " * 100)[:2_001])
    assert "woningscan" in messages[0]["text"] or "woningscan" in messages[1]["text"]
    assert TOO_LONG not in text_of(messages[:-1])
    for part in (TOO_LONG, "2000", "112", TEAM):
        assert part in messages[-1]["text"]


@pytest.mark.parametrize("size", [1_900, 2_500, 19_000, MAX_BODY_BYTES, 3 * MAX_BODY_BYTES])
@pytest.mark.parametrize("place", ["begin", "end"])
def test_a_cry_for_help_in_a_long_text_gets_the_handoff_first(browser, size, place):
    """However long the text is; only then comes the request for the rest."""
    calm = (MINUTES * (size // len(MINUTES) + 1))[:size].rpartition(". ")[0] + ". "
    messages = browser.say(KNIFE + calm if place == "begin" else calm + KNIFE)
    assert cards_of(messages[:1])[0]["ernst"] == "acuut"
    assert "112" in messages[0]["text"]
    assert (TOO_LONG in messages[-1]["text"]) is (size > 2_000)


def test_a_large_body_is_refused(browser):
    """What no person wrote is not even read to its end."""
    answer = browser.post({"text": "a" * 5 * MAX_BODY_BYTES})
    assert answer.status_code == 413
    assert TEAM in answer.text


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "/", "😀", "<img src=x onerror=alert(1)>", "\x00\x01"])
def test_odd_texts_get_an_answer(browser, text):
    """Never an empty list."""
    assert text_of(browser.say(text))


def test_another_site_is_refused(address):
    """Without it on the list a page elsewhere gets no session."""
    answer = httpx.post(f"{address}/webhooks/web/session", headers={"Origin": OTHER_SITE})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert TEAM in answer.text


def test_the_own_page_is_allowed(address):
    """A browser sends the origin with each POST."""
    assert httpx.post(f"{address}/webhooks/web/session", headers={"Origin": address}).status_code == 201


def test_there_are_no_cookies_and_nothing_is_cached(browser):
    """The answer of one is not kept for another."""
    answer = browser.post({"text": "hallo"})
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_unknown_addresses_of_the_server_give_the_numbers(address):
    """Somebody who mistypes the address still sees whom to call."""
    assert TEAM in httpx.get(f"{address}/nergens").text


def test_the_page_has_strict_headers(address):
    """The stand-alone page stands at the server's own address."""
    answer = httpx.get(f"{address}/")
    assert answer.status_code == 200
    assert "<weerbaar-chat" in answer.text
    policy = answer.headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'self'", "trusted-types 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert not re.search(r"<style|style=|<script(?![^>]*src=)| on\w+=", answer.text)


def test_the_widget_can_be_pinned(address):
    """The versioned file is immutable, and its hash is the one that is told."""
    about = httpx.get(f"{address}/webhooks/web/widget.json").json()
    pinned = httpx.get(address + about["src"])
    assert "immutable" in pinned.headers["cache-control"]
    assert pinned.headers["access-control-allow-origin"] == "*"
    assert pinned.content == httpx.get(f"{address}/webhooks/web/widget.js").content
    import base64
    import hashlib

    assert about["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(pinned.content).digest()).decode()


def test_the_widget_is_not_sent_twice(address):
    """A browser that has it gets 304."""
    first = httpx.get(f"{address}/webhooks/web/widget.js")
    again = httpx.get(f"{address}/webhooks/web/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_no_text_of_a_user_is_in_the_log(server, browser):
    """Neither what was said nor the token."""
    told = browser.say("kanarie-7f3 ik word bedreigd door een man met een baard")
    browser.press(buttons_of(told)["Wethouder"])
    browser.post({"text": "kanarie-7f3" * 400})
    browser.press("/kanarie-7f3")
    log = server.log.read_text(encoding="utf-8", errors="replace")
    assert "kanarie" not in log
    assert "zaak" not in log
    assert browser.session not in log


def test_a_message_sent_again_is_answered_once(browser):
    """A client that lost the answer gets the same answer, with its buttons; the conversation does not go on."""
    said = {"text": "hoe werkt aangifte onder nummer?", "id": "een"}
    first = browser.post(said).json()
    assert browser.post(said).json() == first
    assert buttons_of(first["messages"])
    again = browser.post({**said, "id": "twee"}).json()["messages"]
    assert "computer" in text_of(first["messages"]) and "computer" not in text_of(again), "the introduction came twice"


def test_other_words_under_the_same_id_are_a_new_message(browser):
    """A client whose counter broke does not silence a cry for help; and its answer is the one that is given again."""
    browser.post({"text": "wat is een woningscan?", "id": "1"})
    cry = {"text": "er staat iemand met een mes voor mijn deur", "id": "1"}
    first = browser.post(cry).json()
    assert cards_of(first["messages"])[0]["ernst"] == "acuut"
    assert browser.post(cry).json() == first


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, 7, None, "a\n"])
def test_an_odd_id_is_refused(browser, name):
    """Only a short plain word names a message; the numbers are in the refusal."""
    answer = browser.post({"text": "hallo", "id": name})
    assert answer.status_code == 400
    assert TEAM in answer.text


# The same channel without a server around it, for what cannot be provoked from outside.


class Request(SimpleNamespace):
    """What the channel reads of a request."""

    def __init__(self, agent: object, body: object = None, token: str = "", **headers: str) -> None:
        """Takes an agent, a JSON body, a token and headers."""
        super().__init__(
            method="POST", ip="192.0.2.1", remote_addr="", json=body, body=json.dumps(body).encode(),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}", "host": "localhost", **headers},
            app=SimpleNamespace(ctx=SimpleNamespace(agent=agent)),
        )  # fmt: skip


TOKEN = "t" * 43


class EverySession:
    """A store that knows every session."""

    async def retrieve(self, _: str) -> SimpleNamespace:
        """Finds an empty conversation."""
        return SimpleNamespace(events=[])


async def say_nothing(message) -> None:
    return None


def answered(engine, channel: WebInput | None = None, **request) -> tuple:
    """Returns (status, body, headers) of the answer of the channel when the dialogue engine behaves as given."""
    channel = channel or WebInput(WebSettings())
    asked = Request(agent_of(engine, EverySession()), {"text": "hallo"}, TOKEN, **request)
    result = asyncio.run(channel._serve(asked, lambda: channel.answer(asked)))
    return result.status, json.loads(result.body), result.headers


async def crash(message) -> None:
    raise RuntimeError("kanarie")


async def hang(message) -> None:
    await asyncio.sleep(60)


async def say_half(message) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": "Eerst dit."})
    raise RuntimeError


@pytest.mark.parametrize("fault", [crash, hang, say_nothing, say_half])
def test_a_fault_gives_the_safety_text(fault, monkeypatch, caplog):
    """And says so to the widget, and not to the log what was said."""
    monkeypatch.setattr("weerbaar.channels.web.channel.TIMEOUT_SECONDS", 0.1)
    status, body, _ = answered(fault)
    assert status == 200
    assert body["failure"] is True
    assert TEAM in body["messages"][-1]["text"]
    assert "112" in body["messages"][-1]["text"]
    assert "kanarie" not in caplog.text


def test_a_store_that_is_away_gives_the_safety_text():
    """The numbers, for starting, saying and wiping; and never that all went well."""
    broken = SimpleNamespace(tracker_store=None, processor=None)
    channel, asked = WebInput(WebSettings()), Request(broken, {"text": "hallo"}, TOKEN)
    for serve in (lambda: channel.start(asked), lambda: channel.answer(asked),
                  lambda: channel.end(asked, TOKEN)):  # fmt: skip
        result = asyncio.run(channel._serve(asked, serve))
        body = json.loads(result.body)
        assert result.status in (200, 503)
        assert body["failure"] is True
        assert TEAM in text_of(body["messages"])


def test_too_many_messages_of_a_session_are_slowed_down():
    """With the time to wait, and the numbers."""
    channel = WebInput(WebSettings(messages_per_minute=3))

    async def greet(message) -> None:
        await message.output_channel.send_text_message(message.sender_id, "Goedendag")

    for _ in range(3):
        assert answered(greet, channel)[0] == 200
    status, body, headers = answered(greet, channel)
    assert (status, body["error"]) == (429, "too_many")
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert TEAM in text_of(body["messages"])


def test_too_many_sessions_are_refused_and_the_old_ones_stay():
    """A vandal cannot push out the conversations of others."""
    channel = WebInput(WebSettings(max_sessions=2))

    async def fetch(sender, output):
        return SimpleNamespace(sender_id=sender)

    async def save(tracker) -> None:
        return None

    agent = agent_of(say_nothing, EverySession())
    agent.processor = SimpleNamespace(fetch_tracker_with_initial_session=fetch, save_tracker=save)
    asked = Request(agent)
    statuses = [asyncio.run(channel._serve(asked, lambda: channel.start(asked))).status for _ in range(3)]
    assert statuses == [201, 201, 503]


def test_sessions_in_which_nothing_is_said_make_room():
    """A flood of empty ones shuts the door for two minutes, not for thirty."""
    channel = WebInput(WebSettings(session_minutes=30))
    assert channel._live_until("a", False, 0.0) == 120
    assert channel._live_until("a", True, 0.0) == 1800


def test_a_house_with_ipv6_is_one_address():
    """It has more addresses than there are grains of sand."""
    assert address_of(Request(None)) == "192.0.2.1"
    first, second = Request(None), Request(None)
    first.ip, second.ip = "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1"
    assert address_of(first) == address_of(second)


def test_the_page_gets_its_addresses_from_the_settings():
    """Escaped; the widget reads them from its attributes."""
    page = page_with({"privacy-url": 'https://a.nl/"><script>', "exit-url": ""}).decode()
    assert 'privacy-url="https://a.nl/&quot;&gt;&lt;script&gt;"' in page
    assert "exit-url" not in page
    assert "<title>Raad &lt;&amp;&gt; daad \\1</title>" in page_with({}, "Raad <&> daad \\1").decode()


def test_a_site_on_the_list_may_embed():
    """It gets its own name back, never a star, and may send the token."""
    channel = WebInput(WebSettings(origins=[OTHER_SITE]))
    status, _, headers = answered(say_half, channel, origin=OTHER_SITE)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == OTHER_SITE
    assert "Access-Control-Allow-Credentials" not in headers
    for origin in ("null", "http://[", "https://www.example.nl.evil.test", "http://www.example.nl", "https://example.nl"):
        assert answered(say_half, channel, origin=origin)[0] == 403


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ({"origins": ["*"]}, "must look like"),
        ({"origins": ["www.example.nl"]}, "must look like"),
        ({"frame_ancestors": ["; script-src *"]}, "frame_ancestors"),
        ({"max_characters": 0}, "max_characters"),
        ({"max_sessions": "veel"}, "max_sessions"),
        ({"proxies": -1}, "proxies"),
        ({"exit_url": "javascript:alert(1)"}, "exit_url"),
        ({"privacy_url": "/privacy"}, "privacy_url"),
        ({"page_title": 1}, "page_title"),
        ({"onzin": 1}, "onzin"),
    ],
)
def test_a_wrong_setting_is_a_clear_error(settings_, says):
    """At the start of the server, not at the first message."""
    with pytest.raises(ValueError, match=says):
        WebInput.from_credentials(settings_)


def test_a_minute_later_the_rate_counts_anew():
    """And the key is kept as a hash only."""
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.seconds_to_wait("192.0.2.7") for _ in range(3)] == [0, 0, 60]
    assert limit.seconds_to_wait("192.0.2.8") == 0
    assert "192.0.2" not in repr(limit._counts)
    now[0] = 61.0
    assert limit.seconds_to_wait("192.0.2.7") == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Dit is het.\nBron: brochure, blz. 2", ("Dit is het.", "brochure, blz. 2")),
        ("Dit is het.", ("Dit is het.", None)),
        ("Bron: staat hier\nmidden in", ("Bron: staat hier\nmidden in", None)),
        ("", ("", None)),
    ],
)
def test_the_source_is_the_last_line(text, parts):
    """Only a last line that begins with 'Bron:'."""
    assert split_source(text) == parts


def test_a_response_in_two_languages_becomes_two_messages():
    """Its buttons stand under the last; a paragraph too many is Dutch."""
    output = WebOutput()
    buttons = [{"title": "a", "payload": "/b"}]
    response = {"text": "Hallo.\n\nHello.", "metadata": {"lang": ["nl", "en"]}, "buttons": buttons}
    asyncio.run(output.send_response("x", response))
    assert [(message["text"], message["lang"]) for message in output.messages] == [("Hallo.", "nl"), ("Hello.", "en")]
    assert output.messages[-1]["buttons"]
    assert not output.messages[0]["buttons"]
    asyncio.run(output.send_response("x", {**response, "text": "Hallo.\n\nHello.\n\nBel 112."}))
    assert (output.messages[-1]["text"], output.messages[-1]["lang"]) == ("Bel 112.", "nl")


# What docs/openapi.yml promises, against the running server.

schema = schemathesis.pytest.from_fixture("api")


@pytest.fixture
def api(address):
    """The interface as documented, at the address of the running server."""
    return schemathesis.openapi.from_dict({**OPENAPI, "servers": [{"url": f"{address}/webhooks/web"}]})


@schema.parametrize()
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_the_server_does_what_the_document_says(case, address):
    """Whatever is sent, the status and the body are documented ones."""
    if case.operation.path == "/message" or case.method == "DELETE":
        started = httpx.post(f"{address}/webhooks/web/session")
        if started.status_code == 201:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {started.json()['session']}"}
    answer = case.call(base_url=f"{address}/webhooks/web", timeout=60)
    case.validate_response(answer, checks=[
        schemathesis.checks.not_a_server_error, schemathesis.specs.openapi.checks.status_code_conformance,
        schemathesis.specs.openapi.checks.response_schema_conformance,
    ])  # fmt: skip
