"""Tries a message: what the assistant answers, and how it came to that."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, Restarted, SlotSet, UserUttered

from tools.desk.assistant import Assistant
from tools.desk.catalogue import shown
from tools.desk.texts import PLACE
from tools.desk.yaml_lines import Mistake, child, line_of, read_nodes
from tools.evaluation.examples import REPOSITORY
from tools.evaluation.explain import explained, judged_parts, meaning_of
from weerbaar.conversation.incoming import Incoming, no_button, offered
from weerbaar.conversation.reply import Reply
from weerbaar.conversation.turn import respond
from weerbaar.nlu.patterns import PATTERNS_FILE
from weerbaar.nlu.severity import level_of_parse_data
from weerbaar.nlu.severity_classifier import SeverityClassifier
from weerbaar.stores.memory import delete_conversation

CHANNEL = "desk"
# As on the website.
MOST_CHARACTERS = 2_000
# What is shown of a ranking.
SHOWN = 5
# What a reason of the severity means, as `tools.evaluation.explain.MEANINGS` for developers.
MEANINGS = {
    "model": "het model vindt het hele bericht zo ernstig",
    "model:zin": "het model vindt één zin zo ernstig",
    "intent": "het onderwerp zelf is ernstig, en waarschijnlijk genoeg",
    "intent:twijfel": "een ernstig onderwerp, maar het model vindt de tekst rustig: het aanbod om te bellen",
    "patroon": "de woorden passen op een patroon",
    "fout": "dit deel werkte niet; de andere delen oordeelden",
}
POLICIES = {
    "HandoffPolicy": "verwijst door, omdat het bericht ernstig is",
    "CasePolicy": "antwoordt op een zorg, of op iets dat bij het eerdere verhaal hoort",
    "AnswerPolicy": "antwoordt uit de documenten",
    "UncertaintyPolicy": "is niet zeker wat er bedoeld wordt",
    "IntroductionPolicy": "zet de introductie voor het eerste rustige antwoord",
    "ReminderPolicy": "zet het nummer achter het antwoord",
    "RulePolicy": "volgt een vaste regel in data/rules/",
}
LISTEN = "action_listen"


def new_conversation() -> str:
    """Returns the id of a conversation in which nothing was said."""
    return f"desk-{secrets.token_hex(8)}"


async def forget(assistant: Assistant, conversation: str) -> None:
    """Forgets a conversation at once."""
    await delete_conversation(assistant.tracker_store, conversation)


async def say(assistant: Assistant, conversation: str, text: str, payload: str | None, variant: str) -> dict[str, Any]:
    """Returns the answer to a message and how it was judged, in the form that the page shows.

    Args:
        assistant: the loaded model, with the texts of now.
        conversation: the id of the conversation.
        text: what was typed, or the title of the button.
        payload: the payload of the button that was pressed, or None.
        variant: the channel whose texts are used.

    Raises:
        NotOffered: the conversation did not offer this button.
    """
    incoming = Incoming(
        CHANNEL,
        conversation,
        "" if payload else text,
        name=None,
        most=MOST_CHARACTERS,
        variant=variant,
        button=offered(payload) if payload else no_button,
    )
    reply = await respond(assistant, incoming)
    events, slots = assistant.tracker_store.take_turn(conversation)
    return {
        "failed": reply.failed,
        "responses": list(answered(reply)),
        "judged": judgement(assistant, events, bool(payload), text),
        "turn": list(steps(events)),
        "policies": policies_in(events),
        "slots": {name: value for name, value in slots.items() if value and name != "session_started_metadata"},
    }


def answered(reply: Reply) -> Iterator[dict[str, Any]]:
    """Yields each response of a reply with its name and place; one that is no response of domain.yml has none."""
    for response in reply.responses:
        metadata = response.get("metadata") or {}
        name = response.get("utter_action") or metadata.get("utter_action")
        yield {**shown(response), "name": name, "place": response.get(PLACE)}


def judgement(assistant: Assistant, events: list[Event], pressed: bool, text: str) -> dict[str, Any]:
    """Returns how the message was judged: severity by part, intents, facts and role."""
    message = next((event for event in events if isinstance(event, UserUttered)), None)
    parsed = (message.parse_data if message else None) or {}
    found = explained(parsed)
    judged = "" if pressed or message is None else message.text or ""
    classifier = assistant.model.component(SeverityClassifier)
    parts = judged_parts(assistant.model, judged) if judged and not judged.startswith("/") else []
    return {
        "pressed": pressed,
        # Of a long text the gravest part is answered.
        "part": judged if judged.strip() != text.strip() else "",
        "level": level_of_parse_data(parsed),
        "reasons": [{"text": meaning_of(reason, MEANINGS), **of_pattern(reason)} for reason in found.reasons],
        "parts": [part._asdict() for part in parts],
        "thresholds": classifier._model.thresholds,
        "intents": found.intents[:SHOWN],
        "facts": found.facts[:SHOWN],
        "fact": found.fact,
        "role": found.role,
    }


def of_pattern(reason: str) -> dict[str, Any]:
    """Returns the name and the place of the group of patterns in a reason; nothing for another reason."""
    kind, _, name = reason.partition(":")
    if kind != "patroon":
        return {}
    level, _, group = name.partition(".")
    place = None
    try:
        root = read_nodes(PATTERNS_FILE)
        node = child(child(root, level), group)
        place = {"file": str(PATTERNS_FILE.relative_to(REPOSITORY)), "line": line_of(node)} if node else None
    except Mistake:
        pass  # the model has the patterns of its training; only the line is unknown
    return {"pattern": name, "place": place}


def steps(events: list[Event]) -> Iterator[dict[str, Any]]:
    """Yields what happened in a turn, in order: actions with their policy, what was remembered, what was said."""
    for event in events:
        if isinstance(event, UserUttered):
            yield {"kind": "bericht", "name": event.intent_name or "geen onderwerp", "detail": ""}
        elif isinstance(event, ActionExecuted) and event.action_name != LISTEN:
            yield {"kind": "actie", "name": event.action_name, "detail": policy_of(event)}
        elif isinstance(event, SlotSet):
            yield {"kind": "onthouden", "name": event.key, "detail": "leeg" if not event.value else str(event.value)}
        elif isinstance(event, Restarted):
            yield {"kind": "gewist", "name": "het gesprek begint opnieuw", "detail": ""}
        elif isinstance(event, BotUttered):
            place = event.metadata.get(PLACE) or {}
            where = f"{place['file']}, regel {place['line']}" if place else ""
            yield {"kind": "gezegd", "name": event.metadata.get("utter_action") or "", "detail": where}


def policy_of(event: ActionExecuted) -> str:
    """Returns the name of the policy that planned an action, or an empty text when none did."""
    return next((name for name in POLICIES if name in (event.policy or "")), event.policy or "")


def policies_in(events: list[Event]) -> list[dict[str, str]]:
    """Returns the policies that planned a turn, in order, with what each of them did."""
    actions = [event for event in events if isinstance(event, ActionExecuted) and event.action_name != LISTEN]
    names = dict.fromkeys(policy_of(event) for event in actions)
    return [{"name": name, "did": POLICIES.get(name, "")} for name in names if name]
