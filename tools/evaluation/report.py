"""Writes an HTML page, and its figures as JSON, on which a person bases the decision on a release: `make rapport`.

It runs the trained model of `models/` on texts that neither the encoder nor a head was fitted on: those of the held-out
writers of the training data, the frozen collection, and a case file. The page shows missed texts in full, so keep it
out of git.
Usage: python -m tools.evaluation.report [--cases CASES.jsonl] [--model MODEL.tar.gz] [--out results/rapport.html]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tools.evaluation.examples import REPOSITORY, DataError, read_cases, read_examples
from tools.evaluation.loaded_model import LoadedModel, newest_model
from tools.evaluation.predictions import figures_of, percent, predict, read_collection, shares
from tools.evaluation.report_page import page, section
from weerbaar.nlu.writers import HELD_OUT


def commit() -> str:
    """Returns the commit of the repository, with a plus if files differ from it, or 'onbekend' without git."""
    try:
        asked = ["git", "describe", "--always", "--dirty=+"]
        said = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    except OSError:
        return "onbekend"
    return said.stdout.strip() or "onbekend"


def say(text: str) -> None:
    """Prints a progress line with the time on stderr."""
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def build(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Measures the model; returns the page and its figures.

    Raises:
        DataError, RuntimeError, OSError: the model or the data is missing or cannot be used.
    """
    path = options.model or newest_model()
    model, sections, figures = LoadedModel(path), [], {}
    examples = read_examples()
    sets = [
        (
            "Achtergehouden schrijvers",
            "Geen model las iets van hen; de drempels zijn op hen gekozen.",
            [example for example in examples if example.bron in HELD_OUT],
        ),
        ("Vaste verzameling", "Apart geschreven, nooit op getraind en geen drempel op gekozen.", read_collection()),
    ]
    if options.cases:
        sets.append((f"Zaken: {options.cases.name}", "Berichten die niet van ons zijn.", read_cases(options.cases)))
    for title, about, cases in sets:
        say(f"{title}: {len(cases)} texts")
        found = predict(model, cases, f"rapport: {title}")
        sections.append(section(title, f"{len(cases)} berichten. {about}", found))
        figures[title] = figures_of(found)
        for name, good, n in shares(found):
            say(f"  {name}: {good}/{n} {percent(good, n)}")
    facts = {
        "gemaakt": f"{datetime.now():%d-%m-%Y %H:%M}",
        "versie": commit(),
        "model": path.name,
        "voorbeelden": f"{len(examples)}, van {len({e.bron for e in examples} - {''})} schrijvers",
    }
    return page(sections, facts), {"feiten": facts, **figures}


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the page and its figures; returns exit status 2 when that is impossible."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, help="case file (.jsonl)")
    parser.add_argument("--model", type=Path, help="another model than the newest in models/")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results" / "rapport.html")
    options = parser.parse_args(arguments)
    try:
        text, figures = build(options)
    except (DataError, RuntimeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    options.out.with_suffix(".json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
