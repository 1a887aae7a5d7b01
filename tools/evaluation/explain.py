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
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.evaluation.loaded_model import LoadedModel, newest_model
from weerbaar.nlu.answers import SELECTOR_KEY, best_fact, family_of, intent_shares
from weerbaar.nlu.severity import LEVELS, SEVERITY_KEY

if TYPE_CHECKING:
    from weerbaar.nlu.severity_classifier import SeverityClassifier

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


class Explained(NamedTuple):
    """What the model makes of one message, as the policies see it.

    Attributes:
        level: the severity; None for an empty text or a button, of which the intent alone decides.
        reasons: the parts that led to the level, as in `weerbaar.nlu.severity.Judgement`.
        probabilities: the probability of each level by the model on the whole text, 0 to 1.
        intents: the ranked intents with their probabilities.
        facts: the ranked facts of the subject of the likeliest intent and its family, with their shares.
        fact: the fact that the message asks for, or None.
        role: the role that the writer gives, or None.
    """

    level: str | None
    reasons: list[str]
    probabilities: dict[str, float]
    intents: list[tuple[str, float]]
    facts: list[tuple[str, float]]
    fact: str | None
    role: str | None


class Part(NamedTuple):
    """One text that the severity model judged by itself: the whole message, or one sentence of it."""

    text: str
    level: str
    probabilities: dict[str, float]


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
    found = explained(parsed)
    lines = [
        f"level          {found.level or 'none: an empty text or a button'}",
        *(f"because        {reason}: {meaning_of(reason, MEANINGS)}" for reason in found.reasons),
        f"probabilities  {shares(found.probabilities)}",
        f"thresholds     {shares(thresholds)}",
        f"intents        {shares(dict(found.intents[:SHOWN]))}",
        f"fact           {found.fact or 'none'}",
        f"role           {found.role or 'none'}",
    ]
    return "\n".join(lines)


def explained(parsed: Mapping[str, Any]) -> Explained:
    """Returns what the parse data of a message say."""
    judgement = parsed.get(SEVERITY_KEY) or {}
    intents = intent_shares(parsed)
    likeliest = intents[0][0] if intents else ""
    ranking = ((parsed.get(SELECTOR_KEY) or {}).get("default") or {}).get("ranking") or []
    ranked = [(one.get("intent_response_key") or "", one.get("confidence") or 0.0) for one in ranking]
    roles = [one["value"] for one in parsed.get("entities") or [] if one.get("entity") == "functie"]
    return Explained(
        level=judgement.get("level"),
        reasons=judgement.get("reasons") or [],
        probabilities=judgement.get("probabilities") or {},
        intents=intents,
        facts=[fact for fact in ranked if family_of(fact[0].partition("/")[0]) == family_of(likeliest)],
        fact=best_fact(likeliest, parsed)[0] if intents else None,
        role=roles[0] if roles else None,
    )


def judged_parts(model: LoadedModel, text: str) -> list[Part]:
    """Returns what the severity model makes of the whole text and, if there are several, of each sentence."""
    from weerbaar.nlu import encoder_featurizer, ngram_featurizer
    from weerbaar.nlu.linear_model import view_of
    from weerbaar.nlu.sentences import document, split_sentences
    from weerbaar.nlu.severity_classifier import SeverityClassifier

    classifier, message = model.component(SeverityClassifier), model.read(text)
    doc = document(message)
    sentences = [span.text for span in split_sentences(doc)] if doc is not None else []
    features = (message.get(ngram_featurizer.SENTENCES_KEY), message.get(encoder_featurizer.SENTENCES_KEY))
    surer = classifier._config["sentence"]
    return [
        *_parts(classifier, [text], view_of(message), 0.0),
        *(_parts(classifier, sentences, features, surer) if sentences else []),
    ]


def _parts(classifier: SeverityClassifier, texts: list[str], view: Any, surer: float) -> list[Part]:
    rows = classifier._model.probabilities(view)
    return [
        Part(text, classifier._model.level(row, surer), {name: float(value) for name, value in zip(LEVELS, row)})
        for text, row in zip(texts, rows if rows is not None else ())
    ]


def meaning_of(reason: str, meanings: Mapping[str, str]) -> str:
    """Returns the meaning of a reason: of the whole of it, or else of its part before the colon."""
    return meanings.get(reason) or meanings[reason.partition(":")[0]]


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
