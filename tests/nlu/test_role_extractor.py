"""The entity `functie`: the role of the writer or a relative, not of somebody mentioned."""

from __future__ import annotations

import pytest
import yaml
from chat import ROOT
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from weerbaar.nlu.role_extractor import ENTITY, RoleExtractor

OWN_ROLE = [
    ("ik ben burgemeester", "burgemeester"),
    ("Ik ben de burgemeester van een klein dorp", "burgemeester"),
    ("ik ben waarnemend burgemeester", "burgemeester"),
    ("als burgemeester krijg ik vaak nare post", "burgemeester"),
    ("ik ben wethouder", "wethouder"),
    ("Ik ben al zes jaar wethouder", "wethouder"),
    ("ik werk als wethouder in een stad", "wethouder"),
    ("ik ben loco-burgemeester", "wethouder"),
    ("toen ik wethouder was gebeurde het ook", "wethouder"),
    ("sinds ik wethouder ben slaap ik slecht", "wethouder"),
    ("ik ben raadslid", "raadslid"),
    ("Ik ben gemeenteraadslid voor een lokale partij", "raadslid"),
    ("ik zit in de gemeenteraad", "raadslid"),
    ("ik ben fractievoorzitter in de raad", "raadslid"),
    ("mijn functie is raadslid", "raadslid"),
    ("omdat ik raadslid ben krijg ik dit", "raadslid"),
    ("hallo, raadslid hier", "raadslid"),
    ("Ik ben statenlid", "statenlid"),
    ("ik ben Statenlid in Drenthe", "statenlid"),
    ("ik ben lid van provinciale staten", "statenlid"),
    ("ik zit in provinciale staten", "statenlid"),
    ("ik ben gedeputeerde", "anders"),
    ("ik ben dijkgraaf", "anders"),
    ("ik ben griffier", "anders"),
    ("als griffier schrijf ik dit", "anders"),
    ("ik werk als gemeentesecretaris", "anders"),
]
ROLE_ALONE = [
    ("raadslid", "raadslid"),
    ("Wethouder.", "wethouder"),
    ("burgemeester van een kustplaats", "burgemeester"),
    ("gewoon raadslid", "raadslid"),
    ("nee, statenlid", "statenlid"),
    ("iets anders", "anders"),
    ("Wethouder sport. Ik krijg brieven thuis.", "wethouder"),
    ("waarnemend burgemeester", "burgemeester"),
    ("Raar gedoe voor een burgemeester van 61", "burgemeester"),
]
MISSPELT = [
    ("ik ben burgermeester", "burgemeester"),
    ("ik ben burgemeestr", "burgemeester"),
    ("ik ben wethouwder", "wethouder"),
    ("ik ben wethoder", "wethouder"),
    ("ik ben raadlid", "raadslid"),
    ("ik ben raadslit", "raadslid"),
    ("ik ben gemeenteraadlid", "raadslid"),
    ("ik ben staatenlid", "statenlid"),
    ("ik ben grifier", "anders"),
    ("IK BEN WETHOUDER", "wethouder"),
]
RELATIVES = [
    ("mijn man is burgemeester", "burgemeester"),
    ("mijn vrouw is wethouder en krijgt dreigmails", "wethouder"),
    ("mijn moeder zit in de gemeenteraad", "raadslid"),
    ("mijn partner is statenlid", "statenlid"),
    ("mijn vader is dijkgraaf", "anders"),
    ("onze dochter werd raadslid", "raadslid"),
]
CORRECTED = [
    ("ik ben geen raadslid maar ik ben wethouder", "wethouder"),
    ("ik ben wethouder, geen raadslid", "wethouder"),
    ("sorry, ik ben burgemeester", "burgemeester"),
    ("geen raadslid maar wethouder", "wethouder"),
    ("niet als wethouder maar als burgemeester", "burgemeester"),
    ("statenlid bedoel ik", "statenlid"),
    ("foutje, het moet statenlid zijn", "statenlid"),
    ("was vroeger wethouder, nu burgemeester", "burgemeester"),
    ("ik zit niet in de raad maar in provinciale staten", "statenlid"),
    ("nee, dat is hij. ik ben zijn griffier", "anders"),
]
NO_ROLE = [
    "een wethouder bedreigt mij",
    "de burgemeester heeft mij geslagen",
    "ik ben bedreigd door een raadslid",
    "ik werd uitgescholden door de wethouder",
    "een raadslid stuurt mij nare berichten",
    "onze burgemeester wordt bedreigd",
    "ik ben geen raadslid",
    "ik ben niet de burgemeester",
    "is dat ook voor raadsleden?",
    "geldt de training alleen voor burgemeesters?",
    "wie is de adviseur voor een wethouder?",
    "ik heb een mail van de burgemeester gekregen",
    "ik had ruzie met een wethouder",
    "de wethouder en de burgemeester weten ervan",
    "krijgt een statenlid ook hulp?",
    "hoe gaat het met de griffier",
    "ik ben bang",
    "ik word bedreigd",
    "en als iemand anders dat doet?",
    "kan iemand anders aangifte doen?",
    "als het anders loopt, wat dan?",
    "ik wil iets anders vragen",
    "wethouder bedreigd door boze inwoner",
    "Burgemeester wordt vaker uitgescholden",
    "Raadslid of wethouder?",
    "het was niet de burgemeester maar een raadslid dat mij vorige week na de vergadering op de gang zo"
    " uitschold, waar iedereen bij stond",
    "",
    "   ",
    "🙂",
]


@pytest.fixture(scope="module")
def extractor() -> RoleExtractor:
    """An extractor with the words of data/nlu/functie.yml."""
    blocks = yaml.safe_load((ROOT / "data" / "nlu" / "functie.yml").read_text(encoding="utf-8"))["nlu"]
    roles = {line[2:].strip().lower(): block["synonym"] for block in blocks for line in block["examples"].splitlines()}
    known = RoleExtractor({}, None, None)
    known.know({**roles, **{role: role for role in roles.values()}})
    return known


def role_in(extractor: RoleExtractor, text: str):
    """Returns the role that is found in a text, or None."""
    found = extractor.find(text)
    return found[2] if found else None


@pytest.mark.parametrize(("text", "role"), OWN_ROLE)
def test_the_writers_own_role_is_found(extractor, text, role):
    """However the writer says it."""
    assert role_in(extractor, text) == role


@pytest.mark.parametrize(("text", "role"), ROLE_ALONE)
def test_a_role_alone_answers_the_question_for_it(extractor, text, role):
    """'Wat is uw functie?' is often answered with one word."""
    assert role_in(extractor, text) == role


@pytest.mark.parametrize(("text", "role"), MISSPELT)
def test_a_misspelt_role_is_found(extractor, text, role):
    """Frightened people do not spell."""
    assert role_in(extractor, text) == role


@pytest.mark.parametrize(("text", "role"), RELATIVES)
def test_the_role_of_a_relative_counts(extractor, text, role):
    """It decides the adviser."""
    assert role_in(extractor, text) == role


@pytest.mark.parametrize(("text", "role"), CORRECTED)
def test_a_correction_gives_the_right_role(extractor, text, role):
    """The role that is denied is not taken."""
    assert role_in(extractor, text) == role


@pytest.mark.parametrize("text", NO_ROLE)
def test_a_role_of_somebody_else_is_not_taken(extractor, text):
    """Neither is a role that is denied, asked about or not there, nor the word 'anders' in other senses."""
    assert role_in(extractor, text) is None


def test_the_entity_says_where_it_stands(extractor):
    """Start and end point at the word, in the text as typed."""
    message = Message({TEXT: "Goedemorgen. Ik ben Wethouder."})
    extractor.process([message])
    [entity] = message.get(ENTITIES)
    assert (entity["entity"], entity["value"]) == (ENTITY, "wethouder")
    assert message.get(TEXT)[entity["start"] : entity["end"]] == "Wethouder"


def test_the_payload_of_a_button_is_left_alone(extractor):
    """Rasa reads the entity of a button itself."""
    message = Message({TEXT: '/functie_opgeven{"functie": "raadslid"}'})
    extractor.process([message])
    assert not message.get(ENTITIES)


def test_every_word_means_a_value_of_the_slot(extractor, domain_content):
    """A role that the slot does not know would be dropped in silence."""
    assert set(extractor._roles.values()) == set(domain_content["slots"]["functie"]["values"])
