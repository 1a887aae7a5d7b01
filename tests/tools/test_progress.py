"""The progress of long work: what a person at a terminal and a log of continuous integration show."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from chat import ROOT

from tools import progress
from tools.training.rasa_train import Trained, follow

WORK = "import time\nfrom tools.progress import track\nfor _ in track(range(4), 'proof:', 'texts'): time.sleep(0.15)"
LOG = """
2026-11-30 16:18:06 INFO     root  - reading
[graph DEBUG] Running the train graph in fingerprint mode.
[graph DEBUG] Node 'schema_validator' running 'DefaultV1RecipeValidator.validate'.
[graph DEBUG] Node 'run_EncoderFeaturizer4' running 'FingerprintComponent.run'.
[graph DEBUG] Node 'train_RulePolicy0' running 'FingerprintComponent.run'.
[graph DEBUG] Running the pruned train graph with real node execution.
[graph DEBUG] Node 'schema_validator' running 'PrecomputedValueProvider.get_value'.
[graph DEBUG] Node 'run_EncoderFeaturizer4' running 'EncoderFeaturizer.process_training_data'.
embed:   0%|          | 0/55600 [00:00<?, ?text/s]\rembed:  34%|###4      | 18921/55600 [01:02<02:04, 295.77text/s]
[graph INFO] Restored component 'LinearIntentClassifier' from cache.
[graph INFO] Starting to train component 'RulePolicy'.
[graph DEBUG] Node 'train_RulePolicy0' running 'RulePolicy.train'.
[graph DEBUG] Start to created model package for path 'models/x.tar.gz'.
[graph ERROR] Error running graph component for node train_RulePolicy0.
Traceback: the reason
"""


def on_a_terminal(environment: dict[str, str]) -> str:
    """Returns what a program writes that shows its progress on a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", WORK]
    with subprocess.Popen(command, cwd=ROOT, stderr=theirs, env={**os.environ, **environment}) as process:
        process.wait(60)
    os.close(theirs)
    said = b""
    try:
        while block := os.read(ours, 4096):
            said += block
    except OSError:  # the end of a terminal
        pass
    os.close(ours)
    return said.decode()


def test_a_terminal_shows_a_bar_with_what_is_left():
    said = on_a_terminal({"CI": ""})
    assert "\rproof:" in said and "2/4 texts" in said and "left" in said and "4/4 texts" in said


def test_in_continuous_integration_short_work_is_silent_even_on_a_terminal():
    assert on_a_terminal({"CI": "true"}) == ""


@pytest.fixture
def every_line(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)


def test_without_a_terminal_long_work_writes_lines(every_line, capsys):
    with progress.Progress("proof:", 3, "texts") as shown:
        shown.step("first")
        shown.step("second", by=2)
    said = capsys.readouterr().err
    assert "\r" not in said
    first, second, last = said.splitlines()
    assert first == "proof: 1 of 3 texts, 0:00 gone, about 0:00 left, first"
    assert second == "proof: 3 of 3 texts, 0:00 gone, second" and last == "proof: 3 of 3 texts, 0:00 gone"


def test_training_shows_which_part_runs_and_how_many_there_are(every_line, capsys, tmp_path):
    (tmp_path / "log").write_bytes(LOG.encode())
    trained = Trained()
    with (tmp_path / "log").open("rb") as log, progress.Progress("train:", unit="parts", steady=False) as bar:
        follow(log, bar, trained)
    said = capsys.readouterr().err
    assert "train: 3 parts, 0:00 gone, comparing with what was trained before" in said
    assert "train: 2 of 3 parts, 0:00 gone, EncoderFeaturizer reads the examples" in said
    assert "train: 2 of 3 parts, 0:00 gone, embedding example 18921 of 55600, 02:04 left" in said
    assert "train: 3 of 3 parts, 0:00 gone, RulePolicy learns" in said
    assert "train: 3 of 3 parts, 0:00 gone, packing the model" in said
    assert trained.learned == ["RulePolicy"] and trained.from_cache == ["LinearIntentClassifier"]
    assert trained.output[-2:] == [
        "[graph ERROR] Error running graph component for node train_RulePolicy0.",
        "Traceback: the reason",
    ]
    assert not any("embed" in line or "DEBUG" in line for line in trained.output)
