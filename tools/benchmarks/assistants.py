"""The assistants of the comparison: their models, and how each is served."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.benchmarks.messages import FIRST_MESSAGE
from tools.benchmarks.model_cache import Limits, NotTrained, trained_project, trained_repository
from tools.benchmarks.servers import free_port, process, wait_for_answer, wait_for_port
from tools.benchmarks.stock_project import (
    NOT_UNDERSTOOD,
    REPOSITORY,
    default_config,
    floor_project,
    sparse_config,
    stock_project,
    texts_of,
    without_facts,
)
from tools.training.sources import fingerprint
from weerbaar.contacts import safety_text

NAMES = {
    "a": "this assistant",
    "b": "Rasa's default (DIET, TED)",
    "c": "Rasa with spaCy, sparse",
    "d": "Rasa's floor (one rule)",
    "e": "this assistant beside its NLU",
}
# What the answer to the first message must contain. The model of (b) is trained for too few epochs to require this of
# it, and (d) has one answer for everything.
EXPECTED = {"a": "woningscan", "c": "woningscan", "e": "woningscan"}
# The letters under which this assistant stands: as it is, and with a memory of what each text was parsed to.
OURS = ("a", "e")


@dataclass(frozen=True)
class Assistant:
    """One column of the table.

    Attributes:
        letter: one of `NAMES`.
        served_by: the module to start, and its options.
        folder: the working directory of the server.
        training: the record of its training (see `model_cache`); empty when that was not measured.
        model_mb: the size of the model file in MB.
        not_understood: its responses to a message that it did not understand.
        failure: its text when it cannot answer; an answer with this text is an error.
    """

    letter: str
    served_by: tuple[str, ...]
    folder: Path
    model_mb: float
    training: dict[str, Any] = field(default_factory=dict)
    not_understood: tuple[str, ...] = ()
    failure: str = ""

    @property
    def name(self) -> str:
        """The heading of the column."""
        return NAMES[self.letter]


@dataclass(frozen=True)
class Running:
    """A server that has answered: its port, its process, its start time, and the process of its action server."""

    port: int
    pid: int
    start_seconds: float
    actions_pid: int | None


def this_assistant(letter: str, cache: Path, limits: Limits, train: bool, served_by: tuple[str, ...]) -> Assistant:
    """Returns the assistant of this repository, with its newest model; raises NotTrained when it has none.

    Args:
        letter: one of `OURS`.
        cache: where measured models are kept.
        limits: when to stop a training.
        train: whether to train it once from scratch, only to measure the training.
        served_by: the module to start, and its options.
    """
    models = sorted((REPOSITORY / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise NotTrained("this assistant has no model: run `make train`")
    measured = trained_repository(fingerprint(), cache, limits, train)
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    return Assistant(
        letter,
        served_by,
        REPOSITORY,
        models[-1].stat().st_size / 1e6,
        measured.record if measured else {},
        _texts(domain, NOT_UNDERSTOOD, f"{NOT_UNDERSTOOD}_weer"),
        safety_text(),
    )


def stock_assistant(
    letter: str, cache: Path, limits: Limits, sample: int = 0, epochs: int = 1, policy_epochs: int = 20, batch: int = 0
) -> Assistant:
    """Returns assistant b, c or d, trained unless its model is in the cache; raises NotTrained when that fails.

    Args:
        letter: b, c or d.
        cache: where models are kept.
        limits: when to stop a training.
        sample: the maximum number of examples of each intent to train on; 0 for all.
        epochs: epochs of DIETClassifier and ResponseSelector; Rasa's default is 100.
        policy_epochs: epochs of TEDPolicy and UnexpecTEDIntentPolicy; Rasa's default is 100.
        batch: the size of DIET's batches; 0 for Rasa's default, which grows from 64 to 256.
    """
    if letter == "d":
        project = floor_project()
    elif letter == "b":
        project = stock_project(default_config(epochs, policy_epochs, batch), sample)
    else:
        project = without_facts(stock_project(sparse_config(), sample))
    trained = trained_project(letter, texts_of(project), cache, limits)
    served_by = ("rasa", "run", "--model", "model.tar.gz", "--credentials", "credentials.yml")
    not_understood = _texts(project["domain.yml"], NOT_UNDERSTOOD)
    return Assistant(letter, served_by, trained.folder, trained.record["model_mb"], trained.record, not_understood)


def _texts(domain: dict[str, Any], *responses: str) -> tuple[str, ...]:
    return tuple(variant["text"] for name in responses for variant in domain["responses"].get(name, ()))


@contextmanager
def running(assistant: Assistant, folder: Path) -> Iterator[Running]:
    """Serves an assistant until the block ends, and writes its log `<letter>.log` to `folder`.

    The action server of this assistant is started before the timing begins, because it is a separate process and no
    message of the benchmark needs it.

    Raises:
        NotStarted: a server did not start.
    """
    with ExitStack() as stack:
        port, actions, endpoints = free_port(), None, Path("endpoints.yml")
        log = folder / f"{assistant.letter}.log"
        if assistant.letter in OURS:
            actions, endpoints = _start_actions(stack, folder)
        command: list[str] = [sys.executable, "-m", *assistant.served_by, "--port", str(port)]
        command += ["--interface", "127.0.0.1", "--endpoints", str(endpoints)]
        server = stack.enter_context(process(command, assistant.folder, log))
        seconds = wait_for_answer(server, port, FIRST_MESSAGE, EXPECTED.get(assistant.letter, ""), log)
        yield Running(port, server.pid, seconds, actions)


def _start_actions(stack: ExitStack, folder: Path) -> tuple[int, Path]:
    """Starts the action server; returns its process id and an endpoints file that names it."""
    port, log = free_port(), folder / "actions.log"
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    server = stack.enter_context(process(command, REPOSITORY, log))
    wait_for_port(server, port)
    endpoints = yaml.safe_load((REPOSITORY / "endpoints.yml").read_text(encoding="utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{port}/webhook"
    path = (folder / "endpoints.yml").resolve()
    path.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
    return server.pid, path
