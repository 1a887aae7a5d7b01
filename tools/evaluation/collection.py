"""Measures the model on the frozen collection and compares it with the last accepted figures: `make collection`.

Usage: python -m tools.evaluation.collection [--accept] [--out results/collection.json]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.evaluation.examples import REPOSITORY, DataError
from tools.evaluation.loaded_model import LoadedModel, newest_model
from tools.evaluation.predictions import Prediction, percent, predict, read_collection, shares

ACCEPTED = REPOSITORY / "tools" / "evaluation" / "figures.json"
# Read by the report on a pull request (tools/scripts/pull_request_report.py).
MEASURED = REPOSITORY / "results" / "collection.json"


def measure() -> list[Prediction]:
    """Returns the predictions of the newest model; raises DataError or RuntimeError without a model or collection."""
    return predict(LoadedModel(newest_model()), read_collection(), "collection")


def counts(predictions: Sequence[Prediction]) -> dict[str, list[int]]:
    """Returns [good, total] for each measure, and for each kind of calm text the number that raised no alarm."""
    found = {name: [good, n] for name, good, n in shares(predictions)}
    for kind in sorted({p.example.kind for p in predictions} - {""}):
        calm = [p for p in predictions if p.example.kind == kind and p.expected_calm]
        found[f"Zonder vals alarm: {kind}"] = [sum(not p.alarm for p in calm), len(calm)]
    return found


def table(now: dict[str, list[int]], before: dict[str, list[int]]) -> str:
    """Returns a Markdown table of the figures and their change since those accepted last."""
    lines = ["| maat | nu | deel | was | verschil |", "|---|---:|---:|---:|---:|"]
    for name, (good, n) in now.items():
        old = before.get(name)
        change = f"{good - old[0]:+d}" if old and old[1] == n else ""
        lines.append(f"| {name} | {good}/{n} | {percent(good, n)} | {old[0] if old else ''} | {change} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; returns exit status 2 when there is no model or no collection."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", action="store_true", help="write these figures down as those to compare with")
    parser.add_argument("--out", type=Path, default=MEASURED, help="where to write the figures as JSON")
    options = parser.parse_args(arguments)
    try:
        now = counts(measure())
    except (DataError, RuntimeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    before = json.loads(ACCEPTED.read_text(encoding="utf-8")) if ACCEPTED.exists() else {}
    print(table(now, before))
    written = json.dumps(now, ensure_ascii=False, indent=1) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(written, encoding="utf-8")
    if options.accept:
        ACCEPTED.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
