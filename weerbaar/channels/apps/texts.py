"""Reads data/messenger.yml: what the messaging channels say by themselves."""

from __future__ import annotations

from pathlib import Path

from weerbaar.contacts import load_register
from weerbaar.editor_files import read_yaml

# Longest text that is answered whole: many times what anybody types on a telephone. A turn takes time from all
# channels, and more for a longer text.
MAX_CHARACTERS = 4_000
FILE = Path(__file__).resolve().parents[3] / "data" / "messenger.yml"


def load_texts() -> dict[str, str]:
    """Returns each text by its name, with its numbers filled in.

    Raises:
        OSError, EditorError, KeyError: The file cannot be used.
    """
    texts = read_yaml(FILE)
    return {name: text.strip().format(**load_register().numbers) for name, text in texts.items()}


# Read at import: when the texts are needed, there may be no file left to open.
TEXTS = load_texts()
# What is said to a photo or a voice message, in turn.
UNREADABLE = [TEXTS[name] for name in ("geen_tekst", "weer_geen_tekst", "nog_geen_tekst")]
