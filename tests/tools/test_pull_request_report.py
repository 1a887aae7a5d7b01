"""The report on a pull request, from files as the tests write them and without them, and the workflows around it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from chat import ROOT

from tools.evaluation.collection import ACCEPTED
from tools.scripts import pull_request_report
from tools.scripts.pull_request_report import main
from tools.scripts.stories import write_junit

GRAVE = "Ernstige berichten (ernstig, acuut, suicidaal) als ernstig herkend"
TESTS = """
import pytest

def test_goes_well(): pass
def test_goes_wrong(): assert 1 == 2, "a | b"
@pytest.mark.skip
def test_is_left_out(): pass
"""


@pytest.fixture
def results(tmp_path):
    """The folder in which CI leaves its results."""
    (tmp_path / "stories").mkdir()
    return tmp_path


def reported(results, *arguments: str) -> str:
    """Returns the summary of what is in the folder."""
    assert main(["--results", str(results), "--out", str(results / "summary.md"), *arguments]) == 0
    return (results / "summary.md").read_text(encoding="utf-8")


def test_says_what_failed_and_why(results, monkeypatch):
    (results / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "--junitxml=pytest.xml", "test_it.py"]
    without_plugins = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=results, env=without_plugins, check=False, capture_output=True)
    monkeypatch.setattr("tools.scripts.stories.OUT", results / "stories")
    write_junit({"bedreigd": results / "test_gevaar.yml", "hallo": results / "test_gesprek.yml"}, {"hallo": "anders"})
    text = reported(results)
    assert "❌ 1 van 2 geslaagd, 1 overgeslagen, samen" in text
    assert "| `test_it: test_goes_wrong` | `AssertionError: a ¦ b" in text
    assert "❌ 1 van 2 geslaagd, 0 overgeslagen." in text
    assert "| `test_gesprek: hallo` | `the story went another way` |" in text


def test_shows_the_change_against_the_base(results, monkeypatch):
    """Beside what was accepted there, not beside what this change itself accepts."""
    accepted = results / "repository" / "figures.json"
    accepted.parent.mkdir()
    monkeypatch.setattr(pull_request_report, "REPOSITORY", accepted.parent)
    monkeypatch.setattr(pull_request_report, "ACCEPTED", accepted)
    git = ["git", "-C", accepted.parent, "-c", "user.name=a", "-c", "user.email=a@example.nl"]
    accepted.write_text(json.dumps({GRAVE: [296, 300]}))
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "base"]):
        subprocess.run([*git, *command], check=True)
    for file in (accepted, results / "collection.json"):
        file.write_text(json.dumps({GRAVE: [294, 300]}))
    text = reported(results, "--base", "HEAD")
    assert "`HEAD`, waarop deze wijziging voortbouwt" in text
    assert f"| {GRAVE} | 294/300 | 98.0 % | 296 | -2 |" in text


def test_says_so_when_the_base_is_not_known(results):
    """As for the first push of a branch, which has no commit before it."""
    (results / "collection.json").write_text(ACCEPTED.read_text(encoding="utf-8"))
    assert "die van de basis zijn niet te lezen" in reported(results, "--base", "0" * 40)


def test_says_what_is_missing(results):
    text = reported(results)
    for sentence in ("Niet gemeten: `collection.json`", "Niet gedraaid: `junit.xml`", "Niet gedraaid: `pytest.xml`"):
        assert sentence in text
    (results / "pytest.xml").write_text("<testsuites><testsuite>")
    (results / "collection.json").write_text("{")
    text = reported(results)
    assert "Niet gedraaid: `pytest.xml`" in text and "Niet gemeten: `collection.json`" in text
    assert "Niet gemaakt." in text


def test_tells_of_the_quality_report(results):
    (results / "rapport.html").write_text("<title>rapport</title>")
    assert "Bij de artefacten: `rapport.html`" in reported(results)


def test_a_workflow_runs_only_scripts_that_also_run_here():
    """What CI does can be done on any machine."""
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    commands = {command for file in files for command in re.findall(r"run: (.+)", file.read_text(encoding="utf-8"))}
    assert commands == {".ci/run", ".ci/report", ".ci/nightly"}
    assert all(os.access(ROOT / command, os.X_OK) for command in commands)
