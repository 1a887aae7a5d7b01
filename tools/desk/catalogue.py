"""All subjects with their answers, for each role, channel and case in which an answer differs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.nlg.generator import ResponseVariationFilter

from tools.desk.texts import PLACE, Content
from tools.evaluation.examples import NLU_FOLDER
from weerbaar.channels.apps.answers import VARIANT
from weerbaar.channels.apps.bubble import bubble_from
from weerbaar.channels.web.messages import messages_of
from weerbaar.subjects import LEVELS, SUBJECTS

ROLE, CASE, CHANNEL = "functie", "zaak", "kanaal"
WEB = "web"
# What follows from the role: the slots that name the adviser.
OF_ROLE = ("functie", "adviseur", "adviseur_zin")
# Parts of names that begin a theme of their own, without an intent.
HANDOFF = ("doorverwijzing", "nummers", "verder")
Response = dict[str, Any]


class Choice(NamedTuple):
    """Something on which an answer can depend, with its values and what an editor calls them."""

    name: str
    title: str
    values: dict[str, str]


def choices_of(content: Content) -> list[Choice]:
    """Returns what the answers can depend on; an empty value means that nothing is known yet."""
    roles = {"": "nog niet genoemd", **{role: role for role in content.register["advisers"]}}
    cases = {"": "nog niets", "zorg": "zorg", "ernstig": "iets ernstigs"}
    cases |= {"suicidaal": "niet meer willen leven", "suicidaal_ander": "zorg om het leven van een ander"}
    channels = {WEB: "chat op de website", VARIANT: "berichtendienst (WhatsApp, Telegram …)"}
    return [Choice(ROLE, "Functie", roles), Choice(CASE, "Eerder verteld", cases), Choice(CHANNEL, "Kanaal", channels)]


def catalogue(content: Content) -> dict[str, Any]:
    """Returns the choices, and the themes with their subjects and answers, in the order of domain.yml."""
    themes: dict[str, dict[str, list[Response]]] = {}
    of_intent = {path.stem: path.parent.name for path in NLU_FOLDER.glob("*/*.yml")}
    choices = choices_of(content)
    for name in content.responses:
        subject, _, fact = name.removeprefix("utter_").partition("/")
        if subject.startswith("nummers_"):
            subject, _, fact = subject.partition("_")
        answer = {"name": name, "fact": fact, "line": content.lines[name]}
        answer["outcomes"] = list(outcomes(name, content, choices))
        themes.setdefault(theme_of(subject, of_intent), {}).setdefault(subject, []).append(answer)
    of_apps = [
        {
            "name": name,
            "fact": name,
            "line": text[PLACE]["line"],
            "outcomes": [{**shown(text), "when": {}, "app": True}],
        }
        for name, text in content.messenger.items()
    ]
    themes["berichtendienst"] = {"berichtendienst": of_apps}
    return {
        "choices": [{**choice._asdict(), "values": list(choice.values.items())} for choice in choices],
        "themes": [
            {
                "title": readable(theme),
                "subjects": [
                    {"name": name, "title": title_of(name), "level": level_of(name), "answers": answers}
                    for name, answers in subjects.items()
                ],
            }
            for theme, subjects in themes.items()
        ],
    }


def theme_of(subject: str, of_intent: dict[str, str]) -> str:
    """Returns the folder of data/nlu to which a subject belongs, or the theme of what has no intent of its own."""
    intents = [intent for intent in of_intent if subject == intent or subject.startswith(f"{intent}_")]
    if intents:
        return of_intent[max(intents, key=len)]
    return "doorverwijzing" if subject.startswith(HANDOFF) else "gesprek"


def title_of(subject: str) -> str:
    """Returns the title of the subject's button, or else its name in words."""
    if subject == "berichtendienst":
        return "Wat een berichtendienst zelf zegt"
    known = SUBJECTS.get(subject)
    return known.title if known and known.title else readable(subject)


def level_of(subject: str) -> str:
    """Returns the severity of the intent alone, or `geen`."""
    return SUBJECTS[subject].severity if subject in SUBJECTS else LEVELS[0]


def readable(name: str) -> str:
    """Returns a name of the files as words that begin with a capital."""
    return name.replace("_", " ").replace("/", ": ").capitalize()


def outcomes(name: str, content: Content, choices: list[Choice]) -> Iterator[dict[str, Any]]:
    """Yields what the assistant can say as this response, each with the values for which it says so.

    The values are in `when`; a choice that makes no difference is left out there.
    """
    variants = content.responses[name]
    deciding = [choice for choice in choices if decides(choice.name, variants)]
    found: dict[str, tuple[Response, list[tuple[str, ...]]]] = {}
    for values in itertools.product(*(choice.values for choice in deciding)):
        when = dict(zip((choice.name for choice in deciding), values))
        for response in said(name, variants, slots_for(when, content), when.get(CHANNEL, WEB)):
            key = json.dumps(response, sort_keys=True)
            found.setdefault(key, (response, []))[1].append(values)
    for response, combinations in found.values():
        columns = [list(dict.fromkeys(column)) for column in zip(*combinations)]
        yield {
            **shown(response),
            "when": {choice.name: column for choice, column in zip(deciding, columns)},
            "adviser": adviser_place(response, variants, columns, deciding, content),
        }


def decides(choice: str, variants: list[Response]) -> bool:
    """Returns whether something in the variants depends on a choice."""
    conditions = {one.get("name") for variant in variants for one in variant.get("condition") or []}
    if choice == CHANNEL:
        return any("channel" in variant for variant in variants)
    if choice == ROLE:
        written = json.dumps([{**variant, "condition": None} for variant in variants])
        return bool(conditions & set(OF_ROLE)) or any(f"{{{slot}}}" in written for slot in OF_ROLE)
    return choice in conditions


def slots_for(when: dict[str, str], content: Content) -> dict[str, Any]:
    """Returns the slots of a conversation in which these values are known."""
    role = when.get(ROLE, "")
    adviser = content.register["advisers"].get(role) or {"name": "", "sentence": ""}
    sentence = f" {adviser['sentence']}" if adviser["sentence"] else ""
    known = {"functie": role or None, "adviseur": adviser["name"], "adviseur_zin": sentence}
    return {**known, CASE: when.get(CASE) or None}


def said(name: str, variants: list[Response], slots: dict[str, Any], channel: str) -> list[Response]:
    """Returns what Rasa says as a response; several when it would choose one of them by chance."""
    fitting = ResponseVariationFilter({name: variants}).responses_for_utter_action(name, channel, slots)
    spoken = (
        TemplatedNaturalLanguageGenerator({name: [one]}).generate_from_slots(name, slots, channel) for one in fitting
    )
    return [response for response in spoken if response]


def shown(response: Response) -> dict[str, Any]:
    """Returns a response as the widget and as a messaging app show it, with the place of its text."""
    bubble = bubble_from(response)
    return {
        "place": response.get(PLACE),
        "messages": messages_of([response]),
        "bubble": {
            "text": bubble.text,
            "buttons": [button.title for button in bubble.buttons],
            "phone": (bubble.card or {}).get("telefoon"),
        },
    }


def adviser_place(
    response: Response, variants: list[Response], columns: list[list[str]], deciding: list[Choice], content: Content
) -> dict[str, Any] | None:
    """Returns the place of the sentence about the adviser in a response, or None when the text has none."""
    line = response[PLACE]["line"]
    written = next(one["text"] for one in variants if one[PLACE]["line"] == line)
    roles = next((column for choice, column in zip(deciding, columns) if choice.name == ROLE), [])
    lines = [content.sentence_lines[role] for role in roles if role and content.register["advisers"][role]["sentence"]]
    return {"file": "data/contacts.yml", "line": lines[0]} if "{adviseur_zin}" in written and lines else None
