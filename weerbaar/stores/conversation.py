"""Selects what is kept of a conversation between turns: no word that the user typed, and only part of what was said."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from rasa.shared.core.events import BotUttered, Event, Restarted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

# The number of turns that policies may look back on; ReminderPolicy needs the most. The bound keeps a turn in a long
# conversation as cheap as one in a short conversation.
KEPT_TURNS = 6


def kept_events(events: list[Event]) -> list[Event]:
    """Returns the events to keep after a turn.

    Of a message of the user, the intent, the entities and the id are kept, never the text. Of the last turn, the
    assistant's responses are kept as well, to repeat them when the same message comes twice. Of the turns before the
    last `KEPT_TURNS`, only the slots are kept. The payloads of offered buttons are kept from all turns. A new session
    or a restart drops everything before it.
    """
    events = since_session(events)
    said = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    last, first = (said[-1], said[-KEPT_TURNS] if len(said) > KEPT_TURNS else 0) if said else (0, 0)
    kept: list[Event] = []
    if first:
        kept += [event for event in events[:1] if isinstance(event, (Restarted, SessionStarted))]
        kept += slots_of(events[:first])
    buttons = [{"payload": payload} for payload in payloads_in(events[:last])]
    if buttons:
        kept.append(BotUttered(data={"buttons": buttons}))
    kept += [_bare(event) for event in events[first:last] if not isinstance(event, BotUttered)]
    return kept + [_bare(event) for event in events[last:]]


def said_now(events: list[Event]) -> list[Event]:
    """Returns the events after setting the time of the last user message to now: Rasa ends a session by that time."""
    last = next((event for event in reversed(events) if isinstance(event, UserUttered)), None)
    if last is not None:
        last.timestamp = time.time()
    return events


def since_session(events: list[Event]) -> list[Event]:
    """Returns the events from the last restart or session start onwards; all events when there is none."""
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], (Restarted, SessionStarted)):
            return events[index:]
    return events


def slots_of(events: list[Event]) -> list[Event]:
    """Returns one event for each slot that was set, with its last value."""
    return list({event.key: event for event in events if isinstance(event, SlotSet)}.values())


def payloads_in(events: Iterable[Event]) -> list[str]:
    """Returns the payload of each button that was offered, without duplicates, in order."""
    payloads = {
        button["payload"]: None
        for event in events
        if isinstance(event, BotUttered)
        for button in event.data.get("buttons") or []
        if button.get("payload")
    }
    return list(payloads)


def _bare(event: Event) -> Event:
    """Returns the event; a user message only with its intent, entities, id, time and channel, without the text."""
    if not isinstance(event, UserUttered):
        return event
    return UserUttered(
        None,
        {key: event.intent.get(key) for key in ("name", "confidence")},
        [{key: entity.get(key) for key in ("entity", "value")} for entity in event.entities],
        timestamp=event.timestamp,
        input_channel=event.input_channel,
        message_id=event.message_id,
    )


def last_answers(tracker: DialogueStateTracker | None) -> list[dict[str, Any]]:
    """Returns the responses to the last message, in the form that an output channel takes."""
    answers: list[dict[str, Any]] = []
    for event in reversed(tracker.events if tracker else []):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            answers.append(event.message())
    return answers[::-1]


def answers_to(tracker: DialogueStateTracker | None, message_id: str) -> list[dict[str, Any]] | None:
    """Returns the responses to the last message, as an output channel takes them, if it has this id; otherwise None."""
    events = reversed(tracker.events if tracker else [])
    last = next((event for event in events if isinstance(event, UserUttered)), None)
    return last_answers(tracker) if last is not None and last.message_id == message_id else None
