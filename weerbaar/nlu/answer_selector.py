"""AnswerSelector: ranks the facts of each subject by how likely a question asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_RESPONSE_KEY,
    METADATA,
    PREDICTED_CONFIDENCE_KEY,
    RESPONSE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu.answers import OVERVIEW, SELECTOR_KEY, best_fact, family_of
from weerbaar.nlu.linear_model import PairedModel, logistic, sparse_margin, view_of
from weerbaar.nlu.trained_component import TrainedComponent
from weerbaar.nlu.writers import metadata_value

# Metadata key of a follow-up question: the name of the fact that it asks for, whatever the subject.
FACT_OF_FOLLOW_UP = "feit"
# Facts below this confidence are left out of the ranking.
LEAST_CONFIDENCE = 0.05


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerSelector(TrainedComponent):
    """Ranks the facts of every subject for a message, in the form of Rasa's ResponseSelector.

    The examples of a fact are those of the intent `<subject>/<fact>` and the follow-up questions (intent `vervolg`)
    whose metadata names it. Facts with the same name ask the same kind of question (`wie`, `kosten`), so the subjects
    learn from each other's questions. The confidence of a fact is its share among the facts of its family.

    Rasa's ResponseSelector is not used: it fails on buttons (its result is dropped and the error swallowed) and needs
    TensorFlow.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the inverse regularisation strengths for n-grams and for embeddings."""
        return {"C_ngrams": 0.1, "C_embeddings": 10.0}

    def __init__(self, *arguments: Any) -> None:
        """Creates an untrained selector; `train` or `load` gives it its models and facts."""
        super().__init__(*arguments)
        self._model: PairedModel | None = None
        self._facts: dict[str, list[str]] = {}

    def train(self, training_data: TrainingData) -> Resource:
        """Fits on the examples that name a fact; raises ValueError when a featurizer is missing."""
        asked = [(example, fact_asked(example)) for example in training_data.intent_examples if fact_asked(example)]
        facts = {example.get(INTENT_RESPONSE_KEY) for example in training_data.intent_examples} - {None}
        self._facts = facts_by_family(facts)
        self._model = PairedModel.fit(
            [example for example, _ in asked],
            [name for _, name in asked],
            sparse_margin(self._config["C_ngrams"]),
            logistic(self._config["C_embeddings"]),
        )
        return self.keep()

    def write(self, folder: Path) -> None:
        """Writes the two models and the names of the facts."""
        assert self._model is not None
        self._model.save(folder)
        (folder / "facts.json").write_text(json.dumps(self._facts), encoding="utf-8")

    def read(self, folder: Path) -> None:
        """Reads what `write` wrote; raises ValueError or OSError when it is missing or broken."""
        self._model = PairedModel.load(folder)
        self._facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the ranking to each typed message that has features."""
        for message in messages:
            text = message.get(TEXT)
            if self._model is None or not isinstance(text, str) or text.startswith("/"):
                continue
            found = self._model.probabilities(view_of(message))
            if found is not None:
                likely = dict(zip(self._model.classes, found[0].tolist()))
                message.set(SELECTOR_KEY, self._as_selector(likely, message.get(INTENT)), add_to_output=True)
        return messages

    def _as_selector(self, likely: dict[str, float], intent: dict[str, Any] | None) -> dict[str, Any]:
        ranking: list[dict[str, Any]] = []
        for facts in self._facts.values():
            # The overview occurs under each intent of a family but is a single class, so it counts once in the total.
            total = sum({fact_name(fact): likely[fact_name(fact)] for fact in facts}.values()) or 1.0
            ranking += [
                {INTENT_RESPONSE_KEY: fact, PREDICTED_CONFIDENCE_KEY: round(likely[fact_name(fact)] / total, 4)}
                for fact in facts
            ]
        ranking = [entry for entry in ranking if entry[PREDICTED_CONFIDENCE_KEY] >= LEAST_CONFIDENCE]
        ranking.sort(key=lambda entry: -entry[PREDICTED_CONFIDENCE_KEY])
        selector = {"default": {"ranking": ranking}}
        fact, confidence = best_fact((intent or {}).get("name") or "", {SELECTOR_KEY: selector})
        response = {INTENT_RESPONSE_KEY: fact, PREDICTED_CONFIDENCE_KEY: confidence}
        intents = sorted({fact.split("/")[0] for facts in self._facts.values() for fact in facts})
        return {"all_retrieval_intents": intents, "default": {RESPONSE: response, "ranking": ranking}}


def fact_asked(example: Message) -> str:
    """Returns the name of the fact that an example asks for, such as `wie`, or an empty string."""
    fact = example.get(INTENT_RESPONSE_KEY)
    return fact_name(fact) if fact else metadata_value(example.get(METADATA), FACT_OF_FOLLOW_UP)


def fact_name(fact: str) -> str:
    """Returns the name of a fact without its subject."""
    return fact.split("/")[1]


def facts_by_family(facts: Iterable[str]) -> dict[str, list[str]]:
    """Returns the facts of each family, including the overview of each of its intents, by the name of the family."""
    families: dict[str, list[str]] = {}
    for fact in sorted({*facts, *(f"{fact.split('/')[0]}/{OVERVIEW}" for fact in facts)}):
        families.setdefault(family_of(fact.split("/")[0]), []).append(fact)
    return families
