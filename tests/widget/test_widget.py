"""The chat on a website, in a real browser, against the real assistant: conversations, cards, hosts, and the file."""

from __future__ import annotations

import gzip
import re
import subprocess

import httpx
import pytest
from browser import answer_to, screenshot, violations
from chat import ROOT
from playwright.sync_api import expect
from widget_pages import ACUTE, CALM, PHONE, SERIOUS, TEAM_LINK, WORRIED, numbers_are_visible
from widget_pages import host as host
from widget_pages import open_page as open_page

WIDGET = ROOT / "widget" / "weerbaar-chat.js"
MOST_BYTES = 20_000


def test_a_conversation_by_mouse(open_page):
    """On the stand-alone page: a question, a follow-up by button, a serious message, the adviser."""
    page = open_page()
    numbers_are_visible(page)
    expect(page.get_by_text("U praat met een computer")).to_be_visible()
    first = answer_to(page, CALM)
    expect(first.locator(".source")).to_contain_text("Veiligheidspakket")
    page.get_by_role("button", name="Zelfscan").click()
    expect(page.locator("li.bot").last.locator(".source")).to_contain_text("Woningscan en zelfscan")
    card = answer_to(page, SERIOUS).locator(".card")
    expect(card).to_contain_text("Bel het Ondersteuningsteam")
    expect(card.locator(f'a.call[href="{TEAM_LINK}"]')).to_be_visible()
    page.get_by_role("button", name="Wethouder").click()
    expect(page.locator("li.bot").last.locator(".card")).to_contain_text("Wethoudersvereniging")
    assert page.problems == []


@pytest.mark.parametrize(
    ("text", "look", "first", "heading"),
    [
        (ACUTE, "acuut", "tel:112", "Bel nu 112"),
        (SERIOUS, "ernstig", TEAM_LINK, "Bel het Ondersteuningsteam"),
        (WORRIED, "zorg", TEAM_LINK, "Wilt u erover praten?"),
        ("ik wil niet meer leven", "ernstig", "tel:113", "Praat nu met iemand"),
    ],
)
def test_the_call_card_fits_the_case(open_page, text, look, first, heading):
    """Its first number, its heading and its look; not by colour alone."""
    page = open_page(viewport=PHONE)
    answer_to(page, text)
    card = page.locator(".card").first
    expect(card).to_have_class(re.compile(look))
    expect(card.locator("a.call").first).to_have_attribute("href", first)
    expect(card.get_by_role("heading")).to_have_text(heading)
    expect(card.locator(f'a.call[href="{TEAM_LINK}"]')).to_have_count(1)
    assert violations(page) == []
    screenshot(page, f"kaart-{look}-{first.split(':')[1].strip('+')}")


def test_the_number_can_be_copied(open_page):
    """Also where the browser gives no clipboard: then it is selected."""
    page = open_page()
    answer_to(page, SERIOUS)
    page.get_by_role("button", name="Kopieer 070 - 373 83 14").click()
    expect(page.locator(".copy")).to_contain_text(re.compile("gekopieerd|geselecteerd"))


def test_closing_keeps_the_conversation(open_page, host):
    """'Sluit' is not 'Wis'."""
    page = open_page(host("sluit"))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, CALM)
    page.get_by_role("button", name="Sluit").click()
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    page.get_by_role("button", name="Hulp bij dreiging").click()
    expect(page.locator("li.mine")).to_have_count(1)


def test_two_widgets_and_a_hostile_host_do_no_harm(open_page, host):
    """The script twice, the element twice, and a style sheet that hides and shrinks everything."""
    hostile = """<style>* { all: unset !important; display: none !important; font-size: 1px !important }
        html, head, body, main { display: block !important } body * { color: white !important; z-index: 1 !important }
        weerbaar-chat { display: block !important; position: absolute !important; opacity: 1 }</style>"""
    twice = '<script src="/webhooks/web/widget.js" defer></script>' * 2
    page = open_page(host("vijandig", "<weerbaar-chat></weerbaar-chat>" * 2, head=hostile, script=twice))
    launcher = page.get_by_role("button", name="Hulp bij dreiging")
    expect(launcher).to_have_count(1)
    assert launcher.bounding_box()["height"] >= 44
    launcher.click()
    answer_to(page, SERIOUS)
    assert page.locator(".card a.call").first.bounding_box()["height"] >= 40
    assert page.problems == []


@pytest.mark.parametrize("length", [2_050, 70_000])
def test_a_text_that_is_too_long_is_read_for_danger(open_page, length):
    """The user hears by how much it is too long, sends it all the same, and gets the handoff before the request."""
    page = open_page()
    text = "De raad vergaderde en daarna was er koffie. " * 2_000
    text = text[: length - len(ACUTE) - 2].strip() + ". " + ACUTE
    page.get_by_label("Typ uw bericht").fill(text)
    expect(page.get_by_text("tekens te lang").first).to_be_visible()
    page.get_by_role("button", name="Stuur").click()
    expect(page.locator("li.bot .card.acuut")).to_be_visible(timeout=20_000)
    expect(page.locator("li.bot").last).to_contain_text("Stuurt u de rest in delen?")


def test_a_slash_is_text(open_page):
    """A command of Rasa does nothing."""
    page = open_page()
    answer_to(page, "ik ben raadslid")
    answer_to(page, "/restart")
    expect(answer_to(page, "welke adviseur hoort bij mij?")).to_contain_text("Raadsleden")


def test_the_page_works_inside_an_iframe_of_its_own_site(open_page, host):
    """For hosts that want the wall of another document."""
    page = open_page(host("kader", '<iframe src="/" title="Hulp bij dreiging" width="400" height="600"></iframe>'))
    frame = page.frame_locator("iframe")
    frame.get_by_label("Typ uw bericht").fill(SERIOUS)
    frame.get_by_role("button", name="Stuur").click()
    expect(frame.locator(".card")).to_be_visible(timeout=20_000)


def test_the_example_page_shows_the_chat(open_page, proxy):
    """widget/example.html, as a council would embed it."""
    folder = ROOT / "widget"
    style = (folder / "example.css").read_text(encoding="utf-8")
    proxy.pages["/host/example.css"] = (style, "text/css", {})
    html = (folder / "example.html").read_text(encoding="utf-8")
    assert 'data-server="http://localhost:5005/webhooks/web"' in html
    html = html.replace("http://localhost:5005", proxy.address)
    proxy.pages["/host/weerbaar-chat.js"] = (WIDGET.read_text(encoding="utf-8"), "text/javascript", {})
    page = open_page(proxy.host("voorbeeld", html), viewport={"width": 1200, "height": 760})
    assert violations(page) == []
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, CALM)
    # The picture of docs/embed.md shows what everybody gets: votes are off by default.
    page.locator(".vote").evaluate_all("found => found.forEach((vote) => vote.remove())")
    screenshot(page, "voorbeeld")
    assert violations(page) == []


def test_the_pictures_of_the_readme(open_page):
    """The first screen on a phone; `make screenshots` copies it to docs/images."""
    page = open_page(viewport=PHONE)
    numbers_are_visible(page)
    assert screenshot(page, "telefoon").stat().st_size > 10_000


def test_the_file_is_small(proxy):
    """Gzipped, as it travels: without comments and indentation, with all its code."""
    served = httpx.get(f"{proxy.target}/webhooks/web/widget.js").content
    assert len(gzip.compress(served, 9)) <= MOST_BYTES
    assert not re.search(rb"^ *(//|/\*\*?\n)", served, re.MULTILINE)


@pytest.mark.real
def test_the_modules_are_right_and_the_file_is_built_of_them():
    """Their types, ESLint, their unit tests, and whether the build makes the committed file, byte for byte."""
    run = subprocess.run(["npm", "test", "--silent"], cwd=ROOT / "widget", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
