"""The sentences of a message, as spaCy cuts them, for the components that judge each by itself."""
from __future__ import annotations

from typing import List, Optional

from rasa.nlu.constants import SPACY_DOCS
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.tokens import Doc, Span

# More sentences than this are joined with their neighbours, so that none is left out and a long text costs no more.
MOST = 40


def document(message: Message) -> Optional[Doc]:
    """Returns the spaCy document of the message's text, or None when it has no text."""
    doc: Optional[Doc] = message.get(SPACY_DOCS[TEXT])
    return doc


def sentences_of(doc: Doc, most: int = MOST) -> List[Span]:
    """Returns the sentences of a text, joined so that there are at most `most`; none when it has only one."""
    sentences = [sentence for sentence in doc.sents if sentence.text.strip()]
    if len(sentences) < 2:
        return []
    joined = -(-len(sentences) // most)
    runs = [sentences[start : start + joined] for start in range(0, len(sentences), joined)]
    return [doc[run[0].start : run[-1].end] for run in runs]
