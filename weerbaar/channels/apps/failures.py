"""Failures: counts and logs what breaks in a messaging channel, and lets the work go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from weerbaar.channels.apps.bubble import Bubble
from weerbaar.conversation.turn import safety_answer
from weerbaar.observability.metrics import count_fault

logger = logging.getLogger(__name__)


class Failures:
    """The failures of one channel. No message content is logged, only what kind of error occurred, and where."""

    def __init__(self, channel: str) -> None:
        """Creates the counter of the channel with this name."""
        self._channel = channel

    def count(self, error: Exception) -> None:
        """Counts and logs an error: its class and place, not its text."""
        logger.error("%s: failed", self._channel, exc_info=error)
        count_fault(type(error).__name__)

    def count_unreadable(self, error: Exception) -> None:
        """Counts and logs a genuine message whose format is unknown."""
        logger.error("%s: a message could not be read: %s", self._channel, type(error).__name__)
        count_fault("unreadable_message")

    @contextmanager
    def surviving(self) -> Iterator[None]:
        """Counts an error that the block raises, and lets the work go on after the block."""
        try:
            yield
        except Exception as error:
            self.count(error)

    def safety_bubble(self) -> Bubble:
        """Returns the safety text, for when the assistant cannot answer, and counts it."""
        return Bubble(safety_answer(self._channel))
