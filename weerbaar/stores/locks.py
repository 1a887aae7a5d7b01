"""Lock stores: the messages of one conversation are answered one after the other, in order of arrival."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.exceptions import LockError as RedisLockError

from weerbaar.stores.redis_lock import ValueLock, holding
from weerbaar.stores.redis_store import PREFIX as CONVERSATION_PREFIX
from weerbaar.stores.redis_store import RedisAway, RedisConnection

logger = logging.getLogger(__name__)

PREFIX = "slot:"
# The lock of a worker that died is free again after this time: longer than a turn takes unless its worker is
# overloaded, and short enough that the next message is answered before its channel gives up.
LEASE_SECONDS = 6.0
WAIT_SECONDS = 10.0
POLL_SECONDS = 0.02


class ConversationLockStore(LockStore):
    """Locks within one process. Rasa's own store polls once a second; this one passes the lock on at once."""

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        """Creates the store; `lock_store` in endpoints.yml has no settings for it."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncIterator[None]:
        """Holds the lock of a conversation; those who wait get it first come, first served.

        There is no time limit here, and the two time arguments are ignored: the caller limits the time.
        """
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        async with lock:
            yield


class RedisLockStore(ConversationLockStore):
    """Locks shared by several workers, with redis-py's own lock, which acquires and releases in one atomic step.

    Rasa's own store reads and writes the lock in two steps, so two workers can both believe that they hold it. While
    Redis is away, only the lock within the process holds: an answer matters more than its order. The conversation comes
    with the lock and goes back with it, so that a turn makes two requests to Redis instead of four.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        """Creates the store with the `url` of `lock_store` in endpoints.yml."""
        super().__init__(endpoint_config)
        self._redis = RedisConnection(endpoint_config.url)

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncIterator[None]:
        """Holds the lock of a conversation: first the one within this process, then the one in Redis.

        Raises:
            LockError: Other workers held the lock for `WAIT_SECONDS`.
        """
        async with super().lock(conversation_id):
            lock = ValueLock(
                self._redis.client,
                PREFIX + conversation_id,
                CONVERSATION_PREFIX + conversation_id,
                self._redis.url,
                timeout=LEASE_SECONDS,
                sleep=POLL_SECONDS,
                blocking_timeout=WAIT_SECONDS,
            )
            if not await self._acquired(lock):
                yield
                return
            try:
                with holding(lock):
                    yield
            finally:
                try:
                    await self._redis.ask(lock.release())
                except (RedisAway, RedisLockError) as error:  # it expires after the lease
                    logger.error("lock: not released: %s", type(error).__name__)

    async def _acquired(self, lock: ValueLock) -> bool:
        """Acquires the lock; returns False when Redis is away, and raises LockError when others hold it too long."""
        try:
            acquired = await self._redis.ask(lock.acquire())
        except Exception as error:
            logger.error("lock: goes on without Redis: %s", type(error).__name__)
            return False
        if not acquired:
            raise LockError("another worker holds the conversation")
        return True
