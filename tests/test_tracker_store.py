"""The promise that conversations are kept in memory only, for a short time, and can be wiped."""
from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
import yaml
from rasa.shared.core.events import ActionExecuted, Restarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from stores import memory
from stores.memory import ExpiringTrackerStore, since_restart


class Clock:
    """A clock that stands still until it is moved."""

    seconds = 0.0

    def __call__(self) -> float:
        """Returns the time in seconds."""
        return self.seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The clock of the store under test."""
    clock = Clock()
    monkeypatch.setattr(memory, "time", SimpleNamespace(monotonic=clock))
    return clock


@pytest.fixture
def store(domain, clock) -> ExpiringTrackerStore:
    """A store that keeps conversations for thirty minutes."""
    return ExpiringTrackerStore(domain, minutes=30)


def say(store: ExpiringTrackerStore, sender: str, *events) -> None:
    """Adds events to a conversation, as Rasa does: retrieve, update, save."""

    async def update() -> None:
        tracker = await store.retrieve(sender) or DialogueStateTracker(sender, store.domain.slots)
        for event in events:
            tracker.update(event)
        await store.save(tracker)

    asyncio.run(update())


def recall(store: ExpiringTrackerStore, sender: str):
    """Returns what the store knows of a conversation."""
    return asyncio.run(store.retrieve(sender))


def test_a_conversation_is_remembered(store):
    """The role given earlier is there in the next turn."""
    say(store, "anna", UserUttered("ik ben raadslid"), SlotSet("functie", "raadslid"))
    tracker = recall(store, "anna")
    assert tracker.get_slot("functie") == "raadslid"
    assert tracker.latest_message.text == "ik ben raadslid"


def test_it_is_forgotten_after_its_time(store, clock):
    """Thirty minutes after the last message nothing is left."""
    say(store, "anna", UserUttered("hallo"))
    clock.seconds = 29 * 60
    assert recall(store, "anna") is not None
    clock.seconds = 30 * 60 + 1
    assert recall(store, "anna") is None
    assert asyncio.run(store.keys()) == []


def test_the_time_counts_from_the_last_message(store, clock):
    """Somebody who is still talking is not cut off."""
    say(store, "anna", UserUttered("hallo"))
    clock.seconds = 20 * 60
    say(store, "anna", UserUttered("ik ben er nog"))
    clock.seconds = 40 * 60
    assert recall(store, "anna") is not None


def test_restart_removes_what_was_said_before(store):
    """`opnieuw` wipes the words, not only the slots."""
    say(store, "anna", UserUttered("een groot geheim"), SlotSet("functie", "wethouder"))
    say(store, "anna", Restarted(), ActionExecuted("action_listen"))
    tracker = recall(store, "anna")
    assert tracker.get_slot("functie") is None
    assert not [event for event in tracker.events if isinstance(event, UserUttered)]


def test_delete_removes_at_once(store):
    """Deleting leaves nothing, and deleting twice is no error."""
    say(store, "anna", UserUttered("hallo"))
    asyncio.run(store.delete("anna"))
    asyncio.run(store.delete("anna"))
    assert recall(store, "anna") is None


def test_conversations_do_not_know_each_other(store):
    """The role, the words and the restart of one person never reach another."""
    say(store, "anna", UserUttered("hallo"), SlotSet("functie", "burgemeester"))
    say(store, "bert", UserUttered("dag"))
    assert recall(store, "bert").get_slot("functie") is None
    say(store, "bert", Restarted())
    assert recall(store, "anna").get_slot("functie") == "burgemeester"
    assert sorted(asyncio.run(store.keys())) == ["anna", "bert"]


def test_changing_a_retrieved_conversation_changes_nothing_until_it_is_saved(store):
    """A turn that failed half-way leaves no trace."""
    say(store, "anna", UserUttered("hallo"))
    recall(store, "anna").update(SlotSet("functie", "anders"))
    assert recall(store, "anna").get_slot("functie") is None


def test_the_oldest_conversation_goes_when_memory_is_full(domain, clock):
    """A flood of visitors cannot fill the memory."""
    store = ExpiringTrackerStore(domain, max_conversations=2)
    for sender in ("anna", "bert", "carla"):
        say(store, sender, UserUttered("hallo"))
    assert len(asyncio.run(store.keys())) == 2
    assert recall(store, "carla") is not None


def test_without_a_restart_everything_is_kept():
    """Only a restart cuts the conversation."""
    events = [UserUttered("a"), ActionExecuted("action_listen")]
    assert since_restart(events) == events
    assert since_restart([]) == []


def test_the_running_assistant_uses_this_store(root):
    """The promise in utter_privacy has code behind it: endpoints.yml names the store."""
    endpoints = yaml.safe_load((root / "endpoints.yml").read_text(encoding="utf-8"))
    assert endpoints["tracker_store"]["type"] == "stores.memory.ExpiringTrackerStore"
    assert "event_broker" not in endpoints
