"""What every text of the assistant keeps to: contact facts from the register, sources, length, form of address."""
from __future__ import annotations

import re

import pytest
import yaml
from chat import ROOT

from components.handoff_policy import INFORMATION_INTENTS
from contacts.register import load_register, safety_text

REGISTER = load_register()
RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
TOPICS = yaml.safe_load((ROOT / "actions" / "topics.yml").read_text(encoding="utf-8"))
VARIANTS = {
    f"{name}[{number}]": variant for name, variants in RESPONSES.items() for number, variant in enumerate(variants)
}
TEXTS = {
    **{name: variant["text"] for name, variant in VARIANTS.items() if "text" in variant},
    "safety_text": safety_text(),
    "topics.yml": "\n".join(TOPICS.values()),
}
BUBBLES = [name for name in TEXTS if name != "topics.yml"]
TEAM = "070-3738314"
SUBJECTS = (INFORMATION_INTENTS - {"privacy", "bot_vraag"}) | {"nazorg", "steun_gezin", "onveilig_gevoel"}
FOLLOW_UPS = {name for name in RESPONSES if name.startswith("utter_vervolg_")}
SOURCED = {f"utter_{subject}" for subject in SUBJECTS} | FOLLOW_UPS
# The documents say nothing here: this variant asks for the subject.
UNSOURCED = {"utter_vervolg_meer[0]"}
# Where the emergency numbers belong: with danger, with people outside the target group, and after a grave case.
EMERGENCY = (
    "utter_doorverwijzing_acuut", "utter_doorverwijzing_suicidaal", "utter_doorverwijzing_ernstig",
    "utter_burger_in_nood", "utter_dreigen_met_geweld", "utter_nummers_", "utter_hulpkreet", "safety_text",
)
MOST_WORDS, MOST_WORDS_IN_A_SENTENCE, AVERAGE_WORDS = 80, 25, 15


def without_source(text: str) -> str:
    """Returns a text without its source line."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("Bron:"))


def titles(variant: dict) -> list:
    """Returns the titles of the buttons of a variant."""
    return [button["title"] for button in variant.get("buttons") or []]


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
    addresses = re.findall(r"[\w.+-]+@[\w.-]+\w|(?:https?://|www\.)[\w./-]+\w|\b[\w-]+\.(?:nl|com|org|eu)\b",
                           everything_said(name))  # fmt: skip
    assert set(addresses) <= set(REGISTER.addresses.values()) | {"minbzk.nl"}


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_that_is_forbidden_is_said(name):
    """No personal names of an older brochure, and not its misspelt address."""
    said = everything_said(name).lower()
    assert [word for word in [*REGISTER.forbidden_names, "ambtsdraggers"] if word.lower() in said] == []


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.split("[")[0] in SOURCED and name not in UNSOURCED])
def test_an_information_answer_names_its_source(name):
    """On a line of its own, the last one."""
    lines = TEXTS[name].splitlines()
    assert lines[-1].startswith("Bron: ")
    assert len(lines[-1]) > len("Bron: ")
    assert re.match(r"Bron: (brochure Ondersteuningsteam Weerbaar Bestuur|Veiligheidspakket Burgemeesters)", lines[-1])


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.split("[")[0] in SOURCED])
def test_an_information_answer_offers_the_next_step(name):
    """Two or three buttons, or one for each role or first topic."""
    assert 2 <= len(titles(VARIANTS[name])) <= 5


@pytest.mark.parametrize("name", [f"utter_{intent}[0]" for intent in sorted(INFORMATION_INTENTS - {"ot_info"})])
def test_an_answer_says_where_to_turn_next(name):
    """A question that goes further than the documents goes to the team, by its number."""
    assert TEAM in TEXTS[name]


@pytest.mark.parametrize("name", BUBBLES)
def test_a_bubble_is_short(name):
    """At most eighty words, the source not counted."""
    assert len(re.findall(r"\w[\w'@./-]*", without_source(TEXTS[name]))) <= MOST_WORDS


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
    """Exactly these keys, with values from the register and from the condition of the variant."""
    custom, conditions = VARIANTS[name]["custom"], VARIANTS[name].get("condition") or []
    assert set(custom) == {"type", "ernst", "telefoon", "adviseur", "functie"}
    assert custom["type"] == "doorverwijzing"
    assert custom["ernst"] in ("acuut", "ernstig", "zorg")
    assert custom["telefoon"] == REGISTER.numbers["ondersteuningsteam"]
    assert custom["functie"] == next((each["value"] for each in conditions if each["name"] == "functie"), None)
    assert custom["adviseur"] == REGISTER.advisers.get(custom["functie"])
    assert TEAM in VARIANTS[name]["text"]


@pytest.mark.parametrize("level", ["acuut", "suicidaal", "ernstig", "zorg"])
def test_every_handoff_has_a_variant_for_every_role(level):
    """And one for who did not give a role."""
    variants = RESPONSES[f"utter_doorverwijzing_{level}"]
    assert {variant["custom"]["functie"] for variant in variants} == {None, *REGISTER.advisers}
    expected = "acuut" if level == "suicidaal" else level
    assert {variant["custom"]["ernst"] for variant in variants} == {expected}


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("utter_doorverwijzing_ernstig")])
def test_a_serious_handoff_says_all_it_must(name):
    """The number, confidential, what happens when you call, the police; and the adviser, or the question for it."""
    text, custom = TEXTS[name], VARIANTS[name]["custom"]
    for part in (TEAM, "vertrouwelijk", "denkt", "aangifte", "politie"):
        assert part in text, part
    if custom["functie"] is None:
        assert len(titles(VARIANTS[name])) == len(REGISTER.advisers)
    elif custom["functie"] == "anders":
        assert REGISTER.addresses["netwerk_mail"] in text
    else:
        assert custom["adviseur"] in text


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


@pytest.mark.parametrize("name", TEXTS)
def test_112_and_113_stand_only_where_they_belong(name):
    """Who is calm is not frightened with an emergency number; the widget always shows it, a messaging app does not."""
    if VARIANTS.get(name, {}).get("channel") == "berichtendienst":
        return
    conditions = VARIANTS.get(name, {}).get("condition") or []
    after_a_grave_case = any(one["name"] == "zaak" and one["value"] in ("ernstig", "suicidaal") for one in conditions)
    if not name.startswith(EMERGENCY) and not after_a_grave_case:
        assert not re.search(r"\b11[23]\b", TEXTS[name])


@pytest.mark.parametrize("name", ["utter_afscheid", "utter_bedanken", "utter_bevestigen", "utter_ontkennen"])
def test_after_a_case_the_number_stays(name):
    """Goodbye, thanks, yes and no still carry it."""
    conditional = [variant for variant in RESPONSES[name] if "condition" in variant]
    by_case = {variant["condition"][0]["value"]: variant["text"] for variant in conditional}
    assert set(by_case) == {"zorg", "ernstig", "suicidaal"}
    assert all(TEAM in text for text in by_case.values())
    assert "113" in by_case["suicidaal"]


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
    content = yaml.safe_load((root / "contacts" / "register.yml").read_text(encoding="utf-8"))
    for fact in [*content["numbers"].values(), *content["addresses"].values()]:
        assert {"value", "name", "source", "reviewed", "owner"} <= set(fact)
        assert isinstance(fact["value"], str)
