"""IntroductionPolicy: opens a conversation by saying that this is a computer, what it is for, and the number."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.policies.turn_policy import TurnPlan, TurnPolicy, latest_intent, user_messages

# Intents whose own answer says all that the introduction says.
SELF_INTRODUCING = frozenset(["begroeten", "bot_vraag", "opnieuw", "mens_spreken"])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class IntroductionPolicy(TurnPolicy):
    """Puts the introduction before the answer to the first message, when that message is calm.

    A serious first message never gets here: HandoffPolicy has the higher priority.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns a priority below HandoffPolicy and UncertaintyPolicy and above RulePolicy."""
        return {"priority": 80}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Plans the first turn of a session; None when it needs no introduction or its intent has no plain response."""
        answer = f"utter_{latest_intent(tracker)}"
        if not introduction(tracker) or answer not in domain.responses:
            return None
        return TurnPlan([*introduction(tracker), answer])


def introduction(tracker: DialogueStateTracker) -> list[str]:
    """Returns the introduction as a list of one response if the first message of a session needs it, else []."""
    if len(user_messages(tracker)) != 1 or latest_intent(tracker) in SELF_INTRODUCING:
        return []
    return ["utter_introductie"]
