"""TextNormalizer: the first component; the others see the text as it was meant."""
from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu.disguises import undisguised
from weerbaar.nlu.fingerprint import CodeFingerprint


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class TextNormalizer(CodeFingerprint, GraphComponent):
    """Replaces the text of a message by one without disguises; payloads of buttons (a leading slash) stay."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TextNormalizer":
        """Creates the component; it learns nothing."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Does with the examples what is done with messages."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Replaces the text of each typed message."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and not text.startswith("/"):
                message.set(TEXT, undisguised(text))
        return messages
