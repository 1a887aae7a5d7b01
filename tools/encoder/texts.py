"""The texts that the encoder is trained on, and their disguises: typing errors, lower case, no punctuation."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {
    letter: "".join(row[max(0, place - 1) : place + 2].replace(letter, ""))
    for row in KEYBOARD
    for place, letter in enumerate(row)
}
# Spellings by sound, as people in haste write them; `_` stands for a blank.
SOUNDS = [
    pair.replace("_", " ").split("=")
    for pair in "ij=ei ei=ij au=ou ou=au cht=gt sch=sg dt=d d_=t_ aa=a ee=e oo=o en_=e_ een_=n_ het_=t_ ik_=k_".split()
]
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Text:
    """One labelled text.

    Attributes:
        text: the text itself.
        severity: one of `LEVELS`.
        intent: the intent, with the name of the fact if the text asks for one (`training/wie`).
        role: the role that the writer tells; empty without one.
        writer: the writer of the text; empty when unknown.
    """

    text: str
    severity: str
    intent: str
    role: str
    writer: str


def disguise(text: str, chance: random.Random) -> str:
    """Returns `text` as somebody in haste might type it, with the random choices of `chance`."""
    if chance.random() < 0.5:
        text = text.lower()
    if chance.random() < 0.4:
        text = re.sub(r"[.,;:!?'\"]", "", text)
    if chance.random() < 0.3:
        sound, spelt = chance.choice(SOUNDS)
        text = text.replace(sound, spelt)
    errors = min(5, int(len(text) * chance.choice((0.0, 0.01, 0.03, 0.06))) + (chance.random() < 0.4))
    for _ in range(errors):
        text = _with_error(text, chance)
    return text if text.strip() else "?"


def _with_error(text: str, chance: random.Random) -> str:
    if len(text) < 4:
        return text
    place = chance.randrange(1, len(text) - 1)
    before, letter, after = text[:place], text[place], text[place + 1 :]
    kind = chance.randrange(5)
    if kind == 0:
        return before + after
    if kind == 1:
        return before + letter + letter + after
    if kind == 2:
        return before + after[:1] + letter + after[1:]
    if kind == 3 and letter.lower() in NEIGHBOURS:
        return before + chance.choice(NEIGHBOURS[letter.lower()]) + after
    return text[:place].rstrip() + after if letter == " " else before + letter + after
