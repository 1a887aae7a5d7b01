"""Runs several workers that share one loaded model, each on a port of its own.

The model is loaded once, and each worker is forked from the process that did it. What the workers only read is then in
memory once, and a worker that ended or hangs is replaced without loading anything.
"""

from __future__ import annotations

import asyncio
import ctypes
import http.client
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from weerbaar.channels.process_memory import settle
from weerbaar.conversation.self_test import self_test
from weerbaar.server import rasa_patches

logger = logging.getLogger(__name__)

# In seconds: how often the workers are looked at, how long each may take to answer, how long a start may take, and how
# long workers get to finish their turns.
LOOK_EVERY = 5.0
ANSWER_WITHIN = 5.0
START_WITHIN = 60.0
STOP_WITHIN = 12.0
# So many looks in a row without an answer, and the worker hangs.
MOST_MISSES = 3
# Linux: the signal that a process gets when its parent ends.
PR_SET_PDEATHSIG = 1
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def load_ahead(model: str) -> None:
    """Loads the model into this process, and lets it judge the sentences of the self-test, for the forks to find.

    When it cannot be loaded, each worker tries again and says what is wrong.
    """
    rasa_patches.load_model_once()

    async def load() -> None:
        from rasa.core.agent import load_agent

        await self_test(await load_agent(model_path=model))

    asyncio.run(load())
    settle()


@dataclass
class Worker:
    """A worker that was started.

    Attributes:
        port: where it listens.
        pid: its process.
        since: when it was started, in seconds of the monotonic clock.
        has_answered: whether it ever did.
        misses: how many times in a row it did not answer.
    """

    port: int
    pid: int
    since: float = field(default_factory=time.monotonic)
    has_answered: bool = False
    misses: int = 0

    def hangs(self) -> bool:
        """Returns whether it takes too long to start, or no longer answers."""
        if self.has_answered:
            return self.misses >= MOST_MISSES
        return time.monotonic() - self.since > START_WITHIN


class Workers:
    """Starts the workers, replaces those that end or hang, and stops them all together.

    Args:
        serve: serves on the port that it is given, until SIGTERM.
        ports: one for each worker.
        interface: the address on which they listen.
    """

    def __init__(self, serve: Callable[[int], None], ports: Sequence[int], interface: str) -> None:
        """Starts nothing yet."""
        self._serve = serve
        # An address that stands for all of the machine's is asked at the loopback one.
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(interface, interface)  # noqa: S104
        self._running: dict[int, Worker] = {}
        self._waiting = set(ports)
        self._one_answered = False

    def run(self) -> int:
        """Runs the workers until SIGTERM or SIGINT; returns the exit status.

        It is 1 when all workers ended before any of them ever answered: then something is wrong with the settings, and
        starting again does not help.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self._start_waiting()
        looked = time.monotonic()
        while True:
            received = signal.sigtimedwait(SIGNALS, max(0.0, looked + LOOK_EVERY - time.monotonic()))
            if received and received.si_signo != signal.SIGCHLD:
                self._stop()
                return 0
            self._replace_ended()
            if not (self._running or self._one_answered):
                return 1
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                self._look()
                self._start_waiting()

    def _start_waiting(self) -> None:
        for port in sorted(self._waiting):
            try:
                self._start(port)
            except OSError as error:  # no memory or process is left: it is tried again at the next look
                logger.error("the worker on port %s cannot be started: %s", port, error.strerror)
            else:
                self._waiting.discard(port)

    def _start(self, port: int) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._running[pid] = Worker(port, pid)
            return
        status = 1
        try:
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            if os.getppid() == parent:
                self._serve(port)
            status = 0
        except SystemExit as ended:
            if isinstance(ended.code, str):
                print(ended.code, file=sys.stderr)
            else:
                status = ended.code or 0
        except BaseException as error:  # its message could hold words of a user
            logger.error("the worker on port %s failed: %s", port, type(error).__name__)
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)  # the frames above belong to the process that started the workers

    def _replace_ended(self) -> None:
        """Starts workers in place of those that ended; those that ended at once have to wait for the next look."""
        for worker, how in self._ended():
            logger.error("the worker on port %s ended (%s): a new one takes its place", worker.port, how)
            self._waiting.add(worker.port)
            if time.monotonic() - worker.since >= LOOK_EVERY:
                self._start_waiting()

    def _ended(self) -> list[tuple[Worker, str]]:
        found = []
        for pid in list(self._running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                found.append((self._running.pop(pid), f"status {os.waitstatus_to_exitcode(status)}"))
        return found

    def _look(self) -> None:
        """Ends workers that hang, and notes whether any worker has ever answered."""
        for worker in self._running.values():
            answers = self._answers(worker.port)
            worker.has_answered |= answers
            self._one_answered |= answers
            worker.misses = 0 if answers else worker.misses + 1
            if worker.hangs():
                logger.error("the worker on port %s does not answer: it is ended", worker.port)
                os.kill(worker.pid, signal.SIGKILL)

    def _answers(self, port: int) -> bool:
        """Asks a worker whether it is ready, which also keeps its metric up to date.

        Any answer will do: a worker that is not ready says so to Prometheus, and still gives the numbers.
        """
        connection = http.client.HTTPConnection(self._host, port, timeout=ANSWER_WITHIN)
        try:
            connection.request("GET", "/readyz")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        else:
            return True
        finally:
            connection.close()

    def _stop(self) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        while self._running and time.monotonic() < deadline:
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)
            self._ended()
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
