"""The chat leaves no trace, asks no other site, lets nobody in, and is left and wiped at once."""

from __future__ import annotations

import json

import httpx
import pytest
from browser import answer_to
from playwright.sync_api import expect
from widget_pages import CALM, SERIOUS, wait_for_end_of_session
from widget_pages import host as host
from widget_pages import open_page as open_page

STRICT = (
    "default-src 'none'; script-src {origin}; connect-src {origin}; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

STORED = """async () => [localStorage.length, sessionStorage.length, document.cookie,
    (await indexedDB.databases()).length, (await caches.keys()).length, history.length, document.title,
    location.href]"""


def test_nothing_is_kept_in_the_browser(open_page, host):
    """Storage, cookies, title, address and history are after the conversation as they were before."""
    page = open_page(host("sporen"))
    before = page.evaluate(STORED)
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    assert page.evaluate(STORED) == before
    assert before[:5] == [0, 0, "", 0, 0]
    page.reload()
    page.get_by_role("button", name="Hulp bij dreiging").click()
    expect(page.locator("li.mine")).to_have_count(0)
    page.get_by_text("Goed om te weten").click()
    expect(page.get_by_text("Dan begint u opnieuw")).to_be_visible()


@pytest.mark.parametrize("way", ["button", "shift"])
def test_quick_exit_leaves_no_trace(open_page, host, proxy, way):
    """It goes elsewhere, Back does not return to the chat, and the conversation is gone from the server."""
    tokens = []
    page = open_page(host("elders"))
    page.goto(host("weg"))
    page.on("request", lambda request: tokens.append(request.headers.get("authorization")))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    token = [token for token in tokens if token][-1]
    if way == "button":
        page.get_by_role("button", name="Snel weg").click()
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url("**/host/neutraal")
    wait_for_end_of_session(proxy)
    again = httpx.post(f"{proxy.target}/webhooks/web/message", json={"text": "hallo"}, headers={"Authorization": token})
    assert again.status_code == 401
    page.go_back()
    assert page.url.endswith("/host/elders")
    assert "dreigbrief" not in page.content()


def test_quick_exit_works_with_the_server_down(open_page, host, proxy):
    """Leaving waits for nothing."""
    neutral = "https://www.google.nl/"
    script = f'<script src="/webhooks/web/widget.js" data-exit-url="{neutral}" defer></script>'
    page = open_page(host("weg-zonder", script=script), leaves=True)
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, CALM)
    proxy.down()
    try:
        page.get_by_role("button", name="Snel weg").click()
        page.wait_for_url(neutral)
    finally:
        proxy.up()


def test_a_script_as_exit_address_is_not_taken(open_page, host):
    """Only web addresses."""
    script = '<script src="/webhooks/web/widget.js" data-exit-url="javascript:window.hacked=1" defer></script>'
    page = open_page(host("weg-slecht", script=script), leaves=True)
    page.get_by_role("button", name="Hulp bij dreiging").click()
    page.get_by_role("button", name="Snel weg").click()
    page.wait_for_url("https://www.google.nl/")


def test_wiping_clears_the_panel_and_the_server(open_page, proxy):
    """And says so."""
    tokens = []
    page = open_page()
    page.on("request", lambda request: tokens.append(request.headers.get("authorization")))
    answer_to(page, SERIOUS)
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.locator("li.mine")).to_have_count(0)
    expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible()
    wait_for_end_of_session(proxy)
    token = [token for token in tokens if token][-1]
    again = httpx.post(f"{proxy.target}/webhooks/web/message", json={"text": "a"}, headers={"Authorization": token})
    assert again.status_code == 401


def test_no_other_site_is_asked_for_anything(open_page, host, proxy):
    """Fonts, styles, pictures: nothing comes from elsewhere."""
    page = open_page(host("eigen"))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    assert {address.split("/", 3)[2] for address in page.asked} == {proxy.address.split("//")[1]}


def test_the_strictest_policy_of_a_host_is_kept(open_page, host, proxy):
    """No inline style or script, Trusted Types on and none allowed, with the hash of the file pinned."""
    about = httpx.get(f"{proxy.target}/webhooks/web/widget.json").json()
    script = f'<script src="{about["src"]}" integrity="{about["integrity"]}" crossorigin="anonymous" defer></script>'
    policy = {"Content-Security-Policy": STRICT.format(origin=proxy.address)}
    page = open_page(host("streng", script=script, **policy))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    expect(page.locator(".card")).to_be_visible()
    assert page.locator(".card").evaluate("node => getComputedStyle(node).borderTopWidth") != "0px"
    assert page.problems == []


def test_markup_from_user_and_server_is_text(open_page, proxy):
    """In texts, buttons, sources, languages and cards."""
    page = open_page()
    message = {
        "text": EVIL + '\n\n- javascript:alert(1) http://a.b/"onclick=x',
        "source": EVIL,
        "lang": 'nl" onload="x',
        "buttons": [{"title": EVIL, "payload": "/a"}],
        "card": {"ernst": "ernstig", "telefoon": "javascript:alert(1)", "adviseur": EVIL, "functie": None},
    }
    proxy.fault, proxy.canned = "answers", [json.dumps({"messages": [message], "failure": False}).encode()]
    answer_to(page, EVIL)
    expect(page.locator("li.mine")).to_contain_text("<script>")
    expect(page.locator("li.bot").locator(".bubble")).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("li img, li script").count() == 0
    links = page.evaluate("""() => [...document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll("a")]
        .map(link => link.protocol)""")
    assert set(links) <= {"tel:", "http:", "https:", "mailto:"}
