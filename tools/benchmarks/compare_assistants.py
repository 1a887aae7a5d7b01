"""Compares this assistant with stock Rasa on the same training data, in start, memory and speed: `make bench`.

(a) this assistant as it is served; (b) Rasa's default pipeline and policies; (c) Rasa with spaCy and sparse features,
without TensorFlow models; (d) the floor: the smallest Rasa assistant that answers any message; (e) as (a), but each
text is parsed only once, so what is measured is all that is not NLU. One server runs at a time. Rounds measure them
all, alternately forwards and backwards, so that drift of the machine shows and cancels out.

Usage: python -m tools.benchmarks.compare_assistants [--only a,d] [--rounds 3] [--messages 1000] [--out FILE] [--quick]
The models of b, c and d are trained once and kept in results/bench/models.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools.benchmarks.assistants import NAMES, OURS, Assistant, Running, running, stock_assistant, this_assistant
from tools.benchmarks.clients import Clients
from tools.benchmarks.comparison_table import Column, Round, Value, table
from tools.benchmarks.messages import MESSAGES
from tools.benchmarks.model_cache import Limits, NotTrained, extrapolated, seconds_an_epoch
from tools.benchmarks.processes import load_average, memory
from tools.benchmarks.servers import NotStarted, free_port, process, wait_for_port
from tools.benchmarks.stock_project import REPOSITORY
from tools.progress import Progress, write

CACHE = REPOSITORY / "results" / "bench" / "models"
DEFAULT_EPOCHS = 100
QUIET_LOAD = 0.5
BUSY_CLIENT = 0.7


@dataclass(frozen=True)
class Amounts:
    """How much to measure in a round.

    Attributes:
        messages: the minimum number of messages in each series.
        conversations: the number of conversations of 40 turns.
        levels: the numbers of clients that talk at the same time, one series for each.
        warm_ups: how often to send all messages before measuring.
    """

    messages: int
    conversations: int
    levels: tuple[int, ...]
    warm_ups: int


@dataclass
class Measured:
    """One assistant and what has been measured of it so far."""

    assistant: Assistant
    rounds: list[Round] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    understood: int | None = None

    def column(self) -> Column:
        """Returns the column of this assistant in the table."""
        training = self.assistant.training
        diet = (training.get("epochs") or {}).get("DIETClassifier")
        facts: dict[str, Value] = {
            "model_mb": self.assistant.model_mb,
            "train_seconds": training.get("seconds"),
            "train_cpu": training.get("cpu_seconds"),
            "train_full": extrapolated(training, DEFAULT_EPOCHS),
            "diet_epoch": seconds_an_epoch(diet) if diet else None,
            "understood": self.understood,
        }
        return Column(self.assistant.letter, self.assistant.name, facts, self.rounds)


def one_round(measured: Measured, amounts: Amounts, folder: Path) -> Round:
    """Starts an assistant, measures it once and stops it; raises NotStarted when it does not start."""
    with running(measured.assistant, folder) as server:
        time.sleep(1)
        found: Round = {"start": server.start_seconds, "started_pss": memory(server.pid).pss}
        found.update(_series(measured, amounts, server))
        loaded = memory(server.pid)
        found.update(loaded_pss=loaded.pss, loaded_rss=loaded.rss)
        if server.actions_pid:
            found["actions_pss"] = memory(server.actions_pid).pss
    return found


def _series(measured: Measured, amounts: Amounts, server: Running) -> dict[str, Any]:
    """Runs all series of a round against a server, and adds the errors to `measured`."""
    clients = Clients(server.port, server.pid, measured.assistant.failure)
    series = [clients.warm_up(MESSAGES) for _ in range(amounts.warm_ups)]
    if measured.assistant.not_understood:
        answers = series[0].texts.values()
        known = [answer for answer in answers if not any(t in answer for t in measured.assistant.not_understood)]
        measured.understood = sum(map(bool, known))
    turns = clients.long_conversations(amounts.conversations)
    levels = {level: clients.load(level, amounts.messages) for level in amounts.levels}
    series += [turns[0], *levels.values()]
    errors = sum((each.errors for each in series), Counter())
    measured.errors += errors
    return {
        "turns": {turn: each.figures() for turn, each in turns.items()},
        "clients": {level: each.figures() for level, each in levels.items()},
        "errors": sum(errors.values()),
    }


def client_ceiling(folder: Path, messages: int) -> Value:
    """Returns how many messages per second 32 clients send to a server that does no work."""
    port, log = free_port(), folder / "null_server.log"
    command = [sys.executable, "-m", "tools.benchmarks.null_server", str(port)]
    with process(command, REPOSITORY, log) as server:
        wait_for_port(server, port)
        clients = Clients(port, server.pid)
        clients.load(32, messages)
        return clients.load(32, messages).figures()["per_second"]


def notes(options: argparse.Namespace, amounts: Amounts, all_measured: Sequence[Measured], ceiling: Value) -> list[str]:
    """Returns the notes that explain the tables, one per line."""
    lines = [
        f"Rasa {version('rasa')}, Python {platform.python_version()}, {os.cpu_count()} cores ({_processor()}); load "
        f"average before: {options.load_before:.2f}"
        + ("." if options.load_before < QUIET_LOAD else ": **the machine was not quiet**."),
        f"Median of {options.rounds} rounds; in each {amounts.conversations} conversations of 40 turns by one client, "
        f"then at least {amounts.messages} messages in conversations of 5 turns for each number of clients, after "
        f"{amounts.warm_ups} times {len(MESSAGES)} messages to warm up. At turns 1, 10 and 40 one says the same.",
        f"Without a server's work, 32 of these clients manage {_rounded(ceiling)} messages a second.",
        "PSS counts memory that processes share in parts, so it is lower while other programs with the same libraries "
        "run; the files that a start reads are in the disk cache of the system.",
        "`a : b` and the like are quotients: for times and memory less is better, for messages a second more is.",
    ]
    for measured in all_measured:
        assistant, training = measured.assistant, measured.assistant.training
        line = f"({assistant.letter}) is served by `python -m {' '.join(assistant.served_by)}`."
        if training:
            epochs = ", ".join(
                f"{name} {entry['epochs']} ({entry['seconds']} s)" for name, entry in training["epochs"].items()
            )
            line += f" Trained in {training['seconds']:.0f} s at nice {training['nice']}, peak {training['peak_mb']} MB"
            line += f", load average before {training['load_average_before']}"
            line += f"; epochs: {epochs}." if epochs else "."
        if assistant.letter in "bc" and options.sample:
            line += f" **It knows only the first {options.sample} examples of each intent.**"
        lines.append(line)
    if any(measured.assistant.training.get("epochs") for measured in all_measured):
        batches = f"are of {options.batch}" if options.batch else "are Rasa's own: of 64 when there is but one epoch"
        lines.append(
            "The extrapolation adds epochs as slow as those after the first, in which TensorFlow compiles; where there "
            f"is but one, as slow as that. DIET's batches {batches}. In a full training of Rasa they grow from 64 to "
            "256, and smaller ones take longer. The cost of an answer does not depend on either."
        )
    return lines + _warnings(all_measured)


def _warnings(all_measured: Sequence[Measured]) -> list[str]:
    lines = []
    for measured in all_measured:
        letter = measured.assistant.letter
        for what, count in sorted(measured.errors.items()):
            lines.append(f"**Errors of ({letter})**: {count} times: {what}")
        if letter in OURS and measured.understood not in (None, len(MESSAGES)):
            lines.append(
                f"**({letter}) did not understand some of the messages, and asked the action server about them.**"
            )
        for each in measured.rounds:
            for level, figures in each["clients"].items():
                if (figures["client_share"] or 0) > BUSY_CLIENT:
                    lines.append(f"**({letter}), {level} clients: the clients were busy themselves.**")
    return lines


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _rounded(value: Value) -> str:
    return "-" if value is None else f"{value:.0f}"


def assistants(options: argparse.Namespace) -> list[Assistant]:
    """Returns the chosen assistants, trained where needed; reports and leaves out those that cannot be trained."""
    limits, found = Limits(options.train_minutes, options.train_gb, options.nice), []
    for letter in options.only:
        try:
            if letter in OURS:
                module = "weerbaar.server" if letter == "a" else "tools.benchmarks.remembered_nlu"
                ours = (module, *options.serving_options.split())
                served_by = ("rasa", "run") if options.rasa_run and letter == "a" else ours
                found.append(this_assistant(letter, CACHE, limits, options.train_a and letter == "a", served_by))
            else:
                effort = options.sample, options.epochs, options.policy_epochs, options.batch
                found.append(stock_assistant(letter, CACHE, limits, *effort))
        except NotTrained as error:
            options.failures.append(f"({letter}) has no model: {error}")
            _say(options.failures[-1])
    return found


def _say(text: str) -> None:
    write(f"{time.strftime('%H:%M:%S')} {text}", sys.stderr)


def measure(options: argparse.Namespace, amounts: Amounts) -> str:
    """Measures all rounds and returns the report.

    It writes the report after each round, so that a run that breaks off leaves the rounds before.
    """
    all_measured = [Measured(assistant) for assistant in assistants(options)]
    report = ""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        options.load_before = load_average()
        ceiling = client_ceiling(folder, 10 * amounts.messages)
        bar = stack.enter_context(Progress("bench:", options.rounds * len(all_measured), "series measured"))
        for number in range(options.rounds):
            for measured in all_measured if number % 2 == 0 else reversed(all_measured):
                bar.step(f"round {number + 1}: ({measured.assistant.letter}) {measured.assistant.name}", by=0)
                try:
                    measured.rounds.append(one_round(measured, amounts, folder))
                except NotStarted as error:
                    options.failures.append(f"round {number + 1}: ({measured.assistant.letter}) failed: {error}")
                    _say(options.failures[-1])
                bar.step()
            columns = [measured.column() for measured in all_measured]
            lines = notes(options, amounts, all_measured, ceiling) + [f"**{text}**" for text in options.failures]
            report = table(columns, amounts.levels) + "\n" + "\n".join(f"- {line}" for line in lines) + "\n"
            if options.out:
                options.out.parent.mkdir(parents=True, exist_ok=True)
                options.out.write_text(report, encoding="utf-8")
                raw = [vars(column) for column in columns]
                options.out.with_suffix(".json").write_text(json.dumps(raw, indent=1), encoding="utf-8")
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints the report; returns exit status 1 when something failed or an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="a,b,c,d,e", type=lambda text: text.split(","), metavar="a,b,c,d,e")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=1000, help="of each series (1000)")
    parser.add_argument("--conversations", type=int, default=20, help="of 40 turns (20)")
    parser.add_argument("--clients", default="1,8,32,128", type=lambda text: tuple(map(int, text.split(","))))
    parser.add_argument("--quick", action="store_true", help="one small round, to see that everything works")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the tables here, and all figures as .json")
    parser.add_argument("--serving-options", default="", metavar="TEXT", help="more options for the server")
    parser.add_argument("--rasa-run", action="store_true", help="serve (a) with `rasa run`, to see what serving gives")
    training = parser.add_argument_group("training")
    training.add_argument("--epochs", type=int, default=1, help="of DIET and ResponseSelector; Rasa's default is 100")
    training.add_argument("--policy-epochs", type=int, default=20, help="of TED and UnexpecTED; Rasa's default is 100")
    training.add_argument("--batch", type=int, default=0, help="size of DIET's batches; 0: Rasa's default")
    training.add_argument("--sample", type=int, default=0, help="only so many examples of each intent for b and c")
    training.add_argument("--train-a", action="store_true", help="also train (a) once from nothing, to measure that")
    training.add_argument("--train-only", action="store_true", help="train what is not there yet, and measure nothing")
    training.add_argument("--train-minutes", type=float, default=60, help="stop a training that takes longer (60)")
    training.add_argument("--train-gb", type=float, default=12, help="stop a training that needs more memory (12)")
    training.add_argument("--nice", type=int, default=0, help="of the training")
    options = parser.parse_args(arguments)
    if not set(options.only) <= set(NAMES):
        parser.error(f"--only takes the letters {', '.join(NAMES)}")
    options.failures = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers and trainings end as well
    if options.train_only:
        for assistant in assistants(options):
            print(f"({assistant.letter}) {assistant.name}: {json.dumps(assistant.training)}")
        return 1 if options.failures else 0
    amounts = Amounts(options.messages, options.conversations, options.clients, warm_ups=3)
    if options.quick:
        options.rounds, amounts = 1, Amounts(40, 1, (1, 8, 32), warm_ups=1)
    started = time.monotonic()
    report = measure(options, amounts)
    _say(f"measured in {(time.monotonic() - started) / 60:.0f} minutes")
    print(report)
    errors = "**Errors" in report
    return 1 if options.failures or errors else 0


if __name__ == "__main__":
    sys.exit(main())
