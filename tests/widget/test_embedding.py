"""The chat on a website of somebody else: two servers on two origins, and a real browser with nothing in between.

Once with the server as in production, and once with plain `rasa run --cors "*"`, with which Rasa answers every origin.
No test here may give Playwright a route: with one it answers preflights itself, and the server is asked nothing.
"""

from __future__ import annotations

import time

import httpx
import pytest
from browser import answer_to, say
from chat import ROOT
from playwright.sync_api import Page, Request, expect
from site_of_host import Site, snippets

TEAM = "070-3738314"
TEAM_LINK = "tel:+31703738314"
SERIOUS = "ik kreeg een dreigbrief waarin staat dat ze mij en mijn kinderen vermoorden"
CALM = "wat is een woningscan?"
WIDGET = "/webhooks/web/widget.js"
# What a browser asks before it sends, by address: the methods, and the headers.
PREFLIGHTS = {
    "session": ("POST, DELETE", "Authorization"),
    "session/end": ("POST", None),
    "message": ("POST", "Authorization, Content-Type"),
}


@pytest.fixture(params=["server", "server_without_actions"])
def assistant(request):
    """A real assistant, in each way to start it."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def site(assistant):
    """A website on the list of the assistant."""
    site = Site(assistant.site)
    yield site
    site.close()


@pytest.fixture
def stranger():
    """A website that is on no list."""
    site = Site("http://localhost:0")
    yield site
    site.close()


@pytest.fixture
def visit(chromium):
    """Opens an address in a browser of its own; collects what the page complains of and which requests it sends."""
    contexts = []

    def opened(address: str) -> Page:
        contexts.append(chromium.new_context(locale="nl-NL"))
        page = contexts[-1].new_page()
        page.complaints, page.sent = [], []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
        # Playwright marks the function that it is given, which `append` of a list does not allow.
        page.on("request", lambda request: page.sent.append(request))  # noqa: PLW0108
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def open_chat(page: Page) -> None:
    """Opens the panel."""
    page.get_by_role("button", name="Hulp bij dreiging").click()


def requests_to(page: Page, address: str) -> list[Request]:
    """Returns the requests of the page to this address of the web channel."""
    return [request for request in page.sent if request.url.endswith(f"/webhooks/web/{address}")]


def token_of(page: Page) -> str:
    """Returns the token of the session in which the page said something last."""
    return requests_to(page, "message")[-1].headers["authorization"].partition(" ")[2]


def is_known(assistant, token: str) -> bool:
    """Says whether the assistant still has the conversation."""
    answer = httpx.post(
        f"{assistant.root}/webhooks/web/message",
        json={"text": "hallo"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    return answer.status_code != 401


def wait_until_forgotten(assistant, token: str) -> None:
    """Waits until the assistant has forgotten the conversation."""
    deadline = time.monotonic() + 10
    while is_known(assistant, token):
        assert time.monotonic() < deadline, "the conversation was not ended"
        time.sleep(0.2)


@pytest.mark.parametrize("way", ["tag", "tag and element", "pinned"])
def test_the_snippet_of_the_documents_works_on_another_site(assistant, site, visit, way):
    """A question, a button, a handoff, the adviser, and 'Wis gesprek'."""
    tag, element, pinned = snippets(assistant.root)
    if way == "pinned":
        about = httpx.get(f"{assistant.root}/webhooks/web/widget.json").json()
        site.files["/js/weerbaar-chat.js"] = (httpx.get(assistant.root + WIDGET).content, "text/javascript")
        tag = pinned.replace("sha384-…", about["integrity"])
    page = visit(site.page("gemeente", head=tag, body="" if way == "tag" else element))
    open_chat(page)
    expect(answer_to(page, CALM).locator(".source")).to_contain_text("Veiligheidspakket")
    page.get_by_role("button", name="Zelfscan").click()
    expect(page.locator("li.bot").last.locator(".source")).to_contain_text("Woningscan en zelfscan")
    card = answer_to(page, SERIOUS).locator(".card")
    expect(card.locator(f'a.call[href="{TEAM_LINK}"]')).to_be_visible()
    page.get_by_role("button", name="Wethouder").click()
    expect(page.locator("li.bot").last).to_contain_text("Wethoudersvereniging")
    token = token_of(page)
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible(timeout=10_000)
    wait_until_forgotten(assistant, token)
    assert [request.method for request in requests_to(page, "session")] == ["POST", "DELETE"]
    assert page.complaints == []


def test_the_example_page_on_its_own_site(assistant, site, visit):
    """widget/example.html beside a copy of the file, as docs/embed.md says to try it."""
    folder = ROOT / "widget"
    html = (folder / "example.html").read_text(encoding="utf-8").replace("http://localhost:5005", assistant.root)
    site.files["/example.html"] = (html.encode(), "text/html; charset=utf-8")
    for name, kind in (("example.css", "text/css"), ("weerbaar-chat.js", "text/javascript")):
        site.files[f"/{name}"] = ((folder / name).read_bytes(), kind)
    page = visit(f"{site.origin}/example.html")
    open_chat(page)
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()


@pytest.mark.parametrize("way", ["another page", "snel weg", "reload", "close"])
def test_whoever_leaves_the_page_ends_the_conversation(assistant, site, visit, way):
    """By a link, by 'Snel weg', by loading again, by closing the tab."""
    tag = snippets(assistant.root)[0].replace(" defer", f' data-exit-url="{site.origin}/weer" defer')
    page = visit(site.page("gemeente", head=tag))
    open_chat(page)
    expect(answer_to(page, SERIOUS).locator(".card")).to_be_visible()
    token = token_of(page)
    assert is_known(assistant, token)
    if way == "another page":
        page.goto(f"{site.origin}/weer")
    elif way == "snel weg":
        page.get_by_role("button", name="Snel weg").click()
        page.wait_for_url("**/weer")
    elif way == "reload":
        page.reload()
    else:
        page.close()
    wait_until_forgotten(assistant, token)


def test_the_page_in_a_frame_of_another_site(assistant, site, visit):
    """For a site that may show it: the whole conversation, and wiping."""
    frame = f'<iframe src="{assistant.root}/" title="Hulp bij dreiging" width="400" height="600"></iframe>'
    page = visit(site.page("kader", body=frame))
    inside = page.frame_locator("iframe")
    inside.get_by_label("Typ uw bericht").fill(SERIOUS)
    inside.get_by_role("button", name="Stuur").click()
    expect(inside.locator(".card").first).to_be_visible(timeout=20_000)
    token = token_of(page)
    inside.get_by_role("button", name="Wis gesprek").click()
    expect(inside.get_by_text("Het gesprek is gewist.").first).to_be_visible(timeout=10_000)
    wait_until_forgotten(assistant, token)
    assert page.complaints == []


def test_a_frame_of_a_site_that_is_not_allowed_stays_empty(assistant, stranger, visit):
    """Nobody can lay a page of his own over the chat."""
    frame = f'<iframe src="{assistant.root}/" title="Hulp bij dreiging"></iframe>'
    page = visit(stranger.page("kader", body=frame))
    page.wait_for_timeout(1_000)
    assert any("frame-ancestors" in complaint for complaint in page.complaints)
    assert page.frames[1].locator("textarea").count() == 0


def test_a_site_that_is_not_allowed_gets_no_conversation(assistant, stranger, visit):
    """The user sees the numbers, which are in the file; the server is not even asked for a message."""
    begun = assistant.metric("weerbaar_sessions_total")
    page = visit(stranger.page("gemeente", head=snippets(assistant.root)[0]))
    open_chat(page)
    say(page, SERIOUS)
    expect(page.locator(".failure")).to_be_visible(timeout=20_000)
    for link in ("tel:112", TEAM_LINK):
        expect(page.locator(f'.failure a[href="{link}"]').first).to_be_visible()
    assert requests_to(page, "message") == []
    assert assistant.metric("weerbaar_sessions_total") == begun


ASK = """async ([address, request]) => {
    try { return (await fetch(address, request)).status; } catch (error) { return error.name; }
}"""


@pytest.mark.parametrize("address", PREFLIGHTS)
def test_a_browser_is_told_no_at_the_preflight(assistant, site, stranger, visit, address):
    """What needs leave is not sent from a site that has none; from one that has, it is answered."""
    methods, headers = PREFLIGHTS[address]
    sent = {name: "application/json" if name == "Content-Type" else "Bearer x" for name in (headers or "X").split(", ")}
    request = {"method": methods.split(", ")[-1], "headers": sent if headers else {}}
    for place, found in ((site, 401), (stranger, "TypeError")):
        assert visit(place.page("leeg")).evaluate(ASK, [f"{assistant.root}/webhooks/web/{address}", request]) == found


def ask_leave(assistant, address: str, method: str, **headers: str) -> httpx.Response:
    """Sends the preflight of a browser."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization", **headers}
    return httpx.options(f"{assistant.root}{address}", headers=asked, timeout=30)


def cors(answer: httpx.Response) -> dict[str, str]:
    """Returns the CORS headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("address", PREFLIGHTS)
def test_a_preflight_is_answered_exactly(assistant, address):
    """For a site on the list what it may send and read, no credentials; for others nothing, and a refusal."""
    methods, headers = PREFLIGHTS[address]
    path = f"/webhooks/web/{address}"
    allowed = ask_leave(assistant, path, "POST", Origin=assistant.site)
    assert (allowed.status_code, allowed.content, allowed.headers["vary"]) == (204, b"", "Origin")
    assert cors(allowed) == {
        "access-control-allow-origin": assistant.site,
        "access-control-allow-methods": methods,
        "access-control-expose-headers": "Retry-After, API-Version",
        "access-control-max-age": "600",
        **({"access-control-allow-headers": headers} if headers else {}),
    }
    like_it = [assistant.site + "0", assistant.site.replace("http", "https")]
    for origin in ("https://www.example.nl", "null", "*", "", *like_it):
        refused = ask_leave(assistant, path, "POST", Origin=origin)
        assert (refused.status_code, cors(refused), refused.headers["vary"]) == (403, {}, "Origin"), origin
        assert TEAM in refused.text


def test_what_is_no_preflight_has_the_same_headers_and_no_more(assistant):
    """Answers, refusals and failures alike; credentials are never allowed."""
    readable = {
        "access-control-allow-origin": assistant.site,
        "access-control-expose-headers": "Retry-After, API-Version",
    }
    for method, address, status in (
        ("POST", "session", 201),
        ("POST", "message", 401),
        ("DELETE", "session", 401),
        ("POST", "session/end", 401),
    ):
        for origin, found in ((assistant.site, readable), ("https://www.example.nl", {})):
            headers = {"Origin": origin}
            answer = httpx.request(method, f"{assistant.root}/webhooks/web/{address}", headers=headers, timeout=30)
            assert (answer.status_code, cors(answer)) == (status if found else 403, found), (method, address)


def test_the_files_of_the_widget_are_for_everybody_and_the_page_is_not(assistant):
    """A preflight too: script and description may be read from anywhere, the page and its style from nowhere."""
    about = httpx.get(f"{assistant.root}/webhooks/web/widget.json").json()
    for path in (WIDGET, about["src"], "/webhooks/web/widget.json"):
        for answer in (
            httpx.get(assistant.root + path, headers={"Origin": "https://a.example"}),
            ask_leave(assistant, path, "GET", Origin="https://a.example"),
        ):
            assert answer.is_success
            assert cors(answer)["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in cors(answer)
    for path in ("/", "/webhooks/web/page.html", "/webhooks/web/page.css", "/webhooks/web/nergens"):
        answer = httpx.get(assistant.root + path, headers={"Origin": assistant.site})
        assert cors(answer) == {}, path
        refused = ask_leave(assistant, path, "GET", Origin=assistant.site)
        assert (refused.is_client_error, cors(refused)) == (True, {}), path
