"""What people say back after something serious was told gets an answer that fits, in other words each time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from turns import DOMAIN, Talk, facts, ranked

from weerbaar.contacts import load_register
from weerbaar.nlu.severity import SEVERITY_BY_INTENT
from weerbaar.policies.case_policy import FURTHER, UNCLEAR
from weerbaar.policies.handoff_policy import VOICELESS

NOT_UNDERSTOOD = DEFAULT_NLU_FALLBACK_INTENT_NAME
TOLD = {"ernstig": "bedreiging", "suicidaal": "suicidaliteit", "suicidaal_ander": "suicidaliteit_ander"}
REGISTER = load_register()


def after(*intents: str) -> Talk:
    """Returns a conversation in which these intents were said."""
    talk = Talk()
    for intent in intents:
        talk.say(intent)
    return talk


@pytest.mark.parametrize("level", ["geen", "zorg"])
def test_a_false_alarm_that_is_taken_back_ends_the_case(level):
    """Afterwards a goodbye is a goodbye, also when the severity model was in doubt about the words."""
    talk = after("bedreiging")
    assert talk.say("vals_alarm", level=level) == ["utter_vals_alarm"]
    assert talk.slot("zaak") is None
    talk.say("afscheid")
    assert talk.said[0].text.startswith("Tot ziens")


@pytest.mark.parametrize("case", ["suicidaal", "suicidaal_ander"])
def test_suicidal_thoughts_are_not_taken_back(case):
    """'Grapje, laat maar' is what people say then as well; 113 stays."""
    talk = after(TOLD[case])
    [answer] = talk.say("vals_alarm", level="geen")
    assert answer in FURTHER[case]
    assert talk.slot("zaak") == case
    assert "113" in talk.said[0].text


def test_who_takes_it_back_with_a_question_gets_the_answer():
    """'Ik bedoelde de woningscan, er is niets': said that it is well, and then the answer."""
    talk = after("bedreiging")
    answers = talk.say("woningscan", level="geen", **ranked({"woningscan": 0.6, "vals_alarm": 0.3}))
    assert answers == ["utter_vals_alarm/en_verder", "utter_woningscan/overzicht"]
    assert talk.slot("zaak") is None
    assert talk.slot("onderwerp") == "woningscan"


def test_a_false_alarm_with_a_question_behind_it_is_answered_too():
    """Also when taking it back is the likelier meaning."""
    talk = after("bedreiging")
    answers = talk.say("vals_alarm", level="geen", **ranked({"vals_alarm": 0.6, "woningscan": 0.3}))
    assert answers == ["utter_vals_alarm/en_verder", "utter_woningscan/overzicht"]


def test_a_question_in_a_case_takes_nothing_back():
    """Who asks how to report a crime is still threatened."""
    talk = after("bedreiging")
    assert talk.say("aangifte") == ["utter_aangifte/overzicht"]
    assert talk.slot("zaak") == "ernstig"


@pytest.mark.parametrize(
    ("told", "answer", "severity"),
    [
        (["begroeten"], "utter_functie_opgeven", "zorg"),
        (["bedreiging"], "utter_functie_opgeven/ernstig", "ernstig"),
        (["acuut_gevaar"], "utter_functie_opgeven/acuut", "acuut"),
        (["suicidaliteit"], "utter_functie_opgeven/acuut", "acuut"),
    ],
)
def test_a_role_is_answered_with_the_adviser_at_the_level_of_the_case(told, answer, severity):
    """The card never gets lighter by a word about one's office."""
    talk = after(*told)
    assert talk.say("functie_opgeven", role="wethouder")[0] == answer
    card = talk.said[0].data["custom"]
    assert (card["ernst"], card["adviseur"], card["functie"]) == (severity, "Wethoudersvereniging", "wethouder")
    assert REGISTER.sentences["wethouder"] in talk.said[0].text


@pytest.mark.parametrize("intent", ["ontkennen", "buiten_bereik", "functie_opgeven", NOT_UNDERSTOOD, "vervolg"])
def test_a_role_can_be_corrected(intent):
    """However the message was understood: 'nee sorry, burgemeester'."""
    talk = after("bedreiging")
    talk.say("functie_opgeven", role="raadslid")
    assert talk.say(intent, "nee sorry, burgemeester", "geen", "burgemeester") == ["utter_functie_opgeven/ernstig"]
    assert talk.slot("adviseur") == REGISTER.advisers["burgemeester"]
    assert REGISTER.sentences["burgemeester"] in talk.said[0].text
    assert REGISTER.sentences["raadslid"] not in talk.said[0].text


def test_a_long_correction_of_the_role_is_one_as_well():
    """More words than a bare role has, but another role than before."""
    talk = after("bedreiging")
    talk.say("functie_opgeven", role="raadslid")
    text = "ik drukte per ongeluk op de verkeerde knop want ik ben wethouder"
    assert talk.say("ontkennen", text, "geen", "wethouder") == ["utter_functie_opgeven/ernstig"]


def test_a_role_in_a_story_does_not_stop_the_story():
    """Who says more than the role is heard."""
    talk = after("bedreiging")
    text = "als raadslid krijg ik daar al maanden mee te maken en niemand doet iets"
    assert talk.say("stukje_verhaal", text, "geen", "raadslid")[0] in FURTHER["ernstig"]
    assert REGISTER.sentences["raadslid"] in talk.said[0].text


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("die tweede", "wethouder"),
        ("2", "wethouder"),
        ("Nummer 2 graag.", "wethouder"),
        ("doe de derde maar", "raadslid"),
        ("eerste", "burgemeester"),
        ("de laatste", "anders"),
    ],
)
def test_a_button_can_be_chosen_in_words(text, role):
    """It does what the button does; here those for the role, after the handoff."""
    talk = after("bedreiging")
    assert talk.say(NOT_UNDERSTOOD, text, "geen") == ["utter_functie_opgeven/ernstig"]
    assert talk.slot("functie") == role
    assert talk.slot("adviseur") == REGISTER.advisers[role]
    assert talk.slot("zaak") == "ernstig"


def test_a_button_chosen_in_words_leads_to_its_subject():
    """The second button under the training is the Veiligheidspakket."""
    talk = after("begroeten", "training")
    assert talk.say(NOT_UNDERSTOOD, "die tweede", "geen") == ["utter_veiligheidspakket/overzicht"]
    assert talk.slot("onderwerp") == "veiligheidspakket"


def test_a_serious_button_chosen_in_words_hands_off():
    """'Ik word bedreigd' is the first button after the greeting."""
    talk = after("begroeten")
    assert talk.say(NOT_UNDERSTOOD, "de eerste", "geen") == ["utter_doorverwijzing_ernstig"]
    assert talk.slot("zaak") == "ernstig"


@pytest.mark.parametrize("text", ["de vijfde", "de eerste keer was vorig jaar", "2 mannen", ""])
def test_other_words_choose_no_button(text):
    """Nor does a place where there is none."""
    talk = after("begroeten", "training")
    assert "utter_veiligheidspakket/overzicht" not in talk.say(NOT_UNDERSTOOD, text, "geen")
    assert talk.slot("onderwerp") == "training"


def test_yes_to_the_question_about_danger_is_danger():
    """'Ja' to 'Is er nu gevaar?'."""
    talk = after("hulpkreet")
    assert talk.say("bevestigen", "ja", "geen") == ["utter_doorverwijzing_acuut"]
    assert talk.slot("zaak") == "ernstig"


def test_yes_to_anything_else_is_no_alarm():
    """112 is for who is in danger."""
    assert after("begroeten").say("bevestigen", "ja", "geen") == ["utter_bevestigen"]
    assert after("hulpkreet", "aangifte").say("bevestigen", "ja", "geen") == ["utter_bevestigen"]


@pytest.mark.parametrize("case", TOLD)
@pytest.mark.parametrize("intent", sorted(UNCLEAR))
def test_calm_words_in_a_case_are_heard_in_other_words_each_time(case, intent):
    """Never 'I do not understand', never the same twice in a row, and always the number."""
    talk = after(TOLD[case])
    answers = []
    for _ in range(2 * len(FURTHER[case]) + 1):
        answers += talk.say(intent, level="geen")
        assert "070-3738314" in talk.said[0].text
    assert set(answers) == set(FURTHER[case])
    assert all(one != another for one, another in pairwise(answers))


def test_a_follow_up_in_a_case_stays_with_what_was_asked():
    """Who asked about aangifte after the handoff goes on about it."""
    talk = after("bedreiging", "aangifte")
    assert talk.say("vervolg", level="geen", **facts({"aangifte/waar": 0.8})) == ["utter_aangifte/waar"]


@pytest.mark.parametrize("intent", ["buiten_bereik", "stukje_verhaal", NOT_UNDERSTOOD])
def test_without_a_case_calm_words_are_no_case(intent):
    """Small talk gets no number of a case."""
    talk = after("begroeten")
    assert not set(talk.say(intent, level="geen")) & {name for names in FURTHER.values() for name in names}
    assert talk.slot("zaak") is None


def test_who_called_112_is_not_urged_again():
    """Help is on its way."""
    talk = after("acuut_gevaar")
    assert talk.say("al_gebeld", level="geen") == ["utter_al_gebeld/acuut"]
    assert "bel nu" not in talk.said[0].text.lower()


def test_who_cannot_speak_hears_of_a_way_without_a_voice():
    """The mail address when there is no danger; 112NL when there is, also at the next alarm."""
    talk = after("begroeten")
    assert talk.say("kan_niet_praten", level="geen") == ["utter_kan_niet_praten/overzicht"]
    assert talk.slot("kan_niet_praten") is True
    answers = [talk.say("acuut_gevaar") for _ in range(3)]
    assert answers[0] == ["utter_kan_niet_praten/acuut"]
    assert answers[0] != answers[1] != answers[2]
    assert "112NL" in talk.said[0].text


@pytest.mark.parametrize("level", ["geen", "zorg", "acuut"])
def test_who_cannot_speak_after_an_alarm_is_told_at_once(level):
    """Such as 'ik kan niet praten, hij is beneden'."""
    talk = after("acuut_gevaar")
    assert talk.say("kan_niet_praten", level=level) == ["utter_kan_niet_praten/acuut"]
    assert "112NL" in talk.said[0].text
    assert talk.slot("kan_niet_praten") is True


def test_who_cannot_speak_is_told_so_at_a_serious_case():
    """A threat, told where others listen."""
    talk = after("begroeten", "kan_niet_praten")
    assert talk.say("bedreiging") == ["utter_kan_niet_praten/ernstig"]
    assert "112NL" in talk.said[0].text


def test_who_fears_for_the_life_of_another_is_spoken_to_as_such():
    """Never as if they were tired of life themselves."""
    talk = Talk()
    assert talk.say("suicidaliteit_ander") == ["utter_doorverwijzing_suicidaal/ander"]
    assert talk.say("suicidaliteit_ander") == ["utter_doorverwijzing_suicidaal/ander_verder"]
    assert talk.say(NOT_UNDERSTOOD, level="geen")[0] in FURTHER["suicidaal_ander"]
    for intent in ("al_gebeld", "wat_nu", "kleiner_maken", "geen_gehoor", "durft_niet_bellen", "bedanken", "afscheid"):
        talk.say(intent, level="geen")
        assert "113" in talk.said[0].text
        assert "als u zich weer zo voelt" not in talk.said[0].text


def test_an_own_wish_after_one_about_another_is_heard():
    """'Eigenlijk gaat het over mij': the first words about oneself are the full ones."""
    talk = after("suicidaliteit_ander")
    assert talk.say("suicidaliteit", **ranked({"suicidaliteit": 0.95})) == ["utter_doorverwijzing_suicidaal"]
    assert talk.slot("zaak") == "suicidaal"


@pytest.mark.parametrize("case", ["suicidaal", "suicidaal_ander"])
def test_a_question_about_113_is_answered_within_the_case(case):
    """With the numbers, and that the documents do not tell more."""
    talk = after(TOLD[case])
    talk.say("vraag_113", "is 113 altijd open", "geen")
    assert "0800-0113" in talk.said[0].text


@pytest.mark.parametrize("intent", ["buiten_bereik", "klacht", NOT_UNDERSTOOD])
def test_a_citizen_is_sent_to_the_police_again_and_not_refused(intent):
    """Whatever they object: 'maar u helpt mij toch wel?'."""
    talk = after("burger_in_nood")
    assert talk.say(intent, level="geen") == ["utter_burger_in_nood/verder"]
    assert "0900-8844" in talk.said[0].text


@pytest.mark.parametrize(
    ("intent", "answers"),
    [
        ("bedanken", ["utter_bedanken"]),
        ("buiten_bereik", []),
        ("bedreiging", []),
        (NOT_UNDERSTOOD, []),
        ("stukje_verhaal", []),
    ],
)
def test_doubt_gets_the_answer_and_the_offer_to_call(intent, answers):
    """Neither an alarm, nor a refusal, nor the handoff of a case that was not found."""
    talk = Talk()
    assert talk.say(intent, level="zorg") == [*answers, "utter_doorverwijzing_zorg"]
    assert talk.slot("zaak") == "zorg"


@pytest.mark.parametrize(
    "intent", ["onveilig_gevoel", "nazorg", "steun_gezin", "mens_spreken", "aangifte", "hulpkreet"]
)
def test_a_need_is_answered_and_then_offered_a_talk(intent):
    """Care comes after the answer, without pressure."""
    answer = f"utter_{intent}/overzicht" if f"utter_{intent}/overzicht" in DOMAIN.responses else f"utter_{intent}"
    assert Talk().say(intent, level="zorg") == [answer, "utter_doorverwijzing_zorg"]


def test_the_offer_to_call_is_made_in_other_words_the_second_time():
    """The same paragraph again would be a machine's."""
    talk = after("onveilig_gevoel")
    assert talk.say("nazorg") == ["utter_nazorg/overzicht", "utter_doorverwijzing_zorg/nogmaals"]


@pytest.mark.parametrize("intent", ["kleiner_maken", "wat_nu", "durft_niet_bellen", "geen_gehoor", "functie_opgeven"])
def test_an_answer_that_invites_to_call_gets_no_offer_behind_it(intent):
    """One number is enough."""
    assert len(after("begroeten").say(intent, level="zorg")) == 1


@pytest.mark.parametrize(("share", "also"), [(0.4, ["utter_beveiliging/overzicht"]), (0.1, [])])
def test_between_a_need_and_a_question_both_are_answered(share, also):
    """The second likeliest intent is answered too, when it is a likely question."""
    shares = ranked({"mens_spreken": 0.5, "beveiliging": share})
    answers = Talk().say("mens_spreken", level="zorg", **shares)
    assert answers == ["utter_mens_spreken", *also, "utter_doorverwijzing_zorg"]


@pytest.mark.parametrize("intent", [name for name, level in SEVERITY_BY_INTENT.items() if level != "zorg"])
def test_what_is_serious_is_no_business_of_this_policy(intent):
    """The handoff comes first, whatever was said before."""
    talk = after("hulpkreet")
    assert talk.say(intent, "die tweede") != []
    assert "custom" in talk.said[0].data
    assert talk.said[0].data["custom"]["ernst"] in ("ernstig", "acuut")


@pytest.mark.parametrize("level", ["geen", "zorg"])
@pytest.mark.parametrize("intent", ["durft_niet_bellen", "geen_gehoor", "geen_politie", "wat_nu"])
def test_in_danger_the_way_to_safety_comes_before_what_holds_the_writer_back(intent, level):
    """'Ik durf niet te bellen' with a man with a knife in the garden: 112 first, then about the team."""
    talk = after("acuut_gevaar")
    first, *rest = talk.say(intent, level=level)
    assert first in FURTHER["acuut"]
    assert rest == ([] if intent == "wat_nu" else [f"utter_{intent}"])
    assert "112" in talk.said[0].text.split("070")[0]


def test_who_does_not_dare_hears_112_each_time():
    """Not only the first time, and not twice in the same words."""
    talk = after("acuut_gevaar")
    said = []
    for _ in range(4):
        talk.say("durft_niet_bellen", level="zorg")
        said.append(talk.said[0].text)
    assert all("112" in text.split("070")[0] for text in said)
    assert all(one != other for one, other in pairwise(said))


@pytest.mark.parametrize("level", ["geen", "zorg", "ernstig", "acuut"])
@pytest.mark.parametrize("intent", ["durft_niet_bellen", "geen_gehoor", "wat_nu", "al_gebeld", "kan_niet_praten"])
def test_an_alarm_that_was_taken_back_breaks_no_later_turn(intent, level):
    """The case is closed then, while the alarm is still among what was said lately."""
    talk = after("acuut_gevaar", "vals_alarm")
    assert talk.say(intent, level=level)


def test_who_can_be_heard_is_not_told_to_call():
    """'Ik durf niet te bellen, hij hoort me': the way without a voice."""
    talk = after("acuut_gevaar")
    shares = ranked({"durft_niet_bellen": 0.5, "kan_niet_praten": 0.4})
    assert talk.say("durft_niet_bellen", level="geen", **shares)[0] in VOICELESS["acuut"]
    assert talk.slot("kan_niet_praten")


def test_an_unclear_message_of_who_has_called_is_not_told_to_call():
    """Also when that is only its second meaning."""
    talk = after("acuut_gevaar")
    shares = ranked({"stukje_verhaal": 0.5, "al_gebeld": 0.3})
    assert talk.say("stukje_verhaal", level="geen", **shares) == ["utter_al_gebeld/acuut"]


@pytest.mark.parametrize("intent", ["durft_niet_bellen", "geen_gehoor", "wat_nu"])
def test_without_an_alarm_the_answer_stands_alone(intent):
    """Who tells of threats of weeks ago is not sent to 112."""
    talk = after("bedreiging")
    assert talk.say(intent, level="geen") == [f"utter_{intent}"]


def test_after_an_alarm_an_unclear_message_leads_to_safety():
    """A piece of the story is not taken for a question about the first step, however likely that is in calm times."""
    talk = after("acuut_gevaar")
    [answer] = talk.say("stukje_verhaal", level="geen", **ranked({"stukje_verhaal": 0.5, "wat_nu": 0.3}))
    assert answer in FURTHER["acuut"]
