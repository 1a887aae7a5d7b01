"""Pages with the chat whose clock, scripts and requests a test has in hand."""
from __future__ import annotations

import time

import httpx
import pytest
from browser import Proxy
from chat import ROOT
from playwright.sync_api import Page

WIDGET = ROOT / "widget"
TEAM_LINK = "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
CALM = "wat is een woningscan?"
TAG = '<script src="/webhooks/web/widget.js" data-exit-url="/host/neutraal" defer></script>'
LAUNCHER = "Hulp bij dreiging"
PHONE = {"width": 390, "height": 664}


@pytest.fixture(scope="module")
def proxy(server):
    """Serves the pages of host sites, and the assistant at the same origin."""
    proxy = Proxy(server.address.split("/webhooks/")[0])
    proxy.host("neutraal", "<!doctype html><title>Neutraal</title><p>Het weer van vandaag")
    yield proxy
    proxy.down()


@pytest.fixture
def open_page(chromium, proxy):
    """Opens pages in contexts of their own, and closes them; collects what went wrong and what the console says."""
    contexts = []

    def opened(address: str = "", before: str = "", clock: bool = False, **settings) -> Page:
        context = chromium.new_context(locale="nl-NL", **settings)
        contexts.append(context)
        page = context.new_page()
        page.problems, page.lines, page.tokens = [], [], []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: page.lines.append(line.text))
        page.on("request", lambda request: page.tokens.append(request.headers.get("authorization")))
        if before:
            page.add_init_script(before)
        if clock:
            page.clock.install()
        page.goto(address or proxy.address)
        return page

    proxy.fault, proxy.requests[:] = "", []
    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def host(proxy):
    """The address of a page of a host site with this in its head and body."""

    def served(name: str, body: str = "", head: str = TAG, **headers: str) -> str:
        return proxy.host(
            name,
            f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><title>{name}</title>{head}</head>'
            f"<body><main><h1>{name}</h1>{body}</main></body></html>",
            **headers,
        )

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
