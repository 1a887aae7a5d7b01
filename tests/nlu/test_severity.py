"""The severity of a message: the levels, the reading of parse data, and the parts that judge."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.patterns import PATTERNS_FILE, PatternBook
from weerbaar.nlu.severity import (
    LEVELS,
    SEVERITY_BY_INTENT,
    SEVERITY_KEY,
    Judgement,
    at_least,
    level_of_parse_data,
    worst,
)
from weerbaar.nlu.severity_classifier import SeverityClassifier

LEVEL = st.sampled_from(LEVELS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | LEVEL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("level"), inner),
    max_leaves=6,
)


@given(st.lists(LEVEL))
def test_the_worst_level_is_as_bad_as_each(levels):
    """Nothing that was found is lost by taking the worst."""
    assert all(at_least(worst(*levels), level) for level in levels)


def test_nothing_found_is_calm():
    """Without a level the message is calm."""
    assert worst() == "geen"


def test_suicidal_ranks_above_acute():
    """The reply to suicidal thoughts names 113 and 112 both, so it wins."""
    assert worst("acuut", "suicidaal") == "suicidaal"


@pytest.mark.parametrize("intent", sorted(SEVERITY_BY_INTENT))
def test_a_button_or_story_is_judged_by_its_intent(intent):
    """Without a judgement the intent decides."""
    assert level_of_parse_data({"intent": {"name": intent}}) == SEVERITY_BY_INTENT[intent]


@given(LEVEL, st.sampled_from([*SEVERITY_BY_INTENT, "aangifte", "nlu_fallback", None]))
def test_a_judgement_goes_before_the_intent(level, intent):
    """The judgement saw the text; the intent is only a guess at it."""
    assert level_of_parse_data({SEVERITY_KEY: {"level": level}, "intent": {"name": intent}}) == level


@given(JSON, st.sampled_from(["bedreiging", "suicidaliteit"]))
def test_a_malformed_judgement_leaves_a_serious_intent_serious(judgement, intent):
    """Whatever stands where the judgement should be, the message keeps at least one of the five levels."""
    level = level_of_parse_data({SEVERITY_KEY: judgement, "intent": {"name": intent}})
    well_formed = isinstance(judgement, dict) and judgement.get("level") in LEVELS
    assert level == (judgement["level"] if well_formed else SEVERITY_BY_INTENT[intent])


@pytest.mark.parametrize("parse_data", [None, {}, {"intent": None}, {"intent": {}}, {"intent": {"name": None}}])
def test_no_parse_data_is_calm(parse_data):
    """A message of which nothing is known is calm, and raises nothing."""
    assert level_of_parse_data(parse_data) == "geen"


def test_a_judgement_survives_json():
    """The parse data travel through the tracker as JSON."""
    judgement = Judgement("ernstig", {"ernstig": 0.8}, ["model"])
    parse_data = json.loads(json.dumps({SEVERITY_KEY: judgement.as_dict()}))
    assert level_of_parse_data(parse_data) == "ernstig"


@pytest.fixture
def classifier() -> SeverityClassifier:
    """A classifier without a trained model: only the patterns and the intent judge."""
    classifier = SeverityClassifier(SeverityClassifier.get_default_config(), None, None)
    classifier._patterns = PatternBook.read(PATTERNS_FILE)
    return classifier


def message(text: str, intent: str = "", confidence: float = 0.0) -> Message:
    """Returns a message as the classifier gets it."""
    return Message({TEXT: text, INTENT: {"name": intent, "confidence": confidence}})


def judged(classifier: SeverityClassifier, what: Message) -> dict:
    """Returns the judgement that the classifier writes, or None."""
    classifier.process([what])
    return what.get(SEVERITY_KEY)


def test_a_threat_is_seen_without_model_and_intent(classifier):
    """The patterns alone see a plain threat."""
    judgement = judged(classifier, message("Ze hebben mij met de dood bedreigd.", "aangifte", 0.9))
    assert judgement["level"] == "ernstig"
    assert any(reason.startswith("patroon:ernstig.") for reason in judgement["reasons"])


def test_a_serious_intent_counts_when_it_is_sure(classifier):
    """The intent alone is enough from its threshold on; below it, it is reason to offer the number."""
    assert judged(classifier, message("hmm", "belaging", 0.9))["level"] == "ernstig"
    assert judged(classifier, message("hmm", "belaging", 0.4))["level"] == "zorg"


def test_a_calm_question_stays_calm(classifier):
    """No part fires on a plain question."""
    assert judged(classifier, message("Hoe vraag ik een woningscan aan?", "woningscan", 0.9))["level"] == "geen"


@pytest.mark.parametrize("text", ["", "   ", "/bedreiging"])
def test_empty_texts_and_buttons_get_no_judgement(classifier, text):
    """So that the intent of a button decides."""
    assert judged(classifier, message(text)) is None


@pytest.mark.parametrize("broken", ["_judge_by_model", "_judge_by_patterns", "_judge_by_intent"])
def test_a_part_that_fails_leaves_the_others_judging(classifier, monkeypatch, broken):
    """One fault must not make a threat look calm."""

    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(classifier, broken, fail)
    judgement = judged(classifier, message("Ik word bedreigd.", "bedreiging", 0.9))
    assert judgement["level"] == "ernstig"
    assert any(reason.startswith("fout:") for reason in judgement["reasons"])


def test_the_reasons_hold_no_words_of_the_user(classifier):
    """What is logged or stored about a judgement never quotes the message."""
    judgement = judged(classifier, message("Meneer Knoestmans heeft mij bedreigd met de dood.", "bedreiging", 0.9))
    assert "knoestmans" not in json.dumps(judgement).lower()


def test_the_patterns_of_the_repository_can_be_read():
    """A mistake in data/patterns/ernst.yml would stop the training."""
    assert PatternBook.read(PATTERNS_FILE).search("rustig") == []
