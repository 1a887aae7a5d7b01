"""Long texts: every part is judged, and the gravest is what the assistant answers."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.conversation import long_text
from weerbaar.conversation.guard import looks_like_command
from weerbaar.conversation.long_text import (
    MOST_READ,
    PART_CHARACTERS,
    beginning_and_end,
    gravest_part,
    request_for_parts,
    split_into_parts,
)

CALM = "De raad besprak het groenbeheer en daarna was er koffie. "
GRAVE = "GEVAAR voor de deur. "
LEVELS = {"GEVAAR": "acuut", "DREIGING": "ernstig", "ZORG": "zorg"}


def agent_that_hears(seen: list, most_characters: int = PART_CHARACTERS + 1):
    """Returns an agent that hears a word of danger in a short text only, as the model does."""

    async def parse_message(text: str) -> dict:
        seen.append(text)
        found = [level for word, level in LEVELS.items() if word in text and len(text) <= most_characters]
        return {"intent": {"name": "x"}, "ernst": {"level": found[0] if found else "geen"}}

    return SimpleNamespace(is_ready=lambda: True, parse_message=parse_message)


def answered(text: str, most: int = 2_000, agent=None) -> str:
    """Returns what is answered of a text."""
    return asyncio.run(gravest_part(agent or agent_that_hears([]), text, most))


@pytest.mark.parametrize("length", [3_000, 10_000, 19_000])
@pytest.mark.parametrize("place", [0.0, 0.35, 0.5, 0.8, 1.0])
def test_danger_anywhere_in_a_long_text_is_answered(length, place):
    """Also in the middle, which is not among what is answered else."""
    sentences = [CALM] * (length // len(CALM))
    sentences.insert(int(place * len(sentences)), GRAVE)
    assert "GEVAAR" in answered("".join(sentences))


@pytest.mark.parametrize("place", [0, 300, -300, -1])
def test_of_a_text_without_end_both_ends_are_read(place):
    """More than is ever read."""
    sentences = [CALM] * 4_000
    sentences.insert(min(place, 120) if place >= 0 else max(place, -120), GRAVE)
    assert "GEVAAR" in answered("".join(sentences))


def test_the_gravest_part_wins_and_the_first_of_equals():
    """Whatever stands before it."""
    text = CALM * 30 + "ZORG. " + CALM * 60 + "GEVAAR een. " + CALM * 60 + "DREIGING. " + CALM * 60
    assert "GEVAAR" in answered(text)


def test_a_short_text_is_left_alone_and_costs_nothing():
    """No part of it is judged apart."""
    seen: list = []
    assert answered("Wat is een woningscan?", agent=agent_that_hears(seen)) == "Wat is een woningscan?"
    assert seen == []


def test_a_text_of_many_sentences_is_judged_in_parts_though_it_is_not_too_long():
    """The model hears the first twenty sentences one by one, and no more."""
    text = "Ik was daar. " * 60 + GRAVE + "Ik was daar. " * 20
    assert "GEVAAR" in answered(text, 20_000, agent_that_hears([], 400))


def test_a_calm_text_is_answered_by_its_two_ends():
    """The question stands in one of them, mostly."""
    text = answered("Begin. " + CALM * 100 + "Einde.")
    assert text.startswith("Begin.") and text.endswith("Einde.") and len(text) <= 2_000


async def fails(_: str) -> dict:
    raise RuntimeError("kanarie")


async def hangs(_: str) -> dict:
    await asyncio.sleep(60)


@pytest.mark.parametrize("parse", [fails, hangs])
def test_when_the_model_fails_the_ends_are_left_to_the_turn(parse, monkeypatch, caplog):
    """It never raises, never waits for long, and logs no word."""
    monkeypatch.setattr(long_text, "SECONDS", 0.1)
    agent = SimpleNamespace(is_ready=lambda: True, parse_message=parse)
    assert "GEVAAR" in answered(GRAVE + CALM * 100, agent=agent)
    assert "kanarie" not in caplog.text
    for nobody in (None, SimpleNamespace(is_ready=lambda: False)):
        assert "GEVAAR" in asyncio.run(gravest_part(nobody, GRAVE + CALM * 100, 2_000))


def test_no_part_is_ever_a_command():
    """A slash in the middle of a text can come to stand at the beginning of a part."""
    seen: list = []
    text = answered("/restart GEVAAR. " * 400, agent=agent_that_hears(seen))
    assert seen and not any(looks_like_command(each) for each in [*seen, text])


@given(st.text(alphabet="ab .!?\n/\u200b", max_size=6_000), st.integers(2, 3_000))
def test_parts_leave_nothing_out(text, most):
    """Each character is in a part, in order; the ends of a text keep to the length asked for."""
    parts, end = split_into_parts(text), 0
    for part in parts:
        start = text.find(part, max(0, end - PART_CHARACTERS), end + len(part))
        assert 0 <= start <= end
        end = max(end, start + len(part))
    assert end == len(text)
    assert len(parts) <= 2 + len(text) // 100
    assert len(beginning_and_end(text, most)) <= max(most, 1)


def test_the_request_has_the_numbers_and_the_length():
    """What is not read can be danger."""
    for part in ("112", "070-3738314", "2000", "in delen"):
        assert part in request_for_parts(2_000)
    assert MOST_READ >= 20_000
