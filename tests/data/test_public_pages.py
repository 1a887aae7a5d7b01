"""The public pages say what the code does: their numbers, terms, versions and figures are those of their sources."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
import yaml
from chat import ROOT

from tools.evaluation.collection import ACCEPTED
from tools.scripts.sheets import sheets
from weerbaar.channels.apps.pieces import KEPT_SECONDS
from weerbaar.channels.apps.twilio import ANSWER_SECONDS
from weerbaar.contacts import load_register
from weerbaar.stores.memory import DELIVERY_SECONDS

ACCOUNTABILITY, CHECKS = ROOT / "docs" / "verantwoording", ROOT / "docs" / "controles"
MADE = {file.name for file in sheets()}
PAGES = {file.name: file.read_text(encoding="utf-8") for file in sorted(ACCOUNTABILITY.glob("*.md"))}
SHEETS = {file.name: file.read_text(encoding="utf-8") for file in sorted(CHECKS.glob("*.md")) if file.stem != "README"}
README = (CHECKS / "README.md").read_text(encoding="utf-8")
ALL = {**PAGES, **SHEETS, "controles/README.md": README}
BY_PEOPLE = r"schermlezer|moedertaal|deskundige|raadslid|raadsleden|jurist|pentest|audit\b|gebruikerstest|onderzoek"
DONE = r"(?:getest|geprobeerd|beoordeeld|goedgekeurd|gecontroleerd|nagekeken|gedaan|uitgevoerd|bevestigd)\b"
# Not yet, a question, an instruction, or what would be: no claim.
NO_CLAIM = r"\b(?:niet|geen|nooit|niemand|nog|niets|OPEN|moet|laat|mogen|zodra|als|is een controle gedaan)\b"
MINUTES = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))["tracker_store"]["minutes"]


def sentences(text: str) -> list[str]:
    """Returns the sentences and cells of a page, each on one line."""
    joined = re.sub(r"\n(?![\n|#>-])", " ", text)
    return re.split(r"(?<=[.?!:])\**\s+|\n+|\|", joined)


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_sheet_has_the_texts_of_today(name):
    """Who judges a text must see the one that is said."""
    expected = next(content for file, content in sheets().items() if file.name == name)
    assert SHEETS[name] == expected, "a text has changed: run `make sheets`"


@pytest.mark.parametrize("name", ALL)
def test_a_page_names_no_other_number_or_address(name):
    """Each telephone number and mail address of a page is in the register."""
    text, register = ALL[name], load_register()
    numbers = re.findall(r"\b0\d{2,3}[- ]?\d{4,7}\b|\b11[0-9]\b(?![.,%]?\d)", text)
    assert set(numbers) <= set(register.numbers.values())
    assert set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]*\w", text)) <= set(register.addresses.values())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_terms_of_the_code(name):
    """What endpoints.yml and the stores say; two minutes for a warning, one for an address."""
    terms = {MINUTES, ANSWER_SECONDS // 60, int(KEPT_SECONDS) // 60, 1, 2}
    assert {int(found) for found in re.findall(r"(\d+) min", PAGES[name])} <= terms
    assert set(re.findall(r"(\d+) dag\b", PAGES[name])) <= {str(DELIVERY_SECONDS // 86_400)}


def test_the_privacy_statement_says_how_long_a_conversation_lasts():
    """In its summary and in its table."""
    page = PAGES["privacyverklaring.md"]
    assert f"hooguit {MINUTES} minuten" in page
    assert f"tot {MINUTES} minuten na uw laatste bericht" in page


def test_the_privacy_statement_is_easy_to_read():
    """Level B1, as far as the length of sentences tells: the limits of what the assistant itself says."""
    lengths = [len(re.findall(r"\w[\w'@./-]*", sentence)) for sentence in sentences(PAGES["privacyverklaring.md"])]
    assert max(lengths) <= 25


def test_the_dpia_lists_every_slot(domain_content):
    """What is remembered of a conversation."""
    assert [slot for slot in domain_content["slots"] if f"`{slot}`" not in PAGES["dpia.md"]] == []


@pytest.mark.parametrize("name", PAGES)
def test_figures_are_those_of_the_frozen_collection(name):
    """`n van de m`: in a table beside the name of its measure, else any pair of the collection."""
    figures = json.loads(ACCEPTED.read_text(encoding="utf-8"))
    for line in PAGES[name].splitlines():
        pairs = [[int(good), int(n)] for good, n in re.findall(r"(\d+) van de (\d+)", line)]
        row = re.match(r"\| (.+?) \| (\d+) van de \d+ \|", line)
        allowed = [figures[row[1]]] if row else list(figures.values())
        assert all(pair in allowed for pair in pairs), line


def test_versions_are_those_that_are_installed():
    """Of Rasa, Python and axe; and what axe found is what was measured."""
    pinned = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    text = "\n".join(PAGES.values())
    assert {f"rasa=={version}" for version in re.findall(r"Rasa (?:Open Source )?(\d+\.\d+\.\d+)", text)} <= set(
        re.findall(r"^rasa==[\d.]+", pinned, re.MULTILINE)
    )
    python = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert all(python.startswith(version) for version in re.findall(r"Python (\d+\.\d+)", text))
    packages = json.loads((ROOT / "widget" / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    statement, measured = PAGES["toegankelijkheidsverklaring.md"], (ROOT / "docs" / "metingen.md").read_text("utf-8")
    assert all(packages["axe-core"].startswith(version) for version in re.findall(r"axe-core (\d+\.\d+)", statement))
    thousands = {found.replace(".", ",") for found in re.findall(r"\b\d{1,3}\.\d00\b", text)}
    assert all(f"{found} examples" in measured for found in thousands)
    [states] = re.findall(r"(\d+) toestanden", statement)
    assert f"violation in {states} states" in measured


def test_the_register_text_has_the_fields_of_the_standard():
    """Of version 1.0, within the lengths that it allows."""
    fields = dict(re.findall(r"^## (.+)\n+((?:(?!^## ).*\n?)*)", PAGES["algoritmeregister.md"], re.MULTILINE))
    assert len(fields["Naam"].strip()) <= 100
    assert len(fields["Korte omschrijving"].strip()) <= 350
    assert all(len(text) <= 5_000 for text in fields.values())
    for name in ("Doel en impact", "Afwegingen", "Menselijke tussenkomst", "Risicobeheer", "Gegevens"):
        assert 100 < len(fields[name].strip()) <= 2_500, name
    assert fields["Versie publicatiestandaard"].strip() == "1.0"
    assert fields["Status"].strip() in ("In ontwikkeling", "In gebruik", "Buiten gebruik")


@pytest.mark.parametrize("name", sorted(set(ALL) - MADE))
def test_a_page_is_not_past_its_review(name):
    """Somebody must read it again before that day, and write a new one."""
    [review] = re.findall(r"Nakijken vóór: (\d{4}-\d\d-\d\d)", ALL[name])
    assert date.today() < date.fromisoformat(review), f"read {name} again, and set the next date"


@pytest.mark.parametrize("name", SHEETS)
def test_a_check_of_people_is_listed_as_not_done(name):
    """In the sheet, in its index, and in the README of the repository."""
    assert "**Nog niet gedaan.**" in SHEETS[name]
    assert re.search(rf"^\| \[{re.escape(name)}\]\(.*\| nog niet gedaan \|$", README, re.MULTILINE)
    [bullet] = re.findall(
        r"^- What only people can check is \*\*not yet done\*\*.*(?:\n  .*)*", read("README.md"), re.M
    )
    assert f"docs/controles/{name}" in bullet


@pytest.mark.parametrize("name", ALL)
def test_no_page_claims_a_check_of_people(name):
    """A sentence that names such a check and something done says that it was not."""
    for sentence in sentences(ALL[name]):
        if re.search(BY_PEOPLE, sentence, re.IGNORECASE) and re.search(DONE, sentence, re.IGNORECASE):
            assert re.search(NO_CLAIM, sentence, re.IGNORECASE), sentence


def test_what_a_screen_reader_must_say_is_what_the_chat_has():
    """Each bold text of the steps stands in the chat or on its page."""
    sources = "".join(read(f"widget/{name}") for name in ("src/texts.js", "page.html"))
    steps = SHEETS["schermlezer.md"].partition("## De stappen")[2].partition("## Goed genoeg?")[0]
    heard = [
        text for line in steps.splitlines() if line.startswith("| ") for text in re.findall(r"\*\*(.+?)\*\*", line)
    ]
    assert len(heard) > 20
    assert [text for text in heard if text not in sources] == []


@pytest.mark.parametrize("reader", ["a citizen", "a privacy officer", "an auditor"])
def test_a_reader_finds_theirs_in_two_steps(reader):
    """A row of the README leads to the page, or to an index that does."""
    [row] = [line for line in read("README.md").splitlines() if line.startswith(f"| {reader}")]
    links = re.findall(r"\]\((docs/[^)#]+)[^)]*\)", row)
    assert links and all((ROOT / link).exists() for link in links)
    assert any("verantwoording" in link for link in links)
    missing = [name for name in PAGES if name != "README.md" and f"]({name})" not in PAGES["README.md"]]
    assert missing == []


def read(name: str) -> str:
    """Returns a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")
