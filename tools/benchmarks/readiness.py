"""Measures whether a worker stays in service in a busy hour: `python -m tools.benchmarks.readiness`.

64 clients send stories of 400 words to one worker, each story in a new conversation and without pauses. Meanwhile
`/readyz` and `/healthz` are asked every second, as a supervisor does.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import httpx

from tools.benchmarks.messages import FIRST_MESSAGE
from tools.benchmarks.servers import free_port, process, wait_for_answer
from weerbaar.contacts import load_register, safety_text

ROOT = Path(__file__).resolve().parents[2]
WORDS = 400
# An evening of the council with a threat in it, repeated up to `WORDS` words.
STORY = (
    "Gisteravond was de raadsvergadering over de nieuwe rondweg. De zaal zat vol en het was warm. Een man in de zaal "
    "bleef roepen dat wij allemaal zakkenvullers zijn. De voorzitter heeft hem twee keer gewaarschuwd. Na afloop stond "
    "hij bij mijn fiets te wachten. Hij zei dat hij weet waar mijn kinderen op school zitten. Ik liep door en heb "
    "niets teruggezegd. Thuis heb ik het aan mijn partner verteld en daarna sliep ik slecht. "
)


def story() -> str:
    """Returns a story of `WORDS` words."""
    words = STORY.split()
    return " ".join(words[number % len(words)] for number in range(WORDS))


async def tell(client: httpx.AsyncClient, until: float, took: list[float], failed: Counter) -> None:
    """Sends the story in one new conversation after the other until the time is up.

    Args:
        client: sends to the worker.
        until: when to stop, in seconds of `time.monotonic`.
        took: receives the seconds of each answer.
        failed: receives the number of answers without the number of the team, and with the safety text.
    """
    team = load_register().numbers["ondersteuningsteam"]
    while time.monotonic() < until:
        start = time.monotonic()
        said = await client.post("/webhooks/rest/webhook", json={"sender": uuid.uuid4().hex, "message": story()})
        took.append(time.monotonic() - start)
        failed["no number"] += team not in said.text
        failed["safety text"] += safety_text() in said.text


async def watch(client: httpx.AsyncClient, path: str, until: float, found: Counter, took: list[float]) -> None:
    """Requests `path` every second until the time is up, and records each status and the seconds it took."""
    while time.monotonic() < until:
        start = time.monotonic()
        found[(await client.get(path)).status_code] += 1
        took.append(time.monotonic() - start)
        await asyncio.sleep(1)


async def measure(port: int, clients: int, seconds: float) -> None:
    """Runs the clients and the probes, and prints the times, the statuses and the failures."""
    until = time.monotonic() + seconds
    took: list[float] = []
    failed: Counter = Counter()
    seen: dict[str, Counter] = {"/readyz": Counter(), "/healthz": Counter()}
    waited: dict[str, list[float]] = {path: [] for path in seen}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=limits) as client:
        await asyncio.gather(
            *(tell(client, until, took, failed) for _ in range(clients)),
            *(watch(client, path, until, seen[path], waited[path]) for path in seen),
        )
    took.sort()
    print(
        f"{clients} clients, {WORDS} words: {len(took)} answers, median {took[len(took) // 2]:.1f} s, "
        f"slowest {took[-1]:.1f} s, {dict(failed)}"
    )
    for path, statuses in seen.items():
        print(f"{path}: {dict(statuses)}, slowest {max(waited[path]):.1f} s")


def main() -> None:
    """Starts a worker, measures it and stops it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port, log = free_port(), Path(folder) / "worker.log"
        with process([sys.executable, "-m", "weerbaar.server", "--port", str(port)], ROOT, log) as server:
            wait_for_answer(server, port, FIRST_MESSAGE, "woning", log)
            asyncio.run(measure(port, options.clients, options.seconds))


if __name__ == "__main__":
    main()
