"""The trained part of the severity judgement: a pair of linear models, and thresholds fitted to two goals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.linear_model import Floats, PairedModel, View, logistic, sparse_logistic, view_of
from weerbaar.nlu.severity import LEVELS
from weerbaar.nlu.writers import HELD_OUT, writer_of

GENTLE, GRAVE, ACUTE, SUICIDAL = (LEVELS.index(level) for level in ("zorg", "ernstig", "acuut", "suicidaal"))
# Lower bounds of the fitted thresholds: probabilities below these are noise, whatever the held-out writers suggest.
FLOORS = {"grave": 0.2, "doubt": 0.03, "acute": 0.12, "suicidal": 0.1, "care": 0.1}


class SeverityModel:
    """Gives a text a level, which leads to one of three reactions: a handoff, the offer to call, or none.

    Attributes:
        thresholds: the lower bounds, 0 to 1. `grave` and `doubt` bound the summed probability of the grave levels
            (`ernstig` and worse): from `grave` on a text counts as grave, from `doubt` on it gets the offer to call.
            `acute` bounds the share of `acuut` in that sum, `suicidal` the probability of `suicidaal`, and `care` the
            summed probability of `zorg` and worse.
    """

    def __init__(self, pair: PairedModel, thresholds: Mapping[str, float]) -> None:
        """Combines fitted models, whose classes are the levels, with thresholds."""
        self._pair, self.thresholds = pair, dict(thresholds)
        self._order = [list(pair.classes).index(level) for level in LEVELS]

    @classmethod
    def fit(
        cls, messages: list[Message], levels: Sequence[str], goals: Mapping[str, float], C: Mapping[str, float]
    ) -> SeverityModel:
        """Fits the models on the writers that are not held out, and the thresholds on the held-out writers.

        Args:
            messages: examples with n-grams and embeddings. Without held-out writers the thresholds are fitted on all.
            levels: the severity of each example; every level must occur.
            goals: see `fit_thresholds`.
            C: the inverse regularisation strengths for `ngrams` and for `embeddings`.
        """
        pair = PairedModel.fit(messages, levels, sparse_logistic(C["ngrams"]), logistic(C["embeddings"]))
        model = cls(pair, {})
        held_out = [writer_of(message.get("metadata")) in HELD_OUT for message in messages]
        measured = [(m, level) for m, level, out in zip(messages, levels, held_out) if out or not any(held_out)]
        probabilities = np.concatenate([model.probabilities(view_of(message)) for message, _ in measured])
        truth = np.array([LEVELS.index(level) for _, level in measured])
        model.thresholds = fit_thresholds(probabilities, truth, goals)
        return model

    def probabilities(self, view: View) -> Floats | None:
        """Returns the probabilities in the order of `LEVELS`, shape (rows, levels), or None without features."""
        found = self._pair.probabilities(view)
        return None if found is None else found[:, self._order]

    def level(self, probabilities: Floats, surer: float = 0.0) -> str:
        """Turns the level probabilities of one text into a level.

        Args:
            probabilities: shape (levels,), in the order of `LEVELS`.
            surer: raises each threshold but `acute` by this part, 0 to 1, of its distance to 1.
        """
        grave = probabilities[GRAVE:].sum()
        bound = {name: value + surer * (1 - value) for name, value in self.thresholds.items()}
        if probabilities[SUICIDAL] >= bound["suicidal"]:
            return "suicidaal"
        if grave >= bound["grave"]:
            return "acuut" if probabilities[ACUTE] / grave >= self.thresholds["acute"] else "ernstig"
        return "zorg" if grave >= bound["doubt"] or grave + probabilities[GENTLE] >= bound["care"] else "geen"

    def save(self, folder: Path) -> None:
        """Writes the model to `folder`."""
        self._pair.save(folder)
        (folder / "thresholds.json").write_text(json.dumps(self.thresholds), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> SeverityModel:
        """Reads what `save` wrote; raises OSError or ValueError when it is missing or broken."""
        thresholds = json.loads((folder / "thresholds.json").read_text(encoding="utf-8"))
        return cls(PairedModel.load(folder), thresholds)


def fit_thresholds(held_out: Floats, truth: NDArray[np.intp], goals: Mapping[str, float]) -> dict[str, float]:
    """Returns the thresholds that reach the goals on the held-out writers.

    The threshold `grave` has two goals: the share of grave texts to find, and the share of calm texts that may raise
    an alarm. If one threshold can reach both, it is set halfway between the bounds of the two; if not, the recall
    decides. No threshold goes below `FLOORS`.

    Args:
        held_out: the level probabilities of the examples of held-out writers, shape (examples, levels).
        truth: the index in `LEVELS` of the true level of each example, shape (examples,).
        goals: the shares of texts to find, 0 to 1, for `grave`, `doubt`, `acute`, `suicidal` and `care`; and under
            `alarm` the share of calm texts that may be judged grave.
    """
    grave = held_out[:, GRAVE:].sum(axis=1)
    scores = {
        "grave": grave[truth >= GRAVE],
        "doubt": grave[truth >= GRAVE],
        "acute": (held_out[:, ACUTE] / np.maximum(grave, 1e-6))[truth == ACUTE],
        "suicidal": held_out[truth == SUICIDAL, SUICIDAL],
        "care": (grave + held_out[:, GENTLE])[truth == GENTLE],
    }
    found = {name: float(np.quantile(values, 1 - goals[name])) for name, values in scores.items()}
    quiet = float(np.quantile(grave[truth == 0], 1 - goals["alarm"]))
    if quiet < found["grave"]:
        found["grave"] = (quiet + found["grave"]) / 2
    return {name: max(value, FLOORS[name]) for name, value in found.items()}
