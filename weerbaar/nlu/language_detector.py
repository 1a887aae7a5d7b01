"""LanguageDetector: detects the language of a message that is clearly not Dutch, to give the numbers in it."""

from __future__ import annotations

from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.fingerprint import CodeFingerprint
from weerbaar.nlu.words import WORD, dutch_words

LANGUAGE_KEY = "taal"
# Dutch, and the languages with a response `utter_nummers_<language>` in domain.yml.
LANGUAGES = ("nl", "en", "de", "fr", "tr", "pl", "ar", "es", "uk")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(CodeFingerprint, GraphComponent):
    """Sets `LANGUAGE_KEY` of a message to a language code, but only when it is sure and few of the words are Dutch.

    A doubtful message gets no language, so that dialects and Frisian count as Dutch as far as possible.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the certainty required and the largest share of words that may be Dutch, both 0 to 1."""
        return {"certainty": 0.95, "dutch_share": 0.6}

    def __init__(self, config: dict[str, Any]) -> None:
        """Loads the identifier that py3langid ships with, limited to `LANGUAGES`."""
        self._config = config
        self._identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages(list(LANGUAGES))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        """Creates the detector. It has no training step."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the language of each typed message where it is clearly not Dutch."""
        for message in messages:
            text = message.get(TEXT)
            language = self.detect(text) if isinstance(text, str) and not text.startswith("/") else None
            if language is not None:
                message.set(LANGUAGE_KEY, language, add_to_output=True)
        return messages

    def detect(self, text: str) -> str | None:
        """Returns one of `LANGUAGES` other than Dutch, or None if the text may be Dutch or has fewer than two words."""
        words = WORD.findall(text.lower())
        if len(words) < 2:
            return None
        dutch = sum(word in dutch_words() for word in words)
        if dutch > self._config["dutch_share"] * len(words):
            return None
        language, certainty = self._identifier.classify(text)
        return language if language != "nl" and certainty >= self._config["certainty"] else None
