"""The chat for everyone: by keyboard alone, on a small phone, zoomed in, by axe, and read out."""

from __future__ import annotations

import re

import pytest
from browser import answer_to, say, screenshot, violations
from chat import PAGES
from playwright.sync_api import expect
from widget_pages import CALM, PHONE, SERIOUS, WORRIED, focused, numbers_are_visible, tab_through
from widget_pages import host as host
from widget_pages import open_page as open_page


def test_a_conversation_by_keyboard_alone(open_page, host):
    """From the page into the chat, through it, and back."""
    page = open_page(host("toetsen"))
    page.keyboard.press("Tab")
    assert focused(page) == "Hulp bij dreiging"
    page.keyboard.press("Enter")
    expect(page.get_by_label("Typ uw bericht")).to_be_visible()
    reached = tab_through(page, "Stuur")
    team = "Ondersteuningsteam Bel 070 - 373 83 14"
    for name in ("Snel weg", "Wis gesprek", "Sluit", "Nu gevaar? Bel 112", team, "Typ uw bericht"):
        assert name in reached, reached
    tab_through(page, "Typ uw bericht", backwards=True)
    page.keyboard.type(WORRIED)
    page.keyboard.press("Enter")
    expect(page.locator("li.bot").last).to_be_visible(timeout=20_000)
    assert focused(page) == "Typ uw bericht", "the focus moved when the answer came"
    assert tab_through(page, "Wat gebeurt er als ik bel?", backwards=True)
    page.keyboard.press("Enter")
    expect(page.locator("li.mine").last).to_contain_text("Wat gebeurt er als ik bel?")
    expect(page.locator("li.mine ~ li.bot").last).to_be_visible(timeout=20_000)
    page.keyboard.press("Escape")
    assert focused(page) == "Hulp bij dreiging"


@pytest.mark.parametrize("width", [320, 390])
def test_a_small_phone(open_page, width):
    """Nothing sticks out, the numbers stay in view, targets are large enough."""
    page = open_page(viewport={"width": width, "height": 640})
    for text in (CALM, SERIOUS):
        answer_to(page, text)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wider = page.evaluate("""() => [...document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll("*")]
            .filter(node => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest(".hidden")
                && getComputedStyle(node).position !== "absolute").map(node => node.outerHTML.slice(0, 80))""")
        assert wider == []
        numbers_are_visible(page)
    small = page.evaluate("""() => [...document.querySelector("weerbaar-chat").shadowRoot
        .querySelectorAll("button, summary, a.tel, a.call, textarea")].filter(node => node.offsetParent
            && node.getBoundingClientRect().height < 24).map(node => node.textContent)""")
    assert small == []


def test_zoomed_in_to_twice_the_size(open_page):
    """A window of 1280 pixels at 200 % is one of 640, and at 400 % one of 320 by 256."""
    for viewport in ({"width": 640, "height": 512}, {"width": 320, "height": 256}):
        page = open_page(viewport=viewport)
        page.get_by_label("Typ uw bericht").scroll_into_view_if_needed()
        answer_to(page, CALM)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


STATES = {
    "licht": {},
    "donker": {"color_scheme": "dark"},
    "hoog-contrast": {"forced_colors": "active"},
    "minder-beweging": {"reduced_motion": "reduce"},
    "telefoon": {"viewport": PHONE},
}


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(open_page, host, proxy, name):
    """Closed, open, typing, answered, with a card, failed; in each look."""
    page = open_page(host("axe"), **STATES[name])
    assert violations(page) == []
    page.get_by_role("button", name="Hulp bij dreiging").click()
    assert violations(page) == []
    screenshot(page, f"open-{name}")
    proxy.fault = "slow"
    say(page, CALM)
    expect(page.get_by_text("Assistent schrijft…").first).to_be_visible()
    assert violations(page) == []
    proxy.fault = ""
    expect(page.locator("li.bot").last).to_be_visible(timeout=20_000)
    assert violations(page) == []
    screenshot(page, f"antwoord-{name}")
    answer_to(page, SERIOUS)
    assert violations(page) == []
    proxy.fault = "error"
    say(page, CALM)
    expect(page.locator(".failure")).to_be_visible(timeout=20_000)
    assert violations(page) == []
    screenshot(page, f"storing-{name}")


def test_axe_finds_nothing_on_the_stand_alone_page(open_page, proxy):
    """At the server's own address, empty and in conversation; it links to the owner's pages."""
    page = open_page()
    for name, address in (("gegevens", f"{proxy.address}/privacy"), ("toegankelijk", PAGES["accessibility_url"])):
        link = page.get_by_role("link", name=name)
        expect(link).to_be_visible()
        assert link.evaluate("link => link.href") == address
    assert violations(page) == []
    screenshot(page, "pagina")
    answer_to(page, SERIOUS)
    assert violations(page) == []
    screenshot(page, "pagina-ernstig")


def test_axe_really_looks_inside(open_page):
    """A fault that is planted in the chat is found."""
    page = open_page()
    page.evaluate("""() => {
        const field = document.querySelector("weerbaar-chat").shadowRoot.querySelector("textarea");
        field.labels[0].remove();
        field.removeAttribute("placeholder");
    }""")
    assert "label" in [rule for rule, _ in violations(page)]


def test_the_focus_is_visible_wherever_it_goes(open_page, host):
    """Also on the heading after opening, and on the own message after a button."""
    page = open_page(host("focus"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    style = """() => { const node = document.querySelector("weerbaar-chat").shadowRoot.activeElement;
        return [node.localName, getComputedStyle(node).outlineStyle]; }"""
    assert page.evaluate(style) == ["h2", "solid"]
    tab_through(page, "Ik word bedreigd")
    page.keyboard.press("Enter")
    expect(page.locator("li.bot").last).to_be_visible(timeout=20_000)
    assert page.evaluate(style) == ["li", "solid"]


WATCH = """() => {
    const root = document.querySelector("weerbaar-chat").shadowRoot;
    window.read = [];
    for (const region of root.querySelectorAll('[aria-live="polite"], [aria-live="assertive"]')) {
        new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(
            node => window.read.push(node.textContent)))).observe(region, {childList: true});
    }
}"""


def test_each_message_is_read_out_once_and_in_order(open_page):
    """By the announcer; the log itself is silent, or a screen reader would say all twice."""
    page = open_page()
    page.evaluate(WATCH)
    answer_to(page, CALM)
    answer_to(page, SERIOUS)
    read = page.evaluate("window.read")
    shown = page.locator("li.bot .bubble .text").evaluate_all("nodes => nodes.map(node => node.textContent)")
    squeezed = [re.sub(r"[\s-]", "", text) for text in read]
    places = [squeezed.index(re.sub(r"[\s-]", "", text)) for text in shown]
    assert places == sorted(places)
    assert len(set(places)) == len(shown)
    assert all(squeezed.count(squeezed[place]) == 1 for place in places)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    log = next(node for node in tree if node.get("role", {}).get("value") == "log")
    live = {entry["name"]: entry["value"].get("value") for entry in log.get("properties", [])}.get("live")
    assert live in (None, "off")


def test_a_foreign_sentence_has_its_language(open_page):
    """WCAG 3.1.2."""
    page = open_page()
    answer_to(page, "there is a man with a knife outside my house, he wants to kill me")
    expect(page.locator('li.bot [lang="en"]')).to_contain_text("Call 112")
