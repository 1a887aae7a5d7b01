"""TelegramInput: private chats in Telegram, through the webhook of the Bot API (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import asyncio
import hmac
import logging
from dataclasses import dataclass
from typing import Any

from sanic.request import Request

from weerbaar.channels.apps.arrival import Arrival, Forged, object_in, read_json, text_in, unix_time
from weerbaar.channels.apps.bubble import Bubble
from weerbaar.channels.apps.channel import MessengerInput
from weerbaar.channels.apps.platform import PlatformAway, PlatformRefused
from weerbaar.conversation.call_card import TEAM, international
from weerbaar.observability.metrics import count_fault

logger = logging.getLogger(__name__)

COMMANDS = {"start": "Begin het gesprek", "wis": "Wis het gesprek bij de assistent", "stop": "Stop en wis het gesprek"}
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
# Service notices of Telegram, which arrive in the form of a message. Anything else without text was sent by a user, who
# gets the numbers, even for kinds that Telegram may introduce later and for what it does not show to a bot at all.
_NOTICES = frozenset(
    """boost_added channel_chat_created chat_background_set chat_owner_changed chat_owner_left chat_shared
    checklist_tasks_added checklist_tasks_done connected_website delete_chat_photo direct_message_price_changed
    forum_topic_closed forum_topic_created forum_topic_edited forum_topic_reopened general_forum_topic_hidden
    general_forum_topic_unhidden giveaway_completed giveaway_created group_chat_created left_chat_member
    managed_bot_created message_auto_delete_timer_changed migrate_from_chat_id migrate_to_chat_id new_chat_members
    new_chat_photo new_chat_title paid_message_price_changed passport_data pinned_message poll_option_added
    poll_option_deleted proximity_alert_triggered refunded_payment successful_payment suggested_post_approval_failed
    suggested_post_approved suggested_post_declined suggested_post_paid suggested_post_refunded
    supergroup_chat_created user_shared users_shared video_chat_ended video_chat_participants_invited
    video_chat_scheduled video_chat_started web_app_data write_access_allowed""".split()
)
# Pause between two attempts to register the webhook, in seconds; doubled up to the longest.
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
# In seconds. Pause between two checks that the webhook is still registered.
CHECK_SECONDS = 3_600.0


@dataclass
class TelegramSettings:
    """Settings from environment variables.

    Attributes:
        token: TELEGRAM_TOKEN, from BotFather.
        webhook_url: TELEGRAM_WEBHOOK_URL, the public address of this channel.
        api_url: TELEGRAM_API_URL, for your own Bot API server.
    """

    token: str
    webhook_url: str
    api_url: str = "https://api.telegram.org"


class TelegramInput(MessengerInput):
    """`POST /webhooks/telegram/webhook`, verified by the secret token that this server itself gave to Telegram."""

    settings_kind = TelegramSettings
    secret_name = "token"

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address `/webhooks/telegram`."""
        return "telegram"

    @property
    def secret_token(self) -> str:
        """The secret that Telegram must send with each update; derived from the token, so that all workers share it."""
        return hmac.new(self.settings.token.encode(), b"webhook of the assistant", "sha256").hexdigest()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Calls a method of the Bot API; raises PlatformAway or PlatformRefused."""
        waits = {"waits": arguments.pop("waits")} if "waits" in arguments else {}
        url = f"{self.settings.api_url.rstrip('/')}/bot{self.settings.token}/{method}"
        return await self.client.ask("POST", url, json=arguments, **waits)

    async def prepare(self) -> None:
        """Registers the webhook and the commands; keeps trying while Telegram is away.

        Checks every hour whether the webhook is still registered: another server with the same token, or anybody who
        has the token, can remove it, and then no user would get an answer any more.
        """
        wait, registered = FIRST_WAIT, False
        while True:
            try:
                if not registered or not await self._is_registered():
                    await self._register()
                wait, registered = FIRST_WAIT, True
                await asyncio.sleep(CHECK_SECONDS)
            except (PlatformAway, PlatformRefused):  # already logged and counted; a wrong token can be corrected
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    async def _register(self) -> None:
        await self.call(
            "setWebhook",
            waits=(),
            url=self.settings.webhook_url,
            secret_token=self.secret_token,
            allowed_updates=UPDATES,
        )
        commands = [{"command": name, "description": text} for name, text in COMMANDS.items()]
        await self.call("setMyCommands", waits=(), commands=commands)

    async def _is_registered(self) -> bool:
        """Returns whether Telegram still delivers to this channel; logs and counts it when it does not."""
        found = (await self.call("getWebhookInfo", waits=())).get("result")
        url = str(found.get("url")) if isinstance(found, dict) else ""
        # Telegram may normalise the address.
        if url.lower().rstrip("/") == self.settings.webhook_url.lower().rstrip("/"):
            return True
        logger.error("telegram: the webhook was taken away; it is registered again")
        count_fault("webhook_gone")
        return False

    async def verify(self, request: Request) -> None:
        """Raises Forged unless the header holds the secret token."""
        token = request.headers.get("x-telegram-bot-api-secret-token")
        if token is None:
            raise Forged(401)
        if not hmac.compare_digest(token.encode(), self.secret_token.encode()):
            raise Forged(403)

    def arrivals(self, request: Request) -> list[Arrival]:
        """Returns what the user did in the update, if anything."""
        update = read_json(request)
        arrival = self._arrival(update, f"{update.get('update_id')}")
        return [arrival] if arrival else []

    def _arrival(self, update: dict[str, Any], name: str) -> Arrival | None:
        message = update.get("message") or update.get("edited_message")
        pressed, member = update.get("callback_query"), update.get("my_chat_member")
        if pressed and pressed.get("message"):
            return pressed_button(pressed, name)
        # In a Telegram channel, all followers would read what the assistant says.
        if member and member["chat"]["type"] not in ("private", "channel"):
            joined = member["new_chat_member"]["status"] in ("member", "administrator")
            return Arrival(name, "", str(member["chat"]["id"]), private=False, sent=0.0) if joined else None
        if not message or (message.get("from") or {}).get("is_bot"):
            return None
        text, private = message.get("text") or message.get("caption") or "", message["chat"]["type"] == "private"
        # Skip a notice of Telegram and a live location, which is edited every few seconds. Libraries write false for a
        # notice that a message is not, and many notices are empty objects.
        notice = any(message[name] not in (None, False) for name in _NOTICES & message.keys())
        if not text and (notice or "edited_message" in update):
            return None
        media = not message.get("text")
        if "media_group_id" in message:  # each photo of an album arrives by itself, one of them with the text
            name, media = (name, False) if text else (f"album {message['media_group_id']}", True)
        text, quoted = self._typed_and_quoted(message, text)
        return Arrival(
            name,
            str(message["from"]["id"]) if private else "",
            str(message["chat"]["id"]),
            text,
            private=private,
            media=media,
            quoted=quoted,
            sent=unix_time(message.get("edit_date") or message.get("date")),
        )

    def _typed_and_quoted(self, message: dict[str, Any], text: str) -> tuple[str, str]:
        """Returns what the user typed, and what somebody else wrote: a forwarded message, or what the user quotes.

        Words of the assistant belong to neither.
        """
        origin, elsewhere = object_in(message, "forward_origin"), object_in(message, "external_reply")
        if origin or "forward_date" in message:
            author = object_in(origin, "sender_user") or object_in(message, "forward_from")
            return "", "" if self._is_of_bot(author) else text
        answered = object_in(message, "reply_to_message")
        author = object_in(object_in(elsewhere, "origin"), "sender_user") if elsewhere else object_in(answered, "from")
        quoted = [text_in(object_in(message, "quote"), "text"), text_in(answered, "text"), text_in(answered, "caption")]
        return text, "" if self._is_of_bot(author) else next(filter(None, quoted), "")

    def _is_of_bot(self, author: dict[str, Any]) -> bool:
        """Returns whether a Telegram user is this bot: a bot's token begins with its id."""
        token: str = self.settings.token
        return str(author.get("id")) == token.partition(":")[0]

    async def show_typing(self, arrival: Arrival) -> None:
        """Shows 'typing', and ends the progress sign on a pressed button."""
        if "pressed" in arrival.about:
            await self.call("answerCallbackQuery", waits=(), callback_query_id=arrival.about["pressed"])
        await self.call("sendChatAction", waits=(), chat_id=arrival.chat, action="typing")

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Sends a text with its buttons below it, or the number to call as a contact."""
        if bubble.card:
            phone = international(bubble.card["telefoon"])
            await self.call("sendContact", chat_id=arrival.chat, phone_number=phone, first_name=TEAM)
            return
        keyboard = [[{"text": button.title, "callback_data": button.key}] for button in bubble.buttons]
        markup = {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}
        await self.call(
            "sendMessage", chat_id=arrival.chat, text=bubble.text, link_preview_options={"is_disabled": True}, **markup
        )


def pressed_button(pressed: dict[str, Any], name: str) -> Arrival:
    """Returns the press of a button below a message of the assistant."""
    chat, key = pressed["message"]["chat"], pressed.get("data") or ""
    return Arrival(
        name,
        str(pressed["from"]["id"]),
        str(chat["id"]),
        button_title(pressed["message"], key),
        key,
        private=chat["type"] == "private",
        sent=0.0,
        about={"pressed": pressed["id"]},
    )


def button_title(message: dict[str, Any], key: str) -> str:
    """Returns the title of the button with this key, below a message of the assistant; empty when it is gone."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return next((button["text"] for row in rows for button in row if button.get("callback_data") == key), "")
