"""A message that was not understood: the fact that is meant, if that is sure; else a choice, and then a person."""

from __future__ import annotations

import pytest
from turns import Talk, facts, ranked

NOT_UNDERSTOOD = "nlu_fallback"


def greeted() -> Talk:
    """Returns a conversation that has begun."""
    talk = Talk()
    talk.say("begroeten")
    return talk


def test_a_sure_fact_of_a_likely_subject_is_answered():
    """Three intents share the subject, so that none alone was likely enough."""
    talk = greeted()
    shares = {"aangifte": 0.2, "aangifte_vormen": 0.19, "aangifte_door_ander": 0.18, "buiten_bereik": 0.1}
    parsed = {**ranked(shares), **facts({"aangifte_vormen/domicilie": 0.8})}
    assert talk.say(NOT_UNDERSTOOD, **parsed) == ["utter_aangifte_vormen/domicilie"]


def test_the_next_question_follows_it():
    """The subject is remembered as if it had been understood."""
    talk = greeted()
    talk.say(NOT_UNDERSTOOD, **ranked({"training": 0.5}), **facts({"training/wie": 0.8}))
    assert talk.say("vervolg", **facts({"training/praktisch": 0.8})) == ["utter_training/praktisch"]


def test_it_also_answers_the_first_message():
    """After the introduction."""
    parsed = {**ranked({"training": 0.5}), **facts({"training/wie": 0.8})}
    assert Talk().say(NOT_UNDERSTOOD, **parsed) == ["utter_introductie", "utter_training/wie"]


@pytest.mark.parametrize(
    ("shares", "fact"),
    [
        ({"training": 0.25, "woningscan": 0.25}, 0.9),
        ({"buiten_bereik": 0.6, "training": 0.2}, 0.9),
        ({"bedanken": 0.5}, 0.9),
        ({}, 0.0),
    ],
)
def test_a_guess_is_no_answer(shares, fact):
    """An unlikely subject gets the choice of topics, however sure its fact."""
    talk = greeted()
    parsed = {**ranked(shares), **facts({"training/wie": fact})}
    assert talk.say(NOT_UNDERSTOOD, **parsed) == ["utter_niet_begrepen", "action_stel_onderwerpen_voor"]
    assert "070-3738314" in talk.said[0].text


def test_far_below_the_threshold_it_is_not_understood():
    """Two weak guesses are no answer."""
    shares = ranked({NOT_UNDERSTOOD: 0.3, "beveiliging": 0.15, "woningscan": 0.14})
    assert "utter_niet_begrepen" in greeted().say(NOT_UNDERSTOOD, **shares)


def test_the_second_time_in_a_row_a_person_is_offered():
    """No second 'did you mean'."""
    talk = greeted()
    talk.say(NOT_UNDERSTOOD)
    assert talk.say(NOT_UNDERSTOOD) == ["utter_niet_begrepen_weer"]
    assert "070-3738314" in talk.said[0].text


def test_once_understood_the_counting_starts_anew():
    """Only two in a row are too many."""
    talk = greeted()
    for intent in (NOT_UNDERSTOOD, "bedanken"):
        talk.say(intent)
    assert talk.say(NOT_UNDERSTOOD)[0] == "utter_niet_begrepen"


def test_the_first_message_is_introduced_all_the_same():
    """What this is, before that it did not understand."""
    assert Talk().say(NOT_UNDERSTOOD)[:2] == ["utter_introductie", "utter_niet_begrepen"]


@pytest.mark.parametrize("intent", ["bedanken", "privacy"])
def test_what_was_understood_is_left_to_the_rules(intent):
    """A likely subject beside it changes nothing."""
    shares = ranked({intent: 0.5, "training": 0.45})
    assert greeted().say(intent, **shares, **facts({"training/wie": 0.9})) == [f"utter_{intent}"]
