"""Reads the YAML files that editors change, and rejects what they cannot have meant, with the line and the reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

# Characters that only look like those on the keyboard: copied from a text editor, they make words that match nothing.
# Each with its name and with what to write instead.
LOOK_ALIKES = {
    "\u2018": "a curly quote: write '",
    "\u2019": "a curly quote: write '",
    "\u201a": "a curly quote: write '",
    "\u201c": 'a curly quote: write "',
    "\u201d": 'a curly quote: write "',
    "\u201e": 'a curly quote: write "',
    "\u2010": "a hyphen that is not the one of the keyboard: write -",
    "\u2011": "a non-breaking hyphen: write -",
    "\u00ad": "a soft hyphen: take it out",
    "\u00a0": "a non-breaking blank: write a blank",
    "\u202f": "a non-breaking blank: write a blank",
    "\u2007": "a non-breaking blank: write a blank",
    "\u200b": "an invisible blank: take it out",
    "\ufeff": "an invisible mark: take it out",
}
_LOOK_ALIKE = re.compile("|".join(LOOK_ALIKES))


class EditorError(ValueError):
    """Raised for a file that an editor must correct; the message names the file, the place and the reason."""


class _StrictLoader(yaml.SafeLoader):
    """Rejects a key that occurs twice in a mapping, of which PyYAML silently keeps only the last."""

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
        EditorError: the file is not UTF-8 or not YAML, or it contains a duplicate key or one of `LOOK_ALIKES`.
        OSError: the file cannot be read.
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
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader that is even stricter
    except EditorError as error:
        raise EditorError(f"{path.name}, {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise EditorError(f"{path.name}{place}: no valid YAML: {getattr(error, 'problem', error)}") from error
