"""RoleExtractor: finds the entity `functie`, the role of the writer and not of somebody who is mentioned."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu.trained_component import TrainedComponent

ENTITY = "functie"

# A cue before a role marks it as the writer's own, unless a word of OTHERS comes between. A cue is a run of words.
CUES = re.split(
    r",\s+",
    """ben, bin, ben ik, ik was, was ik, ik werd, werd ik, ik word, word ik, als, als een, ik zit, zit ik, k zit,
    sinds ik, toen ik, nu ik, omdat ik, waar ik, sinds k, ik, wij, ons, jaar, jaren, maanden, maand, weken, functie,
    functie is, rol, rol is, ambt, ambt van, hoedanigheid van, hoedanigheid als, lid van, ik werk, werkzaam,
    werk als, werkzaam als, hier, u spreekt met, namens, i am, i'm, im, as a, as an, as the, ich bin, als ein,
    je suis, jestem, soy, ich arbeite als, net, pas""",
)
RELATIVES = frozenset(
    """man vrouw vrou partner vriend vriendin verloofde vader moeder pa ma papa mama pap mam heit mem zoon dochter broer
    zus schoonzoon schoondochter schoonvader schoonmoeder zwager schoonzus wederhelft eega echtgenoot echtgenote opa oma
    husband wife""".split()
)
POSSESSIVES = frozenset("mijn mn m'n me mien mij onze ons ús my".split())
# Words after which a role belongs to somebody else.
OTHERS = frozenset(
    """door van aan met over tegen voor naar bij onze deze die dat andere elke iedere alle jullie uw je zo'n vorige
    collega tussen richting geen niet nooit hij zij ze zijn hun haar een we wij ik iemand men er""".split()
)
# Words that may come between a cue and the role, although some of them are among OTHERS.
ARTICLES = frozenset("de het een 'n n a an the der die den la le un une".split())
# What may precede and follow a role that stands alone: 'raadslid in een dorp', 'wethouder hier'.
ALONE_BEFORE = frozenset("een gewoon nee ja nou oh sorry hallo hoi dag goedemorgen goedemiddag goedenavond dus".split())
ALONE_AFTER = frozenset("in van bij te uit voor namens hier en met sinds o.a dus hoor ben zonder vd v/d".split())
AFTER = re.compile(
    r"^[\W]{0,3}(?:(?:ben|was|werd|bedoel|bedoelde) (?:ik|k)\b|(?:ben|was|werd|zit)\b(?! (?:je|jij|u|hij|zij|ze)\b)"
    r"|(?:\w+\W+){0,3}dat ben ik|hier\b|spreekt\b|van beroep|geworden\b)"
)
# A denied role and the role that replaces it: 'geen raadslid maar wethouder', 'moet wethouder zijn',
# 'was wethouder, nu burgemeester'.
DENIED = re.compile(r"\b(?:geen|niet|nooit|in plaats van|ipv|i\.p\.v\.?)(?: (?!maar\b)[\w']+){0,3}\W*$")
INSTEAD = re.compile(
    r"\b(?:maar|moet|bedoel|bedoelde|dus|wel|nee|sorry)(?: (?:als|een|de|in|van|voor|lid|ik|ben|zijn|is)){0,4}\W*$"
)
NOW = re.compile(r"\b(?:nu|inmiddels|tegenwoordig|intussen)(?: (?:ben|ik|als|een|de|weer)){0,3}\W*$")
OF_SELF = re.compile(r"\b(?:ik|k|mijn|mn|we|wij|moet)\b|\b(?:bedoel|knop|sorry|nee|oeps|foutje|pardon|correctie)")
# A longer message is likely to mention the roles of others as well.
MOST_WORDS_OF_A_CORRECTION = 20
# A role before one of these words belongs to somebody in a headline.
VERB = re.compile(
    r"\s+(?:is|was|wordt|werd|heeft|had|zegt|wil|gaat|moet|kan|krijgt|en|of|bedreigd|belaagd|\w+t (?:mij|me|ons))\b"
)
# The writer is somebody's assistant, clerk or partner: 'ik ben haar griffier'.
SERVES = re.compile(r"\b(?:ben|bin)(?: ik)? (?:haar|zijn|z'n|d'r|hun|de) $")
# A role that opens a message as a short sentence, or is the whole message: 'Wethouder jeugd. Een vader ...'.
OPENING = re.compile(r"(?:(?:waarnemend|wnd|parttime|oud|nieuw|net|kersvers|eerste|tweede|2e) )?$")
OPENING_REST = re.compile(r"(?:[^\S\n]+[\w&'/-]+){0,3}[^\S\n]*(?:[.!:;\n]|$)")
# Writers tell their own age with their role: 'Kinderachtig voor een burgemeester van 58.'
OF_AGE = re.compile(r" van (?:bijna |over de )?\d\d\b")
# Letters and what they sound like, replaced in this order; a hyphen is silent.
SOUNDS = [pair.split("=") for pair in "ij=ei ou=au sch=sg ch=g ie=i th=t c=k d=t z=s v=f -=".split()]
CLAUSE = re.compile(r"[.,;:!?\n()/]+")
WORD = re.compile(r"[\w'&.]*\w")
# How many words back to look for a cue; the similarity (0 to 100) that a misspelling needs; the shortest word to try.
REACH, ALIKE, SHORTEST = 5, 88, 6
# Texts that name no role by themselves; they count only when they are the whole message.
ALONE_ONLY = frozenset(["anders", "iets anders", "andere functie", "geen van deze"])


class Mention(NamedTuple):
    """The place of a word for a role in a text, and the role that it means."""

    start: int
    end: int
    role: str


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RoleExtractor(TrainedComponent, EntityExtractorMixin):
    """Finds the words for a role (the synonyms in data/nlu/functie.yml) with which writers mean themselves.

    The role of a writer's relative counts as well, because it decides the adviser.
    """

    def __init__(self, *arguments: Any) -> None:
        """Creates an extractor without roles; `train`, `load` or `know` gives it the words for them."""
        super().__init__(*arguments)
        self.know({})

    def know(self, roles: dict[str, str]) -> None:
        """Sets the words to search for, in lower case, each with the role that it means."""
        self._roles = roles
        longest_first = sorted(roles, key=len, reverse=True)
        self._expression = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})\b")
        single = [word for word in longest_first if " " not in word and len(word) >= SHORTEST]
        self._by_sound = {sound(word): roles[word] for word in reversed(single)}
        self._sounds, self._singles = list(self._by_sound), single

    def train(self, training_data: TrainingData) -> Resource:
        """Takes the words for roles from the synonyms of the training data."""
        roles = {word.lower(): role for word, role in training_data.entity_synonyms.items()}
        roles.update({role: role for role in list(roles.values())})
        self.know(roles)
        return self.keep()

    def write(self, folder: Path) -> None:
        """Writes the words and their roles."""
        (folder / "roles.json").write_text(json.dumps(self._roles, ensure_ascii=False), encoding="utf-8")

    def read(self, folder: Path) -> None:
        """Reads the words and their roles; raises ValueError or OSError when they are missing or broken."""
        self.know(json.loads((folder / "roles.json").read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entity to each typed message in which the writer names their own role."""
        for message in messages:
            text = message.get(TEXT)
            found = self.find(text) if isinstance(text, str) and not text.startswith("/") else None
            if found is not None:
                entity = {
                    ENTITY_ATTRIBUTE_TYPE: ENTITY,
                    ENTITY_ATTRIBUTE_START: found.start,
                    ENTITY_ATTRIBUTE_END: found.end,
                    ENTITY_ATTRIBUTE_VALUE: found.role,
                }
                entities = message.get(ENTITIES, []) + self.add_extractor_name([entity])
                message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def find(self, text: str) -> Mention | None:
        """Returns the mention of the writer's own role in `text`, or None."""
        text = text.lower()
        mentions = self._mentions(text)
        corrected = correction(text, mentions)
        if corrected is not None:
            return corrected
        for mention in mentions:
            before, after = text[: mention.start], text[mention.end :]
            if text[mention.start : mention.end] in ALONE_ONLY and WORD.search(before + after):
                continue
            served = mention.role == "anders" and SERVES.search(before)
            if is_own(before, after) or served or opens(before, after, mentions):
                return mention
        return None

    def _mentions(self, text: str) -> list[Mention]:
        """Returns each word for a role, spelt correctly or not, in the order of the text."""
        mentions = [
            Mention(match.start(), match.end(), self._roles[match.group()]) for match in self._expression.finditer(text)
        ]
        for match in WORD.finditer(text):
            taken = any(mention.start < match.end() and match.start() < mention.end for mention in mentions)
            if taken or len(match.group()) < SHORTEST:
                continue
            role = self._misspelt(match.group())
            if role is not None:
                mentions.append(Mention(match.start(), match.end(), role))
        return sorted(mentions)

    def _misspelt(self, word: str) -> str | None:
        """Returns the role whose word `word` resembles in sound or in letters, or None."""
        by_sound = process.extractOne(sound(word), self._sounds, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if by_sound:
            return self._by_sound[by_sound[0]]
        by_letters = process.extractOne(word, self._singles, scorer=fuzz.ratio, score_cutoff=ALIKE)
        return self._roles[by_letters[0]] if by_letters else None


def opens(before: str, after: str, mentions: list[Mention]) -> bool:
    """Returns whether the only role of a text opens it as a separate sentence, or comes with the writer's age."""
    if len(mentions) > 1 or "?" in after[:40]:
        return False
    opening = OPENING.fullmatch(before) and OPENING_REST.match(after) and not VERB.match(after)
    return bool(opening or (before.endswith("voor een ") and OF_AGE.match(after)))


def correction(text: str, mentions: list[Mention]) -> Mention | None:
    """Returns the role that corrects another role or a wrong button, or None when the text corrects nothing."""
    if len(text.split()) > MOST_WORDS_OF_A_CORRECTION or not (OF_SELF.search(text) or len(text.split()) <= 6):
        return None
    for place, mention in enumerate(mentions):
        before = text[: mention.start]
        if DENIED.search(before):
            continue
        other_is_denied = any(DENIED.search(text[: other.start]) for other in mentions)
        must_be = re.match(r"\W*(?:zijn|wezen|worden)\b", text[mention.end :])
        if (INSTEAD.search(before) and (other_is_denied or must_be)) or (place and NOW.search(before)):
            return mention
    return None


def sound(word: str) -> str:
    """Returns a rough spelling by sound, which is the same for 'raatslit' and 'raadslid'."""
    for letters, replacement in SOUNDS:
        word = word.replace(letters, replacement)
    return re.sub(r"(.)\1+", r"\1", word)


def is_own(before: str, after: str) -> bool:
    """Returns whether the role between `before` and `after` belongs to the writer or to a relative of theirs."""
    clause_before, clause_after = CLAUSE.split(before)[-1], CLAUSE.split(after)[0]
    words = WORD.findall(clause_before)
    if AFTER.search(after) and not (words and words[-1] in OTHERS - ARTICLES):
        return True
    following = WORD.findall(clause_after)
    if all(word in ALONE_BEFORE for word in words) and (not following or following[0] in ALONE_AFTER):
        return True
    if before.endswith("collega-"):
        return True
    sentence = WORD.findall(re.split(r"[.!?\n]", before)[-1])
    return has_relative(sentence) or has_cue(sentence)


def has_relative(words: list[str]) -> bool:
    """Returns whether the last words name a relative: 'mijn man is', 'mijn vrouw (de', 'als dochter van een'."""
    near = words[-5:]
    return any(
        word in RELATIVES
        and ((index and near[index - 1] in POSSESSIVES) or (index and near[index - 1] in ("als", "de")))
        and not set(near[index + 1 :]) & {"door", "tegen", "met", "over", "heeft", "geen", "niet", "zegt"}
        for index, word in enumerate(near)
    )


def has_cue(words: list[str]) -> bool:
    """Returns whether the last words hold a cue for the writer's own role, with nobody else mentioned after it."""
    for back in range(1, REACH + 1):
        if len(words) < back:
            return False
        if any(
            words[-back:][: len(cue)] == cue and not others(words[len(words) - back + len(cue) :], cue)
            for cue in CUE_WORDS
            if len(cue) <= back
        ):
            return True
    return False


def others(between: list[str], cue: list[str]) -> bool:
    """Returns whether the words between a cue and a role show that the role is somebody else's."""
    if cue == ["als"] and between in (["haar"], ["hun"], ["zijn"], ["jullie"]):
        return False
    if len(cue) == 1 and cue[0] in ("ik", "wij", "hier", "namens"):
        return bool(between)
    if cue == ["ons"]:
        return any(word not in ARTICLES for word in between)
    if between and between[-1] in ARTICLES:
        between = between[:-1]
    return bool(set(between) & OTHERS) or len(between) > 4


CUE_WORDS = [cue.split() for cue in CUES]
