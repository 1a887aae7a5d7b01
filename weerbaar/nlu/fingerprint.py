"""Extends the fingerprints of Rasa's training cache, which cover only the source of a component's class."""
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Text

from rasa.shared.nlu.constants import RESPONSE
from rasa.shared.nlu.training_data.training_data import TrainingData

ROOT = Path(__file__).resolve().parents[2]
# What the components are made of: our code, also that which reads the editors' files for them, and those files.
SOURCES = (
    "weerbaar/nlu/*.py", "weerbaar/subjects.py", "weerbaar/editor_files.py", "data/patterns/*.yml", "data/subjects.yml",
    "spacy_models/nl/meta.json",
)  # fmt: skip


class CodeFingerprint:
    """Mixin that retrains a graph component when our code, the patterns, the subjects or the spaCy pipeline change.

    Rasa looks only at the source of the class, not at the functions and files that the class uses. Of a spaCy pipeline
    it sees only the name, which here is that of a link and never changes.
    """

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[Text]:
        """Returns a digest of the code, the patterns, the subjects and the pipeline, which Rasa adds to its own."""
        digest = hashlib.sha256()
        for pattern in SOURCES:
            for path in sorted(ROOT.glob(pattern)):
                digest.update(path.read_bytes())
        return digest.hexdigest()


def fingerprint_without_answers(data: TrainingData) -> Text:
    """Returns Rasa's fingerprint of the training data without the answers.

    Rasa counts every response with a `/` in its name as NLU training data and writes its text into the examples of its
    intent, because its own selector learns from it. Ours learns from the questions only, so a changed answer must not
    cause a retraining.
    """
    answers, data.responses = data.responses, {}
    texts = [(example, example.data.pop(RESPONSE)) for example in data.training_examples if RESPONSE in example.data]
    for example, _ in texts:
        example._cached_fingerprint = None
    try:
        return _fingerprint(data)
    finally:
        data.responses = answers
        for example, text in texts:
            example.data[RESPONSE] = text


if TrainingData.fingerprint is not fingerprint_without_answers:
    _fingerprint: Callable[[TrainingData], str] = TrainingData.fingerprint
    TrainingData.fingerprint = fingerprint_without_answers
