"""Writes the counts of one month as a CSV that may leave the network: how often each answer was given, what followed.

Asks a Prometheus server that reads /metrics of the workers (docs/deployment.md). Rare things are left out or put
together, so that nobody can be singled out. Needs nothing but Python 3.9.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen
from zoneinfo import ZoneInfo

RESULTS = Path(__file__).resolve().parents[2] / "results"
ZONE = ZoneInfo("Europe/Amsterdam")
HOUR = 3_600
# A smaller number is never written.
MINIMUM = 10
FEW = f"minder dan {MINIMUM}"
OTHERS = "(overige antwoorden samen)"
# The columns, each with the metric, and the label and its value of which it is the sum.
ANSWERED = "beantwoord"
COLUMNS = {
    ANSWERED: ("weerbaar_answers_total", {}),
    "daarna niet begrepen": ("weerbaar_answers_followed_total", {"by": "not_understood"}),
    "daarna dezelfde vraag": ("weerbaar_answers_followed_total", {"by": "repeated"}),
    "daarna doorverwezen": ("weerbaar_answers_followed_total", {"by": "handoff"}),
    "dit helpt mij": ("weerbaar_votes_total", {"helps": "yes"}),
    "dit helpt mij niet": ("weerbaar_votes_total", {"helps": "no"}),
}
NOTES = (
    f"Een antwoord dat minder dan {MINIMUM} keer is gegeven, heeft geen eigen regel: het staat bij '{OTHERS}'.",
    f"Een ander aantal onder {MINIMUM} is vervangen door '{FEW}'. Zo is niemand aan te wijzen.",
    "Wat wijst op iemand in nood (een doorverwijzing, een antwoord over nazorg of over steun voor het gezin) telt per "
    f"{MINIMUM}. Zulke aantallen zijn daarom iets te laag.",
    "Er is niet bijgehouden wie iets vroeg, wanneer, of in welke woorden.",
)

Table = dict[str, Counter[str]]


class Prometheus:
    """The HTTP API of a Prometheus server."""

    def __init__(self, address: str) -> None:
        """Takes its address, such as http://localhost:9090."""
        self._address = address.rstrip("/")

    def ask(self, kind: str, **parameters: Any) -> list[dict[str, Any]]:
        """Returns the time series that answer a `query` or a `query_range`; raises OSError or ValueError."""
        with urlopen(f"{self._address}/api/v1/{kind}?{urlencode(parameters)}", timeout=120) as response:
            series: list[dict[str, Any]] = json.load(response)["data"]["result"]
        return series


def days_measured(prometheus: Prometheus, begin: datetime, end: datetime) -> int:
    """Returns on how many days of the month a worker was seen."""
    span = {"start": begin.timestamp(), "end": end.timestamp() - 1, "step": HOUR}
    seen = prometheus.ask("query_range", query="count(weerbaar_ready)", **span)
    return len({datetime.fromtimestamp(at, ZONE).date() for series in seen for at, _ in series["values"]})


def count(prometheus: Prometheus, begin: datetime, end: datetime) -> Table:
    """Returns the counts of each fact, by column."""
    table: Table = {}
    for column, (metric, labels) in COLUMNS.items():
        chosen = ",".join(f'{name}="{value}"' for name, value in labels.items())
        seconds = int(end.timestamp() - begin.timestamp())
        query = f"sum by (fact) (increase({metric}{{{chosen}}}[{seconds}s]))"
        for series in prometheus.ask("query", query=query, time=end.timestamp()):
            number = round(float(series["value"][1]))
            table.setdefault(series["metric"]["fact"], Counter())[column] += number
    return table


def rows(table: Table) -> list[list[str]]:
    """Returns the rows of the CSV: each fact that was given often enough, and the others together if they were."""
    often = {fact: counts for fact, counts in table.items() if counts[ANSWERED] >= MINIMUM}
    others = sum((counts for fact, counts in table.items() if fact not in often), Counter[str]())
    shown = [[fact.partition("/")[0], fact.partition("/")[2], *cells(often[fact])] for fact in sorted(often)]
    return [*shown, [OTHERS, "", *cells(others)]] if others[ANSWERED] >= MINIMUM else shown


def cells(counts: Mapping[str, int]) -> list[str]:
    """Returns the numbers of a row; one below the minimum is not told from zero."""
    return [str(counts[column]) if counts[column] >= MINIMUM else FEW for column in COLUMNS]


def month_of(text: str | None) -> tuple[datetime, datetime]:
    """Returns the begin and the end of a month as `2026-11`, by default the last one; raises ValueError.

    A month that is not over is refused: the difference between two files of it would tell of single days.
    """
    now = datetime.now(ZONE)
    day = datetime.strptime(text, "%Y-%m") if text else now.replace(day=1) - timedelta(days=1)
    begin = datetime(day.year, day.month, 1, tzinfo=ZONE)
    end = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=ZONE)
    if end > now:
        raise ValueError("the month is not over yet")
    return begin, end


def write(path: Path, begin: datetime, days: int, of_days: int, table: Table) -> None:
    """Writes the file, in the form that a Dutch Excel opens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(
            [f"Maandcijfers {begin:%Y-%m}: antwoorden van de assistent. Gemeten: {days} van {of_days} dagen."]
        )
        writer.writerows([note] for note in NOTES)
        writer.writerow([])
        writer.writerow(["onderwerp", "feit", *COLUMNS])
        writer.writerows(rows(table))


def main() -> None:
    """Writes the file and says where it is; ends with one line when that cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", default="http://localhost:9090", help="address of the Prometheus server")
    parser.add_argument("--month", help="a month that is over, such as 2026-11; the last one by default")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the file")
    options = parser.parse_args()
    try:
        begin, end = month_of(options.month)
        prometheus = Prometheus(options.prometheus)
        days = days_measured(prometheus, begin, end)
        table = count(prometheus, begin, end) if days else {}
    except (URLError, OSError, ValueError, KeyError) as error:
        sys.exit(f"maandcijfers: {options.prometheus}, {options.month or 'the last month'}: {error}")
    if not days:
        sys.exit(f"maandcijfers: {options.prometheus} has seen no worker in {begin:%Y-%m}; how long does it keep data?")
    path = options.out / f"maandcijfers-{begin:%Y-%m}.csv"
    write(path, begin, days, (end.date() - begin.date()).days, table)
    print(f"maandcijfers: {path}")


if __name__ == "__main__":
    main()
