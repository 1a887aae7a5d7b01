"""The image: what gets into it, what stays out, and that all it runs is there."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from chat import ROOT
from deployment import DEPLOY, run
from image_files import (
    canonical,
    copies,
    in_image,
    is_sent,
    left_out,
    pinned,
    sent_files,
    stage,
    value_of,
)
from manifests import pods
from packaging.requirements import Requirement

from tools.training.sources import files as sources_of_models
from weerbaar.server.stand_ins import MODULES


@pytest.mark.parametrize("name", ["build", "proxy", "actions", "assistant"])
def test_sources_of_the_image_reach_the_build(name):
    for sources, _ in copies(name):
        for source in sources:
            assert sent_files(source), f"{source} is not there, or deploy/Dockerfile.dockerignore keeps it out"


@pytest.mark.parametrize(
    "path",
    [
        "tests/deploy/test_nginx.py",
        "tools/evaluation/report.py",
        "models/x.tar.gz",
        ".git/config",
        "deploy/.env",
        "deploy/tls/privkey.pem",
        ".venv/bin/python",
        "widget/node_modules/axe-core/axe.min.js",
        "widget/src/main.js",
        "widget/package.json",
        "docs/metingen.md",
        "weerbaar/nlu/__pycache__/severity.cpython-310.pyc",
        "tools/benchmarks/clients.py",
        "tools/desk/server.py",
        "tools/desk/page/index.html",
        "deploy/kubernetes/redis.yaml",
    ],
)
def test_what_is_no_part_of_the_assistant_stays_out(path):
    assert not is_sent(path)


@pytest.mark.parametrize("name", ["build", "actions", "assistant"])
def test_the_image_has_all_that_its_code_imports(name):
    files = [path for sources, _ in copies(name) for source in sources for path in sent_files(source)]
    packages = {path.parent.name for path in ROOT.glob("*/*.py")}
    present = {path.parts[0] for path in files}
    for file in (path for path in files if path.suffix == ".py"):
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            imported = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            missing = {module.split(".")[0] for module in imported} & packages - present
            # The modules of one stage that only the other one runs.
            assert not missing or not is_used(name, file), f"{file} imports {missing}, which is not in stage {name}"


def test_the_image_has_the_description_that_the_server_gives():
    """Without it no worker would start."""
    assert (["docs/openapi.yml"], "docs/") in copies("assistant") and is_sent("docs/openapi.yml")


def is_used(name: str, file: Path) -> bool:
    """Says whether a stage runs a file: training takes of the package what understands, and the checksum."""
    trains = ("nlu", "policies", "contacts.py", "subjects.py", "editor_files.py", "__init__.py")
    return name != "build" or file.parts[1] in trains or file.name == "model_file.py"


def test_training_finds_its_sources_in_the_image():
    """tools/scripts/train.py trains anew when one of them changes, so each must be there when the image is built."""
    files = {str(path) for sources, _ in copies("build") for source in sources for path in sent_files(source)}
    assert {path for path in sources_of_models() if not path.startswith("spacy_models/")} <= files  # made in the image


@pytest.mark.parametrize("name", ["proxy", "actions", "assistant"])
def test_images_run_without_root(name):
    user, command = value_of(name, "USER").value[0], value_of(name, "CMD")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # a number: Kubernetes cannot judge a name
    assert command.json  # without a shell, which would not pass signals on
    manifest = pods()["proxy" if name == "proxy" else "weerbaar"]["securityContext"]
    assert user == f"{manifest['runAsUser']}:{manifest['runAsGroup']}"


@pytest.mark.parametrize(("name", "variable"), [("build", "PYTHON_IMAGE"), ("proxy", "NGINX_IMAGE")])
def test_a_release_needs_base_images_by_digest(name, variable):
    """Without a digest a build warns, and one with RELEASE=1 stops."""
    script = next(command.value[0] for command in stage(name) if command.cmd.upper() == "RUN")
    assert {variable, "RELEASE"} <= {command.value[0] for command in stage(name) if command.cmd.upper() == "ARG"}

    def build(image: str, release: str) -> tuple[int, str]:
        done = run("sh", "-c", script, env={variable: image, "RELEASE": release})
        return done.returncode, done.stderr

    by_digest = "name:1@sha256:" + "a1" * 32
    assert build(by_digest, "1") == build(by_digest, "0") == (0, "")
    for release, code in (("0", 0), ("1", 1)):
        ended, said = build("name:1", release)
        assert ended == code and "name:1 is not named by digest" in said


def test_the_image_is_built_without_the_packages_on_the_list():
    commands = [one.value[0] for one in stage("build") if one.cmd.upper() == "RUN"]
    assert any("uninstall" in command and "-r deploy/left-out.txt" in command for command in commands)
    assert left_out() <= set(pinned())
    hashed = (DEPLOY / "uv.txt").read_text()
    assert re.search(r"^uv==[\d.]+ \\$", hashed, re.M) and "--hash=sha256:" in hashed


def test_every_package_of_the_image_is_there_for_another_one():
    """What a package needed that is left out now, is left out too."""
    lines = (ROOT / "requirements" / "runtime.in").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    packages, needed = in_image(), set()
    while wanted:
        requirement = wanted.pop()
        name = canonical(requirement.name)
        if name not in packages or (name, str(requirement.extras)) in needed:
            continue
        needed.add((name, str(requirement.extras)))
        for text in packages[name].requires or []:
            further = Requirement(text)
            extras = [*requirement.extras, ""]
            if not further.marker or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                wanted.append(further)
    assert packages.keys() - {name for name, _ in needed} == set()


def test_only_what_is_not_in_the_image_has_a_stand_in():
    """Otherwise a package that is used could be missing, and nobody would notice before it is called."""
    there = {file.parts[0].removesuffix(".py") for package in in_image().values() for file in package.files or []}
    assert there.isdisjoint(MODULES)
    assert all(importlib.util.find_spec(module) for module in MODULES)  # each is known where everything is installed
