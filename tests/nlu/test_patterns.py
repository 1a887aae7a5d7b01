"""The readable patterns for severity: their notation, their mistakes, and that they fire on nothing calm."""

from __future__ import annotations

import time

import pytest

from tools.evaluation.examples import read_examples
from weerbaar.editor_files import EditorError, read_yaml
from weerbaar.nlu.patterns import PATTERNS_FILE, PatternBook, PatternError, compile_patterns


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
    """Words, `*`, `|`, `_`, `...`, `^` and `$` mean what data/patterns/ernst.yml says they mean."""
    assert bool(compile_patterns([line]).search(text)) is fires


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- a\n- b\n", "expected levels"),
        ("tekst", "expected levels"),
        ("rampzalig:\n  naam: ['a']\n", "'rampzalig' is no level"),
        ("ernstig:\n  naam: een woord\n", "ernstig.naam"),
        ("ernstig:\n  naam: []\n", "ernstig.naam"),
        ("ernstig:\n  naam:\n    als: ['a']\n", "ernstig.naam"),
        ("ernstig:\n  naam: ['a']\n  naam: ['b']\n", "line 3: 'naam' stands here for the second time"),
        ("ernstig:\n  naam: ['\u201ca\u201d']\n", "line 2: a curly quote"),
        ("ernstig:\n  naam: ['a\u00a0b']\n", "line 2: a non-breaking blank"),
        ("ernstig:\n  naam: ['a\u2011b']\n", "line 2: a non-breaking hyphen"),
        ("ernstig: [", "line 1: no valid YAML"),
        ("ernstig:\n  naam: ['']\n", "is no pattern"),
        ("ernstig:\n  naam: [112]\n", "'112' is no pattern"),
    ],
)
def test_a_bad_file_is_refused_with_a_clear_message(tmp_path, content, says):
    """An editor reads in the message what to mend."""
    file = tmp_path / "patterns.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises((PatternError, EditorError), match=says):
        PatternBook.read(file)


def test_a_missing_file_is_an_error(tmp_path):
    """Without patterns the server must not start as if all were well."""
    with pytest.raises(OSError, match=r"gone\.yml"):
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
        ("soms denk ik aan een einde aan mijn leven", "suicidaal"),
        ("jullie zijn beter af zonder mij", "suicidaal"),
        ("Er staat nu een man met een mes voor mijn deur", "acuut"),
        ("ze trappen op dit moment tegen mijn voordeur", "acuut"),
        ("Er ligt een handgranaat in de voortuin", "acuut"),
        ("ik word bedreigd", "ernstig"),
        ("er lag een kogel in mijn brievenbus", "ernstig"),
        ("MIJN BANDEN ZIJN LEKGESTOKEN", "ernstig"),
        ("we weten waar je woont", "ernstig"),
        ("hij stalkt me", "ernstig"),
        ("ik wil een mens spreken", "zorg"),
    ],
)
def test_plain_cases_fire(book, text, level):
    """What nobody would miss, no version of the patterns may miss."""
    assert level in levels(book, text)


@pytest.mark.real
def test_no_pattern_fires_on_calm_text(book):
    """A pattern is for what is certain: one that fires on any calm text of the training data is narrowed, or goes."""
    calm = [example.text for example in read_examples() if example.ernst == "geen"]
    fired = [(text, book.search(text)) for text in calm]
    assert [(text, found) for text, found in fired if any(level != "zorg" for level, _ in found)] == []


def test_a_pattern_is_named_once(book):
    """The same group firing in two sentences is one reason."""
    hits = book.search("Ik word bedreigd. Ik word bedreigd.")
    assert len(hits) == len(set(hits)) > 0


def test_a_very_long_text_is_searched_in_time(book):
    """The patterns must not hang on a text of the greatest length that the channel takes."""
    started = time.monotonic()
    book.search("staat ze met een voor bij aan de deur nu " * 500)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("name", ["domain.yml", "data/contacts.yml", "data/subjects.yml", "data/nlu/functie.yml"])
def test_what_editors_change_is_read_as_strictly(root, tmp_path, name):
    """The same mistakes are refused in every file of theirs, before anything is trained."""
    assert read_yaml(root / name)
    broken = tmp_path / "broken.yml"
    broken.write_text((root / name).read_text(encoding="utf-8") + "\n# \u2019\n", encoding="utf-8")
    with pytest.raises(EditorError, match=r"broken\.yml, line"):
        read_yaml(broken)
