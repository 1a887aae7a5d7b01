"""The clients: each has conversations of its own, one message at a time, over a connection that stays open."""
from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import defaultdict
from contextlib import closing
from typing import Awaitable, Callable, Dict, Sequence

from tools.benchmarks.connection import BadAnswer, Connection
from tools.benchmarks.figures import Series
from tools.benchmarks.messages import conversation, with_probe
from tools.benchmarks.processes import cpu_seconds
from tools.benchmarks.servers import text_of

TIMEOUT_SECONDS = 120
TURNS = 5
PROBED = (1, 10, 40)


class Clients:
    """Sends messages to one server and keeps what they took."""

    def __init__(self, port: int, pid: int, failure: str = "") -> None:
        """Takes where the server listens, its process, and the text by which it says that it failed."""
        self._port, self._pid, self._failure = port, pid, failure

    def warm_up(self, texts: Sequence[str]) -> Series:
        """Says each text once, each in a new conversation; keeps the answers."""
        async def talk(series: Series) -> None:
            with closing(Connection(self._port)) as connection:
                for text in texts:
                    series.texts[text] = await self._say(connection, series, uuid.uuid4().hex, text)

        return asyncio.run(self._measured(talk))

    def load(self, clients: int, messages: int) -> Series:
        """Lets so many clients talk at once, all equally many conversations; at least `messages` in all."""
        conversations = max(1, -(-messages // (clients * TURNS)))

        async def client(series: Series, number: int) -> None:
            with closing(Connection(self._port)) as connection:
                for each in range(conversations):
                    sender = uuid.uuid4().hex
                    for text in conversation(number * conversations + each, TURNS):
                        await self._say(connection, series, sender, text)

        async def talk(series: Series) -> None:
            await asyncio.gather(*(client(series, number) for number in range(clients)))

        return asyncio.run(self._measured(talk))

    def long_conversations(self, conversations: int) -> Dict[int, Series]:
        """Has conversations of 40 turns, one after the other; returns turns 1, 10 and 40, and 0: all turns.

        At turns 1, 10 and 40 of a conversation the same message is said.
        """
        turns: Dict[int, Series] = defaultdict(Series)

        async def talk(series: Series) -> None:
            with closing(Connection(self._port)) as connection:
                for number in range(conversations):
                    sender = uuid.uuid4().hex
                    for turn, text in enumerate(with_probe(number, max(PROBED), PROBED), 1):
                        right, wrong = len(series.milliseconds), series.errors.copy()
                        await self._say(connection, series, sender, text)
                        if turn in PROBED:
                            turns[turn].milliseconds += series.milliseconds[right:]
                            turns[turn].errors += series.errors - wrong

        turns[0] = asyncio.run(self._measured(talk))
        return dict(turns)

    async def _measured(self, talk: Callable[[Series], Awaitable[None]]) -> Series:
        series = Series()
        server, client, begun = cpu_seconds(self._pid), time.process_time(), time.perf_counter()
        await talk(series)
        series.seconds, series.client_cpu = time.perf_counter() - begun, time.process_time() - client
        series.server_cpu = cpu_seconds(self._pid) - server
        return series

    async def _say(self, connection: Connection, series: Series, sender: str, text: str) -> str:
        """Says one message and keeps what it took, or what went wrong; returns the answer."""
        begun, answer = time.perf_counter(), ""
        try:
            status, content = await asyncio.wait_for(connection.post(sender, text), TIMEOUT_SECONDS)
            took = 1000 * (time.perf_counter() - begun)
            answer = text_of(json.loads(content))
            error = "" if status == 200 else f"status {status}"
        except asyncio.TimeoutError:
            error = "no answer in time"
        except (OSError, EOFError, BadAnswer, ValueError) as fault:
            error = type(fault).__name__
        if not error and not answer:
            error = "empty answer"
        if not error and self._failure and self._failure in answer:
            error = "the safety text for failures"
        if error:
            series.errors[error] += 1
        else:
            series.milliseconds.append(took)
        return answer
