"""Pages with the chat whose clock, scripts and requests a test has in hand."""

from __future__ import annotations

import time

import httpx
import pytest
from browser import TAG, Proxy, host_page
from chat import ROOT
from playwright.sync_api import Page

WIDGET = ROOT / "widget"
TEAM_LINK = "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
CALM = "wat is een woningscan?"
LAUNCHER = "Hulp bij dreiging"
PHONE = {"width": 390, "height": 664}


@pytest.fixture
def open_page(new_page, proxy):
    """Opens pages; collects also what the console says, and the tokens they sent."""

    def opened(address: str = "", before: str = "", clock: bool = False, **settings) -> Page:
        page = new_page(**settings)
        page.lines, page.tokens = [], []
        page.on("console", lambda line: page.lines.append(line.text))
        page.on("request", lambda request: page.tokens.append(request.headers.get("authorization")))
        if before:
            page.add_init_script(before)
        if clock:
            page.clock.install()
        page.goto(address or proxy.address)
        return page

    return opened


@pytest.fixture
def host(proxy):
    """The address of a page of a host site with this in its head and body."""

    def served(name: str, body: str = "", head: str = TAG, **headers: str) -> str:
        return proxy.host(name, host_page(name, head, body), **headers)

    return served


def open_chat(page: Page) -> None:
    """Presses the button at the bottom right."""
    page.get_by_role("button", name=LAUNCHER).click()


def is_known(proxy: Proxy, token: str) -> bool:
    """Says whether the server still has the conversation of a token, as the header has it."""
    web, headers = f"{proxy.target}/webhooks/web/message", {"Authorization": token}
    return httpx.post(web, json={"text": "hallo"}, headers=headers, timeout=30).status_code != 401


def token_of(page: Page) -> str:
    """Returns the last token that the page sent."""
    return [token for token in page.tokens if token][-1]


def asked_for(proxy: Proxy, method: str, path: str) -> int:
    """Returns how often the server was asked for this, since the page of this test was opened."""
    return proxy.requests.count((method, path))


def wait_until(condition, seconds: float = 10) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to this"
        time.sleep(0.05)
