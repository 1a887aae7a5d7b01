"""WhatsAppInput: WhatsApp through Meta's Cloud API (https://developers.facebook.com/docs/whatsapp/cloud-api)."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.apps.arrival import Arrival, Forged, list_in, object_in, read_json, text_in, unix_time
from weerbaar.channels.apps.bubble import Bubble, Button
from weerbaar.channels.apps.channel import MessengerInput
from weerbaar.conversation.call_card import TEAM, international

logger = logging.getLogger(__name__)

# Reply buttons are visible at once; a list opens on a tap and has room for longer titles.
MOST_BUTTONS, MOST_IN_BUTTON = 3, 20
MOST_ROWS, MOST_IN_ROW, MOST_IN_DESCRIPTION = 10, 24, 72
# Codes of errors about this message or this user, which a retry does not change. All other codes can pass: limits,
# faults of Meta, and what the account's owner can fix, such as a payment, a permission or a blocked account.
_FINAL = frozenset([100, 131008, 131009, 131021, 131026, 131030, 131047, 131051, 131052, 131053])
# Subcode of code 100: this number does not exist for our token. The owner can fix that.
_NO_SUCH_NUMBER = 33
# Kinds of message to which the user expects no answer.
_SILENT = frozenset(["reaction", "revoke", "system", "request_welcome"])
# Kinds of message that can be read in full.
_TYPED = frozenset(["text", "interactive", "button"])


@dataclass
class WhatsAppSettings:
    """Settings from environment variables.

    Attributes:
        token: WHATSAPP_TOKEN of a system user, with which the channel sends.
        app_secret: WHATSAPP_APP_SECRET, with which Meta signs.
        verify_token: WHATSAPP_VERIFY_TOKEN, which you choose, for the handshake.
        phone_number_id: WHATSAPP_PHONE_NUMBER_ID, the number that the channel sends from.
        graph_version: WHATSAPP_GRAPH_VERSION, the version of the API.
        api_url: WHATSAPP_API_URL, the address of the API.
    """

    token: str
    app_secret: str
    verify_token: str
    phone_number_id: str
    graph_version: str = "v25.0"
    api_url: str = "https://graph.facebook.com"


class WhatsAppInput(MessengerInput):
    """`POST /webhooks/whatsapp/webhook`, verified by its signature; `GET` for the handshake."""

    settings_kind = WhatsAppSettings
    secret_name = "app_secret"
    most_characters = (4_096, 1_024)

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address `/webhooks/whatsapp`."""
        return "whatsapp"

    def add_routes(self, webhook: Blueprint) -> None:
        """Adds the usual routes and the handshake."""
        super().add_routes(webhook)

        @webhook.route("/webhook", methods=["GET"])
        async def shake_hands(request: Request) -> HTTPResponse:
            token = request.args.get("hub.verify_token") or ""
            right = hmac.compare_digest(token.encode(), self.settings.verify_token.encode())
            if not right or request.args.get("hub.mode") != "subscribe":
                return self.refuse(403)
            return response.text(request.args.get("hub.challenge") or "")

    async def verify(self, request: Request) -> None:
        """Raises Forged unless Meta signed the body."""
        signature = request.headers.get("x-hub-signature-256")
        if signature is None:
            raise Forged(401)
        right = "sha256=" + hmac.new(self.settings.app_secret.encode(), request.body, "sha256").hexdigest()
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise Forged(403)

    def arrivals(self, request: Request) -> list[Arrival]:
        """Returns the messages; one that cannot be read does not hold up the others."""
        messages = messages_in(read_json(request), self.settings.phone_number_id)
        return [arrival for message in messages if (arrival := self._arrival(message))]

    def _arrival(self, message: dict[str, Any]) -> Arrival | None:
        """Returns a message; one of an unknown format counts as unreadable media, because it may be a call for help."""
        kind = text_in(message, "type")
        if kind in _SILENT:
            return None
        # An edit contains the whole edited message.
        said = object_in(object_in(message, "edit"), "message") if kind == "edit" else message
        kind = text_in(said, "type")
        text, choice = said_in(object_in(said, kind))
        # A user with a username need not show a number and is then named in another way.
        name, number, group = text_in(message, "id"), text_in(message, "from"), text_in(message, "group_id")
        sender = text_in(message, "from_user_id") or number
        if message.get("group_id") and not group:  # nothing from a group is read as if it were private
            kind, text, choice = "", "", ""
        read = kind in _TYPED and bool(text or choice)
        if not read and (kind in _TYPED or not (kind and name and sender)):
            self.failures.count_unreadable(ValueError())
        if not name or not sender:
            return None
        # WhatsApp does not say who wrote a forwarded text, and shows no word of what a user replies to.
        context = object_in(said, "context") or object_in(message, "context")
        forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
        text, quoted = ("", text) if forwarded else (text, "")
        return Arrival(
            name,
            "" if group else sender,
            group or number or sender,
            text,
            choice,
            private=not group,
            sent=unix_time(message.get("timestamp")),
            media=not read,
            about={"address": "to" if group or number else "recipient"},
            quoted=quoted,
        )

    async def _post(self, content: dict[str, Any], **waits: Any) -> None:
        settings = self.settings
        url = f"{settings.api_url.rstrip('/')}/{settings.graph_version}/{settings.phone_number_id}/messages"
        headers = {"Authorization": f"Bearer {settings.token}"}
        await self.client.ask("POST", url, headers=headers, json={"messaging_product": "whatsapp", **content}, **waits)

    async def _message(self, arrival: Arrival, kind: str, content: Any) -> None:
        who = {arrival.about["address"]: arrival.chat}
        recipient_type = "individual" if arrival.private else "group"
        await self._post({"recipient_type": recipient_type, **who, "type": kind, kind: content})

    async def show_typing(self, arrival: Arrival) -> None:
        """Shows 'typing', and marks the message as read."""
        await self._post({"status": "read", "message_id": arrival.id, "typing_indicator": {"type": "text"}}, waits=())

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Sends a text, with its buttons if any, or the number to call as a contact."""
        if bubble.card:
            phone = {"phone": international(bubble.card["telefoon"]), "type": "WORK"}
            name = {"formatted_name": TEAM, "first_name": TEAM}
            await self._message(arrival, "contacts", [{"name": name, "phones": [phone]}])
        elif bubble.buttons:
            await self._message(arrival, "interactive", interactive(bubble.text, bubble.buttons))
        else:
            await self._message(arrival, "text", {"body": bubble.text, "preview_url": False})

    @staticmethod
    def refusal_passes(answer: dict[str, Any]) -> bool:
        """Returns whether Meta may accept the request later; the error code tells that, not the status."""
        error = object_in(answer, "error")
        code = error.get("code")
        if not isinstance(code, int):
            return False
        return code not in _FINAL or error.get("error_subcode") == _NO_SUCH_NUMBER


def said_in(content: dict[str, Any]) -> tuple[str, str]:
    """Returns the words in the content of a message, whatever its type, and the key of the button in it."""
    pressed = object_in(content, "button_reply") or object_in(content, "list_reply")
    # A title that is too long for a row is in its description in full.
    parts = [
        text_in(content, "body"),
        text_in(content, "caption"),
        text_in(content, "text"),
        text_in(pressed, "description"),
        text_in(pressed, "title"),
    ]
    return next(filter(None, parts), ""), text_in(pressed, "id")


def messages_in(body: dict[str, Any], phone_number_id: str) -> Iterator[dict[str, Any]]:
    """Yields the user messages to this number in a notification; a notification about our own messages has none."""
    for entry in list_in(body, "entry"):
        for change in list_in(entry, "changes"):
            value = object_in(change, "value")
            to = text_in(object_in(value, "metadata"), "phone_number_id")
            messages = list_in(value, "messages")
            if not to or to == phone_number_id:
                yield from messages
            elif messages:  # an account can have several numbers, each with its own service
                logger.warning("whatsapp: a message to a number other than WHATSAPP_PHONE_NUMBER_ID was left alone")


def interactive(text: str, buttons: list[Button]) -> dict[str, Any]:
    """Returns a message with reply buttons, or with a list when there are many buttons or long titles."""
    if len(buttons) <= MOST_BUTTONS and all(len(button.title) <= MOST_IN_BUTTON for button in buttons):
        replies = [{"type": "reply", "reply": {"id": button.key, "title": button.title}} for button in buttons]
        return {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}
    rows = [list_row(button) for button in buttons[:MOST_ROWS]]
    return {
        "type": "list",
        "body": {"text": text},
        "action": {"button": "Kies", "sections": [{"title": "Kies", "rows": rows}]},
    }


def list_row(button: Button) -> dict[str, str]:
    """Returns a row of a list; a title that is too long goes in the description in full."""
    if len(button.title) <= MOST_IN_ROW:
        return {"id": button.key, "title": button.title}
    short = button.title[: MOST_IN_ROW - 1].rstrip() + "…"
    return {"id": button.key, "title": short, "description": button.title[:MOST_IN_DESCRIPTION]}
