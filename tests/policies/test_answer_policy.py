"""A question gets the fact it asks for; a follow-up stays within the subject; nothing is said twice in a row."""

from __future__ import annotations

import pytest
from chat import ROOT
from turns import DOMAIN, Talk, facts, ranked

from tools.evaluation.examples import read_examples
from weerbaar.nlu.answers import OVERVIEW
from weerbaar.policies.answer_policy import OUT_OF_SCOPE, SMALL_TALK

SUBJECTS = [intent for intent in DOMAIN.intents if f"utter_{intent}/{OVERVIEW}" in DOMAIN.responses]


def talk_about(subject: str) -> Talk:
    """Returns a conversation in which the overview of a subject was given."""
    talk = Talk()
    talk.say("begroeten")
    talk.say(subject, level="geen")
    return talk


def test_a_question_gets_the_fact_that_it_asks_for():
    """Who gives the training, and nothing more."""
    talk = Talk()
    talk.say("begroeten")
    assert talk.say("training", level="geen", **facts({"training/wie": 0.9})) == ["utter_training/wie"]
    assert "DJI" in talk.said[0].text


def test_an_unsure_fact_gives_the_overview():
    """Better all in short than the wrong part."""
    talk = Talk()
    talk.say("begroeten")
    likely = facts({"training/wie": 0.2, "training/nut": 0.19})
    assert talk.say("training", level="geen", **likely) == ["utter_training/overzicht"]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_button_gives_the_overview_of_its_subject(subject):
    """A button has no words to choose a fact by, also when another subject came before."""
    talk = talk_about("aangifte" if subject == "training" else "training")
    assert f"utter_{subject}/overzicht" in talk.say(subject, f"/{subject}")
    assert talk.slot("onderwerp") == subject


def test_a_follow_up_stays_with_the_subject():
    """'En wie geeft dat?' after the training is about the training, though another subject is likelier."""
    talk = talk_about("training")
    likely = facts({"woningscan/wie": 0.9, "training/wie": 0.6})
    assert talk.say("vervolg", level="geen", **likely) == ["utter_training/wie"]
    assert talk.slot("onderwerp") == "training"


def test_a_follow_up_that_seems_to_name_another_subject_stays_too():
    """'Wie voert dat gesprek?': it is a follow-up nearly as likely."""
    talk = talk_about("training")
    parsed = {**ranked({"veiligheidsgesprek": 0.4, "vervolg": 0.35}), **facts({"training/wie": 0.8})}
    assert talk.say("veiligheidsgesprek", level="geen", **parsed) == ["utter_training/wie"]


def test_a_follow_up_that_was_not_understood_stays_too():
    """A few words are often below the threshold."""
    talk = talk_about("training")
    parsed = {**ranked({"vervolg": 0.25, "bot_vraag": 0.2}), **facts({"training/praktisch": 0.8})}
    assert talk.say("nlu_fallback", level="geen", **parsed) == ["utter_training/praktisch"]


def test_another_subject_changes_it():
    """And the next follow-up is about that one."""
    talk = talk_about("training")
    named = {**ranked({"woningscan": 0.9, "vervolg": 0.05}), **facts({"woningscan/inhoud": 0.8})}
    assert talk.say("woningscan", level="geen", **named) == ["utter_woningscan/inhoud"]
    likely = facts({"training/aanvragen": 0.9, "woningscan/aanvragen": 0.8})
    assert talk.say("vervolg", level="geen", **likely) == ["utter_woningscan/aanvragen"]


def test_a_follow_up_may_ask_for_a_fact_of_the_same_family():
    """Reporting a crime is one subject to a user, though it is three to us."""
    talk = talk_about("aangifte")
    likely = facts({"aangifte_vormen/domicilie": 0.8})
    assert talk.say("vervolg", level="geen", **likely) == ["utter_aangifte_vormen/domicilie"]


def test_unsure_gives_the_overview_and_then_what_the_documents_do_not_say():
    """The overview is not given again in place of an answer."""
    talk = Talk()
    talk.say("begroeten")
    talk.say("training", level="geen", **facts({"training/wie": 0.9}))
    assert talk.say("vervolg", level="geen") == ["utter_training/overzicht"]
    assert talk.say("vervolg", level="geen") == ["utter_vervolg"]
    assert "070-3738314" in talk.said[0].text
    assert talk.slot("onderwerp") == "training"


def test_what_the_documents_do_not_say_is_not_said_twice_in_a_row():
    """Two questions without an answer, and still not the same words."""
    talk = talk_about("training")
    assert talk.say("vervolg", level="geen") != talk.say("vervolg", level="geen")


def test_the_same_answer_twice_is_said_to_be_that():
    """Who asks the same again hears that it is repeated, not a machine that did not listen."""
    talk = talk_about("training")
    asked = facts({"training/wie": 0.9})
    assert talk.say("training", level="geen", **asked) == ["utter_training/wie"]
    assert talk.say("training", level="geen", **asked) == ["utter_nog_eens", "utter_training/wie"]


def test_a_follow_up_without_a_subject_asks_for_one():
    """Nothing was said that it could follow."""
    talk = Talk()
    assert talk.say("vervolg", level="geen") == ["utter_introductie", "utter_vervolg/zonder_onderwerp"]


@pytest.mark.parametrize("ranking", [("beveiliging", "woningscan"), ("woningscan", "beveiliging")])
def test_two_subjects_that_are_close_are_both_answered(ranking):
    """The better one first, and the follow-up is about that."""
    talk = Talk()
    talk.say("begroeten")
    first, second = ranking
    shares = ranked({first: 0.43, second: 0.41})
    assert talk.say(first, level="geen", **shares) == [f"utter_{first}/overzicht", f"utter_{second}/overzicht"]
    assert talk.slot("onderwerp") == first


def test_two_subjects_are_both_answered_when_they_were_too_close_for_the_fallback():
    """FallbackClassifier calls two close intents not understood; the first turn has the introduction before them."""
    shares = ranked({"nlu_fallback": 0.3, "beveiliging": 0.43, "woningscan": 0.42})
    assert Talk().say("nlu_fallback", level="geen", **shares) == [
        "utter_introductie",
        "utter_beveiliging/overzicht",
        "utter_woningscan/overzicht",
    ]


@pytest.mark.parametrize(
    "shares",
    [
        {"beveiliging": 0.8, "woningscan": 0.15},
        {"beveiliging": 0.7, "woningscan": 0.21},
        {"beveiliging": 0.45, "buiten_bereik": 0.4},
        {"beveiliging": 1.0},
    ],
)
def test_one_that_is_clear_enough_gets_one_answer(shares):
    """Two answers for every question would be a wall of text."""
    talk = Talk()
    talk.say("begroeten")
    assert talk.say("beveiliging", level="geen", **ranked(shares)) == ["utter_beveiliging/overzicht"]


@pytest.mark.parametrize("intent", sorted(SMALL_TALK))
def test_small_talk_is_not_answered_twice_in_the_same_words(intent):
    """Thanks and thanks again."""
    talk = Talk()
    talk.say("privacy")
    assert talk.say(intent, level="geen") == [f"utter_{intent}"]
    assert talk.say(intent, level="geen") == ["utter_nog_hier"]


def test_a_refusal_is_not_said_twice_in_the_same_words():
    """Nor three times."""
    talk = Talk()
    talk.say("begroeten")
    answers = [talk.say("buiten_bereik", level="geen") for _ in range(3)]
    assert answers == [[OUT_OF_SCOPE[0]], [OUT_OF_SCOPE[1]], [OUT_OF_SCOPE[0]]]


@pytest.mark.parametrize("intent", ["bedanken", "privacy", "buiten_bereik"])
def test_what_is_no_question_about_the_documents_leaves_the_subject(intent):
    """A thank you between two questions does not lose the thread."""
    talk = talk_about("training")
    talk.say(intent, level="geen")
    assert talk.say("vervolg", level="geen", **facts({"training/wie": 0.8})) == ["utter_training/wie"]


def test_every_fact_that_is_asked_for_can_be_said():
    """A fact that AnswerSelector learns and domain.yml does not have falls back on the overview in silence."""
    named = {
        f"utter_{one.intent}/{one.fact}"
        for one in read_examples(ROOT / "data" / "nlu")
        if one.fact and one.intent != "vervolg"
    }
    assert named <= set(DOMAIN.responses)
