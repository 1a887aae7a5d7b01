"""A turn with our changes to Rasa's loop, beside the same turn as Rasa itself runs it."""

from __future__ import annotations

import asyncio
import copy
import logging
import random
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import rasa.core.policies.rule_policy
import rasa.core.processor
import structlog
import yaml
from chat import ROOT
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

import weerbaar.conversation.turn
from tools.benchmarks.messages import conversation
from tools.evaluation.loaded_model import in_repository, newest_model
from weerbaar.conversation.guard import offered_payloads
from weerbaar.conversation.incoming import Incoming, no_button, offered
from weerbaar.conversation.turn import respond
from weerbaar.server import rasa_patches
from weerbaar.server.graph_runner import DirectGraphRunner
from weerbaar.stores.locks import ConversationLockStore
from weerbaar.stores.memory import ExpiringTrackerStore

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

# Not the same in two runs, whoever runs them.
CHANGING = ("timestamp", "message_id", "model_id", "assistant_id")


def lasting(found: Any) -> Any:
    """Returns a value without what changes from run to run, however deep."""
    if isinstance(found, dict):
        return {key: lasting(value) for key, value in found.items() if key not in CHANGING}
    return [lasting(each) for each in found] if isinstance(found, list) else found


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Rasa's debug log, and what other tests show to change nothing, take longer than the turns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with pytest.MonkeyPatch.context() as changed:
        for module in (rasa.core.processor, rasa.core.policies.rule_policy):
            changed.setattr(module, "copy", copy)
        changed.setattr(Domain, "is_empty", Domain.is_empty)
        changed.setattr(RulePolicy, "_get_possible_keys", RulePolicy._get_possible_keys)
        rasa_patches.copy_nothing_for_debugging()
        rasa_patches.compare_domain_once()
        rasa_patches.find_rules_by_intent()
        yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def agent() -> SimpleNamespace:
    """The trained model with our stores, in this process, without an action server."""
    with in_repository(), pytest.MonkeyPatch.context() as changed:
        changed.setattr(rasa.core.processor, "DaskGraphRunner", DirectGraphRunner)
        locks = ConversationLockStore()
        processor = MessageProcessor(str(newest_model()), None, locks, TemplatedNaturalLanguageGenerator({}))
    processor.nlg = TemplatedNaturalLanguageGenerator(processor.domain.responses)
    return SimpleNamespace(is_ready=lambda: True, lock_store=locks, processor=processor, domain=processor.domain)


def stories() -> list[list[str]]:
    """Returns what the user types in each story of tests/stories."""
    files = sorted((ROOT / "tests" / "stories").glob("test_*.yml"))
    told = [story for file in files for story in yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]]
    return [[step["user"] for step in story["steps"] if "user" in step] for story in told]


def random_histories(number: int, turns: int) -> list[list[str]]:
    """Returns runs of messages of all kinds; an empty one stands for a button that was offered."""
    chance = random.Random(7)
    return [[chance.choice((text, "")) for text in conversation(each, turns)] for each in range(number)]


def run(agent: SimpleNamespace, histories: list[list[str]]) -> list[list[Any]]:
    """Returns, for each history and each turn, the events of the conversation and what was said."""
    store = ExpiringTrackerStore(agent.domain)
    agent.tracker_store = agent.processor.tracker_store = store
    random.seed(0)

    async def turn(number: int, text: str) -> Any:
        name = f"conversation {number}"
        payloads = sorted(offered_payloads(await store.retrieve(name)))
        button = offered(payloads[len(payloads) // 2]) if payloads and not text else no_button
        reply = await respond(
            agent, Incoming("rest", name, text or "hallo", name=None, most=20_000, variant="rest", button=button)
        )
        tracker = await store.retrieve(name)
        events = [event.as_dict() for event in tracker.events]
        return lasting([events, tracker.current_slot_values(), reply.responses, reply.failed])

    async def talk(number: int) -> list[Any]:
        return [await turn(number, text) for text in histories[number]]

    async def go() -> list[list[Any]]:
        return [await talk(number) for number in range(len(histories))]

    return asyncio.run(go())


@pytest.mark.parametrize("histories", [stories(), random_histories(30, 12)], ids=["stories", "random"])
def test_the_turns_are_those_of_rasa(agent, monkeypatch, histories):
    """The same events in the same order, the same slots and the same responses, at every turn."""
    with monkeypatch.context() as plain:
        plain.setattr(weerbaar.conversation.turn, "read_already", lambda _: nullcontext())
        expected = run(agent, histories)
    asked = []
    by_all = MessageProcessor._predict_next_with_tracker
    monkeypatch.setattr(
        MessageProcessor, "_predict_next_with_tracker", lambda *given: asked.append(None) or by_all(*given)
    )
    monkeypatch.setattr(DialogueStateTracker, "copy", DialogueStateTracker.copy)
    rasa_patches.follow_the_plan()
    rasa_patches.copy_without_replay()
    found = run(agent, histories)
    for history, turns, others in zip(histories, found, expected):
        assert turns == others, history
    said = [turn for turns in found for turn in turns]
    assert len(asked) < len(said) and not any(failed for *_, failed in said)
