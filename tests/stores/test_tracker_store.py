"""The promise that little of a conversation is kept, in memory only, for a short time, and can be wiped."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
import yaml
from rasa.shared.core.events import ActionExecuted, BotUttered, Restarted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.stores import memory
from weerbaar.stores.conversation import KEPT_TURNS, answers_to, kept_events
from weerbaar.stores.memory import ExpiringTrackerStore


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


def message(text: str, intent: str, name: str = "id", entities: list | None = None) -> UserUttered:
    """Returns a message of a user as Rasa puts it into a conversation."""
    return UserUttered(text, {"name": intent, "confidence": 0.9}, entities, message_id=name, input_channel="rest")


def recall(store: ExpiringTrackerStore, sender: str):
    """Returns what the store knows of a conversation."""
    return asyncio.run(store.retrieve(sender))


def test_a_conversation_is_remembered(store):
    """The role given earlier, and what the message was about, are there in the next turn."""
    say(store, "anna", message("ik ben raadslid", "functie_opgeven"), SlotSet("functie", "raadslid"))
    tracker = recall(store, "anna")
    assert tracker.get_slot("functie") == "raadslid"
    assert tracker.latest_message.intent["name"] == "functie_opgeven"


def test_no_word_of_the_user_is_kept(store):
    """Not the text, not what was parsed from it, not metadata of the client: nothing that could be read later."""
    role = {"entity": "functie", "value": "raadslid", "text": "geheim"}
    event = message("een groot geheim", "bedreiging", entities=[role])
    event.parse_data["normalized"] = event.metadata["page"] = "een groot geheim"
    say(store, "anna", event)
    kept = [one.as_dict() for one in store._events["anna"]]
    assert "geheim" not in str(kept)
    assert "raadslid" in str(kept)


def test_a_long_conversation_costs_no_more_than_a_short_one():
    """However long it lasts, only the last turns are kept; the slots and the buttons stay."""
    events, sizes = [SessionStarted()], []
    for turn in range(40):
        offer = BotUttered("Kies", {"buttons": [{"title": "Ja", "payload": f"/knop_{turn % 3}"}]})
        events += [message("hallo", "begroeten"), SlotSet("functie", "raadslid") if turn == 1 else offer, offer]
        events = kept_events(events)
        sizes.append(len(events))
    assert max(sizes) == sizes[-1] == sizes[10]
    assert len([event for event in events if isinstance(event, UserUttered)]) == KEPT_TURNS
    assert [event.value for event in events if isinstance(event, SlotSet)] == ["raadslid"]
    assert {f"/knop_{number}" for number in range(3)} <= {
        button["payload"] for event in events if isinstance(event, BotUttered) for button in event.data["buttons"]
    }


def test_a_new_session_ends_what_was_before_it():
    """What Rasa keeps of an earlier session is not kept."""
    events = kept_events([SlotSet("functie", "raadslid"), message("a", "b"), SessionStarted(), message("c", "d")])
    assert [type(event) for event in events] == [SessionStarted, UserUttered]


def test_a_message_that_comes_twice_finds_its_answer(store):
    """What was answered to the last message is there to be said again, complete; to no other message."""
    answer = BotUttered("Bel.", {"buttons": [{"title": "Ja", "payload": "/ja"}]}, {"lang": "nl"})
    say(store, "anna", message("a", "b", "een"), BotUttered("Oud."), message("c", "d", "twee"), answer)
    (said,) = answers_to(recall(store, "anna"), "twee")
    assert (said["text"], said["buttons"], said["lang"]) == ("Bel.", [{"title": "Ja", "payload": "/ja"}], "nl")
    assert answers_to(recall(store, "anna"), "een") is None
    assert answers_to(None, "een") is None


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


def test_the_time_begins_again_when_the_user_goes_on(store, clock):
    """Without a message, and for Rasa too, which goes by the time of the last one; what has gone does not come back."""
    half_an_hour_ago = time.time() - 30 * 60
    say(store, "anna", UserUttered("hallo", timestamp=half_an_hour_ago), SlotSet("functie", "raadslid"))
    clock.seconds = 29 * 60
    assert asyncio.run(store.renew("anna"))
    clock.seconds = 58 * 60
    tracker = recall(store, "anna")
    assert tracker.get_slot("functie") == "raadslid"
    assert tracker.get_last_event_for(UserUttered).timestamp > half_an_hour_ago + 29 * 60
    clock.seconds = 90 * 60
    assert not asyncio.run(store.renew("anna"))
    assert recall(store, "anna") is None


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


def test_the_running_assistant_uses_this_store(root):
    """The promise in utter_privacy has code behind it: endpoints.yml names the store."""
    endpoints = yaml.safe_load((root / "endpoints.yml").read_text(encoding="utf-8"))
    assert endpoints["tracker_store"]["type"] == "weerbaar.stores.memory.ExpiringTrackerStore"
    assert "event_broker" not in endpoints
