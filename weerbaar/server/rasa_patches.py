"""Patches Rasa in a few places, for speed and memory. WEERBAAR_PATCHES=off switches all patches off.

No patch changes an answer: tests/server/test_serving.py checks each one against the pinned version, and the scenarios
run with and without them. On any other version of Rasa the patches are not applied.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
from abc import ABCMeta
from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

from weerbaar.server.late_imports import import_for_real, import_late

logger = logging.getLogger(__name__)

TESTED_VERSION = "3.6.21"
# The value that Rasa writes in a rule for 'must have no value'.
SHOULD_NOT_BE_SET = "should_not_be_set"
SWITCH = "WEERBAAR_PATCHES"
ACTION_SECONDS = 3
# The first imports TensorFlow right away (six seconds, 400 MB), and only models that this assistant does not have use
# it; the second imports matplotlib, for the plots of Rasa's evaluation.
LAZY = ("rasa.utils.train_utils", "rasa.utils.plotting")


def apply() -> bool:
    """Applies all patches and returns True; returns False when they are off or Rasa has another version.

    Must run before any import of Rasa.
    """
    if os.environ.get(SWITCH) == "off":
        return False
    if version("rasa") != TESTED_VERSION:
        logger.warning("rasa is not version %s: served without patches", TESTED_VERSION)
        return False
    import_without_tensorflow()
    import_late()
    load_spacy_once()
    create_own_store_directly()
    read_domain_of_model_once()
    load_without_training_graph()
    run_graph_directly()
    copy_nothing_for_debugging()
    compare_domain_once()
    find_rules_by_intent()
    follow_the_plan()
    copy_without_replay()
    find_event_types_once()
    check_event_types_directly()
    wait_for_actions_briefly()
    return True


class LazyFinder:
    """Makes Python load the modules in `LAZY` only when something in them is used."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Returns the usual spec of such a module with importlib's LazyLoader; None for every other module."""
        spec = PathFinder.find_spec(name, path, target) if name in LAZY else None
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def import_without_tensorflow() -> None:
    """Keeps TensorFlow from being imported until a component uses it; with our pipeline, none does."""
    sys.meta_path.insert(0, LazyFinder())
    if "tensorflow" in sys.modules:
        return
    # thinc, spaCy's library, imports TensorFlow only to see whether it is there.
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        import thinc.compat  # noqa: F401
    finally:
        del sys.modules["tensorflow"]


def load_spacy_once() -> None:
    """Makes the two parts of SpacyNLP in a model's graph share one pipeline; Rasa loads it for each of them."""
    from rasa.nlu.utils.spacy_utils import SpacyNLP

    SpacyNLP.load_model = staticmethod(lru_cache(maxsize=1)(SpacyNLP.load_model))


def create_own_store_directly() -> None:
    """Makes Rasa create a conversation store of ours without importing the libraries of its own stores."""
    from rasa.core import tracker_store
    from rasa.utils.endpoints import EndpointConfig

    original = tracker_store.TrackerStore.create

    def create(settings: Any, domain: Any = None, event_broker: Any = None) -> Any:
        if isinstance(settings, EndpointConfig) and str(settings.type).startswith("weerbaar."):
            return tracker_store.create_tracker_store(settings, domain, event_broker)
        import_for_real("pymongo.collection")
        return original(settings, domain, event_broker)

    tracker_store.TrackerStore.create = staticmethod(create)


def load_model_once() -> None:
    """Makes Rasa load a model file once in this process. Only for workers that are forked from it: see workers.py."""
    from rasa.core.processor import MessageProcessor

    MessageProcessor._load_model = staticmethod(lru_cache(maxsize=1)(MessageProcessor._load_model))


def read_domain_of_model_once() -> None:
    """Makes Rasa read the domain in a model once; it does so twice, and validates what it wrote itself at training."""
    from rasa.graph_components.providers.domain_provider import DomainProvider
    from rasa.shared.core.domain import Domain
    from rasa.shared.utils.io import read_yaml_file

    def load(cls: Any, /, config: Any, model_storage: Any, resource: Any, **other: Any) -> Any:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Domain.from_dict(read_yaml_file(folder / "domain.yml")))

    DomainProvider.load = classmethod(load)


def load_without_training_graph() -> None:
    """Drops the training graph when a model is loaded: its validator imports every component of Rasa."""
    from rasa.engine.storage.storage import ModelMetadata

    original = ModelMetadata.from_dict.__func__

    def from_dict(cls: Any, serialized: Any) -> Any:
        return original(cls, {**serialized, "train_schema": {"nodes": {}}})

    ModelMetadata.from_dict = classmethod(from_dict)


def run_graph_directly() -> None:
    """Makes Rasa run its graph with DirectGraphRunner."""
    import rasa.core.processor

    from weerbaar.server.graph_runner import DirectGraphRunner

    rasa.core.processor.DaskGraphRunner = DirectGraphRunner


def copy_nothing_for_debugging() -> None:
    """Makes Rasa pass events and states to its debug log uncopied; it copies them each time, logged or not."""
    import rasa.core.policies.rule_policy
    import rasa.core.processor

    for module in (rasa.core.processor, rasa.core.policies.rule_policy):
        module.copy = SimpleNamespace(deepcopy=lambda content: content)


def compare_domain_once() -> None:
    """Caches whether a domain is empty: to find out, Rasa serialises the whole domain for every message."""
    from rasa.shared.core.domain import Domain

    is_empty = Domain.is_empty

    def remembered(self: Any) -> bool:
        if not hasattr(self, "_is_empty"):
            self._is_empty = is_empty(self)
        empty: bool = self._is_empty
        return empty

    Domain.is_empty = remembered


def find_rules_by_intent() -> None:
    """Makes RulePolicy look only at the rules for the intent of the message and at those without an intent."""
    from rasa.core.policies.rule_policy import RulePolicy

    among: Callable[[Any, dict[str, str], list[dict[str, Any]]], set[str]] = RulePolicy._get_possible_keys

    def possible_keys(self: Any, lookup: dict[str, str], states: list[dict[str, Any]]) -> set[str]:
        if not states:
            return among(self, lookup, states)
        rules = self.__dict__.setdefault("_rules_by_intent", {})
        if rules.get("of") is not lookup:
            rules.update(of=lookup, by_intent=rules_by_intent(lookup))
        intent = states[-1].get("user", {}).get("intent")
        found = {**rules["by_intent"].get(None, {}), **rules["by_intent"].get(intent, {})}
        return among(self, found, states)

    RulePolicy._get_possible_keys = possible_keys


def rules_by_intent(lookup: dict[str, str]) -> dict[str | None, dict[str, str]]:
    """Returns the rules of RulePolicy by the intent that their last state requires; None for those that require none.

    A rule without a previous action applies to the start of a conversation. Rasa compares such a rule in another way,
    so it counts as one that requires no intent.
    """
    found: dict[str | None, dict[str, str]] = {}
    for key, action in lookup.items():
        last = (json.loads(key) or [{}])[-1]
        intent = last.get("user", {}).get("intent") if last.get("prev_action") else None
        found.setdefault(intent if isinstance(intent, str) and intent != SHOULD_NOT_BE_SET else None, {})[key] = action
    return found


def follow_the_plan() -> None:
    """Makes Rasa ask no further policy while one of ours has a plan for the turn.

    Rasa asks every policy before each action, and RulePolicy alone takes as much time as all others together. The plan
    of the policy with the highest priority wins in any case. Rasa's ensemble still makes the prediction out of it.
    """
    from rasa.core.processor import MessageProcessor

    by_all_policies = MessageProcessor._predict_next_with_tracker

    def predict(self: Any, tracker: Any) -> Any:
        if not tracker.followup_action:
            policies, ensemble = planners(self.graph_runner)
            for policy in policies:
                prediction = policy.planned(tracker, self.domain)
                if prediction is not None:
                    return ensemble.combine_predictions([prediction], tracker, self.domain)
        return by_all_policies(self, tracker)

    MessageProcessor._predict_next_with_tracker = predict


def planners(runner: Any) -> tuple[list[Any], Any]:
    """Returns our policies in a loaded model, the highest priority first, and Rasa's ensemble; looked up once."""
    from weerbaar.policies.turn_policy import TurnPolicy

    if "_planners" not in vars(runner):
        components = [node._component for node in runner._instantiated_nodes.values()]
        policies = [component for component in components if isinstance(component, TurnPolicy)]
        ensemble = next(component for component in components if hasattr(component, "combine_predictions"))
        runner._planners = sorted(policies, key=lambda policy: -policy.priority), ensemble
    found: tuple[list[Any], Any] = runner._planners
    return found


def copy_without_replay() -> None:
    """Makes a copy of a conversation by copying its state; Rasa applies all its events again, for each action."""
    from rasa.shared.core.trackers import DialogueStateTracker

    def copied(self: Any) -> Any:
        tracker = copy(self)
        tracker.events = self.events.copy()
        tracker.slots = type(self.slots)((name, copy(slot)) for name, slot in self.slots.items())
        tracker.active_loop = copy(self.active_loop)
        return tracker

    DialogueStateTracker.copy = copied


def find_event_types_once() -> None:
    """Makes Rasa remember the class of each type of event; it goes through all classes for each event that it reads."""
    from rasa.shared.core.events import Event

    Event.resolve_by_type = staticmethod(lru_cache(maxsize=128)(Event.resolve_by_type))


def check_event_types_directly() -> None:
    """Makes `isinstance` compare the classes of events; they are abstract, so that each check runs code of Python.

    In a long conversation a turn makes 1,600 such checks.
    """
    from rasa.shared.core.events import Event
    from rasa.shared.utils.common import all_subclasses

    class Direct(ABCMeta):
        __instancecheck__ = type.__instancecheck__

    for kind in (Event, *all_subclasses(Event)):
        kind.__class__ = Direct


def wait_for_actions_briefly() -> None:
    """Limits the wait for the action server to three seconds, from five minutes: it only adds to what was said."""
    import rasa.core.actions.action

    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = ACTION_SECONDS
