"""LinearIntentClassifier: linear classifiers on n-grams and on embeddings, with a calibrated confidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu.linear_model import PairedModel, quick_logistic, sparse_margin, view_of
from weerbaar.nlu.trained_component import TrainedComponent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(TrainedComponent, IntentClassifier):
    """Ranks the intents of a message by its n-grams and its embedding."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the default settings.

        `C_ngrams` is the inverse regularisation strength of the classifier on n-grams, `passes` how often the one on
        embeddings uses each example, and `ranking_length` the number of intents in the ranking.
        """
        return {"C_ngrams": 0.3, "passes": 10, "ranking_length": 10}

    def __init__(self, *arguments: Any) -> None:
        """Creates an untrained classifier; `train` or `load` gives it its models."""
        super().__init__(*arguments)
        self._model: PairedModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Fits on the examples of all intents; raises ValueError when a featurizer is missing."""
        examples = training_data.intent_examples
        self._model = PairedModel.fit(
            examples,
            [example.get(INTENT) for example in examples],
            sparse_margin(self._config["C_ngrams"]),
            quick_logistic(self._config["passes"]),
        )
        return self.keep()

    def write(self, folder: Path) -> None:
        """Writes the two models."""
        assert self._model is not None
        self._model.save(folder)

    def read(self, folder: Path) -> None:
        """Reads the two models; raises ValueError or OSError when they are missing or broken."""
        self._model = PairedModel.load(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent and the ranking of each message; without features the intent is None with confidence 0."""
        model = self._model
        for message in messages:
            ranking: list[dict[str, Any]] = []
            found = model.probabilities(view_of(message)) if model is not None and message.get(TEXT) else None
            if model is not None and found is not None:
                ranking = [
                    {INTENT_NAME_KEY: model.classes[index], PREDICTED_CONFIDENCE_KEY: float(found[0, index])}
                    for index in found[0].argsort()[::-1][: self._config["ranking_length"]]
                ]
            top = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            message.set(INTENT, top, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
