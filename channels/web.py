"""WebInput: the channel for browsers, the only one that a public site exposes. Described in docs/openapi.yml."""
from __future__ import annotations

import hashlib
import inspect
import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from itertools import zip_longest
from typing import Any, Dict, List, NamedTuple, Optional, Text

from cachetools import TLRUCache
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.exceptions import InvalidUsage, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.call_card import card_of
from channels.connection import guard_connections
from channels.cross_origin import ForeignSite, headers_for, keep_sanic_cors_out, leave_to_send
from channels.guard import as_typed, offered_payloads
from channels.long_text import request_for_parts
from channels.rate_limit import RateLimit
from channels.turn import ConversationGone, OnNewMessage, message_id_of, take_turn
from channels.web_files import add_files, page_headers
from contacts.register import safety_text
from serving.logs import keep_private
from serving.metrics import conversations, count_fault, safety_texts, sessions
from stores.memory import delete_conversation, unwrapped

logger = logging.getLogger(__name__)

# A proxy must let bodies of this size pass: 20,000 characters of three bytes, and some room. The widget sends no more.
MAX_BODY_BYTES = 64_000
TIMEOUT_SECONDS = 12.0
_TOKEN = re.compile(r"^([A-Za-z0-9_-]{43})\Z")
_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}\Z")
_SOURCE = re.compile(r"\n\s*Bron: (?P<source>[^\n]+)\s*\Z")
# Begins the id of each conversation of this channel; the REST channel refuses it.
WEB_SENDER = "web-"
# How long a session in which nothing was said counts as live, in seconds.
UNUSED_SECONDS = 120
_URL = re.compile(r"^https?://[^\s\"'<>]+$")
_ORIGIN = re.compile(r"^https?://[a-z0-9.-]+(:\d{1,5})?$")
# The addresses of this channel: the page stands at `/` as well.
_OURS = r"/webhooks/web/|/\Z"
# What a page of an allowed site may send, by address.
_PREFLIGHTS = {
    "/session": leave_to_send("POST, DELETE", "Authorization"),
    "/session/end": leave_to_send("POST"),
    "/message": leave_to_send("POST", "Authorization, Content-Type"),
}
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass
class WebSettings:
    """What credentials.yml may set.

    Attributes:
        origins: sites that may embed the widget from another origin, such as `https://www.weerbaarbestuur.nl`.
        frame_ancestors: sites that may show the stand-alone page in an iframe, as in a Content-Security-Policy.
        max_characters: longest message that is answered whole; of a longer one all parts are read for danger.
        messages_per_minute: of one session.
        requests_per_minute: of one address; offices share one.
        sessions_per_minute: new sessions of one address.
        max_sessions: live sessions; beyond it new ones get status 503 and the numbers.
        session_minutes: how long a session is counted as live after its last message; as in endpoints.yml.
        privacy_url: the privacy text that the stand-alone page links to; empty for none.
        exit_url: where 'Snel weg' goes from the stand-alone page; empty for the default of the widget.
        page_title: what the tab and the history of the browser call the stand-alone page; empty for a neutral one.
        proxies: reverse proxies in front, each of which adds one address to X-Forwarded-For; 0 ignores that header.
    """

    origins: List[str] = field(default_factory=list)
    frame_ancestors: List[str] = field(default_factory=lambda: ["'self'"])
    max_characters: int = 2_000
    messages_per_minute: int = 20
    requests_per_minute: int = 240
    sessions_per_minute: int = 60
    max_sessions: int = 10_000
    session_minutes: int = 30
    privacy_url: str = ""
    exit_url: str = ""
    page_title: str = ""
    proxies: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError with a clear sentence when a value cannot be used."""
        for origin in self.origins:
            if not isinstance(origin, str) or not _ORIGIN.match(origin):
                raise ValueError(f"credentials.yml, web: origin {origin!r} must look like https://www.example.nl")
        for source in self.frame_ancestors:
            if not isinstance(source, str) or not re.match(r"^('self'|'none'|https?://[a-z0-9.*:-]+)$", source):
                raise ValueError(f"credentials.yml, web: frame_ancestors {source!r}: use 'self', 'none' or an origin")
        for name in ("max_characters", "messages_per_minute", "requests_per_minute", "sessions_per_minute",
                     "max_sessions", "session_minutes"):  # fmt: skip
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"credentials.yml, web: {name} must be a whole number from 1, not {value!r}")
        for name in ("privacy_url", "exit_url"):
            value = getattr(self, name)
            if value != "" and not (isinstance(value, str) and _URL.match(value)):
                raise ValueError(f"credentials.yml, web: {name} must be a web address, not {value!r}")
        if not isinstance(self.page_title, str):
            raise ValueError(f"credentials.yml, web: page_title must be a text, not {self.page_title!r}")
        if not isinstance(self.proxies, int) or self.proxies < 0:
            raise ValueError(f"credentials.yml, web: proxies must be a whole number from 0, not {self.proxies!r}")


class Refused(Exception):
    """A request that is not served; `code` is for the widget, the message for the user."""

    def __init__(self, status: int, code: str, message: str, headers: Optional[Dict[str, str]] = None) -> None:
        """Takes the HTTP status, the code and a Dutch sentence."""
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers or {}


class WebInput(InputChannel):
    """Sessions and messages for the widget, and the widget's own files.

    Different from Rasa's REST channel: the server makes the session, and its token cannot be guessed; the id of the
    conversation is a hash of the token, so that it can stand in a log. Typed text is never a command. An error, a
    time-out or silence becomes the safety text with `failure: true`. Rates, lengths, bodies and sessions are limited.
    No cookies; nothing of the user is logged.
    """

    @classmethod
    def name(cls) -> Text:
        """Returns the name, and so the address `/webhooks/web`."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "WebInput":
        """Creates the channel; raises ValueError when credentials.yml has a key or value that it does not know."""
        try:
            return cls(WebSettings(**(credentials or {})))
        except TypeError as error:
            raise ValueError(f"credentials.yml, web: {error}") from error

    def __init__(self, settings: WebSettings) -> None:
        """Takes the settings; no session exists yet."""
        self.settings = settings
        self._of_session = RateLimit(settings.messages_per_minute)
        self._of_address = RateLimit(settings.requests_per_minute)
        self._new_of_address = RateLimit(settings.sessions_per_minute)
        # Whether something was said, by conversation; the others go first, or a flood of them would shut the door.
        self._live: TLRUCache = TLRUCache(settings.max_sessions, ttu=self._live_until, timer=time.monotonic)
        conversations.set_function(self._count_live)

    def _count_live(self) -> int:
        self._live.expire()
        return len(self._live)

    def _live_until(self, _: Text, spoken: bool, now: float) -> float:
        return now + (self.settings.session_minutes * 60 if spoken else UNUSED_SECONDS)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the routes of the channel."""
        web = Blueprint("web_webhook", inspect.getmodule(self).__name__)
        minutes = self.settings.session_minutes
        attributes = {
            "privacy-url": self.settings.privacy_url,
            "exit-url": self.settings.exit_url,
            "minutes": "" if minutes == WebSettings.session_minutes else str(minutes),
        }
        add_files(web, page_headers(self.settings.frame_ancestors), attributes, self.settings.page_title)

        @web.listener("before_server_start")
        async def prepare(app: Any, _: Any) -> None:
            app.config.PROXIES_COUNT = self.settings.proxies or None
            app.config.REQUEST_MAX_SIZE = min(app.config.REQUEST_MAX_SIZE, 4 * MAX_BODY_BYTES)
            guard_connections(app)
            keep_sanic_cors_out(app, _OURS)
            app.error_handler.add(Exception, refuse_by_sanic)
            app.error_handler.add(SanicException, refuse_by_sanic)
            keep_private()

        for address, leave in _PREFLIGHTS.items():
            web.add_route(self._preflight(leave), address, methods=["OPTIONS"], name=f"preflight of {address}")

        @web.route("/session", methods=["POST"])
        async def start_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.start(request))

        @web.route("/session", methods=["DELETE"])
        async def end_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.end(request, token_of(request)), limited=False)

        @web.route("/session/keep", methods=["POST", "OPTIONS"])
        async def keep_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.keep(request))

        # For a page that is being left: no header, so that a browser need not ask first whether it may send it.
        @web.route("/session/end", methods=["POST"])
        async def leave_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.end(request, token_in_body(request)), limited=False)

        @web.route("/message", methods=["POST"])
        async def message(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.answer(request))

        return web

    def _preflight(self, leave: Dict[str, str]) -> Any:
        """Returns the handler of a browser's question whether it may send what `leave` names."""

        async def answer(request: Request) -> HTTPResponse:
            async def allow() -> HTTPResponse:
                return response.empty(204, headers=leave)

            return await self._serve(request, allow, limited=False)

        return answer

    async def _serve(self, request: Request, serve: Any, limited: bool = True) -> HTTPResponse:
        """Answers with what `serve` gives, or says why not; the numbers are always in it. Wiping is not `limited`."""
        headers = dict(_NO_STORE)
        try:
            headers.update(headers_for(request, self.settings.origins))
            if limited:
                self._limit(self._of_address, address_of(request))
            result = await serve()
        except ForeignSite:
            result = refusal(403, "forbidden", "Deze website mag de chat niet gebruiken.")
            headers["Vary"] = "Origin"
        except Refused as refused:
            result = refusal(refused.status, refused.code, str(refused))
            headers.update(refused.headers)
        except Exception as error:  # the store is away, the model is not loaded ...
            logger.error("web: failed with %s", type(error).__name__)
            count_fault(type(error).__name__)
            safety_texts.labels(self.name()).inc()
            result = response.json({"messages": [safety_message()], "failure": True}, status=503)
        result.headers.update(headers)
        return result

    async def start(self, request: Request) -> HTTPResponse:
        """Creates a session and returns its token."""
        self._limit(self._new_of_address, address_of(request))
        if self._count_live() >= self.settings.max_sessions:
            raise Refused(503, "busy", "Het is nu te druk. Probeer het over een paar minuten weer, of bel.")
        token = secrets.token_urlsafe(32)
        sender = sender_of(token)
        processor = request.app.ctx.agent.processor
        tracker = await processor.fetch_tracker_with_initial_session(sender, WebOutput())
        await processor.save_tracker(tracker)
        self._live[sender] = False
        sessions.inc()
        answer = {
            "session": token,
            "minutes": self.settings.session_minutes,
            "max_characters": self.settings.max_characters,
        }
        return response.json(answer, status=201)

    async def keep(self, request: Request) -> HTTPResponse:
        """Lets the time of the session begin again, without a message, for a user who was warned of its end."""
        sender, agent = sender_of(token_of(request)), request.app.ctx.agent
        self._limit(self._of_session, sender)
        async with agent.lock_store.lock(sender):
            store = unwrapped(agent.tracker_store)
            if not await store.renew(sender):
                away = Refused(503, "busy", "Dat lukt nu niet. Probeer het nog eens.")
                raise away if store.away else unknown_session()
        self._live[sender] = True
        return response.empty(204)

    async def end(self, request: Request, token: str) -> HTTPResponse:
        """Deletes the conversation of the session; also when there is none, for who wipes must not see an error."""
        sender, agent = sender_of(token), request.app.ctx.agent
        self._live.pop(sender, None)
        # A turn that is going on would save the conversation once more after it was deleted.
        async with agent.lock_store.lock(sender):
            await delete_conversation(agent.tracker_store, sender)
        return response.empty(204)

    async def answer(self, request: Request) -> HTTPResponse:
        """Returns what the assistant says to the message in the body."""
        token = token_of(request)
        sender = sender_of(token)
        self._limit(self._of_session, sender)
        said = read_body(request)
        agent, most = request.app.ctx.agent, self.settings.max_characters
        if said.payload is not None:
            await self._check_offered(agent, sender, said.payload)
        output = WebOutput()
        message = UserMessage(
            said.payload or as_typed(said.text), output, sender, input_channel=self.name(),
            message_id=said.id and message_id_of(token.encode(), said.id, f"{said.payload or ''}\0{said.text}"),
        )  # fmt: skip
        try:
            answered = await take_turn(agent, message, TIMEOUT_SECONDS, begun=True, most=most)
        except ConversationGone:
            raise unknown_session() from None
        self._live[sender] = True
        failure = not answered or not any(one["text"] for one in output.messages)
        if failure:
            output.messages.append(safety_message())
            safety_texts.labels(self.name()).inc()
        elif len(said.text) > most:
            output.messages.append({**EMPTY_MESSAGE, "text": request_for_parts(most)})
        return response.json({"messages": output.messages, "failure": failure})

    @staticmethod
    async def _check_offered(agent: Any, sender: str, payload: str) -> None:
        """Raises Refused when the conversation did not offer a button with this payload."""
        tracker = await agent.tracker_store.retrieve(sender)
        if tracker is None and not unwrapped(agent.tracker_store).away:
            raise unknown_session()
        if payload not in offered_payloads(tracker):
            raise Refused(400, "bad_request", "Deze knop hoort niet bij dit gesprek. Typ uw vraag in gewone woorden.")

    @staticmethod
    def _limit(limit: RateLimit, key: str) -> None:
        seconds = limit.seconds_to_wait(key)
        if seconds:
            raise Refused(
                429, "too_many", f"Het is nu druk. Probeer het over {seconds} seconden weer, of bel.",
                {"Retry-After": str(seconds)},
            )  # fmt: skip


class WebOutput(OutputChannel):
    """Collects what the assistant says, one message a response, with its buttons, source and call card."""

    def __init__(self) -> None:
        """Starts with no messages."""
        self.messages: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        """Returns the name of the channel."""
        return "web"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Takes a response of the domain or of an action (see parent class)."""
        languages = (message.get("metadata") or {}).get("lang", "nl")
        text, source = split_source(message.get("text") or "")
        # A response in two languages has one for each of its paragraphs.
        several = isinstance(languages, list)
        parts = list(zip_longest(text.split("\n\n"), languages, fillvalue="nl")) if several else [(text, languages)]
        for part, language in parts:
            self.messages.append({**EMPTY_MESSAGE, "text": part, "lang": language})
        self.messages[-1].update(
            source=source,
            buttons=[
                {"title": button["title"], "payload": button["payload"]} for button in message.get("buttons") or []
            ],
            card=card_of(message.get("custom")),
        )

    async def send_text_message(self, recipient_id: Text, text: Text, **kwargs: Any) -> None:
        """Takes a bare text (Rasa itself says one now and then)."""
        await self.send_response(recipient_id, {"text": text})


EMPTY_MESSAGE: Dict[Text, Any] = {"text": "", "source": None, "buttons": [], "card": None, "lang": "nl"}


def split_source(text: str) -> "tuple[str, Optional[str]]":
    """Returns the text without its last line `Bron: ...`, and the source named there."""
    found = _SOURCE.search(text)
    return (text[: found.start()].strip(), found["source"].strip()) if found else (text.strip(), None)


def safety_message() -> Dict[Text, Any]:
    """Returns what is said when the assistant cannot answer, in the form of a message."""
    return {**EMPTY_MESSAGE, "text": safety_text()}


def refusal(status: int, code: str, message: str) -> HTTPResponse:
    """Returns the answer to a request that is not served. The numbers are in it."""
    return response.json({"error": code, "message": message, "messages": [safety_message()]}, status=status)


def refuse_by_sanic(request: Request, error: Exception) -> HTTPResponse:
    """Answers what Sanic itself refuses (an unknown address, a wrong method ...), and any error outside a channel."""
    status = getattr(error, "status_code", 500)
    code = "too_long" if status == 413 else "bad_request"
    message = "Uw bericht is te lang." if status == 413 else "Dit verzoek kan ik niet lezen."
    answer = refusal(status, code, message)
    answer.headers.update(_NO_STORE)
    return answer


def address_of(request: Request) -> str:
    """Returns the address of the client as the proxy saw it; of IPv6 the network of the house."""
    address = request.remote_addr or request.ip or ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((int(parsed) >> 64 << 64, 64)))


def unknown_session() -> Refused:
    """Returns the refusal of a token that opens nothing."""
    return Refused(401, "unknown_session", "Dit gesprek is gewist of verlopen. Begin een nieuw gesprek.")


def checked_token(text: str) -> str:
    """Returns the token that the text is; raises Refused when it could be none of ours."""
    found = _TOKEN.match(text)
    if not found:
        raise unknown_session()
    return found[1]


def token_of(request: Request) -> str:
    """Returns the token in the header; raises Refused when there is none that could be ours."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return checked_token(token if scheme == "Bearer" else "")


def token_in_body(request: Request) -> str:
    """Returns the token in a body that holds nothing else; raises Refused when there is none that could be ours."""
    return checked_token(request.body[:100].decode("ascii", "replace"))


def sender_of(token: str) -> str:
    """Returns the id of the conversation: a hash, from which the token cannot be found."""
    return f"{WEB_SENDER}{hashlib.sha256(token.encode()).hexdigest()[:40]}"


class Said(NamedTuple):
    """What the user did: typed a text, or pressed the button with a payload.

    Attributes:
        id: names the message, when the client gave one: sent again with the same id and the same words it is answered
            only once.
    """

    text: str
    payload: Optional[str]
    id: Optional[str]


def read_body(request: Request) -> Said:
    """Returns what the user did; raises Refused when the body is no message."""
    if not (request.content_type or "").lower().startswith("application/json"):
        raise Refused(415, "bad_request", "Dit bericht kan ik niet lezen.")
    try:
        body = request.json
    except (InvalidUsage, RecursionError):
        body = None
    if not isinstance(body, dict) or set(body) - {"id"} not in ({"text"}, {"payload"}):
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    text, payload, name = body.get("text", ""), body.get("payload"), body.get("id")
    if not isinstance(text, str) or not isinstance(payload, (str, type(None))) or ("payload" in body and not payload):
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    if "id" in body and not (isinstance(name, str) and _ID.match(name)):
        raise Refused(400, "bad_request", "Dit bericht kan ik niet lezen.")
    return Said(text, payload, name)
