"""A message between two subjects gets both answers; one that is clear gets one."""
from __future__ import annotations

import pytest
from chat import ROOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.uncertainty_policy import UncertaintyPolicy

DOMAIN = Domain.load(str(ROOT / "domain.yml"))


def planned(*ranking: tuple, fallback: bool = False) -> list:
    """Returns what the policy plans for a second message with this ranking of (intent, confidence); [] for nothing."""
    entries = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    first = {"name": "nlu_fallback", "confidence": 0.3} if fallback else entries[0]
    ranked = [first, *entries] if fallback else entries
    said = UserUttered("x", first, parse_data={"intent": first, "intent_ranking": ranked})
    earlier = [ActionExecuted("action_listen"), UserUttered("hallo", {"name": "begroeten"})]
    tracker = DialogueStateTracker.from_events("anna", [*earlier, ActionExecuted("action_listen"), said], domain=DOMAIN)
    policy = UncertaintyPolicy.__new__(UncertaintyPolicy)
    plan = policy.plan(tracker, DOMAIN)
    return list(plan.actions) if plan else []


def test_two_subjects_that_are_close_are_both_answered():
    """The better one first."""
    assert planned(("beveiliging", 0.43), ("woningscan", 0.41)) == ["utter_beveiliging", "utter_woningscan"]


def test_also_when_they_were_too_close_for_the_fallback():
    """FallbackClassifier calls two close intents not understood."""
    ranking = (("beveiliging", 0.43), ("woningscan", 0.42))
    assert planned(*ranking, fallback=True) == ["utter_beveiliging", "utter_woningscan"]


@pytest.mark.parametrize(
    "ranking",
    [
        (("beveiliging", 0.8), ("woningscan", 0.15)),
        (("beveiliging", 0.7), ("woningscan", 0.21)),
        (("beveiliging", 0.45), ("buiten_bereik", 0.4)),
        (("bedanken", 0.45), ("beveiliging", 0.4)),
        (("beveiliging", 1.0),),
    ],
)
def test_one_that_is_clear_enough_is_left_to_the_rules(ranking):
    """Two answers for every question would be a wall of text."""
    assert planned(*ranking) == []


def test_far_below_the_threshold_it_is_not_understood():
    """Two weak guesses are no answer."""
    assert "utter_niet_begrepen" in planned(("beveiliging", 0.15), ("woningscan", 0.14), fallback=True)
