"""A real Redis server on loopback that keeps nothing on disk, and that can be frozen, killed and filled."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from chat import free_port, stop


class RedisServer:
    """A Redis server; `url` is where it is."""

    def __init__(self, folder: Path) -> None:
        """Starts it."""
        self._folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis.from_url(self.url, decode_responses=True, socket_timeout=5)
        self.start()

    def start(self) -> None:
        """Starts it, empty, and waits until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.client.ping()
            except redis.ConnectionError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"redis-server did not start: {(self._folder / 'redis.log').read_text()[-500:]}")

    def kill(self) -> None:
        """Kills it; what it held is gone."""
        self._process.kill()
        self._process.wait(timeout=10)

    def freeze(self) -> None:
        """Lets it accept connections and never answer."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Ends `freeze`."""
        os.kill(self._process.pid, signal.SIGCONT)

    def fill(self) -> None:
        """Makes it refuse every write, as when its memory is full."""
        self.client.config_set("maxmemory", "1")

    def empty(self) -> None:
        """Ends `fill`."""
        self.client.config_set("maxmemory", "0")

    def stop(self) -> None:
        """Ends it."""
        if self._process.poll() is None:
            self.thaw()
        stop(self._process)


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """Runs a Redis server until the block ends."""
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.stop()


def redis_endpoints(url: str) -> dict:
    """Returns the endpoints of a worker among several, as deploy/endpoints.yml has them."""
    return {
        "tracker_store": {"type": "weerbaar.stores.redis_store.RedisTrackerStore", "url": url, "minutes": 30},
        "lock_store": {"type": "weerbaar.stores.locks.RedisLockStore", "url": url},
    }
