"""Answers from the documents: the facts of each subject, and which fact a message asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.domain import Domain

from weerbaar.subjects import SUBJECTS

# The key in the parse data under which AnswerSelector ranks facts, in the form of Rasa's ResponseSelector.
SELECTOR_KEY = "response_selector"
OVERVIEW = "overzicht"
# From this share among the facts of its subject on, a fact counts as the one that was asked for, even if the overview
# is likelier, because every vague question asks for the overview. The fact `spoed`, whose answer names 112, needs more.
SURE, SURE_OF_HASTE, HASTE = 0.25, 0.6, "spoed"


def family_of(intent: str) -> str:
    """Returns the family of an intent: the subject that users see, which may consist of several intents.

    A follow-up can ask for any intent of the family.
    """
    subject = SUBJECTS.get(intent)
    return subject.family if subject and subject.family else intent


def best_fact(intent: str, parse_data: Mapping[str, Any] | None) -> tuple[str | None, float]:
    """Returns the fact that a message asks for within the family of an intent, and its share of that family.

    Args:
        intent: an intent of the family.
        parse_data: the parse data of the message, with the ranking of AnswerSelector.

    Returns:
        A fact such as `training/wie` and its share, 0 to 1. If no fact is likely enough, the overview of the intent;
        if that is not ranked either (a button, or an intent without facts), (None, 0.0).
    """
    selector = (parse_data or {}).get(SELECTOR_KEY)
    ranking = (selector.get("default") or {}).get("ranking") if isinstance(selector, Mapping) else None
    found: list[tuple[str, float]] = []
    for entry in ranking or []:
        subject, _, name = (entry.get("intent_response_key") or "").partition("/")
        if family_of(subject) == family_of(intent) and (name != OVERVIEW or subject == intent):
            found.append((f"{subject}/{name}", entry.get("confidence") or 0.0))
    facts = [(fact, share) for fact, share in found if share >= least_share(fact)]
    # When two intents of the family have a fact of the same name, their shares are equal: take that of this intent.
    own = [fact for fact in facts if fact[0].startswith(f"{intent}/") and fact[1] == facts[0][1]]
    overview = [fact for fact in found if fact[0] == f"{intent}/{OVERVIEW}"]
    best = own or facts or overview
    return best[0] if best else (None, 0.0)


def least_share(fact: str) -> float:
    """Returns the share from which a fact counts as the one that was asked for; an overview never does."""
    name = fact.split("/")[1]
    return 2.0 if name == OVERVIEW else SURE_OF_HASTE if name == HASTE else SURE


def answer_to(intent: str, parse_data: Mapping[str, Any] | None, domain: Domain) -> str:
    """Returns the response to an intent: the fact that was asked for, else the overview, else the plain response."""
    fact, _ = best_fact(intent, parse_data)
    names = [f"utter_{fact}", f"utter_{intent}/{OVERVIEW}", f"utter_{intent}"]
    return next(name for name in names if name in domain.responses or name == f"utter_{intent}")


def has_facts(intent: str, domain: Domain) -> bool:
    """Returns whether an intent is answered fact by fact from the documents."""
    return f"utter_{intent}/{OVERVIEW}" in domain.responses


def intent_shares(parse_data: Mapping[str, Any] | None) -> list[tuple[str, float]]:
    """Returns the ranked intents of a message with their probabilities, likeliest first."""
    ranking = (parse_data or {}).get("intent_ranking") or []
    return [(entry.get("name") or "", entry.get("confidence") or 0.0) for entry in ranking]
