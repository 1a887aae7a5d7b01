"""The chat through time and on other hosts: old browsers, modules, pages that replace their body, the session's end."""
from __future__ import annotations

import json
import re
import subprocess
import time

import httpx
import pytest
from browser import Proxy, answer_to, say, screenshot, violations
from chat import ROOT
from playwright.sync_api import Page, expect

WIDGET = ROOT / "widget"
# What integrators read.
EMBEDDING = ROOT / "docs" / "embed.md"
TURBO = WIDGET / "node_modules" / "@hotwired" / "turbo" / "dist" / "turbo.es2017-umd.js"
HTMX = WIDGET / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
TEAM_LINK = "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
WORRIED = "ik voel me de laatste tijd niet veilig maar er is niets gebeurd"
CALM = "wat is een woningscan?"
TAG = '<script src="/webhooks/web/widget.js" data-exit-url="/host/neutraal" defer></script>'
LAUNCHER = "Hulp bij dreiging"
MINUTE = 60_000
PHONE = {"width": 390, "height": 664}


@pytest.fixture(scope="module")
def proxy(server):
    """Serves the pages of host sites, and the assistant at the same origin."""
    proxy = Proxy(server.address.split("/webhooks/")[0])
    proxy.host("neutraal", "<!doctype html><title>Neutraal</title><p>Het weer van vandaag")
    yield proxy
    proxy.down()


@pytest.fixture
def open_page(chromium, proxy):
    """Opens pages in contexts of their own, and closes them; collects what went wrong and what the console says."""
    contexts = []

    def opened(address: str = "", before: str = "", clock: bool = False, **settings) -> Page:
        context = chromium.new_context(locale="nl-NL", **settings)
        contexts.append(context)
        page = context.new_page()
        page.problems, page.lines, page.tokens = [], [], []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: page.lines.append(line.text))
        page.on("request", lambda request: page.tokens.append(request.headers.get("authorization")))
        if before:
            page.add_init_script(before)
        if clock:
            page.clock.install()
        page.goto(address or proxy.address)
        return page

    proxy.fault, proxy.requests[:] = "", []
    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def host(proxy):
    """The address of a page of a host site with this in its head and body."""

    def served(name: str, body: str = "", head: str = TAG, **headers: str) -> str:
        return proxy.host(
            name,
            f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><title>{name}</title>{head}</head>'
            f"<body><main><h1>{name}</h1>{body}</main></body></html>",
            **headers,
        )

    return served


def open_chat(page: Page) -> None:
    """Presses the button at the bottom right."""
    page.get_by_role("button", name=LAUNCHER).click()


def is_known(proxy: Proxy, token: str) -> bool:
    """Says whether the server still has the conversation of a token, as the header has it."""
    web, headers = f"{proxy.target}/webhooks/web/message", {"Authorization": token}
    return httpx.post(web, json={"text": "hallo"}, headers=headers, timeout=30).status_code != 401


def token_of(page: Page) -> str:
    """Returns the last token that the page sent."""
    return [token for token in page.tokens if token][-1]


def asked_for(proxy: Proxy, method: str, path: str) -> int:
    """Returns how often the server was asked for this, since the page of this test was opened."""
    return proxy.requests.count((method, path))


def wait_until(condition, seconds: float = 10) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to this"
        time.sleep(0.05)


# ------------------------------------------------------------------------------------------------------ network


OFFLINE = "Object.defineProperty(Navigator.prototype, 'onLine', {get: () => false})"


def test_a_browser_that_wrongly_says_offline_still_sends(open_page):
    """Laptops with a VPN say so all day."""
    page = open_page(before=OFFLINE)
    assert page.evaluate("navigator.onLine") is False
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible()


def test_without_a_network_the_failure_says_so(open_page, proxy):
    """Only the words change by what the browser says of itself."""
    page = open_page(before=OFFLINE)
    answer_to(page, "goedemorgen")
    proxy.down()
    try:
        say(page, SERIOUS)
        expect(page.locator(".failure")).to_contain_text("Misschien bent u offline")
    finally:
        proxy.up()
    page.get_by_role("button", name="Opnieuw proberen").click()
    expect(page.locator(".card")).to_be_visible(timeout=20_000)


# ------------------------------------------------------------------------------------------------------ old browsers


# What the file uses and the oldest browsers of docs/embed.md do not have, as the code that takes it away.
NEWER = {
    "AbortSignal.timeout": "delete AbortSignal.timeout; delete AbortSignal.any",
    "dialog": "for (const name of ['show', 'showModal', 'close', 'requestClose', 'open', 'returnValue'])"
    " delete HTMLDialogElement.prototype[name]",
    "CSSStyleSheet": "delete CSSStyleSheet.prototype.replaceSync; delete CSSStyleSheet.prototype.replace;"
    "delete Document.prototype.adoptedStyleSheets; delete ShadowRoot.prototype.adoptedStyleSheets",
    "keepalive": "delete Request.prototype.keepalive",
    "popover": "delete HTMLElement.prototype.showPopover; delete HTMLElement.prototype.popover",
    "visualViewport": "delete window.visualViewport",
    "clipboard": "delete Navigator.prototype.clipboard",
    "ES2022": "delete Array.prototype.at; delete Object.hasOwn; delete Array.prototype.findLast",
}


@pytest.mark.parametrize("missing", [*NEWER, "all"])
def test_an_old_browser_can_do_all_that_matters(open_page, host, proxy, missing):
    """Open, ask, see the card, copy, wipe on the server, close, open, leave."""
    before = ";".join(NEWER.values()) if missing == "all" else NEWER[missing]
    page = open_page(host("oud"), before=before, viewport=PHONE)
    open_chat(page)
    answer_to(page, SERIOUS)
    for link in ("tel:112", TEAM_LINK):
        expect(page.locator(f'a[href="{link}"]:visible').first).to_be_in_viewport()
    assert page.locator("weerbaar-chat .root").evaluate("node => getComputedStyle(node).display") == "block"
    box = page.locator(".panel").bounding_box()
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"]), "the panel does not fill the phone"
    page.locator(".card .copy button").first.click()
    expect(page.locator(".copy").first).to_contain_text(re.compile("gekopieerd|geselecteerd"))
    token = token_of(page)
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible()
    assert not is_known(proxy, token)
    page.get_by_role("button", name="Sluit").click()
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    open_chat(page)
    answer_to(page, CALM)
    token = token_of(page)
    page.get_by_role("button", name="Snel weg").click()
    page.wait_for_url("**/host/neutraal")
    wait_until(lambda: asked_for(proxy, "POST", "/webhooks/web/session/end"))
    wait_until(lambda: not is_known(proxy, token))
    assert page.problems == []


def test_a_panel_that_the_browser_closes_by_itself_leaves_the_button(open_page, host):
    """Android's Back closes a dialog without asking when the user has touched nothing."""
    page = open_page(host("terug", head=TAG.replace("data-exit", "data-open data-exit")), viewport=PHONE)
    expect(page.get_by_label("Typ uw bericht")).to_be_visible()
    page.evaluate("document.querySelector('weerbaar-chat').shadowRoot.querySelector('dialog').close()")
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible()


# ------------------------------------------------------------------------------------------------------ keys


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


# ------------------------------------------------------------------------------------------------------ loading


def test_a_module_tag_keeps_its_attributes_and_its_server(open_page, host):
    """The same tag with type=module, from the server of the assistant."""
    page = open_page(host("module", head=TAG.replace(" defer", ' type="module" data-label="Hulplijn"')))
    page.get_by_role("button", name="Hulplijn").click()
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()
    page.get_by_role("button", name="Snel weg").click()
    page.wait_for_url("**/host/neutraal")
    assert page.problems == []


def test_a_module_tag_on_another_path_takes_the_server_that_it_names(open_page, host, proxy):
    """A copy of the file on the host's own site."""
    proxy.pages["/host/js/weerbaar-chat.js"] = ((WIDGET / "weerbaar-chat.js").read_text("utf-8"), "text/javascript", {})
    tag = '<script type="module" src="/host/js/weerbaar-chat.js" data-server="/webhooks/web"></script>'
    page = open_page(host("module-kopie", head=tag))
    open_chat(page)
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()
    assert page.lines == []


def test_import_gives_the_element_and_knows_the_server(open_page, host):
    """import() does not put a chat on the page; the host does."""
    late = """<script type="module">
        await import("/webhooks/web/widget.js");
        document.querySelector("main").append(document.createElement("weerbaar-chat"));</script>"""
    page = open_page(host("import", head=late))
    open_chat(page)
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()
    assert page.problems == []


@pytest.mark.parametrize("kind", ["module", "classic"])
def test_in_a_bundle_the_console_says_that_the_server_is_missing(open_page, host, proxy, kind):
    """And with the attribute it works; without it the numbers are there, and the text."""
    bundle = "const own = 1;\n" + (WIDGET / "weerbaar-chat.js").read_text("utf-8") + "\nwindow.own = own;"
    proxy.pages["/host/assets/app-1a2b.js"] = (bundle, "text/javascript", {})
    tag = f'<script src="/host/assets/app-1a2b.js" {"type=module" if kind == "module" else "defer"}></script>'
    page = open_page(host("bundel", "<weerbaar-chat></weerbaar-chat>", head=tag))
    wait_until(lambda: page.lines)
    assert 'set the attribute server="' in page.lines[0]
    open_chat(page)
    say(page, SERIOUS)
    expect(page.locator(".failure")).to_be_visible(timeout=20_000)
    page.evaluate("document.querySelector('weerbaar-chat').setAttribute('server', '/webhooks/web')")
    page.get_by_role("button", name="Opnieuw proberen").click()
    expect(page.locator(".card")).to_be_visible(timeout=20_000)
    page = open_page(host("bundel-goed", '<weerbaar-chat server="/webhooks/web"></weerbaar-chat>', head=tag))
    open_chat(page)
    answer_to(page, CALM)
    assert page.lines == []


def test_a_module_without_an_element_says_what_to_do(open_page, host):
    """Nothing on the page and nothing in the console would look like a fault."""
    page = open_page(host("leeg", head='<script type="module">import "/webhooks/web/widget.js"</script>'))
    wait_until(lambda: page.lines)
    assert "Put it on the page yourself" in page.lines[0]
    assert page.locator("weerbaar-chat").count() == 0


def test_it_can_be_imported_where_there_is_no_window(tmp_path):
    """By a framework that renders on a server."""
    code = f"await import({json.dumps((WIDGET / 'weerbaar-chat.js').as_uri())}); console.log('ja')"
    run = subprocess.run(
        ["node", "--input-type=module", "-e", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert run.stdout.strip() == "ja", run.stderr


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
    page = open_page(host("router", "<weerbaar-chat open></weerbaar-chat>", head='<script>window.x = 1</script>'))
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
    page.route("**/webhooks/web/session", lambda route: held.append(route))
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


# ------------------------------------------------------------------------------------------------------ the element


LISTEN = """() => {
    window.heard = [];
    for (const name of ["open", "close", "doorverwijzing", "gewist"]) {
        document.addEventListener(name, event => heard.push([name, event.detail, event.target.localName]), true);
    }
}"""


def test_events_tell_the_host_what_happens_and_no_word_of_the_user(open_page, host):
    """open, close, doorverwijzing with severity and adviser, gewist."""
    page = open_page(host("gebeurtenissen"))
    page.evaluate(LISTEN)
    open_chat(page)
    answer_to(page, CALM)
    answer_to(page, "ik ben wethouder. " + SERIOUS)
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible()
    page.get_by_role("button", name="Sluit").click()
    heard = page.evaluate("heard")
    assert {where for _, _, where in heard} == {"weerbaar-chat"}
    names = [name for name, _, _ in heard]
    assert names[0] == "open" and names[-2:] == ["gewist", "close"]
    handoffs = [detail for name, detail, _ in heard if name == "doorverwijzing"]
    assert {"ernst": "ernstig", "adviseur": "Wethoudersvereniging"} in handoffs, handoffs
    assert all(set(detail) == {"ernst", "adviseur"} for detail in handoffs)
    assert heard[-2][1] == {"server": True}
    assert not re.search("dreigbrief|kinderen|woningscan", json.dumps(heard))


def test_a_listener_that_fails_or_waits_does_not_stand_in_the_way(open_page, host):
    """Of leaving above all: no event is sent then."""
    page = open_page(host("luisteraar"))
    page.evaluate("""() => { for (const name of ["open", "close", "doorverwijzing", "gewist"])
        document.addEventListener(name, () => { throw new Error("host") }, true); }""")
    open_chat(page)
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()
    page.evaluate("""() => document.addEventListener("close", () => {
        const end = Date.now() + 60000; while (Date.now() < end); }, true)""")
    page.get_by_role("button", name="Snel weg").click()
    page.wait_for_url("**/host/neutraal", timeout=10_000)


def test_attributes_count_when_they_change(open_page, host, proxy):
    """Name, logo, contact, open; without losing the conversation."""
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9H0z"/></svg>'
    proxy.pages["/host/logo.svg"] = (logo, "image/svg+xml", {})
    page = open_page(host("eigen"))
    chat = page.locator("weerbaar-chat")
    set_attribute = """(node, [name, value]) =>
        value === null ? node.removeAttribute(name) : node.setAttribute(name, value)"""

    def change(name: str, value: "str | None") -> None:
        chat.evaluate(set_attribute, [name, value])

    change("label", "Hulp van Voorbeelddam")
    change("contact", "Griffie van Voorbeelddam: 012 - 345 67 89 of griffie@voorbeelddam.example")
    change("logo", "/host/logo.svg")
    change("open", "")
    expect(page.get_by_role("heading", name="Hulp van Voorbeelddam")).to_be_visible()
    expect(page.get_by_role("link", name="012 - 345 67 89")).to_have_attribute("href", "tel:+31123456789")
    expect(page.get_by_role("link", name="griffie@voorbeelddam.example")).to_be_visible()
    expect(page.locator(".logo")).to_be_visible()
    assert page.locator(".logo").evaluate("node => node.naturalWidth > 0")
    assert violations(page) == []
    screenshot(page, "eigen-naam")
    answer_to(page, CALM)
    change("logo", "/host/weg.svg")
    expect(page.locator(".logo")).to_have_count(0)
    change("logo", "javascript:window.hacked=1")
    expect(page.locator(".logo")).to_have_count(0)
    change("label", None)
    expect(page.get_by_role("heading", name=LAUNCHER)).to_be_visible()
    change("open", None)
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    chat.evaluate("node => { node.open = true }")
    expect(page.locator("li.mine")).to_have_count(1)
    page.get_by_role("button", name="Sluit").click()
    assert chat.evaluate("node => [node.open, node.hasAttribute('open')]") == [False, False]
    chat.evaluate("node => node.show()")
    assert chat.evaluate("node => node.hasAttribute('open')")


def test_the_parts_that_are_documented_can_be_styled(open_page, host):
    """And the numbers cannot: they look the same on every site."""
    listed = re.search(r"parts? \(`::part\(…\)`\)[^:]*: (?P<names>[^.]+)\.", EMBEDDING.read_text("utf-8"))
    names = re.findall(r"`(\w+)`", listed["names"])
    assert "launcher" in names and "numbers" not in names
    style = "".join(f"weerbaar-chat::part({name}){{outline: 7px solid red}}" for name in names)
    page = open_page(host("delen", head=f"{TAG}<style>{style}</style>"))
    page.evaluate("document.querySelector('weerbaar-chat').setAttribute('logo', '/webhooks/web/widget.js')")
    found = page.evaluate("""() => [...document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll("[part]")]
        .filter(node => getComputedStyle(node).outlineWidth === "7px").map(node => node.getAttribute("part"))""")
    assert set(found) | {"logo"} == set(names)


SAMPLE = """
const chat = document.querySelector('weerbaar-chat')!;
chat.show();
chat.open = false;
chat.addEventListener('doorverwijzing', ({ detail }) => {
  const serious: 'acuut' | 'ernstig' | 'zorg' = detail.ernst;
  const adviser: string | null = detail.adviseur;
  console.log(serious, adviser);
});
chat.addEventListener('gewist', ({ detail }) => console.log(detail.server === true));
chat.addEventListener('click', () => chat.close());
"""
WRONG = "document.querySelector('weerbaar-chat')!.addEventListener('doorverwijzing', ({ detail }) => detail.text);"


@pytest.mark.parametrize(("code", "fits"), [(SAMPLE, True), (WRONG, False)], ids=["right", "wrong"])
def test_the_types_fit_a_host_in_typescript(tmp_path, code, fits):
    """As a host would use them; and they know no text of the user."""
    types = (WIDGET / "weerbaar-chat.d.ts").as_posix()
    (tmp_path / "host.ts").write_text(f'/// <reference path="{types}" />\n{code}', encoding="utf-8")
    run = subprocess.run(
        ["node", WIDGET / "node_modules" / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--lib", "es2021,dom",
         "host.ts"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode == 0) is fits, run.stdout


def test_each_attribute_is_documented():
    """And none there that is not in the file."""
    code = (WIDGET / "weerbaar-chat.js").read_text("utf-8")
    observed = re.findall(r"'([\w-]+)'", re.search(r"const ATTRIBUTES = \[(.*?)\]", code, re.S)[1])
    rows = re.findall(r"^\| `([\w-]+)(?:=\"\w+\")?` \|", EMBEDDING.read_text("utf-8"), re.M)
    assert set(observed) <= set(rows)
