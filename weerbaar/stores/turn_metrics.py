"""Counts a turn when its conversation is saved: the one place that every turn of every channel passes."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.severity import at_least, level_of_parse_data
from weerbaar.observability.metrics import (
    PROBE_CHANNEL,
    InSteps,
    answers,
    answers_followed,
    fallbacks,
    handoffs,
    severity,
    turns,
    votes,
)
from weerbaar.policies.turn_policy import actions_of_turns
from weerbaar.stores.facts import HANDOFFS, fact_of, kind_of

NOT_UNDERSTOOD = ("utter_niet_begrepen", "utter_niet_begrepen_weer")
# In the metrics, what is graver is not told apart: one count of `suicidaal` at a known hour can point to one person.
GRAVEST_SHOWN = "ernstig"
# Stands for every intent that is neither a question nor conversation: most of those say what happened to the writer.
OTHER = "other"


class FactCounts:
    """The counters of one fact. What tells of a person in need is counted in steps (`InSteps`).

    Attributes:
        answered: Answers to a calm message.
        answered_in_need: Answers to a message of a person in need.
        followed: What came next, by `not_understood`, `repeated` or `handoff`.
        votes: Votes, by whether the answer helps.
    """

    def __init__(self, fact: str) -> None:
        """Makes the counters begin at zero, because Prometheus does not see the increase to a first count."""
        names = (fact.partition("/")[0], fact)
        exact = answers.labels(*names)
        self.answered_in_need = InSteps(exact)
        self.answered: Counter | InSteps = self.answered_in_need if kind_of(names[0]) == "need" else exact
        self.followed: dict[str, Counter | InSteps] = {
            "not_understood": answers_followed.labels(*names, "not_understood"),
            "repeated": answers_followed.labels(*names, "repeated"),
            "handoff": InSteps(answers_followed.labels(*names, "handoff")),
        }
        self.votes = {helps: votes.labels(*names, "yes" if helps else "no") for helps in (True, False)}


# By response: finding a counter by its labels takes longer than counting.
_counts: dict[str, FactCounts | None] = {}


def counts_of(response: str) -> FactCounts | None:
    """Returns the counters of a response of the domain; None when it is no fact."""
    if response not in _counts:
        fact = fact_of(response)
        _counts[response] = FactCounts(fact) if fact else None
    return _counts[response]


def count_from_zero(responses: Iterable[str]) -> None:
    """Makes the counts of all these responses of the domain visible in the metrics."""
    for response in responses:
        counts_of(response)


def count_turn(tracker: DialogueStateTracker) -> None:
    """Counts the last turn of a conversation that is being saved; without a user message there is no turn to count."""
    message = tracker.latest_message
    if message is None or message.input_channel in (None, PROBE_CHANNEL):
        return
    level = level_of_parse_data(message.parse_data)
    said, said_before = (*actions_of_turns(tracker), [])[:2]
    turns.labels(message.input_channel).inc()
    shown = GRAVEST_SHOWN if at_least(level, GRAVEST_SHOWN) else level
    severity.labels(shown).inc()
    hands_off = any(action.startswith(HANDOFFS) for action in said)
    if hands_off:
        handoffs.labels(shown).inc()
    if message.intent.get("name") == DEFAULT_NLU_FALLBACK_INTENT_NAME:
        ranking = [entry.get("name") for entry in message.parse_data.get("intent_ranking") or []]
        likeliest = next((name for name in ranking if name != DEFAULT_NLU_FALLBACK_INTENT_NAME), "none")
        fallbacks.labels(intent_shown(likeliest)).inc()
    _count_facts(said, said_before, hands_off, level != "geen")


def _count_facts(said: list[str], said_before: list[str], hands_off: bool, in_need: bool) -> None:
    """Counts the facts that a turn gave, and for the facts of the turn before it what followed them."""
    for response in said:
        counts = counts_of(response)
        if counts:
            (counts.answered_in_need if in_need or hands_off else counts.answered).inc()
    for response in said_before:
        counts = counts_of(response)
        if not counts:
            continue
        if hands_off:
            counts.followed["handoff"].inc()
        if any(action in NOT_UNDERSTOOD for action in said):
            counts.followed["not_understood"].inc()
        if response in said:
            counts.followed["repeated"].inc()


def intent_shown(intent: str) -> str:
    """Returns the name under which an intent is counted: its own, or `OTHER` when it could say who the writer is."""
    return intent if intent == "none" or kind_of(intent) in ("question", "conversation") else OTHER
