"""The custom action that suggests topics when the assistant did not understand a message."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from weerbaar.observability.logs import keep_private
from weerbaar.subjects import SUBJECTS

# The action server imports this module first, so its log never holds words of users.
keep_private()

# The button title of each subject that can be offered.
TOPICS = {name: subject.title for name, subject in SUBJECTS.items() if subject.title}
MOST_SUGGESTIONS = 3
# Offered when the classifier ranks too few topics.
USUAL_TOPICS = ("bedreiging", "onveilig_gevoel", "aangifte")


class SuggestTopics(Action):
    """Offers likely topics as buttons: those that the classifier ranked highest, then the usual ones."""

    def name(self) -> str:
        """Returns the name of the action in domain.yml."""
        return "action_stel_onderwerpen_voor"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Sends `utter_bedoelt_u` with up to `MOST_SUGGESTIONS` buttons, and one for all topics."""
        message = tracker.latest_message or {}
        ranked = [intent.get("name") for intent in message.get("intent_ranking") or []]
        likely = [*ranked, *USUAL_TOPICS]
        topics = list(dict.fromkeys(topic for topic in likely if topic in TOPICS and topic != "hulp_menu"))
        buttons = [
            {"title": TOPICS[topic], "payload": f"/{topic}"} for topic in [*topics[:MOST_SUGGESTIONS], "hulp_menu"]
        ]
        dispatcher.utter_message(response="utter_bedoelt_u", buttons=buttons)
        return []
