"""What the stand-ins of all platforms share: a web server that keeps what it was asked, and can be broken."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
from chat import ROOT, free_port

PAYLOADS = ROOT / "tests" / "payloads"
SECONDS = 20


@dataclass
class Asked:
    """A request of the assistant."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Said:
    """What a user got to see: a text, the titles and keys of its buttons, and a number to tap."""

    text: str = ""
    buttons: dict[str, str] = field(default_factory=dict)
    phone: str = ""


class NotAccepted(Exception):
    """The platform refuses a request, as the real one would."""


class Unauthorized(Exception):
    """The platform does not know the token."""


class StandIn:
    """One platform.

    Attributes:
        asked: all requests of the assistant, in order.
        fault: when set, the (status, headers) that every request gets, or those of which the address has `fault_at`.
        fault_body: what they get with it.
        address: where the assistant must reach it.
    """

    name = ""
    waits_briefly = False

    def __init__(self) -> None:
        """Chooses a port; `start` opens it."""
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.asked: list[Asked] = []
        self.fault: tuple[int, dict[str, str]] | None = None
        self.fault_at = ""
        self.fault_body: dict[str, Any] = {}
        self.webhook = ""
        self.client = httpx.Client(timeout=20, limits=httpx.Limits(max_keepalive_connections=0))
        self._server: ThreadingHTTPServer | None = None
        self._shown: dict[str, list[Said]] = {}
        self._lock = threading.Lock()
        self._count = 1_000

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the assistant opens this channel."""
        raise NotImplementedError

    def serve(self, asked: Asked) -> dict[str, Any]:
        """Returns the answer to a request; raises NotAccepted."""
        raise NotImplementedError

    def payload_of(self, text: str, user: int) -> dict[str, Any]:
        """Returns the documented webhook of a user who says something, with a new id."""
        raise NotImplementedError

    def pressed(self, title: str, key: str, user: int) -> dict[str, Any]:
        """Returns the documented webhook of a user who pressed a button."""
        raise NotImplementedError

    def in_group(self, text: str, user: int) -> dict[str, Any]:
        """Returns the documented webhook of a user who says something in a group."""
        raise NotImplementedError

    def numbered(self, payload: dict[str, Any], user: int) -> dict[str, Any]:
        """Returns a webhook with a new id, of this user in a chat of their own if it is in one."""
        raise NotImplementedError

    def fixture(self, name: str, user: int) -> dict[str, Any]:
        """Returns a documented webhook with a new id, of this user."""
        return self.numbered(payload(f"{self.name}/{name}"), user)

    def deliver(self, payload: dict[str, Any]) -> httpx.Response:
        """Sends a webhook to the assistant, with a right proof of where it comes from."""
        raise NotImplementedError

    def forgeries(self, payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Returns requests that this platform did not send, by what is wrong with them."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether the assistant can reach it."""
        return self._server is not None

    def start(self) -> None:
        """Opens the port, the same each time."""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536  # head and body together: else each answer waits 40 ms for an acknowledgement

            def do_POST(self) -> None:
                if stand_in._server is None:  # a connection that was open when it stopped
                    self.close_connection = True
                    return
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = self.headers.get("Content-Type") or ""
                body = json.loads(raw) if kind.startswith("application/json") else dict(parse_qsl(raw.decode()))
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                status, headers, answer = stand_in.answer(asked)
                content = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Type": "application/json"}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                """Stays silent."""

        class Server(ThreadingHTTPServer):
            allow_reuse_address, daemon_threads, request_queue_size = True, True, 256

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Closes the port; nothing that was asked is lost."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Returns status, headers and body; keeps the request."""
        with self._lock:
            self.asked.append(asked)
            if self.fault and self.fault_at in asked.path:
                return *self.fault, {"ok": False, **self.fault_body}
            try:
                return 200, {}, self.serve(asked)
            except Unauthorized:
                return 401, {}, {"ok": False}
            except (NotAccepted, LookupError, TypeError, AttributeError, ValueError) as refused:
                return 400, {}, {"ok": False, "description": str(refused), "error": str(refused)}

    def mend(self) -> None:
        """Ends the fault."""
        self.fault, self.fault_at, self.fault_body = None, "", {}

    def next(self) -> int:
        """Returns a new number."""
        with self._lock:
            self._count += 1
            return self._count

    def show(self, user: Any, said: Said) -> None:
        """Shows something to a user."""
        self._shown.setdefault(str(user), []).append(said)

    def shown(self, user: Any) -> list[Said]:
        """Returns all that a user got to see."""
        return list(self._shown.get(str(user), []))

    def texts(self, user: Any) -> list[str]:
        """Returns the texts that a user got to see."""
        return [said.text for said in self.shown(user) if said.text]

    def buttons(self, user: Any) -> dict[str, str]:
        """Returns the keys of the last buttons that a user got to see, by their titles."""
        return next((said.buttons for said in reversed(self.shown(user)) if said.buttons), {})

    def deliver_until_taken(self, payload: dict[str, Any]) -> None:
        """Sends a webhook, again where a platform waits too short for a busy machine; fails when it is not taken."""
        until = time.monotonic() + SECONDS
        response = self.deliver(payload)
        while self.waits_briefly and response.status_code == 503 and time.monotonic() < until:
            response = self.deliver(payload)
        assert response.status_code == 200, response.status_code

    def say(self, text: str, user: int) -> list[str]:
        """Returns the texts with which the assistant answers what a user says."""
        before = len(self.texts(user))
        self.deliver_until_taken(self.payload_of(text, user))
        return self.texts(user)[before:]

    def press(self, title: str, user: int) -> list[str]:
        """Returns the texts with which the assistant answers the press of one of the last buttons."""
        before = len(self.texts(user))
        response = self.deliver(self.pressed(title, self.buttons(user)[title], user))
        assert response.status_code == 200, response.status_code
        return self.texts(user)[before:]

    def wait_for(self, true: Callable[[], bool]) -> None:
        """Waits until something is true; fails when it does not become so."""
        deadline = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < deadline, f"{self.name}: it did not happen"
            time.sleep(0.05)


def payload(name: str) -> dict[str, Any]:
    """Returns a documented webhook, as `telegram/message`."""
    return copy.deepcopy(json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8")))


def require(true: Any, why: str) -> None:
    """Raises NotAccepted with the reason when something is not as the platform wants it."""
    if not true:
        raise NotAccepted(why)
