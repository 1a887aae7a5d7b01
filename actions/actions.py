"""What the assistant does when it did not understand: suggest topics, or search its answers."""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.knowledge import Knowledge
from components.editor_files import read_yaml
from serving.logs import keep_private

# The action server imports this first; from here on its log holds no words of users.
keep_private()

TOPICS: Dict[str, str] = read_yaml(Path(__file__).with_name("topics.yml"))
MOST_SUGGESTIONS = 3
# Offered when neither the classifier nor the search knows anything.
USUAL_TOPICS = ("bedreiging", "onveilig_gevoel", "aangifte")
# From this score on, a passage found by the search is shown.
GOOD_SCORE = 0.2


@lru_cache(maxsize=1)
def answers() -> Knowledge:
    """Returns the search over the answers of domain.yml, indexed once for both actions."""
    return Knowledge()


class SuggestTopics(Action):
    """Offers the likely topics as buttons: those the classifier ranked highest, then those the search finds."""

    def __init__(self) -> None:
        """Reads the answers, when the action server starts."""
        self._knowledge = answers()

    def name(self) -> Text:
        """Returns the name in domain.yml."""
        return "action_stel_onderwerpen_voor"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Dict]:
        """Utters `utter_bedoelt_u` with two or three buttons, and one for all topics."""
        message = tracker.latest_message or {}
        ranked = [intent.get("name") for intent in message.get("intent_ranking") or []]
        hits = self._knowledge.search(message.get("text") or "")
        found = [hit.passage.response.replace("utter_", "") for hit in hits]
        likely = [*ranked, *found, *USUAL_TOPICS]
        topics = list(dict.fromkeys(topic for topic in likely if topic in TOPICS and topic != "hulp_menu"))
        buttons = [
            {"title": TOPICS[topic], "payload": f"/{topic}"} for topic in [*topics[:MOST_SUGGESTIONS], "hulp_menu"]
        ]
        dispatcher.utter_message(response="utter_bedoelt_u", buttons=buttons)
        return []


class SearchDocuments(Action):
    """Shows the answer that fits a question best that was not understood twice, if one fits well enough."""

    def __init__(self) -> None:
        """Reads the answers, when the action server starts."""
        self._knowledge = answers()

    def name(self) -> Text:
        """Returns the name in domain.yml."""
        return "action_zoek_in_documenten"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Dict]:
        """Utters the response that the search finds; nothing when none fits."""
        hits = self._knowledge.search((tracker.latest_message or {}).get("text") or "", most=1)
        if hits and hits[0].score >= GOOD_SCORE:
            dispatcher.utter_message(response=hits[0].passage.response)
        return []
