"""RedisTrackerStore: keeps conversations in the memory of a Redis server, for several workers and a limited time."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import suppress
from typing import Any

import redis.asyncio
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, LockError, RedisError

from weerbaar.observability.metrics import count_fault
from weerbaar.stores.memory import CLAIM_SECONDS, DELIVERY_SECONDS, Delivery, ExpiringTrackerStore
from weerbaar.stores.redis_lock import ValueLock, Write, held_lock

logger = logging.getLogger(__name__)

PREFIX, INTRODUCTION_PREFIX, UNREADABLE_PREFIX, VOTE_PREFIX = "gesprek:", "uitgelegd:", "ongelezen:", "duim:"
DELIVERY_PREFIX, CLAIM_PREFIX = "bezorgd:", "bezig:"
# How long Redis may take for one request, and how long it is left alone after a failure, both in seconds. A user waits
# meanwhile, and each turn makes several requests.
TIMEOUT_SECONDS = 1.0
PAUSE_SECONDS = 3.0


class RedisAway(Exception):
    """Redis is unreachable or failed, now or a moment ago."""


class RedisConnection:
    """A connection to Redis that times out quickly and does not try again for a while after a failure."""

    def __init__(self, url: str) -> None:
        """Prepares a connection to an address such as `redis://host:6379/0`; raises ValueError when it is none."""
        self.url = url
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
        """Returns the answer of Redis to a request.

        Raises:
            RedisAway: Redis failed, or failed less than `PAUSE_SECONDS` ago.
            LockError: As redis-py raises it; the request concerned a lock that is no longer ours.
        """
        if self.away:
            if isinstance(request, Coroutine):
                request.close()  # closing avoids the warning about a coroutine that was never awaited
            raise RedisAway
        try:
            return await request
        except LockError:  # the lock is no longer ours; Redis itself is well
            raise
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            logger.error("redis: %s; not asked again for %s seconds", type(error).__name__, PAUSE_SECONDS)
            count_fault("redis")
            raise RedisAway from error


class RedisTrackerStore(ExpiringTrackerStore):
    """Keeps the `kept_events` of each conversation in Redis, until `minutes` after its last message.

    While Redis is away, each worker continues with the conversations in its own memory, as the parent class does. What
    it kept there moves to Redis once Redis is back and the conversation goes on.
    """

    def __init__(
        self,
        domain: Domain,
        host: str | None = None,
        event_broker: Any = None,
        minutes: float = 30,
        **kwargs: Any,
    ) -> None:
        """Creates the store with the settings of `tracker_store` in endpoints.yml; Rasa passes its `url` as `host`."""
        super().__init__(domain, host, event_broker, minutes=minutes)
        self._redis = RedisConnection(host or "redis://localhost:6379/0")
        self._milliseconds = int(minutes * 60_000)
        self._claims: dict[str, ValueLock] = {}

    @property
    def away(self) -> bool:
        """Whether a conversation may seem unknown because Redis does not answer."""
        return self._redis.away

    async def _write(self, sender_id: str, events: list[Event]) -> None:
        body = json.dumps([event.as_dict() for event in events], ensure_ascii=False, separators=(",", ":"))

        self.keep(sender_id, events)  # until Redis has it
        write = Write(body, self._milliseconds, lambda: self._events.pop(sender_id, None))
        lock = held_lock(PREFIX + sender_id, self._redis.url)
        if lock is not None:
            lock.write = write  # when it is released
            return
        with suppress(RedisAway):
            await self._redis.ask(self._redis.client.set(PREFIX + sender_id, body, px=self._milliseconds))
            write.done()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Returns the conversation, or None when there is none, it has expired, or Redis cannot be reached."""
        tracker = await super().retrieve(sender_id)
        if tracker is not None:
            return tracker
        lock = held_lock(PREFIX + sender_id, self._redis.url)
        body = lock.read_once() if lock and lock.fresh else await self._read(PREFIX + sender_id)
        return None if body is None else self.build_tracker(sender_id, deserialise_events(json.loads(body)))

    async def _read(self, key: str) -> str | None:
        """Returns the value of a key in Redis, or None when there is none or Redis cannot be reached."""
        try:
            found: str | None = await self._redis.ask(self._redis.client.get(key))
            return found
        except RedisAway:
            return None

    async def delete(self, sender_id: str) -> None:
        """Removes the conversation at once; raises RedisAway when the removal from Redis cannot be confirmed."""
        await super().delete(sender_id)
        lock = held_lock(PREFIX + sender_id, self._redis.url)
        if lock is not None:
            lock.write, lock.fresh = None, False
        keys = [prefix + sender_id for prefix in (PREFIX, INTRODUCTION_PREFIX, UNREADABLE_PREFIX, VOTE_PREFIX)]
        await self._redis.ask(self._redis.client.delete(*keys))

    async def introduced_by(self, sender_id: str) -> str | None:
        """Returns the name of the message whose answer introduced the assistant, in whichever worker, or None."""
        name = await super().introduced_by(sender_id)
        return await self._read(INTRODUCTION_PREFIX + sender_id) if name is None else name

    async def keep_introduction(self, sender_id: str, name: str) -> None:
        """Remembers, for all workers, the message whose answer introduced the assistant."""
        try:
            key = INTRODUCTION_PREFIX + sender_id
            await self._redis.ask(self._redis.client.set(key, name, px=self._milliseconds))
        except RedisAway:
            await super().keep_introduction(sender_id, name)
        else:
            self._introductions.pop(sender_id, None)

    async def count_unreadable(self, sender_id: str) -> int:
        """Counts an unreadable message for all workers; returns how many came before it in this conversation."""
        key = UNREADABLE_PREFIX + sender_id
        try:
            counting = self._redis.client.pipeline().incr(key).pexpire(key, self._milliseconds)
            count: int = (await self._redis.ask(counting.execute()))[0]
            return count - 1
        except RedisAway:
            return await super().count_unreadable(sender_id)

    async def keep_vote(self, sender_id: str, fact: str) -> bool:
        """Remembers, for all workers, that the conversation voted on a fact; returns False when it already had."""
        key = VOTE_PREFIX + sender_id
        try:
            voting = self._redis.client.pipeline().sadd(key, fact).pexpire(key, self._milliseconds)
            return bool((await self._redis.ask(voting.execute()))[0])
        except RedisAway:
            return await super().keep_vote(sender_id, fact)

    async def forget_votes(self, sender_id: str) -> None:
        """Forgets, for all workers, on what the conversation voted."""
        await super().forget_votes(sender_id)
        with suppress(RedisAway):
            await self._redis.ask(self._redis.client.delete(VOTE_PREFIX + sender_id))

    async def claim_delivery(self, name: str) -> Delivery:
        """Claims the message for this worker and returns what to do with it; OURS also when Redis cannot be reached."""
        if await super().claim_delivery(name) is Delivery.DONE:
            return Delivery.DONE
        claim = ValueLock(
            self._redis.client, CLAIM_PREFIX + name, DELIVERY_PREFIX + name, self._redis.url, timeout=CLAIM_SECONDS
        )
        try:
            if not await self._redis.ask(claim.acquire(blocking=False)):
                return Delivery.BUSY
        except RedisAway:
            return Delivery.OURS
        self._claims[name] = claim
        if claim.value is None:
            return Delivery.OURS
        await self.end_claim(name, delivered=True)
        return Delivery.DONE

    async def keep_claim(self, name: str) -> None:
        """Renews this worker's claim on a message that it is still answering."""
        if name in self._claims:
            with suppress(RedisAway):
                try:
                    await self._redis.ask(self._claims[name].reacquire())
                except LockError:  # Redis was restarted, and is empty
                    await self._redis.ask(self._claims[name].acquire(blocking=False))

    async def end_claim(self, name: str, delivered: bool) -> None:
        """Remembers for a day, for all workers, that the message was answered, or leaves it to its next delivery."""
        await super().end_claim(name, delivered)
        claim = self._claims.pop(name, None)
        day = 1000 * DELIVERY_SECONDS
        with suppress(RedisAway, LockError):
            if claim is not None:
                claim.write = Write("", day) if delivered else None
                await self._redis.ask(claim.release())
            elif delivered:
                await self._redis.ask(self._redis.client.set(DELIVERY_PREFIX + name, "", px=day))

    async def keys(self) -> Iterable[str]:
        """Returns the ids of the conversations that have not expired, in Redis and in this worker's memory."""
        found = [key[len(PREFIX) :] async for key in self._redis.client.scan_iter(PREFIX + "*")]
        return sorted({*found, *await super().keys()})
