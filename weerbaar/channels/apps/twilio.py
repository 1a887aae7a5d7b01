"""TwilioInput: WhatsApp and SMS by Twilio, answered in the HTTP response (https://www.twilio.com/docs/messaging)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

from cachetools import TTLCache
from multidict import MultiDict
from rasa.shared.core.events import UserUttered
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from weerbaar.channels.apps.arrival import Arrival, Forged
from weerbaar.channels.apps.bubble import Bubble, split_text
from weerbaar.channels.apps.channel import MOST_RUNNING, MessengerInput, TooManyOfOne
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.stores.conversation import answers_to
from weerbaar.stores.memory import Delivery

MOST_CHARACTERS, MOST_FIELDS = 1_600, 200
# How long an answer is kept in case Twilio asks again, in seconds.
ANSWER_SECONDS = 600


@dataclass
class TwilioSettings:
    """Settings from environment variables.

    Attributes:
        auth_token: TWILIO_AUTH_TOKEN, with which Twilio signs.
        webhook_url: TWILIO_WEBHOOK_URL, the address exactly as Twilio was given it; the signature covers it.
    """

    auth_token: str
    webhook_url: str


class Given(NamedTuple):
    """An answer that was given; without bubbles for a piece that was answered together with an earlier one.

    Attributes:
        conversation: The id of the conversation.
        bubbles: What was said, in order.
        message: The name under which the conversation knows the message that was answered.
        in_conversation: Whether the conversation contains that message. If not, the channel answered by itself, and
            wiping does not affect the answer.
    """

    conversation: str
    bubbles: list[Bubble]
    message: str
    in_conversation: bool


class TwilioInput(MessengerInput):
    """`POST /webhooks/twilio/webhook`, verified by its signature.

    The response itself is the answer (TwiML), so the server needs no outgoing connection to Twilio. Twilio asks again
    only when it did not get that response; it then gets the same answer, and the conversation does not move on.
    """

    settings_kind = TwilioSettings
    secret_name = "auth_token"
    seconds = 12.0
    numbered = True

    def __init__(self, settings: TwilioSettings | None) -> None:
        """Creates the channel; no answer has been given yet."""
        super().__init__(settings)
        self._given: TTLCache[str, Given] = TTLCache(MOST_RUNNING, ttl=ANSWER_SECONDS)

    @classmethod
    def name(cls) -> str:
        """Returns the name, and so the address `/webhooks/twilio`."""
        return "twilio"

    async def verify(self, request: Request) -> None:
        """Raises Forged unless Twilio signed the request."""
        signature = request.headers.get("x-twilio-signature")
        if signature is None:
            raise Forged(401)
        try:
            # Twilio signs empty fields too, and Sanic's own form parser drops them. The validator's time is quadratic
            # in the number of fields, and anybody can send many.
            body = request.body.decode("utf-8", "replace")
            request.ctx.fields = MultiDict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError as error:
            raise Forged(403) from error
        validator = RequestValidator(self.settings.auth_token)
        if not validator.validate(self.settings.webhook_url, request.ctx.fields, signature):
            raise Forged(403)

    def arrivals(self, request: Request) -> list[Arrival]:
        """Returns the message, if a user sent one."""
        fields = request.ctx.fields
        name, sender = fields.get("MessageSid"), fields.get("From")
        if not name or not sender:
            raise ValueError("There is no message in it.")
        # A status report on a message of ours, or STOP by SMS, after which Twilio lets no answer through. Twilio itself
        # also replies to HELP and START, but 'help' can be a cry for help.
        if "MessageStatus" in fields or fields.get("OptOutType", "").upper() == "STOP":
            return []
        media = fields.get("NumMedia", "0") != "0" or "Latitude" in fields
        # WhatsApp does not say who wrote a forwarded text, nor what a user replies to.
        forwarded = "true" in (fields.get("Forwarded", "").lower(), fields.get("FrequentlyForwarded", "").lower())
        text, quoted = ("", fields.get("Body", "")) if forwarded else (fields.get("Body", ""), "")
        return [Arrival(name, sender, sender, text, private=True, sent=0.0, media=media, quoted=quoted)]

    async def respond(self, request: Request, arrivals: list[Arrival]) -> HTTPResponse:
        """Returns the answer as TwiML, or the safety text when there is none in time."""
        answer = MessagingResponse()
        for arrival in arrivals:
            try:
                bubbles = await self._in_time(request.app.ctx.agent, arrival)
            except TooManyOfOne:
                bubbles = self.answers.too_many(self.conversation_id(arrival))
            except Exception as error:  # Twilio hangs up after fifteen seconds, and does not always ask again
                self.failures.count(error)
                bubbles = [self.failures.safety_bubble()]
            for text in written_out(bubbles):
                answer.message(text)
        return response.text(str(answer), content_type="text/xml; charset=utf-8")

    async def _in_time(self, agent: object, arrival: Arrival) -> list[Bubble]:
        """Returns the answer; raises what the channel's `task` does, and TimeoutError. The work goes on after it."""
        name = self.message_name(arrival)
        answering = self.task(arrival, name, lambda: self._bubbles(agent, arrival, name))
        return await asyncio.wait_for(asyncio.shield(answering), self.seconds)

    async def _bubbles(self, agent: object, arrival: Arrival, name: str) -> list[Bubble]:
        """Returns the answer: to the last message as often as Twilio asks for it, to an earlier one only once."""
        conversation = self.conversation_id(arrival)
        async with self._order.lock(conversation):
            if name in self._given:
                await self._drop_wiped(agent, conversation)  # another worker may have wiped it
            before = self._given.get(name)
            if before:
                return before.bubbles
            claim = await self.claim(agent, name)
            if claim is Delivery.DONE and answers_to(await self.answers.tracker(agent, conversation), name) is None:
                return [self.failures.safety_bubble()]  # what was said is no longer known

        async def answer(whole: Arrival, its_name: str) -> Given:
            async with self._order.lock(conversation):
                bubbles = await self.answer(agent, whole, its_name)
                known = await self._drop_wiped(agent, conversation)
                return Given(conversation, bubbles, its_name, its_name in known)

        given, ours = await self.pieces.once(agent, arrival, conversation, name, answer)
        self._given[name] = given if ours else given._replace(bubbles=[])
        await self.end_claim(agent, name, delivered=True)
        return self._given[name].bubbles

    async def _drop_wiped(self, agent: object, conversation: str) -> set[str]:
        """Drops the answers to messages that the conversation no longer has; returns the ids of those that it has."""
        tracker = await self.answers.tracker(agent, conversation)
        known = {event.message_id for event in (tracker.events if tracker else []) if isinstance(event, UserUttered)}
        for name, given in list(self._given.items()):
            if given.conversation == conversation and given.in_conversation and given.message not in known:
                self._given.pop(name, None)
        return known


def written_out(bubbles: list[Bubble]) -> list[str]:
    """Returns the bubbles as few texts, because Twilio does not guarantee their order; buttons become numbers."""
    lines, number = [], 0
    for bubble in bubbles:
        choices = []
        for button in bubble.buttons:
            number += 1
            choices.append(f"{number}. {button.title}")
        lines.append("\n".join([bubble.text, *choices]))
    if number:
        lines.append(TEXTS["keuze"])
    return split_text("\n\n".join(lines), MOST_CHARACTERS)
