"""Measures what a message costs, and what memory it takes, with one worker and with several: `make bench-workers`.

docs/capacity.md derives from it what a busy day needs.
Usage: python -m tools.benchmarks.workers [--messages 3000] [--beside-nlu] [--eight]
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.benchmarks.clients import Clients
from tools.benchmarks.figures import Series
from tools.benchmarks.messages import FIRST_MESSAGE
from tools.benchmarks.processes import cpu_seconds, memory
from tools.benchmarks.servers import free_port, process, wait_for_answer
from tools.progress import track, write
from weerbaar.contacts import safety_text

ROOT = Path(__file__).resolve().parents[2]
CLIENTS_OF_A_WORKER = 16


@dataclass(frozen=True)
class Setting:
    """One row of the table.

    Attributes:
        workers: how many there are.
        with_redis: whether they share a Redis, or keep conversations in memory.
        loaded_once: whether they are forked from one process that loaded the model, or each loads its own.
    """

    workers: int
    with_redis: bool
    loaded_once: bool = False

    def __str__(self) -> str:
        """Returns the first two cells of the row."""
        how = ", one load" if self.loaded_once else ""
        return f"{'Redis' if self.with_redis else 'memory'} | {self.workers}{how}"


SETTINGS = (Setting(1, False), Setting(1, True), Setting(2, True), Setting(2, True, True))
EIGHT = Setting(8, True, True)


def main() -> None:
    """Prints the table, and on stderr the memory that a conversation takes in Redis."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=3_000, help="to each worker")
    parser.add_argument("--beside-nlu", action="store_true", help="parse each text only once: what all else costs")
    parser.add_argument("--eight", action="store_true", help="also eight workers of one load, for their memory")
    options = parser.parse_args()
    module = "tools.benchmarks.remembered_nlu" if options.beside_nlu else "weerbaar.server"
    if not shutil.which("redis-server"):
        sys.exit("bench: redis-server is missing: run tools/scripts/install_services.sh")
    print("| store | workers | messages/s | median, ms | p99, ms | CPU ms a message | failed | PSS of all, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for setting in track((*SETTINGS, *([EIGHT] if options.eight else [])), "bench:", "settings measured"):
        measure(module, setting, options.messages)


def measure(module: str, setting: Setting, messages: int) -> None:
    """Starts the servers, lets clients talk to all of them at once, and prints the row.

    Args:
        module: what serves.
        setting: how many workers, and how they run.
        messages: the minimum number of messages to each worker.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_port, endpoints = free_port(), "endpoints.yml"
        if setting.with_redis:
            command = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--appendonly", "no"]
            redis = stack.enter_context(process([*command, "--save", ""], folder, folder / "redis.log"))
            os.environ["REDIS_URL"] = f"redis://127.0.0.1:{redis_port}/0"
            os.environ["ACTION_URL"] = "http://127.0.0.1:9/webhook"
            endpoints = "deploy/endpoints.yml"
        first = free_ports(setting.workers)
        ports, servers, log = range(first, first + setting.workers), [], folder / "workers.log"
        for port in ports[:1] if setting.loaded_once else ports:
            command = [sys.executable, "-m", module, "--port", str(port), "--endpoints", endpoints]
            command += ["--workers", str(setting.workers)] if setting.loaded_once else []
            servers.append(stack.enter_context(process(command, ROOT, log)))
        talkers = []
        for port in ports:
            wait_for_answer(servers[-1], port, FIRST_MESSAGE, "woning", log)
            talkers.append(Clients(port, servers[0].pid, safety_text()))
            talkers[-1].load(4, 200)
        pids = [server.pid for server in servers] + ([redis.pid] if setting.with_redis else [])
        used, begun = sum(map(cpu_seconds, pids)), time.perf_counter()
        with ThreadPoolExecutor() as pool:
            series: list[Series] = list(pool.map(lambda one: one.load(CLIENTS_OF_A_WORKER, messages), talkers))
        seconds, used = time.perf_counter() - begun, sum(map(cpu_seconds, pids)) - used
        held = sum(memory(server.pid).pss for server in servers)
        write(f"| {setting} | {figures(series, seconds, used)} | {held:.0f} |")
        if setting.with_redis:
            write(f"Redis: {bytes_kept(redis_port) / 1000:.1f} kB a conversation of five turns", sys.stderr)


def free_ports(number: int) -> int:
    """Returns the first of so many ports in a row on which nothing listens."""
    while True:
        first, opened = free_port(), []
        try:
            for port in range(first, first + number):
                opened.append(socket.create_server(("127.0.0.1", port)))
        except (OSError, OverflowError):
            continue
        else:
            return first
        finally:
            for one in opened:
                one.close()


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
