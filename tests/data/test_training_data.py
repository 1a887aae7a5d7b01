"""The training data has the size and the spread that the assistant needs: see docs/redactie.md."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from chat import ROOT

from tools.evaluation.examples import read_examples
from weerbaar.nlu.severity import LEVELS
from weerbaar.nlu.writers import HELD_OUT
from weerbaar.policies.handoff_policy import INFORMATION_INTENTS

EDITORS = "redactie"
DIALOGUE = """
    begroeten afscheid bedanken bevestigen ontkennen hulp_menu bot_vraag privacy functie_opgeven opnieuw klacht schelden
    engels
""".split()
STORIES = ["bedreiging", "intimidatie", "agressie_geweld", "belaging", "acuut_gevaar", "buiten_bereik"]
LEAST = {
    **dict.fromkeys(["bedreiging", "intimidatie", "agressie_geweld", "belaging"], 600),
    "acuut_gevaar": 500,
    **dict.fromkeys(["onveilig_gevoel", "nazorg", "steun_gezin"], 300),
    "suicidaliteit": 250,
    "buiten_bereik": 900,
    **dict.fromkeys(INFORMATION_INTENTS - {"privacy", "bot_vraag"}, 150),
    **dict.fromkeys(DIALOGUE, 60),
}


@pytest.fixture(scope="module")
def examples():
    """All examples of data/nlu."""
    return read_examples(ROOT / "data" / "nlu")


@pytest.mark.parametrize("intent", sorted(LEAST))
def test_there_are_enough_examples(examples, intent):
    """Fewer, and the intent is known by a handful of phrasings only."""
    assert sum(example.intent == intent for example in examples) >= LEAST[intent]


@pytest.mark.parametrize("intent", sorted(LEAST))
def test_no_voice_dominates_an_intent(examples, intent):
    """At least eight writers, and none wrote half of it: the thresholds are fitted on writers left out."""
    writers = Counter(example.bron for example in examples if example.intent == intent and example.bron != EDITORS)
    assert len(writers) >= 8
    assert max(writers.values()) < sum(writers.values()) / 2


@pytest.mark.parametrize("intent", STORIES)
def test_messages_are_short_and_long(examples, intent):
    """People in need write three words, or a whole story."""
    lengths = [len(example.text.split()) for example in examples if example.intent == intent]
    assert sum(length <= 4 for length in lengths) >= 30
    assert sum(length >= 35 for length in lengths) >= 20


def test_questions_also_hold_incidents_and_incidents_calm_words(examples):
    """Where the severity differs from what the intent means by itself, the model learns not to trust the topic."""
    levels = defaultdict(Counter)
    for example in examples:
        levels[example.intent][example.ernst] += 1
    assert sum(levels[intent]["ernstig"] for intent in INFORMATION_INTENTS) >= 150


def test_no_opening_is_a_template(examples):
    """No two first words open more than one in fifty of the examples of a large intent."""
    for intent in ("bedreiging", "buiten_bereik", "aangifte"):
        texts = [example.text.lower() for example in examples if example.intent == intent]
        openings = Counter(" ".join(text.split()[:3]) for text in texts)
        assert openings.most_common(1)[0][1] <= sum(openings.values()) / 50


def test_there_is_calm_text_of_every_kind(examples):
    """Who knows only calm text near the subject calls all other text danger."""
    kinds = Counter(example.kind for example in examples if example.ernst == "geen" and example.kind)
    least = dict.fromkeys(
        ["nieuws", "encyclopedie", "fictie", "dagelijks", "mening", "werk", "overig", "contrast", "taal"], 80
    )
    assert {kind: n for kind, n in least.items() if kinds[kind] < n} == {}
    assert sum(kinds.values()) >= 6_000


def test_some_writers_are_only_measured_on(examples):
    """All levels, and calm text of every kind, are among what no model has read."""
    measured = [example for example in examples if example.bron in HELD_OUT]
    levels = Counter(example.ernst for example in measured)
    assert all(levels[level] >= 150 for level in LEVELS)
    assert len({example.kind for example in measured if example.kind}) >= 7
