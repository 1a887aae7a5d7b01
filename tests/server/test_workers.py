"""Several workers that were forked from the process that loaded the model: one memory, and none is missed for long."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from chat import Chat, free_port, handoff_of, run_python, running_assistant, text_of
from redis_server import redis_endpoints, running_redis

from tools.benchmarks.processes import PARENT, stat

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

TEAM = "070-3738314"
WORKERS = 2
# A worker that hangs is noticed after some fifteen seconds.
SECONDS = 60


def pids_of(chat: Chat) -> set[int]:
    """Returns the processes of the workers."""
    found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {pid for pid in found if (stat(pid) or ["", "0"])[PARENT] == str(chat.server.pid)}


def megabytes(pid: int, *rows: str) -> int:
    """Returns the sum of these rows of what Linux says of the memory of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(rows)) // 1024


def worker(chat: Chat, number: int) -> Chat:
    """Returns one of the workers, counted from 0."""
    return Chat(int(chat.root.rpartition(":")[2]) + number, chat.log, chat.site, chat.server, chat.action_port)


def assert_most_is_shared(pid: int) -> None:
    """Fails when a process holds a model of its own."""
    assert megabytes(pid, "Private") < megabytes(pid, "Rss") / 3


def is_ready(chat: Chat) -> bool:
    """Says whether a worker answers that it is ready."""
    try:
        return chat.health().status_code == 200
    except httpx.HTTPError:
        return False


def wait_for(happens, seconds: float = SECONDS) -> None:
    """Waits until a condition holds; fails after some time."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Two workers of one process, with a Redis."""
    folder = tmp_path_factory.mktemp("workers")
    with (
        running_redis(folder) as redis,
        running_assistant(folder, with_actions=False, endpoints=redis_endpoints(redis.url), workers=WORKERS) as chat,
    ):
        wait_for(lambda: all(is_ready(worker(chat, number)) for number in range(WORKERS)))
        yield chat


def test_every_worker_hands_off(shared):
    """What was told to one is known to the next, and each counts for itself."""
    for number in range(WORKERS):
        before = worker(shared, number).metric("weerbaar_handoffs_total")
        said = worker(shared, number).say("Er lag een kogelbrief op de mat en ik durf niet naar huis.", f"w{number}")
        assert TEAM in text_of(said)
        assert worker(shared, number).metric("weerbaar_handoffs_total") == before + 1
    worker(shared, 0).say("Ik ben raadslid.", "w-role")
    told = worker(shared, 1).say("Er lag een kogelbrief op de mat en ik durf niet naar huis.", "w-role")
    assert handoff_of(told)["functie"] == "raadslid"


def test_the_model_is_in_memory_once(shared):
    """Of a worker most is shared with the others. The process that forks them has no other thread, as a fork needs."""
    assert len(list(Path(f"/proc/{shared.server.pid}/task").iterdir())) == 1
    assert len(pids_of(shared)) == WORKERS
    for pid in pids_of(shared):
        assert_most_is_shared(pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["ends", "hangs"])
def test_a_worker_that_is_lost_is_replaced(shared, how):
    """The other goes on meanwhile, and the new one has the model at once."""
    wait_for(lambda: all(is_ready(worker(shared, number)) for number in range(WORKERS)))
    before = pids_of(shared)
    lost = min(before)
    os.kill(lost, how)
    others = [worker(shared, number) for number in range(WORKERS)]
    wait_for(lambda: lost not in pids_of(shared) and len(pids_of(shared)) == WORKERS)
    assert before - {lost} < pids_of(shared)
    wait_for(lambda: all(map(is_ready, others)))
    for one in others:
        assert TEAM in text_of(one.say("Iemand heeft gedreigd mijn huis in brand te steken."))
    for pid in pids_of(shared):
        assert_most_is_shared(pid)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["asked", "killed"])
def test_all_end_together(how, tmp_path):
    """No worker stays behind, whatever happens to the process that started it."""
    with (
        running_redis(tmp_path) as redis,
        running_assistant(
            tmp_path, with_actions=False, endpoints=redis_endpoints(redis.url), workers=WORKERS, ready="healthz"
        ) as chat,
    ):
        pids = pids_of(chat)
        os.kill(chat.server.pid, how)
        status = chat.server.wait(timeout=30)
        assert status == (0 if how == signal.SIGTERM else -signal.SIGKILL)
        wait_for(lambda: all((stat(pid) or ["Z"])[0] == "Z" for pid in pids))  # Z: ended, and nobody looked how


def refusal(*options: str, **environment: str) -> str:
    """Returns the last line of a server that does not start."""
    result = run_python("-m", "weerbaar.server", *options, **environment)
    assert result.returncode == 1, result.stderr
    return result.stderr.splitlines()[-1]


def test_several_workers_without_a_redis_are_refused():
    """Each would know only a part of the conversations."""
    assert "endpoints.yml names none" in refusal("--workers", "2")


def test_settings_that_are_missing_are_named():
    """In a line, and not as a traceback."""
    assert refusal("--endpoints", "deploy/endpoints.yml", REDIS_URL="redis://127.0.0.1:1").startswith("serving: ")


def test_a_port_that_is_taken_is_named():
    """Nothing is loaded, and the server does not end as if all were well."""
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert refusal("--port", str(port)).startswith(f"serving: port {port} cannot be opened")


def test_without_patches_one_worker_serves(tmp_path):
    """Each would load a model of its own, and TensorFlow, for which there may be no memory."""
    with (
        running_redis(tmp_path) as redis,
        running_assistant(
            tmp_path,
            with_actions=False,
            endpoints=redis_endpoints(redis.url),
            environment={"WEERBAAR_PATCHES": "off"},
            workers=WORKERS,
        ) as chat,
    ):
        assert TEAM in text_of(chat.say("Iemand heeft gedreigd mijn huis in brand te steken."))
        assert "tensorflow" in Path(f"/proc/{chat.server.pid}/maps").read_text()
        with pytest.raises(httpx.ConnectError):
            worker(chat, 1).health()
