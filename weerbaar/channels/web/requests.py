"""Reads what a browser sends: its address, its conversation, and what the user typed or pressed."""

from __future__ import annotations

import hashlib
import re
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from sanic.exceptions import InvalidUsage
from sanic.request import Request

from weerbaar.conversation.ids import WEB

_TOKEN = re.compile(r"^([A-Za-z0-9_-]{43})\Z")
_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}\Z")


class Refused(Exception):
    """A request that is refused; `code` is for the widget, the message for the user."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        """Creates a refusal from the HTTP status, the code, a Dutch sentence and any extra headers."""
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers or {}


def client_address(request: Request) -> str:
    """Returns the client's address as the proxy saw it; for IPv6, the /64 network, which a household shares."""
    address = request.remote_addr or request.ip or ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((int(parsed) >> 64 << 64, 64)))


def unknown_session() -> Refused:
    """Returns the refusal of a token that belongs to no session."""
    return Refused(401, "unknown_session", "Dit gesprek is gewist of verlopen. Begin een nieuw gesprek.")


def checked_token(text: str) -> str:
    """Returns the token in `text`; raises Refused when it cannot be one of ours."""
    found = _TOKEN.match(text)
    if not found:
        raise unknown_session()
    return found[1]


def bearer_token(request: Request) -> str:
    """Returns the token in the Authorization header; raises Refused when there is none that could be ours."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return checked_token(token if scheme == "Bearer" else "")


def token_in_body(request: Request) -> str:
    """Returns the token in a body that holds nothing else; raises Refused when there is none that could be ours."""
    return checked_token(request.body[:100].decode("ascii", "replace"))


def conversation_id(token: str) -> str:
    """Returns the id of the conversation: a hash, from which the token cannot be recovered."""
    return f"{WEB}{hashlib.sha256(token.encode()).hexdigest()[:40]}"


class Said(NamedTuple):
    """What the user did: typed a text, or pressed the button with a payload.

    Attributes:
        text: The typed text; empty when the user pressed a button.
        payload: The payload of the button, or None.
        id: The client's name for the message, if any; sent again with the same id and the same words, the message is
            answered only once.
    """

    text: str
    payload: str | None
    id: str | None


class Vote(NamedTuple):
    """A vote on an answer: the name that the answer had for it, and whether it helps."""

    name: str
    helps: bool


def read_vote(request: Request) -> Vote:
    """Returns the vote; raises Refused when the body is not one."""
    body = _json_in(request)
    name, helps = (body.get("vote"), body.get("helps")) if isinstance(body, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(helps, bool) or len(body) > 2:
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    return Vote(name, helps)


def _json_in(request: Request) -> Any:
    """Returns the JSON in a body, None when it is none; raises Refused when it does not claim to be JSON."""
    if not (request.content_type or "").lower().startswith("application/json"):
        raise Refused(415, "bad_request", "Dit bericht kan ik niet lezen.")
    try:
        return request.json
    except (InvalidUsage, RecursionError):
        return None


def read_body(request: Request) -> Said:
    """Returns what the user did; raises Refused when the body is not a message."""
    body = _json_in(request)
    if not isinstance(body, dict) or set(body) - {"id"} not in ({"text"}, {"payload"}):
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    text, payload, name = body.get("text", ""), body.get("payload"), body.get("id")
    if not isinstance(text, str) or not isinstance(payload, (str, type(None))) or ("payload" in body and not payload):
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    if "id" in body and not (isinstance(name, str) and _ID.match(name)):
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    return Said(text, payload, name)
