"""Asks advisory databases about the packages of the bill of materials, and says what the VEX file does not explain.

`make audit` asks PyPI (by pip-audit) and the registry of npm; with ADVISORIES=folder a folder of OSV records instead of
PyPI, such as a clone of pypa/advisory-database. A database that does not know a package with known faults did not
answer, whatever else it says. Ends with 0 when all is explained, 1 when an advisory is open, 2 without an answer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[2]
VEX = ROOT / "deploy" / "security" / "weerbaar.openvex.json"
BILLS = (ROOT / "results" / "sbom.json", ROOT / "results" / "sbom-actions.json")
# Versions with faults that every database of their registry has known for years.
CANARY = ("jinja2", "2.10")
NPM_FOLDERS = ("widget", "tools/api")
NPM_CANARY = ("lodash", "4.17.4")
# The statuses of a VEX statement that leave nothing to do.
EXPLAINED = frozenset(["not_affected", "fixed"])

Package = tuple[str, str]
Advisories = dict[Package, list[set[str]]]


class NoAnswer(Exception):
    """Raised when a database cannot be asked, or knows nothing of a version with known faults."""


def packages_of(bills: Iterable[Path]) -> list[Package]:
    """Returns (name, version) of the packages in bills of materials, also of those that the image lacks."""
    components = [one for bill in bills for one in json.loads(bill.read_text(encoding="utf-8"))["components"]]
    return sorted({(one["name"].lower(), one["version"]) for one in components})


def asked_of_pypi(packages: Iterable[Package]) -> Advisories:
    """Returns the identifiers of each advisory that pip-audit finds; raises NoAnswer when it skips a package."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{name}=={version}\n" for name, version in packages))
        file.flush()
        command = ["pip-audit", "--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
        run = subprocess.run([*command, "-r", file.name], capture_output=True, text=True, check=False)
    try:
        found = json.loads(run.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        raise NoAnswer(f"pip-audit ended with {run.returncode}: {run.stderr[-300:]}") from None
    for one in found:
        if "skip_reason" in one:
            raise NoAnswer(one["skip_reason"])
    return {
        (one["name"], one["version"]): [{fault["id"], *fault["aliases"]} for fault in one["vulns"]] for one in found
    }


def asked_of_folder(folder: Path, packages: Iterable[Package]) -> Advisories:
    """Returns the identifiers of each advisory in the OSV records (JSON or YAML) of a folder and of those in it."""
    wanted = dict.fromkeys(packages)
    found: Advisories = {package: [] for package in wanted}
    for file in sorted(path for path in folder.rglob("*") if path.suffix in {".json", ".yaml"}):
        record = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if not isinstance(record, dict) or record.get("withdrawn"):
            continue
        for affected in record.get("affected") or []:
            kind = affected.get("package") or {}
            for name, version in wanted:
                if kind.get("ecosystem") == "PyPI" and kind["name"].lower() == name and is_affected(version, affected):
                    found[name, version].append({record["id"], *(record.get("aliases") or [])})
    return found


def is_affected(version: str, affected: dict[str, Any]) -> bool:
    """Says whether a version is on the list, or in a range, of what an OSV record says of a package."""
    ranges = [one["events"] for one in affected.get("ranges") or [] if one["type"] == "ECOSYSTEM"]
    return version in (affected.get("versions") or []) or any(is_within(Version(version), events) for events in ranges)


def is_within(version: Version, events: list[dict[str, str]]) -> bool:
    """Says whether a version lies in a range of OSV, whose events are in order."""
    inside = False
    for event in events:
        [(kind, at)] = event.items()
        try:
            reached = at == "0" or version >= Version(at)
            passed = version > Version(at) if kind == "last_affected" else reached
        except InvalidVersion:
            continue
        inside = (inside or reached) if kind == "introduced" else inside and not passed
    return inside


def explained(vex: Path = VEX) -> Iterator[tuple[str, set[str]]]:
    """Yields (package URL, identifiers of the vulnerability) of each statement that leaves nothing to do."""
    for statement in json.loads(vex.read_text(encoding="utf-8"))["statements"]:
        if statement["status"] in EXPLAINED:
            vulnerability = statement["vulnerability"]
            for product in statement["products"]:
                for part in product["subcomponents"]:
                    yield part["@id"], {vulnerability["name"], *vulnerability.get("aliases", [])}


def open_in(advisories: Advisories) -> list[str]:
    """Returns a line for each advisory that the VEX file does not explain."""
    known = list(explained())
    return [
        f"{name} {version}: {', '.join(sorted(names))}"
        for (name, version), faults in sorted(advisories.items())
        for names in faults
        if not any(part == f"pkg:pypi/{name}@{version}" and names & others for part, others in known)
    ]


def audit_python(folder: Path | None) -> int:
    """Asks about the packages of Python, and prints what was found; returns the status to end with."""
    packages = packages_of(BILLS)
    source = str(folder) if folder else "PyPI, by pip-audit"
    advisories = {}
    for asked in ([CANARY], packages):  # the canary alone first: it must not replace the version in the bill
        advisories = asked_of_folder(folder, asked) if folder else asked_of_pypi(asked)
        if asked == [CANARY] and not any(advisories.values()):
            raise NoAnswer(f"it knows no fault of {' '.join(CANARY)}")
    found, left = sum(map(len, advisories.values())), open_in(advisories)
    print(f"audit: {source}: {len(packages)} packages, {found} advisories, {len(left)} without a reason in {VEX.name}")
    print("".join(f"  {line}\n" for line in left), end="")
    return 1 if left else 0


def audit_npm() -> int:
    """Asks about the tools that build the chat and check its interface; none of them gets into what is served."""
    name, version = NPM_CANARY
    with tempfile.TemporaryDirectory() as canary:
        package = {"name": "canary", "version": "1.0.0", "dependencies": {name: version}}
        there = {"": package, f"node_modules/{name}": {"version": version}}
        (Path(canary) / "package.json").write_text(json.dumps(package))
        (Path(canary) / "package-lock.json").write_text(
            json.dumps({**package, "lockfileVersion": 3, "packages": there})
        )
        if not asked_of_npm(Path(canary)):
            raise NoAnswer(f"it knows no fault of {name} {version}")
    found = {folder: asked_of_npm(ROOT / folder) for folder in NPM_FOLDERS}
    for folder, names in found.items():
        print(f"audit: npm: {len(names)} of the tools in {folder}/package-lock.json have advisories")
        print("".join(f"  {one}\n" for one in names), end="")
    return 1 if any(found.values()) else 0


def asked_of_npm(folder: Path) -> list[str]:
    """Returns the packages of a lock file with advisories; raises NoAnswer when npm reports an error."""
    try:
        run = subprocess.run(
            ["npm", "audit", "--json", "--package-lock-only"], cwd=folder, capture_output=True, text=True, check=False
        )
        return sorted(json.loads(run.stdout)["vulnerabilities"])
    except (OSError, json.JSONDecodeError, KeyError):
        raise NoAnswer("npm audit returned an error") from None


def main() -> int:
    """Audits the packages of Python or those of npm."""
    parser = argparse.ArgumentParser(prog="audit", description=__doc__)
    parser.add_argument("registry", choices=["python", "npm"])
    parser.add_argument("--advisories", type=Path, help="a folder of OSV records, instead of PyPI")
    options = parser.parse_args()
    try:
        return audit_npm() if options.registry == "npm" else audit_python(options.advisories)
    except NoAnswer as error:
        print(f"audit: {options.registry}: the database did not answer: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
