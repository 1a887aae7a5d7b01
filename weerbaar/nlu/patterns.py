"""Compiles and searches the readable Dutch patterns of data/patterns/ernst.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from re import Pattern

from weerbaar.editor_files import read_yaml
from weerbaar.nlu.disguises import plain_unicode
from weerbaar.nlu.severity import LEVELS

PATTERNS_FILE = Path(__file__).resolve().parents[2] / "data" / "patterns" / "ernst.yml"

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_GAP = r"(?:\W+\w+){0,4}?\W+"


class PatternError(ValueError):
    """Raised when a pattern file cannot be used; the message names the level, group or pattern at fault."""


class PatternBook:
    """All patterns, compiled. `search` returns the groups that match a text."""

    def __init__(self, patterns: Mapping[tuple[str, str], Pattern[str]]) -> None:
        """Stores the compiled patterns, keyed by (level, name)."""
        self._patterns = dict(patterns)

    @classmethod
    def read(cls, path: Path) -> PatternBook:
        """Reads a pattern file.

        Raises:
            EditorError: the file is not YAML that an editor can have meant.
            PatternError: a level does not exist, or a group or a pattern is malformed.
            OSError: the file cannot be read.
        """
        content = read_yaml(path)
        if not isinstance(content, Mapping):
            raise PatternError(f"{path.name}: expected levels ({', '.join(LEVELS)}) with named lists of patterns")
        patterns = {}
        for level, groups in content.items():
            if level not in LEVELS:
                raise PatternError(f"{path.name}: '{level}' is no level; use one of {', '.join(LEVELS)}")
            for name, lines in (groups or {}).items():
                if not isinstance(lines, list) or not lines:
                    raise PatternError(f"{path.name}: {level}.{name}: write a list of patterns")
                patterns[level, name] = compile_patterns(lines)
        return cls(patterns)

    def search(self, text: str) -> list[tuple[str, str]]:
        """Returns the (level, name) of each group that matches at least one sentence of `text`, each group once."""
        sentences = _SENTENCE_END.split(text.lower())
        return [key for key, found in self._patterns.items() if any(map(found.search, sentences))]


def compile_patterns(lines: Sequence[str]) -> Pattern[str]:
    """Compiles pattern lines into one regular expression.

    A line consists of words separated by spaces. Within a word, `*` matches any letters and `a|b` one of several
    alternatives, in which `_` stands for a space. `...` matches up to four words. `^` at the start of a line matches
    the start of the sentence, and `$` at its end matches the end of the sentence.

    Raises:
        PatternError: a line is not text, or contains no word.
    """
    expressions = []
    for line in lines:
        if not isinstance(line, str) or not line.strip():
            raise PatternError(f"'{line}' is no pattern: write words between quotation marks")
        words = plain_unicode(line).split()  # TextNormalizer does the same to messages
        start = words[0] == "^"
        end = words[-1] == "$"
        words = words[start : len(words) - end]
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
