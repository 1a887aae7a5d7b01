"""The readable patterns for severity: their notation, their mistakes, and what cancels them."""
from __future__ import annotations

import time

import pytest

from components.patterns import PATTERNS_FILE, PatternBook, PatternError, compile_patterns


@pytest.fixture(scope="module")
def book() -> PatternBook:
    """The patterns of the repository."""
    return PatternBook.read(PATTERNS_FILE)


def levels(book: PatternBook, text: str) -> set:
    """Returns the levels that fire on a text."""
    return {level for level, _ in book.search(text)}


@pytest.mark.parametrize(
    ("line", "text", "fires"),
    [
        ("kogel in de bus", "er lag een kogel in de bus", True),
        ("kogel in de bus", "er lag een kogel op de bus", False),
        ("bedreig*", "zij bedreigden hem", True),
        ("bedreig*", "ik ben onbedreigd", False),
        ("mij|me|ons", "laat me met rust", True),
        ("mij|me|ons", "laat hem met rust", False),
        ("staat ... deur", "hij staat al uren voor de deur", True),
        ("staat ... deur", "hij staat al sinds gisteren heel stil voor onze deur", False),
        ("nu|op_dit_moment thuis", "op dit moment thuis", True),
        ("^ help $", "help!", True),
        ("^ help $", "kunt u mij helpen", False),
        ("^ help $", "wie kan ik om help vragen", False),
        ("wil dood", "ik wil, dood", True),
    ],
)
def test_notation(line, text, fires):
    """Words, `*`, `|`, `_`, `...`, `^` and `$` mean what patterns/ernst.yml says they mean."""
    assert bool(compile_patterns([line]).search(text)) is fires


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- a\n- b\n", "expected levels"),
        ("tekst", "expected levels"),
        ("rampzalig:\n  naam: ['a']\n", "'rampzalig' is no level"),
        ("ernstig:\n  naam: een woord\n", "ernstig.naam"),
        ("ernstig:\n  naam: []\n", "ernstig.naam"),
        ("ernstig:\n  naam:\n    tenzij: ['a']\n", "ernstig.naam"),
        ("ernstig:\n  naam:\n    als: ['a']\n    behalve: ['b']\n", "ernstig.naam"),
        ("ernstig:\n  naam: ['']\n", "is no pattern"),
        ("ernstig:\n  naam: [112]\n", "'112' is no pattern"),
    ],
)
def test_a_bad_file_is_refused_with_a_clear_message(tmp_path, content, says):
    """An editor reads in the message what to mend."""
    file = tmp_path / "patterns.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PatternError, match=says):
        PatternBook.read(file)


def test_a_missing_file_is_an_error(tmp_path):
    """Without patterns the server must not start as if all were well."""
    with pytest.raises(OSError):
        PatternBook.read(tmp_path / "gone.yml")


@pytest.mark.parametrize("line", ["...", "$", "^", "^ $", "... ..."])
def test_a_pattern_without_words_is_refused(line):
    """It would fire on every message."""
    with pytest.raises(PatternError):
        compile_patterns([line])


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Ik wil niet meer leven.", "suicidaal"),
        ("soms denk ik aan zelfmoord", "suicidaal"),
        ("jullie zijn beter af zonder mij", "suicidaal"),
        ("Er staat nu een man voor mijn deur", "acuut"),
        ("ze trappen op dit moment tegen mijn voordeur", "acuut"),
        ("Er ligt een handgranaat in de voortuin", "acuut"),
        ("ik werd vorige week bedreigd", "ernstig"),
        ("er lag een kogelbrief in de bus", "ernstig"),
        ("MIJN RUITEN ZIJN INGEGOOID", "ernstig"),
        ("we weten waar je woont", "ernstig"),
        ("ik word gestalkt", "ernstig"),
        ("ik wil een mens spreken", "zorg"),
    ],
)
def test_plain_cases_fire(book, text, level):
    """What nobody would miss, no version of the patterns may miss."""
    assert level in levels(book, text)


@pytest.mark.parametrize(
    "text",
    [
        "Stel dat ik ooit word bedreigd, wat doe ik dan?",
        "Er is geen bedreiging geweest hoor",
        "ik ben nog nooit bedreigd",
        "Het zwembad wordt bedreigd met sluiting",
        "In die film wordt de held met de dood bedreigd",
        "In dat boek wil de hoofdpersoon niet meer leven",
    ],
)
def test_what_cancels_a_pattern(book, text):
    """A case that was not, or not to the writer, is not serious by the patterns."""
    assert not levels(book, text) & {"ernstig", "acuut", "suicidaal"}


def test_what_cancels_holds_for_its_own_sentence_only(book):
    """A film in the first sentence does not excuse a threat in the second."""
    assert "ernstig" in levels(book, "Gisteren keek ik een film. Ik word bedreigd.")


def test_a_pattern_is_named_once(book):
    """The same group firing in two sentences is one reason."""
    hits = book.search("Ik word bedreigd. Ik word bedreigd.")
    assert len(hits) == len(set(hits)) > 0


def test_a_very_long_text_is_searched_in_time(book):
    """The patterns must not hang on a text of the greatest length that the channel takes."""
    started = time.monotonic()
    book.search("staat ze met een voor bij aan de deur nu " * 500)
    assert time.monotonic() - started < 3
