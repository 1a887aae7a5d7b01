"""Counts a turn when its conversation is saved: the one place that every turn of every channel passes."""

from __future__ import annotations

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.severity import level_of_parse_data
from weerbaar.observability.metrics import PROBE_CHANNEL, fallbacks, handoffs, severity, turns
from weerbaar.policies.turn_policy import actions_since_user_message

# How the names of the handoff responses begin.
HANDOFFS = (
    "utter_doorverwijzing_",
    "utter_burger_in_nood",
    "utter_kan_niet_praten/acuut",
    "utter_kan_niet_praten/ernstig",
)


def count_turn(tracker: DialogueStateTracker) -> None:
    """Counts the last turn of a conversation that is being saved; without a user message there is no turn to count."""
    message = tracker.latest_message
    if message is None or message.input_channel in (None, PROBE_CHANNEL):
        return
    actions = actions_since_user_message(tracker)
    level = level_of_parse_data(message.parse_data)
    turns.labels(message.input_channel).inc()
    severity.labels(level).inc()
    if any(action.startswith(HANDOFFS) for action in actions):
        handoffs.labels(level).inc()
    if message.intent.get("name") == DEFAULT_NLU_FALLBACK_INTENT_NAME:
        ranking = [entry.get("name") for entry in message.parse_data.get("intent_ranking") or []]
        fallbacks.labels(next((name for name in ranking if name != DEFAULT_NLU_FALLBACK_INTENT_NAME), "none")).inc()
