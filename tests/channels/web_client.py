"""A tab of a browser that talks to the web channel, and what can be read from its answers."""

from __future__ import annotations

import json
from types import SimpleNamespace

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

    def vote(self, name: str, helps: object = True) -> httpx.Response:
        """Says whether the answer of this name helps."""
        headers = {"Authorization": f"Bearer {self.session}"}
        return self.http.post(f"{self.web}/vote", json={"vote": name, "helps": helps}, headers=headers)

    def wipe(self) -> httpx.Response:
        """Ends the session."""
        return self.http.delete(f"{self.web}/session", headers={"Authorization": f"Bearer {self.session}"})


class Request(SimpleNamespace):
    """What the channel reads of a request, for tests without a server."""

    def __init__(self, agent: object, body: object = None, token: str = "", **headers: str) -> None:
        """Takes an agent, a JSON body, a token and headers."""
        super().__init__(
            method="POST",
            ip="192.0.2.1",
            remote_addr="",
            json=body,
            body=json.dumps(body).encode(),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}", "host": "localhost", **headers},
            app=SimpleNamespace(ctx=SimpleNamespace(agent=agent)),
        )


def text_of(messages: list) -> str:
    """Returns all texts of an answer."""
    return "\n".join(message["text"] for message in messages)


def votes_of(messages: list) -> list:
    """Returns the names of the answers on which a vote is asked for."""
    return [message["vote"] for message in messages if "vote" in message]


def cards_of(messages: list) -> list:
    """Returns the call cards of an answer."""
    return [message["card"] for message in messages if message["card"]]


def buttons_of(messages: list) -> dict:
    """Returns the payload of each button by its title."""
    return {button["title"]: button["payload"] for message in messages for button in message["buttons"]}
