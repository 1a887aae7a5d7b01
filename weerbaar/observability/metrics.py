"""Defines the Prometheus metrics that `/metrics` shows: numbers only, no texts and no ids."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# The channel of the messages with which the assistant tests itself; they are not counted.
PROBE_CHANNEL = "proef"

disable_created_metrics()
turns = Counter("weerbaar_turns", "Messages answered", ["channel"])
# The level is geen, zorg or ernstig: what is graver counts as ernstig. An intent that says what happened to somebody
# counts as other. A single count of either, at a known hour, could point to a person.
severity = Counter("weerbaar_severity", "Messages by the severity they were given", ["level"])
handoffs = Counter("weerbaar_handoffs", "Turns that handed off to a person", ["level"])
fallbacks = Counter("weerbaar_fallbacks", "Messages not understood, by the likeliest intent", ["intent"])
answers = Counter("weerbaar_answers", "Answers from the documents, by fact", ["subject", "fact"])
answers_followed = Counter(
    "weerbaar_answers_followed",
    "Answers after which the next message was not understood, asked for the same again, or was handed off",
    ["subject", "fact", "by"],
)
votes = Counter("weerbaar_votes", "Votes of users on an answer", ["subject", "fact", "helps"])
faults = Counter("weerbaar_faults", "Faults, by kind", ["kind"])
safety_texts = Counter("weerbaar_safety_texts", "Answers that were the fixed safety text", ["channel"])
deliveries = Counter("weerbaar_deliveries", "Requests to a messaging platform, by result", ["channel", "result"])
forged_requests = Counter("weerbaar_forged_requests", "Requests that no platform sent", ["channel"])
late_messages = Counter("weerbaar_late_messages", "Messages read more than an hour after they were sent", ["channel"])
sessions = Counter("weerbaar_sessions", "Conversations begun in a browser")
turn_seconds = Histogram(
    "weerbaar_turn_seconds",
    "Time to an answer",
    ["channel"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 12),
)
conversations = Gauge("weerbaar_conversations", "Live conversations in a browser that this worker knows")
ready = Gauge("weerbaar_ready", "Whether the last test of readiness passed")
# How many events `InSteps` waits for.
STEP = 10


class InSteps:
    """Counts events ten at a time, so that the counter does not show when any one of them happened.

    What has not reached the next step is lost when the worker ends.
    """

    def __init__(self, counter: Counter) -> None:
        """Counts into `counter`, which others may use as well."""
        self._counter, self._waiting = counter, 0

    def inc(self) -> None:
        """Counts one event."""
        self._waiting += 1
        if self._waiting == STEP:
            self._counter.inc(STEP)
            self._waiting = 0


def count_fault(kind: str) -> None:
    """Counts a fault. `kind` is a word of our own or the name of an exception class, never text of a user."""
    faults.labels(kind).inc()


def count_delivery(channel: str, result: str) -> None:
    """Counts a request to a platform; `result` is `delivered`, `refused` or `failed`."""
    deliveries.labels(channel, result).inc()
