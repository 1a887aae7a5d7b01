"""Measures how long an answer takes in each messaging channel and in the REST channel: `make bench-messenger`.

The platforms are the stand-ins of tests/platforms on this machine; the time of a real platform and of the network comes
on top. Usage: python -m tools.benchmarks.messenger [--messages 100] [--users 200]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from chat import new_sender, running_assistant
from platforms import PLATFORMS, StandIn

from tools.progress import track, write

SERIOUS, CALM, FIRST_USER = "Een man roept dat hij mij vannacht doodmaakt", "Wat is een woningscan?", 31_600_100_000
AT_ONCE = 50


def main() -> None:
    """Measures the REST channel and each messaging channel, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100, help="first messages of a conversation, one by one")
    parser.add_argument("--users", type=int, default=200, help="who write at the same time")
    options = parser.parse_args()
    platforms = [kind() for kind in PLATFORMS]
    environment = {name: value for one in platforms for name, value in one.environment.items()}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_assistant(Path(folder), with_actions=True, environment=environment) as chat,
    ):
        print(
            "| channel | one by one, median, ms | p95, ms | without a question mark, median, ms | "
            f"{options.users} users at once, all answered after, s |"
        )
        print("|---|---:|---:|---:|---:|")
        report("rest", lambda text: chat.say(text, new_sender()), options)
        for platform in track(platforms, "bench:", "apps measured"):
            platform.webhook = f"{chat.root}/webhooks/{platform.name}/webhook"
            platform.start()
            if platform.name == "telegram":
                platform.wait_for(lambda one=platform: one.commands)
            report(platform.name, saying(platform), options)
            platform.stop()


def saying(platform: StandIn) -> Callable[[str], Any]:
    """Returns a function that sends a text as a new user, and delivers it again until it is answered."""
    users = iter(range(FIRST_USER, FIRST_USER + 1_000_000))

    def say(text: str) -> None:
        message = platform.payload_of(text, next(users))
        for _ in range(100):
            if platform.deliver(message).status_code == 200:
                return
            time.sleep(0.2)
        sys.exit(f"bench: {platform.name} was not answered")

    return say


def report(name: str, say: Callable[[str], Any], options: argparse.Namespace) -> None:
    """Measures one channel and prints its row of the table."""
    say(CALM)
    one_by_one = [took(say, CALM) for _ in range(options.messages)]
    middle, most = statistics.median(one_by_one), statistics.quantiles(one_by_one, n=20)[-1]
    # In an app, a message without an end mark may be a piece and waits for the next (weerbaar/channels/apps/pieces.py).
    unended = statistics.median(took(say, CALM.rstrip("?")) for _ in range(max(3, options.messages // 10)))
    begin = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(say, [SERIOUS] * options.users))
    write(f"| {name} | {middle:.0f} | {most:.0f} | {unended:.0f} | {time.perf_counter() - begin:.1f} |")


def took(say: Callable[[str], Any], text: str) -> float:
    """Sends a text and returns how many milliseconds the answer takes."""
    begin = time.perf_counter()
    say(text)
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    main()
