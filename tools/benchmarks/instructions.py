"""Counts the instructions of a turn under callgrind, with the NLU and beside it.

Unlike times they do not depend on what else the machine does, so they show a small change. They say nothing of waiting
for memory. Needs Debian's `valgrind`, and some ten minutes. Valgrind knows no AVX-512, so the libraries take AVX2.
Usage: python -m tools.benchmarks.instructions [--conversations 4]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.benchmarks.messages import MESSAGES
from tools.benchmarks.remembered_nlu import remember_nlu
from tools.benchmarks.turn_profile import prepare_quietly, talk
from tools.evaluation.examples import REPOSITORY
from tools.evaluation.loaded_model import newest_model
from tools.progress import track, write
from weerbaar.server.late_imports import LateModule

TURNS = 10
NOT_UNDER_VALGRIND = "scipy.stats._boost"
ROWS = {"a turn": [], "a turn beside its NLU": ["--beside-nlu"]}


async def count(conversations: int) -> None:
    """Has the conversations twice, and lets callgrind count the second time."""
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
    agent = await load_agent(model_path=str(newest_model()), endpoints=endpoints)
    # The texts of a conversation repeat after as many conversations as there are messages.
    for begin, state in ((0, "on"), (len(MESSAGES), "off")):
        for number in range(begin, begin + conversations):
            await talk(agent, number, TURNS)
        subprocess.run(["callgrind_control", "-i", state, str(os.getpid())], check=True, capture_output=True)


def counted(options: list[str], conversations: int) -> float:
    """Returns the instructions of a turn, in millions.

    Raises:
        subprocess.CalledProcessError: callgrind failed; its output is on stderr.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--quiet", f"--callgrind-out-file={out}"]
        command += [sys.executable, "-m", "tools.benchmarks.instructions", "--inside"]
        command += ["--conversations", str(conversations), *options]
        subprocess.run(command, cwd=REPOSITORY, check=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY)})
        found = sum(int(total) for total in re.findall(r"^totals: (\d+)", out.read_text(), re.MULTILINE))
    return found / (conversations * TURNS) / 1e6


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=4, help=f"of {TURNS} turns (4)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--beside-nlu", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        # Valgrind calculates with 64 bits where this part of SciPy, which no turn uses, wants 80, and fails without.
        sys.modules[NOT_UNDER_VALGRIND] = LateModule(NOT_UNDER_VALGRIND)
        prepare_quietly()
        if options.beside_nlu:
            remember_nlu()
        asyncio.run(count(options.conversations))
        return
    if not shutil.which("valgrind"):
        sys.exit("instructions: valgrind is missing: apt-get install valgrind")
    print("| | instructions, millions |\n|---|---:|")
    for row, more in track(ROWS.items(), "instructions:", "rows counted"):
        write(f"| {row} | {counted(more, options.conversations):.1f} |")


if __name__ == "__main__":
    main()
