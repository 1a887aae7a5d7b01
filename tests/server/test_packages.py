"""What is installed: every package pinned with its hash, and the page on security names what is."""

from __future__ import annotations

import re

import pytest
from chat import ROOT
from packaging.utils import canonicalize_name

LOCKS = [str(path.relative_to(ROOT)) for path in [*ROOT.glob("requirements/*.txt"), *ROOT.glob("deploy/uv.txt")]]
PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[\w.!+]+( ; [^\\#]+?)?( --hash=sha256:[0-9a-f]{64})+$")
# The models of spaCy are not on PyPI; packages there with their names are of others.
LOOK_ALIKE = re.compile(r"^([a-z]{2}|xx)[-_.](core|dep|ent|sent)[-_.](news|web|wiki|ud)|core[-_.]news", re.IGNORECASE)


def requirements_in(text: str) -> list[str]:
    """Returns each requirement of a file on one line, without comments."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines())
    return [re.sub(r"\s+", " ", line) for line in lines if line]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hash(root, lock):
    """One version, known files; no address, no other index, no folder."""
    pinned = requirements_in((root / lock).read_text(encoding="utf-8"))
    assert pinned
    assert [line for line in pinned if not PIN.match(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "rasa",
        "rasa>=3.6",
        "rasa==3.6.21",
        "--index-url https://a.example",
        "--extra-index-url x",
        "-f wheels",
        "-e .",
        "./rasa",
        "rasa @ https://a.example/rasa.whl",
    ],
)
def test_the_check_of_the_pins_finds_faults(line):
    """A check that takes everything proves nothing."""
    assert not PIN.match(line)


def test_what_is_wished_for_is_pinned(root):
    """Who adds a package to an .in file and forgets `make lock` would install it without a hash, or not at all."""
    for wished in (root / "requirements").glob("*.in"):
        locked = requirements_in(wished.with_suffix(".txt").read_text(encoding="utf-8"))
        names = {name_in(line) for line in locked}
        for line in requirements_in(wished.read_text(encoding="utf-8")):
            if not line.startswith("-r "):
                assert re.match(r"^[\w.-]+(\[[\w,-]+\])?([=<>!~].*)?$", line), f"{wished.name}: {line}"
                assert name_in(line) in names, f"{line}: run `make lock`"


def name_in(line: str) -> str:
    """Returns the name of the package that a requirement names, in the one form that counts."""
    return str(canonicalize_name(re.match(r"[\w.-]+", line)[0]))


def test_no_package_looks_like_a_model_of_spacy(root):
    """Explosion publishes its pipelines on its release page only; install_nl_model.py fetches from there."""
    for file in [*root.glob("requirements/*"), *root.glob("deploy/uv.txt")]:
        names = [re.match(r"[\w.-]*", line)[0] for line in requirements_in(file.read_text(encoding="utf-8"))]
        assert [name for name in names if LOOK_ALIKE.search(name)] == []
    for name in ("nl-core-news-sm", "nl_core_news_lg", "en_core_web_sm", "xx-ent-wiki-sm", "my-core-news"):
        assert LOOK_ALIKE.search(name)


def test_the_security_page_names_the_versions_that_are_installed(root):
    """Who reads it decides by it; it must not lag behind the lock file."""
    page = (root / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| ([A-Za-z][\w.-]*) (\d[\w.]*) \|", page, re.MULTILINE)
    assert len(named) > 5
    locked = requirements_in((root / "requirements" / "runtime.txt").read_text(encoding="utf-8"))
    pins = {tuple(line.split(" ")[0].split("==")) for line in locked}
    python = (root / ".python-version").read_text(encoding="utf-8").strip()
    pins.add(("python", python))
    assert [one for one in named if (one[0].lower(), one[1]) not in pins] == []
