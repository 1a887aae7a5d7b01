"""Builds the responses to requests that are refused: they give the numbers, in the form that the widget reads."""

from __future__ import annotations

from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.contacts import safety_text

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# The fields that the widget reads of each message.
BLANK_MESSAGE: dict[str, Any] = {"text": "", "source": None, "buttons": [], "card": None, "lang": "nl"}


def as_message(text: str) -> dict[str, Any]:
    """Returns a text as a message with nothing else in it."""
    return {**BLANK_MESSAGE, "text": text}


def refusal(status: int, code: str, message: str) -> HTTPResponse:
    """Returns the HTTP response to a request that is refused, with the safety text in it.

    Args:
        status: HTTP status.
        code: Machine-readable reason, for the widget.
        message: Dutch sentence for the user.
    """
    return response.json({"error": code, "message": message, "messages": [as_message(safety_text())]}, status=status)


def refuse_by_sanic(request: Request, error: Exception) -> HTTPResponse:
    """Answers requests that Sanic itself refuses (unknown address, wrong method ...) and errors outside a channel."""
    status = getattr(error, "status_code", 500)
    code = "too_long" if status == 413 else "bad_request"
    message = "Uw bericht is te lang." if status == 413 else "Dit verzoek kan ik niet lezen."
    answer = refusal(status, code, message)
    answer.headers.update(NO_STORE)
    return answer
