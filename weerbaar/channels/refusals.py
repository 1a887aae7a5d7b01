"""Builds the responses to requests that are refused or that fail: problems (RFC 9457) with the numbers in them."""

from __future__ import annotations

from http.client import responses
from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.contacts import safety_text

PROBLEM = "application/problem+json"
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# The fields that the widget reads of each message.
BLANK_MESSAGE: dict[str, Any] = {"text": "", "source": None, "buttons": [], "card": None, "lang": "nl"}


def as_message(text: str) -> dict[str, Any]:
    """Returns a text as a message with nothing else in it."""
    return {**BLANK_MESSAGE, "text": text}


def problem(status: int, detail: str, **members: Any) -> HTTPResponse:
    """Returns the HTTP response that describes a problem.

    Args:
        status: HTTP status.
        detail: Dutch sentence for the user.
        members: What else a client reads; RFC 9457 calls these extension members.
    """
    standard = {"title": responses.get(status, "Refused"), "status": status, "detail": detail}
    return response.json({**standard, **members}, status=status, content_type=PROBLEM)


def refusal(status: int, code: str, message: str) -> HTTPResponse:
    """Returns the HTTP response to a request that is refused, with the safety text in it.

    Args:
        status: HTTP status.
        code: Machine-readable reason, for the widget.
        message: Dutch sentence for the user.
    """
    return problem(status, message, error=code, message=message, messages=[as_message(safety_text())])


def refuse_by_sanic(request: Request, error: Exception) -> HTTPResponse:
    """Answers requests that Sanic itself refuses (unknown address, wrong method ...) and errors outside a channel."""
    status = getattr(error, "status_code", 500)
    code = "too_long" if status == 413 else "bad_request"
    message = "Uw bericht is te lang." if status == 413 else "Dit verzoek kan ik niet lezen."
    answer = refusal(status, code, message)
    answer.headers.update(NO_STORE)
    return answer
