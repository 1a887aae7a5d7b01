"""EncoderFeaturizer: adds the embedding of a message and of each of its sentences."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.nlu.utils.spacy_utils import SpacyNLP
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tqdm import tqdm

from weerbaar.nlu.encoder import FOLDER, REPOSITORY, Encoder, EncoderError, read_card
from weerbaar.nlu.sentences import document, split_sentences
from weerbaar.nlu.trained_component import TrainedComponent
from weerbaar.nlu.words import WORD

logger = logging.getLogger(__name__)

# Message attribute: embeddings of the sentences, shape (sentences, size), set only when there is more than one.
SENTENCES_KEY = "sentence_embeddings"
# Stores the embeddings of examples, so that only new and changed ones are embedded. Each encoder has its own file.
CACHE = REPOSITORY / ".rasa" / "embeddings"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class EncoderFeaturizer(TrainedComponent, Featurizer):
    """Adds dense sentence features of shape (1, size) and of length 1, computed by the encoder in models/encoder.

    Training stores the digest of the encoder in the model. With another encoder the heads after it would judge by
    chance, so loading fails when the digest differs. A message that cannot be embedded stays without an embedding;
    the n-grams and the patterns still judge it.
    """

    @classmethod
    def required_components(cls) -> list[type[GraphComponent]]:
        """Returns SpacyNLP, whose document holds the sentences."""
        return [SpacyNLP]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the settings that every featurizer of Rasa has; there are no others."""
        return dict(Featurizer.get_default_config())

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accepts any configuration: this component has no settings of its own."""

    def __init__(self, config: dict[str, Any], *arguments: Any) -> None:
        """Reads the encoder; raises EncoderError when it is missing or changed."""
        TrainedComponent.__init__(self, config, *arguments)
        Featurizer.__init__(self, self._name, config)
        self._encoder = Encoder(FOLDER)

    def train(self, training_data: TrainingData) -> Resource:
        """Stores the digest of the encoder that the heads are fitted on."""
        return self.keep()

    def write(self, folder: Path) -> None:
        """Writes the digest of the encoder."""
        (folder / "encoder.json").write_text(json.dumps({"sha256": self._encoder.sha256}), encoding="utf-8")

    def read(self, folder: Path) -> None:
        """Compares the stored digest; raises EncoderError when the model was trained with another encoder."""
        trained = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))["sha256"]
        if trained != self._encoder.sha256:
            raise EncoderError("The model was trained with another encoder than that of models/encoder: `make train`.")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Returns what Rasa adds to the fingerprint: the digest of our code and the digests of the card."""
        return f"{super().fingerprint_addon(config)}{read_card(FOLDER)['sha256']}"

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the embedding to every example that has a text."""
        examples = [message for message in training_data.training_examples if message.get(TEXT)]
        embeddings = embed_and_remember(self._encoder, [message.get(TEXT) for message in examples])
        for message, row in zip(examples, embeddings):
            self._add(message, row)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the embedding of the text, and of each sentence when there is more than one."""
        for message in messages:
            text = message.get(TEXT)
            # A text without a word resembles nothing that the heads were fitted on: they would judge it by chance.
            if not isinstance(text, str) or text.startswith("/") or not WORD.search(text):
                continue
            try:
                self._add(message, self._encoder.embed([text])[0])
                doc = document(message)
                sentences = [sentence.text for sentence in split_sentences(doc)] if doc is not None else []
                if sentences:
                    message.set(SENTENCES_KEY, self._encoder.embed(sentences))
            except Exception as error:  # whatever the library raises, the other parts must still judge
                logger.error("encoder: a message was not embedded: %s", type(error).__name__)
        return messages

    def _add(self, message: Message, row: NDArray[np.float32]) -> None:
        message.add_features(Features(row[np.newaxis], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))


def embed_and_remember(encoder: Encoder, texts: Sequence[str], folder: Path = CACHE) -> NDArray[np.float32]:
    """Returns the embeddings of texts, shape (texts, size), and caches them in a file per encoder.

    Only examples of the training data and of evaluations come here: what users say is never written.

    Args:
        encoder: embeds the texts that the file does not hold yet.
        texts: the examples.
        folder: where the file of each encoder is stored.
    """
    path = folder / f"{encoder.sha256[:16]}.npz"
    known: dict[str, NDArray[np.float32]] = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            known = dict(zip(stored["keys"].tolist(), stored["rows"].astype(np.float32)))
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    new = {key: text for key, text in zip(keys, texts) if key not in known}
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        rows = threads.map(lambda text: encoder.embed([text])[0], new.values())
        for key, row in zip(new, tqdm(rows, "embed", len(new), unit="text", disable=len(new) < 5_000, mininterval=2)):
            # Rounded as in the file, so that training on stored embeddings gives the same heads as the first training.
            known[key] = row.astype(np.float16).astype(np.float32)
    if new:
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, keys=np.array(list(known)), rows=np.stack(list(known.values())).astype(np.float16))
        part.replace(path)
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, encoder.size), np.float32)
