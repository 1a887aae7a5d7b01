"""NgramFeaturizer: TF-IDF of lemma and character n-grams, for the whole message and for each of its sentences."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.nlu.utils.spacy_utils import SpacyNLP
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from spacy.tokens import Doc, Span

from weerbaar.nlu.sentences import document, split_sentences
from weerbaar.nlu.trained_component import TrainedComponent

# Message attribute: a csr matrix with one row per sentence, set only when there is more than one sentence.
SENTENCES_KEY = "ngram_sentences"


class NgramFeatures(Features):
    """Features whose fingerprint Rasa's training can take quickly; its own writes out every value as text."""

    def fingerprint(self) -> str:
        """Returns a digest of the columns and the weights."""
        digest = hashlib.sha256(self.features.indices.tobytes())
        digest.update(self.features.data.tobytes())
        return digest.hexdigest()


class Weights:
    """Computes the TF-IDF weights of one text as a fitted vectorizer does, in a small part of the time.

    scikit-learn's checks and conversions are meant for collections of texts; for a single message they take longer than
    the weights.
    """

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        """Takes the n-grams and their weights from a fitted vectorizer; their number is `size`."""
        self._ngrams_in, self._columns = vectorizer.build_analyzer(), vectorizer.vocabulary_
        self._idf = vectorizer.idf_.astype(np.float32)
        self.size = len(self._idf)

    def of(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Returns the columns of the known n-grams in rising order, and their weights, of Euclidean length 1."""
        known = self._columns
        counts = Counter(known[ngram] for ngram in self._ngrams_in(text) if ngram in known)
        columns = np.array(sorted(counts), np.int32)
        times = np.array([counts[column] for column in columns.tolist()], np.float32)
        weights = (1 + np.log(times)) * self._idf[columns]
        length = np.sqrt((weights**2).sum())
        return columns, weights / length if length else weights


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(TrainedComponent, Featurizer):
    """Adds sparse sentence features of shape (1, words + characters); each half has Euclidean length 1.

    Unlike raw counts, these features do not grow with the length of the text, so the models are not more certain of a
    message only because it is long.
    """

    @classmethod
    def required_components(cls) -> list[type[GraphComponent]]:
        """Returns SpacyNLP, whose document holds the lemmas and the sentences."""
        return [SpacyNLP]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the n-gram ranges and the number of examples in which a character n-gram must occur."""
        return {
            **Featurizer.get_default_config(),
            "word_ngrams": [1, 2],
            "char_ngrams": [2, 5],
            "char_min_df": 2,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException unless each n-gram range is a pair (low, high) with 1 <= low <= high."""
        for name in ("word_ngrams", "char_ngrams"):
            low, high = config[name]
            if not 1 <= low <= high:
                raise InvalidConfigException(f"{name}: expected two rising numbers from 1, got {config[name]}")

    def __init__(self, config: dict[str, Any], *arguments: Any) -> None:
        """Creates an untrained featurizer; `train` or `load` gives it its n-grams."""
        TrainedComponent.__init__(self, config, *arguments)
        Featurizer.__init__(self, self._name, config)
        self._words = TfidfVectorizer(
            ngram_range=tuple(config["word_ngrams"]),
            token_pattern=r"[^\s.,;:!?()\"']+",
            sublinear_tf=True,
            dtype=np.float32,
        )
        self._characters = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=tuple(config["char_ngrams"]),
            min_df=config["char_min_df"],
            sublinear_tf=True,
            dtype=np.float32,
        )

    def train(self, training_data: TrainingData) -> Resource:
        """Learns the n-grams and their weights from the examples."""
        docs = [doc for doc in map(document, training_data.training_examples) if doc is not None]
        self._words.fit(lemmas(doc) for doc in docs)
        self._characters.fit(doc.text for doc in docs)
        self._weights = Weights(self._words), Weights(self._characters)
        return self.keep()

    def write(self, folder: Path) -> None:
        """Writes the n-grams and their weights."""
        for name, vectorizer in self._vectorizers().items():
            terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
            (folder / f"{name}.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")
            np.save(folder / f"{name}.npy", vectorizer.idf_, allow_pickle=False)

    def read(self, folder: Path) -> None:
        """Reads what `write` wrote; raises ValueError or OSError when it is missing or broken."""
        for name, vectorizer in self._vectorizers().items():
            terms = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            vectorizer.vocabulary_ = {term: index for index, term in enumerate(terms)}
            vectorizer.idf_ = np.load(folder / f"{name}.npy", allow_pickle=False)
        self._weights = Weights(self._words), Weights(self._characters)

    def _vectorizers(self) -> dict[str, TfidfVectorizer]:
        return {"words": self._words, "characters": self._characters}

    def vectors(self, spans: list[Any]) -> scipy.sparse.csr_matrix:
        """Returns the features of spaCy documents or sentences, shape (spans, words + characters)."""
        words, characters = self._weights
        rows = [(words.of(lemmas(span)), characters.of(span.text)) for span in spans]
        columns = [np.concatenate([word[0], letter[0] + words.size]) for word, letter in rows]
        values = [np.concatenate([word[1], letter[1]]) for word, letter in rows]
        ends = np.cumsum([0, *map(len, columns)])
        shape = (len(spans), words.size + characters.size)
        return scipy.sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the features of the whole text to every example that has a text."""
        examples = [(message, document(message)) for message in training_data.training_examples]
        found = [(message, doc) for message, doc in examples if doc is not None]
        words = self._words.transform([lemmas(doc) for _, doc in found])
        characters = self._characters.transform([doc.text for _, doc in found])
        rows = scipy.sparse.hstack([words, characters], format="csr")
        for index, (message, _) in enumerate(found):
            self._add(message, rows[index])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the features of the whole text, and of each sentence when there is more than one."""
        for message in messages:
            doc = document(message)
            if doc is None:
                continue
            several = split_sentences(doc)
            rows = self.vectors([doc, *several])
            self._add(message, rows[0])
            if several:
                message.set(SENTENCES_KEY, rows[1:])
        return messages

    def _add(self, message: Message, row: scipy.sparse.csr_matrix) -> None:
        message.add_features(NgramFeatures(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))


def lemmas(span: Doc | Span) -> str:
    """Returns the lemmas of the span in lower case, separated by spaces."""
    return " ".join(token.lemma_.lower() for token in span)
