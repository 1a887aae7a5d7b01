"""HandoffPolicy: the handoff is the first thing said in any turn whose severity asks for one."""
from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from components.language_detector import LANGUAGE_KEY
from components.severity import SEVERITY_BY_INTENT, at_least, level_of_parse_data, writer_is_aggressor
from components.turn_policy import TurnPlan, TurnPolicy, latest_intent

# Confidence from which the second likeliest intent of a serious message is answered too, when it is a question.
SECOND_QUESTION = 0.25
# Intents whose answer does not fit a message that may be serious: a refusal, and those of a graver case.
NO_ANSWER = frozenset(
    ["buiten_bereik", *(intent for intent, level in SEVERITY_BY_INTENT.items() if level != "zorg")]
)
# Values of the slot `zaak`, from light to heavy.
CASES = ("zorg", "ernstig", "suicidaal")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class HandoffPolicy(TurnPolicy):
    """Plans every turn whose severity is `zorg` or worse.

    It reads only the parse data of the latest message, so no state of the conversation (a question about the role,
    a fallback, small talk) can come between. It uses only responses, so it does not need the action server.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Highest priority of all policies: RulePolicy has 6."""
        return {"priority": 100}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> Optional[TurnPlan]:
        """Hands off first, then answers the question that was asked as well (see parent class)."""
        message = tracker.latest_message
        level = level_of_parse_data(message.parse_data if message else None)
        if level == "geen":
            return None
        intent = latest_intent(tracker)
        if level == "ernstig" and writer_is_aggressor(message.parse_data):
            return TurnPlan(["utter_dreigtekst_gevraagd"])
        question = question_of(message.parse_data if message else None)
        answer = f"utter_{intent}"
        if intent == "dreigen_met_geweld" and level != "suicidaal":
            actions = [answer]
        elif intent == "burger_in_nood" and level != "suicidaal" and tracker.get_slot("functie") in (None, "anders"):
            actions = ["utter_burger_in_nood_acuut" if level == "acuut" else answer]
        elif level in ("acuut", "suicidaal"):
            actions = [f"utter_doorverwijzing_{level}"]
        elif level == "ernstig":
            actions = ["utter_doorverwijzing_ernstig", *([f"utter_{question}"] if question else [])]
        else:
            # Doubt gets the answer to what was said, and the offer to call; no refusal, and no answer for a case that
            # was not found.
            says_something = answer in domain.responses and question != intent and intent not in NO_ANSWER
            own = [answer] if says_something else []
            actions = [*own, *([f"utter_{question}"] if question else []), "utter_doorverwijzing_zorg"]
        language = message.parse_data.get(LANGUAGE_KEY) if message and message.parse_data else None
        if language and at_least(level, "ernstig"):
            actions = [actions[0], f"utter_nummers_{language}", *actions[1:]]
        return TurnPlan(actions, [SlotSet("zaak", heavier(tracker.get_slot("zaak"), level))])


def is_question(intent: str) -> bool:
    """Says whether the intent asks for information of its own, which is answered after the handoff."""
    return intent in INFORMATION_INTENTS


def question_of(parse_data: Optional[Mapping[str, Any]]) -> Optional[str]:
    """Returns the question that a message holds: its intent, or the second likeliest one if that is likely enough.

    Between a serious case and a question both are answered.
    """
    parse_data = parse_data or {}
    intent = (parse_data.get("intent") or {}).get("name") or ""
    if is_question(intent):
        return intent
    ranking = [entry for entry in parse_data.get("intent_ranking") or [] if entry.get("name") != intent]
    second = ranking[0] if ranking else {}
    likely = (second.get("confidence") or 0.0) >= SECOND_QUESTION
    return second["name"] if likely and is_question(second.get("name") or "") else None


def heavier(case: Optional[str], level: str) -> str:
    """Returns the new value of the slot `zaak`: the heavier of what it was and what `level` makes it."""
    new = "suicidaal" if level == "suicidaal" else "ernstig" if at_least(level, "ernstig") else "zorg"
    return max(case if case in CASES else new, new, key=CASES.index)


INFORMATION_INTENTS = frozenset(
    """ot_info ot_doelgroep ot_contact ot_bereikbaarheid ot_werkwijze ot_vertrouwelijk ot_team
    aangifte aangifte_vormen aangifte_door_ander melding schade rechtshulp
    beveiliging stelsel_bewaken_beveiligen woningscan veiligheidsgesprek zelfscan training veiligheidspakket sipa
    privacy bot_vraag""".split()
)
