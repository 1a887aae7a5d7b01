"""Runs `rasa train` and shows how far it is, by what Rasa and our components write while they train."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools.progress import Progress

# What Rasa must log: each node of its graph that runs, and the packing. The graph first runs to compare fingerprints,
# then to train.
_LOGGERS = (
    "rasa.engine.graph",
    "rasa.engine.training.graph_trainer",
    "rasa.engine.training.hooks",
    "rasa.engine.storage.local_model_storage",
)
MARK = "[graph DEBUG] "
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"graph": {"format": "[graph %(levelname)s] %(message)s"}},
    "handlers": {"graph": {"class": "logging.StreamHandler", "formatter": "graph", "level": "DEBUG"}},
    "loggers": {name: {"level": "DEBUG", "handlers": ["graph"], "propagate": False} for name in _LOGGERS},
}
_RUNS = re.compile(r"Node '(?P<node>\w+)' running '(?P<class>\w+)\.(?P<call>\w+)'")
_TRAINS = re.compile(r"(?P<what>Starting to train|Restored) component '(?P<class>\w+)'")
_REAL = "Running the pruned train graph with real node execution"
_PACKS = "Start to created model package"
# The bar of EncoderFeaturizer, which embeds the new examples: `embed:  34%|###  | 18921/55600 [01:02<02:04, ...]`.
_EMBEDS = re.compile(r"embed:.*?(?P<done>\d+)/(?P<total>\d+) \[[\d:]+<(?P<left>[\d:?]+)")
# How often the time that passed is shown, in seconds.
TICK = 1.0


@dataclass
class Trained:
    """What `rasa train` did.

    Attributes:
        status: its exit status.
        output: the lines that it wrote, without those that only show its progress.
        learned: the components that were trained.
        from_cache: the components that were not, because nothing changed for them.
    """

    status: int = 0
    output: list[str] = field(default_factory=list)
    learned: list[str] = field(default_factory=list)
    from_cache: list[str] = field(default_factory=list)


def rasa_train(root: Path) -> Trained:
    """Trains in the project `root` with the progress on stderr."""
    trained = Trained()
    with (
        tempfile.NamedTemporaryFile("w", suffix=".yml") as settings,
        Progress("train:", unit="parts", steady=False) as bar,
    ):
        json.dump(LOGGING, settings)  # JSON is YAML as well
        settings.flush()
        rasa = Path(sys.executable).with_name("rasa")
        # Validation reads all data once more, which takes a minute; `make stories` does it.
        command = [rasa, "train", "--skip-validation", "--logging-config-file", settings.name]
        bar.show(0, "Rasa starts and reads the data")
        with subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                follow(process.stdout, bar, trained)  # type: ignore[arg-type]
            except BaseException:
                process.terminate()
                raise
        trained.status = process.returncode
    return trained


def follow(output: IO[bytes], bar: Progress, trained: Trained) -> None:
    """Reads what `rasa train` writes until it ends; shows its progress, and keeps what it says."""
    nodes: set[str] = set()
    training = False
    for text in lines_with_ticks(output):
        if text is None:
            bar.refresh()
            continue
        embeds, runs, trains = _EMBEDS.search(text), _RUNS.search(text), _TRAINS.search(text)
        if embeds:
            bar.show(bar.done, f"embedding example {embeds['done']} of {embeds['total']}, {embeds['left']} left")
        elif _REAL in text:
            training = True
            bar.show(0, "training", total=len(nodes))
        elif _PACKS in text:
            bar.show(len(nodes), "packing the model")
        elif runs and not training:
            nodes.add(runs["node"])
            bar.show(len(nodes), "comparing with what was trained before")
        elif runs:
            bar.step(doing(runs["class"], runs["call"]))
        elif trains:
            (trained.learned if trains["what"] != "Restored" else trained.from_cache).append(trains["class"])
        if not text.startswith(MARK) and not embeds:
            trained.output.append(text)
    bar.show(bar.total or bar.done, "")


def doing(component: str, call: str) -> str:
    """Returns what a node of the graph does, in words."""
    if component == "PrecomputedValueProvider":
        return "taking from the cache"
    return (
        f"{component} {'learns' if call == 'train' else 'reads the examples' if call.startswith('process') else 'runs'}"
    )


def lines_with_ticks(output: IO[bytes]) -> Iterator[str | None]:
    """Yields each line of a stream and each state of a bar in it, and None whenever nothing came for `TICK` seconds."""
    arrived: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_put_lines, args=(output, arrived), daemon=True).start()
    while True:
        try:
            text = arrived.get(timeout=TICK)
        except queue.Empty:
            yield None
            continue
        if text is None:
            return
        yield text


def _put_lines(output: IO[bytes], arrived: queue.Queue[str | None]) -> None:
    """Puts the lines of a stream into a queue, then None. A bar ends its states with a carriage return."""
    rest = b""
    while block := os.read(output.fileno(), 1 << 16):
        *whole, rest = re.split(rb"[\r\n]", rest + block)
        for one in whole:
            if one:
                arrived.put(one.decode(errors="replace"))
    if rest:
        arrived.put(rest.decode(errors="replace"))
    arrived.put(None)
