"""Three workers behind a real nginx, with a real Redis: any message on any worker, and one of them dies under load."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from chat import Chat, running_assistant
from nginx import Nginx, running_nginx
from platforms import Telegram
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from redis_server import RedisServer, redis_endpoints, running_redis

import weerbaar.stores.redis_store
from weerbaar.channels.apps.texts import TEXTS
from weerbaar.conversation.ids import hashed_id
from weerbaar.stores.conversation import KEPT_TURNS
from weerbaar.stores.locks import ConversationLockStore, RedisLockStore
from weerbaar.stores.memory import Delivery
from weerbaar.stores.redis_store import RedisTrackerStore

TEAM = "070-3738314"
WORKERS = 3
# One test sends as much as a city; the limits of each address are tested in test_floods.py.
WIDE = {
    "rate=10r/s": "rate=10000r/s",
    "burst=100": "burst=10000",
    "weerbaar_connections 60": "weerbaar_connections 1000",
}
# As many messages as the store remembers, so that it can be asked what came in.
SAID = [
    "Ik kreeg een kogelbrief en durf niet naar huis.",
    "Wat is een woningscan?",
    "Hoe doe ik aangifte onder nummer?",
    "Ik ben wethouder.",
    "Wat doet het Ondersteuningsteam?",
    "Vannacht heeft iemand mijn ruiten ingegooid.",
]


@dataclass
class Cluster:
    """Workers, what stands before them, and what they share."""

    workers: list[Chat]
    nginx: Nginx
    redis: RedisServer
    telegram: Telegram

    def turns(self, worker: Chat) -> int:
        """Returns how many messages a worker has answered."""
        return int(worker.metric("weerbaar_turns_total{"))

    def remembered(self, session: str) -> list[str]:
        """Returns the ids of the messages of a conversation as Redis has them, in order."""
        from weerbaar.channels.web.requests import conversation_id

        events = json.loads(self.redis.client.get(f"gesprek:{conversation_id(session)}"))
        return [event["message_id"] for event in events if event["event"] == "user"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """Three workers behind nginx."""
    folder = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        redis, telegram = stack.enter_context(running_redis(folder)), Telegram()
        telegram.start()
        stack.callback(telegram.stop)
        assistants = []
        for number in range(WORKERS):
            (folder / f"worker{number}").mkdir()
            settings = redis_endpoints(redis.url)
            assistants.append(
                running_assistant(
                    folder / f"worker{number}",
                    with_actions=False,
                    channels={"weerbaar.channels.apps.telegram.TelegramInput": {"votes": True}},
                    endpoints=settings,
                    environment=telegram.environment,
                )
            )
        with ThreadPoolExecutor() as pool:
            workers = list(pool.map(stack.enter_context, assistants))
        ports = [int(worker.root.rsplit(":", 1)[1]) for worker in workers]
        (folder / "nginx").mkdir()
        nginx = stack.enter_context(running_nginx(folder / "nginx", ports, changes=WIDE))
        yield Cluster(workers, nginx, redis, telegram)


def start(client: httpx.Client) -> dict:
    """Starts a session; returns the headers for its messages."""
    answer = client.post("/webhooks/web/session")
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['session']}"}


def test_a_conversation_hops_between_workers(cluster):
    """What was said to one worker is known to the others: the adviser is named, whoever answers."""
    with cluster.nginx.client() as client:
        headers = start(client)
        first = client.post("/webhooks/web/message", headers=headers, json={"text": SAID[0]}).json()["messages"]
        assert TEAM in first[0]["text"]
        client.post("/webhooks/web/message", headers=headers, json={"text": "Ik ben wethouder."})
        said = []
        for worker in cluster.workers:
            answer = httpx.post(
                f"{worker.root}/webhooks/web/message", headers=headers, json={"text": SAID[5]}, timeout=30
            )
            said.append(next(message["card"] for message in answer.json()["messages"] if message["card"]))
        assert {card["adviseur"] for card in said} == {"Wethoudersvereniging"}
        assert client.delete("/webhooks/web/session", headers=headers).status_code == 204
    for worker in cluster.workers:
        gone = httpx.post(f"{worker.root}/webhooks/web/message", headers=headers, json={"text": "hallo"}, timeout=30)
        assert gone.status_code == 401


def votes(cluster: Cluster, helps: str) -> int:
    """Returns how many votes the workers have counted together."""
    lines = [line for worker in cluster.workers for line in httpx.get(f"{worker.root}/metrics").text.splitlines()]
    counted = [line for line in lines if line.startswith("weerbaar_votes_total{") and f'helps="{helps}"' in line]
    return int(sum(float(line.split()[-1]) for line in counted))


def test_a_vote_is_counted_once_whichever_worker_gets_it(cluster):
    """None of them gave the answer; after wiping, Redis has nothing of it any more."""
    with cluster.nginx.client() as client:
        headers = start(client)
        said = client.post("/webhooks/web/message", headers=headers, json={"text": SAID[1]}).json()["messages"]
        vote = {"vote": next(message["vote"] for message in said if "vote" in message), "helps": True}
        before = votes(cluster, "yes")
        for worker in cluster.workers:
            answer = httpx.post(f"{worker.root}/webhooks/web/vote", headers=headers, json=vote, timeout=30)
            assert answer.status_code == 204
        assert client.post("/webhooks/web/vote", headers=headers, json=vote).status_code == 204
        assert votes(cluster, "yes") == before + 1
        [key] = cluster.redis.client.keys("duim:*")
        assert 0 < cluster.redis.client.ttl(key) <= 30 * 60
        client.delete("/webhooks/web/session", headers=headers)
    assert not cluster.redis.client.keys("duim:*")


def test_a_vote_in_an_app_is_counted_and_is_no_message(cluster):
    """Below a calm answer stand two buttons; not below a handoff, and not once that was given."""
    telegram, user = cluster.telegram, 31_600_004_243
    telegram.webhook = f"{cluster.workers[0].root}/webhooks/telegram/webhook"
    telegram.wait_for(lambda: telegram.secret_token)
    telegram.say(SAID[1], user)
    offered = telegram.buttons(user)
    assert {"Dit helpt mij", "Dit helpt mij niet", "Zelfscan"} <= set(offered)
    before, turns = (votes(cluster, "yes"), votes(cluster, "no")), cluster.turns(cluster.workers[0])
    assert telegram.press("Dit helpt mij niet", user) == [TEXTS["gestemd"]]
    telegram.webhook = f"{cluster.workers[1].root}/webhooks/telegram/webhook"
    assert telegram.press("Dit helpt mij niet", user) == [TEXTS["gestemd"]]
    assert cluster.turns(cluster.workers[0]) == turns
    telegram.say(SAID[0], user)
    assert "Dit helpt mij" not in telegram.buttons(user)
    # Pressed further up in the app; and by somebody who never got the answer.
    for one in (user, 31_600_004_244):
        telegram.deliver_until_taken(telegram.pressed("Dit helpt mij", offered["Dit helpt mij"], one))
        assert telegram.texts(one)[-1] == TEXTS["geen_stem"] and TEAM in TEXTS["geen_stem"]
    telegram.say("/wis", user)
    assert (votes(cluster, "yes"), votes(cluster, "no")) == (before[0], before[1] + 1)
    assert not cluster.redis.client.keys("duim:*")


def test_redis_holds_no_word_and_forgets(cluster):
    """Only the shape of a conversation is there, and it has an end."""
    with cluster.nginx.client() as client:
        headers = start(client)
        client.post("/webhooks/web/message", headers=headers, json={"text": "kanariezang: ik word bedreigd door Jan"})
    keys = cluster.redis.client.keys("*")
    assert keys
    for key in keys:
        assert "kanarie" not in cluster.redis.client.get(key).lower()
        assert 0 < cluster.redis.client.ttl(key) <= (86_400 if key.startswith("bezorgd:") else 30 * 60)


def test_a_message_that_a_platform_delivers_to_two_workers_is_answered_once(cluster):
    """One after the other, and at the same time; neither the user nor the words stand in Redis."""
    telegram, user = cluster.telegram, 31_600_004_242
    telegram.wait_for(lambda: telegram.secret_token)
    addresses = [f"{worker.root}/webhooks/telegram/webhook" for worker in cluster.workers]

    def deliver(update: dict, address: str) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": telegram.secret_token}
        return httpx.post(address, json=update, headers=headers, timeout=60).status_code

    first = telegram.payload_of(SAID[0], user)
    assert [deliver(first, address) for address in addresses] == [200] * WORKERS
    second = telegram.payload_of(f"{SAID[3]} kanariezang", user)
    with ThreadPoolExecutor(WORKERS) as pool:
        assert 200 in pool.map(deliver, [second] * WORKERS, addresses)
    assert deliver(second, addresses[0]) == 200
    texts = telegram.texts(user)
    assert TEAM in texts[0] and len(texts) == len(set(texts))
    for key in cluster.redis.client.keys("*"):
        assert str(user) not in key and "kanariezang" not in cluster.redis.client.get(key)


def converse(cluster: Cluster, number: int) -> tuple[list[str], list[dict], str]:
    """Says all of `SAID` in one conversation; what fails is said again with the same id, as the widget does.

    Returns (ids, the answer to each, session).
    """
    answers, names = [], [f"bericht-{number}-{index}" for index in range(len(SAID))]
    with cluster.nginx.client() as client:
        headers = start(client)
        for name, text in zip(names, SAID):
            for _ in range(20):
                try:
                    reply = client.post("/webhooks/web/message", headers=headers, json={"text": text, "id": name})
                except httpx.TransportError:
                    continue
                assert TEAM in reply.text or reply.status_code == 200, reply.text
                if reply.status_code == 200 and not reply.json()["failure"]:
                    answers.append(reply.json())
                    break
                time.sleep(0.3)
    return names, answers, headers["Authorization"].split()[1]


def test_a_worker_is_killed_under_load(cluster):
    """No message is lost, none is taken twice, and the order within each conversation stays."""
    assert len(SAID) <= KEPT_TURNS
    with ThreadPoolExecutor(24) as pool:
        conversations = [pool.submit(converse, cluster, number) for number in range(24)]
        time.sleep(1.5)
        os.kill(cluster.workers[0].server.pid, signal.SIGKILL)
        for conversation in conversations:
            names, answers, session = conversation.result(timeout=240)
            assert len(answers) == len(SAID)
            assert TEAM in answers[0]["messages"][0]["text"]
            ids = [hashed_id(session.encode(), name, f"\0{text}") for name, text in zip(names, SAID)]
            assert cluster.remembered(session) == ids
    assert all(cluster.turns(worker) for worker in cluster.workers[1:])


def test_redis_is_restarted(cluster):
    """It comes back empty: whoever was talking hears that the conversation is over, and the numbers."""
    with cluster.nginx.client() as client:
        headers = start(client)
        cluster.redis.kill()
        cluster.redis.start()
        answer = client.post("/webhooks/web/message", headers=headers, json={"text": SAID[0]})
        assert answer.status_code in (200, 401)
        assert TEAM in answer.text
        time.sleep(3.5)
        assert TEAM in client.post("/webhooks/web/message", headers=start(client), json={"text": SAID[0]}).text


def test_a_conversation_that_another_version_wrote_goes_on_or_is_over(cluster):
    """After an update or a way back: a slot that is gone does no harm, and what is unreadable costs no number."""
    from weerbaar.channels.web.requests import conversation_id

    slot = {"event": "slot", "timestamp": 1.0, "name": "van_een_andere_versie", "value": "x"}
    for content in ("", "[]", "geen json", '{"versie": 2}', '[{"event": "onbekend"}]', "[null]"):
        with cluster.nginx.client() as client:
            headers = start(client)
            client.post("/webhooks/web/message", headers=headers, json={"text": SAID[3]})
            key = f"gesprek:{conversation_id(headers['Authorization'].removeprefix('Bearer '))}"
            kept = json.loads(cluster.redis.client.get(key))
            cluster.redis.client.set(key, content or json.dumps([*kept, slot]), ex=60)
            answer = client.post("/webhooks/web/message", headers=headers, json={"text": SAID[0]})
            assert answer.status_code in ((200, 401) if content else (200,)), (content, answer.text)
            assert TEAM in answer.text, (content, answer.text)
            assert content or "Wethoudersvereniging" in answer.text, answer.text


def test_a_message_is_free_again_when_its_worker_died(cluster, monkeypatch):
    """While a worker answers it no other does; without a sign of that worker another may, and keeps it."""
    monkeypatch.setattr(weerbaar.stores.redis_store, "CLAIM_SECONDS", 0.5)

    async def go() -> list[Delivery]:
        one, other = (RedisTrackerStore(Domain.empty(), cluster.redis.url) for _ in range(2))
        seen = [await one.claim_delivery("x"), await other.claim_delivery("x")]
        for _ in range(3):
            await asyncio.sleep(0.3)
            await one.keep_claim("x")
        seen.append(await other.claim_delivery("x"))
        await asyncio.sleep(0.8)
        seen.append(await other.claim_delivery("x"))
        await one.end_claim("x", delivered=False)
        seen.append(await one.claim_delivery("x"))
        await other.end_claim("x", delivered=True)
        return [*seen, await one.claim_delivery("x")]

    ours, busy, done = Delivery.OURS, Delivery.BUSY, Delivery.DONE
    assert asyncio.run(go()) == [ours, busy, busy, ours, busy, done]


def test_workers_count_together_what_cannot_be_read(cluster):
    """So that a user gets other words each time; a number only, which goes with the conversation, and without Redis."""

    async def go():
        one, other = (RedisTrackerStore(Domain.empty(), cluster.redis.url, minutes=5) for _ in range(2))
        counted = [await store.count_unreadable("bert") for store in (one, other, one)]
        left = cluster.redis.client.ttl("ongelezen:bert")
        await other.delete("bert")
        counted.append(await one.count_unreadable("bert"))
        lonely = RedisTrackerStore(Domain.empty(), "redis://127.0.0.1:1/0")
        return counted, [await lonely.count_unreadable("bert") for _ in range(2)], 0 < left <= 300

    assert asyncio.run(go()) == ([0, 1, 2, 0], [0, 1], True)


def test_workers_know_of_each_other_who_was_introduced(cluster):
    """For as long as a conversation is kept; by hashes; not when it was wiped; and in memory while Redis is away."""

    async def go() -> list:
        one, other = (RedisTrackerStore(Domain.empty(), cluster.redis.url, minutes=5) for _ in range(2))
        await one.keep_introduction("anna", "x")
        seen = [await one.introduced_by("anna"), await other.introduced_by("anna")]
        left = cluster.redis.client.ttl("uitgelegd:anna")
        # A turn does not make it forget what it kept in memory while Redis was away.
        other._introductions["anna"] = "y"
        await other.save(DialogueStateTracker("anna", []))
        seen.append(await other.introduced_by("anna"))
        await other.delete("anna")
        seen += [await one.introduced_by("anna"), await other.introduced_by("anna")]
        lonely = RedisTrackerStore(Domain.empty(), "redis://127.0.0.1:1/0")
        await lonely.keep_introduction("anna", "x")
        return [*seen, await lonely.introduced_by("anna"), 0 < left <= 300]

    assert asyncio.run(go()) == ["x", "x", "y", None, None, "x", True]


def test_a_user_who_goes_on_gets_the_full_time_from_any_worker(cluster):
    """The worker that renews is not the one that answered."""

    async def go() -> list:
        one, other = (RedisTrackerStore(Domain.empty(), cluster.redis.url, minutes=5) for _ in range(2))
        await one.save(DialogueStateTracker.from_events("bep", [UserUttered("hallo", timestamp=1.0)]))
        cluster.redis.client.expire("gesprek:bep", 10)
        seen = [await other.renew("bep"), cluster.redis.client.ttl("gesprek:bep") > 200]
        kept = await one.retrieve("bep")
        seen.append(kept.get_last_event_for(UserUttered).timestamp > 1.0)
        await one.delete("bep")
        return [*seen, await other.renew("bep")]

    assert asyncio.run(go()) == [True, True, True, False]


async def greatest_crowd(stores: list, conversations: int) -> dict[str, int]:
    """Lets each lock store take every lock many times; returns how many were inside each at the same time, at most."""
    inside: dict[str, int] = {}
    most: dict[str, int] = {}

    async def enter(store: object, name: str) -> None:
        async with store.lock(name):
            inside[name] = inside.get(name, 0) + 1
            most[name] = max(most.get(name, 0), inside[name])
            await asyncio.sleep(0.002)
            inside[name] -= 1

    names = [f"gesprek-{number}" for number in range(conversations)]
    await asyncio.gather(*(enter(store, name) for _ in range(15) for store in stores for name in names))
    return most


def test_no_two_workers_answer_in_one_conversation_at_once(cluster):
    """The lock in Redis keeps them apart; different conversations do not wait for each other."""
    config = EndpointConfig(url=cluster.redis.url)

    async def two_workers() -> dict[str, int]:
        return await greatest_crowd([RedisLockStore(config), RedisLockStore(config)], conversations=5)

    assert asyncio.run(two_workers()) == {f"gesprek-{number}": 1 for number in range(5)}


def test_messages_wait_in_the_order_in_which_they_came():
    """Within one worker: first come, first served, and none waits for a clock."""
    order = []

    async def arrive(store: ConversationLockStore, number: int) -> None:
        async with store.lock("anna"):
            await asyncio.sleep(0.001)
            order.append(number)

    async def all_arrive() -> None:
        store = ConversationLockStore()
        await asyncio.gather(*(arrive(store, number) for number in range(50)))

    begin = time.monotonic()
    asyncio.run(all_arrive())
    assert order == list(range(50))
    assert time.monotonic() - begin < 5
