"""AnswerPolicy: answers questions from the documents fact by fact, and follow-ups within the subject before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.nlu.answers import OVERVIEW, answer_to, best_fact, family_of, has_facts, intent_shares
from weerbaar.policies.introduction_policy import introduction
from weerbaar.policies.turn_policy import TurnPlan, TurnPolicy, last_actions, latest_intent, next_response, said_lately

FOLLOW_UP = "vervolg"
# A message counts as a follow-up when the intents of follow-ups and of the current subject together reach this share:
# relative to the share of another subject that the message seems to name, or absolute when it was not understood.
SHARE_OF_OTHER, SHARE_OF_UNKNOWN = 0.5, 0.12
# From this share on, a follow-up asks for the overview, and not for something that the documents do not say.
SURE_OF_OVERVIEW = 0.8
# Without a current subject, a message that sounds like a follow-up is taken as a question about a subject that has at
# least this share of the probability outside the follow-up intent.
SHARE_OF_REST = 0.35
# With a current subject: the share that another subject needs, and that another intent of the same subject needs.
SHARE_OF_CHANGE, SHARE_OF_SIBLING = 0.6, 0.02
# For this many turns an overview is not repeated in place of an answer.
OVERVIEW_TURNS = 3
# Two questions are both answered when the second has at least this confidence and this share of the first's.
SECOND_CONFIDENCE, SECOND_SHARE = 0.3, 0.8
# Intents whose response is not given twice in a row; the response given instead invites a question.
SMALL_TALK = frozenset("begroeten afscheid bedanken bevestigen ontkennen klacht schelden doorgestuurd".split())
NOTHING_FOUND = ["utter_vervolg", "utter_vervolg/ook_niet"]
OUT_OF_SCOPE = ["utter_buiten_bereik", "utter_buiten_bereik/ook_niet"]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class AnswerPolicy(TurnPolicy):
    """Plans the turn of a calm question, and avoids giving the same answer twice in a row without saying so.

    It names the response in full (`utter_training/wie`), because Rasa's own action for retrieval intents fails on
    buttons. A button gives the overview of its subject.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns a priority below the policies for serious messages and above RulePolicy."""
        return {"priority": 92}

    def plan(self, tracker: DialogueStateTracker, domain: Domain) -> TurnPlan | None:
        """Plans the answer from the documents, or returns None when the message does not ask for one."""
        intent, current = latest_intent(tracker), tracker.get_slot("onderwerp")
        both = two_questions(tracker, domain)
        if both and not (current and family_of(current) in map(family_of, both)):
            parse_data = tracker.latest_message.parse_data
            answers = [answer_to(one, parse_data, domain) for one in both]
            return TurnPlan([*introduction(tracker), *answers], [SlotSet("onderwerp", both[0])])
        subject = asked_subject(tracker, domain)
        if subject:
            answers = self._answers(subject, subject != intent, tracker, domain)
            return TurnPlan([*introduction(tracker), *answers], [SlotSet("onderwerp", subject)])
        if intent == FOLLOW_UP:
            return TurnPlan([*introduction(tracker), "utter_vervolg/zonder_onderwerp"])
        if intent == "buiten_bereik" and said_lately(tracker, OUT_OF_SCOPE, 1):
            return TurnPlan([next_response(OUT_OF_SCOPE, tracker)])
        if f"utter_{intent}" in last_actions(tracker):
            return TurnPlan(["utter_nog_hier"] if intent in SMALL_TALK else ["utter_nog_eens", f"utter_{intent}"])
        return None

    @staticmethod
    def _answers(subject: str, is_follow_up: bool, tracker: DialogueStateTracker, domain: Domain) -> list[str]:
        parse_data = tracker.latest_message.parse_data
        answer = answer_to(subject, parse_data, domain)
        unsure = is_follow_up and answer.endswith(OVERVIEW) and best_fact(subject, parse_data)[1] < SURE_OF_OVERVIEW
        if unsure and said_lately(tracker, [f"utter_{subject}/{OVERVIEW}"], OVERVIEW_TURNS):
            # The overview was given lately, so the documents hold no answer to this question.
            return [next_response(NOTHING_FOUND, tracker)]
        return ["utter_nog_eens", answer] if answer in last_actions(tracker) else [answer]


def asked_subject(tracker: DialogueStateTracker, domain: Domain) -> str | None:
    """Returns the intent whose facts answer the latest message, or None when it asks for no fact.

    A follow-up stays with the subject that was answered last; a message that clearly names another subject changes it.
    """
    message, intent, current = tracker.latest_message, latest_intent(tracker), tracker.get_slot("onderwerp")
    if has_facts(intent, domain) and (not current or family_of(intent) == family_of(current)):
        return intent
    shares = intent_shares(message.parse_data if message else None) or [(intent, 1.0)]
    if not current:
        return first_subject(shares, domain) if intent == FOLLOW_UP else None
    follows = sum(share for name, share in shares if name == FOLLOW_UP or family_of(name) == family_of(current))
    if intent == FOLLOW_UP:
        return follow_up_subject(current, shares, message.parse_data if message else None, domain)
    other = dict(shares).get(intent, 1.0)
    if has_facts(intent, domain):
        fact, _ = best_fact(current, message.parse_data if message else None)
        return current if fact and not fact.endswith(OVERVIEW) and follows >= SHARE_OF_OTHER * other else intent
    unknown = intent in (DEFAULT_NLU_FALLBACK_INTENT_NAME, "buiten_bereik", "stukje_verhaal")
    return current if unknown and follows >= SHARE_OF_UNKNOWN else None


def follow_up_subject(
    current: str, shares: Sequence[tuple[str, float]], parse_data: Mapping[str, Any] | None, domain: Domain
) -> str:
    """Returns the intent whose facts answer a follow-up.

    That is the current intent if the message asks for one of its facts; else another likely intent of the same subject,
    else a new subject that is likely enough, else the current intent after all.

    Args:
        current: the intent that was answered last.
        shares: the ranked intents of the message with their probabilities, likeliest first.
        parse_data: the parse data of the message.
        domain: holds the responses.
    """
    fact, _ = best_fact(current, parse_data)
    if fact and not fact.endswith(OVERVIEW):
        return current
    family = [name for name, share in shares if family_of(name) == family_of(current) and share >= SHARE_OF_SIBLING]
    siblings = [name for name in family if has_facts(name, domain)]
    return siblings[0] if siblings else first_subject(shares, domain, SHARE_OF_CHANGE) or current


def first_subject(shares: Sequence[tuple[str, float]], domain: Domain, least: float = SHARE_OF_REST) -> str | None:
    """Returns the likeliest intent with facts, or None when its subject is not likely enough.

    Args:
        shares: the ranked intents with their probabilities, likeliest first.
        domain: holds the responses.
        least: the share, 0 to 1, that the subject needs of the probability outside the follow-up intent.
    """
    rest = [(name, share) for name, share in shares if name != FOLLOW_UP]
    total = 1.0 - sum(share for name, share in shares if name == FOLLOW_UP)
    ranked = [(name, share) for name, share in rest if has_facts(name, domain)]
    if not ranked:
        return None
    together = sum(share for name, share in ranked if family_of(name) == family_of(ranked[0][0]))
    return ranked[0][0] if together >= least * max(total, 0.05) else None


def two_questions(tracker: DialogueStateTracker, domain: Domain) -> list[str]:
    """Returns the two intents that the latest message may ask about, likeliest first, or [] when one stands out."""
    message = tracker.latest_message
    shares = intent_shares(message.parse_data if message else None)
    ranked = [(name, share) for name, share in shares if name != DEFAULT_NLU_FALLBACK_INTENT_NAME][:2]
    if len(ranked) < 2 or not all(has_facts(name, domain) for name, _ in ranked):
        return []
    (_, first), (_, second) = ranked
    return [name for name, _ in ranked] if second >= max(SECOND_CONFIDENCE, SECOND_SHARE * first) else []
