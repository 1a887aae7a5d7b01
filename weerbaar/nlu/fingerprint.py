"""What Rasa's training cache must know of our components beyond the source of the class itself."""
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Text

from rasa.shared.nlu.constants import RESPONSE
from rasa.shared.nlu.training_data.training_data import TrainingData

ROOT = Path(__file__).resolve().parents[2]


class CodeFingerprint:
    """Mixin of graph components: a change in weerbaar/nlu/ or patterns/, or another spaCy pipeline, trains them again.

    Rasa itself looks only at the source of the class, not at the functions and files that the class uses. Of a spaCy
    pipeline it sees the name alone, which is that of a link here and stays the same.
    """

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[Text]:
        """Returns a digest of the code, the patterns and what the pipeline is (see Rasa's GraphComponent)."""
        digest = hashlib.sha256()
        for pattern in ("weerbaar/nlu/*.py", "data/patterns/*.yml", "data/subjects.yml", "spacy_models/nl/meta.json"):
            for path in sorted(ROOT.glob(pattern)):
                digest.update(path.read_bytes())
        return digest.hexdigest()


def fingerprint_without_answers(data: TrainingData) -> Text:
    """Returns Rasa's fingerprint of training data, answers left out.

    Rasa counts each response with a `/` in its name among the training data of the NLU, and writes its text into the
    examples of its intent, for its own selector learns from it. Ours learns from questions only, so a changed answer
    must not train it again.
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
