"""The choice of the Dutch spaCy pipeline: real `make install NL_MODEL=...`, against a release page on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import spacy
import yaml
from chat import ROOT, free_port

from tools.training.sources import fingerprint
from weerbaar.nlu.text_normalizer import TextNormalizer

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

OWN, TRAINED = "nl_weerbaar", "nl_core_news_sm"
WHEEL = f"{TRAINED}-3.4.0-py3-none-any.whl"
# Nothing of the machine's own packages is touched: the stamp says that they are there, and uv would fail.
PYTHON = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
UV = "#!/bin/sh\nexit 1\n"


@dataclass(frozen=True)
class Page:
    """A release page on loopback, and what was asked of it."""

    folder: Path
    port: int
    asked: list[str]

    def offer(self, wheel: bytes) -> dict[str, str]:
        """Puts the file there; returns the settings with which it is the right one."""
        (self.folder / WHEEL).write_bytes(wheel)
        return {
            "NL_MODEL_ADDRESS": f"http://127.0.0.1:{self.port}/{WHEEL}",
            "NL_MODEL_SHA256": hashlib.sha256(wheel).hexdigest(),
        }


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    folder = tmp_path_factory.mktemp("page")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield Page(folder, server.server_port, asked)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> bytes:
    """A wheel with the shape and the name of Explosion's, with a pipeline that only finds sentences."""
    nlp = spacy.blank("nl", meta={"name": "core_news_sm", "version": "3.4.0"})
    nlp.add_pipe("sentencizer")
    folder = tmp_path_factory.mktemp("wheel")
    data, about = folder / TRAINED / f"{TRAINED}-3.4.0", folder / f"{TRAINED}-3.4.0.dist-info"
    data.parent.mkdir()
    about.mkdir()
    nlp.to_disk(data)
    shutil.copy(data / "meta.json", data.parent)
    (data.parent / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\ndef load(**how):\n"
        "    return load_model_from_init_py(__file__, **how)\n"
    )
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {TRAINED}\nVersion: 3.4.0\n")
    (about / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()


class Checkout:
    """A copy of what `make install` needs, with packages that are set up."""

    def __init__(self, root: Path):
        self.root, self.models = root, root / "spacy_models"

    def install(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("NL_MODEL", "MAKE"))}
        environment.update(no_proxy="127.0.0.1", **settings)
        command = ["make", "-s", "install", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=550
        )

    def pipeline(self) -> spacy.Language:
        """Returns what config.yml names, loaded by spaCy as Rasa does."""
        components = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
        [name] = [one["model"] for one in components if one["name"] == "SpacyNLP"]
        nlp = spacy.load(self.root / name)
        assert len(list(nlp("Ik word bedreigd. Wie helpt mij?").sents)) == 2
        return nlp

    def name(self) -> str:
        return self.pipeline().meta["name"]

    def state(self) -> dict[str, str]:
        """Returns each file and link of the pipelines, with a digest of what is in it."""
        return {
            str(path.relative_to(self.models)): os.readlink(path)
            if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else ""
            for path in self.models.rglob("*")
        }

    def copy(self, target: Path) -> Checkout:
        return Checkout(shutil.copytree(self.root, target, symlinks=True))


@pytest.fixture(scope="module")
def new(tmp_path_factory) -> Checkout:
    """A checkout before its first `make install`."""
    root = tmp_path_factory.mktemp("new") / "weerbaar"
    for file in (
        "Makefile",
        "requirements/dev.txt",
        *(f"tools/scripts/{file}" for file in ("install.sh", "install_nl_model.py", "build_spacy_model.py")),
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    for file, text in ((".venv/bin/python", PYTHON), (".uv/bin/uv", UV)):
        (root / file).parent.mkdir(parents=True)
        (root / file).write_text(text)
        (root / file).chmod(0o755)
    sources = [(root / file).read_bytes() for file in ("requirements/dev.txt", "tools/scripts/build_spacy_model.py")]
    (root / ".venv/.installed").write_text(hashlib.sha256(b"".join(sources)).hexdigest())
    return Checkout(root)


@pytest.fixture(scope="module")
def own(new, tmp_path_factory) -> Checkout:
    """A checkout after plain `make install`."""
    checkout = new.copy(tmp_path_factory.mktemp("own") / "weerbaar")
    done = checkout.install()
    assert done.returncode == 0, done.stderr
    return checkout


@pytest.fixture(scope="module")
def trained(own, page, wheel, tmp_path_factory) -> Checkout:
    """A checkout after `make install NL_MODEL=nl_core_news_sm`, with our own pipeline before."""
    checkout = own.copy(tmp_path_factory.mktemp("trained") / "weerbaar")
    done = checkout.install(f"NL_MODEL={TRAINED}", **page.offer(wheel))
    assert done.returncode == 0, done.stderr
    assert f"the Dutch pipeline is {TRAINED}" in done.stdout and "make train" in done.stdout
    return checkout


def failure(done: subprocess.CompletedProcess) -> str:
    """Returns the one sentence that a failed `make install` says; the line after it is make's."""
    assert done.returncode != 0
    sentence, _ = done.stderr.splitlines()
    assert sentence.startswith("install: ") and sentence.endswith("nothing was changed.")
    return sentence


def test_without_a_choice_it_is_our_own(own, page):
    nlp = own.pipeline()
    assert nlp.meta["name"] == "weerbaar_lookup" and [word.lemma_ for word in nlp("bedreigd")] == ["bedreigen"]


def test_the_right_file_is_what_config_names(trained):
    assert trained.name() == "core_news_sm"
    assert not list(trained.models.glob(".*"))


def test_a_second_run_asks_nothing_of_the_page(trained, page, wheel):
    before, asked = trained.state(), len(page.asked)
    assert asked
    done = trained.install(f"NL_MODEL={TRAINED}", **page.offer(wheel))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (trained.state(), len(page.asked)) == (before, asked)


def test_the_choice_stays_until_another_one_is_named(trained, page, wheel, tmp_path):
    """`make run`, `make train` and `make test` begin with `make install`: none of them may change the pipeline."""
    checkout, asked = trained.copy(tmp_path / "weerbaar"), len(page.asked)
    assert checkout.install().stdout == "" and checkout.name() == "core_news_sm"
    assert checkout.install(f"NL_MODEL={OWN}").returncode == 0 and checkout.name() == "weerbaar_lookup"
    done = checkout.install(f"NL_MODEL={TRAINED}", **page.offer(wheel))
    assert done.returncode == 0 and checkout.name() == "core_news_sm"
    assert len(page.asked) == asked, "what is there need not be fetched again"


def test_a_choice_that_was_deleted_is_fetched_again(trained, page, wheel, tmp_path):
    """Our own must not take its place in silence."""
    checkout = trained.copy(tmp_path / "weerbaar")
    shutil.rmtree(checkout.models / TRAINED)
    assert checkout.install(**page.offer(wheel)).returncode == 0 and checkout.name() == "core_news_sm"


@pytest.mark.parametrize("before", ["new", "own", "trained"])
def test_another_file_changes_nothing(before, page, wheel, tmp_path, request):
    """One bit that differs is enough; what was in use goes on."""
    checkout = request.getfixturevalue(before).copy(tmp_path / "weerbaar")
    state = checkout.state()
    settings = page.offer(wheel[:-1] + bytes([wheel[-1] ^ 1]))
    right = hashlib.sha256(wheel + (b"a newer one" if before == "trained" else b"")).hexdigest()
    sentence = failure(checkout.install(f"NL_MODEL={TRAINED}", **{**settings, "NL_MODEL_SHA256": right}))
    assert right in sentence and settings["NL_MODEL_SHA256"] in sentence
    assert checkout.state() == state
    if before != "new":
        assert checkout.name() == {"own": "weerbaar_lookup", "trained": "core_news_sm"}[before]


@pytest.mark.parametrize("fault", ["no server", "no such file", "no address"])
def test_no_network_changes_nothing(fault, own, page, tmp_path):
    checkout = own.copy(tmp_path / "weerbaar")
    state = checkout.state()
    address = {
        "no server": f"http://127.0.0.1:{free_port()}/{WHEEL}",
        "no address": "release page",
        "no such file": f"http://127.0.0.1:{page.port}/other.whl",
    }[fault]
    sentence = failure(checkout.install(f"NL_MODEL={TRAINED}", NL_MODEL_ADDRESS=address))
    assert "could not be fetched" in sentence and address in sentence
    assert checkout.state() == state and checkout.name() == "weerbaar_lookup"


def test_a_right_hash_of_a_file_that_is_no_pipeline_changes_nothing(own, page, tmp_path):
    """As when someone enters the hash of another file."""
    checkout = own.copy(tmp_path / "weerbaar")
    state = checkout.state()
    assert "cannot be loaded" in failure(checkout.install(f"NL_MODEL={TRAINED}", **page.offer(b"no wheel")))
    assert checkout.state() == state


def test_a_name_that_is_none_is_refused(own, tmp_path):
    """No other name is looked up anywhere."""
    checkout = own.copy(tmp_path / "weerbaar")
    state = checkout.state()
    sentence = failure(checkout.install("NL_MODEL=nl_core_news_lg"))
    assert OWN in sentence and TRAINED in sentence
    assert checkout.state() == state


def test_another_pipeline_trains_again(own, trained, monkeypatch):
    """By `make train` and by plain `rasa train`, which knows no more of a pipeline than its name."""
    seen = []
    for checkout in (own, trained):
        monkeypatch.setattr("weerbaar.nlu.fingerprint.ROOT", checkout.root)
        seen.append((fingerprint(checkout.root), TextNormalizer.fingerprint_addon({})))
    assert seen[0][0] != seen[1][0] and seen[0][1] != seen[1][1]


def test_the_release_page_is_named_in_one_place():
    """Whoever must know where the file comes from reads one script; no other file fetches it."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    script = "tools/scripts/install_nl_model.py"
    naming = [
        file
        for file in {*files.split("\0"), script} - {""}
        if (ROOT / file).is_file() and b"spacy-models/" + b"releases/" in (ROOT / file).read_bytes()
    ]
    assert naming == [script]
    assert json.dumps("e90cf58e9d5aa9f54e23c4938d70f1d40ead69336b1c779cc0700000ddd0089b") in (ROOT / script).read_text()
