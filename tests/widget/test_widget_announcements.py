"""What must not be missed: an answer or a failure while the panel is closed, an acute answer, and leaving."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import pytest
from browser import Proxy, answer_to, screenshot, violations
from chat import ROOT
from layout_pages import ACUTE, CALM, DESKTOP, SERIOUS, TEAM, TEAM_LINK, TITLE, in_sight, open_chat, way_out
from layout_pages import host as host
from layout_pages import open_page as open_page
from playwright.sync_api import expect

WATCH = """() => {
    const root = document.querySelector("weerbaar-chat").shadowRoot;
    window.heard = [];
    for (const region of root.querySelectorAll("[aria-live=polite], [aria-live=assertive]")) {
        new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
            const silent = !region.checkVisibility({ visibilityProperty: true });
            window.heard.push([region.getAttribute("aria-live"), silent ? "" : node.textContent]);
        }))).observe(region, {childList: true});
    }
}"""


@pytest.mark.parametrize("size", [(390, 664), (320, 200), DESKTOP])
def test_an_answer_to_a_closed_panel_is_not_missed(open_page, host, proxy, size):
    """The launcher tells of it, a screen reader says it at once, and it is what is seen on opening."""
    page = open_page(host("ongelezen"), size)
    open_chat(page)
    answer_to(page, CALM)
    page.evaluate(WATCH)
    proxy.fault = "slow"
    page.get_by_label("Typ uw bericht").fill(ACUTE)
    page.get_by_role("button", name="Stuur").click()
    page.get_by_role("button", name="Sluit").click()
    launcher = page.get_by_role("button", name=TITLE)
    expect(launcher).to_have_accessible_name(f"{TITLE} 1 nieuw antwoord", timeout=20_000)
    in_sight(launcher)
    assert violations(page) == []
    screenshot(page, f"ongelezen-{size[0]}x{size[1]}")
    assert ["assertive", "1 nieuw antwoord. Bel nu 112"] in page.evaluate("heard")
    launcher.click()
    card = page.locator(".card")
    in_sight(*way_out(page), card.get_by_role("heading"), card.locator('a.call[href="tel:112"]'))
    assert page.evaluate("document.querySelector('weerbaar-chat').shadowRoot.activeElement.matches('li.bot')")
    page.get_by_role("button", name="Sluit").click()
    expect(launcher).to_have_accessible_name(TITLE)


def test_a_failure_of_a_closed_panel_is_not_missed(open_page, host, proxy):
    """With the number, also for the ear."""
    page = open_page(host("ongelezen-storing"))
    open_chat(page)
    page.evaluate(WATCH)
    proxy.fault = "slow"
    page.get_by_label("Typ uw bericht").fill(SERIOUS)
    page.get_by_role("button", name="Stuur").click()
    page.get_by_role("button", name="Sluit").click()
    proxy.fault = "error"
    launcher = page.get_by_role("button", name="1 nieuw antwoord")
    launcher.wait_for(timeout=20_000)
    assert any(way == "assertive" and TEAM in text for way, text in page.evaluate("heard"))
    launcher.click()
    in_sight(page.locator(".failure").get_by_role("heading"))


def test_an_acute_answer_interrupts_and_is_scrolled_to(open_page, proxy):
    """Also when the user has scrolled up, reading."""
    page = open_page(size=(390, 664))
    answer_to(page, CALM)
    answer_to(page, SERIOUS)
    page.evaluate(WATCH)
    proxy.fault = "slow"
    page.get_by_label("Typ uw bericht").fill(ACUTE)
    page.get_by_role("button", name="Stuur").click()
    page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
    card = page.locator("li.bot").last.locator(".card.acuut")
    card.wait_for(timeout=20_000)
    in_sight(card.locator('a.call[href="tel:112"]'))
    assert next(text for way, text in page.evaluate("heard") if way == "assertive").startswith("Bel nu 112.")


def test_a_closed_panel_opens_where_it_was_left(open_page, host):
    """The last answer, not the first screen; also when the window turns from wide to narrow."""
    page = open_page(host("terug"))
    open_chat(page)
    answer_to(page, CALM)
    answer_to(page, SERIOUS)
    call = page.locator(f'.card a.call[href="{TEAM_LINK}"]')
    page.get_by_role("button", name="Sluit").click()
    open_chat(page)
    in_sight(call)
    page.set_viewport_size({"width": 390, "height": 664})
    in_sight(call)


# ---------------------------------------------------------------------------------------------------- leaving


@contextmanager
def slow_site() -> Iterator[str]:
    """A website that takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


# Tells the site again and again what the tab is called, what was read out, and how much of the conversation is left.
TELL = """<script>setInterval(() => {
    const part = frames[0] ?? window;
    const left = part.document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll(".mine").length;
    fetch("/told/" + encodeURIComponent(JSON.stringify([document.title, part.heard ?? [], left])));
}, 100)</script>"""


def last_told(proxy: Proxy) -> list:
    """Returns what the page told last."""
    return [json.loads(unquote(path)[6:]) for _, path in proxy.requests if path.startswith("/told/")][-1]


@pytest.mark.parametrize("where", ["host", "frame"])
def test_leaving_for_a_slow_site_is_announced_and_leaves_no_name(open_page, host, proxy, where):
    """While nothing of the next page is there: the tab has another name at once, also that of a page around a frame."""
    with slow_site() as elsewhere:
        frame = '<iframe src="/" title="Hulp" width="400" height="600"></iframe>' if where == "frame" else ""
        page = open_page(host("weg-traag", frame, TELL, f'data-exit-url="{elsewhere}"'))
        chat = page.frames[-1]
        if where == "frame":
            chat.locator("weerbaar-chat").evaluate("(chat, url) => chat.setAttribute('exit-url', url)", elsewhere)
        else:
            open_chat(page)
        chat.get_by_label("Typ uw bericht").fill(CALM)
        chat.get_by_role("button", name="Stuur").click()
        expect(chat.locator("li.bot").last).to_be_visible(timeout=20_000)
        chat.evaluate(WATCH)
        chat.get_by_role("button", name="Snel weg").click(no_wait_after=True)
        # Not asked of the page: Playwright would wait for the next one.
        said, deadline = ["127.0.0.1", [["assertive", "U verlaat deze pagina."]], 0], time.monotonic() + 15
        while (told := last_told(proxy)) != said and time.monotonic() < deadline:
            time.sleep(0.1)
    assert told == said


def test_the_title_of_the_page_is_neutral(open_page):
    """It stands in the tab, the history and the list of windows."""
    page = open_page()
    expect(page).to_have_title("Vragen en antwoorden")
    unavailable = (ROOT / "deploy" / "unavailable.html").read_text(encoding="utf-8")
    assert "<title>Vragen en antwoorden</title>" in unavailable
