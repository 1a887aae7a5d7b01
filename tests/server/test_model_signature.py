"""With a public key set, only a model is loaded that the real model-signing signed with its private half."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from release_tools import new_key, sign

from weerbaar.server.model_file import KEY, verified_model, write_checksum
from weerbaar.server.model_signature import PAYLOAD

# Needs the tools of .release.
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> Path:
    """A folder with a model, its checksum and signature, and the keys; the tests work on copies."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "model.tar.gz").write_bytes(b"model")
    write_checksum(folder / "model.tar.gz")
    private, _ = new_key(folder)
    sign(folder / "model.tar.gz", private)
    return folder


@pytest.fixture
def release(signed, tmp_path, monkeypatch) -> Path:
    """A copy of that folder, with the public key configured."""
    folder = Path(shutil.copytree(signed, tmp_path / "release"))
    monkeypatch.setenv(KEY, str(folder / "key.pub"))
    return folder


def test_a_model_that_the_tool_signed_is_loaded(release, tmp_path, monkeypatch):
    """With a key on either of the usual curves."""
    assert verified_model(release) == release / "model.tar.gz"
    private, public = new_key(tmp_path, curve=ec.SECP384R1)
    sign(release / "model.tar.gz", private)
    assert verified_model(release) is None
    monkeypatch.setenv(KEY, str(public))
    assert verified_model(release) == release / "model.tar.gz"


def test_without_a_key_no_signature_is_needed(release, monkeypatch):
    """An empty variable is what Docker makes of one that is not set."""
    (release / "model.tar.gz.sig").unlink()
    assert verified_model(release) is None
    monkeypatch.setenv(KEY, "")
    assert verified_model(release) == release / "model.tar.gz"


def test_an_unsigned_newer_model_is_passed_over(release):
    newer = release / "nieuwer.tar.gz"
    newer.write_bytes(b"trained here")
    write_checksum(newer)
    assert verified_model(release) == release / "model.tar.gz"


def another_key(release: Path) -> None:
    new_key(release, "ander")[1].replace(release / "key.pub")


def another_model(release: Path) -> None:
    (release / "model.tar.gz").write_bytes(b"van een ander")
    write_checksum(release / "model.tar.gz")


def a_changed_byte(release: Path) -> None:
    model = release / "model.tar.gz"
    model.write_bytes(b"n" + model.read_bytes()[1:])
    write_checksum(model)


def a_key_of_another_kind(release: Path) -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    (release / "key.pub").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def changed_statement(change: Any, resign: bool = False) -> Any:
    """Returns what changes the signed statement of a release; with `resign` the signature is right again."""

    def sabotage(release: Path) -> None:
        file = release / "model.tar.gz.sig"
        bundle = json.loads(file.read_text())
        envelope = bundle["dsseEnvelope"]
        statement = json.loads(base64.b64decode(envelope["payload"]))
        change(statement)
        payload = json.dumps(statement).encode()
        envelope["payload"] = base64.b64encode(payload).decode()
        if resign:
            key = load_pem_private_key((release / "key.pem").read_bytes(), None)
            signed = f"DSSEv1 {len(PAYLOAD)} {PAYLOAD} {len(payload)} ".encode() + payload
            envelope["signatures"][0]["sig"] = base64.b64encode(key.sign(signed, ec.ECDSA(hashes.SHA256()))).decode()
        file.write_text(json.dumps(bundle))

    return sabotage


def rewrite(name: str, content: bytes) -> Any:
    """Returns what puts something else in a file of a release."""
    return lambda release: (release / name).write_bytes(content)


SABOTAGE = {
    "another key": another_key,
    "another model": another_model,
    "a changed byte in the model": a_changed_byte,
    "a changed statement": changed_statement(lambda statement: statement.update(extra=1)),
    "a folder with another file": changed_statement(lambda one: one["predicate"]["resources"].append({}), True),
    "another kind of statement": changed_statement(lambda one: one.update(predicateType="https://x.test/v1"), True),
    "another algorithm": changed_statement(lambda one: one["predicate"]["resources"][0].update(algorithm="md5"), True),
    "a key of another kind": a_key_of_another_kind,
    "no key": lambda release: (release / "key.pub").unlink(),
    "a key that is none": rewrite("key.pub", b"geen sleutel"),
    "a folder as signature": lambda release: (
        (release / "model.tar.gz.sig").unlink(),
        (release / "model.tar.gz.sig").mkdir(),
    ),
    "an empty signature": rewrite("model.tar.gz.sig", b""),
    "no text": rewrite("model.tar.gz.sig", b"\xff\xfe\x00"),
    "no signature in it": rewrite("model.tar.gz.sig", b'{"dsseEnvelope": {"signatures": []}}'),
    "a list": rewrite("model.tar.gz.sig", b"[1]"),
    "too deep": rewrite("model.tar.gz.sig", b"[" * 100_000),
}


@pytest.mark.parametrize("fault", SABOTAGE)
def test_what_is_not_signed_with_the_key_is_not_loaded(release, fault, caplog):
    """Though its checksum is right: whoever can write the model can write that too."""
    assert verified_model(release) == release / "model.tar.gz"
    SABOTAGE[fault](release)
    assert verified_model(release) is None
    assert "model model.tar.gz is passed over" in caplog.text


def test_a_changed_byte_of_the_signature_is_refused(release):
    """A byte of what is signed, or of the signature, counts; the rest of the file is for people."""
    file = release / "model.tar.gz.sig"
    whole = file.read_bytes()
    bundle = json.loads(whole)
    for part in (bundle["dsseEnvelope"]["payload"], bundle["dsseEnvelope"]["signatures"][0]["sig"]):
        start = whole.index(part.encode())
        for place in range(start, start + len(part.rstrip("=")) - 1, 7):
            changed = bytearray(whole)
            changed[place] = ord("B") if changed[place] == ord("A") else ord("A")
            file.write_bytes(bytes(changed))
            assert verified_model(release) is None, place
