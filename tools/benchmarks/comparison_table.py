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
        letter: a, b, c or d.
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
    """A target of this assistant: `measured` must be at least `wanted`, or at most if `at_most` is set."""

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


def _better(letter: str, *path: Any) -> Callable[[dict[str, Column]], Value]:
    """Returns a function that gives how many times smaller a figure of this assistant is than that of another."""
    return lambda columns: over(_of(columns, letter, path), _of(columns, "a", path))


def _quotient(letter: str, *path: Any) -> Callable[[dict[str, Column]], Value]:
    """Returns a function that divides a figure of this assistant by that of another."""
    return lambda columns: over(_of(columns, "a", path), _of(columns, letter, path))


def _spread(columns: dict[str, Column]) -> Value:
    return over(_of(columns, "a", ("clients", 32, "p99")), _of(columns, "a", ("clients", 32, "median")))


def _of(columns: dict[str, Column], letter: str, path: Sequence[Any]) -> Value:
    return columns[letter].value(*path) if letter in columns else None


TARGETS = (
    Target("start against (b): at least 5 times faster", 5, _better("b", "start")),
    Target("memory after the load against (b): less than half (a : b)", 0.5, _quotient("b", "loaded_pss"), True),
    Target("median reply, one client, against (b): at least 10 times faster", 10, _better("b", "clients", 1, "median")),
    Target(
        "messages a second, 32 clients, against (b): at least 12 times more",
        12,
        _quotient("b", "clients", 32, "per_second"),
    ),
    Target(
        "median reply, one client, against (d): at most 1.5 times (a : d)",
        1.5,
        _quotient("d", "clients", 1, "median"),
        True,
    ),
    Target("(a) alone, 32 clients: p99 under 4 times the median", 4, _spread, True),
)


def table(columns: Sequence[Column], levels: Sequence[int]) -> str:
    """Returns all tables in Markdown. Figures are medians over the rounds; `-` means not measured."""
    by_letter = {column.letter: column for column in columns}
    head = ["measured", *(f"({column.letter}) {column.name}" for column in columns), "a : b", "a : d"]
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
    ratios = [over(values.get("a"), values.get(letter)) if compared else None for letter in ("b", "d")]
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
