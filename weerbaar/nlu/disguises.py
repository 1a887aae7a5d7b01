"""Undoes what hides the words of a text: odd Unicode, markup, digits used as letters, letters typed apart.

Misspellings stay, because the encoder can read them.
"""

from __future__ import annotations

import re
import unicodedata

from weerbaar.nlu.words import WORD, dutch_words

# Letters of other alphabets that look Latin and occur in disguised words.
_LOOK_ALIKES = str.maketrans(
    "аеорсухікмтвнАВЕКМНОРСТУХіїјѕԁԛԝαορτνικυεΑΒΕΖΗΙΚΜΝΟΡΤΥΧıł",
    "aeopcyxikmtbhABEKMHOPCTYXiijsdqwaoptvikyeABEZHIKMNOPTYXil",
)
_EMOJI: dict[str, str] = {
    "🔪": "mes",
    "🗡": "mes",
    "🔫": "pistool",
    "💣": "bom",
    "🧨": "explosief",
    "🪓": "bijl",
    "⚰": "doodskist",
    "🩸": "bloed",
    "🪦": "grafsteen",
    "☠": "doodshoofd",
    "🆘": "help",
    "🚨": "alarm",
    "🏹": "wapen",
    "⚔": "wapens",
}
_EMOJI_EXPRESSION = re.compile("|".join(map(re.escape, _EMOJI)))
# Marks that strike letters through or bury them; the accents that Dutch uses stay.
_OVERLAYS = re.compile("[\u0334-\u0338\u0489\u20d0-\u20ff\ufe00-\ufe0f]")
_STACKED = re.compile("([\u0300-\u036f])[\u0300-\u036f]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_WORD = re.compile(r"(?<![\w@$])(?=[\w@$]*[a-z][\w@$]*[a-z])(?=[\w@$]*[0-9@$])[a-z0-9@$]{4,}(?![\w@$])", re.I)
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._*\-|/]){3,}\w(?!\w)")
_PUNCTUATED = re.compile(r"(?<=\w)[._*|](?=\w)")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_ADDRESS = re.compile(r"(\S+@\S+|\w+://\S+|www\.\S+)")
_TAG = re.compile(r"<[^<>]{0,200}>")
# Short words that joined letters may be split into; words of three letters or more are looked up in the Dutch table.
_SHORT_WORDS = frozenset("ik je we ze me u hij in op te en de is er om of al nu zo na ga aan bij van".split())
_LONGEST_WORD = 24


def plain_unicode(text: str) -> str:
    """Returns `text` in normal form C, without invisible characters, overlays, look-alike letters or markup tags."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _OVERLAYS.sub("", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", _STACKED.sub(r"\1", text))
    text = _TAG.sub(" ", text)
    text = _EMOJI_EXPRESSION.sub(lambda match: f" {_EMOJI[match.group()]} ", text)
    return WORD.sub(lambda match: _latin(match.group()), text)


def _latin(word: str) -> str:
    """Replaces look-alike letters in a word whose other letters are Latin; a Greek or Russian word stays."""
    changed = word.translate(_LOOK_ALIKES)
    latin = sum("a" <= letter.lower() <= "z" for letter in changed)
    mixed = any("a" <= letter.lower() <= "z" for letter in word)
    return changed if changed != word and mixed and latin == len(changed) else word


def undisguised(text: str) -> str:
    """Returns `text` in plain Unicode with disguised words written out; e-mail and web addresses stay unchanged."""
    parts = _ADDRESS.split(plain_unicode(text))
    return "".join(part if index % 2 else _written_out(part) for index, part in enumerate(parts))


def _written_out(text: str) -> str:
    text = _SPACED.sub(lambda match: _joined(match.group()), text)
    if " " not in text.strip() and _PUNCTUATED.search(text):
        text = _PUNCTUATED.sub(" ", text)
    text = _LEET_WORD.sub(lambda match: _unleeted(match.group()), text)
    return _REPEATED.sub(r"\1\1", text)


def _joined(spaced: str) -> str:
    letters = "".join(character for character in spaced if character.isalnum())
    return _split(letters.lower()) or letters


def _unleeted(word: str) -> str:
    for table in (_LEET, {**_LEET, ord("1"): ord("l")}):
        plain = word.translate(table)
        if plain.lower() in dutch_words():
            return plain
    return word


def _split(letters: str) -> str | None:
    """Splits joined letters into the fewest Dutch words, separated by spaces; returns None when no split exists."""
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            before, known, word = best[start], best[end], letters[start:end]
            if before is None or not (word in _SHORT_WORDS or (len(word) > 2 and word in dutch_words())):
                continue
            if known is None or len(before) + 1 < len(known):
                best[end] = [*before, word]
    return " ".join(best[-1]) if best[-1] else None
