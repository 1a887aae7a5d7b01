"""Whatever fails, the numbers are there, nothing typed is lost, and the chat tells the truth."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from browser import HANG_SECONDS, answer_to, say
from playwright.sync_api import expect
from widget_pages import CALM, SERIOUS, TEAM_LINK, numbers_are_visible
from widget_pages import host as host
from widget_pages import open_page as open_page

FAULT_SECONDS = 16


@pytest.mark.parametrize("fault", ["error", "empty", "malformed", "hang", "down", "offline"])
def test_whatever_fails_the_numbers_are_there_and_nothing_typed_is_lost(open_page, proxy, fault):
    """In the middle of a conversation, within 16 seconds; then it works again."""
    page = open_page()
    answer_to(page, "goedemorgen")
    if fault == "down":
        proxy.down()
    elif fault == "offline":
        page.context.set_offline(True)
    else:
        proxy.fault = fault
    started = time.monotonic()
    try:
        say(page, SERIOUS)
        expect(page.locator(".failure")).to_be_visible(timeout=FAULT_SECONDS * 1000)
        assert time.monotonic() - started < FAULT_SECONDS < HANG_SECONDS
        for link in ("tel:112", TEAM_LINK):
            expect(page.locator(f'.failure a[href="{link}"]').first).to_be_visible()
        numbers_are_visible(page)
        assert page.get_by_label("Typ uw bericht").input_value() == SERIOUS
    finally:
        page.context.set_offline(False)
        if fault == "down":
            proxy.up()
        proxy.fault = ""
    page.get_by_role("button", name="Opnieuw proberen").click()
    expect(page.locator(".card")).to_be_visible(timeout=20_000)
    expect(page.locator("li.mine", has_text=SERIOUS)).to_have_count(1)
    assert page.get_by_label("Typ uw bericht").input_value() == ""


def test_the_failure_of_the_engine_is_shown_as_such(open_page, proxy):
    """`failure: true` comes with the safety text."""
    page = open_page()
    proxy.fault, text = "answers", "Er gaat iets mis bij mij. Bel 112, of 070-3738314."
    message = {"text": text, "source": None, "buttons": [], "card": None, "lang": "nl"}
    proxy.canned = [json.dumps({"messages": [message], "failure": True}).encode()]
    say(page, CALM)
    expect(page.locator(".failure")).to_contain_text(text)


def test_the_numbers_are_there_when_the_script_cannot_load(open_page, host):
    """What stands inside the element is seen."""
    links = '<a href="tel:112">112</a> of <a href="tel:+31703738314">070 - 373 83 14</a>'
    body = f"<weerbaar-chat><p>Bel {links}</p></weerbaar-chat>"
    page = open_page(host("zonder", body, script='<script src="/host/weg.js" defer></script>'))
    numbers_are_visible(page)


def test_wiping_tells_the_truth_when_the_server_is_down(open_page, proxy):
    """The panel is empty at once, but the server has not heard of it."""
    page = open_page()
    answer_to(page, SERIOUS)
    proxy.down()
    try:
        page.get_by_role("button", name="Wis gesprek").click()
        expect(page.locator("li.mine")).to_have_count(0)
        expect(page.get_by_text("Op de server is dat nog niet zeker").first).to_be_visible(timeout=10_000)
    finally:
        proxy.up()


def test_what_failed_stays_in_sight_when_something_else_is_said(open_page, proxy):
    """Somebody who types on while waiting loses neither text."""
    page = open_page()
    proxy.fault = "error"
    say(page, SERIOUS)
    page.get_by_label("Typ uw bericht").fill("nog iets")
    expect(page.locator(".failure")).to_be_visible(timeout=20_000)
    proxy.fault = ""
    page.get_by_label("Typ uw bericht").fill("goedemorgen")
    page.get_by_role("button", name="Stuur").click()
    expect(page.locator("li.bot").last).to_be_visible(timeout=20_000)
    expect(page.locator("li.mine", has_text=SERIOUS)).to_be_visible()


def test_a_fault_in_the_chat_itself_leaves_the_numbers(open_page, host):
    """And what the host wrote inside the element."""
    broken = """<script>customElements.define = (original => function (name, kind) {
        kind.prototype.getAttribute = () => { throw new Error("kapot") };
        original.call(customElements, name, kind);
    })(customElements.define)</script>"""
    page = open_page(host("kapot", "<weerbaar-chat><p>Bel de griffie</p></weerbaar-chat>", head=broken))
    expect(page.get_by_text("Bel de griffie")).to_be_visible()
    expect(page.locator(f'a[href="{TEAM_LINK}"]:visible').first).to_be_visible()


def test_an_expired_session_is_renewed(open_page, proxy):
    """The message is not lost, and the user is told."""
    tokens = []
    page = open_page()
    page.on("request", lambda request: tokens.append(request.headers.get("authorization")))
    answer_to(page, "goedemorgen")
    token = [token for token in tokens if token][-1]
    httpx.delete(f"{proxy.target}/webhooks/web/session", headers={"Authorization": token})
    answer_to(page, SERIOUS)
    expect(page.locator(".card")).to_be_visible()
    expect(page.get_by_text("Er begint een nieuw gesprek").first).to_be_visible()
