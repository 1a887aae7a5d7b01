"""Builds what is published of a version: source, model, widget, chart, bill of materials, notes, checksums."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tools.release import version
from tools.release.changelog import entry
from weerbaar.channels.widget_file import integrity_of, served_widget
from weerbaar.server.model_file import SIGNATURE_SUFFIX, checksum, verified_model, write_checksum
from weerbaar.server.model_signature import HASHES, SignatureRefused, signed_checksum

FOLDER = Path("results", "release")
NAME = "weerbaar-bestuur"
TOOLS = Path(".release", "bin")


class Refused(Exception):
    """There is something that must not be released; the message says what, and what to do."""


def check(root: Path, key: Path | None) -> None:
    """Raises Refused unless the version may be released from the commit that is checked out."""
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        raise Refused(f"the working tree has changes that are in no commit:\n  {chr(10).join(changed[:10])}")
    different = version.faults(root)
    if different:
        raise Refused("\n  ".join(["the version is not everywhere the same (make version):", *different]))
    number = version.version_of(root)
    if not entry((root / "CHANGELOG.md").read_text(encoding="utf-8"), number):
        raise Refused(f"CHANGELOG.md has no entry '## [{number}] - <date>', or an empty one")
    tagged = git(root, "rev-list", "-n", "1", f"v{number}", fails=False)
    if tagged and tagged != git(root, "rev-parse", "HEAD"):
        raise Refused(f"the tag v{number} is another commit: this version was released. Raise it (make version)")
    if key:
        public_half(key)


def build(root: Path, key: Path | None) -> None:
    """Writes the files of a release, and says which; raises Refused when one cannot be made."""
    number = version.version_of(root)
    folder = root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source(root, folder / f"{NAME}-{number}.tar.gz", number)
    model = trained_model(root, folder / f"weerbaar-model-{number}.tar.gz")
    if key:
        sign(root, model, key)
    integrity = widget(root, folder / f"weerbaar-chat-{number}.js")
    shutil.copy(root / "results" / "sbom.json", folder / f"{NAME}-{number}.cdx.json")
    packed = chart(root, folder)
    notes(root, folder, number, integrity, signed=key is not None, packed=packed)
    files = sorted(path for path in folder.iterdir())
    sums = "".join(f"{checksum(path)}  {path.name}\n" for path in files)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print("\n".join(report(root, number, signed=key is not None, packed=packed)))


def report(root: Path, number: str, *, signed: bool, packed: bool) -> list[str]:
    """Returns what was made, what was not, and what a person does next."""
    said = [f"release: version {number} of commit {git(root, 'rev-parse', 'HEAD')}, in {FOLDER}:"]
    said += [f"  {path.name}  ({path.stat().st_size / 1e6:.2f} MB)" for path in sorted((root / FOLDER).iterdir())]
    if not signed:
        said.append("release: NOT SIGNED. A server with WEERBAAR_MODEL_KEY refuses this model: make release KEY=file")
    if not packed:
        said.append(f"release: WITHOUT A PACKED CHART, for there is no helm in {TOOLS}; the chart is in the source")
    said.append(f"release: when all of it is right: git tag -s v{number}, and publish the folder")
    return said


def source(root: Path, archive: Path, number: str) -> None:
    """Writes the files of the commit: the same commit gives the same bytes."""
    command = ["git", "-C", root, "archive", "--format=tar", f"--prefix={NAME}-{number}/", "HEAD"]
    tar = run(command).stdout
    archive.write_bytes(gzip.compress(tar, compresslevel=9, mtime=0))


def trained_model(root: Path, place: Path) -> Path:
    """Copies the newest model that is what was trained, with its checksum; returns the copy."""
    model = verified_model(root / "models")
    if model is None:
        raise Refused("there is no model that can be trusted in models/: make train")
    shutil.copy(model, place)
    write_checksum(place)
    return place


def sign(root: Path, model: Path, key: Path) -> None:
    """Signs a model, and verifies the signature as the server will."""
    signature = model.with_name(model.name + SIGNATURE_SUFFIX)
    tool = root / TOOLS / "model_signing"
    run([tool, "sign", "key", model, "--private_key", key, "--signature", signature])
    try:
        signed = signed_checksum(signature.read_bytes(), public_half(key))
    except SignatureRefused as refused:
        raise Refused(f"the signature was made, and does not hold: {refused}") from refused
    if signed != checksum(model):
        raise Refused("the signature was made, and is not that of the model")


def public_half(key: Path) -> bytes:
    """Returns the public half of a private key, in PEM; raises Refused when the key cannot sign."""
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except OSError as error:
        raise Refused(f"the key {key} cannot be read ({type(error).__name__})") from error
    except (ValueError, TypeError) as error:  # TypeError: it has a password
        raise Refused(f"{key} is no private key in PEM, or it has a password") from error
    if not isinstance(private, EllipticCurvePrivateKey) or private.curve.key_size not in HASHES:
        raise Refused(f"{key} is not on the curve P-256, P-384 or P-521")
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def widget(root: Path, place: Path) -> str:
    """Writes the chat as the server gives it, and its hash beside it; returns the hash for `integrity`."""
    script = served_widget(root / "widget")
    place.write_bytes(script)
    integrity = integrity_of(script)
    about = {"src": place.name, "integrity": integrity}
    place.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return integrity


def chart(root: Path, folder: Path) -> bool:
    """Packs the Helm chart; returns False when there is no helm for this machine."""
    helm = root / TOOLS / "helm"
    if not helm.is_file():
        return False
    run([helm, "package", root / "deploy" / "helm" / NAME, "--destination", folder])
    for packed in folder.glob("*.tgz"):
        packed.rename(folder / packed.name.replace(NAME, f"{NAME}-chart"))
    return True


NOTES = """\
# Weerbaar Bestuur assistant {number}

{entry}

## Files

| file | what it is |
|---|---|
| `weerbaar-bestuur-{number}.tar.gz` | the source, of commit {commit} |
| `weerbaar-model-{number}.tar.gz` | the trained model, with its checksum (`.sha256`) {signature} |
| `weerbaar-chat-{number}.js` | the chat, for a website that serves it itself; the `.json` has its hash |
| `weerbaar-bestuur-{number}.cdx.json` | the packages that serve (CycloneDX) |
| `weerbaar-bestuur-chart-{number}.tgz` | the Helm chart{chart} |
| `SHA256SUMS` | the checksums: `sha256sum -c SHA256SUMS` |

```html
<script src="/js/weerbaar-chat-{number}.js" integrity="{integrity}"
  data-server="https://assistent.example/webhooks/web" defer></script>
```

`docs/updating.md` in the source says how to check this release, how to update, and how to go back.
"""


def notes(root: Path, folder: Path, number: str, integrity: str, *, signed: bool, packed: bool) -> None:
    """Writes the notes: what CHANGELOG.md says about the version, and what the files are."""
    text = NOTES.format(
        number=number,
        entry=entry((root / "CHANGELOG.md").read_text(encoding="utf-8"), number),
        commit=git(root, "rev-parse", "HEAD"),
        chart="" if packed else " is in the source only",
        signature="and its signature (`.sig`)" if signed else "; **it is not signed**",
        integrity=integrity,
    )
    (folder / "RELEASE_NOTES.md").write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str, fails: bool = True) -> str:
    """Returns what git says; raises Refused when it fails, unless `fails` is False."""
    done = run(["git", "-C", root, *arguments], fails=fails)
    return str(done.stdout.decode().strip()) if done.returncode == 0 else ""


def run(command: list[object], fails: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Runs a command to its end; raises Refused with what it said when it fails or is not there."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError as error:
        raise Refused(f"{words[0]} cannot be run ({type(error).__name__}): make release-tools") from error
    if fails and done.returncode:
        raise Refused(f"{words[0]} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done
