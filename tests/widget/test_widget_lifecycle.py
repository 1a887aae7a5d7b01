"""The chat through time: on hosts that replace their page, and at the end of its session."""

from __future__ import annotations

import time

import httpx
import pytest
from browser import Proxy, answer_to, say, screenshot, violations
from lifecycle_pages import (
    CALM,
    LAUNCHER,
    PHONE,
    SERIOUS,
    TAG,
    WIDGET,
    asked_for,
    is_known,
    open_chat,
    token_of,
    wait_until,
)
from lifecycle_pages import host as host
from lifecycle_pages import open_page as open_page
from playwright.sync_api import expect

TURBO = WIDGET / "node_modules" / "@hotwired" / "turbo" / "dist" / "turbo.es2017-umd.js"
HTMX = WIDGET / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"

MINUTE = 60_000


# ------------------------------------------------------------------------------------------------------ other hosts


def library(proxy: Proxy, name: str, path) -> str:
    """Serves a library of the host; returns its tag."""
    proxy.pages[f"/host/{name}.js"] = (path.read_text("utf-8"), "text/javascript", {})
    return f'<script src="/host/{name}.js" defer></script>'


# Said by Turbo while it shows an old copy of a page, or waits for one.
SETTLED = "() => !document.documentElement.matches('[data-turbo-preview], [aria-busy]')"


@pytest.mark.parametrize("kind", ["turbo", "turbo-morph", "htmx"])
@pytest.mark.parametrize("written", [False, True], ids=["tag", "element"])
def test_the_conversation_goes_on_when_the_host_replaces_its_page(open_page, host, proxy, kind, written):
    """There and back again, also when only some pages have the element; it is ended when the tab goes."""
    head = library(proxy, "htmx", HTMX) + TAG if kind == "htmx" else library(proxy, "turbo", TURBO) + TAG
    if kind == "turbo-morph":
        head += '<meta name="turbo-refresh-method" content="morph">'
    element = '<weerbaar-chat exit-url="/host/neutraal"></weerbaar-chat>' if written else ""
    boost = ' hx-boost="true"' if kind == "htmx" else ""
    two = "een" if kind == "turbo-morph" else "twee"
    address = host("een", f'<p{boost}><a href="/host/{two}">Verder</a></p>{element}', head)
    host("twee", f'<p{boost}><a href="/host/drie">Verder</a></p>', head)
    host("drie", f'<p{boost}><a href="/host/een">Verder</a></p>{element}', head)
    page = open_page(address)
    page.evaluate("window.same = true")
    open_chat(page)
    answer_to(page, "ik ben raadslid")
    page.get_by_label("Typ uw bericht").fill("half af")
    token = token_of(page)
    for title in ("twee", "drie", "een"):
        page.get_by_role("link", name="Verder").click()
        expect(page.get_by_role("heading", name="een" if kind == "turbo-morph" else title, exact=True)).to_be_visible()
        page.wait_for_function(SETTLED)
        expect(page.locator("li.mine")).to_have_count(1)
        expect(page.get_by_label("Typ uw bericht")).to_be_visible()
        expect(page.get_by_label("Typ uw bericht")).to_have_value("half af")
        assert page.locator("weerbaar-chat").count() == 1
    if kind != "turbo-morph":
        page.go_back()
        expect(page.get_by_role("heading", name="drie", exact=True)).to_be_visible()
        expect(page.locator("li.mine")).to_have_count(1)
    expect(answer_to(page, "welke adviseur hoort bij mij?")).to_contain_text("Raadsleden")
    assert token_of(page) == token
    assert page.evaluate("window.same"), "the page was loaded anew, so this proves nothing"
    page.goto(proxy.address + "/host/neutraal")
    wait_until(lambda: asked_for(proxy, "POST", "/webhooks/web/session/end"))
    wait_until(lambda: not is_known(proxy, token))
    assert page.problems == []


def test_an_answer_that_comes_while_the_element_is_away_is_there_afterwards(open_page, host, proxy):
    """A router that takes the element off the page in the middle of a turn."""
    page = open_page(host("router", "<weerbaar-chat open></weerbaar-chat>", head="<script>window.x = 1</script>"))
    page.evaluate("import('/webhooks/web/widget.js')")
    page.evaluate("window.chat = document.querySelector('weerbaar-chat')")
    proxy.fault = "slow"
    say(page, SERIOUS)
    page.evaluate("chat.remove()")
    token_seen = lambda: asked_for(proxy, "POST", "/webhooks/web/message")  # noqa: E731
    wait_until(token_seen)
    time.sleep(3)
    proxy.fault = ""
    assert asked_for(proxy, "POST", "/webhooks/web/session/end") == 0
    page.evaluate("document.querySelector('main').append(document.createElement('weerbaar-chat'))")
    expect(page.locator(".card")).to_be_visible(timeout=20_000)


def test_it_moves_between_the_button_and_a_page_of_its_own(open_page, host):
    """A single-page host with a launcher on one route and mode=page on the other."""
    page = open_page(host("routes", "<weerbaar-chat></weerbaar-chat>"))
    open_chat(page)
    answer_to(page, CALM)
    page.evaluate("""() => { document.querySelector("weerbaar-chat").remove();
        const chat = document.createElement("weerbaar-chat");
        chat.setAttribute("mode", "page"); document.querySelector("main").append(chat); }""")
    expect(page.locator("li.mine")).to_have_count(1)
    expect(page.locator(".bar a")).to_have_count(2)
    expect(page.get_by_role("button", name="Snel weg")).to_have_count(1)
    expect(page.get_by_role("button", name=LAUNCHER)).to_have_count(0)
    page.evaluate("document.querySelector('weerbaar-chat').removeAttribute('mode')")
    open_chat(page)
    expect(page.locator("li.mine")).to_have_count(1)


def test_a_page_whose_open_chat_is_taken_away_can_be_used(open_page, host):
    """On a phone the chat covers the page and keeps it from scrolling."""
    page = open_page(host("weggehaald", '<weerbaar-chat open></weerbaar-chat><p style="height: 3000px">', head=""))
    page.set_viewport_size(PHONE)
    page.evaluate("import('/webhooks/web/widget.js')")
    expect(page.get_by_label("Typ uw bericht")).to_be_visible()
    page.evaluate("document.querySelector('weerbaar-chat').remove()")
    page.mouse.move(100, 100)
    page.mouse.wheel(0, 500)
    wait_until(lambda: page.evaluate("scrollY") > 0)


def test_the_element_of_the_host_goes_before_the_one_of_the_tag(open_page, host):
    """A framework writes its element after the script has put one on the page."""
    page = open_page(host("laat"))
    open_chat(page)
    answer_to(page, CALM)
    page.evaluate("""() => { const chat = document.createElement("weerbaar-chat");
        chat.setAttribute("label", "Van de griffie"); document.querySelector("main").append(chat); }""")
    expect(page.get_by_role("heading", name="Van de griffie")).to_be_visible()
    expect(page.locator("li.mine")).to_have_count(1)
    assert page.locator("weerbaar-chat").count() == 1


def test_a_host_that_always_takes_it_away_is_not_fought_for_ever(open_page, host):
    """The page stays usable."""
    fight = """<script>new MutationObserver(() => { window.times = (window.times || 0) + 1;
        document.querySelector("weerbaar-chat")?.remove(); })
        .observe(document, {childList: true, subtree: true})</script>"""
    page = open_page(host("gevecht", head=fight + TAG))
    seen = []

    def is_quiet() -> bool:
        seen.append(page.evaluate("times"))
        time.sleep(2)
        return len(seen) > 1 and seen[-1] == seen[-2]

    wait_until(is_quiet, seconds=30)
    assert seen[-1] > 1
    assert page.locator("weerbaar-chat").count() == 0


# ------------------------------------------------------------------------------------------------------ the end


def test_the_first_screen_says_how_long_the_assistant_remembers(open_page):
    """Before anything is asked (WCAG 2.2.1)."""
    page = open_page()
    expect(page.get_by_text("Komt er 30 minuten geen bericht van u?")).to_be_visible()


WARNING = "Binnen 2 minuten vergeet de assistent dit gesprek"
FORGOTTEN = "De assistent is dit gesprek vergeten"


def test_a_warning_two_minutes_before_and_a_way_to_go_on(open_page, proxy):
    """The server is asked to wait, and knows the conversation still."""
    page = open_page(clock=True)
    answer_to(page, "ik ben raadslid")
    page.get_by_label("Typ uw bericht").fill("ik denk nog na")
    page.clock.run_for(27 * MINUTE)
    expect(page.locator(".ending")).to_be_hidden()
    page.clock.run_for(1.2 * MINUTE)
    expect(page.locator(".ending")).to_contain_text(WARNING)
    assert violations(page) == []
    screenshot(page, "bijna-vergeten")
    page.get_by_role("button", name="Doorgaan").click()
    expect(page.locator(".ending")).to_be_hidden()
    assert asked_for(proxy, "POST", "/webhooks/web/session/keep") == 1
    page.clock.run_for(20 * MINUTE)
    expect(page.locator(".ending")).to_be_hidden()
    assert page.get_by_label("Typ uw bericht").input_value() == "ik denk nog na"
    expect(answer_to(page, "welke adviseur hoort bij mij?")).to_contain_text("Raadsleden")
    assert page.get_by_text(FORGOTTEN).count() == 0


def test_when_the_assistant_has_forgotten_it_says_so(open_page, proxy):
    """Screen and field keep what they have, the server has nothing; the next message begins a new conversation."""
    page = open_page(clock=True)
    answer_to(page, "ik ben raadslid")
    token = token_of(page)
    page.get_by_label("Typ uw bericht").fill("welke adviseur hoort bij mij?")
    page.clock.run_for(31 * MINUTE)
    expect(page.get_by_text(FORGOTTEN).first).to_be_visible()
    expect(page.locator(".ending")).to_be_hidden()
    expect(page.locator("li.mine")).to_have_count(1)
    wait_until(lambda: asked_for(proxy, "DELETE", "/webhooks/web/session"))
    wait_until(lambda: not is_known(proxy, token))
    assert page.get_by_label("Typ uw bericht").input_value() == "welke adviseur hoort bij mij?"
    answers = page.locator("li.bot").count()
    page.get_by_role("button", name="Stuur").click()
    expect(page.locator("li.bot").nth(answers)).to_be_visible(timeout=20_000)
    expect(page.locator("li.mine")).to_have_count(2)
    expect(page.locator("li.bot").last.get_by_role("button", name="Raadslid")).to_be_visible()
    assert token_of(page) != token
    assert violations(page) == []


def test_a_slow_network_does_not_undo_the_wiping(open_page, proxy):
    """The user hears after 5 seconds that it is not sure; the request stays on its way."""
    page = open_page(clock=True)
    answer_to(page, "ik ben raadslid")
    token = token_of(page)
    held = []
    # Playwright marks the function that it is given, which `append` of a list does not allow.
    page.route("**/webhooks/web/session", lambda route: held.append(route))  # noqa: PLW0108
    page.get_by_role("button", name="Wis gesprek").click()
    wait_until(lambda: page.evaluate("1") and held)
    page.clock.run_for(6000)
    expect(page.get_by_text("Op de server is dat nog niet zeker").first).to_be_visible()
    held[0].continue_()
    wait_until(lambda: page.evaluate("1") and asked_for(proxy, "DELETE", "/webhooks/web/session"))
    wait_until(lambda: not is_known(proxy, token))


def test_a_laptop_that_slept_hears_it_before_the_next_message_is_sent(open_page):
    """No timer ran in the meantime; and an old button still works, as its text."""
    page = open_page(clock=True)
    answer_to(page, CALM)
    page.clock.pause_at(time.time() + 40 * 60)
    page.clock.resume()
    page.get_by_role("button", name="Zelfscan").click()
    expect(page.get_by_text(FORGOTTEN).first).to_be_visible()
    expect(page.locator("li.bot").last.locator(".source")).to_contain_text("zelfscan", timeout=20_000)
    assert page.locator(".failure").count() == 0


def test_going_on_tells_the_truth(open_page, proxy):
    """The server is down: it says that it did not work. The server has forgotten: it says that."""
    page = open_page(clock=True)
    answer_to(page, CALM)
    page.clock.run_for(28.5 * MINUTE)
    proxy.down()
    try:
        page.get_by_role("button", name="Doorgaan").click()
        expect(page.locator(".ending")).to_contain_text("Dat lukte niet")
    finally:
        proxy.up()
    httpx.delete(f"{proxy.target}/webhooks/web/session", headers={"Authorization": token_of(page)})
    page.get_by_role("button", name="Doorgaan").click()
    expect(page.get_by_text(FORGOTTEN).first).to_be_visible()
