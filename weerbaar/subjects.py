"""Reads data/subjects.yml: the kind of each subject, its own severity, and the title of its button."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from weerbaar.editor_files import EditorError, read_yaml

SUBJECTS_FILE = Path(__file__).resolve().parent.parent / "data" / "subjects.yml"
# From calm to worst. `suicidaal` ranks above `acuut` because its response names 113 as well as 112.
LEVELS = ("geen", "zorg", "ernstig", "acuut", "suicidaal")
# The levels that a subject of each kind may have.
LEVELS_OF_KIND = {"incident": LEVELS[2:], "need": ("zorg",), "question": ("geen",), "conversation": ("geen",)}


@dataclass(frozen=True)
class Subject:
    """The entry of an intent in data/subjects.yml; the head of that file explains the keys."""

    kind: str
    severity: str = "geen"
    title: str = ""
    family: str = ""


def read_subjects(path: Path = SUBJECTS_FILE) -> dict[str, Subject]:
    """Returns the subjects by intent, in the order of the file.

    Raises:
        EditorError: an entry has an unknown key or an invalid value; the message names the entry and what is allowed.
        OSError: the file cannot be read.
    """
    subjects = {}
    for name, entry in read_yaml(path).items():
        try:
            subject = Subject(**entry)
        except TypeError as error:
            raise EditorError(f"{path.name}, {name}: expected kind, severity, title or family: {error}") from None
        if subject.kind not in LEVELS_OF_KIND:
            raise EditorError(f"{path.name}, {name}: kind must be one of {', '.join(LEVELS_OF_KIND)}")
        allowed = LEVELS_OF_KIND[subject.kind]
        if subject.severity not in allowed:
            raise EditorError(f"{path.name}, {name}: severity of kind {subject.kind} must be {' or '.join(allowed)}")
        subjects[name] = subject
    return subjects


SUBJECTS = read_subjects()
