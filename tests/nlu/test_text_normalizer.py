"""Text as people type it: what reaches the classifiers of a disguised message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.disguises import plain_unicode
from weerbaar.nlu.text_normalizer import TextNormalizer


@pytest.fixture(scope="module")
def normalizer() -> TextNormalizer:
    """The component."""
    return TextNormalizer()


def normalized(normalizer: TextNormalizer, text: str) -> str:
    """Returns what the other components see, single blanks between the words."""
    message = Message({TEXT: text})
    normalizer.process([message])
    return " ".join(message.get(TEXT).split())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ik word be\u200bdreigd", "ik word bedreigd"),
        ("ik word b\u0435dr\u0435igd", "ik word bedreigd"),  # Cyrillic look-alikes
        ("ｉｋ ｗｏｒｄ ｂｅｄｒｅｉｇｄ", "ik word bedreigd"),
        ("ik word b e d r e i g d", "ik word bedreigd"),
        ("ik word b.e.d.r.e.i.g.d", "ik word bedreigd"),
        ("ik word b3dr31gd", "ik word bedreigd"),
        ("heeeelp", "heelp"),
        ("hij steekt met een 🔪", "hij steekt met een mes"),
        ("ik word b̶e̶d̶r̶e̶i̶g̶d̶", "ik word bedreigd"),
        ("ik word <b>bedreigd</b>", "ik word bedreigd"),
    ],
)
def test_what_is_meant_is_found(normalizer, typed, meant):
    """A disguise hides nothing."""
    assert normalized(normalizer, typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "privé",
        "één motie",
        "covid19",
        "HELP",
        "politiekeambtsdragers@minbzk.nl",
        "https://www.weerbaarbestuur.nl/Ab3",
        "070-3738314",
    ],
)
def test_what_is_right_stays(normalizer, text):
    """Accents, addresses and numbers are no mistakes."""
    assert normalized(normalizer, text) == text


def test_a_payload_stays_untouched(normalizer):
    """Rasa reads the intent from it."""
    payload = '/functie_opgeven{"functie": "raadslid"}'
    assert normalized(normalizer, payload) == payload


@pytest.mark.parametrize("text", ["Помогите, мне угрожают убийством", "θέλουν να με σκοτώσουν"])
def test_other_alphabets_stay(normalizer, text):
    """A Russian or Greek word is no disguised Dutch one."""
    assert normalized(normalizer, text) == text


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_no_input_breaks_it_and_no_word_is_lost(normalizer, text):
    """Whatever is typed, it gives a text; twice gives the same Unicode as once."""
    assert isinstance(normalized(normalizer, text), str)
    assert plain_unicode(plain_unicode(text)) == plain_unicode(plain_unicode(plain_unicode(text)))
