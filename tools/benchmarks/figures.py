"""Summarises a series of measurements in a few figures."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Series:
    """The measurements of one series of messages.

    Attributes:
        milliseconds: the time of each right answer.
        errors: the number of failed messages, by kind of failure.
        seconds: from the first message to the last answer.
        client_cpu: processor seconds of the clients themselves.
        server_cpu: processor seconds of the processes of the server.
        texts: the answers of the warm-up by message; empty in other series.
    """

    milliseconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of messages sent."""
        return len(self.milliseconds) + sum(self.errors.values())

    def figures(self) -> dict[str, float | None]:
        """Returns the figures of the series for the table; None where one cannot be calculated."""
        right = len(self.milliseconds)
        return {
            "messages": self.count,
            "errors": sum(self.errors.values()),
            "median": median(self.milliseconds),
            "p99": percentile(self.milliseconds, 0.99),
            "per_second": right / self.seconds if self.seconds else None,
            "server_cpu": 1000 * self.server_cpu / self.count if self.count else None,
            "client_share": self.client_cpu / self.seconds if self.seconds else None,
        }


def median(values: Iterable[float | None]) -> float | None:
    """Returns the median of the values that are not None, or None without any."""
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Returns the smallest value that at least `share` of the values do not exceed (nearest rank), or None."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def over(first: float | None, second: float | None) -> float | None:
    """Returns `first / second`, or None when one is missing or `second` is 0."""
    return None if first is None or not second else first / second
