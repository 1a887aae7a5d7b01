"""The monthly CSV, asked of a real Prometheus: right numbers, and nobody who can be singled out."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from chat import ROOT, free_port

# Runs real parts, or takes long.
pytestmark = pytest.mark.real

SCRIPT = ROOT / "tools" / "scripts" / "monthly_counts.py"
BEGIN, HOURS = datetime(2025, 3, 1, tzinfo=ZoneInfo("Europe/Amsterdam")).timestamp(), 31 * 24 - 1
WHO, RARE, RARER = "training/wie", "training/nut", "sipa/onderzoek"
# What each of two workers has counted at the end of the month. The first began again halfway.
COUNTED = {
    f'weerbaar_answers_total{{subject="training",fact="{WHO}",': 40,
    f'weerbaar_answers_total{{subject="training",fact="{RARE}",': 4,
    f'weerbaar_answers_total{{subject="sipa",fact="{RARER}",': 3,
    f'weerbaar_answers_followed_total{{subject="training",fact="{WHO}",by="repeated",': 6,
    f'weerbaar_answers_followed_total{{subject="training",fact="{WHO}",by="handoff",': 0,
    f'weerbaar_answers_followed_total{{subject="training",fact="{WHO}",by="not_understood",': 1,
    f'weerbaar_votes_total{{subject="training",fact="{WHO}",helps="yes",': 20,
    f'weerbaar_votes_total{{subject="training",fact="{WHO}",helps="no",': 2,
}


def samples() -> Iterator[str]:
    """Yields what Prometheus has read in March 2025, hour by hour, in the form of OpenMetrics."""
    yield "# TYPE weerbaar_ready gauge"
    for hour in range(24 * 20):
        yield f'weerbaar_ready{{instance="a"}} 1 {BEGIN + hour * 3600:.0f}'
    seen = ""
    for name, end in COUNTED.items():
        family = name.partition("_total{")[0]
        yield from [f"# TYPE {family} counter"] if family != seen else []
        seen = family
        for worker, began in (("a", HOURS // 2), ("b", 0)):
            for hour in range(HOURS + 1):
                grown = end * hour // HOURS - (end * began // HOURS if hour >= began else 0)
                yield f'{name}instance="{worker}"}} {grown} {BEGIN + hour * 3600:.0f}'
    yield "# EOF"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A Prometheus that holds those samples."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "samples").write_text("\n".join(samples()) + "\n")
    (folder / "empty.yml").write_text("")
    filling = ["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "samples", folder / "data"]
    subprocess.run(filling, check=True, capture_output=True)
    found = f"127.0.0.1:{free_port()}"
    options = {
        "config.file": folder / "empty.yml",
        "storage.tsdb.path": folder / "data",
        "storage.tsdb.retention.time": "30y",
        "web.listen-address": found,
        "log.level": "error",
    }
    process = subprocess.Popen(["prometheus", *(f"--{name}={value}" for name, value in options.items())])
    try:
        for _ in range(200):
            try:
                if httpx.get(f"http://{found}/-/ready").status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None, "Prometheus ended"
            time.sleep(0.1)
        yield f"http://{found}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def ask(address: str, month: str, out: Path) -> subprocess.CompletedProcess:
    """Runs the command."""
    command = [sys.executable, SCRIPT, "--prometheus", address, "--month", month, "--out", out]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_counts_of_a_month(address, tmp_path):
    """Those of two workers, one of which began again; rare answers are together, and small numbers are left out."""
    done = ask(address, "2025-03", tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "maandcijfers-2025-03.csv").read_text(encoding="utf-8-sig")
    lines = list(csv.reader(text.splitlines(), delimiter=";"))
    assert "Gemeten: 20 van 31 dagen" in lines[0][0] and "minder dan 10" in text
    head = next(index for index, line in enumerate(lines) if line[:1] == ["onderwerp"])
    few = "minder dan 10"
    assert lines[head][2:] == [
        "beantwoord",
        "daarna niet begrepen",
        "daarna dezelfde vraag",
        "daarna doorverwezen",
        "dit helpt mij",
        "dit helpt mij niet",
    ]
    assert lines[head + 1 :] == [
        ["training", "wie", "80", few, "12", few, "40", few],
        ["(overige antwoorden samen)", "", "14", few, few, few, few, few],
    ]


@pytest.mark.parametrize(("month", "why"), [("2025-02", "no worker"), ("2999-01", "not over"), ("maart", "match")])
def test_a_month_without_counts_is_refused(address, tmp_path, month, why):
    """In one line; also one that is not over, of which two files would tell what happened in between."""
    done = ask(address, month, tmp_path)
    assert done.returncode == 1 and why in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_a_prometheus_it_says_so(tmp_path):
    """And where it looked."""
    done = ask("http://127.0.0.1:1", "2025-03", tmp_path)
    assert done.returncode == 1 and "127.0.0.1:1" in done.stderr and "Traceback" not in done.stderr
