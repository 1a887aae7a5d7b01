"""What is in sight, in reach and on paper: the chat on small screens, zoomed in, with large text, by touch, by key."""
from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import pytest
from browser import CHROMIUM, FLAGS, Proxy, answer_to, screenshot, violations
from chat import ROOT
from playwright.sync_api import Locator, Page, expect

TEAM, TEAM_SPACED, TEAM_LINK = "070-3738314", "070 - 373 83 14", "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
ACUTE = "er staat nu een man met een mes voor mijn deur"
SUICIDAL = "ik wil niet meer leven"
CALM = "wat is een woningscan?"
ROLES = ("Burgemeester", "Wethouder", "Raadslid", "Statenlid", "Iets anders")
PHONES = [(390, 664), (360, 640), (320, 568)]
ZOOMED = [(640, 400), (320, 256), (320, 200)]
DESKTOP = (1280, 800)
LARGE_TEXT = "--blink-settings=defaultFontSize=32"
TITLE = "Hulp bij dreiging"


@pytest.fixture(scope="module")
def large_text(chromium):
    """A browser whose user chose letters of 32 pixels."""
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, LARGE_TEXT])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def proxy(server):
    """The site on which the chat stands; it passes on what is for the assistant."""
    proxy = Proxy(server.root)
    yield proxy
    proxy.down()


@pytest.fixture
def open_page(chromium, proxy):
    """Opens a page in a context of its own; `address` is that of a host, or nothing for the stand-alone page."""
    contexts = []

    def opened(address: str = "", size: tuple = DESKTOP, browser=None, **settings) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = (browser or chromium).new_context(locale="nl-NL", viewport=viewport, **settings)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(address or proxy.address)
        return page

    proxy.fault, proxy.requests[:] = "", []
    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def host(proxy):
    """The address of a host page with the chat in one tag; `data` are attributes of the tag."""

    def served(name: str, body: str = "", head: str = "", data: str = "") -> str:
        return proxy.host(
            name,
            f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><title>Gemeente</title>{head}'
            f'<script src="/webhooks/web/widget.js" {data} defer></script></head>'
            f"<body><main><h1>Gemeente</h1><p>Welkom</p>{body}</main></body></html>",
        )

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


@contextmanager
def slow_site() -> Iterator[str]:
    """A website that takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


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


# ---------------------------------------------------------------------------------------------------- never missed

WATCH = """() => {
    const root = document.querySelector("weerbaar-chat").shadowRoot;
    window.heard = [];
    for (const region of root.querySelectorAll("[aria-live=polite], [aria-live=assertive]")) {
        new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
            const silent = !region.checkVisibility({ visibilityProperty: true });
            window.heard.push([region.getAttribute("aria-live"), silent ? "" : node.textContent]);
        }))).observe(region, {childList: true});
    }
}"""


@pytest.mark.parametrize("size", [(390, 664), (320, 200), DESKTOP])
def test_an_answer_to_a_closed_panel_is_not_missed(open_page, host, proxy, size):
    """The launcher tells of it, a screen reader says it at once, and it is what is seen on opening."""
    page = open_page(host("ongelezen"), size)
    open_chat(page)
    answer_to(page, CALM)
    page.evaluate(WATCH)
    proxy.fault = "slow"
    page.get_by_label("Typ uw bericht").fill(ACUTE)
    page.get_by_role("button", name="Stuur").click()
    page.get_by_role("button", name="Sluit").click()
    launcher = page.get_by_role("button", name=TITLE)
    expect(launcher).to_have_accessible_name(f"{TITLE} 1 nieuw antwoord", timeout=20_000)
    in_sight(launcher)
    assert violations(page) == []
    screenshot(page, f"ongelezen-{size[0]}x{size[1]}")
    assert ["assertive", "1 nieuw antwoord. Bel nu 112"] in page.evaluate("heard")
    launcher.click()
    card = page.locator(".card")
    in_sight(*way_out(page), card.get_by_role("heading"), card.locator('a.call[href="tel:112"]'))
    assert page.evaluate("document.querySelector('weerbaar-chat').shadowRoot.activeElement.matches('li.bot')")
    page.get_by_role("button", name="Sluit").click()
    expect(launcher).to_have_accessible_name(TITLE)


def test_a_failure_of_a_closed_panel_is_not_missed(open_page, host, proxy):
    """With the number, also for the ear."""
    page = open_page(host("ongelezen-storing"))
    open_chat(page)
    page.evaluate(WATCH)
    proxy.fault = "slow"
    page.get_by_label("Typ uw bericht").fill(SERIOUS)
    page.get_by_role("button", name="Stuur").click()
    page.get_by_role("button", name="Sluit").click()
    proxy.fault = "error"
    launcher = page.get_by_role("button", name="1 nieuw antwoord")
    launcher.wait_for(timeout=20_000)
    assert any(way == "assertive" and TEAM in text for way, text in page.evaluate("heard"))
    launcher.click()
    in_sight(page.locator(".failure").get_by_role("heading"))


def test_an_acute_answer_interrupts_and_is_scrolled_to(open_page, proxy):
    """Also when the user has scrolled up, reading."""
    page = open_page(size=(390, 664))
    answer_to(page, CALM)
    answer_to(page, SERIOUS)
    page.evaluate(WATCH)
    proxy.fault = "slow"
    page.get_by_label("Typ uw bericht").fill(ACUTE)
    page.get_by_role("button", name="Stuur").click()
    page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
    card = page.locator("li.bot").last.locator(".card.acuut")
    card.wait_for(timeout=20_000)
    in_sight(card.locator('a.call[href="tel:112"]'))
    assert [text for way, text in page.evaluate("heard") if way == "assertive"][0].startswith("Bel nu 112.")


def test_a_closed_panel_opens_where_it_was_left(open_page, host):
    """The last answer, not the first screen; also when the window turns from wide to narrow."""
    page = open_page(host("terug"))
    open_chat(page)
    answer_to(page, CALM)
    answer_to(page, SERIOUS)
    call = page.locator(f'.card a.call[href="{TEAM_LINK}"]')
    page.get_by_role("button", name="Sluit").click()
    open_chat(page)
    in_sight(call)
    page.set_viewport_size({"width": 390, "height": 664})
    in_sight(call)


# ---------------------------------------------------------------------------------------------------- leaving


# Tells the site again and again what the tab is called, what was read out, and how much of the conversation is left.
TELL = """<script>setInterval(() => {
    const part = frames[0] ?? window;
    const left = part.document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll(".mine").length;
    fetch("/told/" + encodeURIComponent(JSON.stringify([document.title, part.heard ?? [], left])));
}, 100)</script>"""


def last_told(proxy: Proxy) -> list:
    """Returns what the page told last."""
    return [json.loads(unquote(path)[6:]) for _, path in proxy.requests if path.startswith("/told/")][-1]


@pytest.mark.parametrize("where", ["host", "frame"])
def test_leaving_for_a_slow_site_is_announced_and_leaves_no_name(open_page, host, proxy, where):
    """While nothing of the next page is there: the tab has another name at once, also that of a page around a frame."""
    with slow_site() as elsewhere:
        frame = '<iframe src="/" title="Hulp" width="400" height="600"></iframe>' if where == "frame" else ""
        page = open_page(host("weg-traag", frame, TELL, f'data-exit-url="{elsewhere}"'))
        chat = page.frames[-1]
        if where == "frame":
            chat.locator("weerbaar-chat").evaluate("(chat, url) => chat.setAttribute('exit-url', url)", elsewhere)
        else:
            open_chat(page)
        chat.get_by_label("Typ uw bericht").fill(CALM)
        chat.get_by_role("button", name="Stuur").click()
        expect(chat.locator("li.bot").last).to_be_visible(timeout=20_000)
        chat.evaluate(WATCH)
        chat.get_by_role("button", name="Snel weg").click(no_wait_after=True)
        # Not asked of the page: Playwright would wait for the next one.
        said, deadline = ["127.0.0.1", [["assertive", "U verlaat deze pagina."]], 0], time.monotonic() + 15
        while (told := last_told(proxy)) != said and time.monotonic() < deadline:
            time.sleep(0.1)
    assert told == said


def test_the_title_of_the_page_is_neutral(open_page):
    """It stands in the tab, the history and the list of windows."""
    page = open_page()
    expect(page).to_have_title("Vragen en antwoorden")
    unavailable = (ROOT / "deploy" / "unavailable.html").read_text(encoding="utf-8")
    assert "<title>Vragen en antwoorden</title>" in unavailable


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


# ---------------------------------------------------------------------------------------------------- touch

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
