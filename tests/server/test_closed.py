"""What an attacker would try, and that it fails. docs/threat-model.md says which test proves which measure."""
from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import http.client
import importlib
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import yaml
from chat import ROOT, agent_of, free_port, new_sender, stop
from nginx import exchange, running_nginx, standing_in
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.channels.set_up import MAX_BODY_BYTES
from weerbaar.channels.web import WebInput
from weerbaar.channels.web.settings import WebSettings
from weerbaar.server.model_file import PINNED, SUFFIX, checksum, verified_model, write_checksum
from weerbaar.stores.memory import ExpiringTrackerStore

TEAM = "070-3738314"
FOREIGN = "https://elders.example"
# Long for a refusal, short for someone who waits; the machine may be busy.
SECONDS = 10
JSON = "application/json"


@pytest.fixture
def address(server) -> str:
    """Where the running server is."""
    return server.address.split("/webhooks/")[0]


def new_token(address: str) -> str:
    """Starts a session of the web channel and returns its token."""
    answer = httpx.post(f"{address}/webhooks/web/session", timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()["session"]


def connect(address: str) -> socket.socket:
    """Opens a connection to the server, on which anything can be sent."""
    return socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=SECONDS)


def answer_on(connection: socket.socket) -> tuple[int, str, str]:
    """Returns (status, header lines, body) of the answer that comes on a connection."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, str(answer.headers), answer.read().decode("utf-8", "replace")


def raw(address: str, request: bytes) -> tuple[int, str, str]:
    """Sends these bytes on a connection of their own and returns (status, header lines, body) of the answer."""
    with connect(address) as connection:
        connection.sendall(request)
        return answer_on(connection)


def assert_serves(address: str) -> None:
    """A message to the server is answered with the number, in time."""
    body = {"sender": new_sender(), "message": "ik word bedreigd"}
    answer = httpx.post(f"{address}/webhooks/rest/webhook", json=body, timeout=SECONDS)
    assert answer.status_code == 200
    assert TEAM in answer.text


# --- From one conversation into another.

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
        method="POST", ip="192.0.2.1", remote_addr="", json=body, body=json.dumps(body).encode(), content_type=JSON,
        headers={"authorization": f"Bearer {token}", "host": "localhost"},
        app=SimpleNamespace(ctx=SimpleNamespace(agent=agent)),
    )  # fmt: skip


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
        for turn in (lambda token: say(client, token, f"ik ben {roles[token] or 'moe'}"),
                     lambda token: ask(client, token)):  # fmt: skip
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


# --- Bodies that are no messages. What the two channels refuse by themselves is in their own tests.


HUGE_NUMBER = b"9" * 60_000
# name: (headers, body for the web channel, body for the REST channel)
BODIES: dict[str, tuple[dict, bytes, bytes]] = {
    "gzip": (
        {"Content-Encoding": "gzip"}, gzip.compress(b'{"text": "hallo"}'),
        gzip.compress(b'{"sender": "a", "message": "hallo"}'),
    ),
    "deflate": (
        {"Content-Encoding": "deflate"}, zlib.compress(b'{"text": "hallo"}'),
        zlib.compress(b'{"sender": "a", "message": "hallo"}'),
    ),
    "a bomb of 50 MB": ({"Content-Encoding": "gzip"}, *[gzip.compress(b"[" * 50_000_000)] * 2),
    "UTF-16": (
        {"Content-Type": "application/json; charset=utf-16"}, '{"text": "hallo"}'.encode("utf-16"),
        '{"sender": "a", "message": "hallo"}'.encode("utf-16"),
    ),
    "Latin-1": ({}, '{"text": "café"}'.encode("latin-1"), '{"sender": "a", "message": "café"}'.encode("latin-1")),
    "deep and closed": (
        {}, b'{"text": ' + b"[" * 25_000 + b"]" * 25_000 + b"}",
        b'{"sender": "a", "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ),
    "deep objects": ({}, *[b'{"text": ' * 7_000] * 2),
    "the same key twice, the last one wrong": (
        {}, b'{"text": "hallo", "text": 1}', b'{"sender": "a", "sender": "web-0123", "message": "hallo"}',
    ),
    "the same key twice, the last one a command": ({}, b'{"payload": "/a", "payload": "/restart"}', b'{"sender": "a", '
                                                   b'"message": "hallo", "message": {"x": "/restart"}}'),
    "ten thousand keys": ({}, *[json.dumps({str(key): 1 for key in range(5_000)}).encode()] * 2),
    "a huge number": ({}, b'{"text": ' + HUGE_NUMBER + b"}", b'{"sender": "a", "message": ' + HUGE_NUMBER + b"}"),
    "an endless number": ({}, b'{"text": 1e999999999}', b'{"sender": "a", "message": 1e999999999}'),
    "no number": ({}, b'{"text": NaN}', b'{"sender": "a", "message": Infinity}'),
    "a zero byte in a key": ({}, b'{"text\\u0000": "hallo"}', b'{"sender\\u0000": "a", "message": "hallo"}'),
    "two values": ({}, b'{"text": "a"}{"text": "b"}', b'{"sender": "a"}{"sender": "b"}'),
    "a prototype": ({}, b'{"__proto__": {"text": "hallo"}}', b'{"__proto__": {"sender": "a"}}'),
}  # fmt: skip


@pytest.mark.parametrize("channel", ["web", "rest"])
@pytest.mark.parametrize("name", BODIES)
def test_a_strange_body_is_refused_at_once(address, channel, name):
    """400 with the number; nothing is unpacked, and nobody waits."""
    headers, web, rest = BODIES[name]
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {new_token(address)}", **headers}
    path, body = ("web/message", web) if channel == "web" else ("rest/webhook", rest)
    assert len(body) < 4 * MAX_BODY_BYTES, "else it is refused for its size"
    start = time.monotonic()
    answer = httpx.post(f"{address}/webhooks/{path}", content=body, headers=headers, timeout=60)
    taken = time.monotonic() - start
    assert answer.status_code == 400, answer.text
    assert TEAM in answer.text
    assert taken < SECONDS


HEAD = (
    b"POST /webhooks/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer %s\r\n"
)


@pytest.mark.parametrize("path", [b"web/message", b"rest/webhook"])
def test_a_body_without_an_end_is_cut_off(address, path):
    """Whoever says no length and goes on sending is refused after 256 kB, and what is on its way."""
    with connect(address) as connection:
        connection.sendall(HEAD % (path, new_token(address).encode()) + b"Transfer-Encoding: chunked\r\n\r\n")
        piece, sent = b"2000\r\n" + b"a" * 0x2000 + b"\r\n", 0
        # The answer gets lost when something is still on its way, so each piece waits for it a little.
        with suppress(ConnectionError):
            while sent < 20_000_000 and not select.select([connection], [], [], 0.02)[0]:
                connection.sendall(piece)
                sent += len(piece)
            status, _, body = answer_on(connection)
            assert (status, TEAM in body) == (413, True)
    assert 4 * MAX_BODY_BYTES - len(piece) <= sent < 4_000_000
    assert_serves(address)


def test_bodies_that_break_off_do_no_harm(address):
    """Fifty that promise a message and hang up halfway: the next one is answered."""
    for number in range(50):
        with connect(address) as connection:
            length = b"Content-Length: 100\r\n\r\n" if number % 2 else b"Transfer-Encoding: chunked\r\n\r\n50\r\n"
            connection.sendall(HEAD % (b"rest/webhook", b"x") + length + b'{"sender": "a", "mess')
    assert_serves(address)


NO_REQUESTS = {
    "binary": b"\x00\x01\x02\xff\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a line that is no header": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "a header of 9 kB": b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000 + b"\r\n\r\n",
    "a header without an end": b"GET / HTTP/1.1\r\nX: " + b"a" * 12_000,
    "a thousand headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % one for one in range(1000)) + b"\r\n",
    "a chunk of a terabyte": HEAD % (b"rest/webhook", b"x") + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n{}",
    "a chunk of less than nothing": HEAD % (b"rest/webhook", b"x") + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}",
    "no chunk": HEAD % (b"rest/webhook", b"x") + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "a body of a terabyte": HEAD % (b"rest/webhook", b"x") + b"Content-Length: 1099511627776\r\n\r\n{}",
    "an unknown expectation": HEAD % (b"rest/webhook", b"x") + b"Expect: iets\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", NO_REQUESTS)
def test_what_is_no_request_is_refused_with_the_number(address, name):
    """A 4xx, and the server goes on."""
    status, _, body = raw(address, NO_REQUESTS[name])
    assert 400 <= status < 500
    assert TEAM in body
    assert_serves(address)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory) -> Iterator[tuple]:
    """The proxy as deployed, nginx, and a stand-in for the assistant behind it."""
    with standing_in() as worker, running_nginx(tmp_path_factory.mktemp("proxy"), [worker.port]) as nginx:
        yield nginx, worker


# On these Sanic and others do not agree, or Sanic goes wrong.
AMBIGUOUS = {
    "a length below nothing": b"Content-Length: -1\r\n\r\n{}",
    "a length that is no number": b"Content-Length: abc\r\n\r\n{}",
    "no length": b"Content-Length: \r\n\r\n{}",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a length with an underscore": b"Content-Length: 0_2\r\n\r\n{}",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "two codings": b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 2\r\nX: y\r\n\r\n{}",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_the_proxy_lets_no_request_through_that_can_be_read_in_two_ways(proxy, name):
    """Else a second request could hide in the first one, and be answered to someone else."""
    nginx, worker = proxy
    head = b"POST /webhooks/web/message HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    answer = exchange(nginx, head + AMBIGUOUS[name])
    assert answer.split(b" ", 2)[1] in (b"400", b"503"), answer[:200]
    assert TEAM.encode() in answer
    assert worker.seen == []


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_the_server_itself_refuses_them_too(address, name):
    """400 with the number, also without nginx; a length below nothing would stop the whole server."""
    status, _, body = raw(address, HEAD % (b"rest/webhook", b"x") + AMBIGUOUS[name])
    assert (status, TEAM in body) == (400, True)
    assert_serves(address)


@pytest.mark.parametrize("target", ["http://[", "", "/caf\u00e9", "x:80"])
def test_an_address_that_is_none_does_no_harm(address, target):
    """Refused with the number, or hung up on, and the server goes on."""
    with suppress(http.client.HTTPException, ConnectionError):
        status, _, body = raw(address, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert 400 <= status < 500
        assert TEAM in body
    assert_serves(address)


# --- Into the headers of an answer, or into the log.

INJECTIONS = {
    "line feed in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\nSet-Cookie: kanarie=1\r\n\r\n",
    "carriage return in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\rSet-Cookie: kanarie=1\r\n\r\n",
    "line feed in an origin": b"POST /webhooks/web/session HTTP/1.1\r\nHost: x\r\nOrigin: https://a.nl\nSet-Cookie: "
    b"kanarie=1\r\nContent-Length: 0\r\n\r\n",
    "in a path": b"GET /%0d%0aSet-Cookie:%20kanarie=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "in a query": b"GET /?a=%0d%0aSet-Cookie:%20kanarie=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "in a name": b"GET /kanarie HTTP/1.1\r\nHost: x\r\nSet-Cookie: kanarie=1\r\nX-kanarie\x1b[31m: a\r\n\r\n",
    "in a method": b"KANARIE /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\n\r\n",
    "in what proxies add": b"GET / HTTP/1.1\r\nHost: kanarie\r\nX-Forwarded-For: kanarie\r\nForwarded: for=kanarie\r\n"
    b"X-Request-ID: kanarie\r\nUser-Agent: kanarie${jndi:ldap://kanarie}\r\nReferer: kanarie\r\n\r\n",
    "in a token": b"POST /webhooks/web/message HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer kanarie\x1b[31m\r\n"
    b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", INJECTIONS)
def test_nothing_of_a_request_gets_into_headers_or_log(server, address, name):
    """No header that we did not write, and no word of the request in the log."""
    _, headers, body = raw(address, INJECTIONS[name])
    assert "kanarie" not in headers.lower()
    assert "set-cookie" not in headers.lower()
    assert "kanarie" not in body.lower()
    log = server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "kanarie" not in log
    assert "\x1b" not in log


@pytest.mark.parametrize(
    "sender", ["a\r\nSet-Cookie: kanarie=1", "a\nERROR kanarie", "\x1b[31mkanarie", "\u2028kanarie"]
)
def test_the_name_of_a_conversation_gets_into_no_header_and_no_log(server, sender):
    """The client of the REST channel chooses it; it comes back escaped, and only in the body."""
    answer = server.post(json={"sender": sender, "message": "/kanarie ik word bedreigd"})
    assert answer.status_code == 200
    assert TEAM in answer.text
    assert "set-cookie" not in answer.headers
    assert not re.search(r"[\r\n\x1b]", answer.text)
    log = server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "kanarie" not in log
    assert "\x1b" not in log


# --- Holding connections.

SLOW = 100


def test_slow_connections_keep_nobody_waiting_and_are_cut_off(address):
    """A hundred that never finish, half of them with a byte now and then: others are served, and they are sent away."""
    start = time.monotonic()
    crowd = [connect(address) for _ in range(SLOW)]
    try:
        for number, one in enumerate(crowd):
            one.sendall(b"GET / HTTP/1.1\r\nX-" if number % 2 else HEAD % (b"rest/webhook", b"x"))
        for _ in range(5):
            for one in crowd:
                one.sendall(b"a")
            assert_serves(address)
        waiting = set(crowd)
        while waiting and time.monotonic() - start < 60:
            for one in select.select(list(waiting), [], [], 1)[0]:
                status, _, body = answer_on(one)
                assert (status, TEAM in body) == (408, True)
                waiting.discard(one)
            for one in list(waiting)[::2]:
                with suppress(ConnectionError):
                    one.sendall(b"a")
        assert not waiting, f"{len(waiting)} connections are still open"
    finally:
        for one in crowd:
            one.close()
    assert_serves(address)


# --- Addresses that are not there, and sites that may not ask.

# All that Rasa 3.6.21 offers with --enable-api; on most of them it loads models, or shows and changes conversations.
HTTP_API = [
    ("GET", "version"), ("GET", "status"), ("GET", "domain"),
    ("POST", "model/train"), ("POST", "model/test/stories"), ("POST", "model/test/intents"), ("POST", "model/predict"),
    ("POST", "model/parse"), ("PUT", "model"), ("DELETE", "model"),
    ("GET", "conversations/a/tracker"), ("PUT", "conversations/a/tracker/events"),
    ("POST", "conversations/a/tracker/events"), ("GET", "conversations/a/story"), ("POST", "conversations/a/execute"),
    ("POST", "conversations/a/trigger_intent"), ("POST", "conversations/a/predict"),
    ("POST", "conversations/a/messages"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), HTTP_API)
def test_the_http_api_of_rasa_is_off(address, method, path):
    """No model can be loaded and no conversation read or changed from outside."""
    answer = httpx.request(method, f"{address}/{path}", json={"model_file": "/tmp/x.tar.gz"}, timeout=60)
    assert answer.status_code == 404
    assert TEAM in answer.text


@pytest.mark.parametrize("path", ["", "?a", "status", "nergens", "webhooks/rest/", "webhooks/web/", "webhooks/"])
def test_the_version_of_rasa_is_not_told(address, path):
    """Its own page at the root would; who looks for a known fault is not helped."""
    answer = httpx.get(f"{address}/{path}", timeout=60)
    assert "hello from rasa" not in answer.text.lower()
    assert "3.6" not in answer.text + str(answer.headers)
    assert "sanic" not in (answer.text + str(answer.headers)).lower()


PUBLIC = {"/webhooks/web/widget.js", "/webhooks/web/widget.json"}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/metrics", "/webhooks/rest/webhook", "/webhooks/web/session", *sorted(PUBLIC),
             "/webhooks/web/session/end", "/webhooks/web/message", "/webhooks/web/page.html", "/nergens"]
)  # fmt: skip
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
def test_another_site_may_read_the_widget_only(address, method, path):
    """A browser shows a page of another site only what is marked for it."""
    headers = {"Origin": FOREIGN, "Access-Control-Request-Method": "POST"}
    answer = httpx.request(method, address + path, headers=headers, timeout=60)
    shared = answer.headers.get("access-control-allow-origin")
    assert shared in ({None, "*"} if path in PUBLIC else {None})


def test_no_file_names_a_server_to_load_models_or_answers_from(root):
    """Rasa would fetch a model, and so code, from a model server, and send each conversation to an event broker."""
    files = [root / "endpoints.yml", *root.glob("deploy/**/endpoints.yml")]
    for file in files:
        named = set(yaml.safe_load(file.read_text(encoding="utf-8")))
        assert named <= {"action_endpoint", "tracker_store", "lock_store"}, file
    channels = set(yaml.safe_load((root / "credentials.yml").read_text(encoding="utf-8")))
    assert {name.split(".")[0] for name in channels} == {"weerbaar"}, "only channels of our own"


# --- The action server.


@contextmanager
def action_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Runs the action server with the environment that tools/scripts/run.py gives it; yields its port."""
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "scripts"))
    run, started = importlib.import_module("run"), []
    with monkeypatch.context() as patch:
        patch.setattr(run.subprocess, "Popen", lambda command, **options: started.append((command, options)))
        run.start(argparse.Namespace(port=0, action_port=0, interface="127.0.0.1"), folder)
    environment = next(options["env"] for command, options in started if "actions" in command)
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with (folder / "actions.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 120
        while not listens("127.0.0.1", port):
            assert process.poll() is None and time.monotonic() < deadline, log.name
            time.sleep(0.2)
        yield port
    finally:
        stop(process)


def listens(host: str, port: int) -> bool:
    """Says whether something takes connections at this address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(5)
        try:
            return probe.connect_ex((host, port)) == 0
        except OSError:  # no IPv6 on this machine
            return False


def test_the_action_server_is_there_for_this_machine_only(tmp_path, monkeypatch):
    """It has no login: it must not listen on any other address, not even on another one of this machine."""
    with action_server(tmp_path, monkeypatch) as port:
        assert not listens("127.0.0.2", port)
        assert not listens("::1", port)


# --- The model: another one could name any class and hold pickles for it, which run code when they are loaded.


def a_model(folder: Path, name: str, content: bytes = b"model", age: int = 0) -> Path:
    """Writes a model with its checksum beside it; `age` in seconds."""
    model = folder / f"{name}.tar.gz"
    model.write_bytes(content)
    write_checksum(model)
    os.utime(model, (time.time() - age, time.time() - age))
    return model


def test_the_newest_good_model_is_loaded(tmp_path):
    """From a folder, or named itself."""
    a_model(tmp_path, "oud", age=100)
    newest = a_model(tmp_path, "nieuw")
    assert verified_model(tmp_path) == newest
    assert verified_model(newest) == newest


SABOTAGE = {
    "one byte more": lambda model: model.write_bytes(model.read_bytes() + b"\x00"),
    "swapped": lambda model: model.write_bytes(b"van een ander"),
    "empty": lambda model: model.write_bytes(b""),
    "gone": lambda model: model.unlink(),
    "a folder": lambda model: (model.unlink(), model.mkdir()),
    "checksum gone": lambda model: model.with_name(model.name + SUFFIX).unlink(),
    "checksum empty": lambda model: model.with_name(model.name + SUFFIX).write_text(""),
    "checksum of another": lambda model: model.with_name(model.name + SUFFIX).write_text("0" * 64),
    "checksum that is no text": lambda model: model.with_name(model.name + SUFFIX).write_bytes(b"\xff\xfe\x00"),
    "a link to nothing": lambda model: (model.unlink(), model.symlink_to("nergens")),
    "checksum cut short": lambda model: model.with_name(model.name + SUFFIX).write_text(checksum(model)[:20]),
}


@pytest.mark.parametrize("fault", SABOTAGE)
def test_a_model_that_is_not_what_was_trained_is_not_loaded(tmp_path, fault, caplog):
    """With an older good one beside it that one is taken; alone there is none, and the log says what to do."""
    bad = a_model(tmp_path, "nieuw")
    SABOTAGE[fault](bad)
    assert verified_model(tmp_path) is None
    assert "make train" in caplog.text
    older = a_model(tmp_path, "oud", b"model van gisteren", age=100)
    assert verified_model(tmp_path) == older


def test_without_any_model_none_is_loaded(tmp_path):
    """An empty folder, or none at all."""
    assert verified_model(tmp_path) is None
    assert verified_model(tmp_path / "nergens") is None


def test_a_pinned_checksum_counts_above_the_one_beside_the_model(tmp_path, monkeypatch):
    """Whoever can write both files can swap a model, but not what the environment says."""
    wanted = a_model(tmp_path, "oud", b"gekeurd", age=100)
    swapped = a_model(tmp_path, "nieuw", b"untergeschoben")
    assert verified_model(tmp_path) == swapped
    monkeypatch.setenv(PINNED, checksum(wanted).upper())
    assert verified_model(tmp_path) == wanted
    assert verified_model(swapped) is None
    monkeypatch.setenv(PINNED, "0" * 64)
    assert verified_model(tmp_path) is None


def test_a_pinned_model_needs_no_file_beside_it(tmp_path, monkeypatch):
    """As when only the model was copied to the server."""
    model = a_model(tmp_path, "model")
    model.with_name(model.name + SUFFIX).unlink()
    monkeypatch.setenv(PINNED, checksum(model))
    assert verified_model(tmp_path) == model


# --- What is installed.

LOCKS = [str(path.relative_to(ROOT)) for path in [*ROOT.glob("requirements/*.txt"), *ROOT.glob("deploy/uv.txt")]]
PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[\w.!+]+( ; [^\\#]+?)?( --hash=sha256:[0-9a-f]{64})+$")
# The models of spaCy are not on PyPI; packages there with their names are of others.
LOOK_ALIKE = re.compile(r"^([a-z]{2}|xx)[-_.](core|dep|ent|sent)[-_.](news|web|wiki|ud)|core[-_.]news", re.IGNORECASE)


def requirements_in(text: str) -> list[str]:
    """Returns each requirement of a file on one line, without comments."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines())
    return [re.sub(r"\s+", " ", line) for line in lines if line]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hash(root, lock):
    """One version, known files; no address, no other index, no folder."""
    pinned = requirements_in((root / lock).read_text(encoding="utf-8"))
    assert pinned
    assert [line for line in pinned if not PIN.match(line)] == []


@pytest.mark.parametrize(
    "line", ["rasa", "rasa>=3.6", "rasa==3.6.21", "--index-url https://a.example", "--extra-index-url x", "-f wheels",
             "-e .", "./rasa", "rasa @ https://a.example/rasa.whl"]
)  # fmt: skip
def test_the_check_of_the_pins_finds_faults(line):
    """A check that takes everything proves nothing."""
    assert not PIN.match(line)


def test_what_is_wished_for_is_pinned(root):
    """Who adds a package to an .in file and forgets `make lock` would install it without a hash, or not at all."""
    for wished in (root / "requirements").glob("*.in"):
        locked = requirements_in(wished.with_suffix(".txt").read_text(encoding="utf-8"))
        names = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in locked}
        for line in requirements_in(wished.read_text(encoding="utf-8")):
            if not line.startswith("-r "):
                assert re.match(r"^[\w.-]+(\[[\w,-]+\])?([=<>!~].*)?$", line), f"{wished.name}: {line}"
                assert re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") in names, f"{line}: run `make lock`"


def test_no_package_looks_like_a_model_of_spacy(root):
    """Explosion publishes its pipelines on its release page only; install_nl_model.py fetches from there."""
    for file in [*root.glob("requirements/*"), *root.glob("deploy/uv.txt")]:
        names = [re.match(r"[\w.-]*", line)[0] for line in requirements_in(file.read_text(encoding="utf-8"))]
        assert [name for name in names if LOOK_ALIKE.search(name)] == []
    for name in ("nl-core-news-sm", "nl_core_news_lg", "en_core_web_sm", "xx-ent-wiki-sm", "my-core-news"):
        assert LOOK_ALIKE.search(name)


# --- The pages about it.


def test_the_threat_model_names_tests_that_exist(root):
    """Each `file::test` in the page; a proof that is gone is no proof."""
    named = re.findall(r"(tests/\w+\.py)::(\w+)", (root / "docs" / "threat-model.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    files = {file: (root / file).read_text(encoding="utf-8") for file, _ in named if (root / file).is_file()}
    missing = [f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in files.get(file, "")]
    assert missing == []


def test_the_security_page_names_the_versions_that_are_installed(root):
    """Who reads it decides by it; it must not lag behind the lock file."""
    page = (root / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| ([A-Za-z][\w.-]*) (\d[\w.]*) \|", page, re.MULTILINE)
    assert len(named) > 5
    locked = requirements_in((root / "requirements" / "runtime.txt").read_text(encoding="utf-8"))
    pins = {tuple(line.split(" ")[0].split("==")) for line in locked}
    python = (root / ".python-version").read_text(encoding="utf-8").strip()
    pins.add(("python", python))
    assert [one for one in named if (one[0].lower(), one[1]) not in pins] == []
