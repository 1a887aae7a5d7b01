"""Advisories: what the VEX file claims is true of the packages, and the audit tells silence from an answer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from chat import ROOT
from deployment import DEPLOY
from image_files import left_out, pinned

VEX = json.loads((DEPLOY / "security" / "weerbaar.openvex.json").read_text(encoding="utf-8"))
# As OpenVEX 0.2.0 has them.
JUSTIFICATIONS = {
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
}
REASON = {"not_affected": "impact_statement", "affected": "action_statement", "fixed": "status_notes"}


def parts_of(statement: dict) -> list[tuple[str, str]]:
    """Returns (name, version) of the packages of a statement."""
    urls = [part["@id"] for product in statement["products"] for part in product["subcomponents"]]
    return [re.fullmatch(r"pkg:pypi/([\w.-]+)@(.+)", url).groups() for url in urls]


def test_the_file_says_what_openvex_asks_for():
    assert VEX["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert VEX["@id"] and VEX["author"] and VEX["timestamp"] and VEX["version"] >= 1
    named = [statement["vulnerability"]["name"] for statement in VEX["statements"]]
    assert len(set(named)) == len(named) and "CVE-2026-37737" in named


@pytest.mark.parametrize("statement", VEX["statements"], ids=lambda one: one["vulnerability"]["name"])
def test_a_statement_has_a_reason_and_is_of_a_package_that_is_there(statement):
    assert len(statement[REASON[statement["status"]]]) > 15
    assert (statement["status"] == "not_affected") == (statement.get("justification") in JUSTIFICATIONS)
    for name, version in parts_of(statement):
        assert version in pinned()[name], f"{name} is no longer at {version}: judge the advisory again"
        assert (statement.get("justification") == "component_not_present") == (name in left_out())
    text = " ".join(statement.get(key, "") for key in REASON.values())
    for path in re.findall(r"\b(?:weerbaar|actions|deploy|requirements)/[\w./-]*\w", text):
        assert (ROOT / path).exists(), path


def audit(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs the audit on a bill of materials of our own, in a folder."""
    code = (
        "import sys; from pathlib import Path; from tools.scripts import audit; "
        f"audit.BILLS = (Path({str(folder / 'bill.json')!r}),); sys.exit(audit.main())"
    )
    parts = [{"name": "sanic-cors", "version": "2.0.1"}, {"name": "redis", "version": "4.6.0"}]
    (folder / "bill.json").write_text(json.dumps({"components": parts}))
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def record(folder: Path, name: str, identifier: str, *events: dict[str, str]) -> None:
    """Writes an OSV record about a package."""
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    content = {"id": identifier, "aliases": [], "affected": [affected]}
    (folder / f"{identifier}.json").write_text(json.dumps(content))


def test_an_advisory_is_open_until_the_vex_file_gives_a_reason(tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    silent = audit(tmp_path, "python", "--advisories", str(folder))
    assert silent.returncode == 2 and "the database did not answer" in silent.stderr
    record(folder, "Jinja2", "CVE-2019-10906", {"introduced": "0"}, {"fixed": "2.10.1"})
    record(folder, "sanic-cors", "CVE-2026-37737", {"introduced": "0"})
    record(folder, "redis", "CVE-2023-28859", {"introduced": "4.5.0"}, {"fixed": "4.5.4"})
    explained = audit(tmp_path, "python", "--advisories", str(folder))
    assert explained.returncode == 0 and "1 advisories, 0 without" in explained.stdout, explained.stderr
    record(folder, "redis", "CVE-0000-0001", {"introduced": "4.0.0"}, {"last_affected": "4.6.0"})
    unknown = audit(tmp_path, "python", "--advisories", str(folder))
    assert unknown.returncode == 1 and "redis 4.6.0: CVE-0000-0001" in unknown.stdout


@pytest.mark.parametrize(
    ("registry", "tool", "answer"),
    [
        ("python", "pip-audit", '{"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": []}]}'),
        ("python", "pip-audit", '{"dependencies": [{"name": "jinja2", "skip_reason": "not found on PyPI"}]}'),
        ("python", "pip-audit", "Traceback"),
        ("npm", "npm", '{"vulnerabilities": {}}'),
        ("npm", "npm", '{"error": {"code": "ENOAUDIT"}}'),
    ],
)
def test_a_registry_without_data_is_not_taken_for_a_clean_one(tmp_path, registry, tool, answer):
    """As the mirrors of registries answer that have the packages, and no advisories."""
    (tmp_path / tool).write_text(f"#!/bin/sh\necho '{answer}'\n")
    (tmp_path / tool).chmod(0o755)
    run = audit(tmp_path, registry, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert run.returncode == 2 and "the database did not answer" in run.stderr
