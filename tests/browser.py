"""A real browser for the tests, and a proxy before the assistant that can be made to fail."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from chat import ROOT
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

CHROMIUM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENSHOTS = ROOT / "results" / "screenshots"
HANG_SECONDS = 40
# The chat in one tag, as a host site has it; who leaves in haste stays within the tests.
TAG = '<script src="/webhooks/web/widget.js" data-exit-url="/host/neutraal" defer></script>'
PASSED_ON = {
    "authorization",
    "content-type",
    "origin",
    "host",
    "if-none-match",
    "access-control-request-method",
    "access-control-request-headers",
}
NOT_SENT_BACK = {"content-length", "transfer-encoding", "connection", "content-encoding"}


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Runs headless Chromium, without any request of its own to the internet."""
    assert CHROMIUM, "Chromium is missing: tools/scripts/install_browser.sh, or your system's chromium package."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Proxy:
    """Stands between browser and assistant.

    `fault` says what happens to sessions and messages: `` (nothing), `error`, `empty`, `malformed`, `hang`, `slow`
    (2 seconds), or `answers`: those in `canned`, in order.
    """

    def __init__(self, target: str) -> None:
        """Starts on a free port; `target` is the address of the assistant."""
        self.target, self.fault, self.canned, self.requests = target, "", [], []
        self.pages: dict[str, tuple[str, str, dict]] = {}
        self._start(0)
        self.port = self._server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def _start(self, port: int) -> None:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                proxy.handle(self)

            do_GET = do_POST = do_DELETE = do_OPTIONS = do_HEAD = handle_one

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def down(self) -> None:
        """Ends: the browser finds nobody at the address."""
        self.fault = "error"
        self._server.shutdown()
        self._server.server_close()

    def up(self) -> None:
        """Is back at the same address."""
        self.fault = ""
        self._start(self.port)

    def host(self, name: str, html: str, **headers: str) -> str:
        """Serves a page of a host site; returns its address."""
        self.pages[f"/host/{name}"] = (html, "text/html; charset=utf-8", headers)
        return f"{self.address}/host/{name}"

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answers one request: with a fault, a page of a host, or what the assistant answers."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.requests.append((request.command, request.path))
        if request.path in self.pages:
            html, kind, headers = self.pages[request.path]
            return self.send(request, 200, html.encode(), {"Content-Type": kind, **headers})
        talking = request.command == "POST"
        if talking and self.fault == "error":
            return self.send(request, 500, b"Internal Server Error", {})
        if talking and self.fault == "empty" and request.path.endswith("/message"):
            return self.send(request, 200, b'{"messages": [], "failure": false}', {})
        if talking and self.fault == "malformed":
            return self.send(request, 200, b"<!doctype html><p>onderhoud", {"Content-Type": "text/html"})
        if talking and self.fault == "hang":
            time.sleep(HANG_SECONDS)
        if talking and self.fault == "slow":
            time.sleep(2)
        if self.fault == "answers" and request.path.endswith("/message") and talking:
            return self.send(request, 200, self.canned.pop(0), {"Content-Type": "application/json"})
        headers = {name: value for name, value in request.headers.items() if name.lower() in PASSED_ON}
        answer = httpx.request(request.command, self.target + request.path, content=body, headers=headers, timeout=60)
        sent_back = {name: value for name, value in answer.headers.items() if name not in NOT_SENT_BACK}
        return self.send(request, answer.status_code, answer.content, sent_back)

    @staticmethod
    def send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict) -> None:
        """Sends an answer; a browser that has gone is no error."""
        try:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Connection", "close")
            if status not in (204, 304):
                request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            if request.command != "HEAD" and status not in (204, 304):
                request.wfile.write(body)
            request.close_connection = True
        except OSError:
            return


def violations(page: Page) -> list:
    """Returns what axe finds wrong on the page, as (rule, elements)."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", AXE_TAGS)
    return [(fault["id"], [node["html"][:120] for node in fault["nodes"]]) for fault in found["violations"]]


def screenshot(page: Page, name: str) -> Path:
    """Keeps a picture of the page in results/screenshots, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path


def host_page(title: str, head: str, body: str) -> str:
    """Returns a page of a host site."""
    return (
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{title}</title>{head}</head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def say(page: Page, text: str) -> None:
    """Types a message and sends it."""
    page.get_by_label("Typ uw bericht").fill(text)
    page.get_by_role("button", name="Stuur").click()


def answer_to(page: Page, text: str) -> Locator:
    """Says something and returns the last message of the assistant, once it is there."""
    before = page.locator("li.bot").count()
    say(page, text)
    expect(page.locator("li.bot").nth(before)).to_be_visible(timeout=20_000)
    return page.locator("li.bot").last
