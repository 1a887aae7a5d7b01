"""TeamsInput: personal chats in Microsoft Teams, through Bot Framework activities.

The protocol: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jwt
from sanic.request import Request

from weerbaar.channels.apps.arrival import Arrival, Forged, list_in, object_in, read_json, text_in, unix_time
from weerbaar.channels.apps.bubble import Bubble
from weerbaar.channels.apps.channel import MessengerInput
from weerbaar.channels.apps.links import linked
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient, PlatformRefused
from weerbaar.channels.apps.teams_html import Quote, WordsInHtml
from weerbaar.conversation.call_card import TEAM, international
from weerbaar.conversation.time_limit import within

MOST_BUTTONS = 6
ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
ALGORITHMS = ["RS256"]
CHANNEL = "msteams"
# Allowed difference between clocks, in seconds, as Microsoft prescribes.
LEEWAY = 300
KEYS_SECONDS = 86_400
# An unknown key makes the channel fetch the keys again, but no more often than this: anybody can name a key.
KEYS_PAUSE = 60
# The pause while there are no keys yet, and how long one request may wait for them, both in seconds.
FIRST_PAUSE, FETCH_SECONDS = 1.0, 5.0
# In seconds. After a failed request for a token, no new one is made for this time: many messages may wait for one.
TOKEN_PAUSE = 2.0
# The name of the token request among the running tasks.
TOKEN = "token"
# Marks in a text: somebody who is mentioned, and the place of a quotation.
_NOT_TYPED = re.compile(r"</?(at|quoted)\b[^<>]*>", re.IGNORECASE)
# Events on a message that was sent before: it was edited, or deleted and then restored.
_CHANGES = ("editMessage", "undeleteMessage")
_HERO_CARD = "application/vnd.microsoft.card.hero"


@dataclass
class TeamsSettings:
    """Settings from environment variables.

    Attributes:
        app_id: TEAMS_APP_ID, the id of the bot.
        app_password: TEAMS_APP_PASSWORD, its client secret, with which the channel sends.
        tenant_id: TEAMS_TENANT_ID, the one organisation that may use the channel.
        login_url: TEAMS_LOGIN_URL, where the channel requests a token.
        openid_url: TEAMS_OPENID_URL, which leads to the keys that sign the requests.
    """

    app_id: str
    app_password: str
    tenant_id: str
    login_url: str = "https://login.microsoftonline.com"
    openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"


class SigningKeys:
    """The Bot Connector's public signing keys: fetched when first needed, and kept while the Connector is away."""

    def __init__(self, client: PlatformClient, openid_url: str) -> None:
        """Creates an empty set of keys; `openid_url` leads to the address of the keys."""
        self._client, self._openid_url = client, openid_url
        self._keys: dict[str, dict[str, Any]] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> dict[str, Any] | None:
        """Returns a key as JWK, or None when it does not exist; raises PlatformAway when that cannot be determined."""
        key = self._keys.get(key_id)
        if not self._keys:
            with suppress(asyncio.TimeoutError):
                await within(FETCH_SECONDS, self._first())
        elif key is None:
            async with self._fetching:
                if key_id not in self._keys:
                    await self._refresh(KEYS_PAUSE)
        elif time.monotonic() - self._fetched_at > KEYS_SECONDS and not self._fetching.locked():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh(KEYS_PAUSE))
        if not self._keys or (key_id not in self._keys and self._asked_at > self._fetched_at):
            raise PlatformAway
        return self._keys.get(key_id)

    async def _first(self) -> None:
        """Fetches the keys until there are some."""
        while not self._keys:
            async with self._fetching:
                if not self._keys:
                    await self._refresh(FIRST_PAUSE)
            if not self._keys:
                await asyncio.sleep(FIRST_PAUSE / 2)

    async def _refresh(self, pause: float) -> None:
        """Fetches the keys, unless that was tried less than `pause` seconds ago."""
        now = time.monotonic()
        if now - self._asked_at > pause:
            self._asked_at = now
            with suppress(PlatformAway, PlatformRefused, asyncio.TimeoutError):
                await within(FETCH_SECONDS, self._fetch())

    async def _fetch(self) -> None:
        configuration = await self._client.ask("GET", self._openid_url, waits=())
        found = await self._client.ask("GET", str(configuration.get("jwks_uri")), waits=())
        keys = {key["kid"]: key for key in found.get("keys") or [] if key.get("kid") and key.get("kty") == "RSA"}
        if keys:
            self._keys, self._fetched_at = keys, time.monotonic()


class TeamsInput(MessengerInput):
    """`POST /webhooks/teams/webhook`, verified by the JWT of the Bot Connector; serves one tenant only."""

    settings_kind = TeamsSettings
    secret_name = "app_password"
    seconds = 10.0
    most_characters = (20_000, 20_000)
    card_apart = False

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address `/webhooks/teams`."""
        return "teams"

    def __init__(self, settings: TeamsSettings | None) -> None:
        """Creates the channel; requests no keys and no token yet."""
        super().__init__(settings)
        self._keys = SigningKeys(self.client, getattr(settings, "openid_url", ""))
        self._token, self._token_until, self._refused_at = "", 0.0, float("-inf")

    async def verify(self, request: Request) -> None:
        """Raises Forged unless signature, issuer, audience, time, service address, channel and tenant are right.

        Raises PlatformAway when the keys cannot be fetched.
        """
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Forged(401)
        try:
            key = await self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise Forged(403)
            claims = jwt.decode(
                token,
                jwt.PyJWK(key, "RS256").key,
                ALGORITHMS,
                audience=self.settings.app_id,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "nbf", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Forged(403) from error
        try:
            activity = read_json(request)
        except ValueError as error:
            raise Forged(403) from error
        service = activity.get("serviceUrl")
        right = (
            isinstance(service, str)
            and service == (claims.get("serviceurl") or claims.get("serviceUrl"))
            and activity.get("channelId") == CHANNEL
            and CHANNEL in (key.get("endorsements") or [])
            and tenant_ids(activity) == {self.settings.tenant_id.lower()}
        )
        if not right:
            raise Forged(403)

    def arrivals(self, request: Request) -> list[Arrival]:
        """Returns the new or edited message, or the start of a chat."""
        activity = read_json(request)
        kind, event = activity.get("type"), (activity.get("channelData") or {}).get("eventType")
        members = [member.get("id") for member in activity.get("membersAdded") or []]
        bot = (activity.get("recipient") or {}).get("id")
        if kind == "conversationUpdate" and bot in members:
            text, quoted, media = "/start", "", False
        elif kind == "message" or (kind == "messageUpdate" and event in _CHANGES):
            text, quoted = typed_and_quoted(activity)
            media = any(is_media(one) for one in activity.get("attachments") or [])
        else:
            return []
        chat = activity["conversation"]
        about = {"service": activity["serviceUrl"], "bot": activity.get("recipient"), "user": activity["from"]}
        return [
            Arrival(
                # An edited message has the id of the original; the start of a chat need not have an id.
                f"{chat['id']} {kind} {activity['id'] if kind == 'message' else activity.get('timestamp')}",
                activity["from"].get("aadObjectId") or activity["from"]["id"],
                chat["id"],
                text,
                pressed_key(activity),
                private=chat.get("conversationType") == "personal",
                sent=unix_time(activity.get("timestamp")),
                media=media,
                about=about,
                quoted=quoted,
            )
        ]

    async def token(self) -> str:
        """Returns a token to send with; raises PlatformAway or PlatformRefused when none can be obtained.

        All who need a token wait for the same request, which continues even when one of them stops waiting.
        """
        if time.monotonic() > self._token_until:
            asking = self._running.get(TOKEN)
            if asking is None and time.monotonic() - self._refused_at < TOKEN_PAUSE:
                raise PlatformAway
            await asyncio.shield(asking or self.begin(TOKEN, self._log_in()))
        return self._token

    async def _log_in(self) -> None:
        try:
            answer = await self.client.ask(
                "POST",
                f"{self.settings.login_url.rstrip('/')}/{self.settings.tenant_id}/oauth2/v2.0/token",
                waits=(),
                data={
                    "grant_type": "client_credentials",
                    "client_id": self.settings.app_id,
                    "client_secret": self.settings.app_password,
                    "scope": SCOPE,
                },
            )
        except (PlatformAway, PlatformRefused):
            self._refused_at = time.monotonic()
            raise
        self._token = str(answer.get("access_token") or "")
        seconds = str(answer.get("expires_in"))
        self._token_until = time.monotonic() + (int(seconds) - LEEWAY if seconds.isdecimal() else 0)

    async def _post(self, arrival: Arrival, activity: dict[str, Any], **waits: Any) -> None:
        url = f"{arrival.about['service'].rstrip('/')}/v3/conversations/{quote(arrival.chat, safe='')}/activities"
        content = {
            "from": arrival.about["bot"],
            "recipient": arrival.about["user"],
            "locale": "nl-NL",
            "conversation": {"id": arrival.chat},
            **activity,
        }
        try:
            headers = {"Authorization": f"Bearer {await self.token()}"}
        except (PlatformAway, PlatformRefused):  # a wrong secret or tenant can be corrected
            raise PlatformAway(of_form=False) from None
        try:
            await self.client.ask("POST", url, headers=headers, json=content, **waits)
        except PlatformAway:
            self._token_until = 0.0  # the token may have been revoked
            raise

    async def show_typing(self, arrival: Arrival) -> None:
        """Shows in the chat that the assistant is typing."""
        await self._post(arrival, {"type": "typing"}, waits=())

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Sends a text, with the number to call and the buttons on cards."""
        number = bubble.card["telefoon"] if bubble.card else ""
        # The card's button does nothing on a computer; the number in the text can be read, copied and tapped.
        text = bubble.text if number in bubble.text else f"{bubble.text}\n\n{TEAM}: {number}"
        await self._post(arrival, message(text, hero_cards(bubble)))

    async def send_plainly(self, arrival: Arrival, text: str) -> None:
        """Sends the text without markup or cards, because those may be the reason for the refusal."""
        await self._post(arrival, {"type": "message", "text": text, "textFormat": "plain"})


def tenant_ids(activity: dict[str, Any]) -> set[str]:
    """Returns the ids of the tenants that an activity names, in up to three places.

    Teams writes `tenantId` in the conversation; Microsoft's own library writes `tenantID`.
    """
    data, chat = activity.get("channelData"), activity.get("conversation")
    tenant = data.get("tenant") if isinstance(data, dict) else None
    places = ((tenant, "id"), (chat, "tenantId"), (chat, "tenantID"))
    named = [place.get(key) for place, key in places if isinstance(place, dict)]
    return {str(name).lower() for name in named if name is not None}


def typed_and_quoted(activity: dict[str, Any]) -> tuple[str, str]:
    """Returns what the user typed and what somebody else wrote; words of the assistant belong to neither.

    The text of an activity holds both. Only its HTML version shows where one ends and the other begins.
    """
    bot = (activity.get("recipient") or {}).get("id")
    text = html.unescape(_NOT_TYPED.sub("", activity.get("text") or "")).strip()
    pages = [one for one in list_in(activity, "attachments") if one.get("contentType") == "text/html"]
    words = WordsInHtml.read("\n".join(text_in(page, "content") for page in pages))
    quotes = words.quotes + quotes_in_entities(activity)
    if words.quotes and (words.typed or all_in(text, words.quotes)):
        text = words.typed
    return text, "\n\n".join(quote.text for quote in quotes if quote.author != bot)


def all_in(text: str, quotes: list[Quote]) -> bool:
    """Returns whether a text holds only what is quoted, so that no word of the user is mistaken for a quotation."""
    return "".join(text.split()) in "".join("".join(quote.text.split()) for quote in quotes)


def quotes_in_entities(activity: dict[str, Any]) -> list[Quote]:
    """Returns the quotations that newer Teams clients send apart from the text, in which a mark stands for them."""
    marked = [object_in(entity, "quotedReply") for entity in list_in(activity, "entities")]
    return [Quote(text_in(one, "senderId"), text_in(one, "preview")) for one in marked if text_in(one, "preview")]


def pressed_key(activity: dict[str, Any]) -> str:
    """Returns the key of the button that was pressed; Teams returns it as an object or as text."""
    value = activity.get("value")
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value)
    return str(value.get("choice") or "") if isinstance(value, dict) else ""


def is_media(attachment: dict[str, Any]) -> bool:
    """Returns whether an attachment is not text; Teams attaches the text of the message itself as text/html."""
    return not str(attachment.get("contentType")).startswith("text/")


def message(text: str, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns an activity with a text, whose numbers and addresses are links, and with cards."""
    return {
        "type": "message",
        "text": marked(text),
        "textFormat": "xml",
        "summary": text,
        "attachmentLayout": "list",
        "attachments": cards,
    }


def marked(text: str) -> str:
    """Returns a text in the XML of Teams, with its numbers and addresses as links and no other markup."""

    def link(target: str, words: str) -> str:
        return f'<a href="{html.escape(target)}">{html.escape(words)}</a>'

    return linked(text, html.escape, link).replace("\n", "<br/>")


def hero_cards(bubble: Bubble) -> list[dict[str, Any]]:
    """Returns hero cards: one with the number to call, and those with the buttons, at most six to a card."""
    cards = []
    if bubble.card:
        number = bubble.card["telefoon"]
        call = {"type": "openUrl", "title": f"Bel {number}", "value": f"tel:{international(number)}"}
        cards.append({"contentType": _HERO_CARD, "content": {"title": TEAM, "subtitle": number, "buttons": [call]}})
    for start in range(0, len(bubble.buttons), MOST_BUTTONS):
        buttons = [
            {
                "type": "messageBack",
                "title": button.title,
                "displayText": button.title,
                "text": button.title,
                "value": {"choice": button.key},
            }
            for button in bubble.buttons[start : start + MOST_BUTTONS]
        ]
        cards.append({"contentType": _HERO_CARD, "content": {"buttons": buttons}})
    return cards
