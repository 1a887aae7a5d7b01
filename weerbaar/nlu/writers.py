"""The writers of the training data, and which of them nothing is fitted on but thresholds."""
from __future__ import annotations

from typing import Any, Mapping

# Neither the encoder nor a head has read what these wrote: thresholds, calibration, the choice of the epoch and the
# report rest on them, since on writers that the encoder knows it is surer than it will be on strangers. H wrote all
# kinds of danger and all subjects, Z danger in a few words in an app, T everyday talk in an app; HD tells danger
# without naming it, HC calm text of every kind, HK calm words as short as a cry for help, HG what people say back
# after a handoff, F5 questions about each fact. None of them saw what the others wrote.
HELD_OUT = frozenset(["H", "Z", "T", "HD", "HC", "HG", "HK", "F5"])


def told_of(metadata: Any, key: str) -> str:
    """Returns what the metadata of an example's block says under a key, or an empty string."""
    about = metadata.get("intent") if isinstance(metadata, Mapping) else None
    return str(about.get(key) or "") if isinstance(about, Mapping) else ""


def writer_of(metadata: Any) -> str:
    """Returns the writer of an example (`bron` in its metadata), or an empty string."""
    return told_of(metadata, "bron")
