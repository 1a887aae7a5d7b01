"""How the server is started in production: what was changed in Rasa for it, and that nothing else changes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tarfile
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chat import ROOT, run_python
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

from weerbaar.server import rasa_patches
from weerbaar.server.graph_runner import DirectGraphRunner

# Runs real parts, or takes long.
pytestmark = pytest.mark.real


def python(code: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Runs code in a new process; `settings` are those of `run_python`."""
    return run_python("-c", code, **settings)


THREADS = """
import json, sys
import weerbaar.server.__main__ as server

def probe():
    import scipy.linalg, sklearn.linear_model
    from threadpoolctl import threadpool_info
    print(json.dumps([library["num_threads"] for library in threadpool_info()]))
    sys.exit()

assert "numpy" not in sys.modules
server.rasa_patches.apply, sys.argv = probe, ["weerbaar.server"]
server.main()
"""


def test_a_worker_calculates_on_one_thread():
    """More only wait for each other, and cost a second processor. Who starts the server may say otherwise."""
    run = python(THREADS, without=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
    assert run.returncode == 0, run.stderr
    threads = json.loads(run.stdout.splitlines()[-1])
    assert threads and set(threads) == {1}


APPLIED = """
import json, sys
from weerbaar.server import rasa_patches
applied = rasa_patches.apply()
import rasa.core.run, rasa.core.processor, rasa.core.actions.action, weerbaar.nlu.role_extractor
print(json.dumps([applied, "tensorflow" in sys.modules, rasa.core.processor.DaskGraphRunner.__name__,
                  rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT]))
"""


def test_all_patches_fit_the_pinned_version():
    """Each names something that is there in this version of Rasa, and does what it is for."""
    result = python(APPLIED)
    assert json.loads(result.stdout.splitlines()[-1]) == [True, False, "DirectGraphRunner", 3], result.stderr[-500:]


LATE = """
import json, sys
from weerbaar.server import rasa_patches
rasa_patches.apply()
import rasa.core.run
from rasa.core.channels import BUILTIN_CHANNELS
there = [name for name in ("aiogram", "boto3", "fbmessenger", "matplotlib", "prompt_toolkit") if name in sys.modules]
real = {name: getattr(channel, "_real", lambda: channel)().name() for name, channel in BUILTIN_CHANNELS.items()}
print(json.dumps([there, real]))
"""


def test_what_is_not_used_is_not_imported_until_it_is():
    """No library of another messaging app; each channel of Rasa is still there, under its own name."""
    result = python(LATE)
    there, real = json.loads(result.stdout.splitlines()[-1])
    assert there == [], result.stderr[-500:]
    assert len(real) == 15 and all(name == its_name for name, its_name in real.items())


SPACY = """
from weerbaar.server import rasa_patches
rasa_patches.apply()
from rasa.nlu.utils.spacy_utils import SpacyNLP
assert SpacyNLP.load_model("spacy_models/nl").model is SpacyNLP.load_model("spacy_models/nl").model
"""


def test_the_pipeline_of_spacy_is_loaded_once():
    """Rasa loads it for each of the two parts of its component: twice the time and the memory."""
    result = python(SPACY)
    assert result.returncode == 0, result.stderr[-500:]


def test_the_domain_of_a_model_is_read_as_rasa_reads_it(monkeypatch, tmp_path, domain):
    """The same domain, slot for slot and response for response."""
    domain.persist(tmp_path / "domain.yml")
    storage = SimpleNamespace(read_from=lambda _: nullcontext(tmp_path))
    monkeypatch.setattr(DomainProvider, "load", DomainProvider.load)
    settings = {"config": {}, "model_storage": storage, "resource": None, "execution_context": None}
    by_rasa = DomainProvider.load(**settings).provide_inference()
    rasa_patches.read_domain_of_model_once()
    by_us = DomainProvider.load(**settings).provide_inference()
    assert by_us.fingerprint() == by_rasa.fingerprint() and by_us.as_dict() == by_rasa.as_dict()
    assert by_us.responses and len(by_us.slots) == len(by_rasa.slots)


def test_events_are_read_as_rasa_reads_them(monkeypatch):
    """Each type of event that can be in a conversation, and one that Rasa does not know."""
    types = {kind.type_name for kind in all_subclasses(Event)}
    by_rasa = {name: Event.resolve_by_type(name) for name in types}
    monkeypatch.setattr(Event, "resolve_by_type", staticmethod(Event.resolve_by_type))
    rasa_patches.find_event_types_once()
    assert {name: Event.resolve_by_type(name) for name in types} == by_rasa and len(types) > 20
    with pytest.raises(ValueError, match="nergens"):
        Event.resolve_by_type("nergens")


CHECKED = """
from weerbaar.server import rasa_patches
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses
from inspect import isabstract
kinds = [Event, *all_subclasses(Event)]
events = [object.__new__(kind) for kind in kinds if not isabstract(kind)] + ["text", None]
by_rasa = [isinstance(event, kind) for event in events for kind in kinds]
rasa_patches.check_event_types_directly()
assert [isinstance(event, kind) for event in events for kind in kinds] == by_rasa and len(set(by_rasa)) == 2
assert isinstance(object.__new__(type("Later", (type(events[0]),), {})), Event)
"""


def test_what_kind_of_event_it_is_stays_the_same():
    """For each pair of an event and a class."""
    result = python(CHECKED)
    assert result.returncode == 0, result.stderr[-500:]


STORE = """
import sys
from weerbaar.server import rasa_patches
rasa_patches.apply()
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.utils.endpoints import EndpointConfig
from weerbaar.stores.memory import ExpiringTrackerStore
ours = EndpointConfig(type="weerbaar.stores.memory.ExpiringTrackerStore", minutes=30)
assert type(TrackerStore.create(ours)) is ExpiringTrackerStore
assert not {"pymongo.mongo_client", "botocore"} & set(sys.modules), "imported"
assert type(TrackerStore.create(None)) is InMemoryTrackerStore
assert TrackerStore.create(store := ExpiringTrackerStore(None)) is store
"""


def test_a_store_of_ours_needs_no_library_of_another_database():
    """Rasa imports them when it creates any store."""
    result = python(STORE)
    assert result.returncode == 0, result.stderr[-500:]


def test_one_switch_turns_all_of_them_off():
    """Then Rasa is as it was delivered."""
    result = python(APPLIED, WEERBAAR_PATCHES="off")
    assert json.loads(result.stdout.splitlines()[-1]) == [False, True, "DaskGraphRunner", 300], result.stderr[-500:]


def test_another_version_of_rasa_is_left_alone(monkeypatch):
    """A patch for a version that nobody tested could do anything."""
    monkeypatch.setattr(rasa_patches, "version", lambda _: "3.7.0")
    assert rasa_patches.apply() is False


def test_the_server_has_no_tensorflow_in_memory(server):
    """Not one of its libraries is loaded."""
    assert "tensorflow" not in Path(f"/proc/{server.server.pid}/maps").read_text()


def test_a_rush_finds_the_door_open(server):
    """Three hundred connect while the server is busy with something else: none is turned away, or has to try again."""
    port, opened = int(server.root.rpartition(":")[2]), []
    os.kill(server.server.pid, signal.SIGSTOP)
    try:
        for _ in range(300):
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=0.5))
    finally:
        os.kill(server.server.pid, signal.SIGCONT)
        for one in opened:
            one.close()
    assert server.health().status_code == 200


def test_what_does_not_exist_is_named():
    """A wrong path is told before anything starts."""
    result = run_python("-m", "weerbaar.server", "--endpoints", "nergens.yml")
    assert result.returncode == 1
    assert "nergens.yml" in result.stderr


def test_rules_found_by_intent_are_the_same_rules(monkeypatch):
    """For every rule of the trained model, every intent in it, and states that fit none."""
    with tarfile.open(max(ROOT.glob("models/*.tar.gz"), key=lambda path: path.stat().st_mtime)) as model:
        name = next(name for name in model.getnames() if name.endswith("rule_policy.json"))
        rules = json.load(model.extractfile(name))["lookup"]["rules"]
    stories = [json.loads(key) for key in rules]
    for index, story in enumerate(list(stories)):
        stories.append([*story, {**story[-1], "user": {"intent": f"andere_{index % 2}"}}])
    stories += [[{}], [{"user": {"intent": "begroeten"}}], [{"prev_action": {"action_name": "action_listen"}}]]
    policy = object.__new__(RulePolicy)
    before = [RulePolicy._get_possible_keys(policy, rules, story) for story in stories]
    monkeypatch.setattr(RulePolicy, "_get_possible_keys", RulePolicy._get_possible_keys)
    rasa_patches.find_rules_by_intent()
    assert [RulePolicy._get_possible_keys(policy, rules, story) for story in stories] == before
    assert sum(map(len, before)) >= len(rules)


def test_an_empty_domain_is_still_empty(monkeypatch, domain):
    """Asked twice, of both kinds."""
    monkeypatch.setattr(Domain, "is_empty", Domain.is_empty)
    rasa_patches.compare_domain_once()
    for one, empty in ((domain, False), (Domain.empty(), True)):
        assert [one.is_empty(), one.is_empty()] == [empty, empty]


class Add(GraphComponent):
    """Adds what it is given."""

    @classmethod
    def create(cls, **_: object) -> Add:
        """Creates it."""
        return cls()

    def run(self, **numbers: int) -> int:
        """Returns the sum, plus one."""
        return sum(numbers.values()) + 1


def runner_of(kind: type) -> DaskGraphRunner:
    """Returns a runner of a graph in which one output is needed twice, and one node is not needed at all."""
    needs = {"b": {"x": "a"}, "a": {"x": "__in__"}, "c": {"x": "a", "y": "b"}, "unused": {"x": "c"}}
    nodes = {name: SchemaNode(need, Add, "create", "run", {}, is_target=name == "c") for name, need in needs.items()}
    return kind.create(GraphSchema(nodes), None, ExecutionContext(GraphSchema({})))


@pytest.mark.parametrize("targets", [None, ["c"], ["b", "unused"], ["a"]])
def test_the_graph_gives_what_dask_gives(targets):
    """For every set of targets, also asked twice."""
    direct, dask = runner_of(DirectGraphRunner), runner_of(DaskGraphRunner)
    for number in (1, 5):
        assert direct.run({"__in__": number}, targets) == dask.run({"__in__": number}, targets)
