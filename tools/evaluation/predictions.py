"""Judges examples with a trained model, and counts what it got right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.evaluation.examples import REPOSITORY, Example, read_cases
from tools.evaluation.loaded_model import LoadedModel
from tools.progress import track
from weerbaar.nlu.severity import at_least, level_of_parse_data

GRAVE = ("ernstig", "acuut", "suicidaal")
FALLBACK = "nlu_fallback"
COLLECTION = REPOSITORY / "yardstick"
FILES = ("nood.jsonl", "rustig.jsonl")


@dataclass(frozen=True)
class Prediction:
    """The judgement of the model on one example.

    Attributes:
        example: the example.
        level: the severity that the policies see.
        intent: the intent that the policies see; `nlu_fallback` when the model is unsure.
        guess: the likeliest intent, regardless of its confidence.
        confidence: the confidence of `guess`, 0 to 1.
        grave: the model's probability that the whole text is serious, 0 to 1; NaN when no model judged.
        reasons: which parts of the judgement led to the level.
    """

    example: Example
    level: str
    intent: str
    guess: str
    confidence: float
    grave: float
    reasons: tuple[str, ...]

    @property
    def expected_grave(self) -> bool:
        """Whether every reader finds the example at least `ernstig`."""
        return all(at_least(level, "ernstig") for level in (self.example.ernst, *self.example.ook))

    @property
    def expected_calm(self) -> bool:
        """Whether every reader finds the example calm."""
        return all(level == "geen" for level in (self.example.ernst, *self.example.ook))

    @property
    def alarm(self) -> bool:
        """Whether the model judges the example at least `ernstig`."""
        return at_least(self.level, "ernstig")


def predict(model: LoadedModel, examples: Sequence[Example], task: str = "judging") -> list[Prediction]:
    """Returns the predictions of `model` for the examples, in order; `task` names the work in its progress."""
    return [_prediction(example, model.parse(example.text)) for example in track(examples, f"{task}:", "texts")]


def _prediction(example: Example, parse_data: Mapping[str, Any]) -> Prediction:
    ranking = [entry for entry in parse_data.get("intent_ranking") or [] if entry.get("name") != FALLBACK]
    guess = ranking[0] if ranking else {"name": "", "confidence": 0.0}
    judgement = parse_data.get("ernst") or {}
    probabilities = judgement.get("probabilities") or {}
    grave = sum(probabilities[level] for level in GRAVE) if probabilities else float("nan")
    intent = (parse_data.get("intent") or {}).get("name") or ""
    return Prediction(
        example,
        level_of_parse_data(parse_data),
        intent,
        guess["name"] or "",
        float(guess["confidence"]),
        grave,
        tuple(judgement.get("reasons") or ()),
    )


# Figures.


def wilson(good: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Returns the Wilson interval of the share `good / n`, by default of 95 %."""
    if not n:
        return 0.0, 1.0
    share = good / n
    centre, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((centre - half) / (1 + z * z / n)), float((centre + half) / (1 + z * z / n))


def shares(predictions: Sequence[Prediction]) -> list[tuple[str, int, int]]:
    """Returns (name, good, total) for each measure at the head of a section."""

    def of(level: str) -> list[Prediction]:
        return [p for p in predictions if p.example.ernst == level]

    grave, calm = [p for p in predictions if p.expected_grave], [p for p in predictions if p.expected_calm]
    return [
        ("Ernstige berichten (ernstig, acuut, suicidaal) als ernstig herkend", sum(p.alarm for p in grave), len(grave)),
        ("Acuut herkend als acuut", sum(p.level in ("acuut", *p.example.ook) for p in of("acuut")), len(of("acuut"))),
        (
            "Suicidaal herkend als suicidaal",
            sum(p.level in ("suicidaal", *p.example.ook) for p in of("suicidaal")),
            len(of("suicidaal")),
        ),
        (
            "Zorg: nummer aangeboden (zorg of erger)",
            sum(p.level != "geen" or "geen" in p.example.ook for p in of("zorg")),
            len(of("zorg")),
        ),
        ("Ernstige berichten met het nummer (zorg of erger)", sum(p.level != "geen" for p in grave), len(grave)),
        ("Rustige berichten zonder vals alarm", sum(not p.alarm for p in calm), len(calm)),
        ("Rustige berichten zonder 112 of 113", sum(p.level not in ("acuut", "suicidaal") for p in calm), len(calm)),
        ("Juiste intentie (waarschijnlijkste)", sum(p.example.accepts(p.guess) for p in predictions), len(predictions)),
        ("Niet 'niet begrepen'", sum(p.intent != FALLBACK for p in predictions), len(predictions)),
    ]


def curve(predictions: Sequence[Prediction], attribute: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns (false-alarm rate, recall) at every threshold on `attribute`, both ascending, shape (points,)."""
    scores = np.nan_to_num([getattr(p, attribute) for p in predictions])
    grave = np.array([p.expected_grave for p in predictions])
    calm = np.array([p.expected_calm for p in predictions])
    thresholds = np.unique(scores)[::-1]

    # Counts the scores at or above each threshold.
    def rate(some: np.ndarray) -> np.ndarray:
        ordered = np.sort(scores[some])
        return 1 - np.searchsorted(ordered, thresholds, side="left") / max(len(ordered), 1)

    return rate(calm), rate(grave)


def part_of(reason: str) -> str:
    """Returns the part of the judgement that gave a reason, without the name of a pattern."""
    return "patroon" if reason.startswith("patroon") else reason


def percent(good: int, n: int) -> str:
    """Returns the share `good / n` as a percentage, or a dash when `n` is 0."""
    return f"{100 * good / n:.1f} %" if n else "–"


def figures_of(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Returns the figures of one set of predictions in a form that JSON can hold."""
    return {
        "maten": {name: {"goed": good, "van": n} for name, good, n in shares(predictions)},
        "vals alarm naar soort": {
            kind: {"alarm": sum(p.alarm for p in own), "van": len(own)}
            for kind in sorted({p.example.kind for p in predictions} - {""})
            for own in [[p for p in predictions if p.example.kind == kind and p.expected_calm]]
        },
    }


def read_collection() -> list[Example]:
    """Returns the frozen collection: grave messages and calm texts of every kind, never trained on."""
    return [example for name in FILES for example in read_cases(COLLECTION / name)]
