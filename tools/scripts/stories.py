"""Runs tests/stories with Rasa's end-to-end test, reports each story that fails, and writes JUnit for CI.

Usage: python tools/scripts/stories.py [stories, default: tests/stories]. Exit status 1 when one fails or was not run.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "results" / "stories"
STORIES = ROOT / "tests" / "stories"
# The head of a story. Rasa writes a failed story as expected, with what happened instead as a comment beside it.
STORY = re.compile(r"^- story: (.+?)(?: \([^()]*\.yml\))?$", re.MULTILINE)


def main() -> int:
    """Runs the stories and reports; returns the exit status."""
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else STORIES
    files = sorted(where.glob("test_*.yml")) if where.is_dir() else [where]
    expected = {name: file for file in files for name in stories_in(file)}
    rasa = Path(sys.executable).with_name("rasa")
    quiet = ["--successes", "--no-plot", "--no-warnings"]
    command = [rasa, "test", "core", "--e2e", "--stories", where, "--out", OUT, *quiet]
    for name in ("failed_test_stories.yml", "successful_test_stories.yml"):
        (OUT / name).unlink(missing_ok=True)
    print(f"stories: testing {len(expected)} stories", flush=True)
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    failed, passed = stories_in(OUT / "failed_test_stories.yml"), stories_in(OUT / "successful_test_stories.yml")
    faults = {name: failed.get(name, "It was not run.") for name in expected if name not in passed}
    write_junit(expected, faults)
    for name, fault in faults.items():
        print(f"\n{expected[name].name}: {name}\n{fault}", file=sys.stderr)
    print(f"stories: {len(expected) - len(faults)} of {len(expected)} passed; results/stories/junit.xml")
    if run.returncode and not faults:
        print("\n".join(run.stdout.splitlines()[-20:]), file=sys.stderr)
    return 1 if faults or run.returncode or not expected else 0


def stories_in(file: Path) -> dict[str, str]:
    """Returns the text of each story in a file by its name, or an empty dict when the file does not exist."""
    parts = STORY.split(file.read_text(encoding="utf-8")) if file.exists() else [""]
    return {name.strip("'\""): text.strip("\n") for name, text in zip(parts[1::2], parts[2::2])}


def write_junit(expected: dict[str, Path], faults: dict[str, str]) -> None:
    """Writes results/stories/junit.xml, with one test case per story."""
    suite = ElementTree.Element("testsuite", name="stories", tests=str(len(expected)), failures=str(len(faults)))
    for name, file in expected.items():
        case = ElementTree.SubElement(suite, "testcase", classname=file.stem, name=name)
        if name in faults:
            ElementTree.SubElement(case, "failure", message="the story went another way").text = faults[name]
    OUT.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(OUT / "junit.xml", encoding="unicode", xml_declaration=True)


if __name__ == "__main__":
    sys.exit(main())
