"""Pages with the chat in a real browser, before the real assistant: opened, hosted, and walked through by key."""

from __future__ import annotations

import time

import pytest
from browser import TAG, Proxy, host_page
from playwright.sync_api import Page, expect

TEAM_LINK = "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
ACUTE = "er staat nu een man met een mes voor mijn deur"
WORRIED = "ik voel me de laatste tijd niet veilig maar er is niets gebeurd"
CALM = "wat is een woningscan?"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def open_page(new_page, proxy):
    """Opens pages; collects also what breaks their policy, and what they asked for."""

    def opened(address: str = "", leaves: bool = False, **settings) -> Page:
        page = new_page(**settings)
        if leaves:  # with a route Playwright answers preflights itself, so it is for the tests that need one
            elsewhere = "<title>Elders</title>Elders"
            page.context.route("https://www.google.nl/**", lambda route: route.fulfill(body=elsewhere))
        page.asked = []
        page.on("console", lambda line: page.problems.append(line.text) if "Content Security" in line.text else None)
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address or proxy.address)
        return page

    return opened


@pytest.fixture
def host(proxy):
    """The address of a host site with the widget in one tag, and what else is asked for."""

    def served(name: str, body: str = "", head: str = "", script: str = TAG, **headers: str) -> str:
        return proxy.host(name, host_page("Gemeente", head + script, f"<p>Welkom</p>{body}"), **headers)

    return served


def numbers_are_visible(page: Page) -> None:
    """The two numbers can be seen and called."""
    for link in ("tel:112", TEAM_LINK):
        expect(page.locator(f'a[href="{link}"]:visible').first).to_be_in_viewport()


FOCUSED = """() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    if (!node) return "";
    const label = node.labels?.[0]?.textContent;
    return (label || node.getAttribute("aria-label") || node.textContent || "").trim();
}"""


def focused(page: Page) -> str:
    """Returns the name of the control that has the focus."""
    return page.evaluate(FOCUSED)


def tab_through(page: Page, until: str, backwards: bool = False) -> list:
    """Presses Tab until a control with this name has the focus; returns the names on the way."""
    names = []
    for _ in range(40):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        names.append(focused(page))
        if names[-1] == until:
            return names
    raise AssertionError(f"the keyboard does not reach '{until}': {names}")


def wait_for_end_of_session(proxy: Proxy) -> None:
    """Waits until the server has been asked to end a session, since the page of this test was opened."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if {("DELETE", "/webhooks/web/session"), ("POST", "/webhooks/web/session/end")} & set(proxy.requests):
            time.sleep(0.5)
            return
        time.sleep(0.05)
    raise AssertionError("the session was not ended")
