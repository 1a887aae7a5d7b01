"""Decides which model file may be loaded: a Rasa model contains pickles, and loading a pickle runs the code in it."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

logger = logging.getLogger(__name__)

# Environment variable; when set, only the model with this SHA-256 is loaded.
PINNED = "WEERBAAR_MODEL_SHA256"
# Environment variable; when set, it names a file with a public key, and only a model that is signed with it is loaded.
KEY = "WEERBAAR_MODEL_KEY"
SUFFIX, SIGNATURE_SUFFIX = ".sha256", ".sig"


def checksum(path: Path) -> str:
    """Returns the SHA-256 of a file in hexadecimal; raises OSError when the file cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_checksum(model: Path) -> None:
    """Writes the checksum of a freshly trained model to a file beside it."""
    beside = model.with_name(model.name + SUFFIX)
    beside.write_text(f"{checksum(model)}  {model.name}\n", encoding="utf-8")


def verified_model(place: Path) -> Path | None:
    """Returns the newest model whose checksum and signature are right, or None when there is no such model.

    Args:
        place: A folder with models, or one model. The right checksum is the one in the environment variable
            `WEERBAAR_MODEL_SHA256` or, when that is not set, the one in the file beside the model. When
            `WEERBAAR_MODEL_KEY` is set, there must also be a signature beside the model, made with that key.
    """
    models = [place] if place.is_file() else sorted(place.glob("*.tar.gz"), key=lambda path: path.lstat().st_mtime)
    for model in reversed(models):
        if _is_good(model):
            return model
    logger.error("no model that can be trusted in %s: train one (`make train`), or put a good one there", place)
    return None


def _is_good(model: Path) -> bool:
    beside = model.with_name(model.name + SUFFIX)
    try:
        expected = os.environ.get(PINNED) or (beside.read_text(encoding="utf-8").split() or [""])[0]
        found = checksum(model)
        if found != expected.strip().lower():
            fault = "it is not the file whose checksum was written down"
        else:
            fault = _fault_of_signature(model, found)
    except (OSError, ValueError) as error:  # ValueError: the checksum file is not text
        fault = type(error).__name__
    if fault:
        logger.error("model %s is passed over: %s", model.name, fault)
    return not fault


def _fault_of_signature(model: Path, found: str) -> str:
    """Returns what is wrong with the signature of a model with this checksum; empty when nothing is."""
    key = os.environ.get(KEY)
    if not key:
        return ""  # no signature is asked for
    # Only here, so that a server without a key does not wait for it.
    from weerbaar.server.model_signature import SignatureRefused, signed_checksum

    try:
        bundle = model.with_name(model.name + SIGNATURE_SUFFIX).read_bytes()
        signed = signed_checksum(bundle, Path(key).read_bytes())
    except OSError as error:
        return f"{KEY} is set, and the key or the signature beside the model cannot be read ({type(error).__name__})"
    except SignatureRefused as refused:
        return str(refused)
    return "" if signed == found else "its signature is that of another file"
