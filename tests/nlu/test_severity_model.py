"""The trained part of the severity judgement: thresholds from unseen writers, levels from probabilities, the file."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.patterns import PATTERNS_FILE
from weerbaar.nlu.severity import LEVELS, SEVERITY_KEY, at_least
from weerbaar.nlu.severity_classifier import SeverityClassifier
from weerbaar.nlu.severity_model import FLOORS, SeverityModel, fit_thresholds

GOALS = {"grave": 0.9, "doubt": 0.95, "acute": 0.9, "suicidal": 0.8, "care": 0.9, "alarm": 0.05}


def example(row: int, noise: np.ndarray, writer: str) -> Message:
    """Returns an example of one of five kinds, each with a feature of its own and some noise."""
    features = (np.eye(5)[[row]] + 0.1 * noise).astype(np.float32)
    message = Message({TEXT: "x", "metadata": {"intent": {"bron": writer}}})
    message.add_features(Features(scipy.sparse.csr_matrix(features), FEATURE_TYPE_SENTENCE, TEXT, "ngrams"))
    message.add_features(Features(features, FEATURE_TYPE_SENTENCE, TEXT, "encoder"))
    return message


@pytest.fixture(scope="module")
def model() -> SeverityModel:
    """A model of such examples, some by a writer who is held out."""
    random = np.random.RandomState(1)
    rows = np.repeat(np.arange(5), 40)
    messages = [example(row, random.rand(1, 5), "H" if number % 4 == 0 else "A") for number, row in enumerate(rows)]
    return SeverityModel.fit(messages, [LEVELS[row] for row in rows], GOALS, {"ngrams": 10.0, "embeddings": 10.0})


def view(values: list) -> tuple:
    """Returns one row of features as n-grams and as an embedding."""
    row = np.array([values], np.float32)
    return scipy.sparse.csr_matrix(row), row


@pytest.mark.parametrize("index", range(5))
def test_each_kind_gets_its_level(model, index):
    """Geen, zorg, ernstig, acuut and suicidaal in turn."""
    assert model.level(model.probabilities(view(list(np.eye(5)[index])))[0]) == LEVELS[index]


def test_it_comes_back_from_its_files_as_it_was(model, tmp_path):
    """Weights, thresholds and all."""
    row = view([0.2, 0.1, 0.5, 0.0, 0.3])
    model.save(tmp_path)
    loaded = SeverityModel.load(tmp_path)
    assert loaded.thresholds == model.thresholds
    assert np.allclose(loaded.probabilities(row), model.probabilities(row), atol=1e-3)


def test_a_broken_file_is_an_error(model, tmp_path):
    """An empty or guessed model would judge everything calm."""
    model.save(tmp_path)
    weights = tmp_path / "ngrams" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises((ValueError, OSError)):
        SeverityModel.load(tmp_path)


def test_the_patterns_come_from_the_model(model, tmp_path, monkeypatch):
    """The file with the checksum holds the whole judgement: what is edited after the training waits for the next."""
    trained, loaded = (SeverityClassifier(SeverityClassifier.get_default_config(), None, None) for _ in range(2))
    trained._model, trained._patterns_text = model, PATTERNS_FILE.read_text(encoding="utf-8")
    trained.write(tmp_path)
    monkeypatch.setattr("weerbaar.nlu.severity_classifier.PATTERNS_FILE", tmp_path / "no such file")
    loaded.read(tmp_path)
    message = Message({TEXT: "Ze hebben mij met de dood bedreigd."})
    loaded.process([message])
    assert message.get(SEVERITY_KEY)["level"] == "ernstig"


def test_a_missing_threshold_file_is_an_error(model, tmp_path):
    """The same for the thresholds."""
    model.save(tmp_path)
    (tmp_path / "thresholds.json").unlink()
    with pytest.raises(OSError, match=r"thresholds\.json"):
        SeverityModel.load(tmp_path)


PROBABILITIES = st.lists(st.floats(0.001, 1), min_size=5, max_size=5).map(lambda row: np.array(row) / sum(row))


@given(PROBABILITIES)
def test_a_single_sentence_must_be_surer_than_the_whole(model, probabilities):
    """It stands out of its context."""
    assert at_least(model.level(probabilities), model.level(probabilities, 0.5))


def test_one_view_judges_where_the_other_is_missing(model):
    """An encoder that fails, or a text of unknown letters, does not leave a message unjudged."""
    ngrams, embedding = view([0, 0, 1, 0, 0])
    assert model.level(model.probabilities((ngrams, None))[0]) == "ernstig"
    assert model.level(model.probabilities((None, embedding))[0]) == "ernstig"
    assert model.probabilities((None, None)) is None


def test_between_calm_and_sure_it_offers_to_call(model):
    """Doubt gets no alarm, and no silence either."""
    unsure = SeverityModel(model._pair, {**model.thresholds, "doubt": 0.1, "grave": 0.4, "care": 0.5})
    assert [unsure.level(np.array([1 - one, 0, one, 0, 0])) for one in (0.05, 0.2, 0.6)] == ["geen", "zorg", "ernstig"]


def test_the_threshold_keeps_calm_text_calm_where_it_can():
    """Where grave and calm are apart, the threshold stands between them and not at the lowest grave one."""
    truth = np.array([0] * 50 + [2] * 50 + [1, 3, 4])
    grave = np.concatenate([np.linspace(0, 0.2, 50), np.linspace(0.8, 1, 50)])
    rows = [[1 - one, 0, one, 0, 0] for one in grave] + [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    assert 0.3 < fit_thresholds(np.array(rows), truth, GOALS)["grave"] < 0.75


@given(st.lists(st.tuples(PROBABILITIES, st.integers(0, 4)), min_size=40, max_size=60))
def test_the_thresholds_find_the_share_that_was_asked_for(rows):
    """On the examples they were fitted on, at least the asked share of the grave ones is found."""
    truth = np.array([level for _, level in rows] + [0, 1, 2, 3, 4])
    held_out = np.array([probabilities for probabilities, _ in rows] + list(np.eye(5) * 0.9 + 0.02))
    thresholds = fit_thresholds(held_out, truth, GOALS)
    grave = held_out[:, 2:].sum(axis=1)[truth >= 2]
    found = (grave >= thresholds["grave"] - 1e-9).mean() >= GOALS["grave"] - 1 / len(grave)
    assert found or thresholds["grave"] == FLOORS["grave"]
    assert json.dumps(thresholds)
