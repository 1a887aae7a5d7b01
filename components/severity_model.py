"""The trained part of the severity judgement: two linear models and the thresholds that fit unseen writers."""
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from components.linear_model import CalibratedLinearModel, Matrix
from components.severity import LEVELS

# A pair of intent and level with fewer examples than this is learned together with the other rare pairs of its level.
_RARE = 60
GENTLE, GRAVE, ACUTE, SUICIDAL = (LEVELS.index(level) for level in ("zorg", "ernstig", "acuut", "suicidaal"))


class SeverityModel:
    """The mean of a logistic regression on the levels and a support vector machine on pairs of intent and level.

    The two err on different messages. `thresholds` holds for `grave`, `acute`, `suicidal` and `care` the probability
    from which a message counts as such; each is the highest that reaches the recall asked for, on examples of writers
    that the models had not seen.
    """

    def __init__(
        self, levels: CalibratedLinearModel, pairs: CalibratedLinearModel, thresholds: Mapping[str, float]
    ) -> None:
        """Takes the two models; the classes of `pairs` read `intent|level`."""
        self._levels, self._pairs = levels, pairs
        self._to_levels = _columns_to_levels(levels.classes)
        self._pairs_to_levels = _columns_to_levels([pair.split("|")[1] for pair in pairs.classes])
        self.thresholds = dict(thresholds)

    @classmethod
    def fit(
        cls,
        features: Matrix,
        levels: Sequence[str],
        intents: Sequence[str],
        groups: Optional[Sequence[str]],
        recall: Mapping[str, float],
        C: float = 10.0,
        pairs_C: float = 0.3,
    ) -> Tuple["SeverityModel", np.ndarray]:
        """Fits both models and the thresholds.

        Args:
            features: shape (examples, features).
            levels: the severity of each example.
            intents: the intent of each example.
            groups: the writer of each example.
            recall: the share of examples to find, for each threshold.
            C: inverse regularisation of the logistic regression.
            pairs_C: inverse regularisation of the support vector machine.

        Returns:
            The model, and the probabilities of the levels for left-out examples, shape (examples, levels).
        """
        pairs = [f"{intent}|{level}" for intent, level in zip(intents, levels)]
        counts = Counter(pairs)
        pairs = [pair if counts[pair] >= _RARE else f"*|{pair.split('|')[1]}" for pair in pairs]
        # The dual form is as good and five times as fast.
        logistic = LogisticRegression(C=C, solver="liblinear", dual=True, tol=1e-2, max_iter=500)
        level_model, level_held_out = CalibratedLinearModel.fit(logistic, features, levels, groups)
        pair_model, pair_held_out = CalibratedLinearModel.fit(LinearSVC(C=pairs_C, tol=1e-2), features, pairs, groups)
        model = cls(level_model, pair_model, {})
        held_out = (level_held_out @ model._to_levels + pair_held_out @ model._pairs_to_levels) / 2
        model.thresholds = fit_thresholds(held_out, np.array([LEVELS.index(level) for level in levels]), recall)
        return model, held_out

    def probabilities(self, features: Matrix) -> np.ndarray:
        """Returns the probability of each level, shape (rows, levels) in the order of `LEVELS`."""
        by_levels = self._levels.probabilities(features) @ self._to_levels
        by_pairs = self._pairs.probabilities(features) @ self._pairs_to_levels
        return (by_levels + by_pairs) / 2

    def level(self, probabilities: np.ndarray, factor: float = 1.0) -> str:
        """Turns the probabilities of one row into a level; `factor` above 1 asks for more certainty."""
        grave = probabilities[GRAVE:].sum()
        thresholds = {name: min(0.95, value * factor) for name, value in self.thresholds.items()}
        if probabilities[SUICIDAL] >= thresholds["suicidal"]:
            return "suicidaal"
        if grave >= thresholds["grave"]:
            return "acuut" if probabilities[ACUTE] / grave >= thresholds["acute"] else "ernstig"
        return "zorg" if grave + probabilities[GENTLE] >= thresholds["care"] else "geen"

    def save(self, folder: Path) -> None:
        """Writes the model to `folder`."""
        for name, model in (("levels", self._levels), ("pairs", self._pairs)):
            (folder / name).mkdir()
            model.save(folder / name)
        (folder / "thresholds.json").write_text(json.dumps(self.thresholds), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "SeverityModel":
        """Reads what `save` wrote; raises OSError or ValueError when it is missing or broken."""
        levels, pairs = (CalibratedLinearModel.load(folder / name)[0] for name in ("levels", "pairs"))
        return cls(levels, pairs, json.loads((folder / "thresholds.json").read_text(encoding="utf-8")))


def fit_thresholds(held_out: np.ndarray, truth: np.ndarray, recall: Mapping[str, float]) -> Dict[str, float]:
    """Returns for each threshold the highest that finds the share `recall` of what it must find.

    Args:
        held_out: probabilities of the levels for examples of unseen writers, shape (examples, levels).
        truth: the index of the right level of each example.
        recall: the shares, 0 to 1, for `grave`, `acute`, `suicidal` and `care`.
    """
    grave = held_out[:, GRAVE:].sum(axis=1)
    scores = {
        "grave": grave[truth >= GRAVE],
        "acute": (held_out[:, ACUTE] / np.maximum(grave, 1e-6))[truth == ACUTE],
        "suicidal": held_out[truth == SUICIDAL, SUICIDAL],
        "care": (grave + held_out[:, GENTLE])[truth == GENTLE],
    }
    return {name: float(np.quantile(values, 1 - recall[name])) for name, values in scores.items()}


def _columns_to_levels(levels: Sequence[str]) -> np.ndarray:
    """Returns a matrix that adds up columns of the same level, shape (columns, levels)."""
    matrix = np.zeros((len(levels), len(LEVELS)), dtype=np.float32)
    matrix[np.arange(len(levels)), [LEVELS.index(level) for level in levels]] = 1
    return matrix
