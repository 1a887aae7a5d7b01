"""Runs the dialogues in tests/scenarios against a real assistant: what the user says, and what must come back.

A scenario is a YAML file whose name is a sentence. Its keys: `beurten`, the turns in order, and optionally
`zonder_acties: true` to run it also while the action server is away. The keys of a turn:

    zegt            what the user types
    knop            instead: the title of a button of the former reply
    bevat           what the reply must contain, capitals aside
    bevat_niet      what it must not contain
    volgorde        what it must contain in this order
    doorverwijzing  the severity of its handoff: acuut, ernstig, zorg, or geen for no handoff at all
    adviseur        the adviser's organisation in the handoff
    knoppen         titles of buttons it must offer
"""

from __future__ import annotations

import pytest
import yaml
from chat import ROOT, Chat, Messages, buttons_of, handoff_of, new_sender, text_of

FOLDER = ROOT / "tests" / "scenarios"
FILES = sorted(FOLDER.glob("*/*.yml"))
SCENARIOS = {f"{file.parent.name}/{file.stem}": yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
TURN_KEYS = {"zegt", "knop", "bevat", "bevat_niet", "volgorde", "doorverwijzing", "adviseur", "knoppen"}
SERIOUS = ("acuut", "ernstig")
NUMBER = "070-3738314"


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(server, name):
    """The assistant behaves as the file's name and turns say."""
    play(server, SCENARIOS[name]["beurten"])


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.get("zonder_acties")])
def test_scenario_without_action_server(server_without_actions, name):
    """The same, while the action server is away: the user still gets an answer with the number."""
    play(server_without_actions, SCENARIOS[name]["beurten"])


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_is_well_formed(name):
    """A misspelt key would silently check nothing."""
    scenario = SCENARIOS[name]
    assert set(scenario) <= {"beurten", "zonder_acties"}
    assert scenario["beurten"]
    for turn in scenario["beurten"]:
        assert set(turn) <= TURN_KEYS, f"unknown key in {turn}"
        assert ("zegt" in turn) != ("knop" in turn), f"a turn has either zegt or knop: {turn}"
        assert len(turn) > 1, f"nothing is expected of the reply to {turn}"
        assert all(isinstance(turn.get(key, []), list) for key in ("bevat", "bevat_niet", "volgorde", "knoppen"))


def play(chat: Chat, turns: list) -> None:
    """Plays one conversation and checks every reply."""
    sender, reply = new_sender(), []
    for turn in turns:
        said = turn["zegt"] if "zegt" in turn else button(reply, turn["knop"])
        reply = chat.say(said, sender)
        try:
            check(turn, reply)
        except AssertionError as error:
            pytest.fail(f"after '{said}': {error}\nthe reply was: {text_of(reply)}\n{handoff_of(reply)}", pytrace=False)


def button(reply: Messages, title: str) -> str:
    """Returns the payload of a button of the former reply."""
    offered = buttons_of(reply)
    if title not in offered:
        pytest.fail(f"no button '{title}' in the former reply, only {list(offered)}", pytrace=False)
    return offered[title]


def check(turn: dict, reply: Messages) -> None:
    """Checks one reply against its turn."""
    text = text_of(reply).lower()
    assert text, "the reply is silent"
    for part in turn.get("bevat", []):
        assert part.lower() in text, f"'{part}' is missing"
    for part in turn.get("bevat_niet", []):
        assert part.lower() not in text, f"'{part}' should not be there"
    place = -1
    for part in turn.get("volgorde", []):
        assert part.lower() in text[place + 1 :], f"'{part}' does not come in its place"
        place = text.index(part.lower(), place + 1)
    for title in turn.get("knoppen", []):
        assert title in buttons_of(reply), f"no button '{title}', only {list(buttons_of(reply))}"
    check_handoff(turn, reply)


def check_handoff(turn: dict, reply: Messages) -> None:
    """Checks the handoff of one reply; a serious one has the number and comes before anything else."""
    handoff = handoff_of(reply)
    if "doorverwijzing" in turn:
        level = handoff["ernst"] if handoff else "geen"
        assert level == turn["doorverwijzing"], f"the handoff is '{level}', not '{turn['doorverwijzing']}'"
        if level != "geen":
            assert NUMBER in text_of(reply), "the handoff has no number"
        if level in SERIOUS:
            first = next(index for index, message in enumerate(reply) if message.get("custom"))
            before = reply[:first]
            assert "Ik ben een computer" not in text_of(before), "the introduction comes before the handoff"
            assert "Bron:" not in text_of(before), "an answer comes before the handoff"
    if "adviseur" in turn:
        assert handoff is not None, "there is no handoff, so no adviser"
        assert handoff["adviseur"] == turn["adviseur"], f"the adviser is {handoff['adviseur']}"
