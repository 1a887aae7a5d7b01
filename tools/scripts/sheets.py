"""Writes the sheets of docs/controles that hold texts of the assistant, for those who judge them: `make sheets`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from weerbaar.contacts import load_register, safety_text  # noqa: E402

FOLDER = ROOT / "docs" / "controles"
NUMBERS = "utter_nummers_"
LANGUAGE_NAMES = {
    "en": "Engels",
    "de": "Duits",
    "fr": "Frans",
    "tr": "Turks",
    "pl": "Pools",
    "ar": "Arabisch",
    "es": "Spaans",
    "uk": "Oekraïens",
}
# What is said in need without a card and without 112 or 113: the words in between, and what follows a handoff.
ALSO = ("utter_verder_", "utter_geen_politie", "utter_vals_alarm", "utter_dreigtekst_gevraagd")
WHEN = {
    ("adviseur", ""): "functie niet bekend",
    ("functie", "anders"): "functie is 'iets anders'",
    ("zaak", "zorg"): "na zorgen",
    ("zaak", "ernstig"): "na iets ernstigs",
    ("zaak", "suicidaal"): "na denken aan zelfmoord",
    ("zaak", "suicidaal_ander"): "na vrees voor een ander",
}
JUDGED = "oordeel | naam en functie | datum"


def code_of(text: str) -> str:
    """Returns six characters that change with the text, so that a signed sheet shows which text was judged."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def cell(text: str) -> str:
    """Returns a text as one cell of a Markdown table."""
    return text.strip().replace("|", r"\|").replace("\n", "<br>")


def when(variant: dict[str, Any], variants: list[dict[str, Any]]) -> str:
    """Returns in Dutch when Rasa chooses this variant of a response."""
    parts = [WHEN[each["name"], each["value"]] for each in variant.get("condition") or []]
    parts += ["in een app"] if variant.get("channel") else []
    return ", ".join(parts) or ("altijd" if len(variants) == 1 else "anders")


def is_for_expert(name: str, variants: list[dict[str, Any]]) -> bool:
    """Returns whether a response hands off, follows a handoff, or names 112 or 113."""
    if name.startswith(NUMBERS):
        return False
    numbers = load_register().numbers
    emergency = (numbers["noodnummer"], numbers["zelfmoordpreventie"], numbers["zelfmoordpreventie_gratis"])
    said = any(number in variant["text"] for variant in variants for number in emergency)
    return said or name.startswith(ALSO) or any("custom" in variant for variant in variants)


def expert_rows(responses: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yields a row of the table for each text that an expert must judge, in the order of domain.yml."""
    for name, variants in responses.items():
        if not is_for_expert(name, variants):
            continue
        for variant in variants:
            buttons = "".join(f"\n[{button['title']}]" for button in variant.get("buttons") or [])
            text = variant["text"].strip() + buttons
            yield f"| `{name}` | {when(variant, variants)} | {cell(text)} | {code_of(text)} | | | |"
    text = safety_text()
    yield f"| vaste tekst bij een storing | er gaat iets mis | {cell(text)} | {code_of(text)} | | | |"
    numbers = load_register().numbers
    messenger = yaml.safe_load((ROOT / "data" / "messenger.yml").read_text(encoding="utf-8"))
    for name, template in messenger.items():
        if "{" not in template:
            continue  # it gives no number
        text = template.format(**numbers)
        yield f"| `{name}` in `data/messenger.yml` | in een app | {cell(text)} | {code_of(text)} | | | |"


def expert_sheet(template: str, responses: dict[str, list[dict[str, Any]]]) -> str:
    """Returns the sheet for the domain expert: its introduction, the sentences about advisers, and the texts."""
    sentences = [f"- {role}: {sentence or 'niets'}" for role, sentence in load_register().sentences.items()]
    head = f"| naam | wanneer | tekst, met de knoppen | code | {JUDGED} |\n|---|---|---|---|---|---|---|"
    return template.format(zinnen="\n".join(sentences), tabel="\n".join([head, *expert_rows(responses)]))


def language_sheet(template: str, responses: dict[str, list[dict[str, Any]]]) -> str:
    """Returns the sheet for native readers, with the text of each language; raises KeyError for an unknown language."""
    rows = []
    for name, variants in responses.items():
        if name.startswith(NUMBERS):
            language, text = name.removeprefix(NUMBERS), variants[0]["text"]
            rows.append(f"| {LANGUAGE_NAMES[language]} | `{name}` | {cell(text)} | {code_of(text)} | | | |")
    text = responses["utter_engels"][0]["text"]
    rows.append(f"| Engels, op een rustige vraag | `utter_engels` | {cell(text)} | {code_of(text)} | | | |")
    head = f"| taal | naam | tekst | code | {JUDGED} |\n|---|---|---|---|---|---|---|"
    return template.format(tabel="\n".join([head, *rows]))


def sheets() -> dict[Path, str]:
    """Returns the content of each sheet by its file; raises KeyError for a condition or language without a name."""
    responses = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    made = {"doorverwijzing": expert_sheet, "talen": language_sheet}
    note = "<!-- Gemaakt door `make sheets` uit docs/controles/sjablonen. Verander daar de tekst, niet hier. -->\n\n"
    return {
        FOLDER / f"{name}.md": note
        + make((FOLDER / "sjablonen" / f"{name}.txt").read_text(encoding="utf-8"), responses)
        for name, make in made.items()
    }


def main() -> None:
    """Writes the sheets."""
    for file, content in sheets().items():
        file.write_text(content, encoding="utf-8")
        print(f"sheets: wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
