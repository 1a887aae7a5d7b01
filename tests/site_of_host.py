"""A website of somebody else for the tests: it serves its own pages and files, and nothing of the assistant."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chat import ROOT

# The address of the assistant, as docs/embed.md writes it.
IN_PAGE = "https://assistent.example"
NEUTRAL = "<!doctype html><title>Het weer</title><p>Het weer van vandaag"


class Site:
    """Listens at an origin on this machine, such as `http://127.0.0.1:8765` or `http://localhost:8765`.

    Attributes:
        origin: where it is.
        files: what it serves: content and type by path. `/weer` is there from the start.
    """

    def __init__(self, origin: str) -> None:
        """Starts; port 0 stands for a free one. `close` ends it."""
        files = self.files = {"/weer": (NEUTRAL.encode(), "text/html; charset=utf-8")}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content, kind = files.get(self.path, (b"", ""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        scheme_and_host, _, port = origin.rpartition(":")
        self._server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.origin = f"{scheme_and_host}:{self._server.server_address[1]}"

    def page(self, name: str, head: str = "", body: str = "") -> str:
        """Serves a page with this in it; returns its address."""
        html = (
            '<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Gemeente</title>'
            f'<link rel="icon" href="data:,">{head}</head><body><main><h1>Gemeente</h1>{body}</main></body></html>'
        )
        self.files[f"/{name}"] = (html.encode(), "text/html; charset=utf-8")
        return f"{self.origin}/{name}"

    def close(self) -> None:
        """Ends: nobody listens any more."""
        self._server.shutdown()
        self._server.server_close()


def snippets(assistant: str) -> list[str]:
    """Returns what docs/embed.md tells a website to write, in this order: tag, element, tag of a pinned file.

    `assistant` is the address of the server, which stands in them in the place of the invented one.
    """
    text = (ROOT / "docs" / "embed.md").read_text(encoding="utf-8")
    found = [
        re.search(pattern, text, re.DOTALL)
        for pattern in (
            rf'<script src="{IN_PAGE}/webhooks/web/widget\.js" defer></script>',
            r"<weerbaar-chat [^>]*>.*?</weerbaar-chat>",
            rf'<script src="/js/weerbaar-chat\.js"[^>]*data-server="{IN_PAGE}/webhooks/web"[^>]*></script>',
        )
    ]
    assert all(found), "docs/embed.md no longer tells how to embed the chat"
    return [one[0].replace(IN_PAGE, assistant) for one in found]
