"""Limits requests per minute for sessions and for addresses, without storing either."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from cachetools import TTLCache

WINDOW_SECONDS = 60
MOST_KEYS = 100_000


class RateLimit:
    """Allows at most `most` requests for each key in a minute of the clock.

    A key (an address, a session) is stored as a hash, keyed with a random secret of this process, for at most a minute.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Creates a limit of `most` requests a minute for each key; `clock` returns seconds."""
        self.most = most
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._counts: TTLCache[bytes, int] = TTLCache(MOST_KEYS, ttl=WINDOW_SECONDS, timer=clock)

    def seconds_to_wait(self, key: str | None) -> int:
        """Counts a request; returns 0 when it may pass, otherwise the number of seconds after which to try again."""
        window, passed = divmod(self._clock(), WINDOW_SECONDS)
        plain = f"{window}:{key}".encode("utf-8", "replace")
        hashed = hashlib.blake2b(plain, key=self._secret, digest_size=16).digest()
        count = self._counts.get(hashed, 0) + 1
        self._counts[hashed] = count
        return 0 if count <= self.most else max(1, int(WINDOW_SECONDS - passed))
