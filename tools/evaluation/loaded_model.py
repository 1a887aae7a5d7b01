"""Loads a trained Rasa model and parses messages with it, as the server does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.evaluation.examples import REPOSITORY, DataError


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
    """A trained model that parses messages as the server does."""

    def __init__(self, path: Path) -> None:
        """Loads the model; raises RuntimeError when there is none at `path` or this code cannot load it."""
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

    def parse(self, text: str) -> dict[str, Any]:
        """Returns the parse data of one message, as the policies see it."""
        from rasa.core.channels.channel import UserMessage

        return self._loop.run_until_complete(self._processor.parse_message(UserMessage(text)))


def newest_model(folder: Path = REPOSITORY / "models") -> Path:
    """Returns the most recent model in `folder`; raises DataError when there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise DataError(f"no model in {folder}: run `make train` first")
    return models[-1]
