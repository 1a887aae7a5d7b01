"""Starts and stops the servers to measure, and times their start."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 300
POLL_SECONDS = 0.05
STOP_SECONDS = 20
LOG_TAIL = 15


class NotStarted(RuntimeError):
    """Raised when a server does not start; the message says what went wrong."""


def free_port() -> int:
    """Returns a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a command in its own session until the block ends, with its output in `log`."""
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(folder)}
    with log.open("ab") as output:
        started = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **quiet},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            if started.poll() is None:
                os.killpg(started.pid, how)
                try:
                    started.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue


def wait_for_answer(server: subprocess.Popen[bytes], port: int, text: str, expected: str, log: Path) -> float:
    """Sends a message until the answer is right; returns the seconds since the call.

    Args:
        server: the process, started just before.
        port: the port on which it will listen.
        text: the message.
        expected: what the right answer contains; empty if any text is right.
        log: the log file of the server.

    Raises:
        NotStarted: the server ended, or gave no right answer in time.
    """
    begun, answer = time.perf_counter(), "nothing"
    while server.poll() is None and time.perf_counter() - begun < START_SECONDS:
        asked = time.perf_counter()
        found = _ask(port, text)
        if found is not None:
            answer = found
            if answer and expected.lower() in answer.lower():
                return time.perf_counter() - begun
        time.sleep(max(0.0, POLL_SECONDS - (time.perf_counter() - asked)))
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL:])
    raise NotStarted(f"no right answer; the last was: {answer[:200]}\n{tail}")


def _ask(port: int, text: str) -> str | None:
    """Returns the answer to a message, empty for an error status, or None when nothing answers yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"sender": uuid.uuid4().hex, "message": text})
    try:
        connection.request("POST", "/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        return text_of(json.loads(content)) if response.status == 200 else ""
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def wait_for_port(server: subprocess.Popen[bytes], port: int) -> None:
    """Waits until something listens on `port`; raises NotStarted when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_SECONDS)
    raise NotStarted(f"nothing listens to port {port}")


def text_of(messages: Any) -> str:
    """Returns the texts in an answer of the REST channel, one per line; empty if it is not such an answer."""
    if not isinstance(messages, list):
        return ""
    parts: list[dict[str, Any]] = [message for message in messages if isinstance(message, dict)]
    return "\n".join(str(part["text"]) for part in parts if part.get("text"))
