"""The classifiers as they serve: with half the memory, they judge as they did when they were trained."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import spacy_lookups_data

from weerbaar.nlu.linear_model import HalvedModel, LinearModel, sparse_margin
from weerbaar.nlu.words import dutch_words


def test_halved_weights_give_the_same_probabilities():
    random = np.random.default_rng(3)
    features = scipy.sparse.random(400, 5_000, density=0.01, format="csr", dtype=np.float32, random_state=3)
    labels = [f"intent{number}" for number in random.integers(0, 12, 400)]
    held_out = random.random(400) < 0.2
    model = LinearModel.fit(sparse_margin(0.3), features, labels, held_out)
    halved = HalvedModel(model)
    assert np.abs(np.exp(halved.log_probabilities(features)) - np.exp(model.log_probabilities(features))).max() < 1e-3
    nothing = scipy.sparse.csr_matrix((1, 5_000), dtype=np.float32)
    assert halved.log_probabilities(nothing) == pytest.approx(model.log_probabilities(nothing))


def test_every_word_of_the_table_is_dutch_and_no_other():
    table = Path(spacy_lookups_data.__file__).parent / "data" / "nl_lemma_lookup.json.gz"
    words = {word.lower() for pair in json.loads(gzip.decompress(table.read_bytes())).items() for word in pair}
    known = dutch_words()
    assert all(word in known for word in words)
    assert not any(f"{word}xq" in known for word in words)
