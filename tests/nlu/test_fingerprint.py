"""What trains again, and what does not."""
from __future__ import annotations

import pytest
from chat import ROOT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from weerbaar.nlu.fingerprint import CodeFingerprint


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


@pytest.mark.parametrize(
    "name", ["weerbaar/nlu/words.py", "weerbaar/subjects.py", "data/subjects.yml", "data/patterns/ernst.yml"]
)
def test_changed_code_trains_again(tmp_path, monkeypatch, name):
    """Rasa looks at the source of a class only, not at what the class uses."""
    assert (ROOT / name).is_file()
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text("a: 1", encoding="utf-8")
    monkeypatch.setattr("weerbaar.nlu.fingerprint.ROOT", tmp_path)
    before = CodeFingerprint.fingerprint_addon({})
    file.write_text("a: 2", encoding="utf-8")
    assert CodeFingerprint.fingerprint_addon({}) != before
