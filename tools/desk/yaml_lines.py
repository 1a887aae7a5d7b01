"""Reads a YAML file of the editors with the line of each part, and says in Dutch what is wrong with it.

It refuses what `weerbaar.editor_files` refuses at training; that module gives no lines, and its messages are English.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from weerbaar.editor_files import LOOK_ALIKES

# The parser in C is ten times as fast, and gives the same lines.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LOOK_ALIKE = re.compile("|".join(LOOK_ALIKES))
# What stands there instead, by the first words of the English description.
_LOOKS = {
    "a curly quote": "een gekruld aanhalingsteken. Typ een recht aanhalingsteken",
    "a hyphen": "een streepje dat niet dat van het toetsenbord is. Typ een gewoon streepje",
    "a non-breaking hyphen": "een streepje uit een tekstverwerker. Typ een gewoon streepje",
    "a soft hyphen": "een onzichtbaar afbreekstreepje. Haal het weg",
    "a non-breaking blank": "een spatie uit een tekstverwerker. Typ een gewone spatie",
    "an invisible": "een onzichtbaar teken. Haal het weg",
}
_NOT_CLOSED = "een aanhalingsteken of haakje dat niet wordt gesloten"
# What the parser calls a mistake, in both of its forms, and what an editor can do about it.
_PROBLEMS = {
    r"mapping values are not allowed": "een dubbele punt die hier niet mag. Zet de tekst op eigen regels onder |-",
    r"undefined alias": "een etiket met * dat nergens met & is gemaakt",
    r"duplicate anchor": "een etiket met & dat al bestaat",
    r"escape": "een schuine streep naar links die hier niet mag. Gebruik enkele aanhalingstekens",
    r"could not find expected ':'": "een regel die te ver naar links begint, of een dubbele punt die ontbreekt",
    r"expected|indentation|did not find": "een regel die niet ver genoeg of te ver inspringt, of een teken te veel",
    r"cannot start|character": "een teken dat hier niet mag. Zet de tekst op eigen regels onder |-",
}


class Mistake(ValueError):
    """A mistake that an editor can correct; the message is Dutch and names the file and the line."""


def read_nodes(path: Path) -> yaml.MappingNode:
    """Returns the content of a YAML file as nodes, which know their lines.

    Raises:
        Mistake: the file cannot be read, is no YAML, or holds what `weerbaar.editor_files` refuses.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Mistake(f"{path.name}: dit bestand is niet opgeslagen als UTF-8.") from None
    except OSError:
        raise Mistake(f"{path.name}: dit bestand kan ik niet lezen.") from None
    for number, line in enumerate(text.splitlines(), 1):
        found = _LOOK_ALIKE.search(line)
        if found:
            look = next(dutch for english, dutch in _LOOKS.items() if LOOK_ALIKES[found.group()].startswith(english))
            raise Mistake(f"{path.name}, regel {number}, teken {found.start() + 1}: hier staat {look}.")
    try:
        root = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise Mistake(f"{path.name}{described(error, text.splitlines())}.") from None
    if not isinstance(root, yaml.MappingNode):
        raise Mistake(f"{path.name}: hier staat geen lijst van namen met een dubbele punt.")
    refuse_second_keys(root, path.name, set())
    return root


def described(error: yaml.YAMLError, lines: list[str]) -> str:
    """Returns the line and the reason of a YAML error, in Dutch, to put behind the name of the file."""
    mark, problem = getattr(error, "problem_mark", None), str(getattr(error, "problem", None) or error)
    if "end of" in problem and getattr(error, "context_mark", None):
        # The end of the file says nothing; this is where the text begins that does not end.
        return f", regel {error.context_mark.line + 1}: hier begint {_NOT_CLOSED}"
    if mark and mark.line < len(lines) and re.match(r"\s*\t", lines[mark.line]):
        return f", regel {mark.line + 1}: hier staat een tab. Gebruik spaties aan het begin van een regel"
    reason = next((dutch for pattern, dutch in _PROBLEMS.items() if re.search(pattern, problem)), None)
    place = f", regel {mark.line + 1} of de regel ervoor" if mark else ""
    return f"{place}: hier staat {reason}" if reason else f"{place}: dit is geen geldige YAML"


def refuse_second_keys(node: yaml.Node, file: str, seen: set[int]) -> None:
    """Raises Mistake when a name occurs twice in one list of names; `seen` holds the nodes that were looked at."""
    if id(node) in seen or not isinstance(node, yaml.CollectionNode):
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            refuse_second_keys(item, file, seen)
        return
    names = set()
    for key, value in node.value:
        if key.value in names and key.value != "<<":
            raise Mistake(f"{file}, regel {key.start_mark.line + 1}: '{key.value}' staat hier voor de tweede keer.")
        names.add(str(key.value))
        refuse_second_keys(value, file, seen)


def value_of(node: yaml.Node) -> Any:
    """Returns what a node stands for, as a YAML loader gives it."""
    return yaml.SafeLoader("").construct_document(node)


def child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """Returns what stands behind a name in a mapping, or None."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def line_of(node: yaml.Node) -> int:
    """Returns the line, from 1, on which a node begins; for a text below `|-` the first line of the text."""
    below = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return int(node.start_mark.line) + 1 + below
