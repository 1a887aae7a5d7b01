"""A release: one version, refused when something is not right, and made of what was committed, trained and reviewed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from chat import ROOT
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from release_tools import HAS_HELM, new_key

from tools.release import version
from tools.release.build import FOLDER, Refused, build, check
from tools.release.changelog import HEADING, entry
from weerbaar.channels.widget_file import served_widget
from weerbaar.server.model_file import KEY, verified_model, write_checksum

NUMBER = version.version_of(ROOT)


def git(root: Path, *arguments: str) -> str:
    """Returns what git says in a repository."""
    who = ("-c", "user.name=test", "-c", "user.email=test@example.nl", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", root, *who, *arguments], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path) -> Path:
    """A repository with the files of this one that a release needs, and a model."""
    files = ("pyproject.toml", "publiccode.yml", "CHANGELOG.md", ".gitignore", "deploy", "docs", "widget")
    for name in git(ROOT, "ls-files", *files).split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("weerbaar/observability", "models", "results"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(ROOT / "weerbaar/observability/version.py", tmp_path / "weerbaar/observability/version.py")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Everything")
    (tmp_path / ".git" / "info" / "exclude").write_text(".release\n")
    (tmp_path / ".release").symlink_to(ROOT / ".release")
    (tmp_path / "results" / "sbom.json").write_text("{}")
    (tmp_path / "models" / "20261130-trained.tar.gz").write_bytes(b"model")
    write_checksum(tmp_path / "models" / "20261130-trained.tar.gz")
    return tmp_path


def test_every_place_names_the_version_of_pyproject():
    assert version.faults(ROOT) == []


def test_a_place_with_another_version_is_found(repository):
    for file, pattern, _ in version.COPIES:
        place = repository / file
        text = place.read_text()
        place.write_text(re.sub(pattern, lambda found: found[0].replace(NUMBER, "0.0.9"), text, count=1, flags=re.M))
        assert [fault for fault in version.faults(repository) if file in fault], file
        place.write_text(text)
    assert version.faults(repository) == []


def test_a_new_version_is_written_everywhere(repository):
    version.write(repository, "12.3.4")
    assert version.version_of(repository) == "12.3.4" and version.faults(repository) == []
    # Nothing else has changed.
    lines = [line for line in git(repository, "diff", "--unified=0").splitlines() if re.match(r"[-+](?![-+])", line)]
    assert all(NUMBER in line or "12.3.4" in line for line in lines)
    for wrong in ("1.2", "v1.2.3", "1.2.3-rc1", "1.02.3", ""):
        with pytest.raises(ValueError, match="no version"):
            version.write(repository, wrong)


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *rest = re.findall(r"^## .*$", text, re.M)
    assert first == "## [Unreleased]" and all(HEADING.fullmatch(line) for line in rest)
    assert set(re.findall(r"^### (.*)$", text, re.M)) <= set("Added Changed Deprecated Removed Fixed Security".split())
    numbers = [tuple(map(int, found["version"].split("."))) for found in HEADING.finditer(text)]
    assert numbers == sorted(set(numbers), reverse=True)
    assert entry(text, NUMBER)


def test_only_the_entry_of_one_version_is_taken():
    text = "## [Unreleased]\n\n- soon\n\n## [1.1.0] - 2026-01-02\n\n### Fixed\n\n- now\n"
    text += "\n## [1.0.0] - 2026-01-01\n\n- old\n"
    assert entry(text, "1.1.0") == "### Fixed\n\n- now"
    assert entry(text, "1.0.0") == "- old" and entry(text, "Unreleased") == entry(text, "2.0.0") == ""


def commit(root: Path, file: str, before: str, after: str) -> None:
    """Replaces a text in a file and commits that."""
    place = root / file
    text = place.read_text()
    assert before in text
    place.write_text(text.replace(before, after))
    git(root, "commit", "--quiet", "--all", "--message", "Change")


def released_before(root: Path) -> None:
    git(root, "tag", f"v{NUMBER}")
    commit(root, "CHANGELOG.md", "# Changelog", "# Changes")


REFUSED = {
    "working tree has changes": lambda root: (root / "docs" / "embed.md").write_text("anders"),
    "changes that are in no commit": lambda root: (root / "nieuw.txt").write_text("nieuw"),
    "publiccode.yml names the version 0.0.9": lambda root: commit(root, "publiccode.yml", NUMBER, "0.0.9"),
    "CHANGELOG.md has no entry": lambda root: commit(root, "CHANGELOG.md", f"## [{NUMBER}]", "## [0.0.9]"),
    "is another commit": released_before,
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_right_is_not_released(repository, reason):
    check(repository, None)
    REFUSED[reason](repository)
    with pytest.raises(Refused, match=re.escape(reason)):
        check(repository, None)


def test_a_key_that_cannot_sign_is_refused_before_anything_is_built(repository, tmp_path_factory):
    key = tmp_path_factory.mktemp("keys") / "key.pem"
    with pytest.raises(Refused, match="cannot be read"):
        check(repository, key)
    curve, other = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    contents = {
        "password": curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim")),
        "curve": other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "no private key": b"geen sleutel",
    }
    for reason, content in contents.items():
        key.write_bytes(content)
        with pytest.raises(Refused, match=reason):
            check(repository, key)


@pytest.mark.real
def test_a_signed_release(repository, tmp_path_factory, monkeypatch, capsys):
    """It has all that its checksums name, and a server that has the public key takes its model."""
    private, public = new_key(tmp_path_factory.mktemp("keys"))
    build(repository, private)
    folder, said = repository / FOLDER, capsys.readouterr().out
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    names = {path.name for path in folder.iterdir()}
    assert names - {"SHA256SUMS"} == set(re.findall(r"  (\S+)$", (folder / "SHA256SUMS").read_text(), re.M))
    wanted = {
        "weerbaar-bestuur-{}.tar.gz",
        "weerbaar-model-{}.tar.gz",
        "weerbaar-chat-{}.js",
        "weerbaar-bestuur-{}.cdx.json",
    }
    assert {name.format(NUMBER) for name in wanted} | {"RELEASE_NOTES.md"} <= names
    assert (f"weerbaar-bestuur-chart-{NUMBER}.tgz" in names) is HAS_HELM
    assert all(name in said for name in names) and "NOT SIGNED" not in said
    monkeypatch.setenv(KEY, str(public))
    assert verified_model(folder / f"weerbaar-model-{NUMBER}.tar.gz")
    monkeypatch.setenv(KEY, str(new_key(tmp_path_factory.mktemp("others"))[1]))
    assert not verified_model(folder / f"weerbaar-model-{NUMBER}.tar.gz")
    # Nobody else gets the key.
    assert not [path for path in folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]


@pytest.mark.real
def test_an_unsigned_release_says_so_and_its_parts_are_right(repository, capsys):
    build(repository, None)
    folder, said = repository / FOLDER, capsys.readouterr().out
    notes = (folder / "RELEASE_NOTES.md").read_text()
    assert "NOT SIGNED" in said and "not signed" in notes and not list(folder.glob("*.sig"))
    assert entry((ROOT / "CHANGELOG.md").read_text(), NUMBER) in notes
    # The chat is what the server gives, and its hash is that of these bytes.
    script = (folder / f"weerbaar-chat-{NUMBER}.js").read_bytes()
    assert script == served_widget()
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode()
    assert integrity == json.loads((folder / f"weerbaar-chat-{NUMBER}.json").read_text())["integrity"]
    assert f'integrity="{integrity}"' in notes
    # The source is the commit, and the same commit gives the same bytes.
    archive = folder / f"weerbaar-bestuur-{NUMBER}.tar.gz"
    with tarfile.open(archive) as source:
        files = {name.partition("/")[2] for name in source.getnames() if not source.getmember(name).isdir()}
    assert files == set(git(repository, "ls-files").splitlines())
    before = archive.read_bytes()
    build(repository, None)
    assert archive.read_bytes() == before
