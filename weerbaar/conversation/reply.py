"""Defines Reply, what the assistant answers to one message, and the output channel that collects it."""

from __future__ import annotations

from typing import Any, NamedTuple

from rasa.core.channels.channel import OutputChannel

Response = dict[str, Any]


class Reply(NamedTuple):
    """What to say to a message; a channel puts it into its own format.

    Attributes:
        responses: The responses in order, as Rasa gives them to an output channel; at least one of them has a text.
        failed: Whether the assistant could not answer, so that the safety text is the last response.
        busy: Whether it could not answer because too many others wait; the same message can succeed in a moment.
        vote: The name of the fact on which the user may vote (`votes.py`); None when nobody should be asked.
    """

    responses: list[Response]
    failed: bool = False
    busy: bool = False
    vote: str | None = None

    @property
    def uttered(self) -> set[str]:
        """The names of the responses, as in domain.yml."""
        return {name for name in map(name_of, self.responses) if name}


def name_of(response: Response) -> str | None:
    """Returns the name of a response, as in domain.yml; None when it has none."""
    name = (response.get("metadata") or {}).get("utter_action") or response.get("utter_action")
    return name if isinstance(name, str) else None


def is_response(found: Response) -> bool:
    """Returns whether the text, the buttons and the metadata of a response are what a channel expects."""
    buttons = found.get("buttons") or []
    return (
        isinstance(found.get("text") or "", str)
        and isinstance(found.get("metadata") or {}, dict)
        and isinstance(buttons, list)
        and all(isinstance(button, dict) for button in buttons)
        and all(isinstance(button.get(key), str) for button in buttons for key in ("title", "payload"))
    )


class Collected(OutputChannel):
    """Collects the responses of one turn.

    Attributes:
        responses: The responses so far, in order.
    """

    def __init__(self, variant: str) -> None:
        """Creates an output without responses, for which Rasa chooses the variants marked for this channel name."""
        self.responses: list[Response] = []
        self._variant = variant

    def name(self) -> str:  # Rasa asks the object, so one class can serve all channels
        """Returns the channel name by which Rasa chooses between the variants of a response."""
        return self._variant

    async def send_response(self, recipient_id: str, message: Response) -> None:
        """Adds a response; raises TypeError when an action server sent one that no channel could show."""
        if not is_response(message):
            raise TypeError("not a response")
        self.responses.append(message)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Adds a bare text; Rasa itself sends one now and then."""
        self.responses.append({"text": text})

    async def send_custom_json(self, recipient_id: str, json_message: Response, **kwargs: Any) -> None:
        """Adds a bare payload, which no user may get to see as text."""
        self.responses.append({"custom": json_message})
