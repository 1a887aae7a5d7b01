"""Trains Rasa's default pipeline on a part of our data, for its row in the table of yardstick/README.md.

Usage: python -m tools.evaluation.stock_for_yardstick FOLDER [--every 8] [--least 30] [--epochs 12] [--more]

Writes the project to FOLDER and trains it there; `rasa run` in FOLDER then serves its REST channel. `--more` goes on
from the newest model there (Rasa's incremental training) for as many epochs again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.benchmarks.stock_project import (
    VERSION,
    Project,
    default_config,
    nlu_blocks,
    stock_project,
    texts_of,
    without_facts,
    write,
)
from tools.evaluation.examples import read_blocks

# Those that decide single messages by rules. The two that are trained on stories would take as long again.
POLICIES = ("MemoizationPolicy", "RulePolicy")


def thinned(blocks: Sequence[Mapping[str, Any]], every: int, least: int) -> list[dict[str, Any]]:
    """Returns the blocks by intent, without facts, with every `every`th example, spread over the writers.

    Args:
        blocks: the blocks under `nlu:`.
        every: one example in so many is kept.
        least: the number that is kept of an intent at least, if it has so many.
    """
    lines: dict[str, list[str]] = {}
    for block in blocks:
        if "intent" in block:
            intent = block["intent"].partition("/")[0]
            lines.setdefault(intent, []).extend(filter(str.strip, block["examples"].splitlines()))
    kept = []
    for intent, examples in lines.items():
        n = min(len(examples), max(least, len(examples) // every))
        chosen = [examples[number * len(examples) // n] for number in range(n)]
        kept.append({"intent": intent, "examples": "\n".join(chosen) + "\n"})
    return kept + [dict(block) for block in blocks if "intent" not in block]


def project(every: int, least: int, epochs: int) -> Project:
    """Returns the files of the project: our examples, rules and answers, with Rasa's default pipeline.

    Without ResponseSelector, which only chooses the fact of an answer: a question gets the overview of its subject.
    """
    config = default_config(epochs, epochs)
    config["policies"] = [entry for entry in config["policies"] if entry["name"] in POLICIES]
    config["pipeline"] = [entry for entry in config["pipeline"] if entry["name"] != "ResponseSelector"]
    files = without_facts(stock_project(config))
    files["data/nlu.yml"] = {**VERSION, "nlu": thinned(nlu_blocks(read_blocks()), every, least)}
    return files


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes and trains the project; returns the exit status of `rasa train`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=8, help="keep one example in so many (8)")
    parser.add_argument("--least", type=int, default=30, help="but at least so many of each intent (30)")
    parser.add_argument("--epochs", type=int, default=12, help="of DIETClassifier (12)")
    parser.add_argument("--more", action="store_true", help="go on from the newest model in FOLDER")
    options = parser.parse_args(arguments)
    files = project(options.every, options.least, options.epochs)
    write(texts_of(files), options.folder)
    n = sum(block["examples"].count("\n") for block in files["data/nlu.yml"]["nlu"] if "intent" in block)
    print(f"{n} examples, {options.epochs} epochs", flush=True)
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation"]
    command += ["--finetune"] if options.more else []
    return subprocess.run(command, cwd=options.folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
