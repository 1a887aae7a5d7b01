"""MessengerInput: the behaviour that all messaging channels share, whatever the platform."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.apps.answers import WIPE, Answers, command_in
from weerbaar.channels.apps.arrival import Arrival, Forged
from weerbaar.channels.apps.bubble import Bubble, delivery_steps, plain_text
from weerbaar.channels.apps.failures import Failures
from weerbaar.channels.apps.pieces import NotAnswered, Pieces
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient, PlatformRefused
from weerbaar.channels.apps.settings import read_settings
from weerbaar.channels.set_up import set_up_server
from weerbaar.conversation.ids import MESSENGER
from weerbaar.conversation.time_limit import within
from weerbaar.conversation.turn import OnNewMessage
from weerbaar.observability.metrics import forged_requests
from weerbaar.stores.locks import ConversationLockStore
from weerbaar.stores.memory import CLAIM_SECONDS, Delivery, unwrapped

Result = TypeVar("Result")

TYPING_SECONDS = 1.0
# How many messages one worker answers at the same time; beyond it, a platform must deliver again.
MOST_RUNNING = 2_000
# How many of these may come from one user, or one group; beyond it, messages are not read.
MOST_WAITING = 20
# How long delivery of an answer is retried, in seconds: not every platform delivers the message again.
UNDELIVERED_SECONDS = 600.0
# Pause between two rounds of attempts, in seconds.
ROUND_SECONDS = 5.0


class NoPlace(Exception):
    """The worker answers as many messages as it can at the same time."""


class TooManyOfOne(Exception):
    """So many messages of one user, or of one group, wait that no more of them are read."""


class MessengerInput(InputChannel):
    """A channel for one platform. A subclass knows the platform's formats; this class knows what to do with a message.

    A request is verified first; nothing in a forged one is looked at. Each message is answered once, however often the
    platform delivers it, and the messages of one user are answered in order. The platform gets a success status only
    after the answer was delivered: whatever breaks, it delivers the message again.

    Attributes:
        settings_kind: The dataclass of the environment variables (`read_settings`).
        secret_name: The setting whose value keys the hashes of ids.
        seconds: How long the platform waits for the response to its request.
        most_characters: Longest text, and longest text with buttons.
        card_apart: Whether the number to call is a message of its own.
        numbered: Whether the platform has no buttons, so that numbers stand for them.
    """

    settings_kind: type[Any]
    secret_name: str
    seconds: float = 8.0
    most_characters = (4_096, 4_096)
    card_apart = True
    numbered = False

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> MessengerInput:
        """Creates the channel, switched off when none of its variables is set.

        Raises:
            InvalidConfigException: Only some of the variables are set, or credentials.yml has other settings for the
                channel than `votes`, which is true or false.
        """
        found = {"votes": False, **(credentials or {})}
        if set(found) != {"votes"} or not isinstance(found["votes"], bool):
            raise InvalidConfigException(
                f"credentials.yml, {cls.name()}: the settings of this channel are environment variables, but for "
                "`votes: true`; see docs/berichtendiensten.md."
            )
        if found["votes"] and cls.numbered:
            raise InvalidConfigException(f"credentials.yml, {cls.name()}: this channel has no buttons to vote with.")
        channel = cls(read_settings(cls.settings_kind, cls.name()))
        channel.answers.votes = found["votes"]
        return channel

    def __init__(self, settings: Any) -> None:
        """Creates the channel; settings of None switch it off."""
        self.settings = settings
        self.failures = Failures(self.name())
        self.answers = Answers(self.name(), self.numbered, self.failures)
        self.pieces = Pieces(self.numbered, self.failures)
        self.client = PlatformClient(self.name(), self.refusal_passes)
        secret = getattr(settings, self.secret_name) if settings else ""
        self._secret = hmac.digest(secret.encode(), b"ids of users", "sha256")
        self._order = ConversationLockStore()
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._waiting: Counter[str] = Counter()
        self._preparing: asyncio.Task[None] | None = None

    # --- what a subclass defines for its platform -----------------------------------------------------------------

    async def verify(self, request: Request) -> None:
        """Raises Forged unless the request provably comes from the platform."""
        raise NotImplementedError

    def arrivals(self, request: Request) -> list[Arrival]:
        """Returns what users did; raises ValueError when the body cannot be read at all."""
        raise NotImplementedError

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Delivers one of the `delivery_steps` of a bubble with one request; raises PlatformAway or PlatformRefused."""
        raise NotImplementedError

    @staticmethod
    def refusal_passes(answer: dict[str, Any]) -> bool:
        """Returns whether an answer with which the platform refuses a request means that it may be tried again."""
        return False

    async def send_plainly(self, arrival: Arrival, text: str) -> None:
        """Delivers a text in the simplest form there is, after the platform refused a bubble."""
        await self.send(arrival, Bubble(text))

    async def show_typing(self, arrival: Arrival) -> None:
        """Shows that an answer is coming, where the platform can do so."""

    async def prepare(self) -> None:
        """Tells the platform where to find the channel, if needed; runs alongside the server."""

    def handshake(self, request: Request) -> HTTPResponse | None:
        """Returns the response to a verified request that concerns the channel itself, or None for any other."""
        return None

    # --- requests -------------------------------------------------------------------------------------------------

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the routes of the channel; there are none while it is switched off."""
        webhook = Blueprint(f"{self.name()}_webhook", self.__module__)
        set_up_server(webhook)
        if self.settings is not None:
            self.add_routes(webhook)
        return webhook

    def add_routes(self, webhook: Blueprint) -> None:
        """Adds the routes and the tasks that run alongside them."""

        @webhook.listener("before_server_start")
        async def begin(_: Any, loop: asyncio.AbstractEventLoop) -> None:
            await self.client.open()
            self._preparing = loop.create_task(self.prepare())

        @webhook.listener("after_server_stop")
        async def end(_: Any, __: Any) -> None:
            tasks = [task for task in (self._preparing, *self._running.values()) if task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.close()

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                await self.verify(request)
            except Forged as forged:
                return self.refuse(forged.status)
            except PlatformAway:  # without the platform's keys nothing can be verified
                return response.empty(503)
            except Exception as error:  # bytes that no platform sends
                self.failures.count(error)
                return self.refuse(403)
            try:
                return self.handshake(request) or await self.respond(request, self.arrivals(request))
            except ValueError:
                return response.empty(400)
            except (KeyError, IndexError, TypeError, AttributeError) as error:
                # The request is genuine, so it must not be delivered again: what follows it would have to wait.
                self.failures.count_unreadable(error)
                return response.empty(200)

    async def respond(self, request: Request, arrivals: list[Arrival]) -> HTTPResponse:
        """Returns 200 when all messages were answered, otherwise 503, after which the platform delivers again."""
        taken = await asyncio.gather(*(self.take(request.app.ctx.agent, arrival) for arrival in arrivals))
        return response.empty(200 if all(taken) else 503)

    def refuse(self, status: int) -> HTTPResponse:
        """Counts a forged request, and responds with nothing but the status."""
        forged_requests.labels(self.name()).inc()
        return response.empty(status)

    # --- messages -------------------------------------------------------------------------------------------------

    async def take(self, agent: Any, arrival: Arrival) -> bool:
        """Answers a message; returns whether it was dealt with within the time that the platform waits.

        A message that is delivered again while it is being answered waits for the same answer. One user cannot take up
        all places: a user who sends many messages while the first ones still wait is warned, and the platform need not
        deliver the others again.
        """
        name = self.message_name(arrival)
        try:
            task = self.task(arrival, name, lambda: self._deliver_once(agent, arrival, name))
        except NoPlace:
            return False
        except TooManyOfOne:
            self._warn(arrival)
            return True
        await asyncio.wait([task], timeout=self.seconds)
        return task.done() and not task.cancelled() and task.result()

    def task(
        self, arrival: Arrival, name: str, work: Callable[[], Coroutine[Any, Any, Result]]
    ) -> asyncio.Task[Result]:
        """Returns the task that works on a message: the one that runs when it comes again, or a new one.

        There is always a place for wiping: it takes little time, and a user must be able to rely on it.

        Raises:
            NoPlace: This worker has too much to do.
            TooManyOfOne: The user, or the group, has too many messages that wait.
        """
        running = self._running.get(name)
        if running is not None:
            return running
        conversation, wipes = self.conversation_id(arrival), command_in(arrival.text) == WIPE
        if len(self._running) >= MOST_RUNNING and not wipes:
            raise NoPlace
        if self._waiting[conversation] >= MOST_WAITING and not wipes:
            raise TooManyOfOne
        return self.begin(name, work(), conversation)

    def begin(self, name: str, work: Coroutine[Any, Any, Result], conversation: str = "") -> asyncio.Task[Result]:
        """Starts work that continues when the platform hangs up, and ends with the server."""
        task = self._running[name] = asyncio.get_running_loop().create_task(work)
        self._waiting[conversation] += 1
        task.add_done_callback(lambda _: self._end(name, conversation))
        return task

    def _end(self, name: str, conversation: str) -> None:
        self._running.pop(name, None)
        self._waiting[conversation] -= 1
        if not self._waiting[conversation]:
            del self._waiting[conversation]

    def _warn(self, arrival: Arrival) -> None:
        """Tells a user, at once and at most once a minute, that not all messages are read; the numbers are in it."""
        conversation = self.conversation_id(arrival)
        name = self.hashed(f"warning {conversation}")
        bubbles = self.answers.too_many(conversation) if arrival.private and name not in self._running else []
        if bubbles:
            self.begin(name, self._send_all(arrival, bubbles))

    async def _deliver_once(self, agent: Any, arrival: Arrival, name: str) -> bool:
        """Answers a message unless that was done or another worker is at it; returns whether it has been answered."""
        claim = await self.claim(agent, name)
        if claim is not Delivery.OURS:
            return claim is Delivery.DONE
        delivered = False
        keeping = asyncio.get_running_loop().create_task(self._keep_claim(agent, name))
        typing = asyncio.get_running_loop().create_task(self._show_typing(arrival))
        try:
            conversation = self.conversation_id(arrival)

            async def answer(whole: Arrival, its_name: str) -> bool:
                async with self._order.lock(conversation):
                    said, _ = await asyncio.gather(self.answers.to(agent, whole, conversation, its_name), typing)
                    arrived = await self._send_all(whole, said.bubbles)
                    if arrived:
                        await self.answers.delivered(agent, whole, conversation, said)
                    return arrived

            delivered, _ = await self.pieces.once(agent, arrival, conversation, name, answer)
        except NotAnswered:  # counted where it happened
            pass
        except Exception as error:
            self.failures.count(error)
        finally:  # also when the server stops, so that another worker may answer the message
            keeping.cancel()
            typing.cancel()
            await self.end_claim(agent, name, delivered)
        return delivered

    async def _send_all(self, arrival: Arrival, bubbles: list[Bubble]) -> bool:
        """Delivers an answer, retrying for `UNDELIVERED_SECONDS`; returns False when that did not suffice.

        A bubble that the platform may refuse for its form is sent plainly after a round of attempts, any other bubble
        every third round, so the buttons are not lost because the platform was away for a while.
        """
        most, most_with_buttons = self.most_characters
        left = [
            step
            for bubble in bubbles
            for step in delivery_steps(bubble, most_with_buttons if bubble.buttons else most, self.card_apart)
        ]
        until, rounds, plainly = time.monotonic() + UNDELIVERED_SECONDS, 0, False
        while left:
            try:
                await self._send(arrival, left[0], plainly)
                left.pop(0)
                rounds, plainly = 0, False
            except PlatformAway as away:
                if time.monotonic() > until:
                    return False
                await asyncio.sleep(ROUND_SECONDS)
                rounds += 1
                plainly = not plainly and (away.of_form or rounds % 3 == 2)
        return True

    async def _send(self, arrival: Arrival, bubble: Bubble, plainly: bool) -> None:
        """Delivers a bubble, in plain form when that fails; then gives up, because the user left or blocked us."""
        if plainly or not await self._sent(self.send(arrival, bubble)):
            await self._sent(self.send_plainly(arrival, plain_text(bubble)))

    async def _sent(self, sending: Awaitable[None]) -> bool:
        """Returns whether the platform accepted the message; raises PlatformAway."""
        try:
            await sending
            return True
        except PlatformAway:
            raise
        except PlatformRefused:  # already counted
            return False
        except Exception as error:
            self.failures.count(error)
            return False

    async def _show_typing(self, arrival: Arrival) -> None:
        if not arrival.private:
            return
        with self.failures.surviving(), suppress(PlatformAway, PlatformRefused, asyncio.TimeoutError):
            await within(TYPING_SECONDS, self.show_typing(arrival))

    async def _keep_claim(self, agent: Any, name: str) -> None:
        """Renews the claim on a message until cancelled, so that no other worker answers it too."""
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            with self.failures.surviving():
                await unwrapped(agent.tracker_store).keep_claim(name)

    async def answer(self, agent: Any, arrival: Arrival, name: str) -> list[Bubble]:
        """Returns what to say to a message, for a response that carries the answer and so counts as its delivery.

        Whatever breaks, the answer gives the number.
        """
        conversation = self.conversation_id(arrival)
        answer = await self.answers.to(agent, arrival, conversation, name)
        await self.answers.delivered(agent, arrival, conversation, answer)
        return answer.bubbles

    async def claim(self, agent: Any, name: str) -> Delivery:
        """Returns what to do with the message of this name; OURS also when that cannot be determined."""
        with self.failures.surviving():
            claim: Delivery = await unwrapped(agent.tracker_store).claim_delivery(name)
            return claim
        return Delivery.OURS

    async def end_claim(self, agent: Any, name: str, delivered: bool) -> None:
        """Remembers that the message of this name was answered, or leaves it to its next delivery, if possible."""
        with self.failures.surviving():
            await unwrapped(agent.tracker_store).end_claim(name, delivered)

    def message_name(self, arrival: Arrival) -> str:
        """Returns the name that identifies a message at each delivery: a hash that reveals none of its words.

        The whole content is part of the hash. A message that reuses an id but says something else is another message: a
        counter that restarts on some platform must not silence a cry for help.
        """
        said = (arrival.id, arrival.sender, arrival.chat, arrival.text, arrival.quoted, arrival.choice)
        return self.hashed(f"message {json.dumps(said)}")

    def conversation_id(self, arrival: Arrival) -> str:
        """Returns the id of the conversation of a user or a group: a hash, from which the user cannot be found."""
        return self.hashed(arrival.sender if arrival.private else f"group {arrival.chat}")

    def hashed(self, text: str) -> str:
        """Returns a keyed hash of the text, with the prefix of this channel."""
        digest = hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"{MESSENGER}{self.name()}-{digest[:40]}"
