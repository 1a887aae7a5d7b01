"""Pieces: judges what one user types in several messages as one text, and answers it once."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from weerbaar.channels.apps.answers import command_in
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.choices import is_number, vote_in
from weerbaar.channels.apps.failures import Failures
from weerbaar.channels.rate_limit import RateLimit
from weerbaar.conversation.guard import as_typed
from weerbaar.nlu.severity import SEVERITY_KEY, at_least, level_of_parse_data, worst

Result = TypeVar("Result")

# In seconds: how long to wait for the next piece, and for the last piece since the first. A user who writes without
# full stops waits this long for each answer, on Slack 2.5 seconds in all; docs/metingen.md has the measurements.
QUIET_SECONDS, LONGEST_SECONDS = 1.5, 5.0
# How long the words of the last calm message are kept, in seconds, to judge the next message together with it.
KEPT_SECONDS = 60.0
# In characters: the longest text that is a piece, and the longest text that pieces may form together.
MOST_IN_PIECE, MOST_TOGETHER = 200, 1_000
# How many pieces of one user are joined in a minute; any more are not, because each piece is judged by itself first.
PIECES_PER_MINUTE = 20
# The model judges a word or two by what mostly follows them, so a text with fewer words than this waits, unless a
# pattern finds it.
FEWEST_WORDS = 4
# The rest of a sentence has no more words than this. It belongs to the answer that a grave message just got, or is
# judged together with a calm message. Longer messages, joined two by two, sound graver than they are.
MOST_WORDS_AFTER = 8
# Intents of words that ask nothing.
_NOTHING_ASKED = frozenset(["nlu_fallback", "buiten_bereik", ""])
# The marks at the end of a text, with what may follow them, such as a bracket or an emoji.
_END = re.compile(r"([.!?]+)[^\w.!?]*\Z")


class NotAnswered(Exception):
    """The message with which this piece was to be answered got no answer."""


class Judged(NamedTuple):
    """How the assistant judges a text.

    Attributes:
        level: Its severity level.
        sure: Whether the text says enough to act on, or a pattern found it.
        intent: What it is about; None when the assistant could not tell.
    """

    level: str = "ernstig"
    sure: bool = True
    intent: str | None = None

    @property
    def grave(self) -> bool:
        """Whether it must be answered at once."""
        return self.sure and at_least(self.level, "ernstig")


@dataclass
class Group:
    """Messages of one user that are answered together.

    Attributes:
        arrivals: The messages, in order.
        names: The name of each message.
        judged: The judgement of each text that was judged.
        level: The severity level of the text that is answered.
        began: When the first message came, on the monotonic clock.
        closed: Set when there is nothing left to wait for.
        answered: The result of the answer.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    judged: dict[str, Judged] = field(default_factory=dict)
    level: str = "geen"
    began: float = field(default_factory=time.monotonic)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def text(self) -> str:
        """All texts as one, in order."""
        return together(*(arrival.text for arrival in self.arrivals))

    def takes(self, arrival: Arrival) -> bool:
        """Returns whether a message can join the group: it is in the same place, and together they are not too long."""
        last = self.arrivals[-1]
        same_place = (last.chat, last.about) == (arrival.chat, arrival.about)
        return same_place and len(self.text) + len(arrival.text) < MOST_TOGETHER


class Kept(NamedTuple):
    """What is kept of the last messages, for a while.

    Attributes:
        text: The words of the last calm message; empty after a grave one.
        group: The grave messages that were just answered, or are being answered; None after a calm one.
        end: The timer that removes it.
    """

    text: str
    group: Group | None
    end: asyncio.TimerHandle


class Pieces:
    """The pieces of one channel.

    What was typed stays in the memory of this worker only, and is dropped after `KEPT_SECONDS`. A grave piece is
    answered at once, and so is a piece that makes the pieces before it grave; the rest of its sentence gets no answer
    of its own. What is answered is never calmer than the gravest piece.
    """

    def __init__(self, numbered: bool, failures: Failures) -> None:
        """Creates the pieces of a channel.

        Args:
            numbered: Whether numbers stand for buttons.
            failures: Where failures are counted.
        """
        self._numbered, self._failures = numbered, failures
        self._open: dict[str, Group] = {}
        self._kept: dict[str, Kept] = {}
        self._of_user = RateLimit(PIECES_PER_MINUTE)

    async def once(
        self,
        agent: Any,
        arrival: Arrival,
        conversation: str,
        name: str,
        answer: Callable[[Arrival, str], Awaitable[Result]],
    ) -> tuple[Result, bool]:
        """Answers a message, together with the pieces that come with it.

        Args:
            agent: Rasa's agent.
            arrival: The message.
            conversation: Id of the conversation.
            name: Name of the message.
            answer: Called once for pieces that come together, with one message that holds all their words, and a name
                that stands for all of them.

        Returns:
            The result of `answer`, and whether it was called for this message (True) or for an earlier piece (False).

        Raises:
            NotAnswered: That call failed for an earlier piece.
        """
        if await self._stands_alone(arrival, conversation):
            return await answer(arrival, name), True
        earlier = await self._answered_before(agent, arrival.text, conversation)
        if earlier is not None:
            return await self._of_earlier(earlier), False
        first = conversation not in self._open
        group = self._open.setdefault(conversation, Group())
        group.arrivals.append(arrival)
        group.names.append(name)
        await self._judge(agent, group, conversation, arrival.text)
        if not first:
            return await self._of_earlier(group), False
        return await self._answer(agent, group, conversation, answer), True

    async def _answer(
        self, agent: Any, group: Group, conversation: str, answer: Callable[[Arrival, str], Awaitable[Result]]
    ) -> Result:
        """Waits for the rest of the pieces, and returns the result of `answer` for all of them."""
        try:
            await self._gather(group)
            self._close(conversation, group)
            joined, name = await self._whole(agent, group, conversation)
            self._keep(conversation, group)
            result = await answer(joined, name)
            group.answered.set_result(result)
            return result
        finally:  # also when the server stops
            self._close(conversation, group)
            if not group.answered.done():
                group.answered.cancel()

    async def _stands_alone(self, arrival: Arrival, conversation: str) -> bool:
        """Has pieces answered that a message does not belong to; returns whether it can be no piece itself."""
        if vote_in(arrival.choice):  # it says nothing, so what was typed stays as it is
            return True
        choice = self._is_choice(arrival, conversation)
        alone = choice or not is_text(arrival) or bool(self._of_user.seconds_to_wait(conversation))
        if alone:
            await self._end(conversation)
        if choice:
            self.forget(conversation)  # the choice may be to wipe
        while not alone and conversation in self._open and not self._open[conversation].takes(arrival):
            await self._end(conversation)
        return alone

    def forget(self, conversation: str) -> None:
        """Drops the words that are kept of a conversation."""
        kept = self._kept.pop(conversation, None)
        if kept:
            kept.end.cancel()

    def _is_choice(self, arrival: Arrival, conversation: str) -> bool:
        """Returns whether a message is a button, a command, or a number without other words that belong to it."""
        number = self._numbered and conversation not in self._open and is_number(arrival.text)
        return bool(arrival.choice or command_in(arrival.text)) or number

    @staticmethod
    async def _of_earlier(group: Group) -> Any:
        """Returns the result of the call for an earlier piece."""
        await asyncio.wait([group.answered])
        if group.answered.cancelled():
            raise NotAnswered
        return group.answered.result()

    async def _answered_before(self, agent: Any, text: str, conversation: str) -> Group | None:
        """Returns the answered grave messages whose sentence `text` only ends, adding nothing new; otherwise None."""
        kept = self._kept.get(conversation)
        if conversation in self._open or not kept or not kept.group or len(text.split()) > MOST_WORDS_AFTER:
            return None
        group = kept.group
        new = await self._judgement(agent, group, text)
        if self._kept.get(conversation) is not kept or worst(new.level, group.level) != group.level:
            return None
        left = new.intent is not None and (new.grave or (says_little(text) and new.intent in _NOTHING_ASKED))
        if left and time.monotonic() < group.began + LONGEST_SECONDS:
            self._remember(conversation, "", group, QUIET_SECONDS)
        return group if left else None

    async def _judge(self, agent: Any, group: Group, conversation: str, text: str) -> None:
        """Judges a new piece, alone and together with what came before it, and ends the wait when no more need come."""
        judged = []
        if len(text) <= MOST_IN_PIECE:
            texts = (text, group.text, self._with_kept(conversation, group))
            judged = [await self._judgement(agent, group, one) for one in texts]
        if has_ended(text) or len(text) > MOST_IN_PIECE or any(one.grave for one in judged):
            group.closed.set()

    async def _judgement(self, agent: Any, group: Group, text: str) -> Judged:
        """Judges a text outside the conversation, once for each group; counts it as grave when that fails."""
        if text not in group.judged:
            group.judged[text] = Judged()
            with self._failures.surviving():
                parsed = await agent.parse_message(as_typed(text))
                sure = not says_little(text) or found_by_pattern(parsed)
                intent = (parsed.get("intent") or {}).get("name") or ""
                group.judged[text] = Judged(level_of_parse_data(parsed), sure, intent)
        return group.judged[text]

    def _with_kept(self, conversation: str, group: Group) -> str:
        """Returns the text of a group after the words that were kept, when the group's text is short."""
        kept = self._kept.get(conversation)
        if kept is not None and len(group.text.split()) <= MOST_WORDS_AFTER:
            return together(kept.text, group.text)
        return group.text

    async def _gather(self, group: Group) -> None:
        """Waits until no more pieces come, or until the longest wait is over."""
        known = 0
        while not group.closed.is_set() and known < len(group.arrivals):
            known = len(group.arrivals)
            left = group.began + LONGEST_SECONDS - time.monotonic()
            try:
                await asyncio.wait_for(group.closed.wait(), max(0.0, min(QUIET_SECONDS, left)))
            except asyncio.TimeoutError:
                if left <= QUIET_SECONDS:
                    break

    async def _whole(self, agent: Any, group: Group, conversation: str) -> tuple[Arrival, str]:
        """Returns the message to answer, and its name.

        Its text is the gravest of three: the whole, its pieces one by one, and the whole with the words that were kept.
        """
        found = group.text
        if group.judged:  # a long text by itself is judged when it is answered
            whole = await self._judgement(agent, group, found)
            group.level = whole.level
            with_kept = self._with_kept(conversation, group)
            for text in (*(arrival.text for arrival in group.arrivals), with_kept):
                other = await self._judgement(agent, group, text)
                counts = other.grave if text == with_kept else other.sure
                if counts and worst(other.level, group.level) != group.level:
                    found, group.level = text, other.level
        return replace(group.arrivals[-1], text=found), joined_name(group.names)

    def _close(self, conversation: str, group: Group) -> None:
        group.closed.set()
        if self._open.get(conversation) is group:
            del self._open[conversation]

    async def _end(self, conversation: str) -> None:
        """Has the pieces so far answered now, and waits for that answer."""
        group = self._open.get(conversation)
        if group:
            self._close(conversation, group)
            await asyncio.wait([group.answered])

    def _keep(self, conversation: str, group: Group) -> None:
        """Keeps the words of a calm message for a while; of a grave one, briefly, only that it is being answered."""
        self.forget(conversation)
        if at_least(group.level, "ernstig"):
            self._remember(conversation, "", group, QUIET_SECONDS)
        elif group.judged:
            self._remember(conversation, group.text, None, KEPT_SECONDS)

    def _remember(self, conversation: str, text: str, group: Group | None, seconds: float) -> None:
        self.forget(conversation)
        end = asyncio.get_running_loop().call_later(seconds, self._kept.pop, conversation, None)
        self._kept[conversation] = Kept(text, group, end)


def is_text(arrival: Arrival) -> bool:
    """Returns whether a message is only what a user types to the assistant now."""
    typed = arrival.private and not arrival.media and not arrival.quoted and not arrival.late
    return typed and bool(arrival.text.strip())


def says_little(text: str) -> bool:
    """Returns whether a text is the beginning of a sentence that can still become anything."""
    return len(text.split()) < FEWEST_WORDS and not has_ended(text)


def found_by_pattern(parsed: Mapping[str, Any]) -> bool:
    """Returns whether a pattern made a parsed message serious, not just the model or the intent."""
    judgement = parsed.get(SEVERITY_KEY)
    reasons = judgement.get("reasons") if isinstance(judgement, Mapping) else None
    return any(str(reason).startswith("patroon:") for reason in reasons or [])


def joined_name(names: list[str]) -> str:
    """Returns a name for messages that are answered together; other messages give another name."""
    return names[0] if len(names) == 1 else hashlib.sha256(" ".join(names).encode()).hexdigest()[:40]


def has_ended(text: str) -> bool:
    """Returns whether a text ends as a sentence does, so that no more is expected soon; '...' does not end one."""
    end = _END.search(text)
    return end is not None and not end[1].startswith("..")


def together(*texts: str) -> str:
    """Returns the texts as one, joined by blanks."""
    return " ".join(filter(None, (text.strip() for text in texts)))
