"""The trained part of the severity judgement: thresholds from unseen writers, levels from probabilities, the file."""
from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from components.fingerprint import CodeFingerprint
from components.severity import LEVELS, at_least
from components.severity_model import SeverityModel, fit_thresholds

RECALL = {"grave": 0.9, "acute": 0.9, "suicidal": 0.8, "care": 0.9}


@pytest.fixture(scope="module")
def model() -> SeverityModel:
    """A model of five kinds of examples by four writers, each kind with a feature of its own and some noise."""
    random = np.random.RandomState(1)
    kinds = [("buiten_bereik", "geen"), ("nazorg", "zorg"), ("bedreiging", "ernstig"), ("acuut_gevaar", "acuut"),
             ("suicidaliteit", "suicidaal")]  # fmt: skip
    rows = np.repeat(np.arange(5), 40)
    features = scipy.sparse.csr_matrix(np.eye(5)[rows] + 0.1 * random.rand(200, 5), dtype=np.float32)
    writers = np.tile(list("ABCD"), 50)
    return SeverityModel.fit(
        features, [kinds[row][1] for row in rows], [kinds[row][0] for row in rows], writers, RECALL
    )[0]


@pytest.mark.parametrize("index", range(5))
def test_each_kind_gets_its_level(model, index):
    """Geen, zorg, ernstig, acuut and suicidaal in turn."""
    row = scipy.sparse.csr_matrix(np.eye(5)[[index]], dtype=np.float32)
    assert model.level(model.probabilities(row)[0]) == LEVELS[index]


def test_it_comes_back_from_its_files_as_it_was(model, tmp_path):
    """Weights, thresholds and all."""
    row = scipy.sparse.csr_matrix([[0.2, 0.1, 0.5, 0.0, 0.3]], dtype=np.float32)
    model.save(tmp_path)
    loaded = SeverityModel.load(tmp_path)
    assert loaded.thresholds == model.thresholds
    assert np.allclose(loaded.probabilities(row), model.probabilities(row), atol=1e-3)


def test_a_broken_file_is_an_error(model, tmp_path):
    """An empty or guessed model would judge everything calm."""
    model.save(tmp_path)
    weights = tmp_path / "levels" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises((ValueError, OSError)):
        SeverityModel.load(tmp_path)


def test_a_missing_threshold_file_is_an_error(model, tmp_path):
    """The same for the thresholds."""
    model.save(tmp_path)
    (tmp_path / "thresholds.json").unlink()
    with pytest.raises(OSError):
        SeverityModel.load(tmp_path)


PROBABILITIES = st.lists(st.floats(0.001, 1), min_size=5, max_size=5).map(lambda row: np.array(row) / sum(row))


@given(PROBABILITIES)
def test_a_single_sentence_must_be_surer_than_the_whole(model, probabilities):
    """It stands out of its context."""
    assert at_least(model.level(probabilities), model.level(probabilities, 2.0))


@given(st.lists(st.tuples(PROBABILITIES, st.integers(0, 4)), min_size=40, max_size=60))
def test_the_thresholds_find_the_share_that_was_asked_for(rows):
    """On the examples they were fitted on, at least the asked share of the grave ones is found."""
    truth = np.array([level for _, level in rows] + [0, 1, 2, 3, 4])
    held_out = np.array([probabilities for probabilities, _ in rows] + list(np.eye(5) * 0.9 + 0.02))
    thresholds = fit_thresholds(held_out, truth, RECALL)
    grave = held_out[:, 2:].sum(axis=1)[truth >= 2]
    assert (grave >= thresholds["grave"] - 1e-9).mean() >= RECALL["grave"] - 1 / len(grave)
    assert json.dumps(thresholds)


def test_a_change_in_a_helper_trains_our_components_again(tmp_path, monkeypatch):
    """Rasa looks at the source of the class only."""
    (tmp_path / "components").mkdir()
    (tmp_path / "patterns").mkdir()
    helper, patterns = tmp_path / "components" / "helper.py", tmp_path / "patterns" / "ernst.yml"
    helper.write_text("A = 1")
    patterns.write_text("a: 1")
    monkeypatch.setattr("components.fingerprint.ROOT", tmp_path)
    before = CodeFingerprint.fingerprint_addon({})
    helper.write_text("A = 2")
    after = CodeFingerprint.fingerprint_addon({})
    patterns.write_text("a: 2")
    assert len({before, after, CodeFingerprint.fingerprint_addon({})}) == 3
