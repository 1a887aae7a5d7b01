"""Reads the YAML files that editors change, and refuses what they cannot have meant, with the line and the reason."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

# Characters that look like those on the keyboard and are not: copied from a text editor, they make words that match
# nothing. What each is called, and what to write.
LOOK_ALIKES = {
    "\u2018": "a curly quote: write '", "\u2019": "a curly quote: write '", "\u201a": "a curly quote: write '",
    "\u201c": 'a curly quote: write "', "\u201d": 'a curly quote: write "', "\u201e": 'a curly quote: write "',
    "\u2010": "a hyphen that is not the one of the keyboard: write -",
    "\u2011": "a non-breaking hyphen: write -", "\u00ad": "a soft hyphen: take it out",
    "\u00a0": "a non-breaking blank: write a blank", "\u202f": "a non-breaking blank: write a blank",
    "\u2007": "a non-breaking blank: write a blank", "\u200b": "an invisible blank: take it out",
    "\ufeff": "an invisible mark: take it out",
}  # fmt: skip
_LOOK_ALIKE = re.compile("|".join(LOOK_ALIKES))


class EditorError(ValueError):
    """A file that an editor must mend; the message names the file, the line and the reason."""


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML itself keeps the last and drops the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen and key_node.value != "<<":
                raise EditorError(f"line {key_node.start_mark.line + 1}: '{key}' stands here for the second time")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Returns the content of a YAML file.

    Raises:
        EditorError: it is no YAML, holds a key twice, or a character that only looks like one of the keyboard.
        OSError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise EditorError(f"{path.name}: save it as UTF-8 ({error.reason})") from error
    for number, line in enumerate(text.splitlines(), 1):
        found = _LOOK_ALIKE.search(line)
        if found:
            raise EditorError(f"{path.name}, line {number}: {LOOK_ALIKES[found.group()]} (column {found.start() + 1})")
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except EditorError as error:
        raise EditorError(f"{path.name}, {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise EditorError(f"{path.name}{place}: no valid YAML: {getattr(error, 'problem', error)}") from error
