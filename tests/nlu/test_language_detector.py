"""The language of a message: found when it is clearly not Dutch, and never guessed for Dutch or a dialect."""

from __future__ import annotations

import pytest

from weerbaar.nlu.language_detector import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    """The component with its default settings."""
    return LanguageDetector(LanguageDetector.get_default_config())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("there is a man outside my house with a gun", "en"),
        ("vor meiner Haustür steht ein Mann mit einem Messer", "de"),
        ("un homme armé attend devant ma maison", "fr"),
        ("evimin önünde bıçaklı bir adam bekliyor", "tr"),
        ("przed moim domem stoi mężczyzna z nożem", "pl"),
        ("هناك رجل يحمل سكينا أمام منزلي", "ar"),
        ("hay un hombre con un cuchillo delante de mi casa", "es"),
        ("біля мого будинку стоїть чоловік з ножем", "uk"),
    ],
)
def test_another_language_is_recognised(detector, text, language):
    """So that the numbers can be given in it."""
    assert detector.detect(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "er staat een man met een mes voor mijn huis",
        "d'r stiet ne kearl veur de deur",
        "help",
        "",
        "??? 112",
        "wat kost de online training voor fractieleden",
    ],
)
def test_dutch_and_doubt_have_no_language(detector, text):
    """A doubtful message is answered in Dutch only."""
    assert detector.detect(text) is None
