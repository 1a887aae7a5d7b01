"""Trains the model as far as a change asks for it, and says what it does and why."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tools.training import sources  # noqa: E402
from weerbaar.editor_files import EditorError, read_yaml  # noqa: E402
from weerbaar.server.model_file import SUFFIX, verified_model, write_checksum  # noqa: E402

MODELS = ROOT / "models"
# Beside each model, what it was trained from: the digests of its sources.
RECORD = ".sources.json"
# The files that editors change. The examples in data/nlu are not checked, because users do type curly quotes.
EDITED = (
    "domain.yml",
    "data/rules/*.yml",
    "data/nlu/functie.yml",
    "data/patterns/*.yml",
    "data/contacts.yml",
    "data/messenger.yml",
    "data/subjects.yml",
)
LOG_TAIL = 15
# The newest model, and the one before it to go back to.
KEPT_MODELS = 2


def train() -> None:
    """Brings the newest model up to date, by the least that does it; exits with one clear line when that fails."""
    model = newest()
    before = record_of(model) if model else {}
    try:
        # Taken before training, so that a change in the meantime trains again.
        now = sources.digests(ROOT, before)
        changed = sources.changed(before, now)
        if model and before and not changed:
            return say("nothing to train: nothing changed since the newest model")
        check_edited(changed)
    except (EditorError, OSError, SyntaxError) as problem:
        sys.exit(f"train: {problem}")
    learned = {name: parts for name, parts in changed.items() if parts}
    if model is None:
        with_rasa("there is no model that may be served; the first time takes some minutes", now)
    elif not before:
        with_rasa("it is not known from what the newest model was trained", now)
    elif not learned:
        write_record(model, now)
        say(f"nothing to train: no part of the model learns from what changed: {sources.in_words(changed)}")
    elif learned != {sources.DOMAIN: {sources.TEXTS}} or not with_other_texts(model, now):
        with_rasa(f"these changed: {sources.in_words(learned)}", now)


def with_other_texts(model: Path, now: sources.Digests) -> bool:
    """Puts the texts of the domain into a new model; returns False when Rasa has to train after all."""
    from tools.training.texts import NeedsTraining, replace_texts  # only here, because of the time it takes to import

    target = MODELS / f"{time.strftime('%Y%m%d-%H%M%S')}-texts.tar.gz"
    try:
        names = replace_texts(model, ROOT / sources.DOMAIN, target)
    except NeedsTraining as reason:
        say(f"texts changed in {sources.DOMAIN}, but {reason}")
        return False
    finish(target, now)
    listed = ", ".join(names) if len(names) <= sources.MOST_NAMES else f"{len(names)} responses"
    say(f"only texts changed ({listed}): nothing to train, a new model has them")
    return True


def with_rasa(why: str, now: sources.Digests) -> None:
    """Runs `rasa train`; exits with the end of what it wrote when it fails."""
    from tools.training.rasa_train import rasa_train
    from tools.training.texts import pack

    say(f"training, because {why}")
    trained = rasa_train(ROOT)
    models = by_age()
    if trained.status or not models:
        print("\n".join(trained.output[-LOG_TAIL:]), file=sys.stderr)
        sys.exit("train: training failed. Look at the lines above; `make stories` shows faults in data and domain.")
    pack(models[-1])
    finish(models[-1], now)
    say(f"trained {', '.join(trained.learned) or 'nothing'}; {len(trained.from_cache)} components were in Rasa's cache")


def finish(model: Path, now: sources.Digests) -> None:
    """Writes the checksum and the record of a new model, and removes old models."""
    write_checksum(model)
    write_record(model, now)
    for old in by_age()[:-KEPT_MODELS]:
        for path in (old, beside(old, SUFFIX), beside(old, RECORD)):
            path.unlink(missing_ok=True)


def check_edited(changed: Iterable[str]) -> None:
    """Reads the files that editors change, of those that changed; raises EditorError when one has a fault."""
    for name in changed:
        # The domain was read for its digests.
        if name != sources.DOMAIN and any(fnmatch(name, pattern) for pattern in EDITED) and (ROOT / name).exists():
            read_yaml(ROOT / name)


def newest() -> Path | None:
    """Returns the newest model whose checksum is right, which is the one that is served, or None."""
    return verified_model(MODELS) if by_age() else None


def by_age() -> list[Path]:
    """Returns the models, the newest last."""
    return sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


def beside(model: Path, suffix: str) -> Path:
    """Returns the file with this suffix beside a model."""
    return model.with_name(model.name + suffix)


def record_of(model: Path) -> dict[str, Any]:
    """Returns the digests of what a model was trained from, or nothing when they are not known."""
    try:
        return json.loads(beside(model, RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_record(model: Path, now: sources.Digests) -> None:
    """Writes the digests of what a model was trained from."""
    beside(model, RECORD).write_text(json.dumps(now, indent=1), encoding="utf-8")


def say(text: str) -> None:
    """Prints a line of this command."""
    print(f"train: {text}", flush=True)


if __name__ == "__main__":
    train()
