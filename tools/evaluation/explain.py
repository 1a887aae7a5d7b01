"""Says why the model judges a message as it does: `make explain TEXT='...'`.

It shows what the language model makes of one message by itself. What was said before can change the reply as well:
docs/misses.md says how.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.evaluation.loaded_model import LoadedModel, newest_model
from weerbaar.nlu.answers import best_fact
from weerbaar.nlu.severity import SEVERITY_KEY

# What a reason means, by its part before the colon or by the whole.
MEANINGS = {
    "model": "the probabilities of the whole message passed a threshold",
    "model:zin": "those of one sentence passed a higher threshold",
    "intent": "the intent is serious by itself (data/subjects.yml), and likely enough",
    "intent:twijfel": "a serious intent, but the model finds the text calm: the offer to call",
    "patroon": "the words match a group of patterns in data/patterns/ernst.yml",
    "fout": "this part failed; the others judged",
}
SHOWN = 3


def main(arguments: list[str]) -> int:
    """Prints the explanation of the message in the arguments; returns exit status 2 without one or without a model."""
    text = " ".join(arguments).strip()
    if not text:
        print("explain: no message. Usage: make explain TEXT='er staat iemand in de tuin'", file=sys.stderr)
        return 2
    try:
        path = newest_model()
        print(explanation(LoadedModel(path).parse(text), thresholds_in(path)))
    except (ValueError, RuntimeError) as problem:
        print(f"explain: {problem}", file=sys.stderr)
        return 2
    return 0


def explanation(parsed: Mapping[str, Any], thresholds: Mapping[str, float]) -> str:
    """Returns the explanation of a parsed message.

    Args:
        parsed: the parse data, as the policies see them.
        thresholds: the lower bounds of the severity model, 0 to 1 (see `SeverityModel.thresholds`).
    """
    judgement = parsed.get(SEVERITY_KEY) or {}
    reasons = judgement.get("reasons") or []
    intents = parsed.get("intent_ranking") or []
    roles = [one["value"] for one in parsed.get("entities") or [] if one.get("entity") == "functie"]
    lines = [
        f"level          {judgement.get('level', 'none: an empty text or a button')}",
        *(f"because        {reason}: {MEANINGS.get(reason) or MEANINGS[reason.split(':')[0]]}" for reason in reasons),
        f"probabilities  {shares(judgement.get('probabilities') or {})}",
        f"thresholds     {shares(thresholds)}",
        f"intents        {shares({one['name']: one['confidence'] for one in intents[:SHOWN]})}",
        f"fact           {best_fact(intents[0]['name'], parsed)[0] or 'none'}" if intents else "fact           none",
        f"role           {roles[0] if roles else 'none'}",
    ]
    return "\n".join(lines)


def shares(values: Mapping[str, float]) -> str:
    """Returns names with their shares of 0 to 1, in one line."""
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items()) or "none"


def thresholds_in(model: Path) -> dict[str, float]:
    """Returns the thresholds in a model file; raises ValueError when it has none."""
    with tarfile.open(model) as archive:
        for member in archive:
            if "SeverityClassifier" in member.name and member.name.endswith("/thresholds.json"):
                return dict(json.load(archive.extractfile(member)))
    raise ValueError(f"{model} has no thresholds: train again")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
