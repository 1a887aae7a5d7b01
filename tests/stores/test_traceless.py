"""The promise that nothing is kept: marked words go in by every path, and are looked for everywhere afterwards."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat import ROOT, Chat, new_sender, running_assistant
from redis_server import RedisServer, redis_endpoints, running_redis

KEPT_MINUTES = 0.05
# The environment and its caches, and the version control: no process of ours writes there.
NOT_SEARCHED = {".venv", ".git", ".uv", "node_modules", ".hypothesis"}


@pytest.fixture(scope="module")
def canary() -> str:
    """A word that was never written anywhere before."""
    return f"kanarie{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[RedisServer]:
    """A real Redis server."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def started() -> float:
    """When the tests of this file began, as files tell time."""
    return time.time() - 1


@pytest.fixture(scope="module")
def kept() -> list[str]:
    """What Redis held at any time while everything was being said."""
    return []


@pytest.fixture(scope="module")
def chat(tmp_path_factory, redis, canary, started, kept) -> Iterator[Chat]:
    """An assistant to which everything has been said by every path."""
    endpoints = redis_endpoints(redis.url)
    endpoints["tracker_store"]["minutes"] = KEPT_MINUTES
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    folder, channels = tmp_path_factory.mktemp("traceless"), {"sabotage.SabotageInput": None}
    with running_assistant(folder, True, endpoints=endpoints, channels=channels, environment=paths) as chat:
        for _ in say_everywhere(chat, canary):
            kept += [redis.client.get(key) or "" for key in redis.client.keys("*")]
        yield chat


def say_everywhere(chat: Chat, canary: str) -> Iterator[None]:
    """Says the marked word in a message, a button, an id, a header, an address, through errors, and to the actions.

    Stops now and then, so that can be seen what is kept: it is gone soon.
    """
    sender, said = f"{canary}-afzender", f"Er lag een kogel in de brievenbus, zegt {canary}"
    chat.say(said, sender)
    chat.say(f"🦄 {canary} ♞", sender)
    chat.say(f'/functie_opgeven{{"functie": "{canary}"}}', sender)
    chat.post(content=f'{{"sender": "{canary}", "message": '.encode(), headers={"Content-Type": "application/json"})
    yield
    web = httpx.Client(base_url=chat.root, timeout=30, headers={"X-Forwarded-For": canary, "Referer": canary})
    headers = {"Authorization": f"Bearer {web.post('/webhooks/web/session').json()['session']}"}
    for body in ({"text": said}, {"payload": f"/{canary}"}, {"text": said, "id": canary}, {"text": canary * 200}):
        web.post("/webhooks/web/message", headers=headers, json=body)
        yield
    web.post("/webhooks/web/message", headers={"Authorization": f"Bearer {canary}"}, json={"text": canary})
    web.post("/webhooks/web/vote", headers=headers, json={"vote": canary, "helps": True})
    web.get(f"/{canary}?{canary}={canary}")
    for fault in ("component", "policy", "response", "store", "crash"):
        httpx.post(f"{chat.root}/webhooks/sabotage/{fault}", timeout=30)
        chat.say(said, new_sender())
        web.post("/webhooks/web/message", headers=headers, json={"text": said})
        yield
        httpx.post(f"{chat.root}/webhooks/sabotage/heal", timeout=30)
    actions = f"http://127.0.0.1:{chat.action_port}/webhook"
    for body in ({"next_action": canary}, {"next_action": "action_stel_onderwerpen_voor", "tracker": [canary]}, canary):
        httpx.post(actions, json=body, timeout=30)
    httpx.post(actions, content=canary.encode(), timeout=30)


def test_nothing_is_in_the_logs(chat, canary):
    """Neither of the server nor of the action server, though both were made to fail."""
    for log in (chat.log, chat.log.with_name("actions.log")):
        assert canary not in log.read_text(encoding="utf-8", errors="replace")
    assert "RuntimeError" in chat.log.read_text(encoding="utf-8", errors="replace")


def test_nothing_is_on_disk(chat, canary, started):
    """No file that was written since holds the word or is named after it."""
    for place in {ROOT, Path(tempfile.gettempdir())}:
        for folder, folders, names in os.walk(place):
            folders[:] = [name for name in folders if name not in NOT_SEARCHED]
            for path in (Path(folder, name) for name in names):
                assert canary not in path.name
                assert not (is_new(path, started) and canary.encode() in path.read_bytes()), path


def is_new(path: Path, started: float) -> bool:
    """Says whether it is a file that was written to since."""
    try:
        return path.is_file() and path.stat().st_mtime >= started
    except OSError:  # gone meanwhile
        return False


def test_nothing_is_in_open_files(chat, canary):
    """Also not in files that have no name any more."""
    for process in (chat.server, chat.actions):
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            if descriptor.resolve().is_file() or "(deleted)" in os.readlink(descriptor):
                assert canary.encode() not in descriptor.read_bytes()


def test_nothing_is_in_what_the_server_tells(chat, canary):
    """Not in the metrics, not in the state."""
    for address in ("metrics", "readyz", "healthz"):
        assert canary not in httpx.get(f"{chat.root}/{address}", timeout=10).text


def test_redis_forgets_everything(chat, redis, canary, kept):
    """What is kept while a conversation lasts holds no word of it, and after its time nothing is left at all."""
    assert any("user" in value for value in kept)
    assert not any(canary in value for value in kept)
    deadline = time.monotonic() + KEPT_MINUTES * 60 + 15
    while redis.client.dbsize() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert redis.client.keys("*") == []
