"""UncertaintyPolicy: plans the turn when a message was not understood."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.answers import answer_to, family_of, has_facts, intent_shares
from weerbaar.policies.introduction_policy import introduction
from weerbaar.policies.turn_policy import TurnPlan, TurnPolicy, latest_intent, user_messages

# A subject is meant when its intents together have this share, although none of them alone was likely enough.
SUBJECT_SHARE = 0.45


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class UncertaintyPolicy(TurnPolicy):
    """Answers a message that was not understood: if its subject is clear, with the fact that it asks for.

    Otherwise it suggests the likely topics, and the second time in a row it gives the number. The number comes in a
    response, before any custom action: without the action server only the suggestions are lost.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns a priority below the policies that have an answer and above RulePolicy."""
        return {"priority": 90}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Plans the turn of a message that was not understood; None for any other message."""
        if latest_intent(tracker) != DEFAULT_NLU_FALLBACK_INTENT_NAME:
            return None
        meant = meant_subject(tracker, domain)
        if meant:
            answer = answer_to(meant, tracker.latest_message.parse_data, domain)
            return TurnPlan([*introduction(tracker), answer], [SlotSet("onderwerp", meant)])
        earlier = user_messages(tracker)[:-1]
        if earlier and earlier[-1].intent.get("name") == DEFAULT_NLU_FALLBACK_INTENT_NAME:
            return TurnPlan(["utter_niet_begrepen_weer"])
        return TurnPlan([*introduction(tracker), "utter_niet_begrepen", "action_stel_onderwerpen_voor"])


def meant_subject(tracker: DialogueStateTracker, domain: Domain) -> str | None:
    """Returns the likeliest intent of the subject that the latest message is about, or None when that is unclear."""
    parse_data = tracker.latest_message.parse_data if tracker.latest_message else None
    ranked = [(name, share) for name, share in intent_shares(parse_data) if has_facts(name, domain)]
    families: defaultdict[str, float] = defaultdict(float)
    for name, share in ranked:
        families[family_of(name)] += share
    best = max(families, key=families.__getitem__, default=None)
    if best is None or families[best] < SUBJECT_SHARE:
        return None
    return next(name for name, _ in ranked if family_of(name) == best)
