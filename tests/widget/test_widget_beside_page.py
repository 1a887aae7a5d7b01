"""The chat beside the page of its host: touch and keys, the focus, banners, and the place of the button."""

from __future__ import annotations

import pytest
from browser import answer_to, screenshot
from layout_pages import CALM, DESKTOP, LONG, TITLE, in_sight, open_chat
from layout_pages import host as host
from layout_pages import open_page as open_page
from playwright.sync_api import Locator, Page, expect

TOUCH = {"has_touch": True, "is_mobile": True}


def swipe(page: Page, node: Locator) -> None:
    """Moves a finger from the top of the node towards the middle of the screen, and on."""
    box = node.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 20)
    way = 30 if y < page.viewport_size["height"] / 2 else -30
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + way * step}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)


def test_the_page_behind_the_chat_stands_still(open_page, host):
    """Wherever the finger starts; when the chat is closed the page scrolls as before."""
    style = "<style>html { overflow: auto !important }</style>"
    page = open_page(host("achter", LONG, style), (390, 664), **TOUCH)
    page.locator("html").evaluate("html => { html.style.overflow = 'scroll'; scrollTo(0, 1000); }")
    open_chat(page)
    for part in (".top h2", ".bar", ".compose label", ".log"):
        swipe(page, page.locator(part))
        assert page.evaluate("scrollY") == 1000, part
    page.get_by_role("button", name="Sluit").click()
    assert page.locator("html").get_attribute("style").strip() == "overflow: scroll;"
    swipe(page, page.get_by_role("button", name=TITLE))
    assert page.evaluate("scrollY") > 1100


def test_enter_on_a_touch_keyboard_makes_a_new_line(open_page):
    """Half a story is not sent; the button sends it."""
    page = open_page(size=(390, 664), **TOUCH)
    field = page.get_by_label("Typ uw bericht")
    field.press_sequentially("goede")
    field.press("Enter")
    field.press_sequentially("morgen")
    assert field.input_value() == "goede\nmorgen"
    assert page.locator("li.mine").count() == 0
    page.get_by_role("button", name="Stuur").click()
    expect(page.locator("li.bot").last).to_be_visible(timeout=20_000)


def test_enter_on_a_keyboard_sends(open_page):
    """And with Shift it makes a new line. A touch keyboard beside a mouse names no key."""
    page = open_page()
    field = page.get_by_label("Typ uw bericht")
    field.press_sequentially("goede")
    field.press("Shift+Enter")
    field.dispatch_event("keydown", {"key": "Enter", "code": "", "bubbles": True, "cancelable": True})
    assert page.locator("li.mine").count() == 0
    field.press_sequentially("morgen")
    field.press("Enter")
    expect(page.locator("li.mine")).to_contain_text("morgen")


def test_a_tap_leaves_no_hover_behind(open_page):
    """A button that stays underlined after a tap looks chosen."""
    page = open_page(size=(390, 664), **TOUCH)
    page.get_by_text("Goed om te weten").tap()
    button = page.get_by_role("button", name="Wis gesprek")
    button.tap()
    assert button.evaluate("node => getComputedStyle(node).textDecorationLine") == "none"


# ---------------------------------------------------------------------------------------------------- the host

LINKS = "".join(f'<p style="text-align: right"><a href="#{number}">Link {number}</a></p>' for number in range(30))

COVERED = """() => {
    const { left, right, top, bottom } = document.activeElement.getBoundingClientRect();
    const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return found !== document.activeElement;
}"""


@pytest.mark.parametrize("data", ["", 'data-place="left"'])
def test_the_focus_of_the_page_stays_in_sight(open_page, host, data):
    """WCAG 2.4.11, with the panel open, along links at both edges."""
    page = open_page(host("focus-onder", LINKS + LINKS.replace("right", "left"), data=data))
    open_chat(page)
    page.locator("h1").click()
    seen = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.localName") != "a":
            break
        assert not page.evaluate(COVERED)
        seen += 1
    assert seen >= 59
    expect(page.get_by_label("Typ uw bericht")).to_be_visible()


def test_a_wide_thing_below_the_panel_closes_it(open_page, host):
    """There is no room for the two; the conversation stays and the focus is not taken."""
    wide = '<button style="position: fixed; right: 0; bottom: 60px; width: 640px; height: 40px">Breed</button>'
    page = open_page(host("breed", wide), (680, 800))
    open_chat(page)
    answer_to(page, CALM)
    page.get_by_role("button", name="Breed").focus()
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Breed"
    assert not page.evaluate(COVERED)


def test_escape_closes_the_panel_from_anywhere(open_page, host):
    """And leaves the focus where it was on the page."""
    page = open_page(host("esc", LINKS))
    open_chat(page)
    page.locator("a").first.focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Link 0"


COOKIES = """<div style="position: fixed; inset: auto 0 0 0; padding: 1em; background: #ddd; text-align: right">
    Deze site gebruikt cookies. <button onclick="this.parentNode.remove()">Akkoord</button></div>"""


@pytest.mark.parametrize("size", [(390, 664), DESKTOP])
def test_the_launcher_makes_room_for_a_cookie_banner(open_page, host, size):
    """Also for one that comes later; afterwards it is back in its place."""
    page = open_page(host("koekjes", LONG), size)
    launcher = page.get_by_role("button", name=TITLE)
    place = launcher.bounding_box()
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", COOKIES)
    page.wait_for_timeout(500)
    agree = page.get_by_role("button", name="Akkoord")
    in_sight(launcher, agree)
    screenshot(page, f"koekjes-{size[0]}")
    agree.click(timeout=2000)
    page.wait_for_timeout(500)
    assert launcher.bounding_box() == place


def test_the_launcher_stays_under_the_mouse_that_presses_it(open_page, host):
    """What comes in the meantime has to wait, or the click goes astray. Let go elsewhere, it makes room after all."""
    page = open_page(host("ingedrukt", LONG))
    page.wait_for_timeout(500)
    launcher = page.get_by_role("button", name=TITLE)
    place = launcher.bounding_box()
    launcher.hover()
    page.mouse.down()
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", COOKIES)
    page.wait_for_timeout(500)
    assert launcher.bounding_box() == place
    page.mouse.up()
    expect(page.get_by_label("Typ uw bericht")).to_be_visible()
    page.get_by_role("button", name="Sluit").click()
    page.get_by_role("button", name="Akkoord").click()
    page.wait_for_timeout(500)
    launcher.hover()
    page.mouse.down()
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", COOKIES)
    page.mouse.move(300, 300)
    page.mouse.up()
    page.wait_for_timeout(800)
    in_sight(launcher, page.get_by_role("button", name="Akkoord"))
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()


@pytest.mark.parametrize("press", ["click", "tap"])
def test_the_launcher_opens_from_where_it_made_room_for_the_focus(open_page, host, press):
    """Pressing it takes the focus from the link below it, so that it may go back; not before the click."""
    page = open_page(host("terug", LINKS + LINKS), has_touch=press == "tap")
    launcher = page.get_by_role("button", name=TITLE)
    place = launcher.bounding_box()
    below = """({y, height}) => [...document.links].find(link => {
        const { top, bottom } = link.getBoundingClientRect();
        return bottom > y + height / 2 && top < y + height;
    }).focus({ preventScroll: true })"""
    page.evaluate(below, place)
    page.wait_for_timeout(500)
    assert launcher.bounding_box()["y"] < place["y"] - place["height"] / 2
    getattr(launcher, press)()
    expect(page.get_by_label("Typ uw bericht")).to_be_visible()


def test_the_last_link_of_a_page_is_in_reach(open_page, host):
    """Where the page cannot be scrolled further the launcher goes up; and for what has the focus."""
    page = open_page(host("einde", LONG + '<p style="text-align: right"><a href="#x">Onderaan</a></p>'))
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(500)
    page.get_by_role("link", name="Onderaan").click(timeout=2000)
    in_sight(page.get_by_role("button", name=TITLE))


def test_the_place_of_the_launcher_can_be_set(open_page, host):
    """Left or right by attribute, how high by the style sheet of the host."""
    head = "<style>weerbaar-chat { --weerbaar-chat-bottom: 120px }</style>"
    page = open_page(host("plaats", head=head, data='data-place="left"'))
    box = page.get_by_role("button", name=TITLE).bounding_box()
    assert box["x"] == 16
    assert box["y"] + box["height"] == DESKTOP[1] - 120
    open_chat(page)
    assert page.locator(".panel").bounding_box()["x"] == 16
