"""What a series of figures comes down to."""
from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Optional, Sequence


@dataclass
class Series:
    """What one series of messages took.

    Attributes:
        milliseconds: how long each right answer took.
        errors: how many messages went wrong, by what went wrong.
        seconds: from the first message to the last answer.
        client_cpu: seconds of a processor that the client itself took.
        server_cpu: seconds of the processors that the processes of the server took.
        texts: the answers in warm-up, by message; empty in a measured series.
    """

    milliseconds: List[float] = field(default_factory=list)
    errors: "Counter[str]" = field(default_factory=Counter)
    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    texts: Dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many messages were sent."""
        return len(self.milliseconds) + sum(self.errors.values())

    def figures(self) -> Dict[str, Optional[float]]:
        """Returns the figures of a table; None where there was no right answer."""
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


def median(values: Iterable[Optional[float]]) -> Optional[float]:
    """Returns the median of the values that are there, or None."""
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def percentile(values: Sequence[float], share: float) -> Optional[float]:
    """Returns the smallest value that at least `share` of the values do not exceed (nearest rank), or None."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def over(first: Optional[float], second: Optional[float]) -> Optional[float]:
    """Returns first divided by second, or None when there is nothing to divide."""
    return None if first is None or not second else first / second
