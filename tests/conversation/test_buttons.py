"""Who types the words of a button gets what the button does."""

from __future__ import annotations

import json
import random
import re

import pytest
import yaml
from chat import ROOT
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from weerbaar.policies.case_policy import chosen_button

RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
OFFERS = {
    f"{name}: {button['title']}": (button, variant["buttons"])
    for name, variants in RESPONSES.items()
    for variant in variants
    for button in variant.get("buttons") or []
}


def after(buttons: list, typed: str) -> DialogueStateTracker:
    """Returns a conversation in which these buttons were offered and this was typed."""
    offered = [UserUttered("iets"), ActionExecuted("utter_iets"), BotUttered("Kies.", {"buttons": buttons})]
    listening = ActionExecuted("action_listen")
    return DialogueStateTracker.from_events("anna", [listening, *offered, listening, UserUttered(typed)])


def misspelt(text: str) -> str:
    """Returns a text with two neighbouring letters of its longest word changed places."""
    word = max(re.findall(r"\w+", text), key=len)
    place = random.Random(text).randrange(1, len(word) - 2)
    return text.replace(word, word[:place] + word[place + 1] + word[place] + word[place + 2 :])


@pytest.mark.parametrize("offer", OFFERS)
def test_the_words_of_a_button_do_what_it_does(offer):
    """As they stand, in lower case, and with a typing error."""
    button, buttons = OFFERS[offer]
    intent, _, entities = button["payload"][1:].partition("{")
    expected = (intent, json.loads("{" + entities) if entities else {})
    for typed in (button["title"], button["title"].lower().rstrip("?"), misspelt(button["title"].lower())):
        assert chosen_button(after(buttons, typed)) == expected, typed


def test_other_words_choose_no_button():
    """Also when they are about the same."""
    buttons = [{"title": "Woningscan", "payload": "/woningscan"}, {"title": "Zelfscan", "payload": "/zelfscan"}]
    assert chosen_button(after(buttons, "wat kost een woningscan?")) is None
