"""SeverityClassifier: judges how serious a message is by a model, by readable patterns and by the intent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu import encoder_featurizer, ngram_featurizer
from weerbaar.nlu.linear_model import Floats, view_of
from weerbaar.nlu.patterns import PATTERNS_FILE, PatternBook
from weerbaar.nlu.severity import LEVELS, SEVERITY_BY_INTENT, SEVERITY_KEY, Judgement, worst
from weerbaar.nlu.severity_model import GRAVE, SeverityModel
from weerbaar.nlu.trained_component import TrainedComponent
from weerbaar.nlu.words import WORD

logger = logging.getLogger(__name__)

# The patterns as they were at the training, in the model.
KEPT_PATTERNS = "patterns.yml"

# Intents of messages that say little on their own: a piece of a story, and who referred the writer to the assistant.
FRAGMENTS = ("stukje_verhaal", "doorgestuurd")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SeverityClassifier(TrainedComponent):
    """Writes a `Judgement` under `SEVERITY_KEY` of each message.

    The level is the worst that any part finds: the model on the whole text, the model on each sentence, the patterns
    of `data/patterns`, and the intent. If one part fails, the others still judge.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the default settings.

        `goals` is what the thresholds must reach on the held-out writers, in shares from 0 to 1: of the grave texts
        the share to judge grave (`grave`) and the share to give at least the offer to call (`doubt`); of the `acuut`,
        `suicidaal` and `zorg` texts the share to recognise (`acute`, `suicidal`, `care`); and of the calm texts the
        share that may raise an alarm (`alarm`). `sentence` is how much surer the model must be of a single sentence
        (see `SeverityModel.level`). `intent` is the confidence from which a serious intent counts by itself.
        `fragment` is the summed probability of the grave levels from which one of `FRAGMENTS` is an alarm. `C` holds
        the inverse regularisation strengths.
        """
        return {
            "goals": {"grave": 0.94, "doubt": 0.97, "acute": 0.97, "suicidal": 0.9, "care": 0.9, "alarm": 0.01},
            "sentence": 0.5,
            "intent": 0.6,
            "fragment": 0.5,
            "C": {"ngrams": 10.0, "embeddings": 3.0},
        }

    def __init__(self, *arguments: Any) -> None:
        """Creates a classifier that judges by the intent alone, until it is trained or loaded."""
        super().__init__(*arguments)
        self._patterns, self._patterns_text = PatternBook({}), ""
        self._model: SeverityModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the model on all examples, with the levels that `level_of_example` gives them, and reads the patterns.

        Raises:
            EditorError, PatternError: the file with the patterns has a mistake in it; the message says where.
        """
        self._patterns, self._patterns_text = PatternBook.read(PATTERNS_FILE), PATTERNS_FILE.read_text(encoding="utf-8")
        examples = training_data.intent_examples
        self._model = SeverityModel.fit(
            examples,
            [level_of_example(example) for example in examples],
            self._config["goals"],
            self._config["C"],
        )
        return self.keep()

    def write(self, folder: Path) -> None:
        """Writes the models, the thresholds and the patterns."""
        assert self._model is not None
        self._model.save(folder)
        (folder / KEPT_PATTERNS).write_text(self._patterns_text, encoding="utf-8")

    def read(self, folder: Path) -> None:
        """Reads what `write` wrote; raises ValueError or OSError when it is missing or broken."""
        self._model = SeverityModel.load(folder)
        self._patterns = PatternBook.read(folder / KEPT_PATTERNS)

    def process(self, messages: list[Message]) -> list[Message]:
        """Judges each typed message. Button payloads (with a leading slash) get no judgement: their intent decides."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and text.strip() and not text.startswith("/"):
                message.set(SEVERITY_KEY, self.judge(message, text).as_dict(), add_to_output=True)
        return messages

    def judge(self, message: Message, text: str) -> Judgement:
        """Returns the judgement of one message. It does not raise: the reasons name a part that failed."""
        judgement = Judgement()
        parts: tuple[tuple[str, Callable[[], str]], ...] = (
            ("model", lambda: self._judge_by_model(message, judgement)),
            ("patroon", lambda: self._judge_by_patterns(text, judgement)),
            ("intent", lambda: self._judge_by_intent(message, judgement)),
        )
        for name, part in parts:
            try:
                judgement.level = worst(judgement.level, part())
            except Exception as error:  # a fault in one part must not keep the others from judging
                logger.error("severity: part %s failed with %s", name, type(error).__name__)
                judgement.reasons.append(f"fout:{name}")
        return judgement

    def _judge_by_model(self, message: Message, judgement: Judgement) -> str:
        model, view = self._model, view_of(message)
        if view[1] is None and WORD.search(message.get(TEXT) or ""):
            judgement.reasons.append("fout:encoder")
        whole = model.probabilities(view) if model is not None else None
        if model is None or whole is None:
            return "geen"
        judgement.probabilities = {name: round(float(value), 4) for name, value in zip(LEVELS, whole[0])}
        level = model.level(whole[0])
        if level in ("ernstig", "acuut") and self._is_fragment(message, whole[0]):
            level = "zorg"
        if level != "geen":
            judgement.reasons.append("model")
        sentences = (message.get(ngram_featurizer.SENTENCES_KEY), message.get(encoder_featurizer.SENTENCES_KEY))
        found_in_sentences = model.probabilities(sentences)
        for row in found_in_sentences if found_in_sentences is not None else ():
            found = model.level(row, self._config["sentence"])
            if found not in ("geen", "zorg", level) and worst(found, level) == found:
                level = found
                judgement.reasons.append("model:zin")
        return level

    def _is_fragment(self, message: Message, probabilities: Floats) -> bool:
        """Returns whether the likeliest intent is one of `FRAGMENTS` and no grave level is likely enough.

        The model then guesses what happened from the stories that these words usually occur in. That is doubt, which
        gets the offer to call, not an alarm.
        """
        likeliest = (message.get(INTENT) or {}).get("name")
        return likeliest in FRAGMENTS and probabilities[GRAVE:].sum() < self._config["fragment"]

    def _judge_by_patterns(self, text: str, judgement: Judgement) -> str:
        found = self._patterns.search(text)
        judgement.reasons.extend(f"patroon:{level}.{name}" for level, name in found)
        return worst(*(level for level, _ in found))

    def _judge_by_intent(self, message: Message, judgement: Judgement) -> str:
        intent = message.get(INTENT) or {}
        level = SEVERITY_BY_INTENT.get(intent.get("name") or "", "geen")
        if level == "geen":
            return "geen"
        sure = (intent.get("confidence") or 0.0) >= self._config["intent"]
        # If the model finds the text calm, the intent alone raises no alarm: the offer to call suits either case.
        if sure and (judgement.level != "geen" or not judgement.probabilities):
            judgement.reasons.append("intent")
            return level
        if judgement.level == "geen":
            judgement.reasons.append("intent:twijfel")
            return "zorg"
        return "geen"


def level_of_example(example: Message) -> str:
    """Returns the level of a training example: `ernst` in its metadata, or else the severity of its intent."""
    metadata = (example.get("metadata") or {}).get("intent") or {}
    return metadata.get("ernst") or SEVERITY_BY_INTENT.get(example.get(INTENT), "geen")
