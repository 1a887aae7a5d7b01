"""Runs the assistant: trains if needed, starts the action server and Rasa, waits until it is ready, and stops both."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tools.progress import Progress
from tools.scripts.train import train

START_SECONDS = 180
STOP_SECONDS = 10


def main() -> int:
    """Runs until Ctrl-C or SIGTERM, or until one of the servers ends; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--action-port", type=int, default=5055)
    parser.add_argument("--interface", default="127.0.0.1", help="address to listen on")
    options = parser.parse_args()
    for port in (options.port, options.action_port):
        if not is_free(options.interface, port):
            sys.exit(
                f"run: port {port} is in use. Stop what uses it, or choose others: make run PORT=5006 ACTION_PORT=5056"
            )
    print("run: first the model is brought up to date, then the action server and Rasa start", flush=True)
    train()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    servers: list[subprocess.Popen] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            servers += start(options, Path(folder))
            return watch(
                servers, f"http://127.0.0.1:{options.action_port}", f"http://{options.interface}:{options.port}"
            )
    except KeyboardInterrupt:
        return 0
    finally:
        stop(servers)
        print("run: stopped", flush=True)


def is_free(interface: str, port: int) -> bool:
    """Returns whether the port can be bound, so that nothing listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError:
            return False
    return True


def start(options: argparse.Namespace, folder: Path) -> list[subprocess.Popen]:
    """Starts the action server and Rasa, each in its own process group."""
    endpoints = folder / "endpoints.yml"
    text = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
    endpoints.write_text(text.replace("localhost:5055", f"127.0.0.1:{options.action_port}"), encoding="utf-8")
    environment = {**os.environ, "SANIC_HOST": "127.0.0.1", "LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT)}
    quietly = [sys.executable, str(Path(__file__).with_name("quietly.py"))]
    actions = [*quietly, "rasa_sdk", "--actions", "actions", "--port", str(options.action_port), "--quiet"]
    where = ["--port", str(options.port), "--interface", options.interface, "--endpoints", str(endpoints)]
    server = [*quietly, "weerbaar.server", *where]
    return [
        subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) for command in (actions, server)
    ]


def watch(servers: list[subprocess.Popen], actions: str, address: str) -> int:
    """Prints the address once `/readyz` is ok, then waits; returns 1 when a server ends or is not ready in time.

    Args:
        servers: the two servers.
        actions: the address of the action server.
        address: the address of Rasa.
    """
    deadline, state = time.monotonic() + START_SECONDS, "not answering yet"
    with Progress("run: starting,", len(servers), "servers ready", steady=False) as starting:
        while state != "ok":
            if has_ended(servers):
                return 1
            if time.monotonic() > deadline:
                print(f"run: not ready after {START_SECONDS} seconds: {state}", file=sys.stderr)
                return 1
            time.sleep(0.5)
            state = health(f"{address}/readyz")
            starting.show([health(f"{actions}/health"), state].count("ok"), "Rasa loads the model")
    print(f"run: open {address}/ in a browser; Ctrl-C stops the assistant", flush=True)
    while not has_ended(servers):
        time.sleep(0.5)
    return 1


def has_ended(servers: list[subprocess.Popen]) -> bool:
    """Returns whether one of the servers has ended, and says so."""
    for server in servers:
        if server.poll() is not None:
            print(f"run: a server ended with status {server.returncode}; see the lines above", file=sys.stderr)
            return True
    return False


def health(address: str) -> str:
    """Returns the status `ok`, or the reason why the server is not ready."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return json.loads(answer.read())["status"]
    except urllib.error.HTTPError as error:
        return f"{error.code}: {error.read(2000).decode(errors='replace')}"
    except (OSError, ValueError, KeyError) as error:
        return str(error)


def stop(servers: list[subprocess.Popen]) -> None:
    """Stops all servers with SIGTERM, and with SIGKILL those that do not end in time."""
    for server in servers:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for server in servers:
        try:
            server.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
