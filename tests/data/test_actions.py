"""The custom action: suggesting topics when a message was not understood."""

from __future__ import annotations

import pytest
import yaml
from chat import ROOT
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.actions import MOST_SUGGESTIONS, TOPICS, USUAL_TOPICS, SuggestTopics
from weerbaar.editor_files import EditorError
from weerbaar.nlu.severity import SEVERITY_BY_INTENT
from weerbaar.subjects import read_subjects

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def run(text: str, ranking=()) -> list:
    """Returns what the action utters after a message that was not understood."""
    message = {
        "text": text,
        "intent": {"name": "nlu_fallback"},
        "intent_ranking": [{"name": name, "confidence": 0.1} for name in ("nlu_fallback", *ranking)],
    }
    tracker = Tracker("anna", {}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    assert SuggestTopics().run(dispatcher, tracker, DOMAIN) == []
    return dispatcher.messages


def offered(messages: list) -> dict:
    """Returns the payloads of the buttons by title."""
    [message] = messages
    assert message["response"] == "utter_bedoelt_u"
    return {button["title"]: button["payload"] for button in message["buttons"]}


def test_the_action_has_the_name_of_the_domain():
    """A renamed action would fail only when it is called."""
    assert [SuggestTopics().name()] == DOMAIN["actions"]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_an_intent_with_an_answer(topic, rules):
    """A suggestion leads somewhere."""
    assert topic in DOMAIN["intents"]
    assert any(step.get("intent") == topic for rule in rules for step in rule["steps"])
    answers = {f"utter_{topic}", f"utter_{topic}/overzicht"}
    assert answers & set(DOMAIN["responses"]) or SEVERITY_BY_INTENT.get(topic) == "ernstig"


def test_titles_of_topics_differ():
    """Two buttons with the same title cannot be told apart."""
    assert len(set(TOPICS.values())) == len(TOPICS)


def test_the_likely_topics_come_first():
    """What the classifier ranked highest, and a way to all topics."""
    buttons = offered(run("iets met een scan", ["woningscan", "zelfscan", "training", "sipa"]))
    assert list(buttons.values()) == ["/woningscan", "/zelfscan", "/training", "/hulp_menu"]


def test_intents_that_are_no_topic_are_not_suggested():
    """Greeting, fallback and the like are no answer to 'Bedoelt u ...?'."""
    buttons = offered(run("", ["begroeten", "schelden", "schade"]))
    assert "/schade" in buttons.values()
    assert not {"/begroeten", "/schelden", "/nlu_fallback"} & set(buttons.values())


def test_when_nothing_is_likely_the_usual_topics_are_offered():
    """A choice all the same, with a way to all topics."""
    buttons = offered(run("🦄", ["begroeten"]))
    assert list(buttons.values()) == [*(f"/{topic}" for topic in USUAL_TOPICS), "/hulp_menu"]


@pytest.mark.parametrize("text", ["", "🦄", "qqq", "x" * 10_000, "domiciliekeuze training woningscan schade aangifte"])
def test_there_is_always_a_choice(text):
    """Between one and four buttons, each an intent, the last one for all topics."""
    payloads = list(offered(run(text)).values())
    assert 1 <= len(payloads) <= MOST_SUGGESTIONS + 1
    assert payloads[-1] == "/hulp_menu"
    assert {payload[1:] for payload in payloads} <= set(DOMAIN["intents"])


@pytest.mark.parametrize("message", [None, {}, {"text": None, "intent_ranking": None}])
def test_a_message_without_anything_breaks_nothing(message):
    """Rasa may send very little."""
    dispatcher = CollectingDispatcher()
    SuggestTopics().run(dispatcher, Tracker("anna", {}, message, [], False, None, {}, "action_listen"), DOMAIN)
    assert offered(dispatcher.messages)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("kind: vraag", "kind must be one of"),
        ("kind: need\n  severity: ernstig", "severity of kind need must be zorg"),
        ("kind: question\n  titel: Schade", "expected kind, severity, title or family"),
    ],
)
def test_a_subject_that_cannot_be_is_refused_by_name(tmp_path, entry, complaint):
    """An editor sees which entry and which key, not a failure somewhere else."""
    file = tmp_path / "subjects.yml"
    file.write_text(f"schade:\n  {entry}\n", encoding="utf-8")
    with pytest.raises(EditorError, match=f"subjects.yml, schade: {complaint}"):
        read_subjects(file)
