"""Only the model that was trained is loaded: another one could name any class and hold pickles for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from weerbaar.server.model_file import PINNED, SUFFIX, checksum, verified_model, write_checksum


def a_model(folder: Path, name: str, content: bytes = b"model", age: int = 0) -> Path:
    """Writes a model with its checksum beside it; `age` in seconds."""
    model = folder / f"{name}.tar.gz"
    model.write_bytes(content)
    write_checksum(model)
    os.utime(model, (time.time() - age, time.time() - age))
    return model


def test_the_newest_good_model_is_loaded(tmp_path):
    """From a folder, or named itself."""
    a_model(tmp_path, "oud", age=100)
    newest = a_model(tmp_path, "nieuw")
    assert verified_model(tmp_path) == newest
    assert verified_model(newest) == newest


SABOTAGE = {
    "one byte more": lambda model: model.write_bytes(model.read_bytes() + b"\x00"),
    "swapped": lambda model: model.write_bytes(b"van een ander"),
    "empty": lambda model: model.write_bytes(b""),
    "gone": lambda model: model.unlink(),
    "a folder": lambda model: (model.unlink(), model.mkdir()),
    "checksum gone": lambda model: model.with_name(model.name + SUFFIX).unlink(),
    "checksum empty": lambda model: model.with_name(model.name + SUFFIX).write_text(""),
    "checksum of another": lambda model: model.with_name(model.name + SUFFIX).write_text("0" * 64),
    "checksum that is no text": lambda model: model.with_name(model.name + SUFFIX).write_bytes(b"\xff\xfe\x00"),
    "a link to nothing": lambda model: (model.unlink(), model.symlink_to("nergens")),
    "checksum cut short": lambda model: model.with_name(model.name + SUFFIX).write_text(checksum(model)[:20]),
}


@pytest.mark.parametrize("fault", SABOTAGE)
def test_a_model_that_is_not_what_was_trained_is_not_loaded(tmp_path, fault, caplog):
    """With an older good one beside it that one is taken; alone there is none, and the log says what to do."""
    bad = a_model(tmp_path, "nieuw")
    SABOTAGE[fault](bad)
    assert verified_model(tmp_path) is None
    assert "make train" in caplog.text
    older = a_model(tmp_path, "oud", b"model van gisteren", age=100)
    assert verified_model(tmp_path) == older


def test_without_any_model_none_is_loaded(tmp_path):
    """An empty folder, or none at all."""
    assert verified_model(tmp_path) is None
    assert verified_model(tmp_path / "nergens") is None


def test_a_pinned_checksum_counts_above_the_one_beside_the_model(tmp_path, monkeypatch):
    """Whoever can write both files can swap a model, but not what the environment says."""
    wanted = a_model(tmp_path, "oud", b"gekeurd", age=100)
    swapped = a_model(tmp_path, "nieuw", b"untergeschoben")
    assert verified_model(tmp_path) == swapped
    monkeypatch.setenv(PINNED, checksum(wanted).upper())
    assert verified_model(tmp_path) == wanted
    assert verified_model(swapped) is None
    monkeypatch.setenv(PINNED, "0" * 64)
    assert verified_model(tmp_path) is None


def test_a_pinned_model_needs_no_file_beside_it(tmp_path, monkeypatch):
    """As when only the model was copied to the server."""
    model = a_model(tmp_path, "model")
    model.with_name(model.name + SUFFIX).unlink()
    monkeypatch.setenv(PINNED, checksum(model))
    assert verified_model(tmp_path) == model
