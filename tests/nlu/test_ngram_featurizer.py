"""The n-grams of a message: the same weights as scikit-learn's, computed one text at a time."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from weerbaar.nlu.ngram_featurizer import NgramFeatures, Weights

TEXTS = ["er staat iemand bij de deur", "de deur van de deur", "hoe vraag ik een woningscan aan", "de scan, de scan"]


@pytest.fixture(params=["word", "char_wb"], scope="module")
def vectorizer(request) -> TfidfVectorizer:
    """A vectorizer that was fitted on a few texts."""
    return TfidfVectorizer(analyzer=request.param, ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32).fit(TEXTS)


@pytest.mark.parametrize("text", [*TEXTS, "De DEUR de deur, xyz", "qqq", ""])
def test_the_weights_are_those_of_scikit_learn(vectorizer, text):
    """Repeated, unknown and no words at all."""
    columns, weights = Weights(vectorizer).of(text)
    expected = vectorizer.transform([text])
    expected.sort_indices()
    assert columns.tolist() == expected.indices.tolist()
    assert np.allclose(weights, expected.data, atol=1e-6)


def test_the_fingerprint_changes_with_the_features():
    """By it Rasa's training decides whether a component must learn again."""

    def fingerprint(row: list[float]) -> str:
        return NgramFeatures(csr_matrix(row), FEATURE_TYPE_SENTENCE, TEXT, "ngrams").fingerprint()

    assert fingerprint([0.6, 0, 0.8]) == fingerprint([0.6, 0, 0.8])
    assert len({fingerprint([0.6, 0, 0.8]), fingerprint([0.8, 0, 0.6]), fingerprint([0.6, 0.8, 0])}) == 3
