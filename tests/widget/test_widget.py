"""The chat on a website, in a real browser, against the real assistant."""
from __future__ import annotations

import gzip
import json
import re
import subprocess
import time

import httpx
import pytest
from browser import HANG_SECONDS, Proxy, answer_to, say, screenshot, violations
from chat import ROOT
from playwright.sync_api import Page, expect

WIDGET = ROOT / "widget" / "weerbaar-chat.js"
MOST_BYTES = 20_000
TEAM_LINK = "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
ACUTE = "er staat nu een man met een mes voor mijn deur"
WORRIED = "ik voel me de laatste tijd niet veilig maar er is niets gebeurd"
CALM = "wat is een woningscan?"
PHONE = {"width": 390, "height": 844}
FAULT_SECONDS = 16
STRICT = (
    "default-src 'none'; script-src {origin}; connect-src {origin}; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


@pytest.fixture(scope="module")
def proxy(server):
    """The way from the browser to the assistant."""
    proxy = Proxy(server.address.split("/webhooks/")[0])
    yield proxy
    proxy.down()


@pytest.fixture
def open_page(chromium, proxy):
    """Opens pages in contexts of their own, and closes them; collects what the page did."""
    contexts = []

    def opened(address: str = "", leaves: bool = False, **settings) -> Page:
        context = chromium.new_context(locale="nl-NL", **settings)
        contexts.append(context)
        if leaves:  # with a route Playwright answers preflights itself, so it is for the tests that need one
            context.route("https://www.google.nl/**", lambda route: route.fulfill(body="<title>Elders</title>Elders"))
        page = context.new_page()
        page.problems = []
        page.asked = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: page.problems.append(line.text) if "Content Security" in line.text else None)
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address or proxy.address)
        return page

    proxy.fault, proxy.requests[:] = "", []
    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def host(proxy):
    """The address of a host site with the widget in one tag, and what else is asked for."""

    def served(name: str, body: str = "", head: str = "", script: str = "", **headers: str) -> str:
        script = script or '<script src="/webhooks/web/widget.js" data-exit-url="/host/neutraal" defer></script>'
        proxy.host("neutraal", "<!doctype html><title>Neutraal</title><p>Het weer van vandaag")
        return proxy.host(
            name,
            f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><title>Gemeente</title>{head}{script}</head>'
            f"<body><main><h1>Gemeente</h1><p>Welkom</p>{body}</main></body></html>",
            **headers,
        )

    return served


def numbers_are_visible(page: Page) -> None:
    """The two numbers can be seen and called."""
    for link in ("tel:112", TEAM_LINK):
        expect(page.locator(f'a[href="{link}"]:visible').first).to_be_in_viewport()


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
    page.keyboard.press("Escape")
    assert focused(page) == "Hulp bij dreiging"


FOCUSED = """() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    if (!node) return "";
    const label = node.labels?.[0]?.textContent;
    return (label || node.getAttribute("aria-label") || node.textContent || "").trim();
}"""


def focused(page: Page) -> str:
    """Returns the name of the control that has the focus."""
    return page.evaluate(FOCUSED)


def tab_through(page: Page, until: str, backwards: bool = False) -> list:
    """Presses Tab until a control with this name has the focus; returns the names on the way."""
    names = []
    for _ in range(40):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        names.append(focused(page))
        if names[-1] == until:
            return names
    raise AssertionError(f"the keyboard does not reach '{until}': {names}")


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


def test_axe_finds_nothing_on_the_stand_alone_page(open_page):
    """At the server's own address, empty and in conversation."""
    page = open_page()
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


@pytest.mark.parametrize("fault", ["error", "empty", "malformed", "hang", "down", "offline"])
def test_whatever_fails_the_numbers_are_there_and_nothing_typed_is_lost(open_page, proxy, fault):
    """In the middle of a conversation, within 16 seconds; then it works again."""
    page = open_page()
    answer_to(page, "goedemorgen")
    if fault == "down":
        proxy.down()
    elif fault == "offline":
        page.context.set_offline(True)
    else:
        proxy.fault = fault
    started = time.monotonic()
    try:
        say(page, SERIOUS)
        expect(page.locator(".failure")).to_be_visible(timeout=FAULT_SECONDS * 1000)
        assert time.monotonic() - started < FAULT_SECONDS < HANG_SECONDS
        for link in ("tel:112", TEAM_LINK):
            expect(page.locator(f'.failure a[href="{link}"]').first).to_be_visible()
        numbers_are_visible(page)
        assert page.get_by_label("Typ uw bericht").input_value() == SERIOUS
    finally:
        page.context.set_offline(False)
        if fault == "down":
            proxy.up()
        proxy.fault = ""
    page.get_by_role("button", name="Opnieuw proberen").click()
    expect(page.locator(".card")).to_be_visible(timeout=20_000)
    expect(page.locator("li.mine", has_text=SERIOUS)).to_have_count(1)
    assert page.get_by_label("Typ uw bericht").input_value() == ""


def test_the_failure_of_the_engine_is_shown_as_such(open_page, proxy):
    """`failure: true` comes with the safety text."""
    page = open_page()
    proxy.fault, text = "answers", "Er gaat iets mis bij mij. Bel 112, of 070-3738314."
    message = {"text": text, "source": None, "buttons": [], "card": None, "lang": "nl"}
    proxy.canned = [json.dumps({"messages": [message], "failure": True}).encode()]
    say(page, CALM)
    expect(page.locator(".failure")).to_contain_text(text)


def test_the_numbers_are_there_when_the_script_cannot_load(open_page, host):
    """What stands inside the element is seen."""
    links = '<a href="tel:112">112</a> of <a href="tel:+31703738314">070 - 373 83 14</a>'
    body = f"<weerbaar-chat><p>Bel {links}</p></weerbaar-chat>"
    page = open_page(host("zonder", body, script='<script src="/host/weg.js" defer></script>'))
    numbers_are_visible(page)


STORED = """async () => [localStorage.length, sessionStorage.length, document.cookie,
    (await indexedDB.databases()).length, (await caches.keys()).length, history.length, document.title,
    location.href]"""


def test_nothing_is_kept_in_the_browser(open_page, host):
    """Storage, cookies, title, address and history are after the conversation as they were before."""
    page = open_page(host("sporen"))
    before = page.evaluate(STORED)
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    assert page.evaluate(STORED) == before
    assert before[:5] == [0, 0, "", 0, 0]
    page.reload()
    page.get_by_role("button", name="Hulp bij dreiging").click()
    expect(page.locator("li.mine")).to_have_count(0)
    page.get_by_text("Goed om te weten").click()
    expect(page.get_by_text("Dan begint u opnieuw")).to_be_visible()


@pytest.mark.parametrize("way", ["button", "shift"])
def test_quick_exit_leaves_no_trace(open_page, host, proxy, way):
    """It goes elsewhere, Back does not return to the chat, and the conversation is gone from the server."""
    tokens = []
    page = open_page(host("elders"))
    page.goto(host("weg"))
    page.on("request", lambda request: tokens.append(request.headers.get("authorization")))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    token = [token for token in tokens if token][-1]
    if way == "button":
        page.get_by_role("button", name="Snel weg").click()
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url("**/host/neutraal")
    wait_for_end_of_session(proxy)
    again = httpx.post(
        f"{proxy.target}/webhooks/web/message", json={"text": "hallo"}, headers={"Authorization": token}
    )
    assert again.status_code == 401
    page.go_back()
    assert page.url.endswith("/host/elders")
    assert "dreigbrief" not in page.content()


def wait_for_end_of_session(proxy: Proxy) -> None:
    """Waits until the server has been asked to end a session, since the page of this test was opened."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if {("DELETE", "/webhooks/web/session"), ("POST", "/webhooks/web/session/end")} & set(proxy.requests):
            time.sleep(0.5)
            return
        time.sleep(0.05)
    raise AssertionError("the session was not ended")


def test_wiping_tells_the_truth_when_the_server_is_down(open_page, proxy):
    """The panel is empty at once, but the server has not heard of it."""
    page = open_page()
    answer_to(page, SERIOUS)
    proxy.down()
    try:
        page.get_by_role("button", name="Wis gesprek").click()
        expect(page.locator("li.mine")).to_have_count(0)
        expect(page.get_by_text("Op de server is dat nog niet zeker").first).to_be_visible(timeout=10_000)
    finally:
        proxy.up()


def test_what_failed_stays_in_sight_when_something_else_is_said(open_page, proxy):
    """Somebody who types on while waiting loses neither text."""
    page = open_page()
    proxy.fault = "error"
    say(page, SERIOUS)
    page.get_by_label("Typ uw bericht").fill("nog iets")
    expect(page.locator(".failure")).to_be_visible(timeout=20_000)
    proxy.fault = ""
    page.get_by_label("Typ uw bericht").fill("goedemorgen")
    page.get_by_role("button", name="Stuur").click()
    expect(page.locator("li.bot").last).to_be_visible(timeout=20_000)
    expect(page.locator("li.mine", has_text=SERIOUS)).to_be_visible()


def test_a_fault_in_the_chat_itself_leaves_the_numbers(open_page, host):
    """And what the host wrote inside the element."""
    broken = """<script>customElements.define = (original => function (name, kind) {
        kind.prototype.getAttribute = () => { throw new Error("kapot") };
        original.call(customElements, name, kind);
    })(customElements.define)</script>"""
    page = open_page(host("kapot", "<weerbaar-chat><p>Bel de griffie</p></weerbaar-chat>", head=broken))
    expect(page.get_by_text("Bel de griffie")).to_be_visible()
    expect(page.locator(f'a[href="{TEAM_LINK}"]:visible').first).to_be_visible()


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


def test_quick_exit_works_with_the_server_down(open_page, host, proxy):
    """Leaving waits for nothing."""
    neutral = "https://www.google.nl/"
    script = f'<script src="/webhooks/web/widget.js" data-exit-url="{neutral}" defer></script>'
    page = open_page(host("weg-zonder", script=script), leaves=True)
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, CALM)
    proxy.down()
    try:
        page.get_by_role("button", name="Snel weg").click()
        page.wait_for_url(neutral)
    finally:
        proxy.up()


def test_a_script_as_exit_address_is_not_taken(open_page, host):
    """Only web addresses."""
    script = '<script src="/webhooks/web/widget.js" data-exit-url="javascript:window.hacked=1" defer></script>'
    page = open_page(host("weg-slecht", script=script), leaves=True)
    page.get_by_role("button", name="Hulp bij dreiging").click()
    page.get_by_role("button", name="Snel weg").click()
    page.wait_for_url("https://www.google.nl/")


def test_wiping_clears_the_panel_and_the_server(open_page, proxy):
    """And says so."""
    tokens = []
    page = open_page()
    page.on("request", lambda request: tokens.append(request.headers.get("authorization")))
    answer_to(page, SERIOUS)
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.locator("li.mine")).to_have_count(0)
    expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible()
    wait_for_end_of_session(proxy)
    token = [token for token in tokens if token][-1]
    again = httpx.post(f"{proxy.target}/webhooks/web/message", json={"text": "a"}, headers={"Authorization": token})
    assert again.status_code == 401


def test_an_expired_session_is_renewed(open_page, proxy):
    """The message is not lost, and the user is told."""
    tokens = []
    page = open_page()
    page.on("request", lambda request: tokens.append(request.headers.get("authorization")))
    answer_to(page, "goedemorgen")
    token = [token for token in tokens if token][-1]
    httpx.delete(f"{proxy.target}/webhooks/web/session", headers={"Authorization": token})
    answer_to(page, SERIOUS)
    expect(page.locator(".card")).to_be_visible()
    expect(page.get_by_text("Er begint een nieuw gesprek").first).to_be_visible()


def test_closing_keeps_the_conversation(open_page, host):
    """'Sluit' is not 'Wis'."""
    page = open_page(host("sluit"))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, CALM)
    page.get_by_role("button", name="Sluit").click()
    expect(page.get_by_label("Typ uw bericht")).to_be_hidden()
    page.get_by_role("button", name="Hulp bij dreiging").click()
    expect(page.locator("li.mine")).to_have_count(1)


def test_no_other_site_is_asked_for_anything(open_page, host, proxy):
    """Fonts, styles, pictures: nothing comes from elsewhere."""
    page = open_page(host("eigen"))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    assert {address.split("/", 3)[2] for address in page.asked} == {proxy.address.split("//")[1]}


def test_the_strictest_policy_of_a_host_is_kept(open_page, host, proxy):
    """No inline style or script, Trusted Types on and none allowed, with the hash of the file pinned."""
    about = httpx.get(f"{proxy.target}/webhooks/web/widget.json").json()
    script = (
        f'<script src="{about["src"]}" integrity="{about["integrity"]}" crossorigin="anonymous" defer></script>'
    )
    policy = {"Content-Security-Policy": STRICT.format(origin=proxy.address)}
    page = open_page(host("streng", script=script, **policy))
    page.get_by_role("button", name="Hulp bij dreiging").click()
    answer_to(page, SERIOUS)
    expect(page.locator(".card")).to_be_visible()
    assert page.locator(".card").evaluate("node => getComputedStyle(node).borderTopWidth") != "0px"
    assert page.problems == []


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


def test_markup_from_user_and_server_is_text(open_page, proxy):
    """In texts, buttons, sources, languages and cards."""
    page = open_page()
    message = {
        "text": EVIL + "\n\n- javascript:alert(1) http://a.b/\"onclick=x", "source": EVIL, "lang": 'nl" onload="x',
        "buttons": [{"title": EVIL, "payload": "/a"}],
        "card": {"ernst": "ernstig", "telefoon": "javascript:alert(1)", "adviseur": EVIL, "functie": None},
    }  # fmt: skip
    proxy.fault, proxy.canned = "answers", [json.dumps({"messages": [message], "failure": False}).encode()]
    answer_to(page, EVIL)
    expect(page.locator("li.mine")).to_contain_text("<script>")
    expect(page.locator("li.bot").locator(".bubble")).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("li img, li script").count() == 0
    links = page.evaluate("""() => [...document.querySelector("weerbaar-chat").shadowRoot.querySelectorAll("a")]
        .map(link => link.protocol)""")
    assert set(links) <= {"tel:", "http:", "https:", "mailto:"}


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
    screenshot(page, "voorbeeld")
    assert violations(page) == []


def test_the_pictures_of_the_readme(open_page):
    """The first screen on a phone; `make screenshots` copies it to docs/images."""
    page = open_page(viewport=PHONE)
    numbers_are_visible(page)
    assert screenshot(page, "telefoon").stat().st_size > 10_000


def test_the_file_is_small(proxy):
    """Gzipped, as it travels: without comments, with all its code."""
    served = httpx.get(f"{proxy.target}/webhooks/web/widget.js").content
    assert len(gzip.compress(served, 9)) <= MOST_BYTES
    assert not re.search(rb"^ *(//|/\*\*?\n)", served, re.MULTILINE)


def test_the_types_are_right():
    """TypeScript reads the JSDoc types."""
    run = subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "."],
        cwd=ROOT / "widget", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
