"""The guarantee: in any turn whose severity is ernstig or worse, the first thing said is the handoff."""
from __future__ import annotations

import pytest
from chat import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from components.handoff_policy import CASES, INFORMATION_INTENTS, HandoffPolicy, heavier
from components.language_detector import LANGUAGE_KEY, LANGUAGES
from components.severity import LEVELS, SEVERITY_BY_INTENT, SEVERITY_KEY

DOMAIN = Domain.load(str(ROOT / "domain.yml"))
INTENTS = [*DOMAIN.intents, "nlu_fallback"]
ACTIONS = DOMAIN.action_names_or_texts
SPECIAL = {"dreigen_met_geweld", "burger_in_nood"}
GRAVE = ("ernstig", "acuut", "suicidaal")
FOREIGN = [language for language in LANGUAGES if language != "nl"]

JUDGEMENTS = st.sampled_from(LEVELS).map(lambda level: {"level": level})
LANGUAGE = st.sampled_from(FOREIGN)
PARSE_DATA = st.fixed_dictionaries({}, optional={SEVERITY_KEY: JUDGEMENTS, LANGUAGE_KEY: LANGUAGE})
SLOT_VALUES = {name: st.sampled_from([None, *values]) for name, values in {
    "functie": ["burgemeester", "wethouder", "raadslid", "statenlid", "anders"],
    "zaak": CASES,
    "onderwerp": ["ot", "aangifte", "sipa"],
}.items()}  # fmt: skip


def user_message(text: str, intent: str, parse_data: dict) -> UserUttered:
    """Returns a user message with the parse data that the pipeline would give."""
    chosen = {"name": intent, "confidence": 0.9}
    return UserUttered(text, chosen, parse_data={"text": text, "intent": chosen, **parse_data})


EVENTS = st.one_of(
    st.builds(user_message, st.text(max_size=12), st.sampled_from(INTENTS), PARSE_DATA),
    st.builds(BotUttered, st.text(max_size=12)),
    st.builds(ActionExecuted, st.sampled_from(ACTIONS)),
    st.builds(ActionExecutionRejected, st.sampled_from(ACTIONS)),
    st.builds(FollowupAction, st.sampled_from(ACTIONS)),
    st.builds(ActiveLoop, st.sampled_from([None, *ACTIONS])),
    st.sampled_from(sorted(SLOT_VALUES)).flatmap(lambda name: st.builds(SlotSet, st.just(name), SLOT_VALUES[name])),
    st.builds(Restarted),
    st.builds(SessionStarted),
    st.builds(AllSlotsReset),
    st.builds(UserUtteranceReverted),
)


@st.composite
def other_predictions(draw) -> PolicyPrediction:
    """A prediction of some other policy: any action, any confidence, any kind, a priority below ours."""
    probabilities = [0.0] * DOMAIN.num_actions
    probabilities[draw(st.integers(0, DOMAIN.num_actions - 1))] = draw(st.floats(0, 1))
    return PolicyPrediction(
        probabilities,
        policy_name="other",
        policy_priority=draw(st.integers(0, 99)),
        is_end_to_end_prediction=draw(st.booleans()),
        is_no_user_prediction=draw(st.booleans()),
    )


HISTORIES = st.lists(EVENTS, max_size=25)
OTHERS = st.lists(other_predictions(), max_size=5)
FEW = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def tracker_of(events: list, last: UserUttered) -> DialogueStateTracker:
    """Returns a conversation with these events, in which the assistant listened and the user said the last."""
    tracker = DialogueStateTracker("anna", DOMAIN.slots)
    for event in [*events, ActionExecuted("action_listen"), last]:
        tracker.update(event, DOMAIN)
    return tracker


def our_policy() -> HandoffPolicy:
    """Returns the policy with the settings of config.yml, without a graph around it."""
    policy = HandoffPolicy.__new__(HandoffPolicy)
    policy.priority = HandoffPolicy.get_default_config()["priority"]
    policy.config = HandoffPolicy.get_default_config()
    return policy


def choice(tracker: DialogueStateTracker, others: list, place: int = 0) -> str:
    """Returns the action that Rasa's ensemble chooses between the other predictions and ours."""
    ours = our_policy().predict_action_probabilities(tracker, DOMAIN)
    predictions = [*others[:place], ours, *others[place:]]
    best = DefaultPolicyPredictionEnsemble().combine_predictions(predictions, tracker, DOMAIN)
    return ACTIONS[best.probabilities.index(max(best.probabilities))]


def expected(level: str, intent: str, role: str | None = None) -> str:
    """Returns the handoff that belongs to a severity; people outside the target group have their own."""
    if intent == "burger_in_nood" and role not in (None, "anders"):
        return f"utter_doorverwijzing_{level}"
    if intent in SPECIAL and level != "suicidaal":
        return "utter_burger_in_nood_acuut" if (intent, level) == ("burger_in_nood", "acuut") else f"utter_{intent}"
    return f"utter_doorverwijzing_{level}"


@FEW
@given(HISTORIES, OTHERS, st.integers(0, 5), st.sampled_from(GRAVE), st.sampled_from(INTENTS), st.text(max_size=20))
def test_the_first_utterance_is_the_handoff(events, others, place, level, intent, text):
    """Whatever happened before, whatever the other policies want, and whatever the intent is."""
    tracker = tracker_of(events, user_message(text, intent, {SEVERITY_KEY: {"level": level}}))
    assert choice(tracker, others, place) == expected(level, intent, tracker.get_slot("functie"))


@FEW
@given(HISTORIES, OTHERS, st.sampled_from([name for name, level in SEVERITY_BY_INTENT.items() if level in GRAVE]))
def test_a_serious_intent_is_enough_without_a_judgement(events, others, intent):
    """A button or a test story has no judgement of its text."""
    tracker = tracker_of(events, user_message("", intent, {}))
    assert choice(tracker, others) == expected(SEVERITY_BY_INTENT[intent], intent, tracker.get_slot("functie"))


@FEW
@given(HISTORIES, st.sampled_from(GRAVE), st.sampled_from(INTENTS))
def test_no_follow_up_action_comes_before_the_policies(events, level, intent):
    """Rasa runs a follow-up action before it asks any policy; a new message must have cleared it."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    assert tracker.followup_action is None


@FEW
@given(HISTORIES, st.sampled_from(GRAVE), st.sampled_from(INTENTS))
def test_the_handoff_needs_no_action_server(events, level, intent):
    """Everything in the plan is a response."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    assert set(our_policy().plan(tracker, DOMAIN).actions) <= set(DOMAIN.responses)


@FEW
@given(HISTORIES, OTHERS, st.sampled_from(GRAVE), st.sampled_from(INTENTS))
def test_the_turn_is_said_once_and_ends(events, others, level, intent):
    """Played to its end, the turn utters its plan in order, and then listens."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    planned = list(our_policy().plan(tracker, DOMAIN).actions)
    played = []
    while not played or played[-1] != "action_listen":
        played.append(choice(tracker, others))
        tracker.update(ActionExecuted(played[-1]))
        assert len(played) <= len(planned) + 1
    assert played == [*planned, "action_listen"]


@FEW
@given(st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(INTENTS)), max_size=8))
def test_the_case_never_gets_lighter(messages):
    """Turn after turn, with the events that our policy gives applied."""
    tracker, heaviest = DialogueStateTracker("anna", DOMAIN.slots), -1
    for level, intent in messages:
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
        prediction = our_policy().predict_action_probabilities(tracker, DOMAIN)
        for event in prediction.optional_events:
            tracker.update(event)
        case = tracker.get_slot("zaak")
        assert (CASES.index(case) if case else -1) >= heaviest
        heaviest = CASES.index(case) if case else -1
        if level in GRAVE:
            assert heaviest >= CASES.index("ernstig")


@given(st.sampled_from([None, "onzin", *CASES]), st.sampled_from(LEVELS[1:]))
def test_heavier_is_never_lighter(case, level):
    """Of the old value and the new one the heavier stays, and an unknown value does no harm."""
    result = heavier(case, level)
    assert result in CASES
    assert case not in CASES or CASES.index(result) >= CASES.index(case)


@pytest.mark.parametrize("intent", sorted(INFORMATION_INTENTS))
def test_a_question_in_a_serious_message_is_answered_after_the_handoff(intent):
    """Hand off first, then answer."""
    tracker = tracker_of([], user_message("x", intent, {SEVERITY_KEY: {"level": "ernstig"}}))
    assert our_policy().plan(tracker, DOMAIN).actions == ["utter_doorverwijzing_ernstig", f"utter_{intent}"]


@FEW
@given(HISTORIES, OTHERS, st.sampled_from(GRAVE), st.sampled_from(INTENTS), LANGUAGE)
def test_another_language_gets_the_same_handoff_first(events, others, level, intent, language):
    """The numbers in the writer's language come after it, not instead of it."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}, LANGUAGE_KEY: language}))
    assert choice(tracker, others) == expected(level, intent, tracker.get_slot("functie"))
    assert our_policy().plan(tracker, DOMAIN).actions[1] == f"utter_nummers_{language}"


@pytest.mark.parametrize("intent", ["aangifte", "begroeten", "nlu_fallback"])
@pytest.mark.parametrize("level", ["acuut", "suicidaal"])
def test_in_danger_nothing_follows_the_handoff(level, intent):
    """No answer to read while someone is at the door."""
    tracker = tracker_of([], user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    assert our_policy().plan(tracker, DOMAIN).actions == [f"utter_doorverwijzing_{level}"]


@pytest.mark.parametrize(
    ("intent", "answers"),
    [
        ("functie_opgeven", ["utter_functie_opgeven"]),
        ("bedanken", ["utter_bedanken"]),
        ("buiten_bereik", []),
        ("bedreiging", []),
        ("nlu_fallback", []),
    ],
)
def test_doubt_gets_the_answer_and_the_offer_to_call(intent, answers):
    """Neither an alarm, nor a refusal, nor the handoff of a case that was not found."""
    tracker = tracker_of([], user_message("x", intent, {SEVERITY_KEY: {"level": "zorg"}}))
    assert our_policy().plan(tracker, DOMAIN).actions == [*answers, "utter_doorverwijzing_zorg"]


@pytest.mark.parametrize("intent", ["onveilig_gevoel", "nazorg", "steun_gezin", "mens_spreken", "aangifte"])
def test_a_need_is_answered_and_then_offered_a_talk(intent):
    """Care comes after the answer, without pressure."""
    tracker = tracker_of([], user_message("x", intent, {SEVERITY_KEY: {"level": "zorg"}}))
    assert our_policy().plan(tracker, DOMAIN).actions == [f"utter_{intent}", "utter_doorverwijzing_zorg"]


@FEW
@given(HISTORIES, st.sampled_from(INTENTS))
def test_a_calm_message_is_left_to_the_other_policies(events, intent):
    """The policy keeps silent when it has nothing to say."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": "geen"}}))
    prediction = our_policy().predict_action_probabilities(tracker, DOMAIN)
    assert max(prediction.probabilities) == 0
    assert not prediction.is_no_user_prediction


def test_between_a_need_and_a_question_both_are_answered():
    """The second likeliest intent is answered too, when it is a likely question."""
    ranking = [{"name": "nazorg", "confidence": 0.5}, {"name": "beveiliging", "confidence": 0.4}]
    for confidence, expected_actions in (
        (0.4, ["utter_nazorg", "utter_beveiliging", "utter_doorverwijzing_zorg"]),
        (0.1, ["utter_nazorg", "utter_doorverwijzing_zorg"]),
    ):
        ranking[1]["confidence"] = confidence
        message = user_message("x", "nazorg", {SEVERITY_KEY: {"level": "zorg"}, "intent_ranking": ranking})
        assert our_policy().plan(tracker_of([], message), DOMAIN).actions == expected_actions
