"""The chat as an element for its host: events, attributes, parts to style, types, and their documentation."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from browser import answer_to, screenshot, violations
from chat import ROOT
from lifecycle_pages import CALM, LAUNCHER, SERIOUS, TAG, WIDGET, open_chat
from lifecycle_pages import host as host
from lifecycle_pages import open_page as open_page
from playwright.sync_api import expect

# What integrators read.
EMBEDDING = ROOT / "docs" / "embed.md"

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

    def change(name: str, value: str | None) -> None:
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


@pytest.mark.real
@pytest.mark.parametrize(("code", "fits"), [(SAMPLE, True), (WRONG, False)], ids=["right", "wrong"])
def test_the_types_fit_a_host_in_typescript(tmp_path, code, fits):
    """As a host would use them; and they know no text of the user."""
    types = (WIDGET / "weerbaar-chat.d.ts").as_posix()
    (tmp_path / "host.ts").write_text(f'/// <reference path="{types}" />\n{code}', encoding="utf-8")
    run = subprocess.run(
        [
            "node",
            WIDGET / "node_modules" / "typescript" / "bin" / "tsc",
            "--noEmit",
            "--strict",
            "--lib",
            "es2021,dom",
            "host.ts",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode == 0) is fits, run.stdout


def test_each_attribute_is_documented():
    """And none there that is not in the code."""
    code = (WIDGET / "src" / "host-lifecycle.js").read_text("utf-8")
    observed = re.findall(r"'([\w-]+)'", re.search(r"const ATTRIBUTES = \[(.*?)\]", code, re.S)[1])
    rows = re.findall(r"^\| `([\w-]+)(?:=\"\w+\")?` \|", EMBEDDING.read_text("utf-8"), re.M)
    assert set(observed) <= set(rows)
