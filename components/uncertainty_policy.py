"""UncertaintyPolicy: what happens when the message was not understood, or could be about either of two subjects."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from components.handoff_policy import is_question
from components.introduction_policy import introduction
from components.turn_policy import TurnPlan, TurnPolicy, latest_intent, user_messages

# A message with a role and more words than this tells more than the role.
MOST_WORDS_OF_A_ROLE = 6
# Two questions are both answered when the second has at least this confidence, and this share of that of the first.
SECOND_CONFIDENCE, SECOND_SHARE = 0.3, 0.8
# Intents that say nothing beside a role: 'nee sorry, ik ben griffier'.
VAGUE = frozenset([DEFAULT_NLU_FALLBACK_INTENT_NAME, "buiten_bereik", "ontkennen", "bevestigen"])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class UncertaintyPolicy(TurnPolicy):
    """Between two subjects: both answers. Not understood: the likely topics, and the second time the number at length.

    The number comes in a response, before any custom action: without the action server only the suggestions are lost.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Below HandoffPolicy, above RulePolicy."""
        return {"priority": 90}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> Optional[TurnPlan]:
        """Plans the turn of a message that was not understood, or only half (see parent class)."""
        if is_bare_role(tracker):
            return TurnPlan(["utter_functie_opgeven"])
        if two_questions(tracker):
            return TurnPlan([*introduction(tracker), *(f"utter_{intent}" for intent in two_questions(tracker))])
        if latest_intent(tracker) != DEFAULT_NLU_FALLBACK_INTENT_NAME:
            return None
        earlier = user_messages(tracker)[:-1]
        if earlier and earlier[-1].intent.get("name") == DEFAULT_NLU_FALLBACK_INTENT_NAME:
            return TurnPlan(["utter_niet_begrepen_weer", "action_zoek_in_documenten"])
        return TurnPlan([*introduction(tracker), "utter_niet_begrepen", "action_stel_onderwerpen_voor"])


def two_questions(tracker: DialogueStateTracker) -> List[str]:
    """Returns the two questions that the latest message could be, best first; nothing when one is clear enough."""
    message = tracker.latest_message
    ranking = (message.parse_data or {}).get("intent_ranking") if message else None
    ranked = [entry for entry in ranking or [] if entry.get("name") != DEFAULT_NLU_FALLBACK_INTENT_NAME][:2]
    if len(ranked) < 2 or not all(is_question(entry.get("name") or "") for entry in ranked):
        return []
    first, second = (entry.get("confidence") or 0.0 for entry in ranked)
    return [entry["name"] for entry in ranked] if second >= max(SECOND_CONFIDENCE, SECOND_SHARE * first) else []


def is_bare_role(tracker: DialogueStateTracker) -> bool:
    """Says whether a message that no topic fits is short and names the writer's role: 'nou goed, griffier dus'."""
    message = tracker.latest_message
    if message is None or latest_intent(tracker) not in VAGUE:
        return False
    names_role = any(entity.get("entity") == "functie" for entity in message.entities or [])
    return names_role and len((message.text or "").split()) <= MOST_WORDS_OF_A_ROLE
