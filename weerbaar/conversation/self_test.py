"""Tests the model at start: fixed sentences must get their intents and severities, or the server is not ready.

When Rasa cannot read the trained classifier, it silently loads an untrained one; this test notices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weerbaar.nlu.severity import SEVERITY_KEY, level_of_parse_data

# (text, intent or None where several are right, severity level)
SENTENCES: Sequence[tuple[str, str | None, str]] = (
    ("Er staat nu een man met een mes voor mijn deur.", "acuut_gevaar", "acuut"),
    ("Ik wil niet meer leven.", "suicidaliteit", "suicidaal"),
    ("Ik kreeg een brief waarin staat dat ze me gaan vermoorden.", "bedreiging", "ernstig"),
    ("Een inwoner heeft mij na de vergadering geslagen.", "agressie_geweld", "ernstig"),
    ("Ik word al weken gestalkt door een man uit het dorp.", "belaging", "ernstig"),
    ("Ik voel me de laatste tijd niet veilig, er is niets gebeurd.", "onveilig_gevoel", "zorg"),
    ("Wat is een woningscan?", "woningscan", "geen"),
    ("Hoe werkt aangifte onder nummer?", "aangifte_vormen", "geen"),
    ("Goedemorgen", "begroeten", "geen"),
    ("Wanneer wordt het oud papier opgehaald?", "buiten_bereik", "geen"),
)


async def self_test(agent: Any) -> list[str]:
    """Returns one sentence for each failure; an empty list when the loaded model judges every sentence as expected."""
    if agent is None or not agent.is_ready():
        return ["no model is loaded: run `make train`"]
    failures = []
    for number, (text, intent, level) in enumerate(SENTENCES, start=1):
        try:
            parsed = await agent.parse_message(text)
        except Exception as error:  # any fault of the model counts
            failures.append(f"sentence {number}: the model failed with {type(error).__name__}")
            continue
        failures += [f"sentence {number}: {fault}" for fault in failed_parts(parsed)]
        found = (parsed.get("intent") or {}).get("name")
        if intent is not None and found != intent:
            failures.append(f"sentence {number}: expected intent {intent}, got {found}")
        if level_of_parse_data(parsed) != level:
            failures.append(f"sentence {number}: expected severity {level}, got {level_of_parse_data(parsed)}")
    return failures


def failed_parts(parsed: Mapping[str, Any]) -> list[str]:
    """Returns the components that failed while judging the severity of a message, even if the level came out right."""
    reasons = (parsed.get(SEVERITY_KEY) or {}).get("reasons") or []
    return [str(reason) for reason in reasons if str(reason).startswith("fout:")]
