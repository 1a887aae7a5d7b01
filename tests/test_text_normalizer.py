"""Text as people type it: what reaches the classifiers of a disguised, misspelt or figurative message."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from components.patterns import FIGURES_FILE, PATTERNS_FILE, PatternBook, PatternError, read_figures_of_speech
from components.spelling import Speller, plain_unicode
from components.text_normalizer import TextNormalizer
from components.words import dutch_words

KNOWN = "ik word bedreigd hij staat voor mijn deur met een mes er ligt kogel in de brievenbus help wij zijn bang steekt"
COUNTS = dict.fromkeys(KNOWN.split(), 60)


@pytest.fixture(scope="module")
def speller() -> Speller:
    """A speller that knows a few words of training data and the Dutch table."""
    return Speller(COUNTS, dutch_words())


@pytest.fixture(scope="module")
def normalizer(speller) -> TextNormalizer:
    """The component, with that speller."""
    component = TextNormalizer(None, None, COUNTS)
    component._speller = speller
    return component


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
        ("heeeelp", "help"),
        ("ik word bedrijgd", "ik word bedreigd"),
        ("ik word bedreidg", "ik word bedreigd"),
        ("hij steekt met een 🔪", "hij steekt met een mes"),
        ("ik wordbedreigd", "ik word bedreigd"),
        ("ik word b̶e̶d̶r̶e̶i̶g̶d̶", "ik word bedreigd"),
        ("ik word <b>bedreigd</b>", "ik word bedreigd"),
        ("HIJ STAAT VOOR MIJN DEUR", "hij staat voor mijn deur"),
    ],
)
def test_what_is_meant_is_found(normalizer, typed, meant):
    """A disguise or a slip of the finger hides nothing."""
    assert normalized(normalizer, typed) == meant


@pytest.mark.parametrize(
    "text",
    ["privé", "één motie", "politiekeambtsdragers@minbzk.nl", "https://www.weerbaarbestuur.nl/Ab3", "070-3738314"],
)
def test_what_is_right_stays(normalizer, text):
    """Accents, addresses and numbers are no mistakes."""
    assert normalized(normalizer, text) == text.lower() or normalized(normalizer, text) == text


def test_a_payload_stays_untouched(normalizer):
    """Rasa reads the intent from it."""
    payload = '/functie_opgeven{"functie": "raadslid"}'
    assert normalized(normalizer, payload) == payload


@pytest.mark.parametrize("text", ["Помогите, мне угрожают убийством", "θέλουν να με σκοτώσουν"])
def test_other_alphabets_stay(normalizer, text):
    """A Russian or Greek word is no disguised Dutch one."""
    assert normalized(normalizer, text) == text.lower()


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_no_input_breaks_it_and_no_word_is_lost(normalizer, text):
    """Whatever is typed, it gives a text; twice gives the same Unicode as once."""
    assert isinstance(normalized(normalizer, text), str)
    assert plain_unicode(plain_unicode(text)) == plain_unicode(plain_unicode(plain_unicode(text)))


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("spijkers met koppen slaan bij de bushalte", "bij de bushalte"),
        ("doodmoe van de kermis", "van de kermis"),
        ("doodmoe", "doodmoe"),
    ],
)
def test_a_figure_of_speech_is_cut_out(normalizer, typed, left):
    """Not when nothing else would be left."""
    assert normalized(normalizer, typed) == left


@pytest.mark.parametrize(
    "grave",
    [
        "hij zegt dat hij me dood maakt",
        "ik wil dood",
        "er ligt een kogel op de mat",
        "ze steken mijn huis in brand",
        "iemand schiet op ons huis",
        "hij staat met een mes voor de deur",
        "je gaat eraan",
        "we maken je kapot",
        "ik maak er een einde aan",
        "mijn kat is vergiftigd",
        "hij sloeg me op straat",
        "ze hebben een bom onder de auto gelegd",
    ],
)
def test_nothing_grave_is_cut_out(normalizer, grave):
    """The list of figures of speech holds nothing that could be meant."""
    assert normalizer.without_figures(grave) == grave


def test_no_figure_of_speech_is_in_a_pattern_for_danger():
    """The two files must not contradict each other: what a figure says, no pattern of severity calls grave."""
    figures = FIGURES_FILE.read_text(encoding="utf-8")
    assert read_figures_of_speech(FIGURES_FILE).pattern
    book = PatternBook.read(PATTERNS_FILE)
    lines = [line.strip(' -"') for line in figures.splitlines() if line.strip().startswith('- "')]
    plain = [line for line in lines if not set(line) & set("|*.^$")]
    assert [line for line in plain if {level for level, _ in book.search(line)} & {"acuut", "suicidaal"}] == []


@pytest.mark.parametrize("content", ["- a", "beeldspraak: tekst", "beeldspraak:\n  a: []", "beeldspraak:\n  a: [1]"])
def test_a_bad_file_of_figures_is_refused(tmp_path, content):
    """With a message for the editor."""
    file = tmp_path / "beeldspraak.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PatternError):
        read_figures_of_speech(file)
