"""The chat in browsers that are old or wrong about the network, and loaded as a tag, a module, or in a bundle."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from browser import answer_to, say
from lifecycle_pages import (
    CALM,
    LAUNCHER,
    PHONE,
    SERIOUS,
    TAG,
    TEAM_LINK,
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


@pytest.mark.real
def test_it_can_be_imported_where_there_is_no_window(tmp_path):
    """By a framework that renders on a server."""
    code = f"await import({json.dumps((WIDGET / 'weerbaar-chat.js').as_uri())}); console.log('ja')"
    run = subprocess.run(
        ["node", "--input-type=module", "-e", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert run.stdout.strip() == "ja", run.stderr
