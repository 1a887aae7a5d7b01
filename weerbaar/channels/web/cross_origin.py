"""Decides which other sites may use the web channel, instead of sanic-cors, which Rasa puts before all channels."""

from __future__ import annotations

import re
from typing import Any

from sanic import Sanic
from sanic.request import Request

# The headers of an answer that a page of an allowed site may read besides those that every page may read.
_EXPOSED = "Retry-After, API-Version"
# How long, in seconds, a browser remembers what it was allowed.
_MAX_AGE = "600"


class ForeignSite(Exception):
    """A page of a site that may not use the chat sent the request."""


def headers_for(request: Request, origins: list[str]) -> dict[str, str]:
    """Returns the CORS headers of an answer; raises ForeignSite when the page's site is not in `origins`.

    In the answer to a preflight, which each route that needs one handles itself, they are combined with
    `leave_to_send`. A request without an origin, or from the server's own page, needs no permission.
    """
    origin = request.headers.get("origin")
    if origin is None or origin.partition("://")[2] == request.headers.get("host"):
        return {"Vary": "Origin"}
    if origin not in origins:
        raise ForeignSite
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}


def leave_to_send(methods: str, headers: str | None = None) -> dict[str, str]:
    """Returns the headers that a preflight's answer adds to `headers_for`: the methods and headers that may be sent."""
    allowed = {"Access-Control-Allow-Methods": methods, "Access-Control-Max-Age": _MAX_AGE}
    return {**allowed, "Access-Control-Allow-Headers": headers} if headers else allowed


def keep_sanic_cors_out(app: Sanic, paths: str) -> None:
    """Makes sanic-cors ignore the addresses that match the pattern `paths`; its rules for other addresses stay.

    Otherwise sanic-cors answers every preflight itself, before any channel: without permission for a site on our list,
    and with `rasa run --cors` it permits every site, credentials included.
    """
    cors: Any = getattr(app.ctx, "sanic_cors", None)
    if cors is None:
        return
    cors.resources = [
        (re.compile(f"(?!{paths})(?:{getattr(pattern, 'pattern', pattern)})"), options)
        for pattern, options in cors.resources
    ]
    # An address without a preflight handler must refuse a preflight. These options apply where no rule matches.
    cors.options["automatic_options"] = False
