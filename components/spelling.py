"""Text as people type it, brought back to plain Dutch: Unicode, disguises, emoji, missing blanks, misspellings."""
from __future__ import annotations

import re
import unicodedata
from typing import Dict, Iterable, List, Mapping, Optional

from symspellpy import SymSpell, Verbosity

from components.words import WORD

# Letters of other alphabets that look Latin, as they occur in disguised words.
_LOOK_ALIKES = str.maketrans(
    "аеорсухікмтвнАВЕКМНОРСТУХіїјѕԁԛԝαορτνικυεΑΒΕΖΗΙΚΜΝΟΡΤΥΧıł",
    "aeopcyxikmtbhABEKMHOPCTYXiijsdqwaoptvikyeABEZHIKMNOPTYXil",
)
_EMOJI: Dict[str, str] = {
    "🔪": "mes", "🗡": "mes", "🔫": "pistool", "💣": "bom", "🧨": "explosief", "🪓": "bijl", "⚰": "doodskist",
    "🩸": "bloed", "🪦": "grafsteen", "☠": "doodshoofd", "🆘": "help", "🚨": "alarm", "🏹": "wapen", "⚔": "wapens",
}  # fmt: skip
_EMOJI_EXPRESSION = re.compile("|".join(map(re.escape, _EMOJI)))
# Letters struck through or buried under marks; accents that Dutch uses stay.
_OVERLAYS = re.compile("[\u0334-\u0338\u0489\u20d0-\u20ff\ufe00-\ufe0f]")
_STACKED = re.compile("([\u0300-\u036f])[\u0300-\u036f]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")  # noqa: E501
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_WORD = re.compile(r"(?<![\w@$])(?=[\w@$]*[a-z][\w@$]*[a-z])(?=[\w@$]*[0-9@$])[a-z0-9@$]{4,}(?![\w@$])", re.I)
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._*\-|/]){3,}\w(?!\w)")
_PUNCTUATED = re.compile(r"(?<=\w)[._*|](?=\w)")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_ADDRESS = re.compile(r"(\S+@\S+|\w+://\S+|www\.\S+)")
_TAG = re.compile(r"<[^<>]{0,200}>")
# From this length on a word may have one misspelling, and from the second on two.
_ONE_ERROR, _TWO_ERRORS = 4, 8
_LONGEST_WORD = 24
# A compound is split into at most so many words of at least so many letters (a linking s may stand between).
_MOST_PARTS, _SHORTEST_PART = 3, 3
# A text of at least so many words, of which more than this share is unknown, is in another language: left as it is.
_FOREIGN_WORDS, _FOREIGN_SHARE = 4, 0.5


def plain_unicode(text: str) -> str:
    """Returns `text` in normal form C, without invisible characters, overlays, look-alikes and markup tags."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _OVERLAYS.sub("", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", _STACKED.sub(r"\1", text))
    text = _TAG.sub(" ", text)
    text = _EMOJI_EXPRESSION.sub(lambda match: f" {_EMOJI[match.group()]} ", text)
    return WORD.sub(lambda match: _latin(match.group()), text)


def _latin(word: str) -> str:
    """Replaces look-alike letters in a word that is Latin for the rest; a Greek or Russian word stays."""
    changed = word.translate(_LOOK_ALIKES)
    latin = sum("a" <= letter.lower() <= "z" for letter in changed)
    mixed = any("a" <= letter.lower() <= "z" for letter in word)
    return changed if changed != word and mixed and latin == len(changed) else word


class Speller:
    """Corrects words that are not known towards words that are; known words are never touched."""

    def __init__(self, counts: Mapping[str, int], known: Iterable[str] = ()) -> None:
        """Takes the words to correct towards with how often they occur, and other words that are right."""
        self._counts = dict(counts)
        self._known = set(known) | set(counts)
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in self._counts.items():
            if count > 1 and len(word) > 2:
                self._symspell.create_dictionary_entry(word, count)

    def correct(self, text: str) -> str:
        """Returns `text` in lower case with disguised and misspelt words put right where that is certain enough.

        Mail and web addresses stay as they are.
        """
        parts = _ADDRESS.split(text.lower())
        return "".join(part if index % 2 else self._correct_words(part) for index, part in enumerate(parts))

    def _correct_words(self, text: str) -> str:
        text = _SPACED.sub(lambda match: self._joined(match.group()), text)
        if " " not in text.strip() and _PUNCTUATED.search(text):
            text = _PUNCTUATED.sub(" ", text)
        text = _LEET_WORD.sub(lambda match: self._unleeted(match.group()), text)
        text = _REPEATED.sub(r"\1\1", text)
        words = [word for word in WORD.findall(text) if len(word) >= _ONE_ERROR]
        unknown = sum(word not in self._known for word in words)
        if len(words) >= _FOREIGN_WORDS and unknown > _FOREIGN_SHARE * len(words):
            return text
        return WORD.sub(lambda match: self._corrected(match.group()), text)

    def _joined(self, spaced: str) -> str:
        letters = "".join(character for character in spaced if character.isalnum())
        return self._split(letters) or letters

    def _unleeted(self, word: str) -> str:
        for table in (_LEET, {**_LEET, ord("1"): "l"}):
            plain = word.translate(table)
            if plain in self._known or self._lookup(plain):
                return plain
        return word

    def _corrected(self, word: str) -> str:
        if len(word) < _ONE_ERROR or word in self._known:
            return word
        single = re.sub(r"(.)\1+", r"\1", word)
        if single in self._known:
            return single
        return self._lookup(word) or self._compound(word) or word

    def _compound(self, word: str) -> Optional[str]:
        """Returns the parts of a compound, or of words written together, with blanks between; None when unsure."""
        if len(word) < 2 * _ONE_ERROR:
            return None
        parts = self._split(word)
        words = [part for part in (parts or "").split() if part != "s"]
        if not 2 <= len(words) <= _MOST_PARTS or min(map(len, words)) < _SHORTEST_PART:
            return None
        return " ".join(words)

    def _lookup(self, word: str) -> Optional[str]:
        """Returns the known word nearest to `word`, or None when none is near enough."""
        if not _ONE_ERROR <= len(word) <= _LONGEST_WORD:
            return None
        distance = 2 if len(word) >= _TWO_ERRORS else 1
        found = self._symspell.lookup(word, Verbosity.TOP, max_edit_distance=distance)
        return found[0].term if found and found[0].term[0] == word[0] else None

    def _split(self, letters: str) -> Optional[str]:
        """Returns `letters` as known words with blanks between, the longest words first, or None."""
        best: List[Optional[List[str]]] = [[]] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LONGEST_WORD), end):
                before, word = best[start], letters[start:end]
                if before is None or self._counts.get(word, 0) < (2 if len(word) > 2 else 50):
                    continue
                if best[end] is None or len(before) + 1 < len(best[end]):
                    best[end] = [*before, word]
        words = best[-1]
        return " ".join(words) if words and len(words) <= max(2, len(letters) / 2.5) else None
