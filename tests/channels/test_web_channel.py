"""The web channel of a running server: its answers, no typed commands, bad and long bodies, and its pages."""

from __future__ import annotations

import re

import httpx
import pytest
from chat import PAGES
from web_client import OTHER_SITE, TEAM, buttons_of, cards_of, text_of

from weerbaar.channels.set_up import MAX_BODY_BYTES

JSON = {"Content-Type": "application/json"}


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
    messages = browser.say(("Wat is een woningscan? " * 100)[:2_000] + "?")
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


def test_the_page_links_to_privacy_and_accessibility(address):
    """In the chat, and in what is shown where no script runs."""
    page = httpx.get(f"{address}/").text
    for name, value in PAGES.items():
        assert f'{name.replace("_", "-")}="{value}"' in page
        assert f'<a href="{value}">Lees hoe' in page


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
