"""RoleExtractor: the entity `functie`, the role of the writer, not of somebody mentioned."""
from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Optional, Text, Tuple

from rapidfuzz import fuzz, process
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
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

ENTITY = "functie"

_RELATIVE = (
    r"(?:(?:mijn|m'n|mn|me|onze) (?:man|vrouw|partner|vriend|vriendin|verloofde|vader|moeder|pa|ma|papa|mama|zoon|"
    r"dochter|broer|zus|schoonzoon|schoondochter|schoonvader|schoonmoeder|zwager|schoonzus|wederhelft|eega|echtgenoot|"
    r"echtgenote|opa|oma))"
)
# What comes before the role when writers speak of their own; a few other words may stand between.
_OWN_BEFORE = re.compile(
    r"(?:^|\b)(?:"
    r"(?:ik |en |want |zelf )?(?:ben|was|werd|word)(?: ik)?(?: \w+){0,4}?"
    r"|sinds ik(?: \w+){0,4}?|toen ik(?: \w+){0,4}?|nu ik(?: \w+){0,4}?|omdat ik(?: \w+){0,4}?|waar ik(?: \w+){0,3}?"
    r"|ik zit(?: \w+){0,5}?|zit ik(?: \w+){0,4}?|zit(?: \w+){0,3}? in"
    r"|(?:als|ik,?|mij als|ons als|wij als|me als)(?: \w+){0,2}?"
    r"|(?:mijn|m'n|mn) (?:functie|rol|ambt|werk|baan|beroep)(?: \w+){0,3}?"
    r"|ik werk(?: \w+){0,4}?|werkzaam(?: \w+){0,2}?|werk(?:end)? als(?: \w+){0,2}?|ik spreek(?: \w+){0,3}?"
    r"|(?:hier|u spreekt met)(?: \w+){0,2}?"
    rf"|{_RELATIVE}(?:,| is| was| werd| werkt als| zit| die)(?: \w+){{0,4}}?"
    r"|(?:i am|i'm|im|as)(?: \w+){0,3}?|ich bin(?: \w+){0,2}?|je suis(?: \w+){0,2}?"
    r")\W+$"
)
_OWN_AFTER = re.compile(
    r"^\W+(?:\w+\W+){0,4}?(?:dat ben ik|ben ik|was ik|werd ik|hier(?: spreekt| schrijft)?\b|spreekt\b)"
    r"|^ (?:ben|was|werd|zit) (?!je|jij|u\b|hij|zij)"
)
_NEGATED = re.compile(r"\b(?:geen|niet|nooit|nog geen|zelf geen)\W+(?:\w+\W+){0,1}$")
_OTHER = re.compile(r"\b(?:een|de|die|onze|deze|andere|elke|iedere|voormalige?|vorige|jullie|uw|zo'n|hun|haar|zijn)\W+$")
_ALONE_AFTER = re.compile(r"^(?:$|[.,;:!?)]| in | van | bij | te | uit | voor | namens | hier| en | met | sinds | o\.a)")
_ALONE_BEFORE = re.compile(r"^\W*(?:(?:een|gewoon|nee|ja|nou|oh|sorry|hallo|hoi|goedemorgen|goedemiddag|goedenavond|functie|rol|o)\W+)*$")
_WORD = re.compile(r"[\w'-]+")
# A word must be this alike (0 to 100) to count as a misspelling of a role, and at least this long.
_ALIKE, _SHORTEST = 84, 6


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RoleExtractor(GraphComponent, EntityExtractorMixin):
    """Finds the words for a role (the synonyms in data/nlu/functie.yml) where the writer means themselves.

    The role of a relative counts as well: it decides the adviser.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, roles: Dict[Text, Text]) -> None:
        """Takes the words for a role and the role each means."""
        self._model_storage, self._resource = model_storage, resource
        self._set_roles(roles)

    def _set_roles(self, roles: Dict[Text, Text]) -> None:
        self._roles = roles
        longest_first = sorted(roles, key=len, reverse=True)
        self._expression = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})\b")
        self._single_words = [word for word in longest_first if " " not in word and len(word) >= _SHORTEST]

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "RoleExtractor":
        """Creates an extractor that knows no roles yet (see parent class)."""
        return cls(model_storage, resource, {})

    def train(self, training_data: TrainingData) -> Resource:
        """Takes over the synonyms of the training data."""
        roles = {word.lower(): role for word, role in training_data.entity_synonyms.items()}
        roles.update({role: role for role in list(roles.values())})
        self._set_roles(roles)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "roles.json").write_text(json.dumps(roles, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "RoleExtractor":
        """Loads the words; raises ValueError when they are not in the model."""
        with model_storage.read_from(resource) as folder:
            roles = json.loads((folder / "roles.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, roles)

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds the entity to each message in which the writer names a role of their own."""
        for message in messages:
            text = message.get(TEXT)
            found = self.find(text) if isinstance(text, str) and not text.startswith("/") else None
            if found is not None:
                start, end, role = found
                entity = {
                    ENTITY_ATTRIBUTE_TYPE: ENTITY,
                    ENTITY_ATTRIBUTE_START: start,
                    ENTITY_ATTRIBUTE_END: end,
                    ENTITY_ATTRIBUTE_VALUE: role,
                }
                message.set(
                    ENTITIES,
                    message.get(ENTITIES, []) + self.add_extractor_name([entity]),
                    add_to_output=True,
                )
        return messages

    def find(self, text: str) -> Optional[Tuple[int, int, str]]:
        """Returns (start, end, role) of the writer's own role in `text`, or None."""
        lowered = text.lower()
        for start, end, role in self._mentions(lowered):
            before, after = lowered[:start], lowered[end:]
            before = re.split(r"[.!?\n]", before)[-1]
            if _NEGATED.search(before):
                continue
            if _ALONE_BEFORE.search(before) and _ALONE_AFTER.search(after) and len(_WORD.findall(after)) <= 8:
                return start, end, role
            if _OWN_AFTER.search(after) or (_OWN_BEFORE.search(before) and not _of_another(before)):
                return start, end, role
        return None

    def _mentions(self, text: str) -> List[Tuple[int, int, str]]:
        """Returns (start, end, role) of each word for a role, right or misspelt, in order of place."""
        mentions = [(match.start(), match.end(), self._roles[match.group()]) for match in self._expression.finditer(text)]
        for match in _WORD.finditer(text):
            word = match.group()
            if len(word) < _SHORTEST or any(start < match.end() and match.start() < end for start, end, _ in mentions):
                continue
            best = process.extractOne(word, self._single_words, scorer=fuzz.ratio, score_cutoff=_ALIKE)
            if best is not None and best[0][0] == word[0]:
                mentions.append((match.start(), match.end(), self._roles[best[0]]))
        return sorted(mentions)


def _of_another(before: str) -> bool:
    """Says whether the role belongs to somebody mentioned: 'ik ben bedreigd door een wethouder'."""
    return bool(
        re.search(r"\b(?:door|van|aan|met|over|tegen|voor|naar|namens|bij|waarop)\W+(?:\w+\W+){0,2}$", before)
        and not re.search(r"\b(?:lid|fractie|bestuur|functie|rol|werk)\w*\W+(?:van|bij|voor|in)\W+(?:\w+\W+){0,2}$", before)
    ) or bool(_OTHER.search(before) and not re.search(r"\b(?:ben|was|is|werd|word|zit in|zit bij|zit namens)\W+(?:\w+\W+){0,2}$", before))
