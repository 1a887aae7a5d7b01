"""What trains again, and what does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from chat import ROOT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu.severity_classifier import SeverityClassifier


def data(question: str, answer: str) -> TrainingData:
    """Returns training data with one question about a fact, and its answer."""
    example = Message.build(text=question, intent="training/wie")
    return TrainingData([example], responses={"utter_training/wie": [{"text": answer}]})


def test_a_changed_answer_leaves_the_language_model_alone():
    """An editor who changes a word does not wait for minutes."""
    before, after = data("wie geeft die", "Het instituut."), data("wie geeft die", "Een instituut.")
    assert before.fingerprint() == after.fingerprint()


def test_a_changed_question_trains_again():
    """And the answers are still there after the fingerprint was taken."""
    ours = data("wie geeft die", "Het instituut.")
    assert ours.fingerprint() != data("wie doet dat", "Het instituut.").fingerprint()
    assert ours.responses == {"utter_training/wie": [{"text": "Het instituut."}]}


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """Returns a copy of what the components are made from, which the fingerprints read in place of the repository."""
    shutil.copytree(ROOT / "weerbaar", tmp_path / "weerbaar", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("data/subjects.yml", "data/patterns/ernst.yml", "spacy_models/nl/meta.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr("weerbaar.nlu.fingerprint.ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("weerbaar/nlu/words.py", "\nMORE = 1\n"),
        ("weerbaar/nlu/patterns.py", "\nMORE = 1\n"),
        ("weerbaar/nlu/trained_component.py", "\nMORE = 1\n"),
        ("weerbaar/subjects.py", "\nMORE = 1\n"),
        ("weerbaar/editor_files.py", "\nMORE = 1\n"),
        ("data/subjects.yml", "\nmore: {}\n"),
        ("data/patterns/ernst.yml", "\nmore: {}\n"),
        ("spacy_models/nl/meta.json", "\n"),
    ],
)
def test_what_a_component_uses_trains_it_again(copy, name, more):
    """Rasa looks at the source of a class only, not at the functions and files that the class uses."""
    before = SeverityClassifier.fingerprint_addon({})
    (copy / name).write_text((copy / name).read_text(encoding="utf-8") + more, encoding="utf-8")
    assert SeverityClassifier.fingerprint_addon({}) != before


@pytest.mark.parametrize("name", ["weerbaar/nlu/role_extractor.py", "weerbaar/nlu/answer_selector.py"])
def test_what_a_component_does_not_use_leaves_it_alone(copy, name):
    """Who mends one component does not wait for the others."""
    before = SeverityClassifier.fingerprint_addon({})
    (copy / name).write_text((copy / name).read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")
    assert SeverityClassifier.fingerprint_addon({}) == before


def test_a_comment_or_a_docstring_trains_nothing(copy):
    """Neither changes what a component does."""
    before = SeverityClassifier.fingerprint_addon({})
    file = copy / "weerbaar/nlu/severity_model.py"
    code = file.read_text(encoding="utf-8")
    assert code.count('"""Writes the model to `folder`."""') == 1
    file.write_text("# A comment.\n" + code.replace("Writes the model", "Saves the model"), encoding="utf-8")
    assert SeverityClassifier.fingerprint_addon({}) == before
