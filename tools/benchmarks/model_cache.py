"""Trains Rasa models and caches them, with a record of the training, under a hash of their inputs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools.benchmarks.processes import cpu_seconds, load_average, memory
from tools.benchmarks.stock_project import REPOSITORY, write

LOG_TAIL = 15
_COMPONENT = re.compile(r"Starting to train component '(\w+)'")
# The progress bar of Rasa's TensorFlow components: `Epochs: 100%|###| 2/2 [10:12<00:00, ...`.
_EPOCHS = re.compile(r"Epochs:[^|]*\|[^|]*\| (\d+)/(\d+) \[([\d:]+)<")


class NotTrained(RuntimeError):
    """Raised when there is no model; the message says why."""


@dataclass(frozen=True)
class Limits:
    """When to stop a training (wall-clock minutes, GB of memory), and the niceness at which it runs."""

    minutes: float = 25
    gigabytes: float = 12
    nice: int = 0


@dataclass(frozen=True)
class Trained:
    """A model, and the record of its training (`training.json` beside it)."""

    folder: Path
    model: Path
    record: dict[str, Any]


def key_of(texts: Mapping[str, str]) -> str:
    """Returns a digest of the files of a project, the version of Rasa and the spaCy pipeline, if it uses that."""
    digest = hashlib.sha256(version("rasa").encode())
    meta = REPOSITORY / "spacy_models" / "nl" / "meta.json"
    if "spacy_models" in texts.get("config.yml", "") and meta.exists():
        digest.update(meta.read_bytes())
    for name in sorted(texts):
        digest.update(f"\0{name}\0{texts[name]}".encode())
    return digest.hexdigest()[:12]


def trained_project(letter: str, texts: Mapping[str, str], cache: Path, limits: Limits) -> Trained:
    """Returns the model of a project, which it trains unless the cache holds it.

    Raises:
        NotTrained: Rasa produced no model, or the training exceeded a limit.
    """
    folder = cache / f"{letter}-{key_of(texts)}"
    if not _record(folder):
        write(texts, folder)
        _train(folder, folder, limits)
    return Trained(folder, folder / "model.tar.gz", _record(folder) or {})


def trained_repository(key: str, cache: Path, limits: Limits, train: bool) -> Trained | None:
    """Returns this assistant's model in the cache, trained from scratch to measure the training, or None without one.

    Args:
        key: a digest of the inputs of the model.
        cache: where models are kept.
        limits: when to stop a training.
        train: whether to train the model if the cache lacks it.
    """
    folder = cache / f"a-{key[:12]}"
    if train and not _record(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _train(folder, REPOSITORY, limits)
    record = _record(folder)
    return Trained(REPOSITORY, folder / "model.tar.gz", record) if record else None


def _record(folder: Path) -> dict[str, Any] | None:
    path = folder / "training.json"
    if not path.exists() or not (folder / "model.tar.gz").exists():
        return None
    return json.loads(path.read_text(encoding="utf-8"))


def _train(folder: Path, project: Path, limits: Limits) -> None:
    """Trains the project with an empty Rasa cache, like a first `rasa train`, and writes the record."""
    log, started = folder / "training.log", load_average()
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--out", str(folder)]
    command += ["--fixed-model-name", "model"]
    print(f"training {folder.name}; its log is {os.path.relpath(log)}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as rasa_cache, log.open("wb") as output:
        environment = {**os.environ, "RASA_CACHE_DIRECTORY": rasa_cache, "RASA_TELEMETRY_ENABLED": "false"}
        environment.update(PYTHONPATH=str(project), LOG_LEVEL="INFO", TF_CPP_MIN_LOG_LEVEL="3")
        begun = time.monotonic()
        process = subprocess.Popen(
            [*_nice(limits.nice), *command],
            cwd=project,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            used = _watch(process, begun, limits)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    model = folder / "model.tar.gz"
    text = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode or not model.exists():
        tail = "\n".join(text.replace("\r", "\n").splitlines()[-LOG_TAIL:])
        raise NotTrained(f"Rasa made no model in {folder.name}:\n{tail}")
    record = {
        "seconds": round(time.monotonic() - begun, 1),
        **used,
        "model_mb": round(model.stat().st_size / 1e6, 1),
        "nice": limits.nice,
        "load_average_before": round(started, 2),
        "epochs": epochs_in(text),
    }
    (folder / "training.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


def _nice(value: int) -> list[str]:
    return ["nice", "-n", str(value)] if value and shutil.which("nice") else []


def _watch(process: subprocess.Popen[bytes], begun: float, limits: Limits) -> dict[str, float]:
    """Waits for the training; returns its processor seconds and peak memory. Raises NotTrained above a limit."""
    cpu = peak = 0.0
    while process.poll() is None:
        cpu, peak = max(cpu, cpu_seconds(process.pid)), max(peak, memory(process.pid).pss)
        if peak > 1024 * limits.gigabytes:
            raise NotTrained(f"training stopped: more than {limits.gigabytes} GB of memory")
        if time.monotonic() - begun > 60 * limits.minutes:
            raise NotTrained(f"training stopped: longer than {limits.minutes} minutes")
        time.sleep(5)
    return {"cpu_seconds": round(cpu, 1), "peak_mb": round(peak)}


def epochs_in(log: str) -> dict[str, dict[str, float]]:
    """Returns the epochs, the seconds and the seconds of the first epoch, by component that the log shows progress of.

    The first epoch takes longer, because TensorFlow compiles the model in it.
    """
    found: dict[str, dict[str, float]] = {}
    component = ""
    for line in re.split(r"[\r\n]", log):
        name, bar = _COMPONENT.search(line), _EPOCHS.search(line)
        if name:
            component = name.group(1)
        if not bar or bar.group(1) == "0":
            continue
        done, seconds = int(bar.group(1)), 0
        for part in bar.group(3).split(":"):
            seconds = 60 * seconds + int(part)
        entry = found.setdefault(component, {})
        entry.update(epochs=done, seconds=seconds)
        if done == 1:
            entry["first"] = seconds
    return found


def seconds_an_epoch(entry: Mapping[str, float]) -> float:
    """Returns the seconds of one more epoch; the first epoch counts only when it is the only one."""
    epochs, first = entry["epochs"], entry.get("first")
    if epochs == 1 or first is None:
        return entry["seconds"] / epochs
    return (entry["seconds"] - first) / (epochs - 1)


def extrapolated(record: Mapping[str, Any], epochs: int) -> float | None:
    """Returns the seconds that training would take with `epochs` in each component; None if no component has epochs."""
    if not record.get("epochs"):
        return None
    more = ((epochs - entry["epochs"]) * seconds_an_epoch(entry) for entry in record["epochs"].values())
    return record["seconds"] + sum(more)
