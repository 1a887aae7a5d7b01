"""MessengerInput: what all messaging channels do alike, whatever the platform."""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import inspect
import logging
import re
import time
from contextlib import contextmanager, suppress
from typing import Any, Awaitable, Coroutine, Dict, Iterator, List, Optional, Text, Type

from cachetools import TTLCache
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.call_card import TEAM
from channels.guard import as_typed
from channels.messenger.arrival import Arrival, Forged
from channels.messenger.bubble import MESSENGER, Bubble, MessengerOutput, bubble_of, steps_of
from channels.messenger.choices import is_number, payload_of_key, payload_of_number
from channels.messenger.platform import PlatformAway, PlatformClient, PlatformRefused
from channels.messenger.settings import read_settings
from channels.messenger.texts import TEXTS
from channels.rate_limit import RateLimit
from channels.turn import OnNewMessage, take_turn
from contacts.register import safety_text
from serving.logs import keep_private
from serving.metrics import count_fault, forged_requests, safety_texts
from stores.locks import ConversationLockStore
from stores.memory import CLAIM_SECONDS, Delivery, delete_conversation, unwrapped

logger = logging.getLogger(__name__)

# Begins the id of each conversation in a messaging app; the REST channel refuses it.
MESSENGER_SENDER = "bericht-"
TIMEOUT_SECONDS = 12.0
TYPING_SECONDS = 1.0
MAX_CHARACTERS = 20_000
MESSAGES_PER_MINUTE = 20
# Messages that are being answered in one worker; beyond it a platform must deliver again.
MOST_RUNNING = 2_000
# Turns at a time, of all messaging channels: in a burst the rest wait here, where no time-out runs.
MOST_TURNS = 16
# How long it is tried to deliver an answer, in seconds: not every platform asks again.
UNDELIVERED_SECONDS = 600.0
# Between two rounds of attempts, in seconds.
ROUND_SECONDS = 5.0
INTRODUCED_SECONDS = 1_800
# A group gets its one sentence at most so often, in seconds.
GROUP_SECONDS = 3_600
START, WIPE = "/begroeten", "/wis"
_COMMAND = re.compile(r"^/(start|stop|wis)(@\w+)?(\s+[\w-]{1,64})?\s*\Z", re.IGNORECASE)
# Responses that say themselves what the introduction says.
INTRODUCING = {"utter_introductie", "utter_begroeten", "utter_restart"}
_turns = asyncio.Semaphore(MOST_TURNS)


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
        self.client = PlatformClient(self.name(), self.refusal_passes)
        self._secret = hmac.digest(getattr(settings, self.secret_name, "").encode(), b"ids of users", "sha256")
        self._order = ConversationLockStore()
        self._running: Dict[Text, asyncio.Task] = {}
        self._told_groups: TTLCache = TTLCache(10_000, ttl=GROUP_SECONDS)
        self._introduced: TTLCache = TTLCache(10_000, ttl=INTRODUCED_SECONDS)
        self._of_user = RateLimit(MESSAGES_PER_MINUTE)
        self._warned = RateLimit(1)
        self._preparing: Optional[asyncio.Task] = None

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
        webhook = Blueprint(f"{self.name()}_webhook", inspect.getmodule(self).__name__)
        if self.settings is not None:
            self.add_routes(webhook)
        return webhook

    def add_routes(self, webhook: Blueprint) -> None:
        """Adds the routes and what must run beside them."""

        @webhook.listener("before_server_start")
        async def begin(_: Any, loop: asyncio.AbstractEventLoop) -> None:
            keep_private()
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
                self.count_failure(error)
                return self.refuse(403)
            try:
                return self.handshake(request) or await self.respond(request, self.arrivals(request))
            except ValueError:
                return response.empty(400)
            except (KeyError, IndexError, TypeError, AttributeError) as error:
                # Genuine, so not to be delivered again: what follows it would have to wait.
                self.count_unreadable(error)
                return response.empty(200)

    async def respond(self, request: Request, arrivals: List[Arrival]) -> HTTPResponse:
        """Returns 200 when all was answered, else 503: the platform then delivers again."""
        taken = await asyncio.gather(*(self.take(request.app.ctx.agent, arrival) for arrival in arrivals))
        return response.empty(200 if all(taken) else 503)

    def refuse(self, status: int) -> HTTPResponse:
        """Counts a forged request, and answers it with nothing but the status."""
        forged_requests.labels(self.name()).inc()
        return response.empty(status)

    def count_unreadable(self, error: Exception) -> None:
        """Counts a genuine message whose form is not known."""
        logger.error("%s: a message could not be read: %s", self.name(), type(error).__name__)
        count_fault("unreadable_message")

    def count_failure(self, error: Exception) -> None:
        """Counts and logs what broke; its place, not its text."""
        logger.error("%s: failed", self.name(), exc_info=error)
        count_fault(type(error).__name__)

    @contextmanager
    def surviving(self) -> Iterator[None]:
        """Lets what breaks in the block be counted, and the work go on after it."""
        try:
            yield
        except Exception as error:
            self.count_failure(error)

    def safety_bubble(self) -> Bubble:
        """Returns what is said when the assistant cannot answer, and counts it."""
        safety_texts.labels(self.name()).inc()
        return Bubble(safety_text())

    # --- messages -------------------------------------------------------------------------------------------------

    async def take(self, agent: Any, arrival: Arrival) -> bool:
        """Answers a message; returns whether the answer was delivered within the time that the platform waits.

        A message that comes again while it is being answered waits for the same answer.
        """
        name = self.hashed(f"message {arrival.id}")
        task = self._running.get(name)
        if task is None:
            if len(self._running) >= MOST_RUNNING:
                return False
            task = self.begin(name, self._deliver_once(agent, arrival, name))
        await asyncio.wait([task], timeout=self.seconds)
        return task.done() and not task.cancelled() and task.result()

    def begin(self, name: Text, work: Coroutine) -> asyncio.Task:
        """Begins what must go on when the platform hangs up, and ends with the server."""
        task = self._running[name] = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda _: self._running.pop(name, None))
        return task

    async def _deliver_once(self, agent: Any, arrival: Arrival, name: Text) -> bool:
        """Answers a message unless that was done, or another worker is at it; returns whether it has been answered."""
        claim = await self.claim(agent, name)
        if claim is not Delivery.OURS:
            return claim is Delivery.DONE
        delivered = False
        keeping = asyncio.get_running_loop().create_task(self._keep_claim(agent, name))
        try:
            async with self._order.lock(self.conversation_of(arrival)):
                bubbles, _ = await asyncio.gather(self.answer(agent, arrival, name), self._show_typing(arrival))
                delivered = await self._send_all(arrival, bubbles)
        except Exception as error:
            self.count_failure(error)
        finally:  # also when the server stops: another worker may have it then
            keeping.cancel()
            await self.end_claim(agent, name, delivered)
        return delivered

    async def _send_all(self, arrival: Arrival, bubbles: List[Bubble]) -> bool:
        """Delivers an answer, for as long as it takes; returns False when that was too long."""
        most, most_with_buttons = self.most_characters
        left = [
            step for bubble in bubbles
            for step in steps_of(bubble, most_with_buttons if bubble.buttons else most, self.card_apart)
        ]  # fmt: skip
        until, plainly = time.monotonic() + UNDELIVERED_SECONDS, False
        while left:
            try:
                await self._send(arrival, left[0], plainly)
                left.pop(0)
                plainly = False
            except PlatformAway:
                if time.monotonic() > until:
                    return False
                await asyncio.sleep(ROUND_SECONDS)
                plainly = not plainly  # perhaps it is only this form that the platform cannot take
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
            self.count_failure(error)
            return False

    async def _show_typing(self, arrival: Arrival) -> None:
        if not arrival.private:
            return
        with self.surviving(), suppress(PlatformAway, PlatformRefused, asyncio.TimeoutError):
            await asyncio.wait_for(self.show_typing(arrival), TYPING_SECONDS)

    async def _keep_claim(self, agent: Any, name: Text) -> None:
        """Keeps other workers from answering the message too, for as long as it runs."""
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            with self.surviving():
                await unwrapped(agent.tracker_store).keep_claim(name)

    async def answer(self, agent: Any, arrival: Arrival, name: Text) -> List[Bubble]:
        """Returns what to say to a message; whatever breaks, it is the number."""
        with self.surviving():
            return await self._replies(agent, arrival, name)
        return [self.safety_bubble()]

    async def _replies(self, agent: Any, arrival: Arrival, name: Text) -> List[Bubble]:
        conversation = self.conversation_of(arrival)
        if not arrival.private:
            told, self._told_groups[conversation] = conversation in self._told_groups, True
            return [] if told else [Bubble(TEXTS["groep"])]
        text = command_in(arrival.text)
        if text == WIPE:
            return await self._wipe(agent, conversation)
        if self._of_user.seconds_to_wait(conversation):
            return [] if self._warned.seconds_to_wait(conversation) else [Bubble(TEXTS["te_veel"])]
        if len(arrival.text) > MAX_CHARACTERS:
            return [Bubble(TEXTS["te_lang"])]
        tracker = await self._tracker(agent, conversation)
        begun = tracker is not None
        if arrival.media and not arrival.text.strip():
            return [Bubble(TEXTS["geen_tekst"]), *([] if begun else await self._introduce(agent, conversation))]
        text = text or self._choice(arrival, tracker)
        if self.numbered and text is None and is_number(arrival.text):
            return [Bubble(TEXTS["geen_keuze"])]
        bubbles = await self._turn(agent, text or as_typed(arrival.text), conversation, name, begun)
        return [*bubbles, Bubble(TEXTS["geen_tekst"])] if arrival.media else bubbles

    async def _turn(self, agent: Any, text: Text, conversation: Text, name: Text, begun: bool) -> List[Bubble]:
        """Returns what the assistant says; in the first turn the introduction comes with it, after what is serious."""
        output = MessengerOutput()
        message = UserMessage(text, output, conversation, input_channel=self.name(), message_id=name)
        async with _turns:
            answered = await take_turn(agent, message, TIMEOUT_SECONDS)
        if not answered or not any(bubble.text for bubble in output.bubbles):
            return [*output.bubbles, self.safety_bubble()]
        if output.uttered & INTRODUCING or begun:
            return output.bubbles
        return [*output.bubbles, *await self._introduce(agent, conversation)]

    async def _introduce(self, agent: Any, conversation: Text) -> List[Bubble]:
        """Returns the introduction, once in half an hour."""
        if conversation in self._introduced:
            return []
        self._introduced[conversation] = True
        return await self._say(agent, "utter_introductie", conversation)

    def _choice(self, arrival: Arrival, tracker: Optional[DialogueStateTracker]) -> Optional[Text]:
        """Returns the payload that was chosen, if this conversation offered it."""
        if arrival.choice:
            return payload_of_key(arrival.choice, tracker)
        return payload_of_number(arrival.text, tracker) if self.numbered else None

    async def _wipe(self, agent: Any, conversation: Text) -> List[Bubble]:
        """Deletes the conversation and says so, or says that it did not."""
        try:
            self._introduced.pop(conversation, None)
            async with agent.lock_store.lock(conversation):
                await delete_conversation(agent.tracker_store, conversation)
        except Exception as error:
            self.count_failure(error)
            return [Bubble(TEXTS["niet_gewist"])]
        return await self._say(agent, "utter_restart", conversation) or [Bubble(safety_text())]

    async def _say(self, agent: Any, utterance: Text, conversation: Text) -> List[Bubble]:
        """Returns a response of the domain outside a turn; nothing when that fails."""
        with self.surviving():
            empty = unwrapped(agent.tracker_store).tracker_of(conversation, [])
            return [bubble_of(await agent.nlg.generate(utterance, empty, MESSENGER))]
        return []

    async def _tracker(self, agent: Any, conversation: Text) -> Optional[DialogueStateTracker]:
        """Returns the conversation, or None when there is none or it cannot be had."""
        with self.surviving():
            return await agent.tracker_store.retrieve(conversation)
        return None

    async def claim(self, agent: Any, name: Text) -> Delivery:
        """Says whether the message with this name is ours to answer; ours too when that cannot be known."""
        with self.surviving():
            return await unwrapped(agent.tracker_store).claim_delivery(name)
        return Delivery.OURS

    async def end_claim(self, agent: Any, name: Text, delivered: bool) -> None:
        """Remembers that the message with this name was answered, or leaves it to its next delivery, if possible."""
        with self.surviving():
            await unwrapped(agent.tracker_store).end_claim(name, delivered)

    def conversation_of(self, arrival: Arrival) -> Text:
        """Returns the id of the conversation of a user, or of a group: a hash, from which the user cannot be found."""
        return self.hashed(arrival.sender if arrival.private else f"group {arrival.chat}")

    def hashed(self, text: Text) -> Text:
        """Returns a keyed hash, with the name of the channel before it."""
        digest = hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"{MESSENGER_SENDER}{self.name()}-{digest[:40]}"


def command_in(text: Text) -> Optional[Text]:
    """Returns what a command of a platform stands for, or None when the text is no command."""
    found = _COMMAND.match(text.strip())
    if not found or (found[3] and found[1].lower() != "start"):
        return None
    return START if found[1].lower() == "start" else WIPE


def plain_text(bubble: Bubble) -> Text:
    """Returns a bubble as text alone."""
    lines = [bubble.text, *(f"- {button.title}" for button in bubble.buttons)]
    if bubble.card:
        lines.append(f"{TEAM}: {bubble.card['telefoon']}")
    return "\n".join(lines).strip() or safety_text()
