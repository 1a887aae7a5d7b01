"""The self-test at start: a model that does not judge as it should is not reported ready."""

from __future__ import annotations

import asyncio

import pytest

from weerbaar.conversation.self_test import SENTENCES, self_test
from weerbaar.nlu.severity import LEVELS, SEVERITY_KEY
from weerbaar.observability.version import VERSION


class StubAgent:
    """An agent that gives each sentence the parse data it is told to."""

    def __init__(self, answer, ready: bool = True) -> None:
        """Takes a function from text to parse data."""
        self._answer, self._ready = answer, ready

    def is_ready(self) -> bool:
        """Says whether a model is loaded."""
        return self._ready

    async def parse_message(self, text: str) -> dict:
        """Returns the parse data."""
        return self._answer(text)


RIGHT = {
    text: {"intent": {"name": intent or "buiten_bereik"}, SEVERITY_KEY: {"level": level}}
    for text, intent, level in SENTENCES
}


def failures_of(answer, ready: bool = True) -> list:
    """Runs the self-test on a stub."""
    return asyncio.run(self_test(StubAgent(answer, ready)))


def test_the_real_model_passes(server):
    """The server with the trained model reports ready."""
    response = server.health()
    assert (response.status_code, response.json()) == (200, {"status": "ok", "version": VERSION})


def test_a_model_that_judges_right_passes():
    """No failure means an empty list."""
    assert failures_of(RIGHT.__getitem__) == []


@pytest.mark.parametrize("agent", [None, StubAgent(RIGHT.__getitem__, ready=False)])
def test_no_model_says_what_to_do(agent):
    """Without a model there is one clear sentence."""
    failures = asyncio.run(self_test(agent))
    assert len(failures) == 1
    assert "make train" in failures[0]


def test_an_untrained_classifier_fails_every_sentence():
    """So Rasa behaves when it cannot read a component of the model: no error, no intent."""
    failures = failures_of(lambda _: {"intent": {"name": None, "confidence": 0.0}})
    for number, (_, intent, _) in enumerate(SENTENCES, start=1):
        assert intent is None or any(f"sentence {number}: expected intent {intent}" in line for line in failures)


def test_each_wrong_severity_is_reported():
    """Right intents with a severity that sees nothing are not enough."""
    failures = failures_of(lambda text: {**RIGHT[text], SEVERITY_KEY: {"level": "geen"}})
    assert len(failures) == sum(level != "geen" for *_, level in SENTENCES)
    assert all("expected severity" in line for line in failures)


def test_a_model_that_raises_is_reported():
    """A fault of the model is a failure, not a crash of the server."""

    def fail(text: str) -> dict:
        raise RuntimeError(text)

    failures = failures_of(fail)
    assert len(failures) == len(SENTENCES)
    assert all("RuntimeError" in line for line in failures)


def test_the_sentences_cover_all_levels():
    """Ten fixed sentences, with every severity among them, and calm ones as well."""
    assert len(SENTENCES) >= 10
    assert {level for *_, level in SENTENCES} == set(LEVELS)
