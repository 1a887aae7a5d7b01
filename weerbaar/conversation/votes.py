"""Counts whether an answer helped its reader. A vote is no message: the assistant neither reads nor answers it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from weerbaar.conversation.incoming import ConversationGone, NotOffered
from weerbaar.conversation.reply import Response, name_of
from weerbaar.stores.facts import fact_of, fact_to_vote_on, facts_to_vote_on
from weerbaar.stores.memory import unwrapped
from weerbaar.stores.turn_metrics import counts_of


def vote_name(fact: str) -> str:
    """Returns the name of a fact for who votes on it: 16 hexadecimal digits, and no word of ours."""
    return hashlib.sha256(fact.encode()).hexdigest()[:16]


def vote_on(responses: Sequence[Response]) -> str | None:
    """Returns the name of the fact on which a user may vote after these responses (`vote_name`), or None."""
    fact = fact_to_vote_on(name_of(response) or "" for response in responses)
    return fact and vote_name(fact)


def is_voted_on(response: Response, vote: str | None) -> bool:
    """Returns whether a response gives the fact that `vote` names."""
    fact = fact_of(name_of(response) or "")
    return fact is not None and vote_name(fact) == vote


async def count_vote(agent: Any, conversation: str, name: str, helps: bool) -> None:
    """Counts the vote of a conversation on one of its last answers, or does nothing when it voted on that fact before.

    Args:
        agent: Rasa's agent.
        conversation: Id of the conversation.
        name: The name of the fact (`vote_name`).
        helps: Whether the answer helps.

    Raises:
        ConversationGone: The conversation was wiped or has expired.
        NotOffered: This conversation did not get the answer lately, or something grave was told in it.
    """
    store = unwrapped(agent.tracker_store)
    # Behind the lock, so that a conversation that is being wiped leaves nothing behind.
    async with agent.lock_store.lock(conversation):
        tracker = await store.retrieve(conversation)
        if tracker is None:
            raise ConversationGone
        fact = next((one for one in facts_to_vote_on(tracker) if vote_name(one) == name), None)
        if fact is None:
            raise NotOffered
        counts = counts_of(f"utter_{fact}")
        if counts and await store.keep_vote(conversation, fact):
            counts.votes[helps].inc()
