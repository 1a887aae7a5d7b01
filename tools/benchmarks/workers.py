"""Measures what a message costs with one worker, and with two workers that share a Redis: `make bench-workers`.

docs/capacity.md derives from it what a busy day needs.
Usage: python -m tools.benchmarks.workers [--messages 3000] [--beside-nlu]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tools.benchmarks.clients import Clients
from tools.benchmarks.figures import Series
from tools.benchmarks.messages import FIRST_MESSAGE
from tools.benchmarks.processes import cpu_seconds
from tools.benchmarks.servers import free_port, process, wait_for_answer
from tools.progress import track, write
from weerbaar.contacts import safety_text

ROOT = Path(__file__).resolve().parents[2]
CLIENTS_OF_A_WORKER = 16


def main() -> None:
    """Prints the table, and on stderr the memory that a conversation takes in Redis."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=3_000, help="to each worker")
    parser.add_argument("--beside-nlu", action="store_true", help="parse each text only once: what all else costs")
    options = parser.parse_args()
    module = "tools.benchmarks.remembered_nlu" if options.beside_nlu else "weerbaar.server"
    if not shutil.which("redis-server"):
        sys.exit("bench: redis-server is missing: run tools/scripts/install_services.sh")
    print("| store | workers | messages/s | median, ms | p99, ms | CPU ms a message | failed |")
    print("|---|---|---|---|---|---|---|")
    for workers, with_redis in track(((1, False), (1, True), (2, True)), "bench:", "settings measured"):
        measure(module, workers, with_redis, options.messages)


def measure(module: str, workers: int, with_redis: bool, messages: int) -> None:
    """Starts the servers, lets clients talk to all of them at once, and prints the row.

    Args:
        module: what serves.
        workers: the number of workers.
        with_redis: whether the workers share a Redis, or keep conversations in memory.
        messages: the minimum number of messages to each worker.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_port, endpoints = free_port(), "endpoints.yml"
        if with_redis:
            command = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--appendonly", "no"]
            redis = stack.enter_context(process([*command, "--save", ""], folder, folder / "redis.log"))
            os.environ["REDIS_URL"] = f"redis://127.0.0.1:{redis_port}/0"
            os.environ["ACTION_URL"] = "http://127.0.0.1:9/webhook"
            endpoints = "deploy/endpoints.yml"
        talkers: list[Clients] = []
        pids = []
        for number in range(workers):
            port, log = free_port(), folder / f"worker{number}.log"
            command = [sys.executable, "-m", module, "--port", str(port), "--endpoints", endpoints]
            server = stack.enter_context(process(command, ROOT, log))
            wait_for_answer(server, port, FIRST_MESSAGE, "woning", log)
            talkers.append(Clients(port, server.pid, safety_text()))
            pids.append(server.pid)
        for talker in talkers:
            talker.load(4, 200)
        pids += [redis.pid] if with_redis else []
        used, begun = sum(map(cpu_seconds, pids)), time.perf_counter()
        with ThreadPoolExecutor() as pool:
            series: list[Series] = list(pool.map(lambda one: one.load(CLIENTS_OF_A_WORKER, messages), talkers))
        seconds, used = time.perf_counter() - begun, sum(map(cpu_seconds, pids)) - used
        store = "Redis" if with_redis else "memory"
        write(f"| {store} | {workers} | {figures(series, seconds, used)} |")
        if with_redis:
            write(f"Redis: {bytes_kept(redis_port) / 1000:.1f} kB a conversation of five turns", sys.stderr)


def figures(series: list[Series], seconds: float, used: float) -> str:
    """Returns the figures of a row: messages a second, median, p99, processor time a message in ms, failures."""
    times = sorted(took for one in series for took in one.milliseconds)
    failed = sum(sum(one.errors.values()) for one in series)
    middle, slowest = times[len(times) // 2], times[int(0.99 * len(times))]
    cost = 1000 * used / len(times)
    return f"{len(times) / seconds:.0f} | {middle:.0f} | {slowest:.0f} | {cost:.1f} | {failed}"


def bytes_kept(port: int) -> float:
    """Returns the bytes that a Redis on this port keeps of each conversation."""
    client = ["redis-cli", "-p", str(port)]
    kept = int(subprocess.run([*client, "dbsize"], capture_output=True, text=True, check=True).stdout)
    info = subprocess.run([*client, "info", "memory"], capture_output=True, text=True, check=True).stdout
    return int(info.partition("used_memory_dataset:")[2].split()[0]) / kept


if __name__ == "__main__":
    main()
