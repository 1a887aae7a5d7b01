"""The fault table of docs/faults.md: whatever breaks, a person in need gets the number.

Each test breaks one thing under a real server, asks for help meanwhile, mends it, and waits until all is well again.
The measured times are written to results/faults.md.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from chat import ROOT, Chat, buttons_of, new_sender, running_assistant, start_actions, stop, text_of
from redis_server import RedisServer, redis_endpoints, running_redis
from release_tools import new_key, sign

from weerbaar.contacts import safety_text
from weerbaar.server.model_file import KEY, write_checksum

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

TEAM = "070-3738314"
SERIOUS = "Iemand heeft een brief gestuurd waarin staat dat hij mij doodschiet."
UNCLEAR = "🦄 ♞ 🦄"
MOST_SECONDS = 16.0


@pytest.fixture(scope="module")
def rows() -> Iterator[list]:
    """The rows of the table: (fault, slowest answer meanwhile in seconds, seconds until all was well)."""
    rows: list = []
    yield rows
    (ROOT / "results").mkdir(exist_ok=True)
    lines = [f"| {fault} | {slowest:.1f} | {recovered} |" for fault, slowest, recovered in rows]
    (ROOT / "results" / "faults.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Iterator[Chat]:
    """An assistant of this file's own, on its own memory, that can be sabotaged."""
    folder = tmp_path_factory.mktemp("faults")
    with running_assistant(folder, with_actions=True, **SABOTAGED) as chat:
        yield chat


SABOTAGED = {"channels": {"sabotage.SabotageInput": None}, "environment": {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}}


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[RedisServer]:
    """A real Redis server."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def worker(tmp_path_factory, redis) -> Iterator[Chat]:
    """An assistant that keeps its conversations in that Redis."""
    folder = tmp_path_factory.mktemp("worker")
    with running_assistant(folder, with_actions=False, endpoints=redis_endpoints(redis.url)) as chat:
        yield chat


def sabotage(chat: Chat, fault: str) -> None:
    """Breaks something inside the server."""
    assert httpx.post(f"{chat.root}/webhooks/sabotage/{fault}", timeout=30).status_code == 204


def helped(chat: Chat, text: str = SERIOUS, sender: str | None = None) -> float:
    """Asks for help; returns how long the answer took, in seconds. Both numbers or the team's must be in it."""
    start = time.monotonic()
    said = text_of(chat.say(text, sender))
    assert TEAM in said, said
    taken = time.monotonic() - start
    assert taken < MOST_SECONDS
    return taken


def until_well(chat: Chat, sender: str | None = None) -> float:
    """Waits until the real handoff is said again; returns after how many seconds."""
    start = time.monotonic()
    while time.monotonic() - start < 60:
        try:
            said = text_of(chat.say(SERIOUS, sender))
        except httpx.HTTPError:
            said = ""
        if TEAM in said and safety_text() not in said:
            return time.monotonic() - start
        time.sleep(0.2)
    raise AssertionError("the assistant did not recover within a minute")


def web_session(chat: Chat) -> tuple:
    """Starts a session in a browser; returns (client, headers)."""
    client = httpx.Client(base_url=f"{chat.root}/webhooks/web", timeout=30)
    return client, {"Authorization": f"Bearer {client.post('/session').json()['session']}"}


# The action server.


def test_the_action_server_is_killed_and_comes_back(alone, rows):
    """The answer keeps its number and loses its suggestions only; they are back with the action server."""
    stop(alone.actions)
    slowest = helped(alone)
    messages = alone.say(UNCLEAR)
    assert TEAM in text_of(messages)
    assert len(buttons_of(messages)) < 2
    alone.actions = start_actions(alone.action_port, alone.log.with_name("actions.log"))
    start = time.monotonic()
    assert buttons_of(alone.say(UNCLEAR))
    rows.append(("action server killed", slowest, f"{time.monotonic() - start:.1f} s after it is back"))


def test_the_action_server_hangs(alone, rows):
    """Whoever was not understood has the number within seconds; a serious message does not need it at all."""
    os.kill(alone.actions.pid, signal.SIGSTOP)
    try:
        assert helped(alone) < 2
        slowest = helped(alone, UNCLEAR)
    finally:
        os.kill(alone.actions.pid, signal.SIGCONT)
    rows.append(("action server hangs", slowest, f"{until_well(alone):.1f} s"))


GARBAGE = [
    (200, b"geen json"),
    (200, b"[]"),
    (200, b'{"events": 5, "responses": "x"}'),
    (200, b'{"responses": [{"text": 7}]}'),
    (500, b"<h1>fout</h1>"),
    (404, b""),
    (200, b"\xff" * 100_000),
]


@pytest.mark.parametrize("answer", GARBAGE, ids=range(len(GARBAGE)))
def test_the_action_server_answers_garbage(alone, answer, rows):
    """Whatever it says, the number stays."""
    stop(alone.actions)
    with stand_in(alone.action_port, *answer):
        slowest = helped(alone, UNCLEAR)
    alone.actions = start_actions(alone.action_port, alone.log.with_name("actions.log"))
    rows.append((f"action server answers garbage ({answer[0]}, {len(answer[1])} bytes)", slowest, "the next message"))
    assert buttons_of(alone.say(UNCLEAR))


@contextmanager
def stand_in(port: int, status: int, body: bytes) -> Iterator[None]:
    """Answers every request on the port with this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


# Inside the server.


@pytest.mark.parametrize(
    ("fault", "status"),
    [("component", 503), ("encoder", 503), ("policy", 503), ("response", 503), ("store", 200)],
)
def test_a_part_of_the_assistant_fails(alone, fault, status, rows):
    """The number comes all the same, `/readyz` tells, no word of the user is in the log, and it heals at once.

    When only the store fails the handoff itself is still said: that needs no memory.
    """
    sabotage(alone, fault)
    try:
        slowest = helped(alone, f"{SERIOUS} kanariepiet")
        time.sleep(2.1)
        ready = httpx.get(f"{alone.root}/readyz", timeout=10).status_code
    finally:
        sabotage(alone, "heal")
    assert ready == status
    rows.append((f"a {fault} raises an error", slowest, f"{until_well(alone):.1f} s"))
    assert "kanarie" not in alone.log.read_text(encoding="utf-8", errors="replace")


def test_the_event_loop_is_blocked(alone, rows):
    """Nothing is lost: what was asked meanwhile is answered when it is free again; `/healthz` is silent till then."""
    sabotage(alone, "block")
    time.sleep(0.3)
    with pytest.raises(httpx.TimeoutException):
        httpx.get(f"{alone.root}/healthz", timeout=1)
    slowest = helped(alone)
    rows.append(("event loop blocked for 4 s", slowest, f"{until_well(alone):.1f} s after it is free"))


@pytest.mark.parametrize("day", ["tomorrow", "yesterday"])
def test_the_clock_jumps(alone, day, rows):
    """A conversation goes on; the number is said as ever."""
    sender = new_sender()
    helped(alone, sender=sender)
    sabotage(alone, day)
    try:
        slowest = max(helped(alone, sender=sender), helped(alone))
    finally:
        sabotage(alone, "heal")
    rows.append((f"clock jumps to {day}", slowest, f"{until_well(alone, sender):.1f} s"))


# Its surroundings.


@contextmanager
def limited(process: subprocess.Popen, what: int, limit: int) -> Iterator[None]:
    """Lowers a limit of a running process."""
    before = resource.prlimit(process.pid, what)
    resource.prlimit(process.pid, what, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, what, before)


def test_the_disk_is_full(alone, rows):
    """Serving needs no disk: every write to a file fails, the answers come."""
    with limited(alone.server, resource.RLIMIT_FSIZE, 0):
        slowest = max(helped(alone), helped(alone, UNCLEAR))
        assert alone.health().status_code == 200
    rows.append(("disk full", slowest, "not needed"))


def test_the_log_cannot_be_written_and_the_server_is_stopped(tmp_path, rows):
    """An error that cannot even be logged is answered; and a reply under way at SIGTERM still comes."""
    with running_assistant(tmp_path, with_actions=False, **SABOTAGED) as chat:
        sabotage(chat, "component")
        with limited(chat.server, resource.RLIMIT_FSIZE, 0):
            slowest = helped(chat)
        rows.append(("a component raises and the log cannot be written", slowest, "not needed"))
        sabotage(chat, "heal")
        sabotage(chat, "slow")
        answers: list = []
        asking = threading.Thread(target=lambda: answers.append(helped(chat)))
        asking.start()
        time.sleep(1)
        start = time.monotonic()
        os.kill(chat.server.pid, signal.SIGTERM)
        asking.join(timeout=12)
        chat.server.wait(timeout=12)
        taken = time.monotonic() - start
    assert answers, "the reply that was under way got lost"
    assert taken < 10
    rows.append(("SIGTERM during a reply of 3 s", answers[0], f"ends in {taken:.1f} s; the supervisor starts it anew"))


def test_file_descriptors_run_out(alone, rows):
    """Those who are in are served; when the others go it takes new ones again."""
    client = httpx.Client(timeout=60)
    said = {"sender": new_sender(), "message": SERIOUS}
    client.post(f"{alone.address}/webhook", json=said)
    used = len(os.listdir(f"/proc/{alone.server.pid}/fd"))
    crowd = []
    with limited(alone.server, resource.RLIMIT_NOFILE, used + 10):
        for _ in range(60):
            crowd.append(socket.create_connection(("127.0.0.1", int(alone.root.rsplit(":", 1)[1])), timeout=5))
        start = time.monotonic()
        assert TEAM in client.post(f"{alone.address}/webhook", json=said).text
        slowest = time.monotonic() - start
        for one in crowd:
            one.close()
        recovered = until_well(alone)
    rows.append(("no file descriptors left", slowest, f"{recovered:.1f} s after the others left"))


def test_clients_that_read_slowly_or_never(alone, rows):
    """Five hundred that ask and never read, and one that types a byte a second, do not keep others from an answer."""
    port = int(alone.root.rsplit(":", 1)[1])
    body = json.dumps({"sender": "traag", "message": "hallo"}).encode()
    head = b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    crowd = []
    for number in range(500):
        one = socket.create_connection(("127.0.0.1", port), timeout=10)
        one.sendall(head + (b"%d\r\n\r\n%s" % (len(body), body) if number % 10 == 0 else b"100\r\n\r\n{"))
        crowd.append(one)
    slowest = max(helped(alone) for _ in range(3))
    for one in crowd:
        one.close()
    rows.append(("500 clients that never read or never finish", slowest, f"{until_well(alone):.1f} s"))


# The model.


@pytest.mark.parametrize("fault", ["missing", "corrupt", "swapped", "unsigned"])
def test_the_model_cannot_be_used_at_start(fault, tmp_path, rows):
    """The server starts, says that it is not ready, and answers every message with the numbers."""
    models = tmp_path / "models"
    models.mkdir()
    environment = {KEY: str(new_key(tmp_path)[1])} if fault == "unsigned" else {}
    if fault == "unsigned":
        shutil.copy(max(ROOT.glob("models/*.tar.gz")), models / "model.tar.gz")
        write_checksum(models / "model.tar.gz")
    elif fault != "missing":
        model = models / "model.tar.gz"
        model.write_bytes(b"\x1f\x8b not a model")
        if fault == "corrupt":
            write_checksum(model)  # so that loading it is tried
    with running_assistant(tmp_path, False, model=models, ready="healthz", environment=environment) as chat:
        slowest = helped(chat)
        assert httpx.get(f"{chat.root}/readyz", timeout=10).status_code == 503
        refused = httpx.post(f"{chat.root}/webhooks/web/session", timeout=10)
        assert refused.status_code == 503
        assert TEAM in refused.text
    rows.append((f"model {fault} at start", slowest, "after a good model and a restart"))


def test_the_model_file_goes_bad_under_a_running_server(tmp_path, rows):
    """A running server does not read it again; a new start passes it over and takes the good, signed one before it."""
    models = tmp_path / "models"
    models.mkdir()
    good = max(ROOT.glob("models/*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for name in ("oud.tar.gz", "nieuw.tar.gz"):
        shutil.copy(good, models / name)
        write_checksum(models / name)
        time.sleep(0.05)
    (models / "nieuw.tar.gz").write_bytes(b"kapot")
    private, public = new_key(tmp_path)
    sign(models / "oud.tar.gz", private)
    start = time.monotonic()
    with running_assistant(tmp_path, False, model=models, environment={KEY: str(public)}) as chat:
        recovered = time.monotonic() - start
        for path in models.iterdir():
            Path(path).write_bytes(b"kapot")
        slowest = helped(chat)
        assert chat.health().status_code == 200
    rows.append(("newest model bad at a new start", slowest, f"takes the one before it: ready in {recovered:.0f} s"))


# Redis.


@pytest.mark.parametrize("fault", ["kill", "freeze", "fill"])
def test_redis_fails(worker, redis, fault, rows):
    """The handoff is said all the same, in the web channel too; afterwards conversations are in Redis again."""
    client, headers = web_session(worker)
    getattr(redis, fault)()
    slowest = 0.0
    try:
        for _ in range(2):
            slowest = max(slowest, helped(worker))
            answer = client.post("/message", headers=headers, json={"text": SERIOUS})
            assert answer.status_code == 200
            assert TEAM in answer.json()["messages"][0]["text"]
        assert worker.health().status_code == 200
    finally:
        {"kill": redis.start, "freeze": redis.thaw, "fill": redis.empty}[fault]()
    start = time.monotonic()
    sender = new_sender()
    while not redis.client.exists(f"gesprek:{sender}"):
        assert time.monotonic() - start < 30, "Redis is not used again"
        helped(worker, sender=sender)
        time.sleep(0.2)
    rows.append((f"Redis: {fault}", slowest, f"{time.monotonic() - start:.1f} s after it is back"))


def test_wiping_is_not_promised_while_redis_is_away(worker, redis):
    """Whoever wipes then is told that it failed, with the numbers, and the conversation is not given out again."""
    client, headers = web_session(worker)
    redis.freeze()
    try:
        answer = client.delete("/session", headers=headers)
    finally:
        redis.thaw()
    assert answer.status_code == 503
    assert TEAM in answer.text
