"""The facts among the responses: which of them a turn gave, and which of those a user may vote on."""

from __future__ import annotations

from collections.abc import Iterable

from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.answers import HASTE
from weerbaar.policies.turn_policy import actions_of_turns
from weerbaar.subjects import SUBJECTS

# How the names of the handoff responses begin.
HANDOFFS = (
    "utter_doorverwijzing_",
    "utter_burger_in_nood",
    "utter_kan_niet_praten/acuut",
    "utter_kan_niet_praten/ernstig",
)
# The responses that may stand beside a fact on which a user may vote. Any other shows that there is more to the message
# than a question: a handoff, a reminder of the number, a story that went before.
BESIDE = frozenset(["utter_introductie", "utter_nog_eens"])
_UTTER = "utter_"


def fact_of(response: str) -> str | None:
    """Returns the fact of a response, as `training/wie`, or None when it answers nothing from the documents."""
    subject, _, name = response[len(_UTTER) :].partition("/")
    is_fact = name and response.startswith(_UTTER) and kind_of(subject) in ("question", "need")
    return f"{subject}/{name}" if is_fact else None


def kind_of(intent: str) -> str:
    """Returns the kind of an intent, as in data/subjects.yml; empty when it is not listed there."""
    subject = SUBJECTS.get(intent)
    return subject.kind if subject else ""


def fact_to_vote_on(responses: Iterable[str]) -> str | None:
    """Returns the fact on which a user may vote after a turn with these responses, or None.

    Nobody is asked for a vote after a handoff, nor when a need, a safety text or anything else was part of the answer:
    the turn gave one fact of a question, and nothing beside it but what is in `BESIDE`. Nor below a fact that is about
    haste, because its answer names 112.
    """
    facts = set(responses) - BESIDE
    fact = fact_of(facts.pop()) if len(facts) == 1 else None
    subject, _, name = (fact or "").partition("/")
    return fact if kind_of(subject) == "question" and name != HASTE else None


def facts_to_vote_on(tracker: DialogueStateTracker) -> set[str]:
    """Returns the facts that this conversation may vote on: none once something grave was told (slot `zaak`)."""
    if tracker.get_slot("zaak"):
        return set()
    turns = ([name for name in names if name.startswith(_UTTER)] for names in actions_of_turns(tracker))
    return {fact for fact in map(fact_to_vote_on, turns) if fact}
