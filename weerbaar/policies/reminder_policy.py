"""ReminderPolicy: adds a line to a calm answer, for a user who needs a person all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, Restarted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.contacts import load_register
from weerbaar.nlu.severity import SEVERITY_KEY
from weerbaar.policies.turn_policy import TurnPlan, TurnPolicy, actions_since_user_message

REMINDER = "utter_herinnering"
NEVER = 1_000_000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class ReminderPolicy(TurnPolicy):
    """Adds the line when the number was not given for some turns, or when the severity model is in doubt.

    The line does not follow every answer, because then nobody would read it. After a handoff it is never needed.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the default settings.

        `turns`: of this many turns in a row, at least one gives the number. `doubt`: the probability, 0 to 1, that the
        message is not calm, from which the line follows. If the answer itself gives the number, the line then follows
        only when it was not added in the last `turns` turns.
        """
        return {"priority": 70, "turns": 3, "doubt": 0.15}

    def plan_of_turn(self, tracker: DialogueStateTracker, domain: Domain, begun: bool) -> TurnPlan | None:
        """Plans anew after each action, because the responses of this turn decide whether the line is due."""
        return self.plan(tracker, domain)

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Lets the policies below give the answer first, then adds the line if it is due; else returns None."""
        done = actions_since_user_message(tracker)
        if REMINDER in done:
            return TurnPlan(done)
        if done and self._is_due(tracker, domain):
            return TurnPlan([*done, REMINDER])
        return None

    def _is_due(self, tracker: DialogueStateTracker, domain: Domain) -> bool:
        number = turns_since(tracker, lambda event: gives_number(event, domain))
        reminder = turns_since(tracker, lambda event: _action_name(event) == REMINDER)
        if probability_of_need(tracker) >= self.config["doubt"]:
            return number > 0 or bool(reminder >= self.config["turns"])
        return bool(number >= self.config["turns"])


def gives_number(event: Event, domain: Domain) -> bool:
    """Returns whether an event gave the number of the support team, by its text or by all variants of its response."""
    number = load_register().numbers["ondersteuningsteam"]
    if isinstance(event, BotUttered):
        return number in (event.text or "")
    variants = domain.responses.get(_action_name(event) or "")
    return bool(variants) and all(number in (variant.get("text") or "") for variant in variants)


def _action_name(event: Event) -> str | None:
    return event.action_name if isinstance(event, ActionExecuted) else None


def turns_since(tracker: DialogueStateTracker, found: Callable[[Event], bool]) -> int:
    """Returns how many turns ago the last event occurred for which `found` is true; 0 is the present turn.

    Returns `NEVER`, a large number, if there was none in this session.
    """
    turns = 0
    for event in reversed(tracker.events):
        if isinstance(event, (Restarted, SessionStarted)):
            break
        if found(event):
            return turns
        turns += isinstance(event, UserUttered)
    return NEVER


def probability_of_need(tracker: DialogueStateTracker) -> float:
    """Returns the severity model's probability that the latest message is not calm, or 0.0 when it is unknown."""
    message = tracker.latest_message
    judgement = (message.parse_data or {}).get(SEVERITY_KEY) if message else None
    probabilities = judgement.get("probabilities") if isinstance(judgement, dict) else None
    if not isinstance(probabilities, dict) or not isinstance(probabilities.get("geen"), (int, float)):
        return 0.0
    return float(1.0 - probabilities["geen"])
