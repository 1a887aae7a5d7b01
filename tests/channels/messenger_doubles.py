"""Doubles for the messaging channels without a server: a channel, a store, an assistant, and what users send."""

from __future__ import annotations

from types import SimpleNamespace

from chat import agent_of
from platforms.users import TEAM
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered

from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.telegram import TelegramInput, TelegramSettings
from weerbaar.stores.memory import ExpiringTrackerStore

INTRODUCTION = "een computer, geen mens"
ARRIVAL = Arrival("1", "u", "c", "help", private=True, sent=0.0)


class Probe(TelegramInput):
    """A channel that shows what it is to deliver, and fails as its script says."""

    def __init__(self, *script: Exception | None) -> None:
        super().__init__(TelegramSettings("1:a", "https://x.example"))
        self.script, self.shown = list(script), []

    async def send(self, arrival, bubble):
        fault = self.script.pop(0) if self.script else None
        if fault:
            raise fault
        self.shown.append(bubble.text or bubble.card["telefoon"])

    async def send_plainly(self, arrival, text):
        self.shown.append(f"plainly: {text}")

    async def show_typing(self, arrival):
        """Shows nothing."""


class Store(ExpiringTrackerStore):
    """Remembers what was done with claims."""

    def __init__(self) -> None:
        super().__init__(Domain.empty())
        self.kept, self.ended = 0, []

    async def keep_claim(self, name):
        self.kept += 1

    async def end_claim(self, name, delivered):
        self.ended.append(delivered)
        await super().end_claim(name, delivered)


async def says_three_things(message):
    """A turn of the assistant: two texts, and a card."""
    card = {"type": "doorverwijzing", "telefoon": TEAM}
    for said in ({"text": "een", "custom": card}, {"text": "twee", "buttons": [{"title": "Ja", "payload": "/ja"}]}):
        await message.output_channel.send_response(message.sender_id, said)


def asked_of(agent):
    """Returns a request to the server of this agent."""
    return SimpleNamespace(app=SimpleNamespace(ctx=SimpleNamespace(agent=agent)))


def assistant(store: Store, engine=None) -> SimpleNamespace:
    """Returns an agent that answers, remembers the conversation, and can introduce itself and say that it wiped."""

    async def answers(message):
        name, sender = message.message_id, message.sender_id
        await message.output_channel.send_response(sender, {"text": "antwoord"})
        store.keep(sender, [UserUttered("x", message_id=name), BotUttered("antwoord")])

    async def generate(utterance, *_):
        return {"text": {"utter_introductie": INTRODUCTION, "utter_restart": "gewist"}[utterance]}

    agent = agent_of(engine or answers, store)
    agent.nlg = SimpleNamespace(generate=generate)
    return agent


def message(number: int, sender: str = "u", text: str = "help", private: bool = True) -> Arrival:
    """Returns what a user says, or somebody in a group."""
    return Arrival(str(number), sender, f"chat-{sender}", text, private=private, sent=0.0)
