"""The programs of .release: what signs a model, renders the chart and judges manifests."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat import ROOT
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

TOOLS = ROOT / ".release" / "bin"
# There is no such program for other machines in requirements/helm.txt.
HAS_HELM = (sys.platform, platform.machine()) == ("linux", "x86_64")
needs_helm = pytest.mark.skipif(not HAS_HELM, reason="helm and kubectl are there for Linux on x86-64 only")


def tool(name: str, *arguments: Any, ok: bool = True, **options: Any) -> subprocess.CompletedProcess:
    """Runs a program of .release to its end; unless `ok` is False, fails the test with its output when it fails."""
    assert (TOOLS / name).is_file(), f"{name} is missing: run make release-tools"
    command = [str(part) for part in (TOOLS / name, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    assert done.returncode == 0 or not ok, f"{name}: {done.stdout}{done.stderr}"
    return done


def new_key(folder: Path, name: str = "key", curve: type[ec.EllipticCurve] = ec.SECP256R1) -> tuple[Path, Path]:
    """Writes a key pair; returns (private, public)."""
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    key = ec.generate_private_key(curve())
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def sign(model: Path, key: Path) -> Path:
    """Signs a model as `make release` does; returns the signature beside it."""
    signature = model.with_name(f"{model.name}.sig")
    tool("model_signing", "sign", "key", model, "--private_key", key, "--signature", signature)
    return signature
