"""WebInput: serves the sessions and messages of browsers."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from cachetools import TLRUCache
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.rate_limit import RateLimit
from weerbaar.channels.refusals import NO_STORE, as_message, problem, refusal
from weerbaar.channels.set_up import set_up_server
from weerbaar.channels.web.cross_origin import ForeignSite, headers_for, keep_sanic_cors_out, leave_to_send
from weerbaar.channels.web.files import add_files, page_headers
from weerbaar.channels.web.interface import VERSION_HEADER, VersionedBlueprint
from weerbaar.channels.web.messages import messages_of
from weerbaar.channels.web.requests import (
    Refused,
    bearer_token,
    client_address,
    conversation_id,
    read_body,
    read_vote,
    token_in_body,
    unknown_session,
)
from weerbaar.channels.web.settings import WebSettings
from weerbaar.conversation.ids import hashed_id
from weerbaar.conversation.incoming import ConversationGone, Incoming, NotOffered, no_button, offered
from weerbaar.conversation.reply import Collected
from weerbaar.conversation.turn import OnNewMessage, respond, safety_answer
from weerbaar.conversation.votes import count_vote
from weerbaar.observability.metrics import conversations, count_fault, sessions
from weerbaar.stores.memory import delete_conversation, unwrapped

logger = logging.getLogger(__name__)

# How long, in seconds, a session in which nothing was said counts as live.
UNUSED_SECONDS = 120
# A pattern for the addresses of this channel: the page is served at `/` as well.
_OURS = r"/webhooks/web/|/\Z"
# What a page of an allowed site may send, by address.
_PREFLIGHTS = {
    "/session": leave_to_send("POST, DELETE", "Authorization"),
    "/session/end": leave_to_send("POST"),
    "/message": leave_to_send("POST", "Authorization, Content-Type"),
}


class WebInput(InputChannel):
    """Serves sessions and messages for the widget, and the widget's own files.

    It differs from Rasa's REST channel. The server creates the session, with a token that cannot be guessed; the id of
    the conversation is a hash of the token, so that the id may appear in a log. Typed text is never a command. An
    error, a timeout or silence becomes the safety text with `failure: true`. Rates, lengths, bodies and sessions are
    limited. There are no cookies, and nothing of the user is logged.
    """

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address `/webhooks/web`."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebInput:
        """Creates the channel; raises ValueError when credentials.yml has an unknown key or an invalid value."""
        try:
            return cls(WebSettings(**(credentials or {})))
        except TypeError as error:
            raise ValueError(f"credentials.yml, web: {error}") from error

    def __init__(self, settings: WebSettings) -> None:
        """Creates the channel with these settings and without sessions."""
        self.settings = settings
        self._of_session = RateLimit(settings.messages_per_minute)
        # Apart, so that a vote never takes the place of a message.
        self._votes_of_session = RateLimit(settings.messages_per_minute)
        self._of_address = RateLimit(settings.requests_per_minute)
        self._new_of_address = RateLimit(settings.sessions_per_minute)
        # By conversation: whether something was said in it. Those without words expire first, or a flood of them would
        # shut out new users.
        self._live: TLRUCache[str, bool] = TLRUCache(settings.max_sessions, ttu=self._live_until, timer=time.monotonic)
        conversations.set_function(self._count_live)

    def _count_live(self) -> int:
        self._live.expire()
        return len(self._live)

    def _live_until(self, _: str, spoken: bool, now: float) -> float:
        return now + (self.settings.session_minutes * 60 if spoken else UNUSED_SECONDS)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the routes of the channel."""
        web = VersionedBlueprint("web_webhook", self.__module__)
        set_up_server(web)
        add_files(web, page_headers(self.settings.frame_ancestors), self._attributes(), self.settings.page_title)

        @web.listener("before_server_start")
        async def prepare(app: Any, _: Any) -> None:
            app.config.PROXIES_COUNT = self.settings.proxies or None
            keep_sanic_cors_out(app, _OURS)
            if self.settings.missing_pages:
                missing = " and ".join(self.settings.missing_pages)
                logger.warning("web: not set in credentials.yml, so the page has no link: %s", missing)

        for address, leave in _PREFLIGHTS.items():
            web.add_route(self._preflight(leave), address, methods=["OPTIONS"], name=f"preflight of {address}")

        @web.route("/session", methods=["POST"])
        async def start_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.start(request))

        @web.route("/session", methods=["DELETE"])
        async def end_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.end(request, bearer_token(request)), limited=False)

        @web.route("/session/keep", methods=["POST", "OPTIONS"])
        async def keep_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.keep(request))

        # For a page that is being left: without a custom header, the browser need not send a preflight first.
        @web.route("/session/end", methods=["POST"])
        async def leave_session(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.end(request, token_in_body(request)), limited=False)

        @web.route("/message", methods=["POST"])
        async def message(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.answer(request))

        if self.settings.votes:
            self._add_votes(web)
        return web

    def _add_votes(self, web: Blueprint) -> None:
        leave = leave_to_send("POST", "Authorization, Content-Type")
        web.add_route(self._preflight(leave), "/vote", methods=["OPTIONS"], name="preflight of /vote")

        @web.route("/vote", methods=["POST"])
        async def vote(request: Request) -> HTTPResponse:
            return await self._serve(request, lambda: self.vote(request))

    def _attributes(self) -> dict[str, str]:
        """Returns the attributes of the chat on the stand-alone page; an empty value is left out there."""
        minutes = self.settings.session_minutes
        return {
            "privacy-url": self.settings.privacy_url,
            "accessibility-url": self.settings.accessibility_url,
            "exit-url": self.settings.exit_url,
            "minutes": "" if minutes == WebSettings.session_minutes else str(minutes),
        }

    def _preflight(self, leave: dict[str, str]) -> Any:
        """Returns the handler of a preflight, which allows the browser to send what `leave` names."""

        async def answer(request: Request) -> HTTPResponse:
            async def allow() -> HTTPResponse:
                return response.empty(204, headers=leave)

            return await self._serve(request, allow, limited=False)

        return answer

    async def _serve(
        self, request: Request, serve: Callable[[], Awaitable[HTTPResponse]], limited: bool = True
    ) -> HTTPResponse:
        """Returns the response of `serve`, or a refusal with the numbers; wiping is not `limited`."""
        headers = {**NO_STORE, **VERSION_HEADER}
        try:
            headers.update(headers_for(request, self.settings.origins))
            if limited:
                self._limit(self._of_address, client_address(request))
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
            safe = safety_answer(self.name())
            result = problem(503, safe, messages=[as_message(safe)], failure=True)
        result.headers.update(headers)
        return result

    async def start(self, request: Request) -> HTTPResponse:
        """Creates a session and returns its token, with the limits that the widget needs."""
        self._limit(self._new_of_address, client_address(request))
        if self._count_live() >= self.settings.max_sessions:
            raise Refused(503, "busy", "Het is nu te druk. Probeer het over een paar minuten weer, of bel.")
        token = secrets.token_urlsafe(32)
        conversation = conversation_id(token)
        processor = request.app.ctx.agent.processor
        tracker = await processor.fetch_tracker_with_initial_session(conversation, Collected(self.name()))
        await processor.save_tracker(tracker)
        self._live[conversation] = False
        sessions.inc()
        answer = {
            "session": token,
            "minutes": self.settings.session_minutes,
            "max_characters": self.settings.max_characters,
        }
        return response.json(answer, status=201)

    async def keep(self, request: Request) -> HTTPResponse:
        """Restarts the time limit of the session without a message, for a user who was warned of its end."""
        conversation, agent = conversation_id(bearer_token(request)), request.app.ctx.agent
        self._limit(self._of_session, conversation)
        async with agent.lock_store.lock(conversation):
            if not await unwrapped(agent.tracker_store).renew(conversation):
                raise self._not_found(agent)
        self._live[conversation] = True
        return response.empty(204)

    async def end(self, request: Request, token: str) -> HTTPResponse:
        """Deletes the conversation of the session; when there is none, a user who wipes must not see an error."""
        conversation, agent = conversation_id(token), request.app.ctx.agent
        self._live.pop(conversation, None)
        # Wait for the lock: a turn that is still running would save the conversation again after it was deleted.
        async with agent.lock_store.lock(conversation):
            await delete_conversation(agent.tracker_store, conversation)
        return response.empty(204)

    async def answer(self, request: Request) -> HTTPResponse:
        """Returns what the assistant says to the message in the body."""
        token = bearer_token(request)
        conversation = conversation_id(token)
        self._limit(self._of_session, conversation)
        said = read_body(request)
        incoming = Incoming(
            self.name(),
            conversation,
            said.text,
            name=said.id and hashed_id(token.encode(), said.id, f"{said.payload or ''}\0{said.text}"),
            most=self.settings.max_characters,
            variant=self.name(),
            button=no_button if said.payload is None else offered(said.payload),
            begun=True,
        )
        try:
            reply = await respond(request.app.ctx.agent, incoming)
        except ConversationGone:
            raise unknown_session() from None
        except NotOffered:
            wrong = "Deze knop hoort niet bij dit gesprek. Typ uw vraag in gewone woorden."
            raise Refused(400, "bad_request", wrong) from None
        self._live[conversation] = True
        if reply.busy:
            raise Refused(503, "busy", "Het is nu heel druk. Stuur uw bericht zo nog eens, of bel.")
        messages = messages_of(reply.responses, reply.vote if self.settings.votes else None)
        return response.json({"messages": messages, "failure": reply.failed})

    async def vote(self, request: Request) -> HTTPResponse:
        """Counts a vote on an answer of this session; a second one on the same fact is accepted and not counted."""
        conversation, agent = conversation_id(bearer_token(request)), request.app.ctx.agent
        self._limit(self._votes_of_session, conversation)
        vote = read_vote(request)
        try:
            await count_vote(agent, conversation, vote.name, vote.helps)
        except ConversationGone:
            raise self._not_found(agent) from None
        except NotOffered:
            wrong = "Bij dit antwoord kan ik uw mening niet tellen. Wilt u iets vragen? Typ dan uw vraag."
            raise Refused(400, "bad_request", wrong) from None
        return response.empty(204)

    @staticmethod
    def _not_found(agent: Any) -> Refused:
        """Returns the refusal when a session is not there, or cannot be looked up."""
        away = Refused(503, "busy", "Dat lukt nu niet. Probeer het nog eens.")
        return away if unwrapped(agent.tracker_store).away else unknown_session()

    @staticmethod
    def _limit(limit: RateLimit, key: str) -> None:
        seconds = limit.seconds_to_wait(key)
        if seconds:
            busy = f"Het is nu druk. Probeer het over {seconds} seconden weer, of bel."
            raise Refused(429, "too_many", busy, {"Retry-After": str(seconds)})
