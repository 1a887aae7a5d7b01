"""Measures in which part of a turn the processor time goes, in one process, with the changes to Rasa of the server.

Prints a Markdown table. Each part counts without the parts inside it, so the rows add up to the turn. What a request
costs around the turn (HTTP, JSON, the format of the channel) is in `make bench`, where a whole server is measured.
Usage: python -m tools.benchmarks.turn_profile [--conversations N] [--turns N]
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import inspect
import os
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tools.benchmarks.messages import conversation
from tools.evaluation.loaded_model import newest_model
from weerbaar.server.__main__ import prepare

TURN = "the rest of Rasa's loop"


class Clock:
    """Adds up the processor time of each part of a turn, without the parts that it calls.

    Attributes:
        seconds: processor time by the name of the part.
        calls: number of calls by the name of the part.
    """

    def __init__(self) -> None:
        """Starts with nothing measured."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._inside: list[float] = []

    def watch(self, part: str, owner: Any, name: str) -> None:
        """Makes calls of `owner.name` count for a part."""
        original = inspect.getattr_static(owner, name)
        function = original.__func__ if isinstance(original, (classmethod, staticmethod)) else original
        wrapped = (
            self.measured_async(part, function)
            if inspect.iscoroutinefunction(function)
            else self.measured(part, function)
        )
        setattr(owner, name, type(original)(wrapped) if isinstance(original, (classmethod, staticmethod)) else wrapped)

    def measured(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the function, whose calls count for a part."""

        @functools.wraps(function)
        def call(*arguments: Any, **settings: Any) -> Any:
            begun = self._begin()
            try:
                return function(*arguments, **settings)
            finally:
                self._end(part, begun)

        return call

    def measured_async(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the coroutine function, whose calls count for a part; one conversation runs at a time."""

        @functools.wraps(function)
        async def call(*arguments: Any, **settings: Any) -> Any:
            begun = self._begin()
            try:
                return await function(*arguments, **settings)
            finally:
                self._end(part, begun)

        return call

    def _begin(self) -> float:
        self._inside.append(0.0)
        return time.thread_time()

    def _end(self, part: str, begun: float) -> None:
        took, inside = time.thread_time() - begun, self._inside.pop()
        self.seconds[part] += took - inside
        self.calls[part] += 1
        if self._inside:
            self._inside[-1] += took


def watch_all(clock: Clock, agent: Any) -> None:
    """Makes the clock measure the parts of this agent's turns."""
    from rasa.core.actions.action import Action
    from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
    from rasa.core.policies.policy import Policy
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.core.processor import MessageProcessor
    from rasa.engine.graph import GraphComponent
    from rasa.shared.core.trackers import DialogueStateTracker

    clock.watch(TURN, MessageProcessor, "handle_message")
    clock.watch("conversation: read", type(agent.tracker_store), "retrieve")
    clock.watch("conversation: write", type(agent.tracker_store), "save")
    clock.watch("events: added to the conversation", DialogueStateTracker, "update")
    clock.watch("events: the conversation is copied", DialogueStateTracker, "copy")
    clock.watch("policies: Rasa's ensemble", DefaultPolicyPredictionEnsemble, "combine_predictions")
    clock.watch("policies: graph", MessageProcessor, "_predict_next_with_tracker")
    clock.watch("NLU: graph and messages", MessageProcessor, "parse_message")
    for kind in subclasses(GraphComponent):
        if "process" in vars(kind) and not issubclass(kind, Policy):
            clock.watch(f"NLU: {kind.__name__}", kind, "process")
    for kind in subclasses(Policy) - {RulePolicy}:
        if "plan" in vars(kind):
            clock.watch(f"policies: {kind.__name__}", kind, "plan")
        if "planned" in vars(kind):
            clock.watch("policies: turning plans into predictions", kind, "planned")
    clock.watch("policies: RulePolicy", RulePolicy, "predict_action_probabilities")
    for kind in subclasses(Action):
        if "run" in vars(kind):
            clock.watch(f"actions: {kind.__name__}", kind, "run")


def subclasses(kind: type) -> set[type]:
    """Returns all classes below `kind` that are imported."""
    return {each for child in kind.__subclasses__() for each in (child, *subclasses(child))}


def prepare_quietly() -> None:
    """Prepares this process as a server does, and keeps Rasa's logs to errors."""
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    prepare()


async def talk(agent: Any, number: int, turns: int) -> None:
    """Has one conversation."""
    from weerbaar.conversation.incoming import Incoming
    from weerbaar.conversation.turn import respond

    for text in conversation(number, turns):
        reply = await respond(agent, Incoming("rest", f"c{number}", text, name=None, most=20_000, variant="rest"))
        if reply.failed:
            raise RuntimeError(f"no answer to {text!r}")


async def measure(conversations: int, turns: int) -> Clock:
    """Returns what the turns cost, after a conversation that does not count."""
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    import weerbaar.conversation.turn

    settings = {"model_path": str(newest_model()), "endpoints": AvailableEndpoints.read_endpoints("endpoints.yml")}
    # The first load imports all parts; the second keeps the measured functions of each.
    agent = await load_agent(**settings)
    clock = Clock()
    watch_all(clock, agent)
    weerbaar.conversation.turn._answer = clock.measured_async(
        "conversation: lock, reading, order", weerbaar.conversation.turn._answer
    )
    agent = await load_agent(**settings)
    await talk(agent, 0, turns)
    clock.seconds.clear()
    clock.calls.clear()
    for number in range(1, conversations + 1):
        await talk(agent, number, turns)
    return clock


def table(clock: Clock, messages: int) -> str:
    """Returns the Markdown table, the most expensive part first; in the last row the whole turn."""
    rows = ["| part | calls a message | processor time a message, ms | share |", "|---|---|---|---|"]
    total = sum(clock.seconds.values())
    for part, seconds in sorted(clock.seconds.items(), key=lambda pair: -pair[1]):
        share, calls = 100 * seconds / total, clock.calls[part] / messages
        rows.append(f"| {part} | {calls:.1f} | {1000 * seconds / messages:.3f} | {share:.1f} % |")
    understanding = sum(seconds for part, seconds in clock.seconds.items() if part.startswith("NLU"))
    for name, seconds in (("NLU together", understanding), ("all else together", total - understanding)):
        rows.append(f"| **{name}** | | {1000 * seconds / messages:.3f} | {100 * seconds / total:.1f} % |")
    return "\n".join(rows)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=40)
    parser.add_argument("--turns", type=int, default=10)
    options = parser.parse_args()
    prepare_quietly()
    clock = asyncio.run(measure(options.conversations, options.turns))
    print(table(clock, options.conversations * options.turns))


if __name__ == "__main__":
    main()
