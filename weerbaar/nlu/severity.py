"""Severity of a message: the levels, the level of each intent, and how the judgement reaches the policies.

`weerbaar.nlu.severity_classifier` makes the judgement. The parse data of a user message holds it under `SEVERITY_KEY`,
in the form that `Judgement.as_dict` returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from weerbaar.subjects import LEVELS as LEVELS  # noqa: PLC0414  # exported again: others find the levels here
from weerbaar.subjects import SUBJECTS

SEVERITY_KEY = "ernst"

SEVERITY_BY_INTENT = {name: subject.severity for name, subject in SUBJECTS.items() if subject.severity != "geen"}


def worst(*levels: str) -> str:
    """Returns the most severe of `levels`, or `geen` when none is given."""
    return max(levels, key=LEVELS.index, default="geen")


def at_least(level: str, bound: str) -> bool:
    """Returns whether `level` is as severe as `bound` or worse."""
    return LEVELS.index(level) >= LEVELS.index(bound)


@dataclass
class Judgement:
    """The level of one message, and the reasons for it.

    Attributes:
        level: one of `LEVELS`.
        probabilities: the model's probability of each level, 0 to 1; empty when no model judged.
        reasons: what led to the level, as `model`, `intent` or `patroon:ernstig.dreiging`, and `fout:...` for a part
            that failed. Never words of the user.
    """

    level: str = "geen"
    probabilities: dict[str, float] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Returns the JSON-serialisable form that the parse data holds."""
        return asdict(self)


def level_of_parse_data(parse_data: Mapping[str, Any] | None) -> str:
    """Returns the severity of a parsed message.

    Without a judgement (a button, a test story) the intent decides. A malformed judgement counts as none.
    """
    parse_data = parse_data or {}
    judgement = parse_data.get(SEVERITY_KEY)
    level: str | None = judgement.get("level") if isinstance(judgement, Mapping) else None
    if level in LEVELS:
        return level
    intent = parse_data.get("intent") or {}
    return SEVERITY_BY_INTENT.get(intent.get("name") or "", "geen")


def writer_is_aggressor(parse_data: Mapping[str, Any] | None) -> bool:
    """Returns whether a pattern found that the writer asks for a threatening text (groups named `dader_...`)."""
    judgement = (parse_data or {}).get(SEVERITY_KEY)
    reasons = judgement.get("reasons") if isinstance(judgement, Mapping) else None
    return isinstance(reasons, list) and any(".dader_" in str(reason) for reason in reasons)
