"""TelegramInput: private chats in Telegram, by the webhook of the Bot API (https://core.telegram.org/bots/api)."""
from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Text

from sanic.request import Request

from channels.call_card import TEAM, international
from channels.messenger.arrival import Arrival, Forged, json_of
from channels.messenger.bubble import Bubble
from channels.messenger.channel import MessengerInput
from channels.messenger.platform import PlatformAway, PlatformRefused

COMMANDS = {"start": "Begin het gesprek", "wis": "Wis het gesprek bij de assistent", "stop": "Stop en wis het gesprek"}
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
# What a message can hold instead of text, when a user sent it; other messages without text are notices of Telegram.
_MEDIA = frozenset([
    "animation", "audio", "checklist", "contact", "dice", "document", "game", "live_photo", "location", "paid_media",
    "photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice",
])  # fmt: skip
# Between two attempts to register the webhook, in seconds; doubled up to the longest.
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0


@dataclass
class TelegramSettings:
    """Environment variables.

    Attributes:
        token: TELEGRAM_TOKEN, from BotFather.
        webhook_url: TELEGRAM_WEBHOOK_URL, the public address of this channel.
        api_url: TELEGRAM_API_URL, for a Bot API server of your own.
    """

    token: str
    webhook_url: str
    api_url: str = "https://api.telegram.org"


class TelegramInput(MessengerInput):
    """`POST /webhooks/telegram/webhook`, verified by the secret token that the server gave to Telegram itself."""

    settings_kind = TelegramSettings
    secret_name = "token"

    @classmethod
    def name(cls) -> Text:
        """Returns the name, and so the address `/webhooks/telegram`."""
        return "telegram"

    @property
    def secret_token(self) -> Text:
        """What Telegram must send with each update; made of the token, so that all workers have the same."""
        return hmac.new(self.settings.token.encode(), b"webhook of the assistant", "sha256").hexdigest()

    async def call(self, method: Text, **arguments: Any) -> Dict[Text, Any]:
        """Calls a method of the Bot API; raises PlatformAway or PlatformRefused."""
        waits = {"waits": arguments.pop("waits")} if "waits" in arguments else {}
        url = f"{self.settings.api_url.rstrip('/')}/bot{self.settings.token}/{method}"
        return await self.client.ask("POST", url, json=arguments, **waits)

    async def prepare(self) -> None:
        """Registers the webhook and the commands; goes on trying while Telegram is away."""
        wait = FIRST_WAIT
        while True:
            try:
                await self.call(
                    "setWebhook", waits=(), url=self.settings.webhook_url, secret_token=self.secret_token,
                    allowed_updates=UPDATES,
                )  # fmt: skip
                commands = [{"command": name, "description": text} for name, text in COMMANDS.items()]
                await self.call("setMyCommands", waits=(), commands=commands)
                return
            except (PlatformAway, PlatformRefused):  # logged and counted; a wrong token can be put right
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    async def verify(self, request: Request) -> None:
        """Raises Forged without the secret token in the header (see parent class)."""
        token = request.headers.get("x-telegram-bot-api-secret-token")
        if token is None:
            raise Forged(401)
        if not hmac.compare_digest(token.encode(), self.secret_token.encode()):
            raise Forged(403)

    def arrivals(self, request: Request) -> List[Arrival]:
        """Returns what the update holds (see parent class)."""
        update = json_of(request)
        arrival = self._arrival(update, f"{update.get('update_id')}")
        return [arrival] if arrival else []

    def _arrival(self, update: Dict[Text, Any], name: Text) -> Optional[Arrival]:
        message = update.get("message") or update.get("edited_message")
        pressed, member = update.get("callback_query"), update.get("my_chat_member")
        if pressed and pressed.get("message"):
            chat, key = pressed["message"]["chat"], pressed.get("data") or ""
            return Arrival(
                name, str(pressed["from"]["id"]), str(chat["id"]), title_of(pressed["message"], key), key,
                chat["type"] == "private", about={"pressed": pressed["id"]},
            )  # fmt: skip
        if member and member["chat"]["type"] != "private":
            joined = member["new_chat_member"]["status"] in ("member", "administrator")
            return Arrival(name, "", str(member["chat"]["id"]), private=False) if joined else None
        if not message or (message.get("from") or {}).get("is_bot"):
            return None
        text, media = message.get("text") or message.get("caption") or "", not _MEDIA.isdisjoint(message)
        private = message["chat"]["type"] == "private"
        # A notice of Telegram, or a location that moves: a change every few seconds.
        if not text and (not media or "edited_message" in update):
            return None
        if "media_group_id" in message:  # each photo of an album comes by itself, one of them with the text
            name, media = (name, False) if text else (f"album {message['media_group_id']}", True)
        return Arrival(name, str(message["from"]["id"]) if private else "", str(message["chat"]["id"]), text,
                       private=private, media=media)  # fmt: skip

    async def show_typing(self, arrival: Arrival) -> None:
        """Shows 'typing', and ends the waiting sign of a pressed button (see parent class)."""
        if "pressed" in arrival.about:
            await self.call("answerCallbackQuery", waits=(), callback_query_id=arrival.about["pressed"])
        await self.call("sendChatAction", waits=(), chat_id=arrival.chat, action="typing")

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Sends a text with its buttons below it, or the number as a contact (see parent class)."""
        if bubble.card:
            phone = international(bubble.card["telefoon"])
            await self.call("sendContact", chat_id=arrival.chat, phone_number=phone, first_name=TEAM)
            return
        keyboard = [[{"text": button.title, "callback_data": button.key}] for button in bubble.buttons]
        markup = {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}
        await self.call(
            "sendMessage", chat_id=arrival.chat, text=bubble.text, link_preview_options={"is_disabled": True}, **markup
        )


def title_of(message: Dict[Text, Any], key: Text) -> Text:
    """Returns what stands on the button with this key, under a message of the assistant; empty when it is gone."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return next((button["text"] for row in rows for button in row if button.get("callback_data") == key), "")
