"""What every text of the assistant keeps to: contact facts from the register, sources, length, form of address."""

from __future__ import annotations

import re

import pytest
import yaml
from chat import ROOT

from weerbaar.contacts import load_register, safety_text
from weerbaar.nlu.answers import OVERVIEW
from weerbaar.policies.handoff_policy import STEPS, VOICELESS
from weerbaar.subjects import SUBJECTS

REGISTER = load_register()
SERVICES = yaml.safe_load((ROOT / "data" / "contacts.yml").read_text(encoding="utf-8"))["services"]
RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
TOPICS = {name: subject.title for name, subject in SUBJECTS.items() if subject.title}
VARIANTS = {
    f"{name}[{number}]": variant for name, variants in RESPONSES.items() for number, variant in enumerate(variants)
}
TEXTS = {
    **{name: variant["text"] for name, variant in VARIANTS.items() if "text" in variant},
    "safety_text": safety_text(),
    "subjects.yml": "\n".join(TOPICS.values()),
}
BUBBLES = [name for name in TEXTS if name != "subjects.yml"]
TEAM = "070-3738314"
STEPWISE = {name for lists in (STEPS, VOICELESS) for names in lists.values() for name in names}
# The answers from the documents, `training/wie`; the overview tells all of its subject in short.
FACTS = [
    name
    for name in VARIANTS
    if "/" in name and f"{name.split('/')[0]}/{OVERVIEW}" in RESPONSES and name.split("[")[0] not in STEPWISE
]
DOCUMENTS = [name for name in FACTS if not name.startswith("utter_kan_niet_praten/")]
SOURCED = [*FACTS, "utter_onveilig_gevoel[0]"]
OVERVIEWS = [name for name in FACTS if f"/{OVERVIEW}[" in name]
NO_ADVISER = {"type": "slot", "name": "adviseur", "value": ""}
# Where the emergency numbers belong: with danger, with people outside the target group, and after a grave case.
EMERGENCY = (
    "utter_doorverwijzing_acuut",
    "utter_doorverwijzing_suicidaal",
    "utter_doorverwijzing_ernstig",
    "utter_burger_in_nood",
    "utter_dreigen_met_geweld",
    "utter_nummers_",
    "utter_hulpkreet",
    "safety_text",
    "utter_verder_suicidaal",
    "utter_verder_acuut",
    "utter_al_gebeld/acuut",
    "utter_kan_niet_praten/",
    "utter_ot_contact/spoed",
    "utter_geen_gehoor",
    "utter_vraag_113",
)
GRAVE_CASES = ("ernstig", "suicidaal_ander", "suicidaal")
MOST_WORDS, MOST_WORDS_OF_A_FACT, MOST_WORDS_IN_A_SENTENCE, AVERAGE_WORDS = 80, 60, 25, 15


def without_source(text: str) -> str:
    """Returns a text without its source line."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("Bron:"))


def titles(variant: dict) -> list:
    """Returns the titles of the buttons of a variant."""
    return [button["title"] for button in variant.get("buttons") or []]


def words(text: str) -> int:
    """Returns how many words a text has, the source not counted."""
    return len(re.findall(r"\w[\w'@./-]*", without_source(text)))


def cases(name: str) -> set:
    """Returns the values of the slot `zaak` after which a variant is said; an empty set for all."""
    return {each["value"] for each in VARIANTS[name].get("condition") or [] if each["name"] == "zaak"}


def for_no_adviser(variant: dict) -> bool:
    """Says whether a variant is for who gave no role."""
    return NO_ADVISER in (variant.get("condition") or [])


def everything_said(name: str) -> str:
    """Returns a text with the titles of its buttons and the adviser of its payload."""
    variant = VARIANTS.get(name, {})
    return "\n".join([TEXTS.get(name, ""), *titles(variant), str((variant.get("custom") or {}).get("adviseur") or "")])


def sentences(text: str) -> list:
    """Returns the sentences of a text; each line of a list is one."""
    parts = re.split(r"(?<=[.!?])\s+|\n+", without_source(text))
    return [part for part in parts if re.search(r"\w", part)]


@pytest.mark.parametrize("name", TEXTS)
def test_every_number_stands_in_the_register(name):
    """A wrong digit sends someone in fear to a stranger."""
    numbers = re.findall(r"\+?\d[\d -]*\d", everything_said(name))
    assert set(numbers) <= set(REGISTER.numbers.values())


@pytest.mark.parametrize("name", TEXTS)
def test_every_address_stands_in_the_register(name):
    """So no misspelt mail or web address is ever given."""
    addresses = re.findall(
        r"[\w.+-]+@[\w.-]+\w|(?:https?://|www\.)[\w./-]+\w|\b[\w-]+\.(?:nl|com|org|eu)\b", everything_said(name)
    )
    assert set(addresses) <= set(REGISTER.addresses.values()) | {"minbzk.nl"}


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_that_is_forbidden_is_said(name):
    """No personal names of an older brochure, and not its misspelt address."""
    said = everything_said(name).lower()
    assert [word for word in [*REGISTER.forbidden_names, "ambtsdraggers"] if word.lower() in said] == []


@pytest.mark.parametrize("name", TEXTS)
def test_every_other_way_to_reach_help_stands_in_the_register(name):
    """The app 112NL; and that 113 is there for relatives, or by chat."""
    values = {service["value"] for service in SERVICES.values()}
    assert set(re.findall(r"\b11[23]\w+", TEXTS[name])) <= values
    of_113 = " ".join(value for value in values if value.startswith("113"))
    for sentence in sentences(TEXTS[name]):
        if re.search(r"\b113\b", sentence):
            assert all(promised in of_113 for promised in re.findall(r"naasten|chat", sentence))


@pytest.mark.parametrize("name", SOURCED)
def test_an_information_answer_names_its_source(name):
    """On a line of its own, the last one."""
    lines = TEXTS[name].splitlines()
    assert re.match(r"Bron: (brochure Ondersteuningsteam Weerbaar Bestuur|Veiligheidspakket Burgemeesters)", lines[-1])


@pytest.mark.parametrize("name", [name for name in FACTS if name not in OVERVIEWS])
def test_a_fact_is_short(name):
    """At most sixty words: who asks one thing gets that."""
    assert words(TEXTS[name]) <= MOST_WORDS_OF_A_FACT


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_information_answer_offers_the_next_step(name):
    """Two or three buttons, or one for each role or first topic."""
    assert 2 <= len(titles(VARIANTS[name])) <= 5


@pytest.mark.parametrize("name", [name for name in FACTS if name != "utter_ot_info/overzicht[0]"])
def test_an_answer_says_where_to_turn_next(name):
    """A question that goes further than the documents goes to the team, by its number."""
    assert TEAM in TEXTS[name]


@pytest.mark.parametrize("name", BUBBLES)
def test_a_bubble_is_short(name):
    """At most eighty words, the source not counted."""
    assert words(TEXTS[name]) <= MOST_WORDS


@pytest.mark.parametrize("name", BUBBLES)
def test_sentences_are_short(name):
    """Level B1: who is shaken must be able to read it."""
    lengths = [len(re.findall(r"\w[\w'@./-]*", sentence)) for sentence in sentences(TEXTS[name])]
    assert max(lengths) <= MOST_WORDS_IN_A_SENTENCE
    assert sum(lengths) / len(lengths) <= AVERAGE_WORDS


@pytest.mark.parametrize("name", TEXTS)
def test_the_form_of_address_is_u(name):
    """Polite, everywhere."""
    assert re.findall(r"\b(?:je|jij|jou|jouw|jullie)\b", everything_said(name).lower()) == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_dangling_links_and_no_markup(name):
    """Not every channel shows markup, and 'klik hier' points nowhere without a link."""
    assert not re.search(r"klik hier|<\w+>|\]\(|\*\*", everything_said(name), re.IGNORECASE)


@pytest.mark.parametrize("name", [name for name, variant in VARIANTS.items() if "custom" in variant])
def test_a_handoff_payload_is_what_the_widgets_expect(name):
    """Exactly these keys; the adviser where the role is known, and null where it is not or does not matter."""
    custom, variants = VARIANTS[name]["custom"], RESPONSES[name.split("[")[0]]
    assert set(custom) == {"type", "ernst", "telefoon", "adviseur", "functie"}
    assert custom["type"] == "doorverwijzing"
    assert custom["ernst"] in ("acuut", "ernstig", "zorg")
    assert custom["telefoon"] == REGISTER.numbers["ondersteuningsteam"]
    named = any(map(for_no_adviser, variants)) and not for_no_adviser(VARIANTS[name])
    assert (custom["adviseur"], custom["functie"]) == (("{adviseur}", "{functie}") if named else (None, None))
    assert TEAM in VARIANTS[name]["text"]


@pytest.mark.parametrize("name", [name for name in RESPONSES if name.startswith("utter_doorverwijzing_")])
def test_every_handoff_has_a_variant_with_and_without_an_adviser(name):
    """For who gave a role, and for who did not; of the severity that its name says."""
    assert {for_no_adviser(variant) for variant in RESPONSES[name]} == {True, False}
    level = name.removeprefix("utter_doorverwijzing_").split("/")[0]
    severity = "acuut" if level == "suicidaal" else level
    assert {variant["custom"]["ernst"] for variant in RESPONSES[name]} == {severity}


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("utter_doorverwijzing_ernstig[")])
def test_a_serious_handoff_says_all_it_must(name):
    """The number, confidential, what happens when you call, the police; and the adviser, or the question for it."""
    text, conditions = TEXTS[name], VARIANTS[name].get("condition") or []
    for part in (TEAM, "vertrouwelijk", "denkt", "aangifte", "politie", "112"):
        assert part in text, part
    if for_no_adviser(VARIANTS[name]):
        assert len(titles(VARIANTS[name])) == len(REGISTER.advisers)
    elif conditions:
        assert REGISTER.addresses["netwerk_mail"] in text
    else:
        assert "{adviseur_zin}" in text


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("utter_doorverwijzing_ernstig/")])
def test_a_further_step_is_shorter_and_keeps_both_numbers(name):
    """The team first, and 112 for when it gets worse."""
    assert words(TEXTS[name]) < words(TEXTS["utter_doorverwijzing_ernstig[0]"]) / 2
    assert TEXTS[name].index(TEAM) < TEXTS[name].index("112")


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("utter_doorverwijzing_acuut")])
def test_in_danger_112_comes_first_and_nothing_is_asked(name):
    """Short, 112 before the team, and no question before the numbers."""
    text = TEXTS[name]
    assert text.index("112") < text.index(TEAM)
    assert "?" not in text[: text.index("112")]
    assert len(text.split()) <= 40


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("utter_doorverwijzing_suicidaal")])
def test_suicidal_thoughts_get_113_first(name):
    """113 and its free number, 112 when it is now, then the team."""
    text = TEXTS[name]
    assert text.index("113") < text.index("112") < text.index(TEAM)
    assert "0800-0113" in text


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in VARIANTS
        if name.startswith("utter_verder_suicidaal") or cases(name) & {"suicidaal", "suicidaal_ander"}
    ],
)
def test_whatever_is_said_after_suicidal_thoughts_keeps_113(name):
    """Also in a goodbye; its free number, and 112 for now."""
    for number in ("113", "0800-0113", "112"):
        assert number in TEXTS[name], number


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in RESPONSES
        if {"suicidaal", "suicidaal_ander"}
        & set().union(*(cases(f"{name}[{number}]") for number in range(len(RESPONSES[name]))))
    ],
)
def test_what_is_said_after_suicidal_thoughts_is_also_said_about_another(name):
    """Who fears for another is not spoken to as if it were about themselves, and the other way round."""
    said = set().union(*(cases(f"{name}[{number}]") for number in range(len(RESPONSES[name]))))
    assert {"suicidaal", "suicidaal_ander"} <= said


@pytest.mark.parametrize("name", TEXTS)
def test_112_and_113_stand_only_where_they_belong(name):
    """Who is calm is not frightened with an emergency number; the widget always shows it, a messaging app does not."""
    if VARIANTS.get(name, {}).get("channel") == "berichtendienst":
        return
    after_a_grave_case = name in VARIANTS and cases(name) & set(GRAVE_CASES)
    if not name.startswith(EMERGENCY) and not after_a_grave_case:
        assert not re.search(r"\b11[23]\b", TEXTS[name])


@pytest.mark.parametrize("name", ["utter_afscheid", "utter_bedanken", "utter_bevestigen", "utter_ontkennen"])
def test_after_a_case_the_number_stays(name):
    """Goodbye, thanks, yes and no still carry it."""
    conditional = [variant for variant in RESPONSES[name] if "condition" in variant]
    by_case = {variant["condition"][0]["value"]: variant["text"] for variant in conditional}
    assert set(by_case) == {"zorg", *GRAVE_CASES}
    assert all(TEAM in text for text in by_case.values())


def test_the_first_words_say_what_this_is():
    """A computer, what for, that nothing is kept, and the number."""
    for name in ("utter_introductie[0]", "utter_begroeten[0]"):
        for part in ("computer", "geen mens", "politici", "bewaar ik niet", TEAM):
            assert part in TEXTS[name], f"{name}: {part}"


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith(("utter_niet_begrepen", "safety"))])
def test_no_dead_end(name):
    """Who is not understood gets the number."""
    assert TEAM in TEXTS[name]


def test_the_register_says_where_each_fact_comes_from(root):
    """Each with a source, a review date and an owner."""
    content = yaml.safe_load((root / "data" / "contacts.yml").read_text(encoding="utf-8"))
    for fact in [*content["numbers"].values(), *content["addresses"].values(), *content["services"].values()]:
        assert {"value", "name", "source", "reviewed", "owner"} <= set(fact)
        assert isinstance(fact["value"], str)
