"""A stand-in for Telegram's Bot API."""

from __future__ import annotations

import time
from typing import Any

import httpx

from platforms.stand_in import Asked, NotAccepted, Said, StandIn, payload, require

TOKEN = "1234567890:AAtestTokenOfNobodyTestTokenOfNobody0"


class Telegram(StandIn):
    """Keeps chats with users whose id is that of the chat."""

    name = "telegram"
    secret_token = ""
    registered = ""
    commands: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """See parent class."""
        return {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_WEBHOOK_URL": "https://assistent.example/webhooks/telegram/webhook",
            "TELEGRAM_API_URL": self.address,
        }

    def serve(self, asked: Asked) -> dict[str, Any]:
        """See parent class."""
        bot, method = asked.path.lstrip("/").split("/")
        require(bot == f"bot{TOKEN}", "Unauthorized")
        body = asked.body
        if method == "setWebhook":
            require(body["url"].startswith("https://") and 1 <= len(body["secret_token"]) <= 256, "bad webhook")
            self.secret_token, self.registered = body["secret_token"], body["url"]
        elif method == "getWebhookInfo":
            return {"ok": True, "result": {"url": self.registered, "pending_update_count": 0}}
        elif method == "setMyCommands":
            self.commands = [command["command"] for command in body["commands"]]
        elif method == "sendMessage":
            require(1 <= len(body["text"].encode("utf-16-le")) // 2 <= 4096, "message is too long")
            rows = (body.get("reply_markup") or {}).get("inline_keyboard") or []
            buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
            require(all(1 <= len(key.encode()) <= 64 for key in buttons.values()), "BUTTON_DATA_INVALID")
            self.show(body["chat_id"], Said(body["text"], buttons))
        elif method == "sendContact":
            self.show(body["chat_id"], Said(phone=body["phone_number"]))
            require(body["first_name"], "no name")
        elif method not in ("sendChatAction", "answerCallbackQuery"):
            raise NotAccepted("Not Found")
        return {"ok": True, "result": True}

    def payload_of(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        update = payload("telegram/message")
        update["message"].update(text=text)
        return self.numbered(update, user)

    def numbered(self, payload: dict[str, Any], user: int) -> dict[str, Any]:
        """See parent class."""
        payload["update_id"] = self.next()
        content = next(value for name, value in payload.items() if name != "update_id")
        content.get("from", {})["id"] = user
        content.update({key: int(time.time()) for key in ("date", "edit_date") if key in content})
        for chat in (content.get("chat"), content.get("message", {}).get("chat")):
            if chat and chat["type"] == "private":
                chat["id"] = user
        return payload

    def pressed(self, title: str, key: str, user: int) -> dict[str, Any]:
        """See parent class."""
        update = self.fixture("callback_query", user)
        query = update["callback_query"]
        query.update(data=key)
        query["message"]["reply_markup"] = {"inline_keyboard": [[{"text": title, "callback_data": key}]]}
        return update

    def in_group(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        update = payload("telegram/group_message")
        update["message"].update(text=text)
        return self.numbered(update, user)

    def group_of(self, update: dict[str, Any]) -> int:
        """Returns the id of the group of an update."""
        return update["message"]["chat"]["id"]

    def deliver(self, payload: dict[str, Any]) -> httpx.Response:
        """See parent class."""
        return self.post(payload, {"X-Telegram-Bot-Api-Secret-Token": self.secret_token})

    def post(self, payload: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        """Posts an update with these headers."""
        return self.client.post(self.webhook, json=payload, headers=headers)

    def forgeries(self, payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """See parent class."""
        header = "X-Telegram-Bot-Api-Secret-Token"
        return {
            "no token": {"json": payload},
            "another token": {"json": payload, "headers": {header: "a" * 64}},
            "the token of the bot": {"json": payload, "headers": {header: TOKEN}},
            "an empty token": {"json": payload, "headers": {header: ""}},
            "no text": {"json": payload, "headers": {header: b"\xff" * 64}},
        }
