"""MessengerInput: what all messaging channels do alike, whatever the platform."""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any, Awaitable, Coroutine, Dict, List, Optional, Text, Type, TypeVar

from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.apps.answers import Answers
from weerbaar.channels.apps.arrival import Arrival, Forged
from weerbaar.channels.apps.bubble import Bubble, plain_text, steps_of
from weerbaar.channels.apps.failures import Failures
from weerbaar.channels.apps.pieces import NotAnswered, Pieces
from weerbaar.channels.apps.platform import PlatformAway, PlatformClient, PlatformRefused
from weerbaar.channels.apps.settings import read_settings
from weerbaar.channels.set_up import set_up_server
from weerbaar.conversation.long_text import MOST_READ, ends_of
from weerbaar.conversation.turn import OnNewMessage
from weerbaar.observability.metrics import forged_requests
from weerbaar.stores.locks import ConversationLockStore
from weerbaar.stores.memory import CLAIM_SECONDS, Delivery, unwrapped

Result = TypeVar("Result")

# Begins the id of each conversation in a messaging app; the REST channel refuses it.
MESSENGER_SENDER = "bericht-"
TYPING_SECONDS = 1.0
# Messages that are being answered in one worker; beyond it a platform must deliver again.
MOST_RUNNING = 2_000
# Of these of one user, or of one group; beyond it they are not read.
MOST_WAITING = 20
# Longest key of a button; no platform gives a longer one of ours back.
MOST_IN_CHOICE = 64
# How long it is tried to deliver an answer, in seconds: not every platform asks again.
UNDELIVERED_SECONDS = 600.0
# Between two rounds of attempts, in seconds.
ROUND_SECONDS = 5.0


class MessengerInput(InputChannel):
    """One platform. A subclass knows its formats; this class knows what to do with a message.

    A request is verified first; nothing of a forged one is looked at. Each message is answered once, however often the
    platform delivers it, and the messages of one user in their order. The platform hears 'taken' only when the answer
    was delivered: whatever breaks, it delivers the message again.

    Attributes:
        settings_kind: dataclass of the environment variables (`read_settings`).
        secret_name: the setting with which ids are hashed.
        seconds: how long the platform waits for an answer to its request.
        most_characters: longest text, and longest text with buttons.
        card_apart: whether the number to call is a message of its own.
        numbered: whether there are no buttons, so that numbers stand for them.
    """

    settings_kind: Type[Any]
    secret_name: Text
    seconds: float = 8.0
    most_characters = (4_096, 4_096)
    card_apart = True
    numbered = False

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "MessengerInput":
        """Creates the channel, off when its variables are not set; raises InvalidConfigException when only some are."""
        if credentials:
            raise InvalidConfigException(
                f"credentials.yml, {cls.name()}: the settings of this channel are environment variables; "
                "see docs/berichtendiensten.md."
            )
        return cls(read_settings(cls.settings_kind, cls.name()))

    def __init__(self, settings: Any) -> None:
        """Takes the settings; None switches the channel off."""
        self.settings = settings
        self.failures = Failures(self.name())
        self.answers = Answers(self.name(), self.numbered, self.failures)
        self.pieces = Pieces(self.numbered, self.failures)
        self.client = PlatformClient(self.name(), self.refusal_passes)
        self._secret = hmac.digest(getattr(settings, self.secret_name, "").encode(), b"ids of users", "sha256")
        self._order = ConversationLockStore()
        self._running: Dict[Text, asyncio.Task[Any]] = {}
        self._waiting: Counter[Text] = Counter()
        self._preparing: Optional[asyncio.Task[None]] = None

    # --- what a subclass says of its platform ---------------------------------------------------------------------

    async def verify(self, request: Request) -> None:
        """Raises Forged when the request is not proved to come from the platform."""
        raise NotImplementedError

    def arrivals(self, request: Request) -> List[Arrival]:
        """Returns what users did; raises ValueError when the body cannot be read at all."""
        raise NotImplementedError

    async def send(self, arrival: Arrival, bubble: Bubble) -> None:
        """Delivers one of `steps_of` a bubble by one request; raises PlatformAway or PlatformRefused."""
        raise NotImplementedError

    @staticmethod
    def refusal_passes(answer: Dict[Text, Any]) -> bool:
        """Says whether an answer of the platform, which refuses a request, means that it may be asked again."""
        return False

    async def send_plainly(self, arrival: Arrival, text: Text) -> None:
        """Delivers a text in the simplest form there is, after the platform refused a bubble."""
        await self.send(arrival, Bubble(text))

    async def show_typing(self, arrival: Arrival) -> None:
        """Shows that an answer is coming, where the platform can."""

    async def prepare(self) -> None:
        """Tells the platform where to find the channel, where that is needed; runs beside the server."""

    def handshake(self, request: Request) -> Optional[HTTPResponse]:
        """Returns the answer to a verified request that is about the channel itself, or None."""
        return None

    # --- requests -------------------------------------------------------------------------------------------------

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the routes of the channel; there are none while it is off."""
        webhook = Blueprint(f"{self.name()}_webhook", self.__module__)
        if self.settings is not None:
            self.add_routes(webhook)
        return webhook

    def add_routes(self, webhook: Blueprint) -> None:
        """Adds the routes and what must run beside them."""
        set_up_server(webhook)

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
            except PlatformAway:  # without its keys nothing can be verified
                return response.empty(503)
            except Exception as error:  # bytes that no platform sends
                self.failures.count(error)
                return self.refuse(403)
            try:
                return self.handshake(request) or await self.respond(request, self.arrivals(request))
            except ValueError:
                return response.empty(400)
            except (KeyError, IndexError, TypeError, AttributeError) as error:
                # Genuine, so not to be delivered again: what follows it would have to wait.
                self.failures.count_unreadable(error)
                return response.empty(200)

    async def respond(self, request: Request, arrivals: List[Arrival]) -> HTTPResponse:
        """Returns 200 when all was answered, else 503: the platform then delivers again."""
        taken = await asyncio.gather(*(self.take(request.app.ctx.agent, arrival) for arrival in arrivals))
        return response.empty(200 if all(taken) else 503)

    def refuse(self, status: int) -> HTTPResponse:
        """Counts a forged request, and answers it with nothing but the status."""
        forged_requests.labels(self.name()).inc()
        return response.empty(status)

    # --- messages -------------------------------------------------------------------------------------------------

    async def take(self, agent: Any, arrival: Arrival) -> bool:
        """Answers a message; returns whether the answer was delivered within the time that the platform waits.

        A message that comes again while it is being answered waits for the same answer. One user cannot fill the places
        of all: who sends many while the first ones still wait is told so, and the platform need not deliver them again.
        """
        name = self.name_of(arrival)
        task = self._running.get(name)
        if task is None:
            if len(self._running) >= MOST_RUNNING:
                return False
            # No more of it is kept than can be read.
            text, quoted = ends_of(arrival.text, MOST_READ), ends_of(arrival.quoted, MOST_READ)
            arrival = replace(arrival, text=text, quoted=quoted, choice=arrival.choice[:MOST_IN_CHOICE])
            conversation = self.conversation_of(arrival)
            if self._waiting[conversation] >= MOST_WAITING:
                self._warn(arrival, conversation)
                return True
            task = self.begin(name, self._deliver_once(agent, arrival, name), conversation)
        await asyncio.wait([task], timeout=self.seconds)
        return task.done() and not task.cancelled() and task.result()

    def begin(
        self, name: Text, work: Coroutine[Any, Any, Result], conversation: Text = ""
    ) -> asyncio.Task[Result]:
        """Begins what must go on when the platform hangs up, and ends with the server."""
        task = self._running[name] = asyncio.get_running_loop().create_task(work)
        self._waiting[conversation] += 1
        task.add_done_callback(lambda _: self._end(name, conversation))
        return task

    def _end(self, name: Text, conversation: Text) -> None:
        self._running.pop(name, None)
        self._waiting[conversation] -= 1
        if not self._waiting[conversation]:
            del self._waiting[conversation]

    def _warn(self, arrival: Arrival, conversation: Text) -> None:
        """Tells a user, at once and once a minute, that not all is read; the numbers are in it."""
        name = self.hashed(f"warning {conversation}")
        bubbles = self.answers.too_many(conversation) if arrival.private and name not in self._running else []
        if bubbles:
            self.begin(name, self._send_all(arrival, bubbles))

    async def _deliver_once(self, agent: Any, arrival: Arrival, name: Text) -> bool:
        """Answers a message unless that was done, or another worker is at it; returns whether it has been answered."""
        claim = await self.claim(agent, name)
        if claim is not Delivery.OURS:
            return claim is Delivery.DONE
        delivered = False
        keeping = asyncio.get_running_loop().create_task(self._keep_claim(agent, name))
        typing = asyncio.get_running_loop().create_task(self._show_typing(arrival))
        try:
            conversation = self.conversation_of(arrival)

            async def answer(whole: Arrival, its_name: Text) -> bool:
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
        finally:  # also when the server stops: another worker may have it then
            keeping.cancel()
            typing.cancel()
            await self.end_claim(agent, name, delivered)
        return delivered

    async def _send_all(self, arrival: Arrival, bubbles: List[Bubble]) -> bool:
        """Delivers an answer, for as long as it takes; returns False when that was too long.

        What may be refused for its form goes plainly after a round of attempts, anything at all every third round: the
        buttons are not lost because the platform was away for a while.
        """
        most, most_with_buttons = self.most_characters
        left = [
            step for bubble in bubbles
            for step in steps_of(bubble, most_with_buttons if bubble.buttons else most, self.card_apart)
        ]  # fmt: skip
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
        """Delivers a bubble, more plainly when that fails; then gives up: its user left or blocked us."""
        if plainly or not await self._sent(self.send(arrival, bubble)):
            await self._sent(self.send_plainly(arrival, plain_text(bubble)))

    async def _sent(self, sending: Awaitable[None]) -> bool:
        """Says whether the platform took it; raises PlatformAway."""
        try:
            await sending
            return True
        except PlatformAway:
            raise
        except PlatformRefused:  # counted already
            return False
        except Exception as error:
            self.failures.count(error)
            return False

    async def _show_typing(self, arrival: Arrival) -> None:
        if not arrival.private:
            return
        with self.failures.surviving(), suppress(PlatformAway, PlatformRefused, asyncio.TimeoutError):
            await asyncio.wait_for(self.show_typing(arrival), TYPING_SECONDS)

    async def _keep_claim(self, agent: Any, name: Text) -> None:
        """Keeps other workers from answering the message too, for as long as it runs."""
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            with self.failures.surviving():
                await unwrapped(agent.tracker_store).keep_claim(name)

    async def answer(self, agent: Any, arrival: Arrival, name: Text) -> List[Bubble]:
        """Returns what to say to a message, to be given in the response itself, so that it counts as delivered.

        Whatever breaks, it is the number.
        """
        conversation = self.conversation_of(arrival)
        answer = await self.answers.to(agent, arrival, conversation, name)
        await self.answers.delivered(agent, arrival, conversation, answer)
        return answer.bubbles

    async def claim(self, agent: Any, name: Text) -> Delivery:
        """Says whether the message with this name is ours to answer; ours too when that cannot be known."""
        with self.failures.surviving():
            claim: Delivery = await unwrapped(agent.tracker_store).claim_delivery(name)
            return claim
        return Delivery.OURS

    async def end_claim(self, agent: Any, name: Text, delivered: bool) -> None:
        """Remembers that the message with this name was answered, or leaves it to its next delivery, if possible."""
        with self.failures.surviving():
            await unwrapped(agent.tracker_store).end_claim(name, delivered)

    def name_of(self, arrival: Arrival) -> Text:
        """Returns the name by which a message is known when it is delivered again: a hash, which tells no word of it.

        All that was said is part of it. A message whose id was used before, but that says something else, is another
        message: a counter that begins anew on some platform must not silence a cry for help.
        """
        said = (arrival.id, arrival.sender, arrival.chat, arrival.text, arrival.quoted, arrival.choice)
        return self.hashed(f"message {json.dumps(said)}")

    def conversation_of(self, arrival: Arrival) -> Text:
        """Returns the id of the conversation of a user, or of a group: a hash, from which the user cannot be found."""
        return self.hashed(arrival.sender if arrival.private else f"group {arrival.chat}")

    def hashed(self, text: Text) -> Text:
        """Returns a keyed hash, with the name of the channel before it."""
        digest = hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"{MESSENGER_SENDER}{self.name()}-{digest[:40]}"
