"""The answer to a request that is not served: the numbers are in it, in the form that the widget reads."""
from __future__ import annotations

from typing import Any, Dict, Text

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.contacts import safety_text

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# What the widget reads of each message.
BLANK_MESSAGE: Dict[Text, Any] = {"text": "", "source": None, "buttons": [], "card": None, "lang": "nl"}


def safety_message() -> Dict[Text, Any]:
    """Returns what is said when the assistant cannot answer, in the form of a message."""
    return {**BLANK_MESSAGE, "text": safety_text()}


def refusal(status: int, code: str, message: str) -> HTTPResponse:
    """Returns the answer to a request that is not served. The numbers are in it."""
    return response.json({"error": code, "message": message, "messages": [safety_message()]}, status=status)


def refuse_by_sanic(request: Request, error: Exception) -> HTTPResponse:
    """Answers what Sanic itself refuses (an unknown address, a wrong method ...), and any error outside a channel."""
    status = getattr(error, "status_code", 500)
    code = "too_long" if status == 413 else "bad_request"
    message = "Uw bericht is te lang." if status == 413 else "Dit verzoek kan ik niet lezen."
    answer = refusal(status, code, message)
    answer.headers.update(NO_STORE)
    return answer
