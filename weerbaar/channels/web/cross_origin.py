"""Which other sites may use the web channel: it alone decides, not sanic-cors, which Rasa puts before all channels."""
from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from sanic import Sanic
from sanic.request import Request

# What a page of an allowed site may read of an answer, besides what every page may.
_EXPOSED = "Retry-After"
# How long a browser remembers what it was allowed, in seconds.
_MAX_AGE = "600"


class ForeignSite(Exception):
    """A page of a site that may not use the chat asked for it."""


def headers_for(request: Request, origins: List[str]) -> Dict[str, str]:
    """Returns the CORS headers of an answer; raises ForeignSite when the page that asks is of no site in `origins`.

    To a question whether a request may be sent (a preflight, which each route answers that needs one) they say what may
    be. A request without an origin, or from the server's own page, needs no leave.
    """
    origin = request.headers.get("origin")
    if origin is None or origin.partition("://")[2] == request.headers.get("host"):
        return {"Vary": "Origin"}
    if origin not in origins:
        raise ForeignSite
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}


def leave_to_send(methods: str, headers: Optional[str] = None) -> Dict[str, str]:
    """Returns what the answer to a preflight says besides `headers_for`: which methods and headers may be sent."""
    allowed = {"Access-Control-Allow-Methods": methods, "Access-Control-Max-Age": _MAX_AGE}
    return {**allowed, "Access-Control-Allow-Headers": headers} if headers else allowed


def keep_sanic_cors_out(app: Sanic, paths: str) -> None:
    """Makes sanic-cors leave the addresses alone that the pattern `paths` matches; its rules for others stay.

    It would answer every preflight itself, before any channel: without a word for a site on our list, and with
    `rasa run --cors` for every site, credentials included.
    """
    cors: Any = getattr(app.ctx, "sanic_cors", None)
    if cors is None:
        return
    cors.resources = [
        (re.compile(f"(?!{paths})(?:{getattr(pattern, 'pattern', pattern)})"), options)
        for pattern, options in cors.resources
    ]
    # An address that has no preflight must refuse one. What no rule matches is asked of these options.
    cors.options["automatic_options"] = False
