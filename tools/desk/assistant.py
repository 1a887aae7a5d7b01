"""The assistant behind the desk: the trained model with the texts of now, which keeps and logs no words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from tools.desk.actions_here import ActionsHere
from tools.desk.texts import Content
from tools.evaluation.loaded_model import LoadedModel
from weerbaar.stores.locks import ConversationLockStore
from weerbaar.stores.memory import ExpiringTrackerStore


class Turn(NamedTuple):
    """The events of a turn from the message of the user on, and the slots after it."""

    events: list[Event]
    slots: dict[str, Any]


class WatchedStore(ExpiringTrackerStore):
    """Keeps what the assistant keeps; the events of the latest turn can be taken before its words are forgotten."""

    def __init__(self, domain: Domain) -> None:
        """Creates an empty store."""
        super().__init__(domain)
        self._turns: dict[str, Turn] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keeps the conversation, and until they are taken the events and slots of the turn that ends here."""
        events = list(tracker.events)
        said = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
        self._turns[tracker.sender_id] = Turn(events[said[-1] :] if said else [], tracker.current_slot_values())
        await super().save(tracker)

    def take_turn(self, conversation: str) -> Turn:
        """Returns the latest turn of a conversation, and forgets it."""
        return self._turns.pop(conversation, Turn([], {}))


class Assistant:
    """What `weerbaar.conversation.turn.respond` takes for Rasa's agent."""

    def __init__(self, path: Path) -> None:
        """Loads the model; raises RuntimeError when this code cannot load it."""
        self.tracker_store = WatchedStore(Domain.empty())
        self.lock_store = ConversationLockStore()
        self.nlg = TemplatedNaturalLanguageGenerator({})
        self.model = LoadedModel(
            path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=ActionsHere(),
            generator=self.nlg,
        )
        self.processor = self.model.processor
        self.domain = self.tracker_store.domain = self.processor.domain
        self._known = frozenset(self.domain.responses)

    def is_ready(self) -> bool:
        """Returns whether a model is loaded: always."""
        return True

    async def parse_message(self, text: str) -> dict[str, Any]:
        """Returns the parse data of a text."""
        return await self.processor.parse_message(UserMessage(text))

    def say(self, content: Content) -> None:
        """Makes the assistant answer with these texts. A response that is new needs a training to be chosen."""
        self.nlg.responses = content.responses
        # The policies look into these texts as well, to see whether an answer gives the number.
        self.domain.responses.update({name: content.responses.get(name, []) for name in self._known})
