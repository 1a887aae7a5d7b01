"""Writes what CI found as Markdown, for the summary of a pull request: `.ci/report`.

It reads what the commands before it left in results/: the figures of the frozen collection, the stories, pytest, the
quality report. It measures nothing itself, and says of each part that is missing that it is missing.
Usage: python -m tools.scripts.pull_request_report [--base COMMIT] [--results results] [--out results/summary.md]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tools.evaluation.collection import ACCEPTED, table
from tools.evaluation.examples import REPOSITORY

# A summary with hundreds of failures is not read, and a job's summary may not be longer than 1 MiB.
MOST_SHOWN = 20


class Tests(NamedTuple):
    """What a JUnit file says.

    Attributes:
        run: the number of tests that were run.
        skipped: the number of tests that were skipped.
        seconds: how long the tests took together.
        failed: the name of each test that failed, with the first line of the reason.
    """

    run: int
    skipped: int
    seconds: float
    failed: list[tuple[str, str]]


def read_junit(file: Path) -> Tests:
    """Returns what a JUnit file says; raises OSError or ElementTree.ParseError when it cannot be read."""
    cases = list(ElementTree.parse(file).getroot().iter("testcase"))  # noqa: S314 - our own tests wrote it
    failed = []
    for case in cases:
        # An element without children counts as false.
        faults = [fault for fault in (case.find("failure"), case.find("error")) if fault is not None]
        if faults:
            reason = (faults[0].get("message") or faults[0].text or "").strip().splitlines()
            failed.append((f"{case.get('classname', '')}: {case.get('name', '')}", reason[0] if reason else ""))
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Tests(len(cases) - skipped, skipped, sum(float(case.get("time") or 0) for case in cases), failed)


def tests_part(title: str, file: Path) -> str:
    """Returns the part about the tests in a JUnit file, which may be missing."""
    try:
        tests = read_junit(file)
    except (OSError, ElementTree.ParseError):
        return f"### {title}\n\nNiet gedraaid: `{file.name}` ontbreekt of is onleesbaar.\n"
    sign = "❌" if tests.failed or not tests.run else "✅"
    lines = [
        f"### {title}",
        "",
        f"{sign} {tests.run - len(tests.failed)} van {tests.run} geslaagd, {tests.skipped} overgeslagen"
        + (f", samen {tests.seconds:.0f} s." if tests.seconds else "."),
    ]
    if tests.failed:
        lines += ["", "| mislukt | reden |", "|---|---|"]
        lines += [f"| {cell(name)} | {cell(reason)} |" for name, reason in tests.failed[:MOST_SHOWN]]
        if len(tests.failed) > MOST_SHOWN:
            lines += ["", f"En nog {len(tests.failed) - MOST_SHOWN}; zie het JUnit-bestand bij de artefacten."]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Returns a text as it can stand in a cell of a table: on one line, as code, at most 200 characters."""
    return "`" + " ".join(text.split())[:200].replace("|", "¦").replace("`", "'") + "`" if text.strip() else ""


def figures_at(commit: str) -> dict[str, list[int]] | None:
    """Returns the figures that were accepted at a commit, or None when that commit or its figures cannot be read."""
    path = ACCEPTED.relative_to(REPOSITORY).as_posix()
    asked = ["git", "show", f"{commit}:{path}"]
    said = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return json.loads(said.stdout) if said.returncode == 0 else None


def collection_part(file: Path, base: str) -> str:
    """Returns the part about the frozen collection: the figures beside those that were accepted at the base."""
    title = "### De vaste verzameling\n\n"
    try:
        now = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"{title}Niet gemeten: `{file.name}` ontbreekt of is onleesbaar.\n"
    before, beside = figures_at(base) if base else None, f"`{base[:12]}`, waarop deze wijziging voortbouwt"
    if before is None:
        before = json.loads(ACCEPTED.read_text(encoding="utf-8")) if ACCEPTED.exists() else {}
        beside = "deze wijziging zelf, want die van de basis zijn niet te lezen"
    return f"{title}Naast de aanvaarde cijfers van {beside}.\n\n{table(now, before)}\n"


def page_part(results: Path) -> str:
    """Returns the part about the quality report, which is not in the summary itself."""
    made = (results / "rapport.html").exists()
    said = "Bij de artefacten: `rapport.html`, met elke gemiste tekst." if made else "Niet gemaakt."
    return f"### Het kwaliteitsrapport\n\n{said}\n"


def report(results: Path, base: str) -> str:
    """Returns the whole summary as Markdown; `base` is a commit, or empty when there is none to compare with."""
    parts = [
        collection_part(results / "collection.json", base),
        tests_part("De dialogen (stories)", results / "stories" / "junit.xml"),
        tests_part("De tests (pytest)", results / "pytest.xml"),
        page_part(results),
    ]
    return "## Verslag\n\n" + "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the summary and prints it; returns 0, also when something failed: the gate is .ci/run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="", help="the commit whose accepted figures are compared with")
    parser.add_argument("--results", type=Path, default=REPOSITORY / "results", help="the folder to read")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results" / "summary.md")
    options = parser.parse_args(arguments)
    text = report(options.results, options.base)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
