"""A calibrated linear classifier over sparse features, saved without pickles. Used for intents and for severity."""
from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple
from zipfile import BadZipFile

import numpy as np
import scipy.sparse
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

Matrix = scipy.sparse.csr_matrix


class CalibratedLinearModel:
    """One weight vector a class; scores become probabilities by a softmax whose temperature fits unseen sources.

    Attributes:
        classes: the labels, in the order of the columns of `probabilities`.
        temperature: the factor on the scores.
    """

    def __init__(self, classes: Sequence[str], weights: np.ndarray, bias: np.ndarray, temperature: float) -> None:
        """Takes weights of shape (classes, features) and bias of shape (classes,)."""
        self.classes = list(classes)
        # Kept as (features, classes), in one piece: else each product with a sparse row would copy the whole of it.
        self._columns = np.ascontiguousarray(weights.T)
        self.bias, self.temperature = bias, temperature

    @classmethod
    def fit(
        cls, estimator: Any, features: Matrix, labels: Sequence[str], groups: Optional[Sequence[str]] = None
    ) -> Tuple["CalibratedLinearModel", np.ndarray]:
        """Fits on all examples, and the temperature on predictions for examples of sources left out.

        Args:
            estimator: a scikit-learn linear classifier with `coef_` and `intercept_`.
            features: shape (examples, features).
            labels: a label an example; at least three different ones.
            groups: the source of each example, kept together when leaving out.

        Returns:
            The model, and the probabilities for the left-out examples, shape (examples, classes).
        """
        labels = np.asarray(labels)
        held_out = held_out_scores(estimator, features, labels, groups)
        fitted = clone(estimator).fit(features, labels)
        classes = list(fitted.classes_)
        temperature = fit_temperature(held_out, np.searchsorted(classes, labels))
        model = cls(classes, fitted.coef_.astype(np.float32), fitted.intercept_.astype(np.float32), temperature)
        return model, softmax(temperature * held_out, axis=1)

    def probabilities(self, features: Matrix) -> np.ndarray:
        """Returns probabilities of shape (rows, classes)."""
        # The same type as the columns: else scipy converts all of them at each call.
        scores = features.astype(np.float32, copy=False) @ self._columns + self.bias
        return softmax(self.temperature * np.asarray(scores), axis=1)

    def save(self, folder: Path, **extra: Any) -> None:
        """Writes the model to `folder`; `extra` must be JSON-serialisable and comes back from `load`."""
        np.savez(folder / "weights.npz", weights=self._columns.T.astype(np.float16), bias=self.bias)
        about = {"classes": self.classes, "temperature": self.temperature, **extra}
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Tuple["CalibratedLinearModel", Dict[str, Any]]:
        """Reads what `save` wrote. Raises OSError or ValueError when it is missing or broken: never guesses."""
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        try:
            with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
                weights, bias = arrays["weights"].astype(np.float32), arrays["bias"]
        except (BadZipFile, KeyError) as error:
            raise ValueError("the weights of the classifier in the model are broken: train again") from error
        if weights.shape[0] != len(about["classes"]) or not np.isfinite(weights).all():
            raise ValueError("the classifier in the model is broken: train again")
        return cls(about["classes"], weights, bias, about["temperature"]), about


def held_out_scores(
    estimator: Any, features: Matrix, labels: np.ndarray, groups: Optional[Sequence[str]], folds: int = 4
) -> np.ndarray:
    """Returns for each example the scores of a model that saw no example of its source."""
    classes = np.unique(labels)
    scores = np.full((len(labels), len(classes)), -5.0, dtype=np.float32)
    groups = np.asarray(groups if groups is not None else np.arange(len(labels)))
    splits = min(folds, len(np.unique(groups)))
    if splits < 2:
        groups, splits = np.arange(len(labels)), min(folds, len(labels))

    def predict_left_out(train: np.ndarray, test: np.ndarray) -> None:
        fitted = clone(estimator).fit(features[train], labels[train])
        if len(fitted.classes_) > 2:  # two classes give one column; too little data to calibrate on
            columns = np.searchsorted(classes, fitted.classes_)
            scores[np.ix_(test, columns)] = fitted.decision_function(features[test])

    # liblinear works outside Python's lock, so threads use all cores.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        splits_of_writers = GroupKFold(splits).split(features, groups=groups)
        for done in [pool.submit(predict_left_out, *split) for split in splits_of_writers]:
            done.result()
    return scores


def fit_temperature(scores: np.ndarray, targets: np.ndarray) -> float:
    """Returns the factor on `scores` that gives the true classes the highest likelihood."""
    grid = np.geomspace(0.25, 16, 49)
    rows = np.arange(len(targets))
    loss = [-np.log(softmax(t * scores, axis=1)[rows, targets] + 1e-9).mean() for t in grid]
    return float(grid[int(np.argmin(loss))])


def stack_features(messages: List[Message]) -> Matrix:
    """Returns the sparse sentence features of the messages' texts, shape (messages, features).

    Raises:
        ValueError: a message has none: a featurizer is missing before this component in config.yml.
    """
    rows = [sentence_features(message) for message in messages]
    if any(row is None for row in rows):
        raise ValueError("no sparse features: put NgramFeaturizer before this component in config.yml")
    return scipy.sparse.vstack(rows, format="csr")


def sentence_features(message: Message) -> Optional[Matrix]:
    """Returns the sparse sentence features of the message's text, shape (1, features), or None."""
    _, features = message.get_sparse_features(TEXT)
    return scipy.sparse.csr_matrix(features.features) if features else None


def source_of(message: Message) -> str:
    """Returns the point of view an example was written from (metadata `bron` in data/nlu), or an empty string."""
    return str(((message.get("metadata") or {}).get("intent") or {}).get("bron", ""))
