"""CasePolicy: plans what follows when something serious was told: steps, roles, corrections and false alarms."""

from __future__ import annotations

import json
import re
from typing import Any

from rapidfuzz import fuzz
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.answers import answer_to, has_facts, intent_shares
from weerbaar.nlu.severity import SEVERITY_BY_INTENT, at_least, level_of_parse_data
from weerbaar.policies.adviser import adviser_events
from weerbaar.policies.answer_policy import asked_subject
from weerbaar.policies.handoff_policy import (
    SAID_BACK,
    STEPS,
    VOICELESS,
    case_after,
    handoff,
    heavier,
    means,
    question_in,
)
from weerbaar.policies.introduction_policy import introduction
from weerbaar.policies.turn_policy import (
    TurnPlan,
    TurnPolicy,
    last_actions,
    latest_intent,
    next_response,
    said_lately,
)

# Responses to a calm message in a conversation about something serious.
FURTHER = {
    "acuut": [f"utter_verder_acuut/{name}" for name in ("blijf_veilig", "hulp")],
    "ernstig": [f"utter_verder_ernstig/{name}" for name in ("luistert", "samen", "twijfel")],
    "suicidaal": [f"utter_verder_suicidaal/{name}" for name in ("luistert", "niet_alleen")],
    "suicidaal_ander": [f"utter_verder_suicidaal_ander/{name}" for name in ("luistert", "samen")],
}
# Intents that say nothing by themselves when the writer is in the middle of a story.
UNCLEAR = frozenset([DEFAULT_NLU_FALLBACK_INTENT_NAME, "buiten_bereik", "stukje_verhaal", "vervolg"])
# Intents that add nothing to a role in the same message: 'nee sorry, ik ben griffier'.
VAGUE = UNCLEAR | {"ontkennen", "bevestigen", "functie_opgeven", "vals_alarm"}
# A message with a role and more words than this says more than the role, unless it corrects one.
MOST_WORDS_OF_A_ROLE = 6
# Intents whose answer already invites the writer to call, so no offer follows it.
INVITING = SAID_BACK | {"kleiner_maken", "wat_nu", "doorgestuurd", "functie_opgeven"}
# Intents that an unclear message in a story may have, and the share from which one counts.
ASKED_BACK, LEAST_SHARE = SAID_BACK | {"wat_nu"}, 0.03
# Intents that after an alarm get the way to safety first, because their own answer begins with the team.
HELD_BACK = SAID_BACK - {"al_gebeld"} | {"wat_nu"}
STAY_SAFE, HELD_BACK_TURNS = "utter_verder_acuut/blijf_veilig", 3
# Intents whose answer does not suit a message that may be serious: refusals, and handoffs for a severity not found.
WITHOUT_ANSWER = UNCLEAR | {"vals_alarm"} | {name for name, level in SEVERITY_BY_INTENT.items() if level != "zorg"}
OFFERS = ["utter_doorverwijzing_zorg", "utter_doorverwijzing_zorg/nogmaals"]
# For this many turns the offer to call is not repeated in the same words.
OFFER_TURNS = 2
# For this many turns after an alarm, or after the response to a citizen in need, a message is taken to belong to it.
AFTER_ALARM_TURNS, CITIZEN_TURNS = 2, 3
ACUTE = ["utter_doorverwijzing_acuut", "utter_burger_in_nood_acuut", *STEPS["acuut"], *VOICELESS["acuut"]]
CITIZEN = ["utter_burger_in_nood", "utter_burger_in_nood_acuut", "utter_burger_in_nood/verder"]
FALSE_ALARM = re.compile(r"\b(?:vals|loos|loze) alarm\b", re.IGNORECASE)
ORDINAL = re.compile(
    r"\W*(?:(?:nummer|optie|keuze|knop|doe|de|die|het|dan) )*"
    r"(?:(?P<word>eerste|tweede|derde|vierde|vijfde)|(?P<last>laatste)|(?P<digit>[1-5]))"
    r"(?: (?:knop|optie|keuze|graag|maar|dan|aub))*\W*",
    re.IGNORECASE,
)
ORDINALS = ("eerste", "tweede", "derde", "vierde", "vijfde")
# The similarity (0 to 100) that typed words need to the title of a button that was just offered.
ALIKE = 83
PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class CasePolicy(TurnPolicy):
    """Plans turns of severity `zorg`, and calm turns whose meaning depends on what was said before.

    HandoffPolicy plans anything worse.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns a priority directly below HandoffPolicy."""
        return {"priority": 95}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Plans the turn of a need, or of a message whose meaning depends on the conversation before; else None."""
        message = tracker.latest_message
        parse_data = message.parse_data if message else None
        level = level_of_parse_data(parse_data)
        if at_least(level, "ernstig"):
            return None
        plan = self._by_history(tracker, domain)
        if level != "zorg":
            return plan
        need = SlotSet("zaak", heavier(tracker.get_slot("zaak"), "zorg"))
        # If the plan itself sets the slot, as after a false alarm, that value stands.
        if plan is not None:
            decided = any(event.key == "zaak" for event in plan.events)
            return TurnPlan(plan.actions, plan.events if decided else [need, *plan.events])
        return gentle_plan(tracker, domain, need)

    @staticmethod
    def _by_history(tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        intent, case = latest_intent(tracker), tracker.get_slot("zaak")
        message = tracker.latest_message
        parse_data = message.parse_data if message else None
        chosen = chosen_button(tracker)
        if chosen:
            return plan_of_button(*chosen, tracker, domain)
        if intent == "bevestigen" and said_lately(tracker, ["utter_hulpkreet"], 1):
            # 'Ja' in answer to 'Is er nu gevaar?'
            return TurnPlan(["utter_doorverwijzing_acuut"], [SlotSet("zaak", heavier(case, "ernstig"))])
        taken_back = takes_back(tracker, domain)
        if taken_back is not None:
            return taken_back
        if intent == "functie_opgeven" or is_bare_role(tracker) or corrects_role(tracker):
            return TurnPlan([*introduction(tracker), *role_answers(tracker)])
        alarm = alarm_lately(tracker)
        of_grave_intent = at_least(SEVERITY_BY_INTENT.get(intent, "geen"), "ernstig")
        in_story = case in FURTHER and intent in UNCLEAR
        if means(parse_data, intent, "kan_niet_praten") and not of_grave_intent and not in_story:
            overview = answer_to("kan_niet_praten", parse_data, domain)
            answer = next_response(VOICELESS["acuut"], tracker) if alarm else overview
            events: list[Event] = [SlotSet("kan_niet_praten", True), SlotSet("onderwerp", "kan_niet_praten")]
            return TurnPlan([*introduction(tracker), answer], events)
        safe = safety_first(tracker)
        if safe is not None:
            return safe
        if intent in UNCLEAR | {"klacht"} and said_lately(tracker, CITIZEN, CITIZEN_TURNS):
            return TurnPlan(["utter_burger_in_nood/verder"])
        if case in FURTHER and intent in UNCLEAR and not asked_subject(tracker, domain):
            said = [name for name, share in intent_shares(parse_data) if name in ASKED_BACK and share >= LEAST_SHARE]
            if alarm and said[:1] == ["al_gebeld"]:
                return TurnPlan(["utter_al_gebeld/acuut"])
            if alarm or not said or f"utter_{said[0]}" in last_actions(tracker):
                return TurnPlan([further(tracker)])
            return TurnPlan([f"utter_{said[0]}"])
        if adviser_events(tracker, []) and f"utter_{intent}" in domain.responses and not asked_subject(tracker, domain):
            # The message also names a role: a rule would give the answer without changing the adviser.
            return TurnPlan([*introduction(tracker), f"utter_{intent}"])
        return None


def gentle_plan(tracker: DialogueStateTracker, domain: Domain, need: Event) -> TurnPlan:
    """Returns the plan for a need or for doubt: the answer to what was said, then the offer to call.

    The answer is never a refusal, nor a handoff for a severity that was not found.

    Args:
        tracker: the conversation.
        domain: holds the responses.
        need: the event that sets the slot `zaak`.
    """
    intent, case = latest_intent(tracker), tracker.get_slot("zaak")
    parse_data = tracker.latest_message.parse_data if tracker.latest_message else None
    subject = asked_subject(tracker, domain)
    asked = subject or question_in(parse_data)
    answers = [answer_to(asked, parse_data, domain)] if asked else []
    own = answer_to(intent, parse_data, domain)
    if (
        own in domain.responses
        and intent not in WITHOUT_ANSWER
        and own not in answers
        and not has_facts(intent, domain)
    ):
        answers.insert(0, own)
    events = [need, *([SlotSet("onderwerp", asked)] if asked and has_facts(asked, domain) else [])]
    if answers and intent in INVITING:
        return TurnPlan(answers[:1], events)
    if case in FURTHER:
        # Repeats the numbers when a life may be in danger, and names the adviser when the role was told just now.
        needed = not answers or case != "ernstig" or bool(adviser_events(tracker, []))
        return TurnPlan([*answers, *([further(tracker)] if needed else [])], events)
    again = said_lately(tracker, OFFERS, OFFER_TURNS)
    offer = OFFERS[again]
    # An answer from the turn before is not repeated, except that to a cry for help.
    new = [name for name in answers if name == "utter_hulpkreet" or name not in last_actions(tracker)]
    return TurnPlan([*new, offer], events)


def safety_first(tracker: DialogueStateTracker) -> TurnPlan | None:
    """Returns the plan for what keeps a writer from calling shortly after an alarm, or None.

    The way to safety comes first, in other words than in the turn before, and then the answer about calling the team.
    """
    intent = latest_intent(tracker)
    if intent == "al_gebeld" and alarm_lately(tracker):
        return TurnPlan(["utter_al_gebeld/acuut"])
    if intent not in HELD_BACK or tracker.get_slot("zaak") not in FURTHER:
        return None
    if not said_lately(tracker, [*ACUTE, STAY_SAFE], HELD_BACK_TURNS):
        return None
    first = next_response(STEPS["acuut"], tracker) if STAY_SAFE in last_actions(tracker) else STAY_SAFE
    if tracker.get_slot("kan_niet_praten"):
        first = next_response(VOICELESS["acuut"], tracker)
    return TurnPlan([first, *([f"utter_{intent}"] if intent in SAID_BACK else [])])


def further(tracker: DialogueStateTracker) -> str:
    """Returns the response that continues a conversation about something serious, in other words than last time."""
    case = tracker.get_slot("zaak")
    return next_response(FURTHER["acuut" if case == "ernstig" and alarm_lately(tracker) else case], tracker)


def takes_back(tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
    """Returns the plan for a message that withdraws an alarm or says that something else was meant, or None.

    The plan closes the case, unless the case is about suicide.
    """
    message, intent, case = tracker.latest_message, latest_intent(tracker), tracker.get_slot("zaak")
    parse_data = message.parse_data if message else None
    says_so = FALSE_ALARM.search((message.text or "") if message else "")
    beside = case and (has_facts(intent, domain) or intent in UNCLEAR) and means(parse_data, intent, "vals_alarm")
    if not (intent == "vals_alarm" or beside or (says_so and intent in UNCLEAR)):
        return None
    if case in ("suicidaal", "suicidaal_ander"):
        return TurnPlan([further(tracker)])
    question = question_in(parse_data)
    calm: list[Event] = [SlotSet("zaak", None)]
    if question and has_facts(question, domain):
        answer = answer_to(question, parse_data, domain)
        return TurnPlan(["utter_vals_alarm/en_verder", answer], [*calm, SlotSet("onderwerp", question)])
    return TurnPlan([*introduction(tracker), "utter_vals_alarm"], calm)


def role_answers(tracker: DialogueStateTracker) -> list[str]:
    """Returns the responses that name the adviser after a role was given, at the level of the conversation."""
    case = tracker.get_slot("zaak")
    if case in ("suicidaal", "suicidaal_ander"):
        return ["utter_functie_opgeven/acuut", further(tracker)]
    if alarm_lately(tracker):
        return ["utter_functie_opgeven/acuut"]
    return ["utter_functie_opgeven/ernstig" if case == "ernstig" else "utter_functie_opgeven"]


def alarm_lately(tracker: DialogueStateTracker) -> bool:
    """Returns whether one of the last `AFTER_ALARM_TURNS` turns had a response that puts 112 first."""
    return said_lately(tracker, ACUTE, AFTER_ALARM_TURNS)


def names_role(tracker: DialogueStateTracker) -> bool:
    """Returns whether the latest message names the writer's own role."""
    message = tracker.latest_message
    return message is not None and any(entity.get("entity") == "functie" for entity in message.entities or [])


def is_bare_role(tracker: DialogueStateTracker) -> bool:
    """Returns whether the latest message is short, names a role and little else: 'nou goed, griffier dus'."""
    follows = latest_intent(tracker) == "vervolg" and tracker.get_slot("onderwerp")
    if latest_intent(tracker) not in VAGUE or not names_role(tracker) or follows:
        return False
    return len((tracker.latest_message.text or "").split()) <= MOST_WORDS_OF_A_ROLE


def corrects_role(tracker: DialogueStateTracker) -> bool:
    """Returns whether the latest message names another role than the known one, and little else."""
    changed = tracker.get_slot("adviseur") and adviser_events(tracker, [])
    return bool(changed) and latest_intent(tracker) in VAGUE and names_role(tracker)


def chosen_button(tracker: DialogueStateTracker) -> tuple[str, dict[str, Any]] | None:
    """Returns the intent and the entities of the button that the latest message chooses in words, or None.

    The message may name the place of the button ('die tweede') or its title, also with a typing error.
    """
    text = (tracker.latest_message.text or "") if tracker.latest_message else ""
    buttons = last_buttons(tracker) if text and not text.startswith("/") else []
    match = ORDINAL.fullmatch(text)
    if match:
        place = ORDINALS.index(match["word"].lower()) if match["word"] else int(match["digit"] or 0) - 1
        chosen = buttons[place] if buttons and -1 <= place < len(buttons) else None
    else:
        alike = [(fuzz.ratio(plain(text), plain(button.get("title") or "")), button) for button in buttons]
        likeness, chosen = max(alike, key=lambda one: one[0], default=(0.0, None))
        chosen = chosen if likeness >= ALIKE else None
    payload = PAYLOAD.fullmatch((chosen or {}).get("payload") or "")
    return (payload["intent"], json.loads(payload["entities"] or "{}")) if payload else None


def plain(words: str) -> str:
    """Returns words in lower case, without surrounding spaces and punctuation."""
    return words.lower().strip(" .,!?'\"")


def last_buttons(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """Returns the buttons of the turn before this one, in order."""
    said: list[BotUttered] = []
    turns = 0
    for event in reversed(tracker.events):
        turns += isinstance(event, UserUttered)
        if turns > 1:
            break
        if isinstance(event, BotUttered):
            said.insert(0, event)
    return [button for event in said for button in event.data.get("buttons") or []]


def plan_of_button(
    intent: str, entities: dict[str, Any], tracker: DialogueStateTracker, domain: Domain
) -> TurnPlan | None:
    """Returns the plan for a button that was chosen in words: the same as for pressing it."""
    events: list[Event] = [SlotSet(name, value) for name, value in entities.items()]
    level = SEVERITY_BY_INTENT.get(intent, "geen")
    if intent == "functie_opgeven":
        return TurnPlan(role_answers(tracker), events)
    if intent == "opnieuw":
        return TurnPlan(["action_restart"])
    if at_least(level, "ernstig"):
        case = case_after(level, intent, None, tracker.get_slot("zaak"))
        return TurnPlan([handoff(level, tracker)], [*events, SlotSet("zaak", heavier(tracker.get_slot("zaak"), case))])
    if has_facts(intent, domain):
        events.append(SlotSet("onderwerp", intent))
    answer = answer_to(intent, None, domain)
    offer = ["utter_doorverwijzing_zorg"] if level == "zorg" else []
    return TurnPlan([answer, *offer], events) if answer in domain.responses else None
