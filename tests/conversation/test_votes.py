"""Votes on an answer: on which they are asked for, on which they are refused, and that each is counted once."""

from __future__ import annotations

import asyncio

import pytest
from chat import agent_of
from prometheus_client import REGISTRY
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, Restarted, SlotSet, UserUttered
from turns import DOMAIN, Talk, facts

from weerbaar.conversation.incoming import ConversationGone, Incoming, NotOffered
from weerbaar.conversation.turn import respond
from weerbaar.conversation.votes import count_vote, vote_name, vote_on
from weerbaar.stores.conversation import kept_events
from weerbaar.stores.memory import ExpiringTrackerStore

FACT = "training/wie"
WHO = {"level": "geen", **facts({FACT: 0.9})}
BOTH = {"level": "ernstig", **facts({FACT: 0.9})}


@pytest.fixture
def store() -> ExpiringTrackerStore:
    """A store without conversations."""
    return ExpiringTrackerStore(DOMAIN)


def after(*messages: tuple[str, dict]) -> list[Event]:
    """Returns what is kept of a conversation with these messages."""
    talk = Talk()
    for intent, data in messages:
        talk.say(intent, **data)
    return kept_events(list(talk.tracker.events))


def vote(store: ExpiringTrackerStore, sender: str = "anna", fact: str = FACT, helps: bool = True) -> None:
    """Votes in a conversation."""
    asyncio.run(count_vote(agent_of(None, store), sender, vote_name(fact), helps))


def counted(helps: str = "yes") -> float:
    """Returns the votes that were counted for the fact."""
    labels = {"subject": "training", "fact": FACT, "helps": helps}
    return REGISTRY.get_sample_value("weerbaar_votes_total", labels) or 0.0


def test_a_vote_is_counted_once(store):
    """The second one of a conversation is not, whatever it says; that of another conversation is."""
    store.keep("anna", after(("training", WHO)))
    store.keep("bert", after(("training", WHO)))
    before = counted(), counted("no")
    vote(store)
    vote(store)
    vote(store, helps=False)
    vote(store, "bert", helps=False)
    assert (counted(), counted("no")) == (before[0] + 1, before[1] + 1)


def test_a_vote_changes_nothing_in_the_conversation(store):
    """No event, no slot: the next answer is the same with and without it."""
    store.keep("anna", after(("training", WHO)))
    before = [event.as_dict() for event in store._events["anna"]]
    vote(store)
    assert [event.as_dict() for event in store._events["anna"]] == before


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([("woningscan", {"level": "geen"})], id="another answer"),
        pytest.param([("training", BOTH)], id="an answer that came with a handoff"),
        pytest.param([("training", WHO), ("bedreiging", {"level": "ernstig"})], id="something grave was told after it"),
        pytest.param([("suicidaliteit", {"level": "suicidaal"}), ("training", WHO)], id="or before it"),
    ],
)
def test_a_vote_on_what_was_not_offered_is_refused(store, messages):
    """And counts nothing."""
    store.keep("anna", after(*messages))
    before = counted()
    with pytest.raises(NotOffered):
        vote(store)
    assert counted() == before


def test_a_vote_in_a_conversation_that_is_gone_is_refused(store):
    """It was wiped; nothing of the vote before it is left either."""
    store.keep("anna", after(("training", WHO)))
    vote(store)
    asyncio.run(store.delete("anna"))
    assert not store._votes
    with pytest.raises(ConversationGone):
        vote(store)


def test_who_begins_anew_leaves_no_votes_behind(store):
    """'opnieuw' wipes at once what was said before it, so also what was voted on."""
    store.keep("anna", after(("training", WHO)))
    vote(store)

    async def begin_anew() -> None:
        tracker = await store.retrieve("anna")
        for event in (ActionExecuted("action_restart"), Restarted(), ActionExecuted("action_listen")):
            tracker.update(event)
        await store.save(tracker)

    asyncio.run(begin_anew())
    assert not store._votes


def said(name: str, **more) -> dict:
    """Returns a response as Rasa gives it."""
    return {"text": "x", "metadata": {"utter_action": name}, **more}


def test_a_vote_is_asked_for_below_one_fact_of_a_question():
    """With the introduction, or the sentence that it was said before."""
    for beside in ([], ["utter_introductie"], ["utter_nog_eens"]):
        responses = [said(name) for name in [*beside, f"utter_{FACT}"]]
        assert vote_on(responses) == vote_name(FACT)


@pytest.mark.parametrize("name", sorted(DOMAIN.responses))
def test_a_vote_is_asked_for_below_nothing_else(name):
    """Not below a handoff, a need, small talk, the introduction, or a text of ours without a name; nor beside one."""
    is_question = vote_on([said(name)]) is not None
    if is_question:
        assert "/" in name and not name.startswith(("utter_nazorg", "utter_steun_gezin", "utter_kan_niet_praten"))
        assert not any("112" in variant["text"] for variant in DOMAIN.responses[name])
        assert any("Bron:" in variant["text"] or "070" in variant["text"] for variant in DOMAIN.responses[name])
    elif name not in ("utter_introductie", "utter_nog_eens"):
        assert vote_on([said(name), said(f"utter_{FACT}")]) is None
    assert vote_on([said(f"utter_{FACT}"), {"text": "Bel 112."}]) is None


@pytest.mark.parametrize("slots", [{}, {"zaak": "zorg"}, {"zaak": "ernstig"}, {"zaak": "suicidaal"}])
def test_nobody_is_asked_once_something_grave_was_told(store, slots):
    """Though the answer itself is a calm one."""
    store.keep("anna", [*(SlotSet(*one) for one in slots.items()), UserUttered("x")])

    async def engine(message):
        await message.output_channel.send_response("anna", said(f"utter_{FACT}"))

    incoming = Incoming("web", "anna", "wie geeft de training", name=None, most=1_000, variant="web")
    reply = asyncio.run(respond(agent_of(engine, store), incoming))
    assert reply.vote == (None if slots else vote_name(FACT))


def test_a_safety_text_is_not_voted_on(store):
    """The answer was begun, and then something broke."""

    async def engine(message):
        await message.output_channel.send_response("anna", said(f"utter_{FACT}"))
        raise RuntimeError

    incoming = Incoming("web", "anna", "x", name=None, most=1_000, variant="web")
    reply = asyncio.run(respond(agent_of(engine, ExpiringTrackerStore(Domain.empty())), incoming))
    assert reply.failed and reply.vote is None
