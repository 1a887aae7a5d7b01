"""Starts a real assistant on free ports and talks to it over its REST channel."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import yaml

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 180
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}

# The ports that were given to somebody, who may not listen yet.
_given: set[int] = set()
# A browser opens no page at these.
UNSAFE_PORTS = {5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697}
# All tests come from one address, within minutes.
MANY = {"messages_per_minute": 1000, "requests_per_minute": 100_000, "sessions_per_minute": 100_000}

# The owner's pages that the stand-alone page links to.
PAGES = {"privacy_url": "/privacy", "accessibility_url": "https://www.example.nl/toegankelijkheid"}

Messages = list[dict[str, Any]]


class NotStarted(RuntimeError):
    """The assistant did not start; the message holds the end of its log."""


class Chat:
    """Talks to a running assistant.

    Attributes:
        address: that of the REST channel.
        log: the file in which the server writes.
        site: the origin of a website that may embed the chat, also in a frame; nothing listens there until a test does.
        server: its process.
        actions: that of the action server, if there is one.
        action_port: where that listens.
    """

    def __init__(self, port: int, log: Path, site: str, server: subprocess.Popen, action_port: int) -> None:
        """Takes the port of the server, and what the attributes say."""
        self.root = f"http://127.0.0.1:{port}"
        self.address, self.log, self.site = f"{self.root}/webhooks/rest", log, site
        self.server, self.action_port = server, action_port
        self.actions: subprocess.Popen | None = None
        self._client = httpx.Client(timeout=120)

    def say(self, text: str, sender: str | None = None) -> Messages:
        """Returns the reply to `text`; without a sender it is the first message of a new conversation."""
        response = self.post(json={"sender": sender or new_sender(), "message": text})
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, **request: Any) -> httpx.Response:
        """Posts anything at all (`json=`, `content=`) to the webhook and returns the bare response."""
        return self._client.post(f"{self.address}/webhook", **request)

    def metric(self, name: str) -> float:
        """Returns the sum of a metric over the labels with which `name` begins."""
        lines = self._client.get(f"{self.root}/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def health(self) -> httpx.Response:
        """Asks whether the server is ready."""
        return self._client.get(f"{self.root}/readyz")


def agent_of(engine: Callable[[Any], Awaitable[Any]], store: Any) -> Any:
    """Returns an agent of which the dialogue engine behaves as `engine`, for tests of what a channel then does."""
    from weerbaar.stores.locks import ConversationLockStore

    return SimpleNamespace(
        is_ready=lambda: True,
        lock_store=ConversationLockStore(),
        tracker_store=store,
        processor=SimpleNamespace(handle_message=engine),
    )


def new_sender() -> str:
    """Returns an id for a new conversation."""
    return f"test-{uuid.uuid4().hex}"


def text_of(messages: Messages) -> str:
    """Returns all texts of a reply, with a line between."""
    return "\n".join(message["text"] for message in messages if message.get("text"))


def handoff_of(messages: Messages) -> dict[str, Any] | None:
    """Returns the first handoff payload of a reply, or None."""
    payloads = [message["custom"] for message in messages if message.get("custom")]
    return next((payload for payload in payloads if payload.get("type") == "doorverwijzing"), None)


def buttons_of(messages: Messages) -> dict[str, str]:
    """Returns the payload of each button of a reply by its title."""
    return {button["title"]: button["payload"] for message in messages for button in message.get("buttons") or []}


@contextmanager
def running_assistant(
    folder: Path,
    with_actions: bool,
    plain_rasa: bool = False,
    channels: dict[str, Any] | None = None,
    endpoints: dict[str, Any] | None = None,
    model: Path | None = None,
    environment: dict[str, str] | None = None,
    ready: str = "readyz",
    workers: int = 1,
) -> Iterator[Chat]:
    """Runs the assistant, and its action server if asked, until the block ends; logs go to `folder`.

    `plain_rasa` starts it by `rasa run --cors "*"`, without our changes to Rasa; else as in production. `channels`,
    `endpoints` and `environment` are added to what credentials.yml, endpoints.yml and the environment say; the web
    channel asks for votes. `ready` is the address that must answer before the block begins. Of several `workers` the
    first is yielded; the others listen on the ports after its own.
    """
    if not list(ROOT.glob("models/*.tar.gz")):
        raise NotStarted("There is no trained model in models/: run `make train` first.")
    action_port, port, site = free_port(), free_port(workers), f"http://127.0.0.1:{free_port()}"
    settings = {
        "endpoints": {**read("endpoints.yml"), **(endpoints or {})},
        "credentials": {**read("credentials.yml"), **(channels or {})},
    }
    settings["endpoints"]["action_endpoint"]["url"] = f"http://127.0.0.1:{action_port}/webhook"
    web = {"origins": [site], "frame_ancestors": ["'self'", site], "votes": True, **PAGES, **MANY}
    settings["credentials"]["weerbaar.channels.web.WebInput"].update(web)
    arguments = ["--port", str(port), "--interface", "127.0.0.1", *(["--model", str(model)] if model else [])]
    arguments += ["--workers", str(workers)] if workers > 1 else []
    for name, content in settings.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        arguments += [f"--{name}", str(folder / f"{name}.yml")]
    log, actions_log = folder / "server.log", folder / "actions.log"
    command = ["rasa", "run", "--cors", "*"] if plain_rasa else ["weerbaar.server"]
    server = start([*command, *arguments], log, environment)
    chat = Chat(port, log, site, server, action_port)
    try:
        if with_actions:
            chat.actions = start_actions(action_port, actions_log)
        wait_until_ready(f"{chat.root}/{ready}", server, log)
        yield chat
    finally:
        for process in (server, chat.actions):
            if process:
                stop(process)


def start_actions(port: int, log: Path) -> subprocess.Popen:
    """Starts the action server and waits until it answers."""
    process = start(["rasa_sdk", "--actions", "actions", "--port", str(port)], log, {"SANIC_HOST": "127.0.0.1"})
    wait_until_ready(f"http://127.0.0.1:{port}/health", process, log)
    return process


def run_python(*arguments: str, without: Collection[str] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in the root of the repository until it ends.

    `environment` is added to the variables of this process, but for those in `without`.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in without}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**inherited, **QUIET, "PYTHONPATH": str(ROOT), **environment},
    )


def read(name: str) -> dict[str, Any]:
    """Returns the content of a YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def free_port(in_a_row: int = 1) -> int:
    """Returns a port that nothing listens to, from a range of this process: tests run side by side.

    With `in_a_row` it is the first of so many.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    while True:
        port = 5100 + 600 * worker + random.randrange(600 - in_a_row)
        ports = set(range(port, port + in_a_row))
        if not ports & (UNSAFE_PORTS | _given) and all(map(is_free, ports)):
            _given.update(ports)
            return port


def is_free(port: int) -> bool:
    """Says whether nothing listens to a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def start(arguments: list[str], log: Path, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """Starts a Python module with arguments in the root of the repository, in a process group of its own."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **QUIET, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_ready(address: str, process: subprocess.Popen, log: Path) -> None:
    """Waits until `address` answers {"status": "ok"}; raises NotStarted with the end of the log when it does not."""
    deadline = time.monotonic() + SECONDS_TO_START
    status: dict[str, Any] = {}
    while process.poll() is None and time.monotonic() < deadline and not has_failed(status):
        time.sleep(0.5)
        try:
            status = httpx.get(address, timeout=5).json()
        except (httpx.HTTPError, ValueError):
            continue
        if status.get("status") == "ok":
            return
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
    raise NotStarted(f"{address} did not become ready; it answered {status or 'nothing'}.\nThe end of {log}:\n{tail}")


def has_failed(status: dict[str, Any]) -> bool:
    """Says whether the server has done its self-test and failed: waiting longer is of no use."""
    return any(failure.startswith("sentence") for failure in status.get("failures") or [])


def stop(process: subprocess.Popen) -> None:
    """Ends a process and its children, first with a request, then by force."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, how)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                continue
