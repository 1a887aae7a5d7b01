"""`make explain`: why a message was judged as it was."""

from __future__ import annotations

import pytest
from chat import run_python

from tools.evaluation.explain import explanation, main, thresholds_in
from tools.evaluation.loaded_model import LoadedModel, newest_model
from weerbaar.nlu.severity_model import FLOORS


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    """The trained model."""
    return LoadedModel(newest_model())


@pytest.mark.real
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Ze hebben mij met de dood bedreigd.", ["level          ernstig", "because        patroon:ernstig."]),
        ("Hoe vraag ik een woningscan aan?", ["level          geen", "fact           woni"]),
        ("Ik ben wethouder.", ["role           wethouder"]),
    ],
)
def test_it_says_what_each_part_found(model, text, lines):
    """The level, the reason for it, the subject with its fact, and the role."""
    shown = explanation(model.parse(text), thresholds_in(newest_model())).splitlines()
    for expected in lines:
        assert any(line.startswith(expected) for line in shown), (expected, shown)


@pytest.mark.real
def test_it_shows_the_thresholds_that_decided():
    """A probability alone does not say whether it was enough."""
    assert set(thresholds_in(newest_model())) == set(FLOORS)


@pytest.mark.real
def test_it_prints_nothing_else_of_the_message():
    """Rasa would write each message, with what it was parsed to, into the log of whatever runs a model."""
    text = "Hoe vraag ik een woningscan aan?"
    result = run_python("-W", "ignore", "-m", "tools.evaluation.explain", text)
    assert "woni" in result.stdout and text not in result.stdout + result.stderr


def test_without_a_message_it_says_how(capsys):
    """One line, and a status by which make stops."""
    assert main([""]) == 2
    assert "make explain TEXT=" in capsys.readouterr().err
