"""A calm answer does not leave the number behind for long, and never when the severity model is in doubt."""

from __future__ import annotations

import pytest
from chat import ROOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Restarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.severity import SEVERITY_KEY
from weerbaar.policies.reminder_policy import REMINDER, ReminderPolicy

DOMAIN = Domain.load(str(ROOT / "domain.yml"))
ACTIONS = DOMAIN.action_names_or_texts
NUMBER = "Bel 070-3738314."
CALM, DOUBT = 0.99, 0.7


def our_policy() -> ReminderPolicy:
    """Returns the policy with its default settings, without a graph around it."""
    policy = ReminderPolicy.__new__(ReminderPolicy)
    policy.config = ReminderPolicy.get_default_config()
    policy.priority = policy.config["priority"]
    return policy


def turn(answer: str, calm: float = CALM, action: str = "utter_bedanken") -> list:
    """Returns the events of a turn up to the answer; `calm` is what the severity model thinks of the message."""
    judgement = {"level": "geen", "probabilities": {"geen": calm}}
    said = UserUttered("x", {"name": "bedanken"}, parse_data={SEVERITY_KEY: judgement})
    return [ActionExecuted("action_listen"), said, ActionExecuted(action), BotUttered(answer)]


def next_action(*turns: list) -> str:
    """Returns what the policy does after the last of these turns; an empty string when it leaves it to others."""
    tracker = DialogueStateTracker.from_events("anna", [event for events in turns for event in events], domain=DOMAIN)
    probabilities = our_policy().predict_action_probabilities(tracker, DOMAIN).probabilities
    return ACTIONS[probabilities.index(1.0)] if 1.0 in probabilities else ""


def test_the_number_comes_back_after_some_turns_without_it():
    """Two turns without it are left alone; the third gives the line."""
    assert next_action(turn(NUMBER), turn("Ja"), turn("Ja")) == ""
    assert next_action(turn(NUMBER), turn("Ja"), turn("Ja"), turn("Ja")) == REMINDER


def test_an_answer_with_the_number_needs_no_line():
    """It would say the same twice."""
    assert next_action(turn("Ja"), turn("Ja"), turn("Ja"), turn(NUMBER)) == ""


def test_a_response_with_the_number_counts_without_its_text():
    """Test stories have actions only."""
    assert next_action(turn("", action="utter_introductie")) == ""
    assert next_action(turn("", action="utter_ot_info/overzicht")) == REMINDER


def test_in_doubt_the_line_comes_at_once_but_not_every_turn():
    """Also beside the number, for it asks whether something is the matter."""
    doubtful = turn(NUMBER, DOUBT)
    line = [ActionExecuted(REMINDER), BotUttered(NUMBER)]
    assert next_action(turn(NUMBER), doubtful) == REMINDER
    assert next_action(doubtful + line, doubtful) == ""
    assert next_action(doubtful + line, turn("Ja", DOUBT)) == REMINDER


def test_the_turn_ends_after_the_line():
    """The line is said once, then the assistant listens."""
    assert next_action(turn("Ja", DOUBT), [ActionExecuted(REMINDER)]) == "action_listen"


def test_the_answer_comes_first():
    """Before the answer the policy stays out of it."""
    assert next_action(turn("Ja", DOUBT)[:2]) == ""


def test_a_new_session_starts_to_count_anew():
    """What was said before `opnieuw` is gone for the user as well."""
    assert next_action(turn(NUMBER), [Restarted()], turn("Ja")) == REMINDER


@pytest.mark.parametrize("judgement", [None, {}, {"probabilities": {}}, {"probabilities": {"geen": "x"}}, "x"])
def test_a_malformed_judgement_is_no_doubt(judgement):
    """Without figures only the turns count."""
    events = turn(NUMBER)
    events[1].parse_data[SEVERITY_KEY] = judgement
    assert next_action(events) == ""
