"""Doors that are shut: the log, waiting connections, addresses that are not there, other sites, the action server.

docs/threat-model.md says which test proves which measure.
"""

from __future__ import annotations

import argparse
import importlib
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import yaml
from chat import ROOT, free_port, stop
from connections import HEAD, TEAM, answer_on, assert_serves, connect, raw

FOREIGN = "https://elders.example"

# --- Into the headers of an answer, or into the log.

INJECTIONS = {
    "line feed in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\nSet-Cookie: kanarie=1\r\n\r\n",
    "carriage return in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\rSet-Cookie: kanarie=1\r\n\r\n",
    "line feed in an origin": b"POST /webhooks/web/session HTTP/1.1\r\nHost: x\r\nOrigin: https://a.nl\nSet-Cookie: "
    b"kanarie=1\r\nContent-Length: 0\r\n\r\n",
    "in a path": b"GET /%0d%0aSet-Cookie:%20kanarie=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "in a query": b"GET /?a=%0d%0aSet-Cookie:%20kanarie=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "in a name": b"GET /kanarie HTTP/1.1\r\nHost: x\r\nSet-Cookie: kanarie=1\r\nX-kanarie\x1b[31m: a\r\n\r\n",
    "in a method": b"KANARIE /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\n\r\n",
    "in what proxies add": b"GET / HTTP/1.1\r\nHost: kanarie\r\nX-Forwarded-For: kanarie\r\nForwarded: for=kanarie\r\n"
    b"X-Request-ID: kanarie\r\nUser-Agent: kanarie${jndi:ldap://kanarie}\r\nReferer: kanarie\r\n\r\n",
    "in a token": b"POST /webhooks/web/message HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer kanarie\x1b[31m\r\n"
    b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", INJECTIONS)
def test_nothing_of_a_request_gets_into_headers_or_log(server, address, name):
    """No header that we did not write, and no word of the request in the log."""
    _, headers, body = raw(address, INJECTIONS[name])
    assert "kanarie" not in headers.lower()
    assert "set-cookie" not in headers.lower()
    assert "kanarie" not in body.lower()
    log = server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "kanarie" not in log
    assert "\x1b" not in log


@pytest.mark.parametrize(
    "sender", ["a\r\nSet-Cookie: kanarie=1", "a\nERROR kanarie", "\x1b[31mkanarie", "\u2028kanarie"]
)
def test_the_name_of_a_conversation_gets_into_no_header_and_no_log(server, sender):
    """The client of the REST channel chooses it; it comes back escaped, and only in the body."""
    answer = server.post(json={"sender": sender, "message": "/kanarie ik word bedreigd"})
    assert answer.status_code == 200
    assert TEAM in answer.text
    assert "set-cookie" not in answer.headers
    assert not re.search(r"[\r\n\x1b]", answer.text)
    log = server.log.read_text(encoding="utf-8", errors="replace").lower()
    assert "kanarie" not in log
    assert "\x1b" not in log


# --- Holding connections.

SLOW = 100


def test_slow_connections_keep_nobody_waiting_and_are_cut_off(address):
    """A hundred that never finish, half of them with a byte now and then: others are served, and they are sent away."""
    start = time.monotonic()
    crowd = [connect(address) for _ in range(SLOW)]
    try:
        for number, one in enumerate(crowd):
            one.sendall(b"GET / HTTP/1.1\r\nX-" if number % 2 else HEAD % (b"rest/webhook", b"x"))
        for _ in range(5):
            for one in crowd:
                one.sendall(b"a")
            assert_serves(address)
        waiting = set(crowd)
        while waiting and time.monotonic() - start < 60:
            for one in select.select(list(waiting), [], [], 1)[0]:
                status, _, body = answer_on(one)
                assert (status, TEAM in body) == (408, True)
                waiting.discard(one)
            for one in list(waiting)[::2]:
                with suppress(ConnectionError):
                    one.sendall(b"a")
        assert not waiting, f"{len(waiting)} connections are still open"
    finally:
        for one in crowd:
            one.close()
    assert_serves(address)


# --- Addresses that are not there, and sites that may not ask.

# All that Rasa 3.6.21 offers with --enable-api; on most of them it loads models, or shows and changes conversations.
HTTP_API = [
    ("GET", "version"),
    ("GET", "status"),
    ("GET", "domain"),
    ("POST", "model/train"),
    ("POST", "model/test/stories"),
    ("POST", "model/test/intents"),
    ("POST", "model/predict"),
    ("POST", "model/parse"),
    ("PUT", "model"),
    ("DELETE", "model"),
    ("GET", "conversations/a/tracker"),
    ("PUT", "conversations/a/tracker/events"),
    ("POST", "conversations/a/tracker/events"),
    ("GET", "conversations/a/story"),
    ("POST", "conversations/a/execute"),
    ("POST", "conversations/a/trigger_intent"),
    ("POST", "conversations/a/predict"),
    ("POST", "conversations/a/messages"),
]


@pytest.mark.parametrize(("method", "path"), HTTP_API)
def test_the_http_api_of_rasa_is_off(address, method, path):
    """No model can be loaded and no conversation read or changed from outside."""
    answer = httpx.request(method, f"{address}/{path}", json={"model_file": "/tmp/x.tar.gz"}, timeout=60)
    assert answer.status_code == 404
    assert TEAM in answer.text


@pytest.mark.parametrize("path", ["", "?a", "status", "nergens", "webhooks/rest/", "webhooks/web/", "webhooks/"])
def test_the_version_of_rasa_is_not_told(address, path):
    """Its own page at the root would; who looks for a known fault is not helped."""
    answer = httpx.get(f"{address}/{path}", timeout=60)
    assert "hello from rasa" not in answer.text.lower()
    assert "3.6" not in answer.text + str(answer.headers)
    assert "sanic" not in (answer.text + str(answer.headers)).lower()


PUBLIC = {"/webhooks/web/widget.js", "/webhooks/web/widget.json"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/webhooks/rest/webhook",
        "/webhooks/web/session",
        *sorted(PUBLIC),
        "/webhooks/web/session/end",
        "/webhooks/web/message",
        "/webhooks/web/page.html",
        "/nergens",
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
def test_another_site_may_read_the_widget_only(address, method, path):
    """A browser shows a page of another site only what is marked for it."""
    headers = {"Origin": FOREIGN, "Access-Control-Request-Method": "POST"}
    answer = httpx.request(method, address + path, headers=headers, timeout=60)
    shared = answer.headers.get("access-control-allow-origin")
    assert shared in ({None, "*"} if path in PUBLIC else {None})


def test_no_file_names_a_server_to_load_models_or_answers_from(root):
    """Rasa would fetch a model, and so code, from a model server, and send each conversation to an event broker."""
    files = [root / "endpoints.yml", *root.glob("deploy/**/endpoints.yml")]
    for file in files:
        named = set(yaml.safe_load(file.read_text(encoding="utf-8")))
        assert named <= {"action_endpoint", "tracker_store", "lock_store"}, file
    channels = set(yaml.safe_load((root / "credentials.yml").read_text(encoding="utf-8")))
    assert {name.split(".")[0] for name in channels} == {"weerbaar"}, "only channels of our own"


# --- The action server.


@contextmanager
def action_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Runs the action server with the environment that tools/scripts/run.py gives it; yields its port."""
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "scripts"))
    run, started = importlib.import_module("run"), []
    with monkeypatch.context() as patch:
        patch.setattr(run.subprocess, "Popen", lambda command, **options: started.append((command, options)))
        run.start(argparse.Namespace(port=0, action_port=0, interface="127.0.0.1"), folder)
    environment = next(options["env"] for command, options in started if "actions" in command)
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with (folder / "actions.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 120
        while not listens("127.0.0.1", port):
            assert process.poll() is None and time.monotonic() < deadline, log.name
            time.sleep(0.2)
        yield port
    finally:
        stop(process)


def listens(host: str, port: int) -> bool:
    """Says whether something takes connections at this address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(5)
        try:
            return probe.connect_ex((host, port)) == 0
        except OSError:  # no IPv6 on this machine
            return False


@pytest.mark.real
def test_the_action_server_is_there_for_this_machine_only(tmp_path, monkeypatch):
    """It has no login: it must not listen on any other address, not even on another one of this machine."""
    with action_server(tmp_path, monkeypatch) as port:
        assert not listens("127.0.0.2", port)
        assert not listens("::1", port)


# --- The page about it.


def test_the_threat_model_names_tests_that_exist(root):
    """Each `file::test` in the page; a proof that is gone is no proof."""
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", (root / "docs" / "threat-model.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    files = {file: (root / file).read_text(encoding="utf-8") for file, _ in named if (root / file).is_file()}
    missing = [f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in files.get(file, "")]
    assert missing == []
