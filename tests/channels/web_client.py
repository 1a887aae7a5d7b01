"""A tab of a browser that talks to the web channel, and what can be read from its answers."""

from __future__ import annotations

import httpx

TEAM = "070-3738314"
OTHER_SITE = "https://www.example.nl"


class Browser:
    """One tab: a session, and what can be said in it."""

    def __init__(self, address: str) -> None:
        """Takes the address of the server and starts a session."""
        self.web = f"{address}/webhooks/web"
        self.http = httpx.Client(timeout=60)
        answer = self.http.post(f"{self.web}/session")
        assert answer.status_code == 201, answer.text
        self.session = answer.json()["session"]

    def post(self, body: object, **headers: str) -> httpx.Response:
        """Sends a body to the session and returns the bare response."""
        return self.http.post(
            f"{self.web}/message", json=body, headers={"Authorization": f"Bearer {self.session}", **headers}
        )

    def say(self, text: str) -> list:
        """Returns the messages of the answer to a typed text."""
        answer = self.post({"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def press(self, payload: str) -> httpx.Response:
        """Presses a button with this payload."""
        return self.post({"payload": payload})

    def wipe(self) -> httpx.Response:
        """Ends the session."""
        return self.http.delete(f"{self.web}/session", headers={"Authorization": f"Bearer {self.session}"})


def text_of(messages: list) -> str:
    """Returns all texts of an answer."""
    return "\n".join(message["text"] for message in messages)


def cards_of(messages: list) -> list:
    """Returns the call cards of an answer."""
    return [message["card"] for message in messages if message["card"]]


def buttons_of(messages: list) -> dict:
    """Returns the payload of each button by its title."""
    return {button["title"]: button["payload"] for message in messages for button in message["buttons"]}
