"""HandoffPolicy: puts the handoff first in every turn whose severity requires one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.answers import answer_to, has_facts, intent_shares
from weerbaar.nlu.language_detector import LANGUAGE_KEY
from weerbaar.nlu.severity import at_least, level_of_parse_data, writer_is_aggressor
from weerbaar.policies.turn_policy import TurnPlan, TurnPolicy, latest_intent, next_response, said_lately
from weerbaar.subjects import SUBJECTS

INFORMATION_INTENTS = frozenset(name for name, subject in SUBJECTS.items() if subject.kind == "question")
# The confidence from which the second likeliest intent of a serious message is answered too if it is a question, and
# the confidence from which an intent that changes the handoff itself counts.
SECOND_QUESTION, SECOND_MEANING = 0.25, 0.2
# Intents of what people in need say back to a handoff; the answer to it follows the handoff.
SAID_BACK = frozenset(["al_gebeld", "geen_gehoor", "durft_niet_bellen", "geen_politie"])
# Values of the slot `zaak`, from light to heavy.
CASES = ("zorg", "ernstig", "suicidaal_ander", "suicidaal")
# For how many turns the full text of an alarm, and of a serious case, is not repeated.
ALARM_TURNS, CASE_TURNS = 3, 6
STEPS = {
    "ernstig": [f"utter_doorverwijzing_ernstig/{name}" for name in ("ook_dit", "niet_alleen", "alles_samen")],
    "acuut": [f"utter_doorverwijzing_acuut/{name}" for name in ("nog_steeds", "blijf_veilig")],
    "suicidaal": ["utter_doorverwijzing_suicidaal/nog_steeds", "utter_doorverwijzing_suicidaal"],
    "suicidaal_ander": ["utter_doorverwijzing_suicidaal/ander_verder", "utter_doorverwijzing_suicidaal/ander"],
}

# Responses for writers who cannot speak aloud.
VOICELESS = {
    "acuut": ["utter_kan_niet_praten/acuut", "utter_kan_niet_praten/acuut_nog_steeds"],
    "ernstig": ["utter_kan_niet_praten/ernstig", "utter_kan_niet_praten/ernstig_nog_steeds"],
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class HandoffPolicy(TurnPolicy):
    """Plans every turn whose severity is `ernstig` or worse.

    Whether there is a handoff depends only on the parse data of the latest message, so no state of the conversation (a
    question about the role, a fallback, small talk) can prevent it; what was said before only affects its wording. The
    handoff uses only responses, so it does not need the action server.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the highest priority of all policies; RulePolicy has 6."""
        return {"priority": 100}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Plans the handoff, then the answer to a question in the same message; None below severity `ernstig`."""
        message = tracker.latest_message
        parse_data = message.parse_data if message else None
        level = level_of_parse_data(parse_data)
        if not at_least(level, "ernstig"):
            return None
        intent, case = latest_intent(tracker), tracker.get_slot("zaak")
        if level == "ernstig" and writer_is_aggressor(parse_data):
            return TurnPlan(["utter_dreigtekst_gevraagd"])
        new_case = heavier(case, case_after(level, intent, parse_data, case))
        voiceless = bool(tracker.get_slot("kan_niet_praten")) or means(parse_data, intent, "kan_niet_praten")
        events: list[Event] = [SlotSet("zaak", new_case)]
        if voiceless and not tracker.get_slot("kan_niet_praten"):
            events.append(SlotSet("kan_niet_praten", True))
        question = question_in(parse_data)
        if intent == "dreigen_met_geweld" and level != "suicidaal":
            actions = ["utter_dreigen_met_geweld"]
        elif intent == "burger_in_nood" and level != "suicidaal" and tracker.get_slot("functie") in (None, "anders"):
            actions = ["utter_burger_in_nood_acuut" if level == "acuut" else "utter_burger_in_nood"]
        elif level == "suicidaal":
            actions = [handoff(new_case, tracker)]
        else:
            actions = [next_response(VOICELESS[level], tracker) if voiceless else handoff(level, tracker)]
            if level == "ernstig":
                actions += [f"utter_{said}" for said in sorted(SAID_BACK) if means(parse_data, intent, said)][:1]
                actions += [answer_to(question, parse_data, domain)] if question else []
        if question and actions[-1] == answer_to(question, parse_data, domain) and has_facts(question, domain):
            events.append(SlotSet("onderwerp", question))
        language = parse_data.get(LANGUAGE_KEY) if parse_data else None
        if language:
            actions = [actions[0], f"utter_nummers_{language}", *actions[1:]]
        return TurnPlan(actions, events)


def handoff(level: str, tracker: DialogueStateTracker) -> str:
    """Returns the response that hands off: first the full text, then at each step another and shorter one.

    Args:
        level: a level of severity, or `suicidaal_ander`.
        tracker: the conversation before this turn.
    """
    first = {"suicidaal_ander": "utter_doorverwijzing_suicidaal/ander"}.get(level, f"utter_doorverwijzing_{level}")
    told = said_lately(tracker, [first, *STEPS[level]], CASE_TURNS if level == "ernstig" else ALARM_TURNS)
    return next_response(STEPS[level], tracker) if told else first


def means(parse_data: Mapping[str, Any] | None, intent: str, meaning: str) -> bool:
    """Returns whether a message has the intent `meaning`, or is likely to have it besides its own intent."""
    return intent == meaning or dict(intent_shares(parse_data)).get(meaning, 0.0) >= SECOND_MEANING


def case_after(level: str, intent: str, parse_data: Mapping[str, Any] | None, case: str | None) -> str:
    """Returns the value of the slot `zaak` for one message.

    Args:
        level: the severity of the message.
        intent: the intent of the message.
        parse_data: the parse data of the message; None for a button.
        case: the present value of the slot; `suicidaal_ander` stays unless the writer's own wish to die is clear.
    """
    if level != "suicidaal":
        return "ernstig" if at_least(level, "ernstig") else "zorg"
    shares = dict(intent_shares(parse_data))
    own, other = shares.get("suicidaliteit", 0.0), shares.get("suicidaliteit_ander", 0.0)
    of_other = other >= own if other or own else intent == "suicidaliteit_ander"
    # Writers who spoke of another person go on about that person, unless their own wish to die is clear.
    return "suicidaal_ander" if of_other or (case == "suicidaal_ander" and own < 0.8) else "suicidaal"


def is_question(intent: str) -> bool:
    """Returns whether an intent asks for information, which is then given after the handoff."""
    return intent in INFORMATION_INTENTS


def question_in(parse_data: Mapping[str, Any] | None) -> str | None:
    """Returns the question in a message: its intent, or the second likeliest intent if that is likely enough.

    A message that may be either serious or a question thus gets both answers.
    """
    parse_data = parse_data or {}
    intent = (parse_data.get("intent") or {}).get("name") or ""
    if is_question(intent):
        return intent
    second, likely = next(((name, share) for name, share in intent_shares(parse_data) if name != intent), ("", 0.0))
    return second if likely >= SECOND_QUESTION and is_question(second) else None


def heavier(case: str | None, new: str) -> str:
    """Returns the heavier of two values of the slot `zaak`, or the new one when there was none."""
    return max(case if case in CASES else new, new, key=CASES.index)
