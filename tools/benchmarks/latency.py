"""Measures the response time of one or more running assistants: each message goes to each assistant in turn.

Usage: python -m tools.benchmarks.latency http://localhost:5005 http://localhost:5006
The messages are those of tests/scenarios. Each opens a conversation, so the length of conversations plays no part.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import httpx
import yaml

SCENARIOS = Path(__file__).resolve().parents[2] / "tests" / "scenarios"


def messages() -> list[str]:
    """Returns the messages of the users in tests/scenarios."""
    texts = []
    for path in sorted(SCENARIOS.glob("*/*.yml")):
        turns = yaml.safe_load(path.read_text(encoding="utf-8"))["beurten"]
        texts += [turn["zegt"] for turn in turns if "zegt" in turn]
    return texts


def milliseconds(client: httpx.Client, address: str, text: str) -> float:
    """Sends one message in a new conversation and returns the milliseconds until the response."""
    body = {"sender": uuid.uuid4().hex, "message": text}
    start = time.perf_counter()
    client.post(f"{address.rstrip('/')}/webhooks/rest/webhook", json=body).raise_for_status()
    return 1000 * (time.perf_counter() - start)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints the times; returns exit status 2 when a server does not answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("addresses", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    times: dict[str, list[float]] = {address: [] for address in options.addresses}
    try:
        with httpx.Client(timeout=60) as client:
            for text in messages() * options.rounds:
                for address in options.addresses:
                    times[address].append(milliseconds(client, address, text))
    except httpx.HTTPError as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 2
    for address, found in times.items():
        ordered = sorted(found)
        print(
            f"{address}: median {statistics.median(found):.1f} ms, p99 {ordered[int(0.99 * len(ordered))]:.1f} ms, "
            f"{len(found)} messages"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
