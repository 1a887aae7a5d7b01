"""Verifies the signature of a model as OpenSSF's `model-signing` writes it with a key of one's own.

That is a Sigstore bundle: a DSSE envelope around an in-toto statement, which gives the SHA-256 of each signed file. The
tool needs some forty packages; to verify a signature, `cryptography` is enough, and the server has that already.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
# The hash that the tool uses with a key on each curve, by the size of the key in bits.
HASHES: dict[int, type[hashes.HashAlgorithm]] = {256: hashes.SHA256, 384: hashes.SHA384, 521: hashes.SHA512}


class SignatureRefused(Exception):
    """A signature that does not hold; the message says why, in words without secrets."""


def signed_checksum(bundle: bytes, public_key: bytes) -> str:
    """Returns the SHA-256, in hexadecimal, of the one file that a bundle signs.

    Args:
        bundle: The content of the file that `model_signing sign key` wrote.
        public_key: The public key in PEM, on the curve P-256, P-384 or P-521.

    Raises:
        SignatureRefused: The key cannot be used, the bundle is not by its private half, or it signs something else than
            one file.
    """
    try:
        key = load_pem_public_key(public_key)
    except Exception as error:  # cryptography raises several kinds of errors, depending on what is wrong
        raise SignatureRefused("the public key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size not in HASHES:
        raise SignatureRefused("the public key is not on the curve P-256, P-384 or P-521")
    try:
        return _checksum_in(_verified_payload(json.loads(bundle), key))
    except InvalidSignature as error:
        raise SignatureRefused("the signature is not by the private half of the public key") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SignatureRefused("it is no signature of one file by model-signing") from error


def _verified_payload(bundle: Any, key: ec.EllipticCurvePublicKey) -> bytes:
    """Returns what is signed; raises InvalidSignature, or an error that shows that it is no such bundle."""
    envelope = bundle["dsseEnvelope"]
    [signature] = envelope["signatures"]
    payload = base64.b64decode(envelope["payload"], validate=True)
    if envelope["payloadType"] != PAYLOAD:
        raise ValueError("not an in-toto statement")
    signed = b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)
    key.verify(base64.b64decode(signature["sig"], validate=True), signed, ec.ECDSA(HASHES[key.curve.key_size]()))
    return payload


def _checksum_in(payload: bytes) -> str:
    """Returns the checksum in a statement; raises an error when it is not about the whole of one file."""
    statement = json.loads(payload)
    if (statement["_type"], statement["predicateType"]) != (STATEMENT, PREDICATE):
        raise ValueError("not a statement of model-signing")
    [resource] = statement["predicate"]["resources"]
    if resource["algorithm"] != "sha256" or statement["predicate"]["serialization"]["method"] != "files":
        raise ValueError("not the SHA-256 of a file")
    return str(resource["digest"])
