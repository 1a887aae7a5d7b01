"""The readable Dutch patterns of data/patterns/ernst.yml."""
from __future__ import annotations

import re
from pathlib import Path
from typing import List, Mapping, Pattern, Sequence, Tuple

from weerbaar.editor_files import read_yaml
from weerbaar.nlu.disguises import plain_unicode
from weerbaar.nlu.severity import LEVELS

PATTERNS_FILE = Path(__file__).resolve().parents[2] / "data" / "patterns" / "ernst.yml"

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_GAP = r"(?:\W+\w+){0,4}?\W+"


class PatternError(ValueError):
    """A pattern file that cannot be used; the message says which line of it."""


class PatternBook:
    """All patterns, compiled. `search` names the groups that fire."""

    def __init__(self, patterns: Mapping[Tuple[str, str], Pattern[str]]) -> None:
        """Takes the compiled patterns by level and name."""
        self._patterns = dict(patterns)

    @classmethod
    def read(cls, path: Path) -> "PatternBook":
        """Reads a pattern file; raises EditorError, PatternError or OSError when it cannot be used."""
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

    def search(self, text: str) -> List[Tuple[str, str]]:
        """Returns (level, name) of each group that fires in some sentence of `text`, without repetition."""
        sentences = _SENTENCE_END.split(text.lower())
        return [key for key, found in self._patterns.items() if any(map(found.search, sentences))]


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
