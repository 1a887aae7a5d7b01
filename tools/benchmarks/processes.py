"""Reads the memory and the processor time of a server's processes from /proc (Linux)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat, counted from the one after the name.
PARENT, SESSION, TIMES = 1, 3, slice(11, 15)


@dataclass(frozen=True)
class Memory:
    """Memory in MB. Of a page that n processes share, `pss` counts 1/n for each and `rss` all of it for each."""

    pss: float
    rss: float


def stat(pid: int) -> list[str]:
    """Returns the fields of /proc/<pid>/stat after the name; empty when the process has ended."""
    try:
        # The name may contain spaces and brackets; the last bracket ends it.
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def tree(pid: int) -> list[int]:
    """Returns the ids of a process, its descendants and the members of its session, since a parent may have ended."""
    found: dict[int, tuple[int, int]] = {}
    for entry in PROC.iterdir():
        fields = stat(int(entry.name)) if entry.name.isdigit() else []
        if fields:
            found[int(entry.name)] = int(fields[PARENT]), int(fields[SESSION])
    members = {other for other, (_, session) in found.items() if session == pid} | ({pid} & set(found))
    while True:
        more = {other for other, (parent, _) in found.items() if parent in members} - members
        if not more:
            return sorted(members)
        members |= more


def memory(pid: int) -> Memory:
    """Returns the memory of a process and all others in its `tree`."""
    kilobytes = {"Pss": 0, "Rss": 0}
    for member in tree(pid):
        try:
            lines = (PROC / str(member) / "smaps_rollup").read_text().splitlines()
        except OSError:  # the process ended meanwhile
            continue
        for line in lines:
            name, _, value = line.partition(":")
            if name in kilobytes:
                kilobytes[name] += int(value.split()[0])
    return Memory(kilobytes["Pss"] / 1024, kilobytes["Rss"] / 1024)


def cpu_seconds(pid: int) -> float:
    """Returns the processor time of a process and all others in its `tree`, also of children that have ended."""
    return sum(sum(map(int, fields[TIMES])) for fields in map(stat, tree(pid)) if fields) / TICKS


def load_average() -> float:
    """Returns the load average of the last minute."""
    return os.getloadavg()[0]
