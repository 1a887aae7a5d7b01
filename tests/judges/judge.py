"""Judges what the channels send, and makes what they receive, by the libraries of requirements/judges.in.

Run by .judges/bin/python, which has nothing of this project: one JSON list of a function and its arguments a line.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from datetime import datetime, timezone
from typing import Any
from xml.etree import ElementTree

import httpx
import pywa
import telegram
from botbuilder import schema
from microsoft_agents.activity import Activity as AgentsActivity
from pydantic import BaseModel
from pywa.types import Button, CallbackButton, CallbackSelection, Contact, Message, Section, SectionList, SectionRow
from pywa.utils import webhook_updates_validator
from slack_bolt import BoltRequest
from slack_sdk import WebClient
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier
from telegram.constants import (
    BotCommandLimit,
    ChatAction,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageLimit,
)
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse


def lost(sent: Any, back: Any, path: str = "") -> list[str]:
    """Returns where `back`, what a library made of what was sent, lacks or changes something of it."""
    if isinstance(sent, dict) and isinstance(back, dict):
        return [
            fault
            for key in sent
            for fault in (
                lost(sent[key], back[key], f"{path}.{key}") if key in back else [f"{path}.{key} is not known"]
            )
        ]
    if isinstance(sent, list) and isinstance(back, (list, tuple)) and len(sent) == len(back):
        return [fault for index, one in enumerate(sent) for fault in lost(one, back[index], f"{path}[{index}]")]
    return [] if sent == back else [f"{path} is {back!r}, not {sent!r}"]


def parameters_of(function: Any, given: dict[str, Any], besides: tuple[str, ...] = ()) -> list[str]:
    """Returns which arguments a method of a library does not know, and which it needs and did not get."""
    known = {name: one for name, one in inspect.signature(function).parameters.items() if name != "self"}
    needed = [
        name
        for name, one in known.items()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD and name not in besides
    ]
    return [
        *(f"{name} is not known" for name in given if name not in known),
        *(f"{name} is missing" for name in needed if name not in given),
    ]


# --- Telegram: python-telegram-bot ------------------------------------------------------------------------------------


def telegram_sent(path: str, body: dict[str, Any]) -> list[str]:
    """Returns the faults of a request to the Bot API."""
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", path.rpartition("/")[2]).lower()
    if not hasattr(telegram.Bot, method):
        return [f"{method} is no method"]
    faults = parameters_of(getattr(telegram.Bot, method), body)
    kinds = {"reply_markup": telegram.InlineKeyboardMarkup, "link_preview_options": telegram.LinkPreviewOptions}
    for name, kind in kinds.items():
        if name in body:
            faults += lost(body[name], kind.de_json(body[name], None).to_dict(), name) + unknown_of(body[name], kind)
    for command in body.get("commands", []):
        faults += lost(command, telegram.BotCommand.de_json(command, None).to_dict()) + unknown_of(
            command, telegram.BotCommand
        )
        if not BotCommandLimit.MIN_COMMAND <= len(command["command"]) <= BotCommandLimit.MAX_COMMAND:
            faults.append("a command is too long")
    if len(body.get("text", "x").encode("utf-16-le")) // 2 > MessageLimit.MAX_TEXT_LENGTH:
        faults.append("the text is too long")
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    if sum(map(len, rows)) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
        faults.append("too many buttons")
    most = InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    faults += ["callback_data" for row in rows for one in row if not 1 <= len(one["callback_data"].encode()) <= most]
    updates = telegram.Update.ALL_TYPES
    faults += [f"{kind} is no update" for kind in body.get("allowed_updates", []) if kind not in updates]
    if "action" in body and body["action"] not in list(ChatAction):
        faults.append("action")
    return faults


def unknown_of(content: dict[str, Any], kind: Any) -> list[str]:
    """Returns the fields that a class of python-telegram-bot does not know, also below it."""

    def within(thing: Any) -> list[str]:
        if isinstance(thing, telegram.TelegramObject):
            below = [
                fault
                for name in thing._get_attrs_names(include_private=False)
                if name != "api_kwargs"
                for fault in within(getattr(thing, name, None))
            ]
            return [f"{type(thing).__name__}.{name} is not known" for name in thing.api_kwargs] + below
        return [fault for one in thing for fault in within(one)] if isinstance(thing, (list, tuple)) else []

    return within(kind.de_json(content, None))


def telegram_known(content: dict[str, Any]) -> list[str]:
    """Returns the fields of an update that the library does not know."""
    return unknown_of(content, telegram.Update)


def telegram_made(kind: str, user: int, text: str, number: int) -> dict[str, Any]:
    """Returns an update, as the library writes one."""
    who = telegram.User(user, "Anna", False, language_code="nl")
    chat = telegram.Chat(user, telegram.constants.ChatType.PRIVATE, first_name="Anna")
    now = datetime.now(timezone.utc)
    base = {"message_id": number, "date": now, "chat": chat, "from_user": who}
    photo = [telegram.PhotoSize("file", "unique", 90, 90)]
    origin = telegram.MessageOriginHiddenUser(now, "Iemand")
    made = {
        "message": lambda: {"message": telegram.Message(**base, text=text)},
        "edited_message": lambda: {"edited_message": telegram.Message(**base, text=text, edit_date=now)},
        "caption": lambda: {"message": telegram.Message(**base, caption=text, photo=photo)},
        "forwarded": lambda: {"message": telegram.Message(**base, text=text, forward_origin=origin)},
        "voice": lambda: {"message": telegram.Message(**base, voice=telegram.Voice("file", "unique", 3))},
        "location": lambda: {"message": telegram.Message(**base, location=telegram.Location(5.1, 52.1))},
        "pressed": lambda: {
            "callback_query": telegram.CallbackQuery(
                "1", who, "instance", data="k:0123456789abcdef", message=telegram.Message(**base, text="?")
            )
        },
    }
    return telegram.Update(number, **made[kind]()).to_dict()


# --- Slack: slack_sdk and Bolt ----------------------------------------------------------------------------------------


def slack_sent(path: str, body: dict[str, Any]) -> list[str]:
    """Returns the faults of a request to the Web API."""
    method = path.rpartition("/")[2].replace(".", "_")
    if not hasattr(WebClient, method):
        return [f"{method} is no method"]
    faults = parameters_of(getattr(WebClient, method), body)
    for block in body.get("blocks", []):
        parsed = Block.parse(block)
        if parsed is None:
            faults.append(f"{block.get('type')} is no block")
            continue
        parsed.validate_json()
        faults += lost(block, json.loads(json.dumps(parsed.to_dict())), block["type"])
    return faults


def slack_signed(secret: str, timestamp: str, body: str) -> str:
    """Returns the signature of a request."""
    return SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)


def slack_read(body: str, form: bool) -> dict[str, Any]:
    """Returns who wrote where, as Bolt reads a request."""
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    context = BoltRequest(body=body, headers={"content-type": [kind]}).context
    return {"user": context.user_id, "channel": context.channel_id}


# --- Teams: Microsoft's two libraries ---------------------------------------------------------------------------------


def teams_sent(path: str, body: dict[str, Any]) -> list[str]:
    """Returns the faults of an activity."""
    faults = lost(body, schema.Activity.deserialize(body).serialize()) + extra_in(AgentsActivity.model_validate(body))
    for name, kinds in (
        ("type", schema.ActivityTypes),
        ("textFormat", schema.TextFormatTypes),
        ("attachmentLayout", schema.AttachmentLayoutTypes),
    ):
        if name in body and body[name] not in [one.value for one in kinds]:
            faults.append(f"{name} is {body[name]}")
    for attachment in body.get("attachments", []):
        card = attachment["content"]
        faults += lost(card, schema.HeroCard.deserialize(card).serialize(), "card")
        faults += [
            f"a button of type {one['type']}"
            for one in card.get("buttons", [])
            if one["type"] not in [kind.value for kind in schema.ActionTypes]
        ]
    return faults


def extra_in(thing: Any) -> list[str]:
    """Returns the fields that a model of the Agents SDK does not know, also below it."""
    if isinstance(thing, BaseModel):
        below = [fault for name in type(thing).model_fields for fault in extra_in(getattr(thing, name))]
        return [f"{type(thing).__name__}.{name} is not known" for name in thing.model_extra or {}] + below
    return [fault for one in thing for fault in extra_in(one)] if isinstance(thing, list) else []


def teams_made(kind: str, user: str, text: str, number: int, service: str, tenant: str, bot: str) -> dict[str, Any]:
    """Returns an activity, as the library writes one."""
    said = kind in ("message", "messageUpdate")
    return schema.Activity(
        type=kind,
        id=str(number),
        timestamp=datetime.now(timezone.utc),
        channel_id="msteams",
        service_url=service,
        from_property=schema.ChannelAccount(id=f"29:{user}", name="Anna", aad_object_id=f"object-{user}"),
        conversation=schema.ConversationAccount(
            id=f"a:{user}", conversation_type="personal", tenant_id=tenant, is_group=False
        ),
        recipient=schema.ChannelAccount(id=bot, name="Wis"),
        text=text if said else None,
        text_format=schema.TextFormatTypes.plain if said else None,
        locale="nl-NL",
        members_added=[schema.ChannelAccount(id=bot)] if kind == "conversationUpdate" else None,
        channel_data={"tenant": {"id": tenant}, **({"eventType": "editMessage"} if kind == "messageUpdate" else {})},
    ).serialize()


# --- Twilio: its own library ------------------------------------------------------------------------------------------


def twilio_sent(path: str, body: str) -> list[str]:
    """Returns the faults of an answer: it must be what the library itself writes for these texts."""
    right = MessagingResponse()
    for found in ElementTree.fromstring(body):
        right.message(found.text)
    same = ElementTree.canonicalize(str(right)) == ElementTree.canonicalize(body)
    return [] if same else ["not the TwiML of these texts"]


def twilio_signed(token: str, address: str, fields: dict[str, str]) -> str:
    """Returns the signature of a request."""
    return RequestValidator(token).compute_signature(address, fields)


# --- WhatsApp: pywa ---------------------------------------------------------------------------------------------------


def whatsapp_client() -> tuple[pywa.WhatsApp, list[dict[str, Any]]]:
    """Returns a client, and the bodies of the requests that it makes; none leaves this process."""
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        contact = {"input": "31600000001", "wa_id": "31600000001"}
        return httpx.Response(
            200,
            json={
                "messaging_product": "whatsapp",
                "contacts": [contact],
                "messages": [{"id": "wamid.1"}],
                "success": True,
            },
        )

    session = httpx.Client(transport=httpx.MockTransport(answer))
    return pywa.WhatsApp(phone_id="100000000000009", token="x", session=session), asked


def whatsapp_sent(path: str, body: dict[str, Any]) -> list[str]:
    """Returns how a request differs from what the library sends to say the same."""
    client, asked = whatsapp_client()
    if body.get("status") == "read":
        client.indicate_typing(body["message_id"])
        return lost(body, asked[-1])
    # What it sends to says which kind of id it is.
    to, content = body.get("to") or body["recipient"], body[body["type"]]
    if body["type"] == "text":
        client.send_message(to, content["body"], preview_url=content["preview_url"])
    elif body["type"] == "contacts":
        [one] = content
        client.send_contact(
            to, Contact(name=Contact.Name(**one["name"]), phones=[Contact.Phone(**phone) for phone in one["phones"]])
        )
    elif content["type"] == "button":
        replies = [one["reply"] for one in content["action"]["buttons"]]
        buttons = [Button(title=one["title"], callback_data=one["id"]) for one in replies]
        client.send_message(to, content["body"]["text"], buttons=buttons)
    else:
        sections = [
            Section(
                section["title"],
                [SectionRow(row["title"], row["id"], row.get("description")) for row in section["rows"]],
            )
            for section in content["action"]["sections"]
        ]
        client.send_message(to, content["body"]["text"], buttons=SectionList(content["action"]["button"], sections))
    return lost(body, json.loads(json.dumps(asked[-1])))


def whatsapp_read(content: dict[str, Any]) -> dict[str, Any]:
    """Returns what the library reads in a notification: from whom, and which words or button."""
    client, _ = whatsapp_client()
    message = content["entry"][0]["changes"][0]["value"]["messages"][0]
    if message["type"] == "interactive":
        kind = CallbackButton if "button_reply" in message["interactive"] else CallbackSelection
        found = kind.from_update(client, content)
        return {"id": found.id, "text": found.title, "choice": found.data}
    found = Message.from_update(client, content)
    return {"id": found.id, "text": found.text or found.caption or "", "choice": ""}


def whatsapp_signed(secret: str, body: str, signature: str) -> bool:
    """Says whether the library takes a signature for good."""
    return bool(webhook_updates_validator(secret, body.encode(), signature))


def main() -> None:
    """Answers until there are no more questions."""
    for line in sys.stdin:
        question, arguments = json.loads(line)
        try:
            answer = globals()[question](**arguments)
        except Exception as error:  # a library refuses it
            answer = [f"{type(error).__name__}: {error}"]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
