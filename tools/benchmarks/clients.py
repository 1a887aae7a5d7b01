"""The clients: each holds its own conversations, one message at a time, over a connection that stays open."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing

from tools.benchmarks.connection import BadAnswer, Connection
from tools.benchmarks.figures import Series
from tools.benchmarks.messages import conversation, with_probe
from tools.benchmarks.processes import cpu_seconds
from tools.benchmarks.servers import text_of

TIMEOUT_SECONDS = 120
TURNS = 5
PROBED = (1, 10, 40)


class Clients:
    """Sends messages to one server and records how long the answers take and what fails."""

    def __init__(self, port: int, pid: int, failure: str = "") -> None:
        """Creates clients of a server.

        Args:
            port: the port on which the server listens.
            pid: the process of the server, of which the processor time is recorded.
            failure: the text with which the server says that it failed; such an answer is an error.
        """
        self._port, self._pid, self._failure = port, pid, failure

    def warm_up(self, texts: Sequence[str]) -> Series:
        """Sends each text once, in a new conversation, and keeps the answers in the `texts` of the series."""

        async def talk(series: Series) -> None:
            with closing(Connection(self._port)) as connection:
                for text in texts:
                    series.texts[text] = await self._say(connection, series, uuid.uuid4().hex, text)

        return asyncio.run(self._measured(talk))

    def load(self, clients: int, messages: int) -> Series:
        """Lets a number of clients talk at the same time, each in equally many conversations of `TURNS` turns.

        Args:
            clients: how many clients talk at the same time.
            messages: the minimum number of messages in total.
        """
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

    def long_conversations(self, conversations: int) -> dict[int, Series]:
        """Holds conversations of 40 turns, one after the other, with the same message at turns 1, 10 and 40.

        Returns:
            The series of turns 1, 10 and 40, by turn, and the series of all turns under 0.
        """
        turns: dict[int, Series] = defaultdict(Series)

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
        """Sends one message, records how long the answer took or what went wrong, and returns the answer."""
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
