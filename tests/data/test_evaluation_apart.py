"""No text of the evaluation, nor a near-copy, is in the training data, the yardstick, scenarios or stories."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from chat import ROOT
from sklearn.feature_extraction.text import TfidfVectorizer

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

EVALUATION = ROOT.parent / "shared" / "eval"
# Similarity of character n-grams from which two texts count as copies, and the length below which they are commonplace
# ('goedemorgen', 'dank u wel').
TOO_ALIKE, COMMONPLACE = 0.85, 20


def texts_of_evaluation() -> list[str]:
    """Returns the messages of the evaluation that are long enough to be told from small talk."""
    lines = [line for path in sorted(EVALUATION.glob("*.jsonl")) for line in lines_of(path)]
    texts = [line["text"] for line in lines if "text" in line]
    texts += [turn["u"] for line in lines for turn in line.get("beurten", [])]
    for path in EVALUATION.glob("background/*.txt"):
        texts += path.read_text(encoding="utf-8").splitlines()
    return sorted({text for text in texts if len(text) >= COMMONPLACE})


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def our_texts() -> list[str]:
    """Returns every example, and everything that a user says in a scenario."""
    texts = []
    # The names of roles in functie.yml are no sentences.
    for path in set(ROOT.glob("data/nlu/**/*.yml")) - {ROOT / "data/nlu/functie.yml"}:
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            texts += [line[2:] for line in block["examples"].splitlines()]
    for line in [line for path in ROOT.glob("yardstick/*.jsonl") for line in lines_of(path)]:
        texts += [turn["tekst"] for turn in line["beurten"]] if "beurten" in line else [line["text"]]
    for path in ROOT.glob("tests/scenarios/*/*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        turns = content if isinstance(content, list) else content["beurten"]
        texts += [turn["zegt"] for turn in turns if turn.get("zegt")]
    for path in ROOT.glob("tests/stories/*.yml"):
        stories = yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]
        texts += [step["user"].strip() for story in stories for step in story["steps"] if "user" in step]
    return sorted({text for text in texts if len(text) >= COMMONPLACE})


@pytest.mark.skipif(not EVALUATION.is_dir(), reason="the evaluation is not beside this repository")
def test_the_training_data_has_no_text_of_the_evaluation():
    ours, theirs = our_texts(), texts_of_evaluation()
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    rows, columns = vectorizer.fit_transform(ours), vectorizer.transform(theirs).T
    # In parts: all of it at once takes gigabytes.
    parts = [(rows[start : start + 1_000] @ columns).max(axis=1) for start in range(0, rows.shape[0], 1_000)]
    most = np.concatenate([part.toarray().ravel() for part in parts])
    # Shows our text only: the evaluation must not leak through the output of a test.
    assert not [text for text, value in zip(ours, most) if value >= TOO_ALIKE]
