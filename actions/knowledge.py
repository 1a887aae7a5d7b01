"""A small search over the answers of domain.yml that rest on the documents, each with its source."""
from __future__ import annotations

from pathlib import Path
from typing import List, NamedTuple, Optional

import yaml
from sklearn.feature_extraction.text import TfidfVectorizer

DOMAIN_FILE = Path(__file__).resolve().parent.parent / "domain.yml"
SOURCE_MARK = "Bron:"


class Passage(NamedTuple):
    """An answer that names its source, and the response it stands in."""

    response: str
    text: str


class Hit(NamedTuple):
    """A passage and how well it fits a question, 0 to 1."""

    passage: Passage
    score: float


def read_passages(domain_file: Path = DOMAIN_FILE) -> List[Passage]:
    """Returns the answers with a source, one for each main response (not the follow-up variants)."""
    responses = yaml.safe_load(domain_file.read_text(encoding="utf-8"))["responses"]
    return [
        Passage(name, variants[0]["text"])
        for name, variants in responses.items()
        if SOURCE_MARK in variants[0].get("text", "") and not name.startswith("utter_vervolg")
    ]


class Knowledge:
    """Finds the passage that fits a question best, by words and parts of words."""

    def __init__(self, passages: Optional[List[Passage]] = None) -> None:
        """Indexes the passages; those of domain.yml by default."""
        self.passages = passages if passages is not None else read_passages()
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        self._index = self._vectorizer.fit_transform(
            f"{passage.response.replace('utter_', '').replace('_', ' ')} {passage.text}" for passage in self.passages
        )

    def search(self, question: str, most: int = 3) -> List[Hit]:
        """Returns the best passages, best first; none when no part of a word is known."""
        scores = (self._index @ self._vectorizer.transform([question]).T).toarray().ravel()
        order = scores.argsort()[::-1][:most]
        return [Hit(self.passages[index], float(scores[index])) for index in order if scores[index] > 0]
