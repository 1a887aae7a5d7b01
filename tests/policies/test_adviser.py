"""The adviser in the texts is that of the writer's role, for every role and for none, as Rasa renders them."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from turns import DOMAIN, Talk

from weerbaar.contacts import load_register
from weerbaar.policies.adviser import adviser_events

REGISTER = load_register()
ROLES = [None, *REGISTER.advisers]
GENERATOR = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
CASES = [None, "zorg", "ernstig", "suicidaal_ander", "suicidaal"]
# Each response that names the adviser, with the case in which it does.
NAMING = sorted(
    {
        (name, next((each["value"] for each in variant.get("condition") or [] if each["name"] == "zaak"), None))
        for name, variants in DOMAIN.responses.items()
        for variant in variants
        if "{adviseur_zin}" in variant.get("text", "")
    },
    key=str,
)
# Each response with a card of which both texts are null, whoever writes.
NAMELESS = [
    name
    for name, variants in DOMAIN.responses.items()
    if any("custom" in each for each in variants) and "{functie}" not in str(variants)
]


def tracker_of(role: str | None, case: str | None) -> DialogueStateTracker:
    """Returns a conversation with a role and a case, in which the policies named the adviser."""
    tracker = DialogueStateTracker("anna", DOMAIN.slots)
    tracker.update_with_events([SlotSet("functie", role), SlotSet("zaak", case)], DOMAIN)
    tracker.update_with_events(adviser_events(tracker, []), DOMAIN)
    return tracker


def rendered(name: str, role: str | None, case: str | None) -> dict:
    """Returns a response as Rasa renders it."""
    return asyncio.run(GENERATOR.generate(name, tracker_of(role, case), "web"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "case"), NAMING)
def test_the_text_names_the_adviser_of_the_role_and_no_other(name, case, role):
    """The sentence of the register, once; for a role without an adviser of its own, and for none, nothing."""
    text = rendered(name, role, case)["text"]
    own = REGISTER.sentences.get(role) or ""
    assert re.findall(r"Vraag naar de adviseur van [^.]*\.", text) == ([own] if own else [])
    assert not any(word in text for word in ("None", "null", "{", "}", "  ", " .", "..", " \n"))
    assert text == text.strip()
    assert all(re.search(r"(^|[.\n] ?)$", text[: text.index(sentence)]) for sentence in [own] if sentence)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", [name for name in DOMAIN.responses if "{functie}" in str(DOMAIN.responses[name])])
def test_the_card_names_the_adviser_of_the_role(name, role):
    """Null stays null: a widget would print the word 'None'."""
    card = rendered(name, role, None).get("custom")
    if role is None and card is None:
        return  # the question for the role has no card
    assert (card["functie"], card["adviseur"]) == (role, REGISTER.advisers.get(role))
    assert "None" not in json.dumps(card)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", NAMELESS)
def test_a_card_without_an_adviser_has_null(name, role):
    """People outside the target group have none, whatever role they gave."""
    card = rendered(name, role, None)["custom"]
    assert card["functie"] is None
    assert card["adviseur"] is None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("case", CASES)
def test_what_is_said_is_never_left_to_chance(role, case):
    """For each role and case exactly one variant fits; of two Rasa would choose one at random."""
    filled = tracker_of(role, case).current_slot_values()
    variants = ResponseVariationFilter(DOMAIN.responses)
    fitting = {name: len(variants.responses_for_utter_action(name, "web", filled)) for name in DOMAIN.responses}
    assert {name for name, number in fitting.items() if number != 1} == set()


@pytest.mark.parametrize("role", REGISTER.advisers)
def test_the_adviser_is_known_in_the_turn_in_which_the_role_is_given(role):
    """Not one turn later."""
    talk = Talk()
    talk.say("bedreiging", role=role)
    assert talk.said[0].data["custom"]["adviseur"] == REGISTER.advisers[role]
    assert (REGISTER.sentences[role] or REGISTER.addresses["netwerk_mail"]) in talk.said[0].text


@pytest.mark.parametrize("intent", ["wat_nu", "kleiner_maken"])
def test_a_role_that_is_corrected_in_a_question_names_the_new_adviser(intent):
    """Such as 'ik ben wethouder trouwens, geen raadslid, wat moet ik nu doen'."""
    talk = Talk()
    talk.say("bedreiging", role="raadslid")
    talk.say(intent, "ik ben wethouder trouwens, geen raadslid, wat moet ik nu doen", "geen", "wethouder")
    assert REGISTER.sentences["raadslid"] not in talk.said[0].text
    assert REGISTER.sentences["wethouder"] in talk.said[0].text
