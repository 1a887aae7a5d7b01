"""Serves the files of the web channel: the widget, and the stand-alone page at the server's own address."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path
from typing import Any

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.web.cross_origin import leave_to_send

FOLDER = Path(__file__).resolve().parents[3] / "widget"
WIDGET = "weerbaar-chat.js"
PAGE = "page.html"
# Address under the channel: file and content type. The page is served at `/` as well.
FILES = {
    "widget.js": (WIDGET, "text/javascript; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.html": (PAGE, "text/html; charset=utf-8"),
}
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*(?:(?!\*/).)*\*/)\n", re.DOTALL | re.MULTILINE)
_TITLE = re.compile("<title>.*?</title>")
# Any site may embed the widget: it is no secret, and with `crossorigin` a site can check its hash.
_SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {**_SHARED, **leave_to_send("GET, HEAD")}


def without_comments(script: str) -> str:
    """Returns the script without the comments on lines of their own: a seventh of what would be transferred."""
    return _COMMENT.sub("", script)


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
    if title:
        page = _TITLE.sub(lambda _: f"<title>{html.escape(title)}</title>", page)
    return page.replace('<weerbaar-chat mode="page">', f'<weerbaar-chat mode="page"{written}>').encode()


def add_files(
    web: Blueprint, headers_of_page: dict[str, str], attributes_of_chat: dict[str, str], title: str = ""
) -> None:
    """Adds the routes of the files to the blueprint of the channel; raises OSError when a file is missing."""
    contents = {address: (FOLDER / name).read_bytes() for address, (name, _) in FILES.items()}
    contents["widget.js"] = without_comments(contents["widget.js"].decode()).encode()
    contents["page.html"] = page_with(attributes_of_chat, title)
    pinned = f"widget-{hashlib.sha256(contents['widget.js']).hexdigest()[:12]}.js"
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(contents["widget.js"]).digest()).decode()

    def send(request: Request, address: str, headers: dict[str, str]) -> HTTPResponse:
        tag = f'"{hashlib.sha256(contents[address]).hexdigest()[:32]}"'
        headers = {"ETag": tag, **headers}
        if request.headers.get("if-none-match") == tag:
            return response.empty(304, headers=headers)
        return response.raw(contents[address], content_type=FILES[address][1], headers=headers)

    async def page_at_root(request: Request) -> HTTPResponse | None:
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return send(request, "page.html", headers_of_page)
        return None

    @web.listener("before_server_start")
    async def take_the_root(app: Any, _: Any) -> None:
        # Rasa has its own route at `/`, which shows its version; a middleware comes before it.
        app.register_middleware(page_at_root, "request")

    @web.route("/widget.js", methods=["GET", "HEAD"])
    async def widget(request: Request) -> HTTPResponse:
        return send(request, "widget.js", {**_SHARED, "Cache-Control": "no-cache"})

    @web.route(f"/{pinned}", methods=["GET", "HEAD"])
    async def pinned_widget(request: Request) -> HTTPResponse:
        return send(request, "widget.js", {**_SHARED, "Cache-Control": "public, max-age=31536000, immutable"})

    @web.route("/widget.json", methods=["GET"])
    async def about(_: Request) -> HTTPResponse:
        body = {"src": f"/webhooks/web/{pinned}", "integrity": integrity}
        return response.json(body, headers={**_SHARED, "Cache-Control": "no-cache"})

    async def preflight(_: Request) -> HTTPResponse:
        return response.empty(204, headers=_PREFLIGHT)

    for address in ("widget.js", pinned, "widget.json"):
        web.add_route(preflight, f"/{address}", methods=["OPTIONS"], name=f"preflight of {address}")

    @web.route("/page.css", methods=["GET", "HEAD"])
    async def style(request: Request) -> HTTPResponse:
        return send(request, "page.css", {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"})

    @web.route("/page.html", methods=["GET", "HEAD"])
    async def page(request: Request) -> HTTPResponse:
        return send(request, "page.html", headers_of_page)
