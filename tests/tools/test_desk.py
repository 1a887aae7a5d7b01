"""The editors' desk: what an editor sees and does there, with the real model and a real browser."""

from __future__ import annotations

import re

import pytest
from browser import screenshot, violations
from chat import read
from playwright.sync_api import Page, expect

CALM = "wie geeft de training over intimidatie?"
SERIOUS = "Gisteren was er een borrel. Ze hebben mij met de dood bedreigd. Ik ben wethouder."
PHONE = {"width": 390, "height": 844}


def answer(page: Page, name: str):
    """Returns the answer with this name on the sheet with all answers."""
    return page.locator(f'article[data-name="{name}"]')


def try_message(page: Page, text: str):
    """Tries a message and returns the turn, once it is answered."""
    before = page.locator("#talk > li").count()
    page.get_by_label("Bericht", exact=True).fill(text)
    page.get_by_role("button", name="Stuur").click()
    turn = page.locator("#talk > li").nth(before)
    expect(turn.locator(".response").first).to_be_visible(timeout=20_000)
    return turn


def judged(page: Page, title: str):
    """Returns a part of what is said about the judgement, by its heading."""
    return page.locator("#judgement section").filter(has=page.get_by_role("heading", name=title, exact=True))


def test_every_response_is_there_with_the_line_on_which_its_text_stands(desk, responses):
    """Nothing of domain.yml is missing, and the editor finds the words on the line that the desk names."""
    lines = (desk.folder / "domain.yml").read_text(encoding="utf-8").splitlines()
    found = [
        answer for theme in desk.get("/api/answers")["themes"] for one in theme["subjects"] for answer in one["answers"]
    ]
    assert {answer["name"] for answer in found} == set(responses) | set(read("data/messenger.yml"))
    found = [answer for answer in found if answer["name"] in responses]
    for answer in found:
        assert lines[answer["line"] - 1].strip() == f"{answer['name']}:"
        for outcome in answer["outcomes"]:
            begin = re.split(r"[\n{]", next(iter(outcome["bubble"]["text"].splitlines())))[0]
            written = lines[outcome["place"]["line"] - 1]
            assert begin[:40].split("070")[0] in written.replace("''", "'"), (answer["name"], begin, written)
    texts = {outcome["place"]["line"] for answer in found for outcome in answer["outcomes"]}
    variants = [variant for several in responses.values() for variant in several]
    # Some variants share their text by an alias.
    assert len(texts) >= len({variant["text"] for variant in variants})


def test_an_answer_as_the_chat_shows_it(open_desk):
    """With its source, its buttons, and a call card in a handoff; a button leads to the answer behind it."""
    page = open_desk("antwoorden/training")
    shown = answer(page, "utter_training/wie")
    expect(shown).to_contain_text("Het Opleidingsinstituut DJI geeft de training")
    expect(shown.locator(".source")).to_contain_text("Bron: Veiligheidspakket Burgemeesters")
    expect(shown).to_contain_text(re.compile(r"domain\.yml, regel\s\d+"))
    shown.get_by_role("button", name="Zelfscan").click()
    expect(page.get_by_role("heading", name="Zelfscan", exact=True)).to_be_focused()
    page.get_by_role("link", name="Doorverwijzing acuut").click()
    expect(answer(page, "utter_doorverwijzing_acuut").locator(".card.acuut")).to_contain_text("Bel nu 112")


def test_an_answer_for_each_role_case_and_channel(open_desk):
    page = open_desk("antwoorden/ot_team")
    shown = answer(page, "utter_ot_team/overzicht")
    expect(shown).to_contain_text("Wat is uw functie?")
    page.get_by_label("Functie").select_option("statenlid")
    expect(shown).to_contain_text("Vraag naar de adviseur van StatenlidNu, de vereniging voor Statenleden.")
    expect(shown).to_contain_text(re.compile(r"Zin over de adviseur: data/contacts\.yml, regel\s\d+"))
    shown.get_by_text("Nog 5 teksten van dit antwoord").click()
    expect(shown.locator(".other")).to_have_count(5)
    expect(shown.locator(".other", has_text="Functie: anders")).to_contain_text(
        "noemt de brochure geen eigen vereniging"
    )
    page.get_by_role("link", name="Bedanken").click()
    page.get_by_label("Eerder verteld").select_option("suicidaal")
    expect(answer(page, "utter_bedanken").locator("desk-reply").first).to_contain_text("bel 113 of 0800-0113")
    page.get_by_role("link", name="Introductie").click()
    page.locator("#choices").get_by_label("Kanaal").select_option("berichtendienst")
    expect(answer(page, "utter_introductie").locator("> .app")).to_contain_text("deze berichtendienst bewaart")


def test_a_text_is_found_by_its_words(open_desk):
    page = open_desk()
    page.get_by_label("Zoek in alle teksten").fill("opleidingsinstituut dji geeft de training 'omgaan")
    expect(page.get_by_role("heading", name=re.compile(r"^\d+ antwoord"))).to_be_visible()
    expect(answer(page, "utter_training/wie")).to_be_visible()
    expect(page.locator("article")).to_have_count(1)


def test_a_changed_text_is_there_at_once_without_training(open_desk, desk):
    """On the sheet with all answers, and in what the assistant says."""
    page = open_desk("antwoorden/training")
    desk.write("domain.yml", "Het Opleidingsinstituut DJI geeft de training '", "Nieuwe woorden staan hier over '")
    expect(answer(page, "utter_training/wie")).to_contain_text("Nieuwe woorden staan hier", timeout=15_000)
    expect(answer(page, "utter_training/wie").locator("h4")).to_contain_text("nieuw")
    page.get_by_role("link", name="Uitproberen").click()
    expect(try_message(page, CALM)).to_contain_text("Nieuwe woorden staan hier over")


def test_a_changed_sentence_about_the_adviser_is_there_at_once(open_desk, desk):
    page = open_desk("antwoorden/ot_team")
    page.get_by_label("Functie").select_option("wethouder")
    desk.write("data/contacts.yml", "adviseur van de Wethoudersvereniging", "adviseur van de wethouders")
    shown = answer(page, "utter_ot_team/overzicht").locator("desk-reply").first
    expect(shown).to_contain_text("Vraag naar de adviseur van de wethouders.", timeout=15_000)


def test_a_mistake_in_a_file_is_named_and_the_last_good_texts_stay(open_desk, desk):
    page = open_desk("antwoorden/training")
    desk.write("domain.yml", r"  utter_training/wie:\n    - text: \|-", "  utter_training/wie:\n\t- text: |-")
    text = (desk.folder / "domain.yml").read_text(encoding="utf-8")
    line = text[: text.index("\t")].count("\n") + 1
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"Er zit een fout in een bestand. domain.yml, regel {line}", timeout=15_000)
    expect(alert).to_contain_text("een tab. Gebruik spaties")
    expect(answer(page, "utter_training/wie")).to_contain_text("Het Opleidingsinstituut DJI geeft de training")
    assert violations(page) == []
    screenshot(page, "redactiebureau-fout")
    page.get_by_role("link", name="Uitproberen").click()
    expect(try_message(page, CALM)).to_contain_text("Het Opleidingsinstituut DJI geeft de training")
    desk.restore()
    expect(alert).to_be_empty(timeout=15_000)


def test_how_a_serious_message_was_judged(open_desk):
    """Level, why, each sentence with its probability, role, policy, steps, and the place of each text."""
    page = open_desk("proberen", viewport={"width": 1280, "height": 900})
    turn = try_message(page, SERIOUS)
    expect(turn.locator(".card")).to_contain_text("Bel het Ondersteuningsteam")
    expect(turn.locator(".where")).to_contain_text("utter_doorverwijzing_ernstig")
    expect(turn.locator(".where")).to_contain_text(re.compile(r"domain\.yml, regel\s\d+"))
    severity = judged(page, "Ernst")
    expect(severity.locator(".level")).to_have_text("ernstig")
    rows = severity.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("Gisteren was er een borrel.")
    expect(rows.nth(2)).to_contain_text(re.compile(r"dood bedreigd\.\s*ernstig.*\d %", re.S))
    expect(judged(page, "Keuze")).to_contain_text("wethouder")
    expect(judged(page, "Keuze")).to_contain_text("HandoffPolicy")
    expect(judged(page, "Onderwerpen (intents)").locator("li").first).to_contain_text("bedreiging")
    expect(judged(page, "Wat er gebeurde")).to_contain_text("utter_doorverwijzing_ernstig")
    expect(judged(page, "Wat de assistent nu onthoudt")).to_contain_text("Wethoudersvereniging")
    assert violations(page) == []
    screenshot(page, "redactiebureau-proberen")


def test_a_pattern_is_shown_with_its_line(open_desk, root):
    page = open_desk("proberen")
    try_message(page, "Ze hebben mij met de dood bedreigd.")
    reason = judged(page, "Ernst").locator("li", has_text="patroon").first
    found = re.search(r"ernstig\.(\w+) \(data/patterns/ernst\.yml, regel\s(\d+)\)", reason.inner_text())
    assert found, reason.inner_text()
    lines = (root / "data/patterns/ernst.yml").read_text(encoding="utf-8").splitlines()
    assert found[1] in "".join(lines[int(found[2]) - 2 : int(found[2])])


def test_a_conversation_with_buttons_that_is_begun_anew(open_desk):
    """A follow-up depends on what was said before; after 'Begin opnieuw' nothing is known any more."""
    page = open_desk("proberen")
    turn = try_message(page, CALM)
    expect(turn).to_contain_text("utter_training/wie")
    expect(judged(page, "Keuze")).to_contain_text("training/wie")
    expect(judged(page, "Keuze")).to_contain_text("AnswerPolicy")
    turn.get_by_role("button", name="Zelfscan").click()
    pressed = page.locator("#talk > li").nth(1)
    expect(pressed).to_contain_text("utter_zelfscan/overzicht", timeout=20_000)
    expect(judged(page, "Ernst")).to_contain_text("Een knop wordt niet beoordeeld")
    expect(try_message(page, "en voor wie is dat?")).to_contain_text("utter_zelfscan/")
    page.get_by_role("button", name=re.compile("^Beoordeling van: wie geeft")).click()
    expect(judged(page, "Keuze")).to_contain_text("training/wie")
    page.get_by_role("button", name="Begin opnieuw").click()
    expect(page.get_by_text("Er is nog niets gezegd.")).to_be_visible()
    expect(page.locator("#talk > li")).to_have_count(0)
    expect(try_message(page, "en voor wie is dat?")).to_contain_text("utter_vervolg/zonder_onderwerp")


def test_a_message_that_is_not_understood_gets_its_suggestions(open_desk):
    """The desk runs the action itself."""
    page = open_desk("proberen")
    turn = try_message(page, "🦄 ♞ ☂")
    expect(turn).to_contain_text("Bedoelt u misschien een van deze onderwerpen?")
    expect(judged(page, "Wat er gebeurde")).to_contain_text("action_stel_onderwerpen_voor")


def test_the_rows_that_are_to_be_reviewed(open_desk, desk):
    desk.write("data/contacts.yml", r"(name: Noodnummer\n.*\n +reviewed:) [\d-]+", r"\1 2020-01-01")
    desk.write("data/contacts.yml", r"(value: 0900-8844\n.*\n.*\n) +reviewed: [\d-]+\n", r"\1")
    page = open_desk("register")
    due = page.get_by_role("region", name="Nu nakijken")
    expect(due.get_by_role("row", name=re.compile("^112 "))).to_contain_text("dagen geleden nagekeken")
    expect(due.get_by_role("row", name=re.compile("^112NL"))).to_contain_text("moet dit nog bevestigen")
    expect(due.get_by_role("row", name=re.compile("^0900-8844"))).to_contain_text("Er staat geen datum")
    expect(due.get_by_role("row")).to_have_count(5)  # with the head
    expect(page.get_by_role("link", name="Nakijken 4 te doen")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("breed", {"viewport": {"width": 1280, "height": 900}}),
        ("telefoon", {"viewport": PHONE}),
        ("donker", {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}),
    ],
)
def test_every_sheet_fits_and_axe_finds_nothing(open_desk, name, settings):
    for sheet in ("antwoorden/ot_team", "antwoorden/doorverwijzing_acuut", "register", "proberen"):
        page = open_desk(sheet, **settings)
        if sheet == "proberen":
            try_message(page, SERIOUS)
        assert violations(page) == [], sheet
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), sheet
        screenshot(page, f"redactiebureau-{name}-{sheet.replace('/', '-')}")


def test_by_keyboard_alone_and_read_out(open_desk):
    page = open_desk()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Uitproberen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Uitproberen")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Bericht", exact=True)).to_be_focused()
    page.keyboard.type(CALM)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Antwoord. Ik ben een computer", timeout=20_000)
    expect(page.get_by_label("Bericht", exact=True)).to_be_focused()
    page.get_by_role("button", name=re.compile("^Beoordeling van")).press("Enter")
    expect(page.get_by_role("region", name="Hoe het bericht is beoordeeld")).to_be_focused()
