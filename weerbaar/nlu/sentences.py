"""Splits a message into sentences with spaCy, for the components that judge each sentence separately."""

from __future__ import annotations

from rasa.nlu.constants import SPACY_DOCS
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.tokens import Doc, Span

# Beyond this number, neighbouring sentences are joined: none is left out, and the cost of a long text stays bounded.
MOST = 40


def document(message: Message) -> Doc | None:
    """Returns the spaCy document of the message's text, or None when it has no text."""
    doc: Doc | None = message.get(SPACY_DOCS[TEXT])
    return doc


def split_sentences(doc: Doc, most: int = MOST) -> list[Span]:
    """Returns the sentences of a text, or an empty list when it has fewer than two.

    Args:
        doc: the text as a spaCy document.
        most: the maximum number of spans; neighbouring sentences are joined to stay within it.
    """
    sentences = [sentence for sentence in doc.sents if sentence.text.strip()]
    if len(sentences) < 2:
        return []
    joined = -(-len(sentences) // most)
    runs = [sentences[start : start + joined] for start in range(0, len(sentences), joined)]
    return [doc[run[0].start : run[-1].end] for run in runs]
