"""The writers of the training data, and which of them are held out from fitting the encoder and the heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Neither the encoder nor a head is fitted on the texts of these writers. Thresholds, calibration, the choice of the
# epoch and the report use them, because the encoder is surer of writers it knows than it will be of strangers. H wrote
# all kinds of danger and all subjects, Z danger in a few words in an app, T everyday talk in an app, HD danger that is
# told without naming it, HC calm text of every kind, HK calm messages as short as a cry for help, HG what people say
# back after a handoff, and F5 questions about each fact. None of them saw what the others wrote.
HELD_OUT = frozenset(["H", "Z", "T", "HD", "HC", "HG", "HK", "F5"])


def metadata_value(metadata: Any, key: str) -> str:
    """Returns the value of a key in the metadata of an example's block, or an empty string."""
    about = metadata.get("intent") if isinstance(metadata, Mapping) else None
    return str(about.get(key) or "") if isinstance(about, Mapping) else ""


def writer_of(metadata: Any) -> str:
    """Returns the writer of an example (`bron` in its metadata), or an empty string."""
    return metadata_value(metadata, "bron")
