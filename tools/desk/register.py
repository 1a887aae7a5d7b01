"""The rows of data/contacts.yml whose review is due."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tools.desk.yaml_lines import child, line_of, read_nodes, value_of

# The parts of the register whose rows have a date.
DATED = {"numbers": "nummer", "services": "andere weg naar hulp", "addresses": "adres"}
# What an owner still has to confirm says so in its name.
TO_CONFIRM = "te controleren"
# In days. The register itself names no period; `make desk DAYS=...` sets another.
DAYS = 90


def rows(path: Path, today: date, days: int) -> list[dict[str, Any]]:
    """Returns the rows of the register with what is due about them, the most urgent first.

    Args:
        path: data/contacts.yml.
        today: the day that counts.
        days: how long after its last review a row is due again.

    Raises:
        Mistake: the file cannot be used.
    """
    root = read_nodes(path)
    found = []
    for part, kind in DATED.items():
        node = child(root, part)
        for key, entry in node.value if node is not None else ():
            fact = value_of(entry)
            found.append(
                {
                    "kind": kind,
                    "value": str(fact.get("value", "")),
                    "name": str(fact.get("name", key.value)),
                    "source": str(fact.get("source", "")),
                    "owner": str(fact.get("owner", "")),
                    "reviewed": str(fact.get("reviewed", "")),
                    "line": line_of(key),
                    **due(fact, today, days),
                }
            )
    return sorted(found, key=lambda row: (not row["due"], -row["age"]))


def due(fact: dict[str, Any], today: date, days: int) -> dict[str, Any]:
    """Returns how many days ago a row was reviewed, whether it is due, and in Dutch why."""
    reviewed = fact.get("reviewed")
    if not isinstance(reviewed, date):
        return {"age": 10_000, "due": True, "why": "Er staat geen datum bij 'reviewed'."}
    age = (today - reviewed).days
    if TO_CONFIRM in str(fact.get("name", "")):
        return {"age": age, "due": True, "why": "De eigenaar moet dit nog bevestigen; dat staat bij 'name'."}
    if age > days:
        return {"age": age, "due": True, "why": f"Dit is {age} dagen geleden nagekeken."}
    return {"age": age, "due": False, "why": ""}
