"""SlackInput: direct messages in Slack, through the Events API and interactivity (https://docs.slack.dev)."""

from __future__ import annotations

import asyncio
import html
import json
import re
from dataclasses import dataclass
from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
    TextObject,
)
from slack_sdk.signature import SignatureVerifier

from weerbaar.channels.apps.answers import WIPE, command_in
from weerbaar.channels.apps.arrival import Arrival, Forged, list_in, read_json, text_in, unix_time
from weerbaar.channels.apps.bubble import Bubble, plain_text
from weerbaar.channels.apps.channel import MessengerInput, NoPlace, TooManyOfOne
from weerbaar.channels.apps.links import linked
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.conversation.call_card import TEAM
from weerbaar.conversation.turn import safety_answer

MOST_IN_BUTTON, MOST_IN_SECTION = 75, 3_000
# Subtypes of messages that a user types, or sends with a file.
_TYPED = (None, "file_share", "me_message", "message_share", "thread_broadcast", "message_changed")
# How Slack marks a message inside another one: forwarded, or shown for a link to it.
_MESSAGES = ("is_share", "is_msg_unfurl", "is_reply_unfurl")
# Errors about this message or this user, which a retry does not change. All other errors can pass: limits, faults of
# Slack, and what the person who set up the app can fix.
_FINAL = frozenset(
    """cannot_dm_bot cannot_reply_to_message channel_not_found invalid_arguments invalid_blocks invalid_blocks_format
    is_archived msg_blocks_too_long msg_too_long no_text not_in_channel restricted_action
    restricted_action_non_threadable_channel restricted_action_read_only_channel restricted_action_thread_locked
    restricted_action_thread_only_channel thread_not_found user_disabled user_not_found user_not_in_channel""".split()
)
# <@U123>, <https://address|words>, <tel:112|112>: how Slack writes mentions and links in a text.
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


# Signs that make words bold, struck through or code; they cannot be escaped.
_MARKUP = re.compile(r"[*_~`]|^>", re.MULTILINE)


@dataclass
class SlackSettings:
    """Settings from environment variables.

    Attributes:
        bot_token: SLACK_BOT_TOKEN, with which the channel sends.
        signing_secret: SLACK_SIGNING_SECRET, with which Slack signs.
        api_url: SLACK_API_URL, the address of the API.
    """

    bot_token: str
    signing_secret: str
    api_url: str = "https://slack.com/api"


class SlackInput(MessengerInput):
    """`POST /webhooks/slack/webhook` for events, buttons and commands, verified by its signature."""

    settings_kind = SlackSettings
    secret_name = "signing_secret"
    seconds = 2.5
    most_characters = (3_000, 3_000)

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address `/webhooks/slack`."""
        return "slack"

    async def verify(self, request: Request) -> None:
        """Raises Forged unless Slack signed the request within the last five minutes."""
        timestamp = request.headers.get("x-slack-request-timestamp")
        signature = request.headers.get("x-slack-signature")
        if timestamp is None or signature is None:
            raise Forged(401)
        try:
            right = SignatureVerifier(self.settings.signing_secret).is_valid(request.body, timestamp, signature)
        except (ValueError, TypeError):  # not a time, or not UTF-8
            right = False
        if not right:
            raise Forged(403)

    def handshake(self, request: Request) -> HTTPResponse | None:
        """Returns the challenge with which Slack checks the address; None for any other request."""
        if not is_form(request) and read_json(request).get("type") == "url_verification":
            return response.text(str(read_json(request).get("challenge", "")))
        return None

    def arrivals(self, request: Request) -> list[Arrival]:
        """Returns the message, the pressed button or the command."""
        if is_form(request):
            payload = request.form.get("payload")
            found = pressed(json.loads(payload)) if payload else commanded(request.form)
        else:
            found = said(read_json(request))
        return [found] if found else []

    def conversation_id(self, arrival: Arrival) -> str:
        """Returns the id of the conversation; in a channel each member has their own, as only they see the answer."""
        if arrival.private:
            return super().conversation_id(arrival)
        return self.hashed(f"group {arrival.chat} {arrival.sender}")

    async def respond(self, request: Request, arrivals: list[Arrival]) -> HTTPResponse:
        """Answers a command in the response itself, because it can be given where the assistant cannot post."""
        if not arrivals or "command" not in arrivals[0].about:
            return await super().respond(request, arrivals)
        text = await self._answer_to_command(request.app.ctx.agent, arrivals[0])
        return response.json({"response_type": "ephemeral", "text": marked(text)})

    async def _answer_to_command(self, agent: Any, arrival: Arrival) -> str:
        """Returns the answer to a command as one text; the safety text when there is none in time."""
        name = self.message_name(arrival)
        self.pieces.forget(self.conversation_id(arrival))
        try:
            answering = self.task(arrival, name, lambda: self.answer(agent, arrival, name))
        except NoPlace:
            return safety_answer(self.name())
        except TooManyOfOne:
            return TEXTS["te_veel"]
        await asyncio.wait([answering], timeout=self.seconds)
        if answering.done():
            return "\n\n".join(plain_text(bubble) for bubble in answering.result()) or TEXTS["te_veel"]
        # The work goes on, but Slack waits no longer.
        return TEXTS["niet_gewist"] if command_in(arrival.text) == WIPE else safety_answer(self.name())

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Sends a text with its buttons, or the number to call as a link."""
        if bubble.card:
            await self._post(arrival, marked(f"{TEAM}: {bubble.card['telefoon']}"), arrival.about)
            return
        blocks: list[Block] = [SectionBlock(text=text_object(bubble.text))]
        if bubble.buttons:
            buttons = [
                ButtonElement(text=button.title[:MOST_IN_BUTTON], action_id=button.key, value=button.key)
                for button in bubble.buttons
            ]
            blocks.append(ActionsBlock(elements=buttons))
        more = {"blocks": [block.to_dict() for block in blocks], **arrival.about}
        await self._post(arrival, escaped(bubble.text), more)

    @staticmethod
    def refusal_passes(answer: dict[str, Any]) -> bool:
        """Returns whether Slack may accept the request later; an error word tells that, with status 200."""
        word = answer.get("error")
        return isinstance(word, str) and word not in _FINAL

    async def send_plainly(self, arrival: Arrival, text: str) -> None:
        """Sends the text without blocks and outside a thread, because the thread may be the reason for the refusal."""
        await self._post(arrival, marked(text), {})

    async def _post(self, arrival: Arrival, text: str, more: dict[str, Any]) -> None:
        method, only = ("chat.postMessage", {}) if arrival.private else ("chat.postEphemeral", {"user": arrival.sender})
        content = {"channel": arrival.chat, "text": text, **only, **more}
        headers = {"Authorization": f"Bearer {self.settings.bot_token}"}
        await self.client.ask("POST", f"{self.settings.api_url.rstrip('/')}/{method}", headers=headers, json=content)


def is_form(request: Request) -> bool:
    """Returns whether a request is a pressed button or a command, not an event."""
    return (request.content_type or "").startswith("application/x-www-form-urlencoded")


def said(body: dict[str, Any]) -> Arrival | None:
    """Returns what a user said in an event; None when it is not from a user, or was deleted."""
    event = body.get("event") or {}
    private = event.get("channel_type") == "im"
    kind = event.get("subtype")
    message = event.get("message") if kind == "message_changed" else event
    if kind not in _TYPED or not message or message.get("bot_id"):
        return None
    if message.get("subtype") == "tombstone":
        return None
    # Slack itself changes a message when it shows the preview of a link.
    if kind == "message_changed" and not (private and "edited" in message):
        return None
    if event.get("type") == "app_mention" or (event.get("type") == "message" and private):
        shared = [part for part in list_in(message, "attachments") if any(part.get(kind) for kind in _MESSAGES)]
        files = [file for holder in (message, *shared) for file in list_in(holder, "files")]
        quoted = [*(shared_text(part) for part in shared if not is_of_app(part, body)), *map(words_in_file, files)]
        # A picture without words, as picture apps send it.
        picture = not shared and not message.get("text") and bool(list_in(message, "attachments"))
        return Arrival(
            body["event_id"],
            message["user"],
            event["channel"],
            plain(message.get("text") or ""),
            private=private,
            sent=unix_time(event.get("event_ts") or event.get("ts")),
            media=bool(files) or picture,
            about=thread_arguments(message),
            quoted="\n\n".join(filter(None, quoted)),
        )
    return None


def shared_text(shared: dict[str, Any]) -> str:
    """Returns the text of a message inside another one; some of these hold their words only in blocks."""
    if text_in(shared, "text").strip():
        return plain(shared["text"])
    words = " ".join(texts_in([shared.get("message_blocks"), shared.get("blocks")]))
    return words or plain(text_in(shared, "fallback"))


def texts_in(content: Any) -> list[str]:
    """Returns all texts in blocks, in order."""
    if isinstance(content, dict):
        own = [content["text"]] if isinstance(content.get("text"), str) else []
        return own + [text for each in content.values() for text in texts_in(each)]
    return [text for each in content for text in texts_in(each)] if isinstance(content, list) else []


def words_in_file(file: dict[str, Any]) -> str:
    """Returns the text of a file as far as Slack delivers it: an email, or a text that was too long to send."""
    found = [text_in(file, key) for key in ("plain_text", "preview_plain_text", "preview")]
    return next(filter(str.strip, found), "")


def is_of_app(shared: dict[str, Any], body: dict[str, Any]) -> bool:
    """Returns whether a message inside another one was said by this app, not by a user."""
    app = [each.get("user_id") for each in list_in(body, "authorizations") if each.get("is_bot")]
    app.append(body.get("api_app_id"))
    return any(shared.get(key) in app for key in ("author_id", "app_id") if shared.get(key))


def pressed(body: dict[str, Any]) -> Arrival | None:
    """Returns the press of a button, or None when the body holds none."""
    if body.get("type") != "block_actions" or not body.get("actions"):
        return None
    action, channel, shown = body["actions"][0], body["channel"], body["container"]
    name = f"{shown['message_ts']} {action['action_ts']} {body['user']['id']}"
    thread = thread_arguments(body.get("message")) or thread_arguments({**shown, "ts": shown["message_ts"]})
    return Arrival(
        name,
        body["user"]["id"],
        channel["id"],
        (action.get("text") or {}).get("text") or "",
        action.get("value") or "",
        private=channel.get("name") == "directmessage",
        about=thread,
        sent=unix_time(action["action_ts"]),
    )


def thread_arguments(message: Any) -> dict[str, str]:
    """Returns the arguments that put an answer in the thread of a message; none outside a thread, or at its head.

    A user who writes in a thread does not look outside it.
    """
    thread = message.get("thread_ts") if isinstance(message, dict) else None
    return {"thread_ts": thread} if isinstance(thread, str) and thread != message.get("ts") else {}


def commanded(fields: Any) -> Arrival:
    """Returns a command, such as `/wis`; raises ValueError when the form holds none."""
    command, user, channel = (fields.get(name) for name in ("command", "user_id", "channel_id"))
    if not (command and user and channel and fields.get("trigger_id")):
        raise ValueError("There is no command in it.")
    text = f"{command} {fields.get('text') or ''}".strip()
    return Arrival(fields.get("trigger_id"), user, channel, text, private=True, sent=0.0, about={"command": command})


def plain(text: str) -> str:
    """Returns a text from Slack as the user typed it."""
    return html.unescape(_MARKED.sub(lambda found: found[2] or found[1], text))


def escaped(text: str) -> str:
    """Returns a text with `&`, `<` and `>` escaped, so that Slack shows them as they are."""
    return html.escape(text, quote=False)


def marked(text: str) -> str:
    """Returns a text with its numbers and addresses as links and everything else escaped."""
    return linked(text, escaped, lambda target, words: f"<{target}|{words}>")


def text_object(text: str) -> TextObject:
    """Returns a text for a block; without links when that is too long, or when Slack would read signs as markup."""
    links = marked(text)
    if len(links) > MOST_IN_SECTION or _MARKUP.search(text):
        return PlainTextObject(text=text, emoji=False)
    # verbatim: otherwise Slack would look for names of users and channels in the text.
    return MarkdownTextObject(text=links, verbatim=True)
