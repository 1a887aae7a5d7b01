"""Serves the files of the web channel: the widget, the stand-alone page, and the description of the interface."""

from __future__ import annotations

import hashlib
import html
import json
import re
from typing import Any

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.web.cross_origin import leave_to_send
from weerbaar.channels.web.interface import DESCRIPTION, VERSION_HEADER
from weerbaar.channels.widget_file import FOLDER, integrity_of, served_widget

# The page is served at `/` as well.
PAGE, STYLE = "page.html", "page.css"
JAVASCRIPT = "text/javascript; charset=utf-8"
_TITLE = re.compile("<title>.*?</title>")
# What the links to the owner's pages are called where the script does not run; the chat has the same texts.
LINKS = {"privacy-url": "Lees hoe we met uw gegevens omgaan", "accessibility-url": "Lees hoe toegankelijk deze chat is"}
# Any site may embed the widget: it is no secret, and with `crossorigin` a site can check its hash.
_SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {**_SHARED, **leave_to_send("GET, HEAD")}


def page_headers(frame_ancestors: list[str]) -> dict[str, str]:
    """Returns the security headers of the stand-alone page; the sites in `frame_ancestors` may show it in an iframe."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(frame_ancestors),
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def page_with(attributes: dict[str, str], title: str = "") -> bytes:
    """Returns the stand-alone page with these attributes on its chat and this title; empty values are left out."""
    written = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items() if value)
    page = (FOLDER / PAGE).read_text(encoding="utf-8")
    for name, link in LINKS.items():
        if attributes.get(name):
            line = f'  <p><a href="{html.escape(attributes[name])}">{link}</a></p>\n    </weerbaar-chat>'
            page = page.replace("</weerbaar-chat>", line)
    if title:
        page = _TITLE.sub(lambda _: f"<title>{html.escape(title)}</title>", page)
    return page.replace('<weerbaar-chat mode="page">', f'<weerbaar-chat mode="page"{written}>').encode()


class ServedFile:
    """A file with the headers that it is sent with."""

    def __init__(self, content: bytes, content_type: str, headers: dict[str, str]) -> None:
        """Takes what to send; the tag, by which a browser asks whether it changed, follows from the content."""
        self._content, self._content_type = content, content_type
        self._tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._headers = {"ETag": self._tag, **headers}

    async def __call__(self, request: Request) -> HTTPResponse:
        """Returns the file, or 304 when the browser has it already."""
        if request.headers.get("if-none-match") == self._tag:
            return response.empty(304, headers=self._headers)
        return response.raw(self._content, content_type=self._content_type, headers=self._headers)


def add_files(
    web: Blueprint, headers_of_page: dict[str, str], attributes_of_chat: dict[str, str], title: str = ""
) -> None:
    """Adds the routes of the files to the blueprint of the channel; raises OSError when a file is missing."""
    script = served_widget()
    pinned = f"widget-{hashlib.sha256(script).hexdigest()[:12]}.js"
    described = json.dumps(DESCRIPTION, ensure_ascii=False).encode()
    about = json.dumps({"src": f"/webhooks/web/{pinned}", "integrity": integrity_of(script)}).encode()
    fresh, for_ever = {"Cache-Control": "no-cache"}, {"Cache-Control": "public, max-age=31536000, immutable"}
    shared = {
        "widget.js": ServedFile(script, JAVASCRIPT, {**_SHARED, **fresh}),
        pinned: ServedFile(script, JAVASCRIPT, {**_SHARED, **for_ever}),
        "widget.json": ServedFile(about, "application/json", {**_SHARED, **VERSION_HEADER, **fresh}),
        "openapi.json": ServedFile(described, "application/json", {**_SHARED, **VERSION_HEADER, **fresh}),
    }
    style = (FOLDER / STYLE).read_bytes()
    page = ServedFile(page_with(attributes_of_chat, title), "text/html; charset=utf-8", headers_of_page)
    own = {
        "page.css": ServedFile(style, "text/css; charset=utf-8", {**fresh, "X-Content-Type-Options": "nosniff"}),
        "page.html": page,
    }
    for address, file in {**shared, **own}.items():
        web.add_route(file, f"/{address}", methods=["GET", "HEAD"], name=f"file {address}")
    for address in shared:
        web.add_route(_preflight, f"/{address}", methods=["OPTIONS"], name=f"preflight of {address}")

    @web.listener("before_server_start")
    async def take_the_root(app: Any, _: Any) -> None:
        # Rasa has its own route at `/`, which shows its version; a middleware comes before it.
        app.register_middleware(page_at_root, "request")

    async def page_at_root(request: Request) -> HTTPResponse | None:
        at_root = request.path == "/" and request.method in ("GET", "HEAD")
        return await page(request) if at_root else None


async def _preflight(_: Request) -> HTTPResponse:
    return response.empty(204, headers=_PREFLIGHT)
