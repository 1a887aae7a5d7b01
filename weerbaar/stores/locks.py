"""Lock stores: the messages of one conversation are answered one after the other, in the order of their arrival."""
from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import AsyncIterator, Optional, Text
from weakref import WeakValueDictionary

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.exceptions import LockError as RedisLockError
from redis.exceptions import RedisError

from weerbaar.stores.redis_store import RedisConnection

logger = logging.getLogger(__name__)

PREFIX = "slot:"
# After so many seconds the lock of a worker that died is free again: far longer than a turn takes, and short enough for
# the next message to be answered before its channel gives up.
LEASE_SECONDS = 6.0
WAIT_SECONDS = 10.0
POLL_SECONDS = 0.02


class ConversationLockStore(LockStore):
    """Locks within one process. Rasa's own polls once a second; this one passes the turn on at once."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None) -> None:
        """Takes the settings of `lock_store` in endpoints.yml; there are none."""
        self._locks: WeakValueDictionary[Text, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self, conversation_id: Text, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncIterator[None]:
        """Waits for its turn, first come first served (see parent class); the caller limits the time."""
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        async with lock:
            yield


class RedisLockStore(ConversationLockStore):
    """Locks between several workers: redis-py's own lock, which takes and frees it in one step.

    Rasa's own reads and writes it in two: two workers can both think that it is theirs. While Redis is away only the
    lock within the process holds, for an answer matters more than its order.
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        """Takes the settings of `lock_store` in endpoints.yml: `url`."""
        super().__init__(endpoint_config)
        self._redis = RedisConnection(endpoint_config.url)

    @asynccontextmanager
    async def lock(
        self, conversation_id: Text, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncIterator[None]:
        """Waits for its turn in this process, then for that of this process (see parent class).

        Raises LockError when another worker holds the lock for longer than it may.
        """
        async with super().lock(conversation_id):
            lock = self._redis.client.lock(
                PREFIX + conversation_id, timeout=LEASE_SECONDS, sleep=POLL_SECONDS, blocking_timeout=WAIT_SECONDS
            )
            try:
                held = await self._redis.ask(lock.acquire())
            except Exception as error:
                logger.error("lock: goes on without Redis: %s", type(error).__name__)
                held = None
            if held is False:
                raise LockError("another worker holds the conversation")
            try:
                yield
            finally:
                if held:
                    try:
                        await lock.release()
                    except (RedisError, RedisLockError, OSError) as error:  # it frees itself after the lease
                        logger.error("lock: not released: %s", type(error).__name__)
