"""Keeps the assistant busy for a long time and watches its memory: `make soak`.

Conversations are kept here for one minute instead of thirty, so that their memory levels off within the run.
Usage: python -m tools.benchmarks.soak [--messages 100000] [--minutes 60] [--clients 8] [--out FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import yaml

from tools.benchmarks.clients import Clients
from tools.benchmarks.messages import FIRST_MESSAGE
from tools.benchmarks.processes import memory
from tools.benchmarks.servers import free_port, process, wait_for_answer
from tools.progress import Progress
from weerbaar.contacts import safety_text

ROOT = Path(__file__).resolve().parents[2]
STEP = 5_000
KEPT_MINUTES = 1
# Memory counts as flat when the mean of the last third of the run exceeds that of the second by at most this share.
GROWTH = 0.02


def main() -> int:
    """Runs for a number of messages or minutes, whichever ends first; returns 1 if memory grew or an answer failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--out", type=Path, help="file for the table")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        endpoints, log = Path(folder, "endpoints.yml"), Path(folder, "server.log")
        settings = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
        settings["tracker_store"]["minutes"] = KEPT_MINUTES
        endpoints.write_text(yaml.safe_dump(settings), encoding="utf-8")
        command = [sys.executable, "-m", "weerbaar.server", "--port", str(port), "--endpoints", str(endpoints)]
        with process(command, ROOT, log) as server:
            wait_for_answer(server, port, FIRST_MESSAGE, "woning", log)
            steps, errors = work(Clients(port, server.pid, safety_text()), server.pid, options)
    header = ["| messages | memory, MB | median, ms | p99, ms |", "|---|---|---|---|"]
    table = "\n".join([*header, *map(row, steps)])
    third = len(steps) // 3 or 1
    parts = steps[third : 2 * third] or steps, steps[-third:]
    before, after = (sum(step[1] for step in part) / len(part) for part in parts)
    flat = after <= before * (1 + GROWTH)
    memory_was = f"memory {'flat' if flat else 'grew'}: {before:.0f} MB, then {after:.0f} MB"
    verdict = f"{memory_was}; answers that failed: {errors}"
    print(f"{table}\n\n{verdict}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(f"{table}\n\n{verdict}\n", encoding="utf-8")
    return 0 if flat and not errors else 1


def work(clients: Clients, pid: int, options: argparse.Namespace) -> tuple[list[tuple[int, float, float, float]], int]:
    """Sends the messages.

    Returns:
        After each step (messages so far, MB, median ms, p99 ms), and the number of answers that failed.
    """
    steps: list[tuple[int, float, float, float]] = []
    sent = errors = 0
    deadline = time.monotonic() + 60 * options.minutes
    with Progress("soak:", options.messages, "messages") as progress:
        while sent < options.messages and time.monotonic() < deadline:
            series = clients.load(options.clients, STEP)
            ordered = sorted(series.milliseconds)
            sent, errors = sent + len(ordered), errors + sum(series.errors.values())
            middle, slowest = ordered[len(ordered) // 2], ordered[int(0.99 * len(ordered))]
            steps.append((sent, memory(pid).rss, middle, slowest))
            progress.show(sent, f"{steps[-1][1]:.0f} MB, median {middle:.0f} ms, {errors} failed")
    return steps, errors


def row(step: tuple[int, float, float, float]) -> str:
    """Returns the table row of a step."""
    return f"| {step[0]:,} | {step[1]:.0f} | {step[2]:.0f} | {step[3]:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
