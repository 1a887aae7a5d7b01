"""Trains and asks real Rasa models, in a folder of their own: the shipped pipeline, and Rasa's default to compare."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

import yaml

from evaluation.examples import REPOSITORY, DataError, Example


def diet_config(epochs: int) -> Dict[str, Any]:
    """Returns Rasa's default pipeline for a language without vectors, as far as it decides the intent."""
    return {
        "recipe": "default.v1",
        "assistant_id": "vergelijking",
        "language": "nl",
        "pipeline": [
            {"name": "WhitespaceTokenizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {
                "name": "DIETClassifier",
                "epochs": epochs,
                "constrain_similarities": True,
                "entity_recognition": False,
                "random_seed": 1,
            },
        ],
    }


def shipped_config(path: Path = REPOSITORY / "config.yml") -> Dict[str, Any]:
    """Returns the repository's configuration; raises DataError when it has no pipeline."""
    config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(config, dict) or not config.get("pipeline"):
        raise DataError(f"{path}: no `pipeline:` in it")
    return config


def blocks_of_examples(examples: Sequence[Example]) -> List[Dict[str, Any]]:
    """Returns the examples as training data blocks, one an example; texts with a line break lose it."""
    return [
        {
            "intent": example.intent,
            "metadata": {"bron": example.bron, "ernst": example.ernst},
            "examples": "- " + " ".join(example.text.split()),
        }
        for example in examples
    ]


def train(config: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Trains an understanding model, as `rasa train nlu` does, without touching the repository's cache or models.

    Args:
        config: what stands in config.yml; relative paths in it are those from the repository.
        blocks: what stands under `nlu:` in the training data.
        folder: an empty folder; the data and the model are written to it.

    Returns:
        The path of the model.

    Raises:
        RuntimeError: Rasa made no model of it; what it printed says why.
    """
    folder = folder.resolve()
    os.environ["RASA_CACHE_DIRECTORY"], os.environ["RASA_TELEMETRY_ENABLED"] = str(folder / "cache"), "false"
    from rasa.model_training import train_nlu  # after the environment is set: TensorFlow and the cache read it

    for name, content in (("config.yml", dict(config)), ("nlu.yml", {"version": "3.1", "nlu": list(blocks)})):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)
        (folder / name).write_text(text, encoding="utf-8")
    with in_repository():
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder / "models"))
    if not model:
        raise RuntimeError(f"Rasa trained no model in {folder}")
    return Path(model)


@contextlib.contextmanager
def in_repository() -> Iterator[None]:
    """Makes the repository the working directory: config.yml has paths from there."""
    before = Path.cwd()
    os.chdir(REPOSITORY)
    try:
        yield
    finally:
        os.chdir(before)


class LoadedModel:
    """A trained model that parses messages as the server does."""

    def __init__(self, path: Path) -> None:
        """Loads the model; raises RuntimeError when there is none at `path`, or one that this code did not make."""
        from rasa.core.lock_store import InMemoryLockStore
        from rasa.core.nlg import TemplatedNaturalLanguageGenerator
        from rasa.core.processor import MessageProcessor
        from rasa.core.tracker_store import InMemoryTrackerStore
        from rasa.shared.core.domain import Domain
        from rasa.shared.exceptions import RasaException

        logging.getLogger("rasa").setLevel(logging.ERROR)
        tracker_store, path = InMemoryTrackerStore(Domain.empty()), Path(path).resolve()
        with in_repository():
            try:
                self._processor = MessageProcessor(
                    str(path), tracker_store, InMemoryLockStore(), TemplatedNaturalLanguageGenerator({})
                )
            except RasaException as error:
                raise RuntimeError(f"{path}: no model that this code can load; train again ({error})") from error
        self._loop = asyncio.new_event_loop()

    def parse(self, text: str) -> Dict[str, Any]:
        """Returns the parse data of one message, as policies see it."""
        from rasa.core.channels.channel import UserMessage

        return self._loop.run_until_complete(self._processor.parse_message(UserMessage(text)))

    def messages(self, texts: Sequence[str], at_once: int = 500) -> Iterator[Any]:
        """Yields the Rasa message of each text, with all that the components put on it (also what is no output)."""
        from rasa.core.channels.channel import UserMessage
        from rasa.core.processor import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER

        target = self._processor.model_metadata.nlu_target
        for start in range(0, len(texts), at_once):
            asked = [UserMessage(text) for text in texts[start: start + at_once]]
            inputs = {PLACEHOLDER_MESSAGE: asked, PLACEHOLDER_TRACKER: None}
            yield from self._processor.graph_runner.run(inputs=inputs, targets=[target])[target]

    def component(self, kind: type) -> Optional[Any]:
        """Returns the component of class `kind` in the loaded pipeline, or None."""
        # Rasa has no public way to a component of a loaded model; its version is pinned.
        for node in self._processor.graph_runner._instantiated_nodes.values():
            if isinstance(node._component, kind):
                return node._component
        return None
