"""SafeRestInput: Rasa's REST channel, except that it is never silent and takes no commands from typed text."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.set_up import set_up_server
from weerbaar.contacts import safety_text
from weerbaar.conversation.guard import looks_like_command, offered_payloads
from weerbaar.conversation.ids import MESSENGER, WEB, is_reserved
from weerbaar.conversation.incoming import Incoming
from weerbaar.conversation.turn import OnNewMessage, respond, safety_answer
from weerbaar.observability.metrics import count_fault

# Of a longer text, the beginning and the end are answered, or a part that is graver.
MAX_CHARACTERS = 20_000


class SafeRestInput(InputChannel):
    """Answers `POST /webhooks/rest/webhook` with `{"sender": ..., "message": ...}` by a list of messages.

    It differs from Rasa's own channel: an error, a timeout or an empty answer becomes the fixed safety text; a text
    that starts with `/` is a command only if this conversation offered it as a button; metadata from the client is
    ignored; no text of the user is logged.
    """

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address, of Rasa's own REST channel, which this one replaces."""
        return "rest"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the routes of the channel."""
        webhook = Blueprint("safe_rest_webhook", self.__module__)
        set_up_server(webhook)

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not (request.content_type or "").startswith("application/json"):
                error = "Send the message as application/json."  # a page of another site could post plain text
                return response.json({"error": error, "text": safety_text()}, status=415)
            try:
                sender, text = read_body(request)
            except ValueError as error:
                return response.json({"error": str(error), "text": safety_text()}, status=400)
            return response.json(await self.answer(request.app.ctx.agent, sender, text))

        return webhook

    async def answer(self, agent: Any, sender: str, text: str) -> list[dict[str, Any]]:
        """Returns what the assistant says to `text`; never an empty list, and never raises."""

        def button(tracker: DialogueStateTracker | None) -> str | None:
            return text if looks_like_command(text) and text in offered_payloads(tracker) else None

        collector = CollectingOutputChannel()
        incoming = Incoming(
            self.name(), sender, text, name=None, most=MAX_CHARACTERS, variant=collector.name(), button=button
        )
        reply = await respond(agent, incoming)
        try:
            for each in reply.responses:
                await collector.send_response(sender, each)
        except Exception as error:  # an action server can put more into a response than Rasa can send
            count_fault(type(error).__name__)
            collector.messages.append({"recipient_id": sender, "text": safety_answer(self.name())})
        return list(collector.messages)


def read_body(request: Request) -> tuple[str, str]:
    """Returns the sender and the text in a request; raises ValueError with a clear sentence when it has none."""
    try:
        body = request.json
    except InvalidUsage:
        body = None
    if not isinstance(body, dict):
        raise ValueError('The body must be a JSON object with "sender" and "message".')
    sender, text = body.get("sender"), body.get("message")
    if not isinstance(sender, str) or not 1 <= len(sender) <= 200:
        raise ValueError('"sender" must be a text of 1 to 200 characters.')
    if is_reserved(sender):
        raise ValueError(f'"sender" must not begin with {WEB} or {MESSENGER}: other channels use those.')
    if text is not None and not isinstance(text, str):
        raise ValueError('"message" must be a text.')
    return sender, text or ""
