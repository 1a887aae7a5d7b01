"""Which adviser is named: the slots that hold the adviser follow the role of the writer."""

from __future__ import annotations

from collections.abc import Sequence

from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.contacts import load_register


def adviser_events(tracker: DialogueStateTracker, planned: Sequence[Event]) -> list[Event]:
    """Returns the events that update the slots naming the adviser, as far as these do not fit the role.

    Args:
        tracker: the conversation, in which the slot `functie` may just have changed.
        planned: events that are applied first and may set that slot too.
    """
    chosen = [event.value for event in planned if isinstance(event, SlotSet) and event.key == "functie"]
    role = chosen[0] if chosen else tracker.get_slot("functie")
    register = load_register()
    values = {"adviseur": register.advisers.get(role or "", ""), "adviseur_zin": register.adviser_sentence(role)}
    return [SlotSet(name, value) for name, value in values.items() if (tracker.get_slot(name) or "") != value]
