"""Trains the model when the data, the domain, the configuration or the code of a component changed."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from weerbaar.editor_files import EditorError, read_yaml  # noqa: E402
from weerbaar.server.model_file import SUFFIX, write_checksum  # noqa: E402

STAMP = ROOT / "models" / ".trained_from"
SOURCES = (
    "config.yml",
    "domain.yml",
    "data/**/*.yml",
    "weerbaar/*.py",
    "weerbaar/nlu/*.py",
    "weerbaar/policies/*.py",
    "tools/scripts/build_spacy_model.py",
    "spacy_models/nl/meta.json",
    "requirements/runtime.txt",
    "models/encoder/card.json",
)
# The files that editors change. The examples in data/nlu are not checked, because users do type curly quotes.
EDITED = (
    "domain.yml",
    "data/rules/*.yml",
    "data/nlu/functie.yml",
    "data/patterns/*.yml",
    "data/contacts.yml",
    "data/subjects.yml",
)
LOG_TAIL = 15
# The newest model, and the one before it to go back to.
KEPT_MODELS = 2


def fingerprint() -> str:
    """Returns a digest of the files in `SOURCES`, which decide what the model is."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def train() -> None:
    """Runs `rasa train` unless the newest model is up to date; exits with one clear line when training fails."""
    trained_from = fingerprint()  # taken before training, so that a change in the meantime trains again
    if STAMP.exists() and STAMP.read_text() == trained_from and list(ROOT.glob("models/*.tar.gz")):
        return
    try:
        for pattern in EDITED:
            for path in sorted(ROOT.glob(pattern)):
                read_yaml(path)
    except (EditorError, OSError) as problem:
        sys.exit(f"train: {problem}")
    print("train: training the model (a few minutes the first time; only what changed)", flush=True)
    rasa = Path(sys.executable).with_name("rasa")
    # Validation reads all data once more, which takes a minute; `make test` does it.
    command = [rasa, "train", "--skip-validation"]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    models = sorted(ROOT.glob("models/*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if result.returncode or not models:
        print("\n".join(result.stdout.splitlines()[-LOG_TAIL:]), file=sys.stderr)
        sys.exit("train: training failed. Look at the lines above; `make stories` shows faults in data and domain.")
    write_checksum(models[-1])
    for old in models[:-KEPT_MODELS]:
        for path in (old, old.with_name(old.name + SUFFIX)):
            path.unlink(missing_ok=True)
    STAMP.write_text(trained_from)


if __name__ == "__main__":
    train()
