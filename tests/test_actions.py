"""The custom actions: suggesting topics, and searching the answers for a question that was not understood."""
from __future__ import annotations

import pytest
import yaml
from chat import ROOT
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.actions import MOST_SUGGESTIONS, TOPICS, SearchDocuments, SuggestTopics
from actions.knowledge import Knowledge, Passage, read_passages
from components.severity import SEVERITY_BY_INTENT

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The search over the answers of domain.yml."""
    return Knowledge()


def run(action, text: str, ranking=()) -> list:
    """Returns what an action utters after a message that was not understood."""
    message = {
        "text": text,
        "intent": {"name": "nlu_fallback"},
        "intent_ranking": [{"name": name, "confidence": 0.1} for name in ("nlu_fallback", *ranking)],
    }
    tracker = Tracker("anna", {}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    assert action.run(dispatcher, tracker, DOMAIN) == []
    return dispatcher.messages


def offered(messages: list) -> dict:
    """Returns the payloads of the buttons by title."""
    [message] = messages
    assert message["response"] == "utter_bedoelt_u"
    return {button["title"]: button["payload"] for button in message["buttons"]}


def test_the_actions_have_the_names_of_the_domain():
    """A renamed action would fail only when it is called."""
    assert {SuggestTopics().name(), SearchDocuments().name()} == set(DOMAIN["actions"])


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_an_intent_with_an_answer(topic, rules):
    """A suggestion leads somewhere."""
    assert topic in DOMAIN["intents"]
    assert any(step.get("intent") == topic for rule in rules for step in rule["steps"])
    assert f"utter_{topic}" in DOMAIN["responses"] or SEVERITY_BY_INTENT.get(topic) == "ernstig"


def test_titles_of_topics_differ():
    """Two buttons with the same title cannot be told apart."""
    assert len(set(TOPICS.values())) == len(TOPICS)


def test_the_likely_topics_come_first():
    """What the classifier ranked highest, and a way to all topics."""
    buttons = offered(run(SuggestTopics(), "iets met een scan", ["woningscan", "zelfscan", "training", "sipa"]))
    assert list(buttons.values()) == ["/woningscan", "/zelfscan", "/training", "/hulp_menu"]


def test_intents_that_are_no_topic_are_not_suggested():
    """Greeting, fallback and the like are no answer to 'Bedoelt u ...?'."""
    buttons = offered(run(SuggestTopics(), "", ["begroeten", "schelden", "schade"]))
    assert "/schade" in buttons.values()
    assert not {"/begroeten", "/schelden", "/nlu_fallback"} & set(buttons.values())


def test_the_search_helps_when_the_classifier_knows_nothing():
    """The words of the message lead to a topic."""
    buttons = offered(run(SuggestTopics(), "domiciliekeuze"))
    assert "/aangifte_vormen" in buttons.values()


@pytest.mark.parametrize("text", ["", "🦄", "qqq", "x" * 10_000, "domiciliekeuze training woningscan schade aangifte"])
def test_there_is_always_a_choice(text):
    """Between one and four buttons, each an intent, the last one for all topics."""
    payloads = list(offered(run(SuggestTopics(), text)).values())
    assert 1 <= len(payloads) <= MOST_SUGGESTIONS + 1
    assert payloads[-1] == "/hulp_menu"
    assert {payload[1:] for payload in payloads} <= set(DOMAIN["intents"])


@pytest.mark.parametrize("message", [None, {}, {"text": None, "intent_ranking": None}])
def test_a_message_without_anything_breaks_nothing(message):
    """Rasa may send very little."""
    for action in (SuggestTopics(), SearchDocuments()):
        tracker = Tracker("anna", {}, message, [], False, None, {}, "action_listen")
        action.run(CollectingDispatcher(), tracker, DOMAIN)


@pytest.mark.parametrize(
    ("question", "response"),
    [
        ("wat is domiciliekeuze bij aangifte", "utter_aangifte_vormen"),
        ("integriteitsonderzoek door het steunpunt SIPA", "utter_sipa"),
        ("Opleidingsinstituut DJI training intimidatie", "utter_training"),
        ("woningscan", "utter_woningscan"),
        ("stelsel bewaken en beveiligen", "utter_stelsel_bewaken_beveiligen"),
        ("schade vergoed krijgen", "utter_schade"),
        ("openingstijden kosten wachttijd", "utter_ot_bereikbaarheid"),
        ("rechtshulp van een jurist of advocaat", "utter_rechtshulp"),
    ],
)
def test_the_search_finds_the_fitting_passage(knowledge, question, response):
    """The first hit is the answer."""
    assert knowledge.search(question)[0].passage.response == response


def test_the_search_orders_its_hits(knowledge):
    """Best first, with scores between 0 and 1."""
    scores = [hit.score for hit in knowledge.search("aangifte doen van schade", most=10)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1.000001 for score in scores)


@pytest.mark.parametrize("question", ["", "   ", "🦄"])
def test_the_search_finds_nothing_for_nothing(knowledge, question):
    """No part of a word is known."""
    assert knowledge.search(question) == []


def test_a_search_action_shows_what_fits():
    """A free question in the words of the documents gets its answer."""
    assert [message["response"] for message in run(SearchDocuments(), "aangifte met domiciliekeuze")] == [
        "utter_aangifte_vormen"
    ]


@pytest.mark.parametrize("text", ["", "🦄", "hoe laat vertrekt de trein naar Zwolle"])
def test_a_search_action_is_silent_when_nothing_fits(text):
    """Better no answer than a wrong one; the number was given already."""
    assert run(SearchDocuments(), text) == []


def test_passages_are_the_answers_with_a_source():
    """Each names its source, and none is a follow-up."""
    passages = read_passages()
    assert len(passages) >= 20
    assert all("Bron:" in passage.text and passage.response in DOMAIN["responses"] for passage in passages)


def test_a_search_over_other_passages():
    """The search knows nothing but the passages it was given."""
    search = Knowledge([Passage("utter_appels", "appels en peren"), Passage("utter_auto", "auto's en fietsen")]).search
    assert search("peren")[0].passage.response == "utter_appels"
