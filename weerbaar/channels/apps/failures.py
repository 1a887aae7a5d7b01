"""Failures: what breaks in a messaging channel is counted and logged, and the work goes on."""
from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import Iterator, Text

from weerbaar.channels.apps.bubble import Bubble
from weerbaar.contacts import safety_text
from weerbaar.observability.metrics import count_fault, safety_texts

logger = logging.getLogger(__name__)


class Failures:
    """Those of one channel. Nothing of a message is logged, only what kind of thing broke, and where."""

    def __init__(self, channel: Text) -> None:
        """Takes the name of the channel."""
        self._channel = channel

    def count(self, error: Exception) -> None:
        """Counts and logs what broke; its place, not its text."""
        logger.error("%s: failed", self._channel, exc_info=error)
        count_fault(type(error).__name__)

    def count_unreadable(self, error: Exception) -> None:
        """Counts a genuine message whose form is not known."""
        logger.error("%s: a message could not be read: %s", self._channel, type(error).__name__)
        count_fault("unreadable_message")

    @contextmanager
    def surviving(self) -> Iterator[None]:
        """Lets what breaks in the block be counted, and the work go on after it."""
        try:
            yield
        except Exception as error:
            self.count(error)

    def safety_bubble(self) -> Bubble:
        """Returns what is said when the assistant cannot answer, and counts it."""
        safety_texts.labels(self._channel).inc()
        return Bubble(safety_text())
