"""ValueLock: acquires a lock and reads a value in one request to Redis, and writes it and releases in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError

# Deletes the lock if it is still ours, which Redis does in one atomic step.
RELEASE = 'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0'


@dataclass(frozen=True)
class Write:
    """What the release of a lock writes.

    Attributes:
        body: The new value of the key that the lock reads.
        milliseconds: How long Redis keeps it.
        done: Is called once Redis has it.
    """

    body: str
    milliseconds: int
    done: Callable[[], object] = lambda: None


class ValueLock(Lock):
    """redis-py's own lock, which also reads a key when it is acquired and can write it when it is released.

    Attributes:
        key: The key that belongs to the lock.
        url: The address of the Redis that has both.
        value: The value of the key when the lock was acquired; None when there was none.
        fresh: Whether `value` has not been used, so that it is what Redis has.
        write: What to write at the release; None for nothing.
    """

    def __init__(self, client: Redis[str], name: str, key: str, url: str, **settings: Any) -> None:
        """Creates a lock that is not held; `settings` are those of redis-py's lock."""
        super().__init__(client, name, thread_local=False, **settings)
        self.key, self.url = key, url
        self.value: str | None = None
        self.fresh = False
        self.write: Write | None = None

    async def do_acquire(self, token: str | bytes) -> bool:
        """Tries once to acquire the lock; returns whether it is held now."""
        both = self.redis.pipeline(transaction=True)
        both.set(self.name, token, nx=True, px=int(1000 * (self.timeout or 0)))  # type: ignore[arg-type]
        both.get(self.key)
        acquired, self.value = await both.execute()
        self.fresh = bool(acquired)
        return self.fresh

    async def do_release(self, expected_token: bytes) -> None:
        """Writes what there is to write and releases the lock.

        Raises:
            LockNotOwnedError: The lease had ended before; what there was to write is written all the same.
        """
        both = self.redis.pipeline(transaction=True)
        if self.write is not None:
            both.set(self.key, self.write.body, px=self.write.milliseconds)
        both.eval(RELEASE, 1, self.name, expected_token)
        released = (await both.execute())[-1]
        if self.write is not None:
            self.write.done()
            self.write = None
        if not released:
            raise LockNotOwnedError("the lease had ended")

    def read_once(self) -> str | None:
        """Returns the value of the key as it was when the lock was acquired; from now on it is not `fresh`."""
        self.fresh = False
        return self.value


_held: ContextVar[ValueLock | None] = ContextVar("held", default=None)


@contextmanager
def holding(lock: ValueLock) -> Iterator[None]:
    """Makes this lock the one that `held_lock` finds, until the block ends."""
    token = _held.set(lock)
    try:
        yield
    finally:
        _held.reset(token)


def held_lock(key: str, url: str) -> ValueLock | None:
    """Returns the lock that this turn holds, if it belongs to this key of the Redis at this address."""
    lock = _held.get()
    return lock if lock is not None and (lock.key, lock.url) == (key, url) else None
