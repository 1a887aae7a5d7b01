"""Splits text into words and tells which words are Dutch."""

from __future__ import annotations

import gzip
import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import spacy_lookups_data

# A run of letters, without digits and underscores.
WORD = re.compile(r"[^\W\d_]+")


class WordSet:
    """A set of very many words that keeps eight bytes of each: its hash, in order. The words as texts take 28 MB."""

    def __init__(self, words: Iterable[str]) -> None:
        """Keeps the hashes of the words."""
        self._hashes = array("q", sorted({hash(word) for word in words}))

    def __contains__(self, word: str) -> bool:
        """Returns whether the word is in the set."""
        place = bisect_left(self._hashes, hash(word))
        return place < len(self._hashes) and self._hashes[place] == hash(word)


@lru_cache(maxsize=1)
def dutch_words() -> WordSet:
    """Returns the Dutch words of the lemma table in the package spacy-lookups-data, in lower case."""
    table = Path(spacy_lookups_data.__file__).parent / "data" / "nl_lemma_lookup.json.gz"
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        lemmas = json.load(lines)
    return WordSet(word.lower() for pair in lemmas.items() for word in pair)
