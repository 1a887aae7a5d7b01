"""The browser of the tests of the widget, and the way from it to the assistant."""

from __future__ import annotations

import pytest
from browser import Proxy, running_browser
from playwright.sync_api import Page


@pytest.fixture(scope="module")
def chromium():
    """One browser a file. It is closed after that: while it runs, no other test of the process could use asyncio."""
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def proxy(server):
    """The way from the browser to the assistant, at whose origin the pages of host sites stand as well."""
    proxy = Proxy(server.root)
    proxy.host("neutraal", "<!doctype html><title>Neutraal</title><p>Het weer van vandaag")
    yield proxy
    proxy.down()


@pytest.fixture
def new_page(chromium, proxy):
    """Makes pages in contexts of their own, and closes them; collects the errors of their scripts in `problems`."""
    contexts = []

    def made(browser=None, **settings) -> Page:
        contexts.append((browser or chromium).new_context(locale="nl-NL", **settings))
        page = contexts[-1].new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        return page

    proxy.fault, proxy.requests[:] = "", []
    yield made
    for context in contexts:
        context.close()
