"""Plays conversations with our policies, Rasa's own ensemble and texts, but without a model and without a server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml
from chat import ROOT
from rasa.core.actions.action import create_bot_utterance
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import Policy, PolicyPrediction, confidence_scores_for
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from structlog.testing import capture_logs

from weerbaar.nlu.answers import SELECTOR_KEY
from weerbaar.nlu.severity import SEVERITY_KEY
from weerbaar.policies.answer_policy import AnswerPolicy
from weerbaar.policies.case_policy import CasePolicy
from weerbaar.policies.handoff_policy import HandoffPolicy
from weerbaar.policies.introduction_policy import IntroductionPolicy
from weerbaar.policies.turn_policy import actions_since_user_message
from weerbaar.policies.uncertainty_policy import UncertaintyPolicy

DOMAIN = Domain.load(str(ROOT / "domain.yml"))
ACTIONS = set(DOMAIN.action_names_or_texts)
ACTIONS = DOMAIN.action_names_or_texts
RULES_PRIORITY, LISTEN = 6, "action_listen"
MOST_ACTIONS = 8


def policy_of(kind: type[Policy]) -> Policy:
    """Returns a policy with its default settings, without a graph around it."""
    policy = kind.__new__(kind)
    policy.config = kind.get_default_config()
    policy.priority = policy.config["priority"]
    return policy


KINDS = (HandoffPolicy, CasePolicy, AnswerPolicy, UncertaintyPolicy, IntroductionPolicy)
POLICIES = [policy_of(kind) for kind in KINDS]


def user_message(text: str, intent: str, parse_data: Mapping[str, Any], role: str | None = None) -> UserUttered:
    """Returns a user message with the parse data that the pipeline would give; `role` is the writer's own."""
    chosen = {"name": intent, "confidence": 0.9}
    entities = [{"entity": "functie", "value": role}] if role else []
    return UserUttered(
        text, chosen, entities, parse_data={"text": text, "intent": chosen, "entities": entities, **parse_data}
    )


def ranked(shares: Mapping[str, float]) -> dict:
    """Returns the parse data of a message whose intents are so likely."""
    return {"intent_ranking": [{"name": name, "confidence": share} for name, share in shares.items()]}


def facts(shares: Mapping[str, float]) -> dict:
    """Returns the parse data of a message whose facts are so likely, such as training/wie."""
    ranking = [{"intent_response_key": name, "confidence": share} for name, share in shares.items()]
    return {SELECTOR_KEY: {"default": {"ranking": ranking}}}


class Talk:
    """A conversation.

    Attributes:
        tracker: what Rasa remembers of it.
        said: the texts of the last turn.
    """

    def __init__(self) -> None:
        """Begins it."""
        self.tracker = DialogueStateTracker("anna", DOMAIN.slots)
        self.said: list[BotUttered] = []

    def slot(self, name: str) -> Any:
        """Returns the value of a slot."""
        return self.tracker.get_slot(name)

    def say(self, intent: str, text: str = "x", level: str | None = None, role: str | None = None, **data: Any) -> list:
        """Returns the names of what is said to a message.

        Without a level its intent decides, as for a button. `data` is more of its parse data.
        """
        judged = {SEVERITY_KEY: {"level": level}} if level else {}
        self.said = []
        self.tracker.update(ActionExecuted(LISTEN), DOMAIN)
        self.tracker.update(user_message(text, intent, {**judged, **data}, role), DOMAIN)
        if role:
            # What Rasa's action_extract_slots does with the entity.
            self.tracker.update(SlotSet("functie", role), DOMAIN)
        while len(actions_since_user_message(self.tracker)) < MOST_ACTIONS:
            best = self._best()
            self.tracker.update_with_events(best.events, DOMAIN)
            action = ACTIONS[best.max_confidence_index]
            if action == LISTEN:
                break
            self.tracker.update(ActionExecuted(action), DOMAIN)
            self._utter(action)
        return actions_since_user_message(self.tracker)

    def _best(self) -> PolicyPrediction:
        predictions = [policy.predict_action_probabilities(self.tracker, DOMAIN) for policy in POLICIES]
        predictions.append(self._by_rule())
        return DefaultPolicyPredictionEnsemble().combine_predictions(predictions, self.tracker, DOMAIN)

    def _by_rule(self) -> PolicyPrediction:
        """Every rule is an intent and what follows it, so reading them does what RulePolicy does."""
        done = actions_since_user_message(self.tracker)
        named = rules().get(self.tracker.latest_message.intent["name"], [])
        # The name of a subject with facts stands for Rasa's own action, for which the policies leave no room.
        steps = [*(name if name in ACTIONS else f"{name}/overzicht" for name in named), LISTEN]
        action = steps[len(done)] if done == steps[: len(done)] and len(done) < len(steps) else LISTEN
        probabilities = confidence_scores_for(action, 1.0, DOMAIN)
        return PolicyPrediction(probabilities, "rules", RULES_PRIORITY, is_no_user_prediction=True)

    def _utter(self, action: str) -> None:
        filled = self.tracker.current_slot_values()
        with capture_logs():  # Rasa logs the braces in the payload of a button as an unknown slot
            message = TemplatedNaturalLanguageGenerator(DOMAIN.responses).generate_from_slots(action, filled, "web")
        if message is not None:
            self.said.append(create_bot_utterance(message))
            self.tracker.update(self.said[-1], DOMAIN)


@lru_cache(maxsize=1)
def rules() -> dict:
    """Returns the actions that follow each intent in data/rules."""
    files = sorted((ROOT / "data" / "rules").glob("*.yml"))
    steps = [rule["steps"] for file in files for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]]
    return {first["intent"]: [step["action"] for step in following] for first, *following in steps}
