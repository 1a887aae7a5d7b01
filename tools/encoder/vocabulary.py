"""Prunes the vocabulary of the tokenizer to what Dutch, the other languages of users, and our own texts need.

The tokenizer is a unigram model: it cuts a word whose piece is gone into smaller pieces that remain, so it can still
read every text. For that reason the single characters of the scripts in `SCRIPTS` stay, Latin, Cyrillic and Arabic
among them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer
from wordfreq import top_n_list

# How many of the most frequent words of each language decide which pieces it needs.
WORDS = {"nl": 80_000, **dict.fromkeys(("en", "de", "fr", "es", "tr", "pl", "uk", "ar"), 8_000)}
# A piece that occurs in fewer words of a list than this is replaced by smaller ones.
LEAST = 2
SCRIPTS = ((0x20, 0x250), (0x370, 0x530), (0x600, 0x700), (0x1E00, 0x1F00), (0x2000, 0x2070), (0x20A0, 0x20C0))
EMOJI = ((0x2600, 0x27C0), (0x1F300, 0x1FB00))
SPECIAL = 4


def pieces_to_keep(tokenizer: Tokenizer, texts: Iterable[str]) -> list[int]:
    """Returns the ids of the pieces that are needed, in ascending order; the four special ones come first.

    Args:
        tokenizer: the tokenizer with the whole vocabulary.
        texts: our own texts, of which all pieces are kept, as written and in lower case.
    """
    keep = set(range(SPECIAL))
    for text in texts:
        for form in {text, text.lower()}:
            keep.update(tokenizer.encode(form, add_special_tokens=False).ids)
    for language, number in WORDS.items():
        counts: Counter[int] = Counter()
        for word in top_n_list(language, number, wordlist="best"):
            for form in {word, word.capitalize()}:
                counts.update(set(tokenizer.encode(form, add_special_tokens=False).ids))
        keep.update(piece for piece, count in counts.items() if count >= LEAST)
    for piece, number in tokenizer.get_vocab(with_added_tokens=False).items():
        character = piece.removeprefix("▁")
        if len(character) <= 1 and (not character or _is_kept(ord(character))):
            keep.add(number)
    return sorted(keep)


def _is_kept(code: int) -> bool:
    return any(first <= code < last for first, last in (*SCRIPTS, *EMOJI))


def write_pruned(source: Path, keep: list[int], target: Path) -> None:
    """Writes the tokenizer in `source` to `target` with only the pieces `keep`, renumbered in that order."""
    content = json.loads(source.read_text(encoding="utf-8"))
    vocabulary = content["model"]["vocab"]
    content["model"]["vocab"] = [vocabulary[number] for number in keep]
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] < SPECIAL]
    content["truncation"] = content["padding"] = None
    target.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
