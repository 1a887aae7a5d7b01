"""Severity of a message: the levels, what each intent means by itself, and how the judgement travels to the policies.

The judgement is made by `weerbaar.nlu.severity_classifier` and stands in the parse data of a user message under
`SEVERITY_KEY`, as `Judgement.as_dict()` gives it.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from weerbaar.subjects import LEVELS as LEVELS
from weerbaar.subjects import SUBJECTS

SEVERITY_KEY = "ernst"

SEVERITY_BY_INTENT = {name: subject.severity for name, subject in SUBJECTS.items() if subject.severity != "geen"}


def worst(*levels: str) -> str:
    """Returns the most severe of `levels`; `geen` when none is given."""
    return max(levels, key=LEVELS.index, default="geen")


def at_least(level: str, bound: str) -> bool:
    """Says whether `level` is as severe as `bound` or worse."""
    return LEVELS.index(level) >= LEVELS.index(bound)


@dataclass
class Judgement:
    """What was concluded about one message, and why.

    Attributes:
        level: one of `LEVELS`.
        probabilities: the model's probability of each level, 0 to 1; empty when no model judged.
        reasons: what fired, such as `model`, `intent` or `patroon:ernstig.dreiging`. Never words of the user.
    """

    level: str = "geen"
    probabilities: Dict[str, float] = field(default_factory=dict)
    reasons: List[str] = field(default_factory=list)

    def as_dict(self) -> Dict[str, Any]:
        """Returns a JSON-serialisable form, as stored in the parse data."""
        return asdict(self)


def level_of_parse_data(parse_data: Optional[Mapping[str, Any]]) -> str:
    """Returns the severity of a parsed message.

    Without a judgement (a button, a test story) the intent decides. Anything malformed counts as no judgement.
    """
    parse_data = parse_data or {}
    judgement = parse_data.get(SEVERITY_KEY)
    level: Optional[str] = judgement.get("level") if isinstance(judgement, Mapping) else None
    if level in LEVELS:
        return level
    intent = parse_data.get("intent") or {}
    return SEVERITY_BY_INTENT.get(intent.get("name") or "", "geen")


def writer_is_aggressor(parse_data: Optional[Mapping[str, Any]]) -> bool:
    """Says whether a pattern found that the writer asks for a text that threatens (groups named `dader_...`)."""
    judgement = (parse_data or {}).get(SEVERITY_KEY)
    reasons = judgement.get("reasons") if isinstance(judgement, Mapping) else None
    return isinstance(reasons, list) and any(".dader_" in str(reason) for reason in reasons)
