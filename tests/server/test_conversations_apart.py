"""Nothing crosses from one conversation into another, and no session can be guessed."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from chat import agent_of
from connections import JSON, TEAM, new_token
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.channels.web import WebInput
from weerbaar.channels.web.settings import WebSettings
from weerbaar.stores.memory import ExpiringTrackerStore

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

CONVERSATIONS = 10_000


class Engine:
    """Stands in for Rasa's processor: keeps the first text of a conversation in a slot and says back what it holds."""

    def __init__(self) -> None:
        """Starts without conversations, in the store of the assistant itself."""
        slots = {"woord": {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}}
        self.store = ExpiringTrackerStore(Domain.from_dict({"slots": slots}))

    async def fetch_tracker_with_initial_session(self, sender: str, _: Any) -> DialogueStateTracker:
        """Returns a new conversation (see MessageProcessor)."""
        return DialogueStateTracker.from_events(sender, [SessionStarted()], self.store.domain.slots)

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        """Keeps the conversation (see MessageProcessor)."""
        await self.store.save(tracker)

    async def handle_message(self, message: Any) -> None:
        """Answers with the word of this conversation, once as text and once as button."""
        tracker = await self.store.retrieve(message.sender_id)
        await asyncio.sleep(0)  # here others come in between
        tracker.update(UserUttered(message.text, {"name": "x"}, input_channel="web", message_id=message.message_id))
        if tracker.get_slot("woord") is None:
            tracker.update(SlotSet("woord", message.text))
        word = tracker.get_slot("woord")
        buttons = [{"title": word, "payload": f"/{word}"}]
        await asyncio.sleep(0)
        await message.output_channel.send_response(message.sender_id, {"text": word, "buttons": buttons})
        tracker.update(BotUttered(word, {"buttons": buttons}))
        await self.save_tracker(tracker)


def request_of(agent: Any, token: str = "", body: Any = None) -> SimpleNamespace:
    """Returns what WebInput reads of a request."""
    return SimpleNamespace(
        method="POST",
        ip="192.0.2.1",
        remote_addr="",
        json=body,
        body=json.dumps(body).encode(),
        content_type=JSON,
        headers={"authorization": f"Bearer {token}", "host": "localhost"},
        app=SimpleNamespace(ctx=SimpleNamespace(agent=agent)),
    )


async def converse(number: int) -> Counter:
    """Leads so many conversations, in turns, each with a word of its own; counts what came back."""
    many = {"requests_per_minute": 10**9, "sessions_per_minute": 10**9, "max_sessions": number}
    channel, engine, counted = WebInput(WebSettings(**many)), Engine(), Counter()
    agent = agent_of(engine.handle_message, engine.store)
    agent.processor = engine
    tokens: dict[int, str] = {}

    async def begin(one: int) -> None:
        tokens[one] = json.loads((await channel.start(request_of(agent))).body)["session"]

    async def ask(one: int, body: dict) -> tuple[int, dict]:
        # Every message of the same turn has the same id: a repeat in one conversation is none in another.
        asked = request_of(agent, tokens[one], {"id": "zelfde", **body})
        answer = await channel._serve(asked, lambda: channel.answer(asked))
        return answer.status, json.loads(answer.body)

    async def say(one: int) -> None:
        status, answer = await ask(one, {"text": f"kanarie{one:05}"})
        words = set(re.findall(r"kanarie\d+", json.dumps(answer)))
        counted["own word" if status == 200 and words == {f"kanarie{one:05}"} else f"{one}: {status} {words}"] += 1

    async def press_what_another_was_offered(one: int) -> None:
        status, answer = await ask(one, {"payload": f"/kanarie{(one + 1) % number:05}"})
        refused = status == 400 and "kanarie" not in json.dumps(answer)
        counted["refused" if refused else f"{one}: {status} {answer}"] += 1

    async def press_own(one: int) -> None:
        status, answer = await ask(one, {"payload": f"/kanarie{one:05}", "id": "anders"})
        words = set(re.findall(r"kanarie\d+", json.dumps(answer)))
        counted["own again" if status == 200 and words == {f"kanarie{one:05}"} else f"{one}: {status} {words}"] += 1

    chance = random.Random(2026)
    for turn in (begin, say, press_what_another_was_offered, press_own):
        order = chance.sample(range(number), number)
        for start in range(0, number, 100):
            await asyncio.gather(*(turn(one) for one in order[start : start + 100]))
    assert len(list(await engine.store.keys())) == number, "all of them were there at the same time"
    return counted


def test_nothing_crosses_between_ten_thousand_conversations():
    """Each gets its own word back, never that of another, and can press only its own button."""
    counted = asyncio.run(converse(CONVERSATIONS))
    assert counted == {"own word": CONVERSATIONS, "refused": CONVERSATIONS, "own again": CONVERSATIONS}


ADVISERS = {
    "burgemeester": "Genootschap van Burgemeesters",
    "wethouder": "Wethoudersvereniging",
    "raadslid": "Vereniging voor Raadsleden",
    "statenlid": "StatenlidNu",
}


def test_no_role_crosses_on_the_real_server(address):
    """Two hundred conversations at the same time, a few hundred turns through each other: each keeps its own role."""
    roles = {new_token(address): role for role in [*ADVISERS, None] for _ in range(40)}
    wrong: list = []

    def say(client: httpx.Client, token: str, text: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post(f"{address}/webhooks/web/message", json={"text": text}, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.text

    def ask(client: httpx.Client, token: str) -> None:
        said = say(client, token, "welke adviseur hoort bij mij?")
        named = {role for role, adviser in ADVISERS.items() if adviser in said}
        right = named == {roles[token]} if roles[token] else "Wat is uw functie?" in said
        if not right:
            wrong.append((roles[token], said))

    with httpx.Client() as client, ThreadPoolExecutor(8) as pool:
        for turn in (
            lambda token: say(client, token, f"ik ben {roles[token] or 'moe'}"),
            lambda token: ask(client, token),
        ):
            list(pool.map(turn, random.sample(sorted(roles), len(roles))))
    assert wrong == []


# --- Guessing a session.


def test_every_bit_of_a_token_is_random():
    """A token is 32 bytes, and in a thousand of them each of the 256 bits is a one about half the time."""
    engine, channel = Engine(), WebInput(WebSettings(sessions_per_minute=10_000))
    asked = request_of(SimpleNamespace(processor=engine, tracker_store=engine.store))

    async def thousand() -> list:
        return [json.loads((await channel.start(asked)).body)["session"] for _ in range(1000)]

    values = [base64.urlsafe_b64decode(f"{token}=") for token in asyncio.run(thousand())]
    assert len(set(values)) == 1000
    assert {len(value) for value in values} == {32}
    ones = [sum(int.from_bytes(value, "big") >> bit & 1 for value in values) for bit in range(256)]
    # Six standard deviations on each side: pure chance stays within them in all but one of a million runs.
    assert all(405 < one < 595 for one in ones)


def test_almost_a_token_opens_nothing(address):
    """One character changed, the other case, a piece, twice, quoted: 401 with the numbers, each time."""
    token = new_token(address)
    others = {token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in range(0, 42, 6)}
    others |= {token.swapcase(), token[:-1], f"{token}=", f"{token},{token}", f'"{token}"', f"{token} {token}", "null"}
    with httpx.Client(timeout=60) as client:
        for other in others - {token}:
            answer = client.post(
                f"{address}/webhooks/web/message", json={"text": "hallo"}, headers={"Authorization": f"Bearer {other}"}
            )
            assert (answer.status_code, answer.json()["error"]) == (401, "unknown_session"), other
            assert TEAM in answer.text
        for scheme in ("Basic", "bearer2", "Token"):
            headers = {"Authorization": f"{scheme} {token}"}
            answer = client.post(f"{address}/webhooks/web/message", json={"text": "hallo"}, headers=headers)
            assert answer.status_code == 401, scheme
