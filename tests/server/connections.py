"""Bare connections to the running server, on which anything can be sent, and what must hold after that."""

from __future__ import annotations

import http.client
import socket

import httpx
from chat import new_sender

TEAM = "070-3738314"
# Long for a refusal, short for someone who waits; the machine may be busy.
SECONDS = 10
JSON = "application/json"
HEAD = (
    b"POST /webhooks/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"
)


def new_token(address: str) -> str:
    """Starts a session of the web channel and returns its token."""
    answer = httpx.post(f"{address}/webhooks/web/session", timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()["session"]


def connect(address: str) -> socket.socket:
    """Opens a connection to the server, on which anything can be sent."""
    return socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=SECONDS)


def answer_on(connection: socket.socket) -> tuple[int, str, str]:
    """Returns (status, header lines, body) of the answer that comes on a connection."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, str(answer.headers), answer.read().decode("utf-8", "replace")


def raw(address: str, request: bytes) -> tuple[int, str, str]:
    """Sends these bytes on a connection of their own and returns (status, header lines, body) of the answer."""
    with connect(address) as connection:
        connection.sendall(request)
        return answer_on(connection)


def assert_serves(address: str) -> None:
    """A message to the server is answered with the number, in time."""
    body = {"sender": new_sender(), "message": "ik word bedreigd"}
    answer = httpx.post(f"{address}/webhooks/rest/webhook", json=body, timeout=SECONDS)
    assert answer.status_code == 200
    assert TEAM in answer.text
