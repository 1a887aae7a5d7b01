"""Splits text into words and tells which words are Dutch."""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache
from pathlib import Path

import spacy_lookups_data

# A run of letters, without digits and underscores.
WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=1)
def dutch_words() -> frozenset[str]:
    """Returns the Dutch words of the lemma table in the package spacy-lookups-data, in lower case."""
    table = Path(spacy_lookups_data.__file__).parent / "data" / "nl_lemma_lookup.json.gz"
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        lemmas = json.load(lines)
    return frozenset(word.lower() for pair in lemmas.items() for word in pair)
