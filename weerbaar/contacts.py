"""Reads the register of numbers, addresses and advisers in data/contacts.yml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from weerbaar.editor_files import read_yaml

REGISTER_FILE = Path(__file__).resolve().parent.parent / "data" / "contacts.yml"


@dataclass(frozen=True)
class Register:
    """The contents of the register.

    Attributes:
        numbers: telephone numbers by key, in the notation of the texts.
        addresses: e-mail and web addresses by key.
        advisers: the adviser's organisation for each value of the slot `functie`.
        sentences: the sentence that names the adviser, for each of those values; empty if there is none.
        organisations: other organisations that may be named.
        forbidden_names: names that the assistant must never say.
    """

    numbers: dict[str, str]
    addresses: dict[str, str]
    advisers: dict[str, str]
    sentences: dict[str, str]
    organisations: list[str]
    forbidden_names: list[str]

    def adviser_sentence(self, role: str | None) -> str:
        """Returns what follows the number in a text: a space and the sentence for the role, or an empty string."""
        sentence = self.sentences.get(role or "", "")
        return f" {sentence}" if sentence else ""


@lru_cache(maxsize=1)
def load_register() -> Register:
    """Returns the register; raises OSError, EditorError or KeyError when the file cannot be used."""
    content = read_yaml(REGISTER_FILE)
    return Register(
        numbers={key: fact["value"] for key, fact in content["numbers"].items()},
        addresses={key: fact["value"] for key, fact in content["addresses"].items()},
        advisers={role: adviser["name"] for role, adviser in content["advisers"].items()},
        sentences={role: adviser["sentence"] for role, adviser in content["advisers"].items()},
        organisations=content["organisations"],
        forbidden_names=content["forbidden_names"],
    )


def safety_text() -> str:
    """Returns the text that a channel sends when the assistant itself cannot answer."""
    numbers = load_register().numbers
    return (
        f"Er gaat iets mis bij mij. Is er nu gevaar? Bel {numbers['noodnummer']}. "
        f"Anders helpt het Ondersteuningsteam Weerbaar Bestuur u: {numbers['ondersteuningsteam']}. "
        "Dat is vertrouwelijk."
    )
