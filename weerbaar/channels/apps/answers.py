"""Answers: decides what to say to a message in a messaging app, whatever the platform."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any, NamedTuple

from cachetools import TTLCache
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.bubble import Bubble, Button, bubble_from
from weerbaar.channels.apps.choices import is_number, payload_of_key, payload_of_number, vote_in, vote_key
from weerbaar.channels.apps.failures import Failures
from weerbaar.channels.apps.own_texts import is_of_assistant
from weerbaar.channels.apps.texts import MAX_CHARACTERS, TEXTS, UNREADABLE
from weerbaar.channels.rate_limit import RateLimit
from weerbaar.conversation.incoming import ConversationGone, Incoming, NotOffered
from weerbaar.conversation.reply import Reply
from weerbaar.conversation.turn import respond
from weerbaar.conversation.votes import count_vote, is_voted_on
from weerbaar.observability.metrics import late_messages
from weerbaar.stores.memory import delete_conversation, unwrapped

MESSAGES_PER_MINUTE = 20
# The channel name with which domain.yml marks the responses for messaging apps.
VARIANT = "berichtendienst"
# How many turns all messaging channels together run at a time. In a burst the others wait here, where no timeout runs.
MOST_TURNS = 16
# A group gets its one sentence no more often than this, in seconds.
GROUP_SECONDS = 3_600
START, WIPE = "/begroeten", "/wis"
_COMMAND = re.compile(r"^/(start|stop|wis)(@\w+)?(\s+[\w-]{1,64})?\s*\Z", re.IGNORECASE)
# Responses that already say what the introduction says.
INTRODUCING = {"utter_introductie", "utter_begroeten", "utter_restart"}
_turns = asyncio.Semaphore(MOST_TURNS)


class Answer(NamedTuple):
    """What to say to a message.

    Attributes:
        bubbles: The messages, in order.
        introduced_by: The message whose answer tells the user who is answering, valid once this answer has been
            delivered; None when the user was not told.
    """

    bubbles: list[Bubble]
    introduced_by: str | None = None


class Answers:
    """The answers of one channel: the assistant's, and those a channel gives by itself (data/messenger.yml).

    Attributes:
        votes: Whether the user is asked, under a calm answer from the documents, if it helps.
    """

    def __init__(self, channel: str, numbered: bool, failures: Failures) -> None:
        """Creates the answers of a channel.

        Args:
            channel: Name of the channel.
            numbered: Whether numbers stand for its buttons.
            failures: Where errors are counted.
        """
        self._channel, self._numbered, self._failures = channel, numbered, failures
        self.votes = False
        self._told_groups: TTLCache[str, bool] = TTLCache(10_000, ttl=GROUP_SECONDS)
        self._of_user = RateLimit(MESSAGES_PER_MINUTE)
        # Apart, so that a vote never takes the place of a message.
        self._votes_of_user = RateLimit(MESSAGES_PER_MINUTE)
        self._warned = RateLimit(1)

    async def to(self, agent: Any, arrival: Arrival, conversation: str, name: str) -> Answer:
        """Returns what to say to a message; whatever breaks, the answer gives the number.

        Args:
            agent: Rasa's agent.
            arrival: The message.
            conversation: Id of the conversation, a hash.
            name: Id of the message, a hash.
        """
        with self._failures.surviving():
            if arrival.private:
                return await self._to_user(agent, arrival, conversation, name)
            return Answer([] if conversation in self._told_groups else [Bubble(TEXTS["groep"])])
        return Answer([self._failures.safety_bubble()])

    async def delivered(self, agent: Any, arrival: Arrival, conversation: str, answer: Answer) -> None:
        """Remembers what need not be said again, now that it was delivered."""
        if not arrival.private and answer.bubbles:
            self._told_groups[conversation] = True
        if answer.introduced_by:
            with self._failures.surviving():
                await unwrapped(agent.tracker_store).keep_introduction(conversation, answer.introduced_by)

    def too_many(self, conversation: str) -> list[Bubble]:
        """Returns the warning that there are too many messages to read; nothing when it was given in this minute."""
        return [] if self._warned.seconds_to_wait(conversation) else [Bubble(TEXTS["te_veel"])]

    async def _to_user(self, agent: Any, arrival: Arrival, conversation: str, name: str) -> Answer:
        vote = vote_in(arrival.choice)
        if vote:
            return Answer(await self._vote(agent, conversation, *vote))
        text = command_in(arrival.text)
        wiped = await self._wipe(agent, conversation) if text == WIPE else []
        if self._of_user.seconds_to_wait(conversation):
            return Answer(self.too_many(conversation))
        if wiped:
            return Answer(wiped)
        if arrival.late:
            late_messages.labels(self._channel).inc()
            return Answer([Bubble(TEXTS["laat_gelezen"])])
        if is_of_assistant(agent, arrival.quoted):
            arrival = replace(arrival, quoted="")
        if arrival.media and not f"{arrival.text}{arrival.quoted}".strip():
            unreadable = await self._unreadable(agent, conversation)
            return await self._introducing(agent, [unreadable], conversation, name)
        try:
            reply = await self._reply(agent, arrival, text, conversation, name)
        except NotOffered:
            return Answer([Bubble(TEXTS["geen_keuze"])])
        bubbles = [bubble_from(response) for response in reply.responses]
        if self.votes:
            self._ask_for_vote(bubbles, reply)
        after = [await self._unreadable(agent, conversation)] if arrival.media else []
        if reply.failed:
            return Answer([*bubbles, *after])
        if reply.uttered & INTRODUCING:
            return Answer([*bubbles, *after], name)
        answer = await self._introducing(agent, bubbles, conversation, name)
        return answer._replace(bubbles=[*answer.bubbles, *after])

    async def _reply(self, agent: Any, arrival: Arrival, command: str | None, conversation: str, name: str) -> Reply:
        """Returns what the assistant says to a message, or to the command in it."""

        def button(tracker: DialogueStateTracker | None) -> str | None:
            return command or self._choice(arrival, tracker)

        incoming = Incoming(
            self._channel,
            conversation,
            arrival.text,
            name=name,
            most=MAX_CHARACTERS,
            variant=VARIANT,
            quoted=arrival.quoted,
            button=button,
        )
        async with _turns:
            return await respond(agent, incoming)

    @staticmethod
    def _ask_for_vote(bubbles: list[Bubble], reply: Reply) -> None:
        """Puts the two votes below the fact that a reply gives, if it may be voted on."""
        for bubble, response in zip(bubbles, reply.responses):
            if reply.vote and is_voted_on(response, reply.vote):
                for helps, title in ((True, "helpt"), (False, "helpt_niet")):
                    bubble.buttons.append(Button(TEXTS[title], "", vote_key(reply.vote, helps)))

    async def _vote(self, agent: Any, conversation: str, vote: str, helps: bool) -> list[Bubble]:
        """Counts a vote and says so; an answer that this conversation did not get cannot be voted on."""
        if self._votes_of_user.seconds_to_wait(conversation):
            return self.too_many(conversation)
        try:
            if not self.votes:
                raise NotOffered
            await count_vote(agent, conversation, vote, helps)
        except (ConversationGone, NotOffered):
            return [Bubble(TEXTS["geen_stem"])]
        return [Bubble(TEXTS["gestemd"])]

    async def _unreadable(self, agent: Any, conversation: str) -> Bubble:
        """Returns what to say to a photo or a voice message, in other words each time, or it would seem unheard."""
        before = 0
        with self._failures.surviving():
            before = await unwrapped(agent.tracker_store).count_unreadable(conversation)
        return Bubble(UNREADABLE[before % len(UNREADABLE)])

    async def _introducing(self, agent: Any, bubbles: list[Bubble], conversation: str, name: str) -> Answer:
        """Returns an answer followed by the introduction, unless the user got the introduction with another answer.

        The introduction comes after the answer, because the answer can be serious.
        """
        introduced_by = None
        with self._failures.surviving():
            introduced_by = await unwrapped(agent.tracker_store).introduced_by(conversation)
        if introduced_by not in (None, name):
            return Answer(bubbles, introduced_by)
        introduction = await self._say(agent, "utter_introductie", conversation)
        return Answer([*bubbles, *introduction], name if introduction else None)

    def _choice(self, arrival: Arrival, tracker: DialogueStateTracker | None) -> str | None:
        """Returns the payload that was chosen, if this conversation offered it; None for what was typed.

        Raises NotOffered for a number that stands for no button.
        """
        if arrival.choice:
            return payload_of_key(arrival.choice, tracker)
        payload = payload_of_number(arrival.text, tracker) if self._numbered else None
        if payload is None and self._numbered and is_number(arrival.text):
            raise NotOffered
        return payload

    async def _wipe(self, agent: Any, conversation: str) -> list[Bubble]:
        """Deletes the conversation and says so, or says that it could not."""
        try:
            async with agent.lock_store.lock(conversation):
                await delete_conversation(agent.tracker_store, conversation)
        except Exception as error:
            self._failures.count(error)
            return [Bubble(TEXTS["niet_gewist"])]
        return await self._say(agent, "utter_restart", conversation) or [self._failures.safety_bubble()]

    async def _say(self, agent: Any, utterance: str, conversation: str) -> list[Bubble]:
        """Returns a response of the domain outside a turn; nothing when that fails."""
        with self._failures.surviving():
            empty = unwrapped(agent.tracker_store).build_tracker(conversation, [])
            return [bubble_from(await agent.nlg.generate(utterance, empty, VARIANT))]
        return []

    async def tracker(self, agent: Any, conversation: str) -> DialogueStateTracker | None:
        """Returns the conversation, or None when there is none or the store fails."""
        with self._failures.surviving():
            return await agent.tracker_store.retrieve(conversation)
        return None


def command_in(text: str) -> str | None:
    """Returns the payload that a platform command stands for, or None when the text is not a command."""
    found = _COMMAND.match(text.strip())
    if not found or (found[3] and found[1].lower() != "start"):
        return None
    return START if found[1].lower() == "start" else WIPE
