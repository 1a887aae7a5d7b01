"""The web channel without a server around it, for what cannot be provoked from outside."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest
from chat import agent_of
from web_client import OTHER_SITE, TEAM, Request, text_of

from weerbaar.channels.rate_limit import RateLimit
from weerbaar.channels.web import WebInput
from weerbaar.channels.web.files import LINKS, page_with
from weerbaar.channels.web.messages import messages_of, split_source
from weerbaar.channels.web.requests import client_address
from weerbaar.channels.web.settings import WebSettings

TOKEN = "t" * 43


class EverySession:
    """A store that knows every session."""

    async def retrieve(self, _: str) -> SimpleNamespace:
        """Finds an empty conversation."""
        return SimpleNamespace(events=[], get_slot=lambda _: None)


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
    monkeypatch.setattr("weerbaar.conversation.turn.TURN_SECONDS", 0.1)
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
    for serve in (lambda: channel.start(asked), lambda: channel.answer(asked), lambda: channel.end(asked, TOKEN)):
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
    assert client_address(Request(None)) == "192.0.2.1"
    first, second = Request(None), Request(None)
    first.ip, second.ip = "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1"
    assert client_address(first) == client_address(second)


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
    for origin in (
        "null",
        "http://[",
        "https://www.example.nl.evil.test",
        "http://www.example.nl",
        "https://example.nl",
    ):
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
        ({"privacy_url": "http://www.example.nl/privacy"}, "privacy_url"),
        ({"privacy_url": "//www.example.nl/privacy"}, "privacy_url"),
        ({"accessibility_url": "javascript:alert(1)"}, "accessibility_url"),
        ({"accessibility_url": "/\\www.example.nl"}, "accessibility_url"),
        ({"accessibility_url": 'https://www.example.nl/"><script>'}, "accessibility_url"),
        ({"accessibility_url": None}, "accessibility_url"),
        ({"page_title": 1}, "page_title"),
        ({"onzin": 1}, "onzin"),
    ],
)
def test_a_wrong_setting_is_a_clear_error(settings_, says):
    """At the start of the server, not at the first message."""
    with pytest.raises(ValueError, match=says):
        WebInput.from_credentials(settings_)


@pytest.mark.parametrize("address", ["", "/privacy", "/over/privacy?van=chat#wissen", "https://www.example.nl/privacy"])
def test_the_pages_of_the_owner_may_be_on_this_server_or_elsewhere(address):
    """By https, or by a path."""
    settings = WebSettings(privacy_url=address, accessibility_url=address)
    assert (settings.privacy_url, settings.accessibility_url) == (address, address)


def test_the_page_and_the_chat_have_the_same_links(root):
    """The page has them where no script runs."""
    texts = (root / "widget" / "src" / "texts.js").read_text(encoding="utf-8")
    assert all(f"'{text}'" in texts for text in LINKS.values())
    plain = page_with({}).decode()
    assert not any(text in plain for text in LINKS.values())


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
    buttons = [{"title": "a", "payload": "/b"}]
    response = {"text": "Hallo.\n\nHello.", "metadata": {"lang": ["nl", "en"]}, "buttons": buttons}
    dutch, english = messages_of([response])
    assert (dutch["text"], dutch["lang"], english["text"], english["lang"]) == ("Hallo.", "nl", "Hello.", "en")
    assert english["buttons"] and not dutch["buttons"]
    last = messages_of([{**response, "text": "Hallo.\n\nHello.\n\nBel 112."}])[-1]
    assert (last["text"], last["lang"]) == ("Bel 112.", "nl")
