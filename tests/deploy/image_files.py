"""What the Dockerfile says, and which files reach the build of the image."""

from __future__ import annotations

import fnmatch
import re
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import dockerfile
from chat import ROOT
from deployment import DEPLOY


def stage(name: str) -> list[Any]:
    """Returns the commands of a stage of the Dockerfile."""
    commands, inside = [], False
    for command in dockerfile.parse_file(str(DEPLOY / "Dockerfile")):
        if command.cmd.upper() == "FROM":
            inside = command.value[-1] == name
        if inside:
            commands.append(command)
    return commands


def value_of(name: str, instruction: str) -> Any:
    """Returns the value of the last such instruction of a stage."""
    return [command for command in stage(name) if command.cmd.upper() == instruction][-1]


def copies(name: str) -> list[tuple[list[str], str]]:
    """Returns (sources in the repository, target) of a stage."""
    return [
        (list(command.value[:-1]), command.value[-1])
        for command in stage(name)
        if command.cmd.upper() == "COPY" and not command.flags
    ]


def ignore_rules() -> list[tuple[bool, str]]:
    """Returns (whether it lets in, pattern) of the file that Docker reads beside deploy/Dockerfile."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    return [(line.startswith("!"), line.lstrip("!")) for line in lines if line and not line.startswith("#")]


def is_sent(path: str) -> bool:
    """Says whether Docker sends a file to the build: the last rule that fits it or a folder above it."""
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    sent = True
    for lets_in, pattern in ignore_rules():
        patterns = [pattern, pattern.removeprefix("**/")] if pattern.startswith("**/") else [pattern]
        # As in Docker a star does not reach over a slash, but for two of them.
        fits = any(
            fnmatch.fnmatch(one, wanted) and (pattern.startswith("**/") or one.count("/") == wanted.count("/"))
            for one in above
            for wanted in patterns
        )
        sent = lets_in if fits else sent
    return sent


def sent_files(source: str) -> list[Path]:
    """Returns the files of a source that the build gets, relative to the root of the repository."""
    place = ROOT / source
    found = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return [path.relative_to(ROOT) for path in found if is_sent(path.relative_to(ROOT).as_posix())]


def canonical(name: str) -> str:
    """Returns the name of a package as the lists in requirements/ write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, set[str]]:
    """Returns the versions that runtime.txt has of each package; some differ by platform."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ ]+)", (ROOT / "requirements" / "runtime.txt").read_text(), re.M):
        found.setdefault(name, set()).add(version)
    return found


def left_out() -> set[str]:
    """Returns the packages of runtime.txt that the image does not have."""
    lines = (ROOT / "deploy" / "left-out.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def in_image() -> dict[str, Distribution]:
    """Returns the packages of the image that fit this machine, as they are installed here."""
    installed = {canonical(one.metadata["Name"]): one for one in distributions()}
    return {name: installed[name] for name in pinned().keys() - left_out() if name in installed}


def link_packages(folder: Path) -> None:
    """Makes a folder from which Python imports the packages of the image, and no other."""
    for package in in_image().values():
        for top in {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(package.locate_file(top))
