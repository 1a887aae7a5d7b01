"""LinearIntentClassifier: a linear support vector machine over n-grams, with calibrated confidence."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.svm import LinearSVC

from components.fingerprint import CodeFingerprint
from components.linear_model import CalibratedLinearModel, sentence_features, source_of, stack_features


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(CodeFingerprint, GraphComponent, IntentClassifier):
    """Ranks the intents of a message by the sparse features that stand before it in the pipeline."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`C` is the inverse strength of regularisation; `ranking_length` how many intents are kept."""
        return {"C": 0.3, "ranking_length": 10}

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Creates the classifier; it knows nothing before `train` or `load`."""
        self._config, self._model_storage, self._resource = config, model_storage, resource
        self._model: Optional[CalibratedLinearModel] = None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LinearIntentClassifier":
        """Creates an untrained classifier (see parent class)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits on the examples of all intents; raises ValueError when a featurizer is missing."""
        examples = training_data.intent_examples
        self._model, _ = CalibratedLinearModel.fit(
            LinearSVC(C=self._config["C"], tol=1e-2),
            stack_features(examples),
            [example.get(INTENT) for example in examples],
            [source_of(example) for example in examples],
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LinearIntentClassifier":
        """Loads a trained classifier; raises ValueError or OSError when it is not in the model."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier._model, _ = CalibratedLinearModel.load(folder)
        return classifier

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the intent and the ranking of each message; without text or known n-grams the confidence is 0."""
        for message in messages:
            features = sentence_features(message) if message.get(TEXT) else None
            ranking: List[Dict[Text, Any]] = []
            if self._model is not None and features is not None and features.nnz:
                probabilities = self._model.probabilities(features)[0]
                ranking = [
                    {INTENT_NAME_KEY: self._model.classes[index], PREDICTED_CONFIDENCE_KEY: float(probabilities[index])}
                    for index in probabilities.argsort()[::-1][: self._config["ranking_length"]]
                ]
            top = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            message.set(INTENT, top, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
