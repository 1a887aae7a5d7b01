"""Readable Dutch patterns: for severity (patterns/ernst.yml) and for figures of speech (patterns/beeldspraak.yml)."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Pattern, Sequence, Tuple

import yaml

from components.severity import LEVELS
from components.spelling import plain_unicode

PATTERNS_FILE = Path(__file__).resolve().parent.parent / "patterns" / "ernst.yml"
FIGURES_FILE = PATTERNS_FILE.with_name("beeldspraak.yml")

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_GAP = r"(?:\W+\w+){0,4}?\W+"


class PatternError(ValueError):
    """A pattern file that cannot be used; the message says which line of it."""


@dataclass(frozen=True)
class NamedPatterns:
    """The patterns of one level under one name, and those that cancel them in the same sentence."""

    level: str
    name: str
    found: Pattern[str]
    unless: "Pattern[str] | None"


class PatternBook:
    """All patterns, compiled. `search` names the ones that fire."""

    def __init__(self, patterns: Sequence[NamedPatterns]) -> None:
        """Takes the compiled patterns in order."""
        self._patterns = list(patterns)

    @classmethod
    def read(cls, path: Path) -> "PatternBook":
        """Reads a pattern file; raises PatternError or OSError when it cannot be used."""
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, Mapping):
            raise PatternError(f"{path.name}: expected levels ({', '.join(LEVELS)}) with named lists of patterns")
        patterns = []
        for level, groups in content.items():
            if level not in LEVELS:
                raise PatternError(f"{path.name}: '{level}' is no level; use one of {', '.join(LEVELS)}")
            for name, group in (groups or {}).items():
                patterns.append(_compile_group(level, name, group))
        return cls(patterns)

    def search(self, text: str) -> List[Tuple[str, str]]:
        """Returns (level, name) of each group that fires in some sentence of `text`, without repetition."""
        hits: Dict[Tuple[str, str], None] = {}
        for sentence in _SENTENCE_END.split(text.lower()):
            for group in self._patterns:
                if group.found.search(sentence) and not (group.unless and group.unless.search(sentence)):
                    hits[(group.level, group.name)] = None
        return list(hits)


def read_figures_of_speech(path: Path) -> Pattern[str]:
    """Returns one expression for all figures of speech in a file; raises PatternError or OSError."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    groups = content.get("beeldspraak") if isinstance(content, Mapping) else None
    if not isinstance(groups, Mapping) or not all(isinstance(lines, list) and lines for lines in groups.values()):
        raise PatternError(f"{path.name}: expected `beeldspraak:` with named lists of patterns")
    return compile_patterns([line for lines in groups.values() for line in lines])


def _compile_group(level: str, name: str, group: Any) -> NamedPatterns:
    if isinstance(group, list):
        group = {"als": group}
    if not isinstance(group, Mapping) or not group.get("als") or set(group) - {"als", "tenzij"}:
        raise PatternError(f"{level}.{name}: write a list of patterns, or `als:` and `tenzij:` with a list each")
    unless = group.get("tenzij")
    return NamedPatterns(level, name, compile_patterns(group["als"]), compile_patterns(unless) if unless else None)


def compile_patterns(lines: Sequence[str]) -> Pattern[str]:
    """Compiles pattern lines into one regular expression.

    A line is words with blanks between. `*` in a word stands for any letters, `a|b` for one of several words
    (`_` stands for a blank within one of them), `...` for up to four words, `^` at the start of a line for the start
    of the sentence and `$` at its end for the end.

    Raises:
        PatternError: a line is not text, or is empty.
    """
    expressions = []
    for line in lines:
        if not isinstance(line, str) or not line.strip():
            raise PatternError(f"'{line}' is no pattern: write words between quotation marks")
        words = plain_unicode(line).split()  # as TextNormalizer writes them
        start = words[0] == "^"
        end = words[-1] == "$"
        words = words[start: len(words) - end]
        if not any(re.search(r"\w", word) for word in words):
            raise PatternError(f"'{line}' is no pattern: it needs at least one word")
        expression, gap = "", ""
        for word in words:
            if word == "...":
                gap = _GAP
                continue
            options = "|".join(
                re.escape(option).replace(r"\*", r"\w*").replace("_", r"\W+") for option in word.split("|")
            )
            expression += (gap or (r"\W+" if expression else "")) + rf"\b(?:{options})\b"
            gap = ""
        expressions.append((r"^\W*" if start else "") + expression + (r"\W*$" if end else ""))
    return re.compile("|".join(f"(?:{expression})" for expression in expressions))
