"""A stand-in for Slack."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import time
from typing import Any
from urllib.parse import urlencode

import httpx

from platforms.stand_in import Asked, NotAccepted, Said, StandIn, payload, require

TOKEN, SIGNING_SECRET = "xoxb-test-token-of-nobody", "0123signingsecretofnobody"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

_CARD = re.compile(r"Ondersteuningsteam Weerbaar Bestuur: <tel:([^|>]*)\|[^>]*>")
_LINK = re.compile(r"<([^<>|]*)\|([^<>]*)>")


class Slack(StandIn):
    """Keeps direct messages: those of user 7 are in channel D7. What only one member sees is kept under that member.

    Attributes:
        open_thread: the only thread in which one may write.
    """

    name, open_thread = "slack", "1788256700.100019"
    waits_briefly = True  # three seconds

    @property
    def environment(self) -> dict[str, str]:
        """See parent class."""
        return {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_API_URL": self.address}

    def serve(self, asked: Asked) -> dict[str, Any]:
        """See parent class."""
        body = asked.body
        require(asked.headers["authorization"] == f"Bearer {TOKEN}", "invalid_auth")
        buttons: dict[str, str] = {}
        for block in body.get("blocks") or []:
            if block["type"] == "section":
                require(1 <= len(block["text"]["text"]) <= 3000, "invalid_blocks")
                require(shown_by_slack(block["text"]) == html.unescape(body["text"]), "the block says something else")
            else:
                require(block["type"] == "actions" and len(block["elements"]) <= 25, "invalid_blocks")
                require(all(len(one["text"]["text"]) <= 75 for one in block["elements"]), "invalid_blocks")
                require(len({one["action_id"] for one in block["elements"]}) == len(block["elements"]), "action_id")
                buttons = {one["text"]["text"]: one["value"] for one in block["elements"]}
        require(body["text"], "no_text")
        require(body.get("thread_ts", "") in ("", self.open_thread), "restricted_action_thread_locked")
        card = _CARD.fullmatch(body["text"])
        said = Said("", buttons, card[1]) if card else Said(_LINK.sub(r"\2", body["text"]), buttons)
        if asked.path == "/chat.postEphemeral":
            self.show(f"{body['channel']} {body['user']}", said)
        elif asked.path == "/chat.postMessage":
            self.show(body["channel"].removeprefix("D"), said)
        else:
            raise NotAccepted("unknown_method")
        return {"ok": True, "ts": "1788256801.000100"}

    def numbered(self, payload: dict[str, Any], user: int) -> dict[str, Any]:
        """See parent class."""
        if "command" in payload:
            return {**payload, "user_id": f"U{user}", "channel_id": f"D{user}", "trigger_id": f"{self.next()}.1.a"}
        payload["event_id"] = f"Ev{self.next()}"
        event = payload["event"]
        event["event_ts"] = f"{time.time():.6f}"
        for message in (event, event.get("message") or {}):
            if "user" in message:
                message["user"] = f"U{user}"
        if event.get("channel_type") == "im":
            event["channel"] = f"D{user}"
        return payload

    def payload_of(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        event = payload("slack/message_im")
        event["event"]["text"] = text
        return self.numbered(event, user)

    def pressed(self, title: str, key: str, user: int) -> dict[str, Any]:
        """See parent class."""
        action = payload("slack/block_actions")
        action["user"]["id"], action["channel"]["id"] = f"U{user}", f"D{user}"
        action["actions"][0].update(value=key, action_ts=f"{int(time.time())}.{self.next():06d}")
        action["actions"][0]["text"]["text"] = title
        return {"payload": json.dumps(action)}

    def in_group(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        event = payload("slack/app_mention")
        event["event"]["text"] = text
        return self.numbered(event, user)

    def group_of(self, event: dict[str, Any]) -> str:
        """Returns what only the member who asked sees in the channel of an event."""
        return f"{event['event']['channel']} {event['event']['user']}"

    @staticmethod
    def signed(body: bytes, kind: str = JSON, secret: str = SIGNING_SECRET, age: float = 0) -> dict[str, str]:
        """Returns the headers with the signature over a body, so many seconds old."""
        timestamp = str(int(time.time() - age))
        digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}

    def deliver(self, payload: dict[str, Any]) -> httpx.Response:
        """See parent class; a form when it is the press of a button or a command."""
        form = "payload" in payload or "command" in payload
        body = urlencode(payload).encode() if form else json.dumps(payload).encode()
        headers = self.signed(body, FORM if form else JSON)
        return self.client.post(self.webhook, content=body, headers=headers)

    def forgeries(self, payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """See parent class."""
        body = json.dumps(payload).encode()
        signed = self.signed(body)
        return {
            "no signature": {"json": payload},
            "no time": {"content": body, "headers": {**signed, "X-Slack-Request-Timestamp": ""}},
            "another secret": {"content": body, "headers": self.signed(body, secret="another")},
            "another body": {"content": body + b" ", "headers": signed},
            "sent again after six minutes": {"content": body, "headers": self.signed(body, age=360)},
            "another time": {"content": body, "headers": {**signed, "X-Slack-Request-Timestamp": "1"}},
            "a time without end": {"content": body, "headers": {**signed, "X-Slack-Request-Timestamp": "1" * 400}},
            "no text": {"content": body, "headers": {**signed, "X-Slack-Signature": b"\xff" * 64}},
            "not UTF-8": {"content": b"\xff", "headers": signed},
        }


def shown_by_slack(text: dict[str, Any]) -> str:
    """Returns what a member reads of a text object: links by their words."""
    return html.unescape(_LINK.sub(r"\2", text["text"])) if text["type"] == "mrkdwn" else text["text"]
