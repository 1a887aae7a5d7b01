"""The encoder: what it gives, and that a missing, changed or failing one is noticed."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import spacy
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.encoder import FOLDER, LONGEST, Encoder, EncoderError, shortened
from weerbaar.nlu.encoder_featurizer import EncoderFeaturizer, embed_and_remember
from weerbaar.nlu.linear_model import view_of
from weerbaar.nlu.sentences import split_sentences


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """The encoder of the repository."""
    return Encoder()


@pytest.fixture
def copy(tmp_path):
    """A copy of its files, to break."""
    return shutil.copytree(FOLDER, tmp_path / "encoder")


def test_embeddings_have_length_one(encoder):
    """So that a product of two is a likeness."""
    rows = encoder.embed(["Ik word bedreigd.", "hoi", "", "x" * 5_000])
    assert rows.shape == (4, encoder.size) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)


def test_what_means_the_like_is_near(encoder):
    """Other words, other spelling and another language bring a text less far away than another subject."""
    asked = [
        "Hoe vraag ik een woningscan aan?",
        "waar kan ik zon woning skan regelen",
        "Who can check how safe my house is?",
    ]
    first, *same = encoder.embed(asked)
    other = encoder.embed(["Er staat een man met een mes voor mijn deur."])[0]
    assert min(first @ row for row in same) > first @ other


def test_a_text_is_embedded_alike_alone_and_among_others(encoder):
    """Else the heads would judge other embeddings than they were fitted on, and by chance at that."""
    text, others = "Er lag een kogel op de mat.", ["een veel langere zin " * 20, "hoi"]
    assert np.array_equal(encoder.embed([text])[0], encoder.embed([others[0], text, others[1]])[1])


def test_the_eight_bits_lose_little():
    """With 0.98, as an earlier file had, what a text is taken for depended on the processor."""
    assert json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))["8 bits against 32, mean cosine"] > 0.995


def test_of_a_long_text_both_ends_are_read():
    """What matters may stand at the end."""
    pieces = list(range(1_000))
    assert shortened(pieces)[0] == 0 and shortened(pieces)[-1] == 999 and len(shortened(pieces)) == LONGEST
    assert shortened(pieces[:5]) == pieces[:5]


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "card.json"])
def test_a_missing_file_is_a_clear_error(copy, name):
    """Not a silent fallback: without the encoder nothing is understood."""
    (copy / name).unlink()
    with pytest.raises(EncoderError, match="make encoder"):
        Encoder(copy)


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_a_changed_file_is_a_clear_error(copy, name):
    """The heads were fitted on the embeddings of the file that the card names."""
    (copy / name).write_bytes((copy / name).read_bytes() + b" ")
    with pytest.raises(EncoderError, match=r"is not the file that card\.json names"):
        Encoder(copy)


def test_the_card_says_where_it_comes_from():
    """Base model, licences, data, figures and how to rebuild it stand beside the file, and together they are small."""
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    assert {"sha256", "sizes", "recipe", "layers", "learned", "epochs"} <= set(card)
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("multilingual-e5-small", "MIT", "make encoder", "HELD_OUT"))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 40_000_000


def test_examples_are_embedded_once(encoder, tmp_path):
    """A changed example costs only its own embedding, and comes out the same each time."""
    calls = []

    class Counting(Encoder):
        def __init__(self):
            self.sha256, self.size = encoder.sha256, encoder.size

        def embed(self, texts):
            calls.extend(texts)
            return encoder.embed(texts)

    first = embed_and_remember(Counting(), ["een", "twee"], tmp_path)
    second = embed_and_remember(Counting(), ["twee", "drie", "een"], tmp_path)
    assert sorted(calls) == ["drie", "een", "twee"]
    assert np.array_equal(second[[2, 0]], first)


@pytest.fixture(scope="module")
def spacy_pipeline():
    """What cuts a text into sentences."""
    pipeline = spacy.blank("nl")
    pipeline.add_pipe("sentencizer")
    return pipeline


def test_no_sentence_of_a_long_text_is_left_out(spacy_pipeline):
    """Neighbours are joined instead."""
    assert [span.text for span in split_sentences(spacy_pipeline("Een. Twee. Drie."), 2)] == ["Een. Twee.", "Drie."]
    assert split_sentences(spacy_pipeline("Een."), 2) == []


def test_a_fault_while_a_message_is_read_leaves_it_without_features(encoder, monkeypatch):
    """The other parts then judge without it; tests/server/test_faults.py shows that the number comes all the same."""
    featurizer = EncoderFeaturizer.__new__(EncoderFeaturizer)
    featurizer._encoder, featurizer._identifier = encoder, "encoder"
    monkeypatch.setattr(Encoder, "embed", lambda *_: 1 / 0)
    message = Message({TEXT: "Een. Twee."})
    assert featurizer.process([message]) == [message]
    assert view_of(message) == (None, None)
