"""What is in sight, in reach and on paper: the chat on small screens, zoomed in, with large text, and its words."""

from __future__ import annotations

import re

import pytest
from browser import CHROMIUM, FLAGS, answer_to, screenshot, violations
from layout_pages import ACUTE, CALM, DESKTOP, LONG, SERIOUS, TEAM, TEAM_LINK, TEAM_SPACED, in_sight, open_chat, way_out
from layout_pages import host as host
from layout_pages import open_page as open_page
from playwright.sync_api import expect

SUICIDAL = "ik wil niet meer leven"

ROLES = ("Burgemeester", "Wethouder", "Raadslid", "Statenlid", "Iets anders")
PHONES = [(390, 664), (360, 640), (320, 568)]
ZOOMED = [(640, 400), (320, 256), (320, 200)]

LARGE_TEXT = "--blink-settings=defaultFontSize=32"


@pytest.fixture(scope="module")
def large_text(chromium):
    """A browser whose user chose letters of 32 pixels."""
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, LARGE_TEXT])
    yield browser
    browser.close()


# ---------------------------------------------------------------------------------------------------- cards


def test_each_text_of_a_card_belongs_to_its_number(open_page):
    """Who copies gets the number that the button names; the explanation says whom it is about."""
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    for text, numbers in ((SUICIDAL, ["113", "112", TEAM]), (ACUTE, ["112", TEAM]), (SERIOUS, [TEAM, "112"])):
        card = answer_to(page, text).locator(".card")
        copied = []
        for button in card.get_by_role("button", name="Kopieer").all():
            button.click()
            expect(card.locator(".copy")).to_contain_text("is gekopieerd")
            copied.append(page.evaluate("navigator.clipboard.readText()"))
            assert re.sub(r"\D", "", button.inner_text()) == re.sub(r"\D", "", copied[-1])
        assert copied == numbers
        expect(card.locator("summary")).to_have_text(f"Wat gebeurt er als u {TEAM_SPACED} belt?")
        team = card.locator(f'a.call[href="{TEAM_LINK}"]')
        expect(team).to_contain_text("Ondersteuningsteam")
    expect(page.locator(".bar").locator(f'a[href="{TEAM_LINK}"]')).to_contain_text("Ondersteuningsteam")


def test_without_a_clipboard_the_number_is_selected(open_page):
    """A browser may refuse, on plain http or by choice of the user."""
    page = open_page(permissions=[])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('nee')); }")
    card = answer_to(page, SUICIDAL).locator(".card")
    card.get_by_role("button", name="Kopieer 113").click()
    expect(card.locator(".copy p")).to_contain_text("Het nummer is geselecteerd: 113")


@pytest.mark.parametrize("text", [SERIOUS, ACUTE, SUICIDAL])
def test_a_serious_card_stands_before_the_words(open_page, text):
    """For the eye and for a screen reader."""
    page = open_page()
    answer = answer_to(page, text)
    order = answer.locator(".card, .bubble").evaluate_all("nodes => nodes.map(node => node.classList[0])")
    assert order == ["card", "bubble"]


# ---------------------------------------------------------------------------------------------------- what is in sight


@pytest.mark.parametrize("size", [*PHONES, DESKTOP])
@pytest.mark.parametrize("where", ["page", "host"])
def test_number_adviser_and_roles_are_in_sight(open_page, host, size, where):
    """Without scrolling, after a serious message; and the adviser after the role was chosen."""
    page = open_page(host("telefoon") if where == "host" else "", size)
    if where == "host":
        open_chat(page)
    in_sight(*way_out(page), page.get_by_label("Typ uw bericht"))
    answer = answer_to(page, SERIOUS)
    in_sight(*way_out(page), answer.locator(f'a.call[href="{TEAM_LINK}"]'), page.get_by_label("Typ uw bericht"))
    in_sight(*(page.get_by_role("button", name=role) for role in ROLES))
    screenshot(page, f"ernstig-{where}-{size[0]}x{size[1]}")
    page.get_by_role("button", name="Wethouder").click()
    in_sight(page.locator("li.bot").last.get_by_text("Vraag naar de adviseur van de Wethoudersvereniging"))
    told = answer_to(page, f"ik ben wethouder en {SERIOUS}").locator(".card")
    in_sight(told.locator(f'a.call[href="{TEAM_LINK}"]'), told.get_by_text("adviseur van de Wethoudersvereniging"))


@pytest.mark.parametrize("size", [*PHONES, DESKTOP])
@pytest.mark.parametrize("where", ["page", "host"])
def test_the_first_screen_fits(open_page, host, size, where):
    """Two sentences, starters, numbers and input; on a phone no heading above the panel takes their room."""
    page = open_page(host("begin") if where == "host" else "", size)
    if where == "host":
        open_chat(page)
    intro = page.locator(".intro > p").first.inner_text()
    assert len(re.findall(r"[.!?](?=\s|$)", intro)) == 2
    assert all(part in intro for part in ("computer, niet met een mens", "bewaren dit gesprek niet", TEAM))
    in_sight(*way_out(page), page.get_by_label("Typ uw bericht"))
    in_sight(*(page.get_by_role("button", name=name) for name in ("Ik word bedreigd", "Hoe doe ik aangifte?")))
    if size != DESKTOP:
        assert page.locator(".top").bounding_box()["y"] == 0
        assert page.locator(".log").bounding_box()["y"] <= 110


@pytest.mark.parametrize("size", ZOOMED)
def test_zoomed_in_the_card_is_scrolled_to(open_page, host, size):
    """A window of 1280 by 800 at 200 and 400 %: whole, with numbers and way out still there."""
    for address in ("", host("zoom")):
        page = open_page(address, size)
        if address:
            open_chat(page)
        in_sight(*way_out(page))
        card = answer_to(page, ACUTE).locator(".card")
        in_sight(*way_out(page), card.get_by_role("heading"), card.locator('a.call[href="tel:112"]'))
        if size[1] > 200:
            in_sight(page.get_by_label("Typ uw bericht"))
        screenshot(page, f"acuut-{size[0]}x{size[1]}")
        page.locator("li.bot .bubble").last.scroll_into_view_if_needed()
        in_sight(*way_out(page))


@pytest.mark.parametrize("size", [*PHONES, DESKTOP])
def test_large_text_pushes_nothing_off_the_screen(open_page, large_text, size):
    """Letters of 32 pixels."""
    page = open_page(size=size, browser=large_text)
    in_sight(*way_out(page), page.get_by_label("Typ uw bericht"))
    card = answer_to(page, ACUTE).locator(".card")
    in_sight(*way_out(page), card.locator('a.call[href="tel:112"]'), page.get_by_label("Typ uw bericht"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert card.locator("a").evaluate_all("links => links.every(link => link.scrollWidth <= link.clientWidth)")
    screenshot(page, f"groot-{size[0]}x{size[1]}")
    assert violations(page) == []


@pytest.mark.parametrize("size", [*PHONES, *ZOOMED, DESKTOP])
def test_axe_finds_nothing_at_any_size(open_page, host, size):
    """First screen, serious, adviser, acute, too long; closed with something unread."""
    page = open_page(host("axe-maat"), size)
    assert violations(page) == []
    open_chat(page)
    assert violations(page) == []
    answer_to(page, SERIOUS)
    assert violations(page) == []
    answer_to(page, "wethouder")
    answer_to(page, ACUTE)
    page.get_by_label("Typ uw bericht").fill("a" * 2_050)
    assert violations(page) == []
    assert page.problems == []


# ---------------------------------------------------------------------------------------------------- paper

PRINTED = """() => [...document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll("*")]
    .filter(node => node.checkVisibility() && !node.children.length && !node.closest(".hidden"))
    .map(node => node.textContent.trim()).filter(Boolean)"""


@pytest.mark.parametrize("size", [(390, 664), DESKTOP])
def test_printing_shows_at_most_the_numbers(open_page, host, size):
    """The page of the host as if there were no chat; of the stand-alone page the two numbers."""
    page = open_page(host("papier", LONG), size)
    page.emulate_media(media="print")
    assert page.evaluate(PRINTED) == []
    page.emulate_media(media="screen")
    open_chat(page)
    answer_to(page, SERIOUS)
    page.emulate_media(media="print")
    assert page.evaluate(PRINTED) == []
    page = open_page(size=size)
    answer_to(page, SERIOUS)
    page.emulate_media(media="print")
    printed = " ".join(page.evaluate(PRINTED))
    assert "112" in printed
    assert TEAM_SPACED in printed
    assert len(printed) < 80
    screenshot(page, f"papier-{size[0]}")


# ---------------------------------------------------------------------------------------------------- text


def test_what_the_user_writes_has_its_own_direction(open_page):
    """Arabic from right to left, in the field and in the log."""
    page = open_page()
    field = page.get_by_label("Typ uw bericht")
    field.fill("مرحبا 112.")
    assert field.evaluate("node => getComputedStyle(node).direction") == "rtl"
    answer_to(page, "مرحبا 112.")
    assert page.locator("li.mine .bubble").evaluate("node => getComputedStyle(node).direction") == "rtl"


# Words of the team's name that are cut in another place than between their parts, which are texts of their own.
BROKEN_ELSEWHERE = """() => {
    const root = document.querySelector("weerbaar-chat").shadowRoot;
    const broken = [];
    const walker = document.createTreeWalker(root.querySelector(".inner"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { data } = walker.currentNode;
        for (const { index, 0: word } of data.matchAll(/onder(?:steunings(?:team)?)?|^steunings|^team/giu)) {
            const range = new Range();
            range.setStart(walker.currentNode, index);
            range.setEnd(walker.currentNode, index + word.length);
            if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
        }
    }
    return broken;
}"""


@pytest.mark.parametrize("size_of_text", ["usual", "large"])
def test_long_words_are_broken_where_dutch_breaks_them(open_page, large_text, size_of_text):
    """'Ondersteunings-team', with a hyphen; and the hyphen is not part of the text."""
    page = open_page(size=(320, 568), browser=large_text if size_of_text == "large" else None)
    assert page.evaluate(BROKEN_ELSEWHERE) == []
    for text in (SERIOUS, CALM):
        answer_to(page, text)
        assert page.evaluate(BROKEN_ELSEWHERE) == []
    assert "\xad" not in page.locator(".log").inner_text()
    expect(page.locator(".card h3")).to_have_text("Bel het Ondersteuningsteam")


def test_no_translator_touches_a_number(open_page):
    """Each number that can be called stands in something with translate=no."""
    page = open_page()
    answer_to(page, SERIOUS)
    left = page.evaluate("""() => {
        const root = document.querySelector("weerbaar-chat").shadowRoot;
        const walker = document.createTreeWalker(root.querySelector(".inner"), NodeFilter.SHOW_TEXT);
        const left = [];
        while (walker.nextNode()) {
            const { data, parentElement } = walker.currentNode;
            if (/\\d{3}/.test(data) && !parentElement.closest("[translate=no], .hidden")) left.push(data);
        }
        return left;
    }""")
    assert left == []


def test_copied_text_is_the_text_alone(open_page):
    """A link that opens elsewhere says so to a screen reader only."""
    page = open_page()
    answer = answer_to(page, CALM)
    link = answer.get_by_role("link", name="www.weerbaarbestuur.nl")
    expect(link).to_have_accessible_description("opent in een nieuw venster")
    copied = answer.locator(".text").evaluate("""node => {
        getSelection().selectAllChildren(node);
        return getSelection().toString();
    }""")
    assert "www.weerbaarbestuur.nl" in copied
    assert "nieuw venster" not in copied


def test_the_warning_of_a_long_text_can_be_read(open_page):
    """As large as the text, bold, and in another colour than a hint."""
    page = open_page()
    field = page.get_by_label("Typ uw bericht")
    style = "node => { const s = getComputedStyle(node); return [parseFloat(s.fontSize), s.fontWeight, s.color]; }"
    field.fill("a" * 1_900)
    hint = page.locator("#counter").evaluate(style)
    field.fill("a" * 2_050)
    warning = page.locator("#counter").evaluate(style)
    expect(page.locator("#counter")).to_contain_text("50 tekens te lang")
    assert warning[0] >= 16
    assert warning[1] == "600"
    assert warning[2] != hint[2]
