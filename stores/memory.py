"""ExpiringTrackerStore: conversations in memory only, for a limited time."""
from __future__ import annotations

import time
from typing import Any, Iterable, List, Optional, Text

from cachetools import TTLCache
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, Restarted
from rasa.shared.core.trackers import DialogueStateTracker


class ExpiringTrackerStore(TrackerStore):
    """Keeps the events of each conversation in memory until `minutes` after its last message.

    A restart (`opnieuw`) really removes what was before it. Nothing is written to disk.
    """

    def __init__(
        self,
        domain: Domain,
        host: Optional[Text] = None,
        event_broker: Any = None,
        minutes: float = 30,
        max_conversations: int = 50_000,
        **kwargs: Any,
    ) -> None:
        """Takes the settings of `tracker_store` in endpoints.yml; `host` and others are not used."""
        self._events: TTLCache = TTLCache(max_conversations, ttl=minutes * 60, timer=time.monotonic)
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keeps the conversation from its last restart on."""
        self._events[tracker.sender_id] = since_restart(list(tracker.events))

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Returns the conversation, or None when there is none or it has expired."""
        events = self._events.get(sender_id)
        if events is None:
            return None
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots, domain=self.domain)

    async def delete(self, sender_id: Text) -> None:
        """Removes the conversation at once."""
        self._events.pop(sender_id, None)

    async def keys(self) -> Iterable[Text]:
        """Returns the ids of the conversations that have not expired."""
        self._events.expire()
        return list(self._events)


async def delete_conversation(store: TrackerStore, sender_id: Text) -> None:
    """Removes a conversation from the store of an agent; raises AttributeError when its store cannot delete.

    Rasa wraps the store that endpoints.yml names, and its wrappers do not pass `delete` on.
    """
    while not hasattr(store, "delete"):
        store = store._tracker_store
    await store.delete(sender_id)


def since_restart(events: List[Event]) -> List[Event]:
    """Returns the events from the last restart on; all of them when there was none."""
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], Restarted):
            return events[index:]
    return events
