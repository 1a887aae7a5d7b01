"""Base of the policies that plan a whole turn: the actions from the user's message up to listening again."""
from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Text

from rasa.core.policies.policy import Policy, PolicyPrediction, confidence_scores_for
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker


@dataclass
class TurnPlan:
    """The actions of one turn in order (without the final listening), and events to apply before the first."""

    actions: Sequence[str]
    events: Sequence[Event] = ()


class TurnPolicy(Policy):
    """A policy that decides a whole turn at once, or leaves it to the policies below.

    It needs no training and no featurizer. Its prediction has confidence 1.0 and counts as a `no user` prediction:
    the ensemble lets those overrule every other kind, so with the highest priority nothing can come before it.
    """

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TurnPolicy":
        """Creates the policy; there is nothing to load."""
        return cls(config, model_storage, resource, execution_context)

    load = create

    def train(
        self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Does nothing: the plan is written out, not learned."""
        return self._resource

    @abstractmethod
    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> Optional[TurnPlan]:
        """Returns what to do after the latest user message, or None to leave the turn to other policies."""

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predicts the next action of the plan; all zeros when there is none (see parent class)."""
        plan = self.plan(tracker, domain)
        if plan is None:
            return self._prediction(self._default_predictions(domain))
        done = actions_since_user_message(tracker)
        planned = [name for name in plan.actions if name in domain.action_names_or_texts]
        remaining = [*planned, ACTION_LISTEN_NAME][len(done):]
        return self._prediction(
            confidence_scores_for(remaining[0] if remaining else ACTION_LISTEN_NAME, 1.0, domain),
            optional_events=[] if done else list(plan.events),
            is_no_user_prediction=True,
        )


def actions_since_user_message(tracker: DialogueStateTracker) -> List[str]:
    """Returns the names of the actions that ran after the latest user message, in order."""
    names: List[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted):
            names.append(event.action_name or "")
    return names[::-1]


def user_messages(tracker: DialogueStateTracker) -> List[UserUttered]:
    """Returns the user messages of the current session, in order."""
    return [event for event in tracker.applied_events() if isinstance(event, UserUttered)]


def latest_intent(tracker: DialogueStateTracker) -> str:
    """Returns the intent name of the latest user message, or an empty string."""
    message = tracker.latest_message
    return (message.intent.get("name") or "") if message and message.intent else ""
