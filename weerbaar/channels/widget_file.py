"""The widget as browsers get it, and the hash by which they check it. It needs no Rasa, for releases use it too."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "widget"
WIDGET = "weerbaar-chat.js"
_INDENTATION = re.compile(r"^ +", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*(?:(?!\*/).)*\*/)\n", re.DOTALL | re.MULTILINE)


def served_widget(folder: Path = FOLDER) -> bytes:
    """Returns the script without indentation and comments on lines of their own; raises OSError without a file."""
    return _INDENTATION.sub("", _COMMENT.sub("", (folder / WIDGET).read_text(encoding="utf-8"))).encode()


def integrity_of(script: bytes) -> str:
    """Returns the hash of a script for the attribute `integrity`."""
    return f"sha384-{base64.b64encode(hashlib.sha384(script).digest()).decode()}"
