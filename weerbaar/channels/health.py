"""HealthInput: tells monitoring whether the server is alive and able to help, and shows its metrics."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from contextlib import suppress
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from weerbaar.channels.process_memory import settle
from weerbaar.channels.set_up import set_up_server
from weerbaar.contacts import load_register
from weerbaar.conversation.incoming import Incoming
from weerbaar.conversation.self_test import failed_parts, self_test
from weerbaar.conversation.turn import OnNewMessage, respond, seconds_without_answer
from weerbaar.observability import metrics
from weerbaar.observability.version import VERSION
from weerbaar.stores.memory import delete_conversation
from weerbaar.stores.turn_metrics import count_from_zero

logger = logging.getLogger(__name__)

PROBE = "Ik kreeg een brief waarin staat dat ze me gaan vermoorden."
# In seconds. Slow does not mean unready: in a busy hour all workers are slow, and without them nobody gets an answer. A
# probe without an answer is a fault; when nobody else got an answer either, the server hangs, and that is known sooner.
PROBE_SECONDS = 60.0
HANG_SECONDS = 15.0
# How long a client waits for the probe before it gets the result of the previous one.
PATIENCE_SECONDS = 1.0
# How long a result stays valid, so that a client that asks often does not keep the server at work.
FRESH_SECONDS = 2.0


class HealthInput(InputChannel):
    """`/healthz`: the process responds. `/readyz`: a serious message leads to a handoff. `/metrics`: Prometheus.

    Not for the public: the reverse proxy lets none of these addresses through.
    """

    def __init__(self) -> None:
        """Creates the channel; it reports the server as starting until the first test."""
        self._failures: list[str] = ["the server is still starting"]
        self._tested_at = self._began_at = 0.0
        self._testing: asyncio.Task[None] | None = None

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> HealthInput:
        """Creates the channel; it has no settings."""
        return cls()

    @classmethod
    def name(cls) -> str:
        """Returns the name of the channel."""
        return "health"

    def url_prefix(self) -> str:
        """Returns the root, where monitoring expects these addresses."""
        return "/"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the routes of the channel."""
        health = Blueprint("health", self.__module__)
        set_up_server(health)
        sentences: list[str] = []

        @health.listener("after_server_start")
        async def check(app: Any, _: Any) -> None:
            with suppress(AttributeError):  # there is no model
                count_from_zero(app.ctx.agent.domain.responses)
            sentences[:] = await self_test(app.ctx.agent)
            for failure in sentences:
                logger.error("self-test: %s", failure)
            await self._test(app.ctx.agent, sentences)
            settle()

        @health.listener("after_server_stop")
        async def end(_: Any, __: Any) -> None:
            if self._testing:
                self._testing.cancel()

        @health.route("/healthz", methods=["GET"])
        async def alive(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @health.route("/readyz", methods=["GET"])
        async def ready(request: Request) -> HTTPResponse:
            failures = await self.probe(request.app.ctx.agent, sentences)
            if failures:
                return response.json({"status": "not ready", "failures": failures}, status=503)
            return response.json({"status": "ok", "version": VERSION})

        @health.route("/metrics", methods=["GET"])
        async def count(_: Request) -> HTTPResponse:
            return response.raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

        return health

    async def probe(self, agent: Any, sentences: list[str]) -> list[str]:
        """Returns why the server is not ready, one sentence for each reason; an empty list when it is ready.

        Sends a serious message through the whole assistant, as a user would, and looks for the number in the answer.
        The probe continues when it takes longer than the client can wait.
        """
        if self._testing is None and time.monotonic() - self._tested_at > FRESH_SECONDS:
            self._began_at = time.monotonic()
            self._testing = asyncio.get_running_loop().create_task(self._test(agent, sentences))
        if self._testing is not None:
            await asyncio.wait([self._testing], timeout=PATIENCE_SECONDS)
        if self._testing is None:
            return self._failures
        hangs = min(time.monotonic() - self._began_at, seconds_without_answer()) > HANG_SECONDS
        metrics.ready.set(not (self._failures or hangs))
        return [*self._failures, "nothing is answered any more"] if hangs else self._failures

    async def _test(self, agent: Any, sentences: list[str]) -> None:
        """Runs the probe and stores its failures, together with those of the self-test."""
        try:
            # Both report a missing model; list it once.
            self._failures = list(dict.fromkeys([*sentences, *await handoff_failures(agent)]))
            self._tested_at = time.monotonic()
            metrics.ready.set(not self._failures)
        finally:
            self._testing = None


async def handoff_failures(agent: Any) -> list[str]:
    """Returns what is wrong with the answer to a serious message, one sentence for each failure."""
    if agent is None or not agent.is_ready():
        return ["no model is loaded: run `make train`"]
    channel = metrics.PROBE_CHANNEL
    sender = f"{channel}-{uuid.uuid4().hex}"
    incoming = Incoming(channel, sender, PROBE, name=None, most=len(PROBE), variant=channel)
    reply = await respond(agent, incoming, PROBE_SECONDS)
    failures = ["the probe was not answered"] if reply.failed else []
    if not reply.failed:
        if load_register().numbers["ondersteuningsteam"] not in (reply.responses[0].get("text") or ""):
            failures.append("the first answer to the probe does not give the number")
        with suppress(Exception):  # the answer to the probe already shows such a failure
            failures += [f"the probe: {fault}" for fault in failed_parts(await agent.parse_message(PROBE))]
    try:
        await delete_conversation(agent.tracker_store, sender)
    except AttributeError:
        failures.append("the tracker store is none of ours: it would never forget")
    except Exception as error:  # a store that is away is no reason to stop answering
        logger.error("probe: its conversation was not deleted: %s", type(error).__name__)
    return failures
