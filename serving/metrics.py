"""What is counted, for Prometheus: numbers only, no text, no ids. `/metrics` shows them (channels/health.py)."""
from __future__ import annotations

from typing import Text

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.trackers import DialogueStateTracker

from components.severity import level_of_parse_data
from components.turn_policy import actions_since_user_message

# The channel of the messages by which the assistant tests itself; they are not counted.
PROBE_CHANNEL = "proef"
# What the responses that hand off begin with.
HANDOFFS = (
    "utter_doorverwijzing_", "utter_burger_in_nood", "utter_kan_niet_praten/acuut", "utter_kan_niet_praten/ernstig",
)  # fmt: skip

disable_created_metrics()
turns = Counter("weerbaar_turns", "Messages answered", ["channel"])
severity = Counter("weerbaar_severity", "Messages by the severity they were given", ["level"])
handoffs = Counter("weerbaar_handoffs", "Turns that handed off to a person", ["level"])
fallbacks = Counter("weerbaar_fallbacks", "Messages not understood, by the likeliest intent", ["intent"])
faults = Counter("weerbaar_faults", "Faults, by kind", ["kind"])
safety_texts = Counter("weerbaar_safety_texts", "Answers that were the fixed safety text", ["channel"])
deliveries = Counter("weerbaar_deliveries", "Requests to a messaging platform, by result", ["channel", "result"])
forged_requests = Counter("weerbaar_forged_requests", "Requests that no platform sent", ["channel"])
late_messages = Counter("weerbaar_late_messages", "Messages read more than an hour after they were sent", ["channel"])
sessions = Counter("weerbaar_sessions", "Conversations begun in a browser")
turn_seconds = Histogram(
    "weerbaar_turn_seconds", "Time to an answer", ["channel"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 12),
)  # fmt: skip
conversations = Gauge("weerbaar_conversations", "Live conversations in a browser that this worker knows")
ready = Gauge("weerbaar_ready", "Whether the last test of readiness passed")


def count_fault(kind: Text) -> None:
    """Counts a fault; `kind` is a word of ours or the name of an exception's class."""
    faults.labels(kind).inc()


def count_delivery(channel: Text, result: Text) -> None:
    """Counts a request to a platform: `delivered`, `refused` or `failed`."""
    deliveries.labels(channel, result).inc()


def count_turn(tracker: DialogueStateTracker) -> None:
    """Counts the last turn of a conversation that is being saved; a conversation without a message is no turn."""
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
