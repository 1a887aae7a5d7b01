"""A calibrated linear classifier, and a pair of them on n-grams and on embeddings, both saved without pickle."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.special import log_softmax, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from weerbaar.nlu.writers import HELD_OUT, writer_of

Floats = NDArray[np.float32]
Features: TypeAlias = "Floats | scipy.sparse.csr_matrix"


class LinearModel:
    """A linear classifier whose scores become probabilities by a softmax with a temperature.

    Attributes:
        classes: the labels, in the order of the columns of `scores`.
        temperature: the factor on the scores, fitted on the held-out writers.
    """

    def __init__(self, classes: Sequence[str], weights: Floats, bias: Floats, temperature: float) -> None:
        """Creates a model from weights of shape (classes, features) and a bias of shape (classes,)."""
        self.classes, self.bias, self.temperature = list(classes), bias, temperature
        # Stored as (features, classes) and contiguous: otherwise each product with a sparse row copies all of it.
        self._columns = np.ascontiguousarray(weights.T, dtype=np.float32)

    @classmethod
    def fit(cls, estimator: Any, features: Features, labels: Sequence[str], held_out: NDArray[np.bool_]) -> LinearModel:
        """Fits the weights on the writers that are not held out, and the temperature on the held-out writers.

        Args:
            estimator: a linear classifier of scikit-learn, or its network without hidden layers.
            features: shape (examples, features).
            labels: one label per example, at least three different ones.
            held_out: whether the writer of each example is held out, shape (examples,). If none or all are, the
                weights are fitted on everything and the temperature is 1.
        """
        targets = np.asarray(labels)
        learned = ~held_out if held_out.any() and not held_out.all() else np.ones(len(targets), bool)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a few passes are enough, and are meant
            fitted = estimator.fit(features[learned], targets[learned])
        classes = [str(name) for name in fitted.classes_]
        if isinstance(fitted, MLPClassifier):
            weights, bias = fitted.coefs_[0].T, fitted.intercepts_[0]
        else:
            weights, bias = fitted.coef_, fitted.intercept_
        model = cls(classes, weights.astype(np.float32), bias.astype(np.float32), 1.0)
        measured = ~learned & np.isin(targets, classes)
        if measured.any():
            scores, truth = model._raw(features[measured]), np.searchsorted(classes, targets[measured])
            model.temperature = fit_temperature(scores, truth)
        return model

    def _raw(self, features: Features) -> Floats:
        # The same type as the columns: otherwise scipy converts all columns at each call.
        scores: Floats = np.asarray(features.astype(np.float32, copy=False) @ self._columns) + self.bias
        return scores

    def log_probabilities(self, features: Features) -> Floats:
        """Returns the logarithms of the class probabilities, shape (rows, classes)."""
        logarithms: Floats = log_softmax(self.temperature * self._raw(features), axis=1)
        return logarithms

    def save(self, folder: Path) -> None:
        """Writes the model to `folder`, which must not exist yet."""
        folder.mkdir()
        np.savez(folder / "weights.npz", weights=self._columns.T.astype(np.float16), bias=self.bias)
        about = {"classes": self.classes, "temperature": self.temperature}
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """Reads what `save` wrote; raises OSError or ValueError when it is missing or broken."""
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        try:
            with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
                weights, bias = arrays["weights"].astype(np.float32), arrays["bias"]
        except (BadZipFile, KeyError) as error:
            raise ValueError("the weights of the classifier in the model are broken: train again") from error
        if weights.shape[0] != len(about["classes"]) or not np.isfinite(weights).all():
            raise ValueError("the classifier in the model is broken: train again")
        return cls(about["classes"], weights, bias, about["temperature"])


class HalvedModel(LinearModel):
    """A model on n-grams as it serves: 16-bit integers, in steps of the largest weight of each class.

    There are hundreds of thousands of n-grams and a message has a few hundred, so only their rows become floats again.
    NumPy does this quickly with integers, and slowly with floats of 16 bits.
    """

    def __init__(self, model: LinearModel) -> None:
        """Takes over a model that was loaded; it can no longer be saved."""
        super().__init__(model.classes, np.empty((len(model.classes), 0), np.float32), model.bias, model.temperature)
        most = np.abs(model._columns).max(axis=0)
        self._step = np.where(most > 0, most, 1).astype(np.float32) / np.float32(np.iinfo(np.int16).max)
        self._halved = np.rint(model._columns / self._step).astype(np.int16)

    def _raw(self, features: Features) -> Floats:
        assert isinstance(features, scipy.sparse.csr_matrix)  # n-grams always are
        rows = []
        for start, end in zip(features.indptr[:-1], features.indptr[1:], strict=True):
            weights = self._halved[features.indices[start:end]].astype(np.float32)
            rows.append(features.data[start:end].astype(np.float32, copy=False) @ weights)
        scores: Floats = np.stack(rows) * self._step + self.bias
        return scores

    def save(self, folder: Path) -> None:
        """Raises NotImplementedError: what is saved are the weights before they were halved."""
        raise NotImplementedError


class PairedModel:
    """A model on n-grams and one on embeddings that judge together, because they err on different messages.

    Attributes:
        classes: the labels, in the order of the columns of `probabilities`.
    """

    def __init__(self, ngrams: LinearModel, embeddings: LinearModel) -> None:
        """Combines two models; raises ValueError when their classes differ."""
        if ngrams.classes != embeddings.classes:
            raise ValueError("the two classifiers in the model do not belong together: train again")
        self._ngrams, self._embeddings, self.classes = ngrams, embeddings, ngrams.classes

    @classmethod
    def fit(cls, messages: list[Message], labels: Sequence[str], on_ngrams: Any, on_embeddings: Any) -> PairedModel:
        """Fits both models on the features of the messages.

        Args:
            messages: examples with both kinds of features.
            labels: one label per message.
            on_ngrams: the scikit-learn classifier for the n-grams.
            on_embeddings: the scikit-learn classifier for the embeddings.

        Raises:
            ValueError: a message lacks features, because config.yml has no featurizer before this component.
        """
        views = [view_of(message) for message in messages]
        if any(ngrams is None or embedding is None for ngrams, embedding in views):
            raise ValueError("no features: config.yml needs NgramFeaturizer and EncoderFeaturizer before this")
        held_out = np.array([writer_of(message.get("metadata")) in HELD_OUT for message in messages], bool)
        ngrams = scipy.sparse.vstack([ngrams for ngrams, _ in views], format="csr")
        embeddings = np.concatenate([embedding for _, embedding in views])
        return cls(
            LinearModel.fit(on_ngrams, ngrams, labels, held_out),
            LinearModel.fit(on_embeddings, embeddings, labels, held_out),
        )

    def probabilities(self, view: View) -> Floats | None:
        """Returns the probabilities that both models give together, shape (rows, classes).

        If one kind of features is missing, the other model judges alone; without any features the result is None.
        """
        ngrams, embeddings = view
        parts = []
        if ngrams is not None and ngrams.nnz:
            parts.append(self._ngrams.log_probabilities(ngrams))
        if embeddings is not None:
            parts.append(self._embeddings.log_probabilities(embeddings))
        return softmax(np.mean(parts, axis=0), axis=1) if parts else None

    def save(self, folder: Path) -> None:
        """Writes both models to `folder`."""
        self._ngrams.save(folder / "ngrams")
        self._embeddings.save(folder / "embeddings")

    @classmethod
    def load(cls, folder: Path) -> PairedModel:
        """Reads what `save` wrote; raises OSError or ValueError when it is missing or broken."""
        return cls(HalvedModel(LinearModel.load(folder / "ngrams")), LinearModel.load(folder / "embeddings"))


# The n-grams and the embeddings of texts, each with one row per text; None where there are none.
View = tuple[scipy.sparse.csr_matrix | None, Floats | None]


def view_of(message: Message) -> View:
    """Returns the n-grams and the embedding of a message's text, each of shape (1, features) or None."""
    _, sparse = message.get_sparse_features(TEXT)
    _, dense = message.get_dense_features(TEXT)
    return scipy.sparse.csr_matrix(sparse.features) if sparse else None, dense.features if dense else None


def logistic(C: float) -> LogisticRegression:
    """Returns a classifier for embeddings; `C` is the inverse regularisation strength."""
    return LogisticRegression(C=C, max_iter=200, tol=1e-3)


def quick_logistic(passes: int) -> MLPClassifier:
    """Returns a classifier for embeddings of many examples and classes, which learns in small steps.

    A network without hidden layers is a logistic regression. With sixty classes it is as good as `logistic` and takes a
    small part of the time (docs/encoder.md).

    Args:
        passes: how often each example is used.
    """
    return MLPClassifier(
        hidden_layer_sizes=(), batch_size=256, learning_rate_init=0.01, max_iter=passes, alpha=1e-5, random_state=1
    )


def sparse_logistic(C: float) -> LogisticRegression:
    """Returns a classifier for n-grams in the dual form, which is as good and five times as fast."""
    return LogisticRegression(C=C, solver="liblinear", dual=True, tol=1e-2, max_iter=500)


def sparse_margin(C: float) -> LinearSVC:
    """Returns a support vector machine for n-grams."""
    return LinearSVC(C=C, tol=1e-2)


def fit_temperature(scores: Floats, targets: NDArray[np.intp]) -> float:
    """Returns the factor on `scores` under which the true classes are likeliest.

    Args:
        scores: shape (examples, classes).
        targets: the index of the true class of each example, shape (examples,).
    """
    grid = np.geomspace(0.25, 16, 49)
    rows = np.arange(len(targets))
    loss = [-log_softmax(t * scores, axis=1)[rows, targets].mean() for t in grid]
    return float(grid[int(np.argmin(loss))])
