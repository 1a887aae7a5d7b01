"""RedisTrackerStore: conversations in the memory of a Redis server, for several workers, for a limited time."""
from __future__ import annotations

import json
import logging
import time
from contextlib import suppress
from typing import Any, Awaitable, Coroutine, Dict, Iterable, List, Optional, Text

import redis.asyncio
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from redis.asyncio.lock import Lock
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, LockError, RedisError

from weerbaar.observability.metrics import count_fault
from weerbaar.stores.memory import CLAIM_SECONDS, DELIVERY_SECONDS, Delivery, ExpiringTrackerStore

logger = logging.getLogger(__name__)

PREFIX, INTRODUCTION_PREFIX, UNREADABLE_PREFIX = "gesprek:", "uitgelegd:", "ongelezen:"
DELIVERY_PREFIX, CLAIM_PREFIX = "bezorgd:", "bezig:"
# How long Redis may take for one request, in seconds, and how long it is left alone after it failed: a user waits for
# it, and each turn asks it several times.
TIMEOUT_SECONDS = 1.0
PAUSE_SECONDS = 3.0


class RedisAway(Exception):
    """Redis did not answer, or not well, a moment ago."""


class RedisConnection:
    """A connection to Redis that gives up soon, and after a failure does not try for a while."""

    def __init__(self, url: Text) -> None:
        """Takes an address as `redis://host:6379/0`; raises ValueError when it is none."""
        self.client = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            decode_responses=True,
            # A connection that was open when Redis restarted fails once.
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[ConnectionError],
        )
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """Whether Redis failed a moment ago."""
        return time.monotonic() < self._away_until

    async def ask(self, request: Awaitable[Any]) -> Any:
        """Returns the answer of Redis to a request; raises RedisAway when there is none, LockError as redis-py does."""
        if self.away:
            if isinstance(request, Coroutine):
                request.close()  # a coroutine that is never awaited would be warned about
            raise RedisAway
        try:
            return await request
        except LockError:  # a lock that is ours no more; Redis itself is well
            raise
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            logger.error("redis: %s; not asked again for %s seconds", type(error).__name__, PAUSE_SECONDS)
            count_fault("redis")
            raise RedisAway from error


class RedisTrackerStore(ExpiringTrackerStore):
    """Keeps what `kept_events` leaves of each conversation, in Redis, until `minutes` after its last message.

    While Redis is away each worker goes on with the conversations in its own memory, as its parent class does; what it
    kept there goes to Redis as soon as that is back and the conversation goes on.
    """

    def __init__(
        self,
        domain: Domain,
        host: Optional[Text] = None,
        event_broker: Any = None,
        minutes: float = 30,
        **kwargs: Any,
    ) -> None:
        """Takes the settings of `tracker_store` in endpoints.yml. Rasa calls the `url` in it `host`."""
        super().__init__(domain, host, event_broker, minutes=minutes)
        self._redis = RedisConnection(host or "redis://localhost:6379/0")
        self._milliseconds = int(minutes * 60_000)
        self._claims: Dict[Text, Lock] = {}

    @property
    def away(self) -> bool:
        """Whether conversations may be unknown because Redis does not answer."""
        return self._redis.away

    async def _write(self, sender_id: Text, events: List[Event]) -> None:
        body = json.dumps([event.as_dict() for event in events], ensure_ascii=False, separators=(",", ":"))
        try:
            await self._redis.ask(self._redis.client.set(PREFIX + sender_id, body, px=self._milliseconds))
        except RedisAway:
            self.keep(sender_id, events)
        else:
            self._events.pop(sender_id, None)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Returns the conversation, or None when there is none, or it has expired, or it cannot be had now."""
        tracker = await super().retrieve(sender_id)
        if tracker is not None:
            return tracker
        body = await self._read(PREFIX + sender_id)
        return None if body is None else self.tracker_of(sender_id, deserialise_events(json.loads(body)))

    async def _read(self, key: Text) -> Optional[Text]:
        """Returns what Redis has under a key, or None when that is nothing or cannot be had now."""
        try:
            found: Optional[Text] = await self._redis.ask(self._redis.client.get(key))
            return found
        except RedisAway:
            return None

    async def delete(self, sender_id: Text) -> None:
        """Removes the conversation at once; raises RedisAway when that cannot be promised."""
        await super().delete(sender_id)
        keys = [prefix + sender_id for prefix in (PREFIX, INTRODUCTION_PREFIX, UNREADABLE_PREFIX)]
        await self._redis.ask(self._redis.client.delete(*keys))

    async def introduced_by(self, sender_id: Text) -> Optional[Text]:
        """Returns the name of the message with whose answer the assistant introduced itself (see parent class)."""
        name = await super().introduced_by(sender_id)
        return await self._read(INTRODUCTION_PREFIX + sender_id) if name is None else name

    async def keep_introduction(self, sender_id: Text, name: Text) -> None:
        """Remembers, for all workers, with which answer the assistant introduced itself (see parent class)."""
        try:
            key = INTRODUCTION_PREFIX + sender_id
            await self._redis.ask(self._redis.client.set(key, name, px=self._milliseconds))
        except RedisAway:
            await super().keep_introduction(sender_id, name)
        else:
            self._introductions.pop(sender_id, None)

    async def count_unreadable(self, sender_id: Text) -> int:
        """Counts, for all workers, a message that cannot be read (see parent class)."""
        key = UNREADABLE_PREFIX + sender_id
        try:
            counting = self._redis.client.pipeline().incr(key).pexpire(key, self._milliseconds)
            count: int = (await self._redis.ask(counting.execute()))[0]
            return count - 1
        except RedisAway:
            return await super().count_unreadable(sender_id)

    async def claim_delivery(self, name: Text) -> Delivery:
        """Says whether the message with this name is ours to answer; ours too when that cannot be known."""
        if await super().claim_delivery(name) is Delivery.DONE:
            return Delivery.DONE
        claim = self._redis.client.lock(CLAIM_PREFIX + name, timeout=CLAIM_SECONDS, thread_local=False)
        try:
            if not await self._redis.ask(claim.acquire(blocking=False)):
                return Delivery.BUSY
            self._claims[name] = claim
            if await self._redis.ask(self._redis.client.exists(DELIVERY_PREFIX + name)):
                await self.end_claim(name, delivered=True)
                return Delivery.DONE
        except RedisAway:
            pass
        return Delivery.OURS

    async def keep_claim(self, name: Text) -> None:
        """Says that the message with this name is still being answered (see parent class)."""
        if name in self._claims:
            with suppress(RedisAway):
                try:
                    await self._redis.ask(self._claims[name].reacquire())
                except LockError:  # Redis was started anew, and is empty
                    await self._redis.ask(self._claims[name].acquire(blocking=False))

    async def end_claim(self, name: Text, delivered: bool) -> None:
        """Remembers for a day, for all workers, that the message was answered, or leaves it to its next delivery."""
        await super().end_claim(name, delivered)
        claim = self._claims.pop(name, None)
        with suppress(RedisAway, LockError):
            if delivered:
                await self._redis.ask(self._redis.client.set(DELIVERY_PREFIX + name, "", ex=DELIVERY_SECONDS))
            if claim is not None:
                await self._redis.ask(claim.release())

    async def keys(self) -> Iterable[Text]:
        """Returns the ids of the conversations that have not expired."""
        found = [key[len(PREFIX):] async for key in self._redis.client.scan_iter(PREFIX + "*")]
        return sorted({*found, *await super().keys()})
