"""Formats the results of the comparison in Markdown: the figures, the targets, and the separate rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tools.benchmarks.clients import PROBED
from tools.benchmarks.figures import median, over

# The figures of one assistant in one round, by name. `turns` and `clients` hold the figures of their series.
Round = dict[str, Any]
Value = float | None

# Rows in which a quotient would be meaningless.
WITHOUT_QUOTIENT = ("the median of turn 40", "errors", "of the messages")
CLIENT_SHARE = "processor of the client, share of one core"


@dataclass(frozen=True)
class Column:
    """One assistant in the table.

    Attributes:
        letter: one of those in `assistants.NAMES`.
        name: the heading of the column.
        facts: the figures that do not change between rounds: model_mb, train_seconds, train_cpu, train_full
            (extrapolated to 100 epochs), diet_epoch and understood; each may be None.
        rounds: the figures of each round.
    """

    letter: str
    name: str
    facts: dict[str, Value]
    rounds: list[Round]

    def value(self, *path: Any) -> Value:
        """Returns the median of the figure at `path` over the rounds that have it, or None without any."""
        return median(_at(each, path) for each in self.rounds)


@dataclass(frozen=True)
class Target:
    """A target of this assistant: the quotient `measured` must be at least `wanted`, or at most if `at_most` is set."""

    text: str
    wanted: float
    measured: Callable[[dict[str, Column]], Value]
    at_most: bool = False

    def row(self, columns: dict[str, Column]) -> list[str]:
        """Returns the table row: the target, the measured value, and whether it reaches the target."""
        value = self.measured(columns)
        if value is None:
            return [self.text, "-", "not measured"]
        reached = value <= self.wanted if self.at_most else value >= self.wanted
        return [self.text, f"{value:.2f}", "reached" if reached else "**not reached**"]


def _at(content: Any, path: Sequence[Any]) -> Value:
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _quotient(above: str, below: str, *path: Any) -> Callable[[dict[str, Column]], Value]:
    """Returns a function that divides a figure of one assistant by that of another."""
    return lambda columns: over(_of(columns, above, path), _of(columns, below, path))


def _spread(clients: int) -> Callable[[dict[str, Column]], Value]:
    """Returns a function that divides the p99 of (e) by its median, for so many clients."""
    level = ("clients", clients)
    return lambda columns: over(_of(columns, "e", (*level, "p99")), _of(columns, "e", (*level, "median")))


def _growth(columns: dict[str, Column]) -> Value:
    return over(_of(columns, "a", ("turns", 40, "median")), _of(columns, "a", ("turns", 1, "median")))


def _of(columns: dict[str, Column], letter: str, path: Sequence[Any]) -> Value:
    return columns[letter].value(*path) if letter in columns else None


TARGETS = (
    Target("processor time a message, 1 client, e : d", 1.3, _quotient("e", "d", "clients", 1, "server_cpu"), True),
    Target("processor time a message, 32 clients, e : d", 1.3, _quotient("e", "d", "clients", 32, "server_cpu"), True),
    Target("median reply, 1 client, e : d", 1.15, _quotient("e", "d", "clients", 1, "median"), True),
    Target("messages a second, 32 clients, e : d", 0.95, _quotient("e", "d", "clients", 32, "per_second")),
    Target("median reply, 1 client, e : b", 0.18, _quotient("e", "b", "clients", 1, "median"), True),
    Target("messages a second, 32 clients, e : b", 7.5, _quotient("e", "b", "clients", 32, "per_second")),
    Target("turn 40 : turn 1 of (a)", 1.05, _growth, True),
    Target("p99 : median of (e), 32 clients", 1.4, _spread(32), True),
    Target("p99 : median of (e), 128 clients", 1.4, _spread(128), True),
    Target("start to the first right answer, a : b", 0.2, _quotient("a", "b", "start"), True),
    Target("memory after the load, a : b", 0.42, _quotient("a", "b", "loaded_pss"), True),
)
# The pairs of assistants whose figures the table divides.
QUOTIENTS = (("a", "b"), ("a", "d"), ("e", "b"), ("e", "d"))


def table(columns: Sequence[Column], levels: Sequence[int]) -> str:
    """Returns all tables in Markdown. Figures are medians over the rounds; `-` means not measured."""
    by_letter = {column.letter: column for column in columns}
    head = [
        "measured",
        *(f"({column.letter}) {column.name}" for column in columns),
        *(f"{above} : {below}" for above, below in QUOTIENTS),
    ]
    parts = [_markdown(head, [_row(name, getter, digits, columns) for name, getter, digits in _rows(levels)])]
    parts.append(_markdown(["target", "measured", ""], [target.row(by_letter) for target in TARGETS]))
    parts.append(_markdown(["round by round", *(f"({column.letter})" for column in columns)], _by_round(columns)))
    return "\n\n".join(parts) + "\n"


def _rows(levels: Sequence[int]) -> list[tuple[str, Callable[[Column], Value], int]]:
    """Returns for each row its name, the function that gives its figure from a column, and its decimals.

    It is long because it is the table itself, row by row.
    """

    def figure(*path: Any) -> Callable[[Column], Value]:
        return lambda column: column.value(*path)

    def fact(name: str) -> Callable[[Column], Value]:
        return lambda column: column.facts.get(name)

    rows = [
        ("start of the process to the first right answer, s", figure("start"), 2),
        ("memory after the start, MB (PSS)", figure("started_pss"), 0),
        ("memory after the load, MB (PSS)", figure("loaded_pss"), 0),
        ("memory after the load, MB (RSS)", figure("loaded_rss"), 0),
        ("the action server apart, MB (PSS)", figure("actions_pss"), 0),
    ]
    for turn in PROBED:
        rows.append((f"turn {turn} of a conversation, median, ms", figure("turns", turn, "median"), 1))
        rows.append((f"turn {turn} of a conversation, p99, ms", figure("turns", turn, "p99"), 1))
    rows += [
        ("all 40 turns, median, ms", figure("turns", 0, "median"), 1),
        ("all 40 turns, p99, ms", figure("turns", 0, "p99"), 1),
        (
            "the median of turn 40 : that of turn 1",
            lambda column: over(column.value("turns", 40, "median"), column.value("turns", 1, "median")),
            2,
        ),
    ]
    for level in levels:
        who = "1 client" if level == 1 else f"{level} clients"
        rows += [
            (f"{who}, messages a second", figure("clients", level, "per_second"), 1),
            (f"{who}, median, ms", figure("clients", level, "median"), 1),
            (f"{who}, p99, ms", figure("clients", level, "p99"), 1),
            (f"{who}, processor time of the server a message, ms", figure("clients", level, "server_cpu"), 1),
            (f"{who}, {CLIENT_SHARE}", figure("clients", level, "client_share"), 2),
        ]
    rows += [
        ("errors, all rounds", lambda column: sum(each.get("errors", 0) for each in column.rounds), 0),
        ("of the messages, understood (not the fallback's answer)", fact("understood"), 0),
        ("training, s, as trained here", fact("train_seconds"), 0),
        ("training, processor seconds, as trained here", fact("train_cpu"), 0),
        ("training with 100 epochs, s, **extrapolated**", fact("train_full"), 0),
        ("training, seconds an epoch of DIET", fact("diet_epoch"), 1),
        ("model, MB", fact("model_mb"), 2),
    ]
    return rows


def _row(name: str, getter: Callable[[Column], Value], digits: int, columns: Sequence[Column]) -> list[str]:
    values = {column.letter: getter(column) for column in columns}
    compared = not name.startswith(WITHOUT_QUOTIENT) and not name.endswith(CLIENT_SHARE)
    ratios = [over(values.get(above), values.get(below)) if compared else None for above, below in QUOTIENTS]
    cells = [_number(value, digits) for value in values.values()]
    return [name, *cells, *(_number(ratio, 3 if ratio and ratio < 0.1 else 2) for ratio in ratios)]


def _by_round(columns: Sequence[Column]) -> list[list[str]]:
    rows = []
    for number in range(max((len(column.rounds) for column in columns), default=0)):
        for name, path, digits in (
            ("start, s", ("start",), 2),
            ("1 client, median, ms", ("clients", 1, "median"), 1),
            ("32 clients, messages a second", ("clients", 32, "per_second"), 1),
        ):
            found = [_at(column.rounds[number], path) if number < len(column.rounds) else None for column in columns]
            rows.append([f"{number + 1}: {name}", *(_number(value, digits) for value in found)])
    return rows


def _number(value: Value, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
