"""A channel for tests that breaks the server it runs in, from inside: what no request can do from outside."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import threading
import time
import warnings
from typing import Any

import structlog
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response

from weerbaar.nlu.encoder import Encoder
from weerbaar.nlu.severity_classifier import SeverityClassifier
from weerbaar.policies.handoff_policy import HandoffPolicy
from weerbaar.stores.memory import unwrapped

DAY = 86_400


class SabotageInput(InputChannel):
    """`POST /webhooks/sabotage/<fault>` breaks one thing; `heal` mends all."""

    @classmethod
    def name(cls) -> str:
        """Returns the name of the channel."""
        return "sabotage"

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """Returns the route of the channel."""
        webhook = Blueprint("sabotage_webhook", inspect.getmodule(self).__name__)
        undo: list = []

        def put(owner: Any, name: str, value: Any) -> None:
            undo.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)

        def fails(*arguments: Any, **_: Any) -> None:
            raise ValueError(f"kanarievogel {arguments_as_text(arguments)}")

        async def fails_later(*_: Any, **__: Any) -> None:
            fails()

        @webhook.route("/<fault>", methods=["POST"])
        async def do(request: Any, fault: str) -> Any:
            agent = request.app.ctx.agent
            if fault in ("component", "policy"):
                kind = SeverityClassifier if fault == "component" else HandoffPolicy
                for node in agent.processor.graph_runner._instantiated_nodes.values():
                    if node._component_class is kind:
                        put(node, "_fn", fails)
                        if fault == "policy":  # how the server asks it
                            put(node._component, "planned", fails)
            elif fault == "encoder":
                put(Encoder, "embed", fails)
            elif fault == "response":
                put(agent.nlg, "generate", fails_later)
            elif fault == "store":
                put(unwrapped(agent.tracker_store), "save", fails_later)
                put(unwrapped(agent.tracker_store), "retrieve", fails_later)
            elif fault == "block":
                asyncio.get_running_loop().call_later(0.1, time.sleep, 4)
            elif fault == "slow":
                put(agent.processor, "handle_message", slowly(agent.processor.handle_message))
            elif fault in ("tomorrow", "yesterday"):
                now, shift = time.time, DAY if fault == "tomorrow" else -DAY
                put(time, "time", lambda: now() + shift)
            elif fault == "crash":
                put(agent.processor, "handle_message", crashes)
            elif fault == "careless":
                logging.getLogger("rasa.core").error("Could not handle %s", request.body)
            elif fault == "heal":
                while undo:
                    setattr(*undo.pop())
            else:
                return response.empty(404)
            return response.empty(204)

        return webhook


def arguments_as_text(arguments: Any) -> str:
    """Returns what an error of a careless library would say: all it was given, words of the user included."""
    found = [one for argument in arguments for one in (argument if isinstance(argument, list) else [argument])]
    return repr([getattr(one, "data", getattr(one, "events", one)) for one in found])


async def crashes(message: Any) -> None:
    """Fails in every place where nobody catches an error: a forgotten task, a callback, a thread, a warning."""

    async def forgotten() -> None:
        raise RuntimeError(message.text)

    def callback() -> None:
        raise RuntimeError(message.text)

    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(forgotten())]
    loop.call_soon(callback)
    threading.Thread(target=callback).start()
    warnings.warn(message.text, stacklevel=1)
    logging.getLogger("rasa.core").error("Could not handle %s", message.text, exc_info=RuntimeError(message.text))
    structlog.get_logger("rasa.core").error("failed", user_text=message.text)
    await asyncio.sleep(0.2)
    tasks.clear()  # the error of a task is told when nobody holds the task any more
    gc.collect()
    raise RuntimeError(message.text)


def slowly(handle: Any) -> Any:
    """Returns `handle_message`, three seconds later."""

    async def handle_late(message: Any) -> Any:
        await asyncio.sleep(3)
        return await handle(message)

    return handle_late
