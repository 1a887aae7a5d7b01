"""ExpiringTrackerStore: keeps conversations in memory only, for a limited time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Any

from cachetools import TTLCache
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.stores.conversation import kept_events, said_now
from weerbaar.stores.turn_metrics import count_turn

# How long an answered message is remembered: some platforms deliver it again for a day.
DELIVERY_SECONDS = 86_400
MOST_DELIVERIES = 100_000
# When the worker that was answering a message died, another may answer it after this time without a sign of life.
CLAIM_SECONDS = 15.0
# The conversation that this turn has read already (`read_already`).
_read: ContextVar[DialogueStateTracker | None] = ContextVar("read", default=None)


class Delivery(Enum):
    """What to do with a message that a platform delivers.

    OURS: answer it. BUSY: leave it to the worker that is answering it. DONE: nothing, it was answered.
    """

    OURS, BUSY, DONE = "ours", "busy", "done"


class ExpiringTrackerStore(TrackerStore):
    """Keeps the `kept_events` of each conversation in memory, until `minutes` after its last message."""

    def __init__(
        self,
        domain: Domain,
        host: str | None = None,
        event_broker: Any = None,
        minutes: float = 30,
        max_conversations: int = 50_000,
        **kwargs: Any,
    ) -> None:
        """Creates an empty store with the settings of `tracker_store` in endpoints.yml; ignores `host` and others."""
        self._events: TTLCache[str, list[Event]] = TTLCache(max_conversations, ttl=minutes * 60, timer=time.monotonic)
        self._introductions: TTLCache[str, str] = TTLCache(max_conversations, ttl=minutes * 60, timer=time.monotonic)
        self._unreadable: TTLCache[str, int] = TTLCache(max_conversations, ttl=minutes * 60, timer=time.monotonic)
        self._votes: TTLCache[str, frozenset[str]] = TTLCache(max_conversations, ttl=minutes * 60, timer=time.monotonic)
        self._deliveries: TTLCache[str, bool] = TTLCache(MOST_DELIVERIES, ttl=DELIVERY_SECONDS, timer=time.monotonic)
        super().__init__(domain, event_broker)

    @property
    def away(self) -> bool:
        """Whether conversations may seem unknown because the server that keeps them does not answer.

        Never true of a store in memory.
        """
        return False

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Counts the turn and keeps the conversation after it."""
        count_turn(tracker)
        events = kept_events(list(tracker.events))
        if not any(isinstance(event, UserUttered) for event in events):  # it begins, or the user began anew
            await self.forget_votes(tracker.sender_id)
        await self._write(tracker.sender_id, events)

    async def _write(self, sender_id: str, events: list[Event]) -> None:
        self.keep(sender_id, events)

    def keep(self, sender_id: str, events: list[Event]) -> None:
        """Keeps these events of the conversation, and no others."""
        self._events[sender_id] = events

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Returns the conversation, or None when there is none or it has expired."""
        read = _read.get()
        if read is not None and read.sender_id == sender_id:
            _read.set(None)
            return read
        events = self._events.get(sender_id)
        return None if events is None else self.build_tracker(sender_id, events)

    def build_tracker(self, sender_id: str, events: list[Event]) -> DialogueStateTracker:
        """Returns the conversation that consists of these events."""
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots, domain=self.domain)

    async def renew(self, sender_id: str) -> bool:
        """Restarts the time limit of a conversation, as a message would; returns False when there is none."""
        tracker = await self.retrieve(sender_id)
        if tracker is None:
            return False
        await self._write(sender_id, said_now(list(tracker.events)))
        return True

    async def delete(self, sender_id: str) -> None:
        """Removes the conversation at once, with the record of its introduction, unreadable messages and votes."""
        for kept in (self._events, self._introductions, self._unreadable, self._votes):
            kept.pop(sender_id, None)

    async def introduced_by(self, sender_id: str) -> str | None:
        """Returns the name of the message whose answer introduced the assistant to the user, or None."""
        return self._introductions.get(sender_id)

    async def keep_introduction(self, sender_id: str, name: str) -> None:
        """Remembers, for as long as a conversation, the message whose answer introduced the assistant."""
        self._introductions[sender_id] = name

    async def count_unreadable(self, sender_id: str) -> int:
        """Counts an unreadable message, such as a photo; returns how many came before it in this conversation."""
        before = self._unreadable.get(sender_id, 0)
        self._unreadable[sender_id] = before + 1
        return before

    async def keep_vote(self, sender_id: str, fact: str) -> bool:
        """Remembers, for as long as a conversation, that it voted on a fact; returns False when it already had."""
        voted = self._votes.get(sender_id, frozenset())
        self._votes[sender_id] = voted | {fact}
        return fact not in voted

    async def forget_votes(self, sender_id: str) -> None:
        """Forgets on what the conversation voted, because the user began anew."""
        self._votes.pop(sender_id, None)

    async def claim_delivery(self, name: str) -> Delivery:
        """Returns what to do with the message of this name, which is a hash; a platform may deliver a message twice."""
        return Delivery.DONE if name in self._deliveries else Delivery.OURS

    async def keep_claim(self, name: str) -> None:
        """Renews the claim on a message that is still being answered; must be repeated within `CLAIM_SECONDS`.

        This store keeps no claims, so it does nothing here.
        """

    async def end_claim(self, name: str, delivered: bool) -> None:
        """Remembers for a day that a message was answered; one that was not delivered is left to its next delivery."""
        if delivered:
            self._deliveries[name] = True

    async def keys(self) -> Iterable[str]:
        """Returns the ids of the conversations that have not expired."""
        self._events.expire()
        return list(self._events)


@contextmanager
def read_already(tracker: DialogueStateTracker | None) -> Iterator[None]:
    """Makes the first `retrieve` of this conversation in the block return `tracker`, which was read under its lock.

    Rasa reads the conversation again when it handles a message, which takes a request to Redis and a replay of all
    events. Nothing happens when `tracker` is None.
    """
    before = _read.set(tracker)
    try:
        yield
    finally:
        _read.reset(before)


def unwrapped(store: TrackerStore) -> TrackerStore:
    """Returns the store that endpoints.yml names, without Rasa's wrappers, which do not pass `delete` on.

    Raises:
        AttributeError: None of the nested stores can delete.
    """
    while not hasattr(store, "delete"):
        store = store._tracker_store
    return store


async def delete_conversation(store: TrackerStore, sender_id: str) -> None:
    """Removes a conversation from the store of an agent; raises AttributeError when that store cannot delete."""
    await unwrapped(store).delete(sender_id)


def forget_in_fallback(agent: Any) -> None:
    """Makes the conversations expire that Rasa keeps when the agent's store fails; Rasa's fallback never forgets."""
    store = agent.tracker_store
    if hasattr(store, "_fallback_tracker_store"):
        store._fallback_tracker_store = ExpiringTrackerStore(store.domain)
