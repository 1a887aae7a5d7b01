"""Loads a trained Rasa model and parses messages with it, as the server does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from tools.evaluation.examples import REPOSITORY, DataError

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.message import Message

Component = TypeVar("Component")


@contextlib.contextmanager
def in_repository() -> Iterator[None]:
    """Makes the repository the working directory, because paths in config.yml are relative to it."""
    before = Path.cwd()
    os.chdir(REPOSITORY)
    try:
        yield
    finally:
        os.chdir(before)


class LoadedModel:
    """A trained model that parses messages as the server does.

    Attributes:
        processor: Rasa's processor, which can also answer.
    """

    def __init__(self, path: Path, **parts: Any) -> None:
        """Loads the model.

        Args:
            path: the model file.
            parts: what Rasa's processor uses instead of its own: `tracker_store`, `lock_store`, `action_endpoint` and
                `generator`. Parsing needs none of them.

        Raises:
            RuntimeError: there is no model at `path`, or this code cannot load it.
        """
        from rasa.core.lock_store import InMemoryLockStore
        from rasa.core.nlg import TemplatedNaturalLanguageGenerator
        from rasa.core.processor import MessageProcessor
        from rasa.core.tracker_store import InMemoryTrackerStore
        from rasa.shared.core.domain import Domain
        from rasa.shared.exceptions import RasaException
        from rasa.utils.log_utils import configure_structlog

        logging.getLogger("rasa").setLevel(logging.ERROR)
        if not structlog.is_configured():  # it would print each message, with what it was parsed to
            configure_structlog(logging.ERROR)
        path = Path(path).resolve()
        usual = {
            "tracker_store": InMemoryTrackerStore(Domain.empty()),
            "lock_store": InMemoryLockStore(),
            "generator": TemplatedNaturalLanguageGenerator({}),
        }
        with in_repository():
            try:
                self.processor = MessageProcessor(str(path), **{**usual, **parts})
            except RasaException as error:
                raise RuntimeError(f"{path}: no model that this code can load; train again ({error})") from error
        self._loop = asyncio.new_event_loop()

    def parse(self, text: str) -> dict[str, Any]:
        """Returns the parse data of one message, as the policies see it."""
        from rasa.core.channels.channel import UserMessage

        return self._loop.run_until_complete(self.processor.parse_message(UserMessage(text)))

    def read(self, text: str) -> Message:
        """Returns one message as the last component of the pipeline leaves it, with its features."""
        from rasa.core.channels.channel import UserMessage
        from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
        from rasa.shared.core.trackers import DialogueStateTracker

        target = self.processor.model_metadata.nlu_target
        inputs = {
            PLACEHOLDER_MESSAGE: [UserMessage(text)],
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("none", []),
        }
        return self.processor.graph_runner.run(inputs=inputs, targets=[target])[target][0]

    def component(self, kind: type[Component]) -> Component:
        """Returns the component of this class in the loaded model; raises StopIteration when it has none."""
        nodes = self.processor.graph_runner._instantiated_nodes.values()
        return next(node._component for node in nodes if isinstance(node._component, kind))


def newest_model(folder: Path = REPOSITORY / "models") -> Path:
    """Returns the most recent model in `folder`; raises DataError when there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise DataError(f"no model in {folder}: run `make train` first")
    return models[-1]
