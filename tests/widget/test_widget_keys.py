"""The keys Escape and Shift in the chat and around it."""

from __future__ import annotations

import time

import pytest
from browser import answer_to
from lifecycle_pages import CALM, PHONE, SERIOUS, TAG, asked_for, is_known, open_chat, token_of, wait_until
from lifecycle_pages import host as host
from lifecycle_pages import open_page as open_page
from playwright.sync_api import Page, expect


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["beside", "modal"])
def test_escape_in_the_text_field_does_nothing(open_page, host, viewport):
    """Screen readers leave their forms mode by it."""
    page = open_page(host("esc"), viewport=viewport)
    open_chat(page)
    answer_to(page, CALM)
    page.get_by_label("Typ uw bericht").fill("ik ben nog bezig")
    for _ in range(4):
        page.keyboard.press("Escape")
    time.sleep(0.5)
    assert page.url.endswith("/host/esc")
    expect(page.get_by_label("Typ uw bericht")).to_have_value("ik ben nog bezig")
    expect(page.locator("li.mine")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    open_chat(page)
    expect(page.get_by_label("Typ uw bericht")).to_have_value("ik ben nog bezig")
    expect(page.locator("li.mine")).to_have_count(1)


def test_escape_closes_from_the_page_but_not_from_its_fields_and_layers(open_page, host):
    """And it leaves the focus where it was."""
    body = """<p><a href="#a" id="link">Verder</a> <input aria-label="Zoek">
        <button onclick="document.querySelector('dialog').showModal()">Cookies</button></p>
        <dialog><button>Goed</button></dialog>"""
    page = open_page(host("esc-elders", body))
    open_chat(page)
    field = page.get_by_label("Typ uw bericht")
    page.get_by_label("Zoek").press("Escape")
    expect(field).to_be_visible()
    page.get_by_role("button", name="Cookies").click()
    page.keyboard.press("Escape")
    expect(page.locator("dialog").first).to_be_hidden()
    expect(field).to_be_visible()
    page.locator("#link").press("Escape")
    expect(field).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "link"


def press_shift(page: Page, times: int) -> None:
    """Presses Shift and lets it go, quickly."""
    for _ in range(times):
        page.keyboard.press("Shift")


@pytest.mark.parametrize("where", ["Typ uw bericht", "page"])
def test_shift_three_times_leaves(open_page, host, proxy, where):
    """From the text field and from the host's page."""
    page = open_page(host("shift"))
    open_chat(page)
    answer_to(page, SERIOUS)
    token = token_of(page)
    if where == "page":
        page.get_by_role("heading", name="shift").click()
    else:
        page.get_by_label(where).focus()
    press_shift(page, 3)
    page.wait_for_url("**/host/neutraal")
    wait_until(lambda: asked_for(proxy, "POST", "/webhooks/web/session/end"))
    wait_until(lambda: not is_known(proxy, token))


def test_writing_with_shift_does_not_leave(open_page, host):
    """Capitals, shortcuts, a selection by mouse, slow presses, other keys between; nor before the chat was used."""
    page = open_page(host("hoofdletters"))
    press_shift(page, 4)
    open_chat(page)
    field = page.get_by_label("Typ uw bericht")
    field.focus()
    for key in ("Shift+A", "Shift+B", "Shift+C", "Shift+ArrowLeft", "Control+Shift+ArrowLeft", "Alt+Shift+1"):
        page.keyboard.press(key)
    for _ in range(3):
        page.keyboard.press("Shift")
        page.keyboard.press("d")
    for _ in range(3):
        page.keyboard.down("Shift")
        page.mouse.click(300, 200)
        page.keyboard.up("Shift")
    for _ in range(3):
        page.keyboard.press("Shift")
        time.sleep(1.1)
    time.sleep(0.5)
    assert page.url.endswith("/host/hoofdletters")


def test_the_first_screen_names_the_key_and_a_host_can_switch_it_off(open_page, host):
    """The button stays."""
    page = open_page(host("toets"))
    open_chat(page)
    expect(page.get_by_text("drie keer snel op de toets Shift")).to_be_visible()
    assert "Esc" not in page.locator(".intro").inner_text()
    page = open_page(host("geen-toets", head=TAG.replace("data-exit-url", 'data-exit-key="off" data-exit-url')))
    open_chat(page)
    expect(page.get_by_text("drie keer snel op de toets Shift")).to_have_count(0)
    press_shift(page, 4)
    time.sleep(0.5)
    assert page.url.endswith("/host/geen-toets")
    page.get_by_role("button", name="Snel weg").click()
    page.wait_for_url("**/host/neutraal")
