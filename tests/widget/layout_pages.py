"""Pages with the chat at the size of a screen, and what is in sight there."""

from __future__ import annotations

import pytest
from browser import host_page
from playwright.sync_api import Locator, Page

TEAM, TEAM_SPACED, TEAM_LINK = "070-3738314", "070 - 373 83 14", "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
ACUTE = "er staat nu een man met een mes voor mijn deur"
CALM = "wat is een woningscan?"
DESKTOP = (1280, 800)
TITLE = "Hulp bij dreiging"


@pytest.fixture
def open_page(new_page, proxy):
    """Opens a page of a size; `address` is that of a host, or nothing for the stand-alone page."""

    def opened(address: str = "", size: tuple = DESKTOP, **settings) -> Page:
        page = new_page(viewport={"width": size[0], "height": size[1]}, **settings)
        page.goto(address or proxy.address)
        return page

    return opened


@pytest.fixture
def host(proxy):
    """The address of a host page with the chat in one tag; `data` are attributes of the tag."""

    def served(name: str, body: str = "", head: str = "", data: str = "") -> str:
        script = f'<script src="/webhooks/web/widget.js" {data} defer></script>'
        return proxy.host(name, host_page("Gemeente", head + script, f"<p>Welkom</p>{body}"))

    return served


LONG = "<p>Tekst van de gemeente.</p>" * 80


def open_chat(page: Page) -> None:
    """Presses the button at the bottom of a host page."""
    page.get_by_role("button", name=TITLE).click()


# The middle of each side of a node, and its centre, are on the screen, and nothing lies over them.
IN_SIGHT = """node => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || right - left < 1) return false;
    const x = (left + right) / 2, y = (top + bottom) / 2;
    return [[x, y], [left + 5, y], [right - 5, y], [x, top + 3], [x, bottom - 3]].every(([x, y]) => {
        const found = node.getRootNode().elementFromPoint(x, y);
        return found && (node.contains(found) || found.contains(node));
    });
}"""


def in_sight(*nodes: Locator) -> None:
    """Fails when part of one of these can only be seen by scrolling, or lies below something else."""
    for node in nodes:
        node.first.wait_for()
        assert node.first.evaluate(IN_SIGHT), f"not in sight: {node.first.evaluate('node => node.outerHTML')[:200]}"


def way_out(page: Page) -> list[Locator]:
    """The two numbers and the button that leaves, in the bar of the chat."""
    bar = page.locator(".bar")
    exit_button = page.get_by_role("button", name="Snel weg")
    return [bar.locator('a[href="tel:112"]'), bar.locator(f'a[href="{TEAM_LINK}"]'), exit_button]
