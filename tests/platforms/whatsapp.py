"""A stand-in for Meta's Cloud API of WhatsApp."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx

from platforms.stand_in import Asked, Said, StandIn, payload, require

TOKEN, PHONE = "EAAtestTokenOfNobody", "100000000000009"
APP_SECRET, VERIFY_TOKEN = "0123appsecretofnobody", "afgesproken"


class WhatsApp(StandIn):
    """Keeps chats with users, who have telephone numbers."""

    name = "whatsapp"

    @property
    def environment(self) -> dict[str, str]:
        """See parent class."""
        return {
            "WHATSAPP_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
            "WHATSAPP_PHONE_NUMBER_ID": PHONE,
            "WHATSAPP_API_URL": self.address,
        }

    def serve(self, asked: Asked) -> dict[str, Any]:
        """See parent class."""
        body = asked.body
        require(asked.path == f"/v25.0/{PHONE}/messages", "path")
        require(asked.headers["authorization"] == f"Bearer {TOKEN}", "Unauthorized")
        require(body["messaging_product"] == "whatsapp", "messaging_product")
        if body.get("status") == "read":
            require(body["typing_indicator"] == {"type": "text"} and body["message_id"], "typing")
            return {"success": True}
        user, content = body.get("to") or body["recipient"], body[body["type"]]
        if body["type"] == "text":
            require(1 <= len(content["body"]) <= 4096, "body is too long")
            self.show(user, Said(content["body"]))
        elif body["type"] == "interactive":
            require(1 <= len(content["body"]["text"]) <= 1024, "body is too long")
            self.show(user, Said(content["body"]["text"], self.buttons_in(content)))
        else:
            require(body["type"] == "contacts" and content[0]["name"]["formatted_name"], "type")
            self.show(user, Said(phone=content[0]["phones"][0]["phone"]))
        return {"messaging_product": "whatsapp", "messages": [{"id": f"wamid.{self._count}"}]}

    @staticmethod
    def buttons_in(content: dict[str, Any]) -> dict[str, str]:
        """Returns the keys of the buttons by their titles; a long title of a row stands in its description."""
        action = content["action"]
        if content["type"] == "button":
            replies = [button["reply"] for button in action["buttons"]]
            require(1 <= len(replies) <= 3 and all(1 <= len(reply["title"]) <= 20 for reply in replies), "buttons")
            return {reply["title"]: reply["id"] for reply in replies}
        rows = [row for section in action["sections"] for row in section["rows"]]
        require(content["type"] == "list" and 1 <= len(action["button"]) <= 20 and len(rows) <= 10, "list")
        require(all(len(row["title"]) <= 24 and len(row.get("description", "")) <= 72 for row in rows), "rows")
        return {row.get("description") or row["title"]: row["id"] for row in rows}

    @staticmethod
    def message_in(notification: dict[str, Any]) -> dict[str, Any]:
        """Returns the first message of a notification."""
        return notification["entry"][0]["changes"][0]["value"]["messages"][0]

    def numbered(self, payload: dict[str, Any], user: int) -> dict[str, Any]:
        """See parent class; a user who does not show a number goes on not to."""
        for message in payload["entry"][0]["changes"][0]["value"].get("messages", []):
            message.update({"id": f"wamid.{self.next()}", "from_user_id": f"NL.{user}"})
            message["timestamp"] = f"{time.time():.0f}"
            if "from" in message:
                message["from"] = str(user)
        return payload

    def payload_of(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        notification = payload("whatsapp/text")
        self.message_in(notification)["text"]["body"] = text
        return self.numbered(notification, user)

    def pressed(self, title: str, key: str, user: int) -> dict[str, Any]:
        """See parent class; like Meta it gives the row back as it was shown: a long title stands in the description."""
        notification = payload("whatsapp/list_reply")
        row = self.message_in(notification)["interactive"]["list_reply"]
        row.update(id=key, title=title if len(title) <= 24 else title[:23] + "…", description=title)
        if len(title) <= 24:
            del row["description"]
        return self.numbered(notification, user)

    def in_group(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        notification = payload("whatsapp/group_text")
        self.message_in(notification)["text"]["body"] = text
        return self.numbered(notification, user)

    def group_of(self, notification: dict[str, Any]) -> str:
        """Returns the id of the group of a notification."""
        return self.message_in(notification)["group_id"]

    @staticmethod
    def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
        """Returns the headers with the signature over a body."""
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}

    def deliver(self, payload: dict[str, Any]) -> httpx.Response:
        """See parent class."""
        body = json.dumps(payload).encode()
        return self.client.post(self.webhook, content=body, headers=self.signed(body))

    def forgeries(self, payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """See parent class."""
        body = json.dumps(payload).encode()
        sha1 = {"X-Hub-Signature": self.signed(body)["X-Hub-Signature-256"]}
        return {
            "no signature": {"json": payload},
            "only the old header": {"content": body, "headers": sha1},
            "another secret": {"content": body, "headers": self.signed(body, "another")},
            "another body": {"content": body + b" ", "headers": self.signed(body)},
            "no text": {"content": body, "headers": {"X-Hub-Signature-256": b"\xff" * 64}},
            "no digest": {"content": body, "headers": {**self.signed(body), "X-Hub-Signature-256": "sha256="}},
        }
