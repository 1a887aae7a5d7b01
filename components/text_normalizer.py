"""TextNormalizer: the first component; the others see the text as it was meant."""
from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.fingerprint import CodeFingerprint
from components.patterns import FIGURES_FILE, read_figures_of_speech
from components.spelling import Speller, plain_unicode
from components.words import WORD, dutch_words

# Message attribute: a figure of speech was cut out, so what is left is a torso and says less than it seems to.
FIGURE_KEY = "beeldspraak"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextNormalizer(CodeFingerprint, GraphComponent):
    """Replaces the text of a message by its normal form: see `components.spelling`.

    It learns the words of the training data. The words of the Dutch lemma table of spacy-lookups-data count as right
    as well. Figures of speech with grave words ('ik lach me dood') are cut out, unless nothing else is left; they stay
    in the examples, so that the classifiers learn those that no list has. Payloads of buttons (a leading slash) stay as
    they are.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, counts: Dict[Text, int]) -> None:
        """Takes the words of the training data with their counts."""
        self._model_storage, self._resource = model_storage, resource
        self._counts = counts
        self._speller: Optional[Speller] = None
        self._figures = read_figures_of_speech(FIGURES_FILE)

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TextNormalizer":
        """Creates a normalizer that knows no words yet (see parent class)."""
        return cls(model_storage, resource, {})

    def train(self, training_data: TrainingData) -> Resource:
        """Counts the words of the examples."""
        self._counts = dict(
            Counter(
                word
                for message in training_data.training_examples
                for word in WORD.findall(plain_unicode(message.get(TEXT) or "").lower())
            )
        )
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(self._counts, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TextNormalizer":
        """Loads the words; raises ValueError when they are not in the model."""
        with model_storage.read_from(resource) as folder:
            counts = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        normalizer = cls(model_storage, resource, counts)
        normalizer._speller = Speller(counts, dutch_words())
        return normalizer

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Brings the examples into plain Unicode; their misspellings stay, for the classifiers to learn from."""
        for message in training_data.training_examples:
            message.set(TEXT, plain_unicode(message.get(TEXT) or ""))
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Normalizes the text of each typed message."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and not text.startswith("/"):
                text = plain_unicode(text)
                text = self._speller.correct(text) if self._speller else text
                rest = self.without_figures(text)
                message.set(TEXT, rest)
                if rest != text:
                    message.set(FIGURE_KEY, True)
        return messages

    def without_figures(self, text: str) -> str:
        """Returns a text in lower case without its figures of speech; the text itself when no word would be left."""
        rest = self._figures.sub(" ", text)
        return rest if WORD.search(rest) else text
