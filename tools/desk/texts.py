"""The texts of the responses as they are in the files now: read anew when a file changed, with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.desk.yaml_lines import Mistake, child, line_of, read_nodes, value_of
from tools.evaluation.examples import REPOSITORY
from weerbaar.contacts import load_register

DOMAIN, REGISTER, MESSENGER = Path("domain.yml"), Path("data/contacts.yml"), Path("data/messenger.yml")
# The key of a variant under which it carries its place; Rasa leaves it in the response.
PLACE = "place"


@dataclass(frozen=True)
class Content:
    """What the files say.

    Attributes:
        responses: variants by the name of their response, as Rasa takes them; each has its `PLACE`.
        lines: the line of each response's name in domain.yml.
        register: data/contacts.yml, as written.
        sentence_lines: the line of each role's sentence about the adviser in data/contacts.yml.
        messenger: what the messaging channels say by themselves (data/messenger.yml), as responses by name.
    """

    responses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    register: dict[str, Any] = field(default_factory=dict)
    sentence_lines: dict[str, int] = field(default_factory=dict)
    messenger: dict[str, dict[str, Any]] = field(default_factory=dict)


class Texts:
    """The content of the files, which `refresh` keeps up to date.

    Attributes:
        content: the last content without a mistake.
        version: counts the changes, good ones and mistakes.
        mistake: what is wrong with the files now, in Dutch; empty when nothing is.
    """

    def __init__(self, root: Path = REPOSITORY) -> None:
        """Takes the folder with the files; reads nothing yet."""
        self.root, self.content, self.version, self.mistake = root, Content(), 0, ""
        self._seen: tuple[Any, ...] = ()

    def refresh(self) -> bool:
        """Reads the files when one of them changed since the last time, and returns whether one did.

        When there is a mistake in a file, the last good content stays, and `mistake` says what to correct.
        """
        now = tuple(_state(self.root / path) for path in (DOMAIN, REGISTER, MESSENGER))
        if now == self._seen:
            return False
        self._seen, self.version = now, self.version + 1
        try:
            self.content, self.mistake = read_content(self.root), ""
            # The register in the memory of the assistant, which names the adviser in a conversation.
            load_register.cache_clear()
        except Mistake as mistake:
            self.mistake = str(mistake)
        return True


def _state(path: Path) -> tuple[int, ...]:
    """Returns what changes when a file is written; nothing for a file that is not there."""
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino


def read_content(root: Path) -> Content:
    """Returns the content of the files; raises Mistake when one of them cannot be used."""
    domain, register = read_nodes(root / DOMAIN), read_nodes(root / REGISTER)
    responses = child(domain, "responses")
    if not isinstance(responses, yaml.MappingNode):
        raise Mistake(f"{DOMAIN}: de lijst 'responses:' ontbreekt.")
    advisers = child(register, "advisers")
    if not isinstance(advisers, yaml.MappingNode):
        raise Mistake(f"{REGISTER}: de lijst 'advisers:' ontbreekt.")
    if not isinstance(child(register, "numbers"), yaml.MappingNode):
        raise Mistake(f"{REGISTER}: de lijst 'numbers:' ontbreekt.")
    return Content(
        responses={name.value: variants_of(name.value, node) for name, node in responses.value},
        lines={name.value: line_of(name) for name, _ in responses.value},
        register=value_of(register),
        sentence_lines={role.value: _sentence_line(role.value, node) for role, node in advisers.value},
        messenger=messenger_texts(read_nodes(root / MESSENGER), value_of(register)),
    )


def messenger_texts(root: yaml.MappingNode, register: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the texts of data/messenger.yml with their numbers; raises Mistake for a number that does not exist."""
    numbers = {name: fact["value"] for name, fact in register["numbers"].items()}
    found = {}
    for name, node in root.value:
        try:
            text = str(node.value).strip().format(**numbers)
        except (KeyError, ValueError, IndexError):
            raise Mistake(
                f"{MESSENGER}, regel {line_of(node)}: bij '{name.value}' klopt iets tussen {{ }} niet."
            ) from None
        found[name.value] = {"text": text, PLACE: {"file": str(MESSENGER), "line": line_of(node), "buttons": None}}
    return found


def variants_of(name: str, node: yaml.Node) -> list[dict[str, Any]]:
    """Returns the variants of a response, each with its `PLACE`; raises Mistake for what is no list of texts."""
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise Mistake(f"{DOMAIN}, regel {line_of(node)}: onder '{name}' hoort een lijst die begint met '- text:'.")
    variants = []
    for item in node.value:
        variant, text = value_of(item), child(item, "text")
        if text is None or not isinstance(variant["text"], str) or not variant["text"].strip():
            raise Mistake(f"{DOMAIN}, regel {line_of(item)}: bij '{name}' ontbreekt de tekst achter 'text:'.")
        buttons = child(item, "buttons")
        refuse_unlike_buttons(name, variant.get("buttons") or [], line_of(buttons or item))
        place = {"file": str(DOMAIN), "line": line_of(text), "buttons": line_of(buttons) if buttons else None}
        variants.append({**variant, PLACE: place})
    return variants


def refuse_unlike_buttons(name: str, buttons: Any, line: int) -> None:
    """Raises Mistake when something in the list of buttons is no button."""
    whole = isinstance(buttons, list) and all(isinstance(one, dict) for one in buttons)
    if not whole or not all(isinstance(one.get(key), str) for one in buttons for key in ("title", "payload")):
        raise Mistake(f"{DOMAIN}, regel {line}: bij '{name}' mist een knop 'title:' of 'payload:'.")


def _sentence_line(role: str, node: yaml.Node) -> int:
    adviser, sentence = value_of(node), child(node, "sentence")
    if sentence is None or not isinstance(adviser.get("name"), str) or not isinstance(adviser["sentence"], str):
        raise Mistake(f"{REGISTER}, regel {line_of(node)}: bij '{role}' ontbreekt 'name:' of 'sentence:'.")
    return line_of(sentence)
