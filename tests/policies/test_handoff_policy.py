"""The guarantee: in any turn whose severity is ernstig or worse, the first thing said is the handoff."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction
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
from turns import ACTIONS, DOMAIN, Talk, policy_of, ranked, user_message

from weerbaar.nlu.language_detector import LANGUAGE_KEY, LANGUAGES
from weerbaar.nlu.severity import LEVELS, SEVERITY_BY_INTENT, SEVERITY_KEY
from weerbaar.policies.handoff_policy import CASES, INFORMATION_INTENTS, SAID_BACK, HandoffPolicy, heavier

INTENTS = [*DOMAIN.intents, "nlu_fallback"]
GRAVE = ("ernstig", "acuut", "suicidaal")
TEAM = "070-3738314"
# What may be said first in such a turn: the severities of the card of each response that always has one.
HANDOFFS = {
    name: {(variant.get("custom") or {}).get("ernst") for variant in variants}
    for name, variants in DOMAIN.responses.items()
    if all((variant.get("custom") or {}).get("type") == "doorverwijzing" for variant in variants)
}
# For who threatens others: no help, and no alarm about themselves.
AGAINST_VIOLENCE = {"utter_dreigtekst_gevraagd", "utter_dreigen_met_geweld"}
FOREIGN = [language for language in LANGUAGES if language != "nl"]

JUDGEMENTS = st.sampled_from(LEVELS).map(lambda level: {"level": level})
LANGUAGE = st.sampled_from(FOREIGN)
PARSE_DATA = st.fixed_dictionaries({}, optional={SEVERITY_KEY: JUDGEMENTS, LANGUAGE_KEY: LANGUAGE})
SLOT_VALUES = {
    name: st.sampled_from([None, *values])
    for name, values in {
        "functie": ["burgemeester", "wethouder", "raadslid", "statenlid", "anders"],
        "zaak": CASES,
        "onderwerp": ["ot_info", "aangifte", "sipa"],
        "kan_niet_praten": [True],
    }.items()
}


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


OURS = policy_of(HandoffPolicy)


def choice(tracker: DialogueStateTracker, others: list, place: int = 0) -> str:
    """Returns the action that Rasa's ensemble chooses between the other predictions and ours."""
    ours = OURS.predict_action_probabilities(tracker, DOMAIN)
    predictions = [*others[:place], ours, *others[place:]]
    best = DefaultPolicyPredictionEnsemble().combine_predictions(predictions, tracker, DOMAIN)
    return ACTIONS[best.probabilities.index(max(best.probabilities))]


def hands_off(action: str, level: str, intent: str) -> bool:
    """Says whether an action is the handoff of a severity, in one of its wordings.

    Danger gets a card of danger, suicidal thoughts get 113; who says they will hurt others has their own texts.
    """
    if action in AGAINST_VIOLENCE:
        return level != "suicidaal" and (intent == "dreigen_met_geweld" or action == "utter_dreigtekst_gevraagd")
    severities = {"ernstig"} if level == "ernstig" else {"acuut"}
    texts = [variant["text"] for variant in DOMAIN.responses[action]]
    return HANDOFFS.get(action) == severities and (level != "suicidaal" or all("113" in text for text in texts))


@FEW
@given(HISTORIES, OTHERS, st.integers(0, 5), st.sampled_from(GRAVE), st.sampled_from(INTENTS), st.text(max_size=20))
def test_the_first_utterance_is_the_handoff(events, others, place, level, intent, text):
    """Whatever happened before, whatever the other policies want, and whatever the intent is."""
    tracker = tracker_of(events, user_message(text, intent, {SEVERITY_KEY: {"level": level}}))
    assert hands_off(choice(tracker, others, place), level, intent)


@FEW
@given(HISTORIES, OTHERS, st.sampled_from([name for name, level in SEVERITY_BY_INTENT.items() if level in GRAVE]))
def test_a_serious_intent_is_enough_without_a_judgement(events, others, intent):
    """A button or a test story has no judgement of its text."""
    tracker = tracker_of(events, user_message("", intent, {}))
    assert hands_off(choice(tracker, others), SEVERITY_BY_INTENT[intent], intent)


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
    assert set(OURS.plan(tracker, DOMAIN).actions) <= set(DOMAIN.responses)


@FEW
@given(HISTORIES, OTHERS, st.sampled_from(GRAVE), st.sampled_from(INTENTS))
def test_the_turn_is_said_once_and_ends(events, others, level, intent):
    """Played to its end, the turn utters its plan in order, and then listens."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    planned = list(OURS.plan(tracker, DOMAIN).actions)
    played = []
    while not played or played[-1] != "action_listen":
        played.append(choice(tracker, others))
        tracker.update_with_events(OURS.predict_action_probabilities(tracker, DOMAIN).optional_events, DOMAIN)
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
        prediction = OURS.predict_action_probabilities(tracker, DOMAIN)
        for event in prediction.optional_events:
            tracker.update(event)
        case = tracker.get_slot("zaak")
        assert (CASES.index(case) if case else -1) >= heaviest
        heaviest = CASES.index(case) if case else -1
        if level in GRAVE:
            assert heaviest >= CASES.index("ernstig")


@given(st.sampled_from([None, "onzin", *CASES]), st.sampled_from(CASES))
def test_heavier_is_never_lighter(case, new):
    """Of the old value and the new one the heavier stays, and an unknown value does no harm."""
    result = heavier(case, new)
    assert CASES.index(result) >= CASES.index(new)
    assert result in CASES
    assert case not in CASES or CASES.index(result) >= CASES.index(case)


@pytest.mark.parametrize("intent", sorted(INFORMATION_INTENTS))
def test_a_question_in_a_serious_message_is_answered_after_the_handoff(intent):
    """Hand off first, then answer."""
    tracker = tracker_of([], user_message("x", intent, {SEVERITY_KEY: {"level": "ernstig"}}))
    assert OURS.plan(tracker, DOMAIN).actions == ["utter_doorverwijzing_ernstig", plain_answer(intent)]


@FEW
@given(HISTORIES, OTHERS, st.sampled_from(GRAVE), st.sampled_from(INTENTS), LANGUAGE)
def test_another_language_gets_the_same_handoff_first(events, others, level, intent, language):
    """The numbers in the writer's language come after it, not instead of it."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}, LANGUAGE_KEY: language}))
    assert hands_off(choice(tracker, others), level, intent)
    assert OURS.plan(tracker, DOMAIN).actions[1] == f"utter_nummers_{language}"


@pytest.mark.parametrize("intent", ["aangifte", "begroeten", "nlu_fallback"])
@pytest.mark.parametrize("level", ["acuut", "suicidaal"])
def test_in_danger_nothing_follows_the_handoff(level, intent):
    """No answer to read while someone is at the door."""
    tracker = tracker_of([], user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    assert OURS.plan(tracker, DOMAIN).actions == [f"utter_doorverwijzing_{level}"]


@FEW
@given(HISTORIES, st.sampled_from(INTENTS), st.sampled_from(["geen", "zorg"]))
def test_what_is_not_serious_is_left_to_the_other_policies(events, intent, level):
    """The policy keeps silent when it has nothing to say."""
    tracker = tracker_of(events, user_message("x", intent, {SEVERITY_KEY: {"level": level}}))
    prediction = OURS.predict_action_probabilities(tracker, DOMAIN)
    assert max(prediction.probabilities) == 0
    assert not prediction.is_no_user_prediction


def plain_answer(intent: str) -> str:
    """Returns the answer to an intent of which no fact is known to be meant."""
    return f"utter_{intent}/overzicht" if f"utter_{intent}/overzicht" in DOMAIN.responses else f"utter_{intent}"


@pytest.mark.parametrize(
    ("intent", "level", "role", "handoff"),
    [
        ("bedreiging", "ernstig", None, "utter_doorverwijzing_ernstig"),
        ("bedreiging", "acuut", None, "utter_doorverwijzing_acuut"),
        ("nlu_fallback", "suicidaal", None, "utter_doorverwijzing_suicidaal"),
        ("suicidaliteit_ander", "suicidaal", None, "utter_doorverwijzing_suicidaal/ander"),
        ("burger_in_nood", "ernstig", None, "utter_burger_in_nood"),
        ("burger_in_nood", "acuut", "anders", "utter_burger_in_nood_acuut"),
        ("burger_in_nood", "ernstig", "raadslid", "utter_doorverwijzing_ernstig"),
        ("burger_in_nood", "suicidaal", None, "utter_doorverwijzing_suicidaal"),
        ("dreigen_met_geweld", "ernstig", None, "utter_dreigen_met_geweld"),
        ("dreigen_met_geweld", "suicidaal", None, "utter_doorverwijzing_suicidaal"),
        ("kan_niet_praten", "acuut", None, "utter_kan_niet_praten/acuut"),
        ("kan_niet_praten", "ernstig", None, "utter_kan_niet_praten/ernstig"),
    ],
)
def test_the_first_handoff_is_the_one_in_full(intent, level, role, handoff):
    """Each severity its own; people outside the target group have theirs, unless they gave a role."""
    assert Talk().say(intent, level=level, role=role)[0] == handoff


def test_who_asks_for_a_threatening_text_gets_none():
    """No help and no alarm, and the number for who is threatened."""
    judgement = {SEVERITY_KEY: {"level": "ernstig", "reasons": ["patroon:ernstig.dader_tekst"]}}
    talk = Talk()
    assert talk.say("buiten_bereik", **judgement) == ["utter_dreigtekst_gevraagd"]
    assert TEAM in talk.said[0].text
    assert talk.slot("zaak") is None


@pytest.mark.parametrize("intent", ["bedreiging", "acuut_gevaar", "suicidaliteit", "suicidaliteit_ander"])
def test_a_story_in_steps_gets_the_number_in_other_words_each_time(intent):
    """A next message of the same severity is never answered with the same text, and always with the card."""
    talk, texts = Talk(), []
    for _ in range(6):
        talk.say(intent)
        assert TEAM in talk.said[0].text
        assert talk.said[0].data["custom"]["type"] == "doorverwijzing"
        texts.append(talk.said[0].text)
    assert all(one != another for one, another in pairwise(texts))


def test_a_threat_that_becomes_danger_gets_112_at_once():
    """In full, however often the number was given before."""
    talk = Talk()
    for _ in range(3):
        talk.say("bedreiging")
    assert talk.say("acuut_gevaar") == ["utter_doorverwijzing_acuut"]


def test_the_first_handoff_to_a_politician_is_in_full_after_one_to_a_citizen():
    """'Ik ben raadslid' after the text for citizens: the team, what it does, and the adviser."""
    talk = Talk()
    talk.say("burger_in_nood")
    assert talk.say("bedreiging", role="raadslid") == ["utter_doorverwijzing_ernstig"]
    assert "Nederlandse Vereniging voor Raadsleden" in talk.said[0].text


@pytest.mark.parametrize("intent", ["bedreiging", "acuut_gevaar"])
def test_who_cannot_speak_hears_it_at_every_alarm(intent):
    """However often: 112NL, the mail address or somebody else who calls."""
    talk = Talk()
    talk.say("kan_niet_praten", level="acuut")
    for _ in range(5):
        talk.say(intent)
        assert "112NL" in talk.said[0].text


@pytest.mark.parametrize("intent", sorted(SAID_BACK))
def test_what_is_said_back_is_answered_after_the_handoff(intent):
    """'Ik word bedreigd maar ik wil geen politie'."""
    shares = ranked({"bedreiging": 0.6, intent: 0.3})
    assert Talk().say("bedreiging", **shares) == ["utter_doorverwijzing_ernstig", f"utter_{intent}"]


def test_a_role_in_a_serious_message_names_the_adviser_at_once():
    """No question about what was just said."""
    talk = Talk()
    talk.say("bedreiging", role="burgemeester")
    assert "Nederlands Genootschap van Burgemeesters" in talk.said[0].text
    assert talk.said[0].data["custom"]["functie"] == "burgemeester"
