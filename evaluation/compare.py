"""Sets intent classifiers, and severity models, side by side on the same data: `make vergelijk`.

Each is measured twice: on sources (writers) it was not trained on, and on a case file after training on all data.
Usage: python -m evaluation.compare --cases CASES.jsonl [--out TABLE.md] [--with-diet] [--only WORD ...]
"""
from __future__ import annotations

import argparse
import pickle
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import scipy.sparse
import spacy
from scipy.special import softmax
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from spacy.tokens import Doc
from spacy.training import Example as SpacyExample
from spacy.util import fix_random_seed, minibatch

from components.linear_model import fit_temperature
from components.ngram_featurizer import lemmas
from components.severity import LEVELS, at_least
from components.severity_classifier import SeverityClassifier
from components.severity_model import SeverityModel
from evaluation.examples import (
    REPOSITORY,
    DataError,
    Example,
    folds_by_source,
    level_of_intent,
    read_cases,
    read_examples,
)

# What a class that the model does not know scores.
UNKNOWN = -20.0
FALSE_ALARM_RATES = (0.01, 0.02, 0.05, 0.10)
GRAVE = ("ernstig", "acuut", "suicidaal")
TIMED_MESSAGES = 150


# Features. Each takes spaCy documents: the text and its lemmas.


def text_of(doc: Doc) -> str:
    """Returns the text as typed."""
    return doc.text


class Features:
    """Sparse vectorizers side by side: (what they read of a document, vectorizer) pairs."""

    def __init__(self, *parts: Tuple[Callable[[Doc], str], Any], dimensions: int = 0) -> None:
        """With `dimensions`, the features are reduced to so many (latent semantic analysis: our own embeddings)."""
        self.parts = parts
        self.reducer = TruncatedSVD(dimensions, random_state=1) if dimensions else None

    @property
    def reads_lemmas(self) -> bool:
        """Says whether a message must go through spaCy first."""
        return any(reads is lemmas for reads, _ in self.parts)

    def fit_transform(self, docs: Sequence[Doc]) -> Any:
        """Learns from the documents and returns their features, shape (documents, features)."""
        matrix = _beside([part.fit_transform(map(reads, docs)) for reads, part in self.parts])
        for _, part in self.parts:
            part.stop_words_ = None  # a list of what was left out; large, and of no use
        return self._unit(self.reducer.fit_transform(matrix)) if self.reducer else matrix

    def transform(self, docs: Sequence[Doc]) -> Any:
        """Returns the features of the documents, shape (documents, features)."""
        matrix = _beside([part.transform(map(reads, docs)) for reads, part in self.parts])
        return self._unit(self.reducer.transform(matrix)) if self.reducer else matrix

    @staticmethod
    def _unit(matrix: np.ndarray) -> np.ndarray:
        return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)


def _beside(matrices: List[Any]) -> Any:
    return scipy.sparse.hstack(matrices, format="csr") if len(matrices) > 1 else matrices[0]


def words(low: int, high: int, reads: Callable[[Doc], str] = text_of) -> Tuple[Callable[[Doc], str], Any]:
    """Returns TF-IDF of words, or of lemmas, as NgramFeaturizer makes it."""
    return reads, TfidfVectorizer(
        ngram_range=(low, high), token_pattern=r"[^\s.,;:!?()\"']+", sublinear_tf=True, dtype=np.float32
    )


def characters(low: int, high: int) -> Tuple[Callable[[Doc], str], Any]:
    """Returns TF-IDF of character n-grams within words, as NgramFeaturizer makes it."""
    return text_of, TfidfVectorizer(
        analyzer="char_wb", ngram_range=(low, high), min_df=2, sublinear_tf=True, dtype=np.float32
    )


def counts() -> List[Tuple[Callable[[Doc], str], Any]]:
    """Returns Rasa's default sparse features: counts of words and of character n-grams."""
    return [
        (text_of, CountVectorizer(token_pattern=r"(?u)\b\w+\b", dtype=np.float32)),
        (text_of, CountVectorizer(analyzer="char_wb", ngram_range=(1, 4), dtype=np.float32)),
    ]


def our_features() -> Features:
    """Returns the features of the shipped classifier."""
    return Features(words(1, 2, lemmas), characters(2, 5))


# Classifiers. Each has fit(documents, labels), scores(documents) with a column for each of `classes`, and `size()`.


class Linear:
    """A linear scikit-learn classifier on features."""

    def __init__(self, features: Features, estimator: Any) -> None:
        """Takes both untrained."""
        self.features, self.estimator = features, estimator

    def fit(self, docs: Sequence[Doc], labels: Sequence[str]) -> None:
        """Learns the features and the classifier."""
        self.estimator.fit(self.features.fit_transform(docs), labels)
        self.estimator.coef_ = self.estimator.coef_.astype(np.float32)

    @property
    def classes(self) -> List[str]:
        """The labels, in the order of the columns of `scores`."""
        return list(self.estimator.classes_)

    def scores(self, docs: Sequence[Doc]) -> np.ndarray:
        """Returns scores before the softmax, shape (documents, classes)."""
        return np.asarray(self.estimator.decision_function(self.features.transform(docs)))

    def size(self) -> int:
        """Returns the bytes that the trained classifier takes, weights as float32."""
        return len(pickle.dumps((self.features, self.estimator)))


class SpacyCategorizer:
    """spaCy's own text categorizer, on the processor."""

    def __init__(self, architecture: Dict[str, Any], epochs: int) -> None:
        """Takes the settings of the model, as in spaCy's configuration."""
        self.architecture, self.epochs, self.nlp = architecture, epochs, None

    def fit(self, docs: Sequence[Doc], labels: Sequence[str]) -> None:
        """Trains a new pipeline, always with the same random seed."""
        fix_random_seed(1)
        self.nlp = spacy.blank("nl")
        categorizer = self.nlp.add_pipe("textcat", config={"model": self.architecture})
        for label in sorted(set(labels)):
            categorizer.add_label(label)
        none = dict.fromkeys(categorizer.labels, 0.0)
        examples = [
            SpacyExample.from_dict(self.nlp.make_doc(doc.text), {"cats": {**none, label: 1.0}})
            for doc, label in zip(docs, labels)
        ]
        optimizer = self.nlp.initialize(lambda: examples[:200])
        order = np.random.RandomState(1)
        for _ in range(self.epochs):
            for batch in minibatch((examples[i] for i in order.permutation(len(examples))), 64):
                self.nlp.update(batch, sgd=optimizer, drop=0.2)

    @property
    def classes(self) -> List[str]:
        """The labels, in the order of the columns of `scores`."""
        return list(self.nlp.get_pipe("textcat").labels)

    def scores(self, docs: Sequence[Doc]) -> np.ndarray:
        """Returns the logarithm of the probabilities, shape (documents, classes)."""
        rows = [[doc.cats[label] for label in self.classes] for doc in self.nlp.pipe([doc.text for doc in docs])]
        return np.log(np.asarray(rows) + 1e-8)

    def size(self) -> int:
        """Returns the bytes that the trained categorizer takes."""
        return len(self.nlp.get_pipe("textcat").to_bytes())


class Diet:
    """Rasa's default classifier, trained by Rasa itself in a folder of its own."""

    def __init__(self, epochs: int) -> None:
        """Takes the number of rounds over the data."""
        self.epochs, self.classes, self.model, self.bytes = epochs, [], None, 0

    def fit(self, docs: Sequence[Doc], labels: Sequence[str]) -> None:
        """Trains by `rasa train nlu`; raises RuntimeError when Rasa makes no model."""
        from evaluation.rasa_models import LoadedModel, blocks_of_examples, diet_config, train

        blocks = blocks_of_examples([Example(doc.text, "geen", (str(label),)) for doc, label in zip(docs, labels)])
        with tempfile.TemporaryDirectory(prefix="diet-") as folder:
            path = train(diet_config(self.epochs), blocks, Path(folder))
            self.model, self.bytes = LoadedModel(path), path.stat().st_size
        self.classes = sorted(set(labels))

    def scores(self, docs: Sequence[Doc]) -> np.ndarray:
        """Returns the logarithm of DIET's confidences, shape (documents, classes)."""
        rows = []
        for doc in docs:
            # Rasa keeps the ten likeliest; the rest count as next to nothing.
            ranking = {entry["name"]: entry["confidence"] for entry in self.model.parse(doc.text)["intent_ranking"]}
            rows.append([ranking.get(name, 0.0) for name in self.classes])
        return np.log(np.asarray(rows) + 1e-8)

    def size(self) -> int:
        """Returns the bytes of the model file."""
        return self.bytes


@dataclass
class Candidate:
    """A classifier to compare.

    Attributes:
        name: as it stands in the table.
        make: returns it untrained.
        folds: how many of the folds to measure; fewer for what takes long. With 0 the model of the first fold judges
            the cases too, and is not trained on all examples.
        needs_lemmas: whether a message must go through our spaCy pipeline first.
    """

    name: str
    make: Callable[[], Any]
    folds: int = 4
    needs_lemmas: bool = False


def logistic(**settings: Any) -> LogisticRegression:
    """Returns one-against-all logistic regression."""
    return LogisticRegression(**{"C": 10, "solver": "liblinear", **settings})


def candidates(epochs: int, diet_epochs: int = 0) -> List[Candidate]:
    """Returns what is compared; `epochs` for spaCy, `diet_epochs` 0 leaves DIET out."""
    found = [
        _linear("2 aantallen + LR (Rasa's sparse)", lambda: Features(*counts()), lambda: LogisticRegression(
            class_weight="balanced", max_iter=100), folds=1),
        _linear("3 TF-IDF woorden (1,1) + SVM", lambda: Features(words(1, 1))),
        _linear("3 TF-IDF woorden (1,2) + SVM", lambda: Features(words(1, 2))),
        _linear("4 lemma's (1,1) + SVM", lambda: Features(words(1, 1, lemmas))),
        _linear("4 lemma's (1,2) + SVM", lambda: Features(words(1, 2, lemmas))),
        _linear("5 tekens (2,4) + SVM", lambda: Features(characters(2, 4))),
        _linear("5 tekens (3,5) + SVM", lambda: Features(characters(3, 5))),
        _linear("5 tekens (2,5) + SVM", lambda: Features(characters(2, 5))),
        _linear("5 woorden (1,2) + tekens (2,4) + SVM", lambda: Features(words(1, 2), characters(2, 4))),
        _linear("5 woorden (1,2) + tekens (2,5) + SVM", lambda: Features(words(1, 2), characters(2, 5))),
        _linear("5 woorden (1,2) + tekens (3,6) + SVM", lambda: Features(words(1, 2), characters(3, 6))),
        _linear(OURS, our_features),
        _linear("6 onze, eerste vouw", our_features, folds=0),
        _linear(OURS_LR, our_features, logistic, folds=1),
        Candidate("8 spaCy textcat BOW", lambda: SpacyCategorizer(BOW, epochs), folds=0),
        Candidate("8 spaCy textcat CNN", lambda: SpacyCategorizer(CNN, epochs), folds=0),
        _linear("9 LSA 300 van onze kenmerken + SVM", lambda: Features(
            words(1, 2, lemmas), characters(2, 5), dimensions=300), lambda: LinearSVC(C=0.3, dual=False), folds=0),
    ]
    if diet_epochs:
        found.append(Candidate(f"1 Rasa DIET ({diet_epochs} rondes)", lambda: Diet(diet_epochs), folds=0))
    return found


OURS = "6 lemma's (1,2) + tekens (2,5) + SVM (onze)"
OURS_LR = "6 lemma's (1,2) + tekens (2,5) + LR"
BOW = {"@architectures": "spacy.TextCatBOW.v2", "exclusive_classes": True, "ngram_size": 2, "no_output_layer": False}
CNN = {
    "@architectures": "spacy.TextCatCNN.v2",
    "exclusive_classes": True,
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 96,
        "depth": 2,
        "embed_size": 4000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
    },
}


def _linear(
    name: str, features: Callable[[], Features], estimator: Callable[[], Any] = lambda: LinearSVC(C=0.3), folds: int = 4
) -> Candidate:
    return Candidate(name, lambda: Linear(features(), estimator()), folds, features().reads_lemmas)


# Measuring.


@dataclass
class Data:
    """What all candidates are measured on: the examples and the cases, and spaCy's documents of both."""

    nlp: Any
    examples: List[Example]
    cases: List[Example]
    docs: List[Doc] = field(default_factory=list)
    case_docs: List[Doc] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Runs spaCy over all texts."""
        self.docs = list(self.nlp.pipe([example.text for example in self.examples]))
        self.case_docs = list(self.nlp.pipe([case.text for case in self.cases]))
        self.folds = folds_by_source(self.examples)


@dataclass
class Result:
    """What was measured of one candidate.

    Attributes:
        classes: the labels, in the order of the columns.
        tested: indices of the examples that were predicted by a model that did not see their source.
        held_out: their probabilities, shape (tested, classes).
        on_cases: those of the cases, shape (cases, classes).
        seconds: to train once on all examples; fitting the confidence adds the folds.
        milliseconds: for one message.
        bytes: of the trained classifier.
        on_all: whether the model that judged the cases was trained on all examples, not on the first fold.
    """

    name: str
    classes: List[str]
    tested: np.ndarray
    held_out: np.ndarray
    on_cases: np.ndarray
    seconds: float
    milliseconds: float
    bytes: int
    on_all: bool = True


def measure(candidate: Candidate, data: Data) -> Result:
    """Trains the candidate on the folds and on all, and returns its calibrated predictions of the intent."""
    labels = np.array([example.intent for example in data.examples])
    classes = sorted(set(labels))
    tested, scores = [], []
    for train_on, test_on in data.folds[: candidate.folds or 1]:
        model, seconds = _trained(candidate, data, labels, train_on)
        scores.append(_aligned(model, [data.docs[i] for i in test_on], classes))
        tested.append(test_on)
    tested, scores = np.concatenate(tested), np.concatenate(scores)
    # DIET is measured as Rasa gives it; the others get a temperature, as CalibratedLinearModel gives the shipped one.
    diet = candidate.name.startswith("1 ")
    temperature = 1.0 if diet else fit_temperature(scores, np.searchsorted(classes, labels[tested]))
    if candidate.folds:
        del model  # before the next, for the memory
        model, seconds = _trained(candidate, data, labels, np.arange(len(labels)))
    on_cases = _aligned(model, data.case_docs, classes)
    return Result(
        candidate.name, classes, tested, softmax(temperature * scores, axis=1), softmax(temperature * on_cases, axis=1),
        seconds, _milliseconds(model, data, candidate.needs_lemmas), model.size(), bool(candidate.folds),
    )


def _trained(candidate: Candidate, data: Data, labels: np.ndarray, chosen: np.ndarray) -> Tuple[Any, float]:
    """Returns a model trained on the chosen examples, and how many seconds it took."""
    start = time.perf_counter()
    model = candidate.make()
    model.fit([data.docs[i] for i in chosen], labels[chosen])
    return model, time.perf_counter() - start


def _aligned(model: Any, docs: List[Doc], classes: List[str]) -> np.ndarray:
    scores = np.full((len(docs), len(classes)), UNKNOWN)
    scores[:, np.searchsorted(classes, model.classes)] = model.scores(docs)
    return scores


def _milliseconds(model: Any, data: Data, needs_lemmas: bool) -> float:
    make_doc = data.nlp if needs_lemmas else data.nlp.make_doc
    times = []
    for case in data.cases[:TIMED_MESSAGES]:
        start = time.perf_counter()
        model.scores([make_doc(case.text)])
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def mean_of(name: str, one: Result, other: Result) -> Result:
    """Returns the ensemble of two: the mean of their probabilities. Both must be measured on the same examples."""
    return Result(
        name, one.classes, one.tested, (one.held_out + other.held_out) / 2, (one.on_cases + other.on_cases) / 2,
        one.seconds + other.seconds, one.milliseconds + other.milliseconds, one.bytes + other.bytes,
    )


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Returns the expected calibration error: the mean gap between confidence and accuracy, over equal-width bins."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(sum(
        abs(confidence[place == one].mean() - right[place == one].mean()) * np.mean(place == one)
        for one in np.unique(place)
    ))


def figures(result: Result, probabilities: np.ndarray, examples: Sequence[Example]) -> Dict[str, float]:
    """Returns accuracy, serious recall, false alarms and calibration error of predicted intents, each 0 to 1."""
    predicted = [result.classes[index] for index in probabilities.argmax(axis=1)]
    right = np.array([example.accepts(intent) for example, intent in zip(examples, predicted)])
    alarm = np.array([at_least(level_of_intent(intent), "ernstig") for intent in predicted])
    grave = np.array([at_least(example.ernst, "ernstig") for example in examples])
    calm = np.array([example.ernst == "geen" for example in examples])
    return {
        "accuracy": right.mean(),
        "recall": alarm[grave].mean() if grave.any() else np.nan,
        "false": alarm[calm].mean() if calm.any() else np.nan,
        "ece": calibration_error(probabilities.max(axis=1), right),
    }


def intent_row(result: Result, data: Data) -> List[str]:
    """Returns the row of the table for one candidate."""
    unseen = figures(result, result.held_out, [data.examples[i] for i in result.tested])
    seen = figures(result, result.on_cases, data.cases)
    case_mark = "" if result.on_all else "†"
    mark = "" if len(result.tested) == sum(len(test) for _, test in data.folds) else "*"
    return [
        result.name,
        *(f"{100 * unseen[key]:.1f}{mark}" for key in ("accuracy", "recall", "false")), f"{unseen['ece']:.3f}{mark}",
        *(f"{100 * seen[key]:.1f}{case_mark}" for key in ("accuracy", "recall", "false")),
        f"{seen['ece']:.3f}{case_mark}",
        f"{result.seconds:.0f}", f"{result.milliseconds:.2f}", f"{result.bytes / 1e6:.1f}",
    ]


INTENT_HEADER = [
    "classifier", "juist, bron weggelaten %", "ernstig gevonden %", "vals alarm %", "ECE",
    "juist, zaken %", "ernstig gevonden %", "vals alarm %", "ECE", "s trainen", "ms", "MB",
]


def first_fold(result: Result, data: Data) -> Result:
    """Returns the result with the predictions of the first fold only, to set beside what was measured on no more."""
    first = np.isin(result.tested, data.folds[0][1])
    return replace(result, tested=result.tested[first], held_out=result.held_out[first])


# Severity.


SEVERITY_MODELS: Dict[str, Callable[[], Any]] = {
    "LR multinomiaal C=10": lambda: LogisticRegression(C=10, max_iter=300),
    "LR liblinear C=3": lambda: logistic(C=3),
    "LR liblinear C=10": lambda: logistic(C=10),
    "LR liblinear C=30": lambda: logistic(C=30),
    "LinearSVC C=0,3": lambda: LinearSVC(C=0.3),
    "LinearSVC C=1": lambda: LinearSVC(C=1),
}


def measure_severity(data: Data) -> List[Result]:
    """Trains each of `SEVERITY_MODELS` on the folds and on all; the features are made once for all of them.

    The milliseconds and the bytes are those of the model alone, without its features.
    """
    labels = np.array([example.ernst for example in data.examples])
    classes = sorted(set(labels))
    tested = np.concatenate([test for _, test in data.folds])
    scores: Dict[str, List[np.ndarray]] = {name: [] for name in SEVERITY_MODELS}
    for train_on, test_on in data.folds:
        features = our_features()
        train = features.fit_transform([data.docs[i] for i in train_on])
        test = features.transform([data.docs[i] for i in test_on])
        for name, make in SEVERITY_MODELS.items():
            scores[name].append(make().fit(train, labels[train_on]).decision_function(test))
    features = our_features()
    train, cases = features.fit_transform(data.docs), features.transform(data.case_docs)
    results = []
    for name, make in SEVERITY_MODELS.items():
        start = time.perf_counter()
        model = make().fit(train, labels)
        seconds, start = time.perf_counter() - start, time.perf_counter()
        for row in range(min(TIMED_MESSAGES, cases.shape[0])):
            model.decision_function(cases[row])
        milliseconds = 1000 * (time.perf_counter() - start) / min(TIMED_MESSAGES, cases.shape[0])
        held_out = np.concatenate(scores[name])
        temperature = fit_temperature(held_out, np.searchsorted(classes, labels[tested]))
        results.append(Result(
            name, classes, tested, softmax(temperature * held_out, axis=1),
            softmax(temperature * model.decision_function(cases), axis=1), seconds, milliseconds, model.coef_.nbytes,
        ))
        print(" | ".join(severity_row(results[-1], data)), file=sys.stderr, flush=True)
    return [*results, shipped_severity(data, train, cases)]


def shipped_severity(data: Data, train: Any, cases: Any) -> Result:
    """Measures the model of SeverityClassifier itself, alone; its left-out predictions are those of its own training.

    Takes the features of the examples and of the cases, with a row for each.
    """
    tested = np.concatenate([test for _, test in data.folds])
    start = time.perf_counter()
    model, held_out = SeverityModel.fit(
        train, [example.ernst for example in data.examples], [example.intent for example in data.examples],
        [example.bron for example in data.examples], SeverityClassifier.get_default_config()["recall"],
    )
    seconds, start = time.perf_counter() - start, time.perf_counter()
    for row in range(min(TIMED_MESSAGES, cases.shape[0])):
        model.probabilities(cases[row])
    milliseconds = 1000 * (time.perf_counter() - start) / min(TIMED_MESSAGES, cases.shape[0])
    return Result("onze: gemiddelde van LR en SVM op intentie met ernst (met vouwen)", list(LEVELS), tested,
                  held_out[tested], model.probabilities(cases), seconds, milliseconds, 0)


def threshold_at(calm: np.ndarray, rate: float) -> float:
    """Returns the threshold that just keeps at most `rate` of the calm scores above it."""
    ordered = np.sort(calm)[::-1]
    return float(np.nextafter(ordered[min(int(rate * len(calm)), len(calm) - 1)], np.inf))


def severity_row(result: Result, data: Data) -> List[str]:
    """Returns recall of serious messages at each false-alarm rate, for sources left out and for the cases.

    The last column: recall and false alarms on the cases with the threshold of 5 % from the sources left out.
    """
    columns = [result.classes.index(level) for level in GRAVE]
    cells, fitted = [result.name], 0.0
    for probabilities, examples in (
        (result.held_out, [data.examples[i] for i in result.tested]), (result.on_cases, data.cases)
    ):
        score = probabilities[:, columns].sum(axis=1)
        grave = np.array([at_least(example.ernst, "ernstig") for example in examples])
        calm = np.array([example.ernst == "geen" for example in examples])
        cells += [f"{100 * np.mean(score[grave] >= threshold_at(score[calm], rate)):.1f}" for rate in FALSE_ALARM_RATES]
        if not fitted:
            fitted = threshold_at(score[calm], 0.05)
            # How sure the model is of the level it names, over all levels.
            right = np.array([e.ernst for e in examples]) == np.array(result.classes)[probabilities.argmax(axis=1)]
            error = calibration_error(probabilities.max(axis=1), right)
    recall, alarms = np.mean(score[grave] >= fitted), np.mean(score[calm] >= fitted)
    cells.append(f"{fitted:.3f}: {100 * recall:.1f} / {100 * alarms:.1f}")
    return [*cells, f"{error:.3f}", f"{result.seconds:.0f}", f"{result.milliseconds:.2f}"]


SEVERITY_HEADER = [
    "ernstmodel",
    *(f"bron weggelaten, vals alarm {100 * rate:.0f} %" for rate in FALSE_ALARM_RATES),
    *(f"zaken, vals alarm {100 * rate:.0f} %" for rate in FALSE_ALARM_RATES),
    "zaken bij de drempel van 5 %: gevonden / vals alarm", "ECE", "s trainen", "ms",
]


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]]
    return "\n".join(lines)


def compare(data: Data, chosen: Sequence[Candidate], severity: bool) -> str:
    """Measures everything and returns both tables; says on stderr how far it is."""
    results: Dict[str, Result] = {}
    for candidate in chosen:
        results[candidate.name] = result = _timed(candidate, data)
        print(" | ".join(intent_row(result, data)), file=sys.stderr, flush=True)
    rows = [intent_row(result, data) for result in results.values()]
    if OURS in results and OURS_LR in results:
        pair = [first_fold(results[name], data) for name in (OURS, OURS_LR)]
        rows.append(intent_row(mean_of("7 gemiddelde van 6 SVM en 6 LR", *pair), data))
    note = "\\* alleen de eerste vouw (het duurt lang); † getraind op de eerste vouw"
    if OURS in results:
        note += "; daar is onze: " + " / ".join(intent_row(first_fold(results[OURS], data), data)[1:5])
    parts = ["## Intenties", markdown(INTENT_HEADER, sorted(rows)), note + "."] if rows else []
    if severity:
        found = measure_severity(data)
        parts += ["## Ernst: gevonden (%) bij een vast deel vals alarm, op onze kenmerken",
                  markdown(SEVERITY_HEADER, [severity_row(result, data) for result in found])]
    intents = {example.intent for example in data.examples}
    about = f"{len(data.examples)} voorbeelden, {len(intents)} intenties; {len(data.cases)} zaken."
    return "\n\n".join(["# Vergelijking van classifiers", about, *parts]) + "\n"


def _timed(candidate: Candidate, data: Data) -> Result:
    start = time.perf_counter()
    result = measure(candidate, data)
    print(f"{candidate.name}: {time.perf_counter() - start:.0f} s in all", file=sys.stderr, flush=True)
    return result


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the comparison; returns 2 when the data cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", required=True, type=Path, help="case file (.jsonl)")
    parser.add_argument("--out", type=Path, help="write the tables here as well")
    parser.add_argument("--only", nargs="*", default=[], help="only classifiers whose name has one of these words")
    parser.add_argument("--only-severity", action="store_true", help="leave the intent classifiers out")
    parser.add_argument("--without-severity", action="store_true", help="leave the severity models out")
    parser.add_argument("--with-diet", action="store_true", help="Rasa's default as well; takes long")
    parser.add_argument("--diet-epochs", type=int, default=30)
    parser.add_argument("--spacy-epochs", type=int, default=8)
    parser.add_argument("--spacy-model", default=str(REPOSITORY / "spacy_models" / "nl_weerbaar"))
    options = parser.parse_args(arguments)
    try:
        data = Data(spacy.load(options.spacy_model), read_examples(), read_cases(options.cases))
    except (DataError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    chosen = [
        candidate
        for candidate in candidates(options.spacy_epochs, options.diet_epochs if options.with_diet else 0)
        if not options.only_severity
        and (not options.only or any(word.lower() in candidate.name.lower() for word in options.only))
    ]
    table = compare(data, chosen, not options.without_severity)
    print(table)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(table, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
