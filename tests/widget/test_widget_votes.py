"""Votes in a real browser: two buttons below a calm answer, by mouse, by key and for who cannot see them."""

from __future__ import annotations

from browser import answer_to, screenshot, violations
from playwright.sync_api import Page, expect
from widget_pages import ACUTE, CALM, PHONE, SERIOUS, WORRIED, focused, tab_through
from widget_pages import open_page as open_page

HELPS, HELPS_NOT = "Dit helpt mij", "Dit helpt mij niet"
THANKS = "Dank u. We tellen alleen het aantal."


def choice(page: Page, name: str):
    """Returns a button of the vote."""
    return page.get_by_role("button", name=name, exact=True)


def test_a_vote_by_key(open_page, server):
    """It is counted once, and thanks are read out when there is time; the focus stays where it was."""
    page = open_page()
    answer_to(page, CALM)
    votes, turns = server.metric("weerbaar_votes_total"), server.metric("weerbaar_turns_total")
    page.get_by_label("Typ uw bericht").focus()
    tab_through(page, HELPS_NOT, backwards=True)
    page.keyboard.press("Enter")
    expect(page.locator("[aria-live=polite]").first).to_contain_text(THANKS)
    expect(page.locator(".vote")).to_contain_text(THANKS)
    expect(choice(page, HELPS_NOT)).to_have_attribute("aria-pressed", "true")
    expect(choice(page, HELPS)).to_have_attribute("aria-pressed", "false")
    assert focused(page) == HELPS_NOT
    choice(page, HELPS).click()
    expect(choice(page, HELPS)).to_have_attribute("aria-pressed", "false")
    assert server.metric("weerbaar_votes_total") == votes + 1
    assert server.metric("weerbaar_turns_total") == turns
    assert page.problems == []


def test_the_votes_can_be_seen_and_pressed_by_anybody(open_page):
    """Large enough to tap, without faults for axe, also in forced colours, where no colour says what was chosen."""
    page = open_page(viewport=PHONE, forced_colors="active")
    answer_to(page, CALM)
    for name in (HELPS, HELPS_NOT):
        assert choice(page, name).bounding_box()["height"] >= 44
    before = choice(page, HELPS).evaluate("node => getComputedStyle(node).borderTopWidth")
    choice(page, HELPS).click()
    expect(page.locator(".vote")).to_contain_text(THANKS)
    assert choice(page, HELPS).evaluate("node => getComputedStyle(node).borderTopWidth") != before
    assert violations(page) == []
    screenshot(page, "duim-contrast")
    light = open_page(viewport=PHONE)
    answer_to(light, CALM)
    screenshot(light, "duim")
    choice(light, HELPS).click()
    expect(light.locator(".vote")).to_contain_text(THANKS)
    screenshot(light, "duim-gegeven")


def test_nobody_in_need_is_asked(open_page):
    """Not below a handoff or the offer to call; and what stood below an earlier answer is gone."""
    page = open_page()
    answer_to(page, CALM)
    expect(page.locator(".vote")).to_have_count(1)
    for text in (WORRIED, SERIOUS, ACUTE, CALM):
        answer_to(page, text)
        expect(page.locator(".vote")).to_have_count(0)


def test_a_vote_that_was_not_counted_can_be_given_again(open_page, proxy):
    """The server was away for a moment."""
    page = open_page()
    answer_to(page, CALM)
    proxy.fault = "error"
    choice(page, HELPS).click()
    expect(page.locator(".vote")).to_contain_text("Dat lukte niet.")
    expect(choice(page, HELPS)).to_have_attribute("aria-pressed", "false")
    proxy.fault = ""
    choice(page, HELPS).click()
    expect(page.locator(".vote")).to_contain_text(THANKS)
    proxy.fault = "answers"
    proxy.canned = [b'{"messages": [{"text": "Zonder duim."}], "failure": false}']
    answer_to(page, "en nu?")
    expect(page.locator(".vote")).to_have_count(0)
