"""Base class of the policies that plan a whole turn: the actions from the user's message to the next listening."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, confidence_scores_for
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, Restarted, SessionStarted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.policies.adviser import adviser_events


@dataclass
class TurnPlan:
    """The actions of one turn, in order and without the final listening, and the events to apply before the first."""

    actions: Sequence[str]
    events: Sequence[Event] = ()


class TurnPolicy(Policy):
    """A policy that decides a whole turn at once, or leaves it to the policies below.

    It needs no training and no featurizer. Its prediction has confidence 1.0 and is a `no user` prediction. Rasa's
    ensemble lets those overrule every other kind, so nothing comes before the policy with the highest priority.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TurnPolicy:
        """Creates the policy; there is nothing to load."""
        return cls(config, model_storage, resource, execution_context)

    load = create

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learns nothing: the plans are written in code."""
        return self._resource

    @abstractmethod
    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Returns the plan for the latest user message, or None to leave the turn to other policies."""

    def plan_of_turn(self, tracker: DialogueStateTracker, domain: Domain, begun: bool) -> TurnPlan | None:
        """Returns the plan that was made when the turn began.

        Rasa asks all policies again after each action. By then the events of the turn may have changed the slots on
        which the plan depends, so the plan is stored on the message for as long as the turn lasts.

        Args:
            tracker: the conversation.
            domain: holds the responses.
            begun: whether an action of this turn has already run.
        """
        message = tracker.latest_message
        plans: dict[type[TurnPolicy], TurnPlan | None] = {}
        if message is not None:
            plans = vars(message).setdefault("_plans", plans)
        if not begun or type(self) not in plans:
            plans[type(self)] = self.plan(tracker, domain)
        return plans[type(self)]

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predicts the next action of the plan, or gives all actions the confidence 0 when there is no plan."""
        return self.planned(tracker, domain) or self._prediction(self._default_predictions(domain))

    def planned(self, tracker: DialogueStateTracker, domain: Domain) -> PolicyPrediction | None:
        """Returns the prediction of the next action of the plan, or None when there is no plan."""
        done = actions_since_user_message(tracker)
        plan = self.plan_of_turn(tracker, domain, begun=bool(done))
        if plan is None:
            return None
        planned = [name for name in plan.actions if name in domain.action_names_or_texts]
        remaining = [*planned, ACTION_LISTEN_NAME][len(done) :]
        return self._prediction(
            confidence_scores_for(remaining[0] if remaining else ACTION_LISTEN_NAME, 1.0, domain),
            optional_events=[] if done else [*plan.events, *adviser_events(tracker, plan.events)],
            is_no_user_prediction=True,
        )


def actions_of_turns(tracker: DialogueStateTracker) -> list[list[str]]:
    """Returns the names of the actions of each turn of this session, the present one first."""
    turns: list[list[str]] = [[]]
    for event in reversed(tracker.events):
        if isinstance(event, (Restarted, SessionStarted)):
            break
        if isinstance(event, UserUttered):
            turns.append([])
        elif isinstance(event, ActionExecuted) and event.action_name:
            turns[-1].insert(0, event.action_name)
    return turns


def said_lately(tracker: DialogueStateTracker, names: Collection[str], turns: int) -> bool:
    """Returns whether one of these responses was given in the last `turns` turns before this one."""
    return any(name in names for said in actions_of_turns(tracker)[1 : turns + 1] for name in said)


def last_actions(tracker: DialogueStateTracker) -> list[str]:
    """Returns the names of the actions of the turn before this one."""
    return [name for names in actions_of_turns(tracker)[1:2] for name in names]


def next_response(names: Sequence[str], tracker: DialogueStateTracker) -> str:
    """Returns the response in `names` after the one given last, cyclically, so that none comes twice in a row."""
    said = [name for turn in actions_of_turns(tracker)[1:] for name in turn if name in names]
    return names[(names.index(said[0]) + 1) % len(names)] if said else names[0]


def actions_since_user_message(tracker: DialogueStateTracker) -> list[str]:
    """Returns the names of the actions that ran after the latest user message, in order."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted):
            names.append(event.action_name or "")
    return names[::-1]


def user_messages(tracker: DialogueStateTracker) -> list[UserUttered]:
    """Returns the user messages of the current session, in order."""
    return [event for event in tracker.applied_events() if isinstance(event, UserUttered)]


def latest_intent(tracker: DialogueStateTracker) -> str:
    """Returns the intent name of the latest user message, or an empty string."""
    message = tracker.latest_message
    return (message.intent.get("name") or "") if message and message.intent else ""
