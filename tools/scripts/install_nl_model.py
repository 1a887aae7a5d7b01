"""Chooses the Dutch spaCy pipeline behind spacy_models/nl, the link that config.yml names.

Usage: install_nl_model.py [NAME]; `make install NL_MODEL=NAME` does the same. Without a name, an earlier choice stays.
    nl_weerbaar      our own, built here; the default on a new machine
    nl_core_news_sm  Explosion's, downloaded from its release page and compared with the hash below
"""

import hashlib
import http.client
import io
import os
import shutil
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "spacy_models"
LINK = FOLDER / "nl"
OWN, TRAINED = "nl_weerbaar", "nl_core_news_sm"
RELEASE = f"{TRAINED}-3.4.0"
# Explosion publishes it only here; packages of a similar name in a package index are by others.
ADDRESS = f"https://github.com/explosion/spacy-models/releases/download/{RELEASE}/{RELEASE}-py3-none-any.whl"
# From Explosion's own record of this release: meta/nl_core_news_sm-3.4.0.json in that repository, `checksum_whl`.
SHA256 = "e90cf58e9d5aa9f54e23c4938d70f1d40ead69336b1c779cc0700000ddd0089b"
TIMEOUT_SECONDS = 60


class NotInstalled(Exception):
    """Raised when the pipeline cannot be used; the message gives the reason. Nothing was changed."""


def install(name: str) -> None:
    """Installs the pipeline of that name and points the link to it; raises NotInstalled when it cannot be used."""
    if name == OWN:
        data = built()
    elif name == TRAINED:
        data = fetched()
    else:
        raise NotInstalled(f"there is no Dutch pipeline {name}; choose {OWN} or {TRAINED}")
    target = str(data.relative_to(FOLDER))
    if LINK.is_symlink() and os.readlink(LINK) == target:
        return
    new = FOLDER / ".nl"
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(LINK)
    print(f"install: the Dutch pipeline is {name}. Train before you serve: make train")


def chosen() -> str:
    """Returns the name of the pipeline behind the link, or of our own pipeline when there is no link yet."""
    return Path(os.readlink(LINK)).parts[0] if LINK.is_symlink() else OWN


def built() -> Path:
    """Returns the folder of our own pipeline, and builds it if necessary."""
    from build_spacy_model import build  # here, because it imports spaCy, which takes seconds

    build(FOLDER / OWN)
    return FOLDER / OWN


def fetched() -> Path:
    """Returns the data folder of the trained pipeline, and downloads it if necessary; raises NotInstalled.

    The wheel is unpacked instead of installed, so no installer asks an index and loading runs none of its code.
    """
    expected = os.environ.get("NL_MODEL_SHA256") or SHA256
    home, data = FOLDER / TRAINED, Path(TRAINED, RELEASE)
    record = home / "sha256"
    if record.is_file() and record.read_text() == expected:
        return home / data
    wheel = download(os.environ.get("NL_MODEL_ADDRESS") or ADDRESS, expected)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=FOLDER) as folder:
        new = Path(folder, TRAINED)
        try:
            zipfile.ZipFile(io.BytesIO(wheel)).extractall(new)
            check(new / data)
        except Exception as error:  # spaCy raises many kinds of errors
            raise NotInstalled(f"{TRAINED} cannot be loaded ({error})") from error
        (new / record.name).write_text(expected)
        shutil.rmtree(home, ignore_errors=True)
        new.rename(home)
    return home / data


def download(address: str, expected: str) -> bytes:
    """Returns the file at the address; raises NotInstalled when it cannot be fetched or has another sha256."""
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
            file = answer.read()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotInstalled(f"{TRAINED} could not be fetched from {address} ({error})") from error
    found = hashlib.sha256(file).hexdigest()
    if found != expected:
        raise NotInstalled(f"the file at {address} is not the one expected (its sha256 is {found}, not {expected})")
    return file


def check(data: Path) -> None:
    """Raises an error if this spaCy cannot load the pipeline, or ValueError if the pipeline finds no sentences."""
    import spacy

    if not spacy.load(data)("Ik word bedreigd. Wie helpt mij?").has_annotation("SENT_START"):
        raise ValueError("it finds no sentences")


if __name__ == "__main__":
    # A library of spaCy would import it, which takes many seconds, only to see whether it is installed.
    sys.modules["tensorflow"] = None
    if len(sys.argv) > 2:
        sys.exit("usage: install_nl_model.py [NAME]")
    try:
        install(sys.argv[1] if len(sys.argv) == 2 else chosen())
    except (NotInstalled, OSError) as problem:
        sys.exit(f"install: {problem}; nothing was changed.")
