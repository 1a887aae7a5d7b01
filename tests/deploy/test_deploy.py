"""The files of deploy/, by the tools that read them: nginx, Redis, compose, Kubernetes' schemas, systemd, promtool."""
from __future__ import annotations

import ast
import base64
import fnmatch
import hashlib
import html
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import dockerfile
import httpx
import kubernetes_validate
import promql_parser
import pytest
import redis
import yaml
from browser import running_browser
from chat import ROOT, free_port, stop, wait_until_ready
from nginx import KUBERNETES, LARGE, STRONG, Nginx, exchange, render, running_nginx, standing_in
from playwright.sync_api import expect
from prometheus_client.metrics import MetricWrapperBase
from rasa.core.constants import DEFAULT_KEEP_ALIVE_TIMEOUT
from site_of_host import Site, snippets
from twilio.request_validator import RequestValidator

from weerbaar.channels.apps.channel import MessengerInput
from weerbaar.channels.refusals import refusal
from weerbaar.channels.set_up import MAX_BODY_BYTES
from weerbaar.channels.web import WebInput
from weerbaar.channels.web.channel import TIMEOUT_SECONDS
from weerbaar.channels.web.settings import WebSettings
from weerbaar.contacts import load_register, safety_text
from weerbaar.observability import metrics

DEPLOY = ROOT / "deploy"
# The newest schemas that fit the jsonschema of Rasa; sidecars that start before their worker are in them.
KUBERNETES_VERSION = "1.28"
PASSWORD = "0123456789abcdef"
# The messaging channels, and the one address of each.
MESSENGERS = ["telegram", "twilio", "whatsapp", "teams", "slack"]
WEBHOOKS = [f"/webhooks/{name}/webhook" for name in MESSENGERS]
# As the assistant of the last part has it; the address only counts for the signature.
TWILIO = {
    "TWILIO_AUTH_TOKEN": "geheim van niemand", "TWILIO_WEBHOOK_URL": "https://weerbaar.example/webhooks/twilio/webhook"
}  # fmt: skip
# A website that embeds the chat; nothing listens there until a test does.
EMBEDDING = f"http://127.0.0.1:{free_port()}"
SERIOUS = "Ik kreeg een brief waarin staat dat ze me gaan vermoorden."


def installed(name: str) -> str:
    """Returns the path of a Debian tool; fails the test with one clear message when it is missing."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert path, f"{name} is missing: run tools/scripts/install_services.sh"
    return path


def run(*command: Any, **options: Any) -> subprocess.CompletedProcess:
    """Runs a command to its end."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, **options)


# ------------------------------------------------------------ the texts for an outage


@pytest.mark.parametrize("name, code", [("unavailable.json", "busy"), ("too_long.json", "too_long")])
def test_json_for_an_outage_is_a_refusal_of_the_channel(name, code):
    answer = json.loads((DEPLOY / name).read_text(encoding="utf-8"))
    assert answer == json.loads(refusal(503, code, answer["message"]).body)


def test_page_for_an_outage_says_the_safety_text():
    page = (DEPLOY / "unavailable.html").read_text(encoding="utf-8")
    body = re.search(r"<body>(.*)</body>", page, re.S)[1]
    assert " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split()).replace(" .", ".") == safety_text()
    numbers = load_register().numbers
    called = dict(re.findall(r'<a href="tel:([+\d]+)">([\d-]+)</a>', page))
    team = numbers["ondersteuningsteam"]
    assert called == {numbers["noodnummer"]: numbers["noodnummer"], "+31" + team.replace("-", "")[1:]: team}


def test_page_for_an_outage_keeps_its_style_under_its_policy():
    page = (DEPLOY / "unavailable.html").read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in (DEPLOY / "nginx" / "site.conf").read_text()


def test_security_txt_has_what_rfc_9116_asks():
    lines = (DEPLOY / "well-known" / "security.txt").read_text().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    assert {"Contact", "Expires"} <= set(fields)
    datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%S.%fZ")


# ------------------------------------------------------------ nginx by itself


@pytest.mark.parametrize(
    "configuration, upstream",
    [
        ("nginx.conf", "nginx/upstream.conf"),
        ("nginx.conf", "nginx/upstream.compose.conf"),
        (KUBERNETES, "nginx/upstream.conf"),
    ],
)
def test_nginx_accepts_the_configuration(tmp_path, configuration, upstream):
    checked = run(*render(tmp_path, [5005, 5006], configuration, upstream).command("-t"))
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr


def setting(name: str, *files: str) -> set[str]:
    """Returns the values of a directive in nginx files of deploy/."""
    texts = [(DEPLOY / file).read_text() for file in files]
    return {value for text in texts for value in re.findall(rf"^\s*{name} ([^;]+);", text, re.M)}


def test_limits_of_nginx_fit_those_of_the_assistant():
    [largest] = setting("client_max_body_size", "nginx/settings.conf")
    assert setting("client_body_buffer_size", "nginx/settings.conf") == {largest}  # else a body goes to disk
    # What is a little too large is answered by the channel, with its own sentence.
    assert MAX_BODY_BYTES < int(largest.rstrip("k")) * 1024 < 4 * MAX_BODY_BYTES
    [of_platforms] = setting("client_max_body_size", "nginx/messenger.conf")
    assert setting("client_body_buffer_size", "nginx/messenger.conf") == {of_platforms}
    # The worker reads no more from anyone (weerbaar/channels/web/channel.py).
    assert int(of_platforms.rstrip("k")) * 1024 >= 4 * MAX_BODY_BYTES
    # All that there can be at once fit in the memory of the proxy.
    [at_once] = re.findall(r"limit_conn weerbaar_platforms (\d+);", (DEPLOY / "nginx" / "messenger.conf").read_text())
    memory = pods()["proxy"]["containers"][0]["resources"]["limits"]["memory"]
    assert int(at_once) * int(of_platforms.rstrip("k")) < (int(memory.removesuffix("Mi")) - 64) * 1024
    assert f"mem_limit: {memory.removesuffix('Mi')}m" in (DEPLOY / "compose.yml").read_text()
    [seconds] = setting("proxy_read_timeout", "nginx/site.conf")
    assert int(seconds.rstrip("s")) > TIMEOUT_SECONDS
    # Of a messaging channel a platform may be slow, and the worker is then not to blame.
    [for_platforms] = setting("proxy_read_timeout", "nginx/messenger.conf")
    assert int(for_platforms.rstrip("s")) > int(seconds.rstrip("s"))
    upstreams = ["nginx/upstream.conf", "nginx/upstream.compose.conf", "nginx/kubernetes.conf"]
    for file in upstreams:
        within_upstream = (DEPLOY / file).read_text().partition("upstream weerbaar")[2]
        [idle] = re.findall(r"keepalive_timeout (\d+)s", within_upstream)
        assert int(idle) < DEFAULT_KEEP_ALIVE_TIMEOUT


# ------------------------------------------------------------ nginx before a stand-in


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A stand-in, and nginx as on one machine before it."""
    with standing_in() as worker, running_nginx(tmp_path_factory.mktemp("nginx"), [worker.port]) as nginx:
        yield worker, nginx


@pytest.fixture
def site(shared):
    """The same with nothing seen yet, and a client."""
    worker, nginx = shared
    worker.does, worker.seen[:] = "answer", []
    with nginx.client() as client:
        yield worker, nginx, client


def raw_get(nginx: Nginx, target: str) -> int:
    """Asks for a target exactly as written; returns the status."""
    request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return int(exchange(nginx, request.encode()).split(None, 2)[1])


def assert_numbers(response: httpx.Response, code: str = "busy") -> None:
    """The answer is the file with the numbers that a program reads."""
    answer = response.json()
    assert answer["error"] == code and [message["text"] for message in answer["messages"]] == [safety_text()]
    assert response.headers["content-type"] == "application/json"


def assert_page(response: httpx.Response) -> None:
    """The answer is the page with the numbers."""
    assert response.text == (DEPLOY / "unavailable.html").read_text(encoding="utf-8")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/healthz"),
        ("GET", "/webhooks/web/widget.js"),
        ("POST", "/webhooks/web/session"),
        ("POST", "/webhooks/web/message"),
        ("DELETE", "/webhooks/web/session"),
        ("OPTIONS", "/webhooks/web/session"),
        *(("POST", address) for address in WEBHOOKS),
        ("GET", "/webhooks/whatsapp/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a%2Bb"),
    ],
)
def test_public_addresses_reach_the_assistant(site, method, path):
    worker, _, client = site
    assert client.request(method, path).status_code == 200
    assert [(seen.method, seen.path) for seen in worker.seen] == [(method, path)]


@pytest.mark.parametrize(
    "path",
    [
        "/metrics", "/readyz", "/webhooks/rest/", "/webhooks/rest/webhook", "/webhooks/rest", "/webhooks/health/",
        "/webhooks/web", "/version", "/status", "/model", "/conversations/x/tracker", "/webhooks/", "/healthz/",
        "/nginx.conf", "/nginx/site.conf", "/endpoints.yml", "/unavailable.json", "/unavailable.html", "/nginx-health",
        # Written in other ways.
        "//metrics", "/./metrics", "/%6detrics", "/metrics?/webhooks/web/", "/metrics%3f/webhooks/web/", "/metrics#/",
        "/webhooks/web/../rest/webhook", "/webhooks/web/..%2frest%2fwebhook", "/webhooks/web/%2e%2e/%2e%2e/metrics",
        "/webhooks/web/..//../metrics", "/metrics;/webhooks/web/",
        # Beside and below the one address of a messaging channel.
        *(f"/webhooks/{name}{rest}" for name in MESSENGERS for rest in ["", "/", "/set_webhook", "/webhook/"]),
        "/webhooks/telegram/webhook/../set_webhook", "/webhooks/slack/webhook%2f..%2f..%2frest%2fwebhook",
        "/webhooks/telegram/webhook;/webhooks/rest/webhook", "/webhooks/Slack/webhook", "/webhooks/signal/webhook",
    ],
)  # fmt: skip
def test_other_addresses_do_not_exist(site, path):
    worker, nginx, _ = site
    assert raw_get(nginx, path) == 404
    assert worker.seen == []


@pytest.mark.parametrize(
    "path", ["/metrics/../webhooks/web/x", "//webhooks//web/x", "/webhooks/rest/%2e%2e/web/x", "/webhooks/%77eb/x"]
)
def test_the_assistant_gets_the_address_that_was_compared(site, path):
    """Else nginx and the assistant could understand one request in two ways."""
    worker, nginx, _ = site
    assert raw_get(nginx, path) == 200
    assert [seen.path for seen in worker.seen] == ["/webhooks/web/x"]


def test_unknown_address_shows_the_numbers(site):
    _, _, client = site
    assert_page(client.get("/nergens"))


def test_what_a_client_writes_about_itself_is_not_passed_on(site):
    worker, nginx, client = site
    lies = {
        "X-Forwarded-For": "203.0.113.7, 198.51.100.9", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7",
        "X-Forwarded-Host": "elders.example", "Cookie": "a=b", "Referer": "https://elders.example/geheim",
    }  # fmt: skip
    mine = {"Authorization": "Bearer abc", "Origin": nginx.url, "Content-Type": "application/json"}
    client.post("/webhooks/web/message", headers={**lies, **mine}, content=b'{"text": "hallo"}')
    [seen] = worker.seen
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"
    assert "203.0.113.7" not in str(seen.headers) and "elders.example" not in str(seen.headers)
    assert {"cookie", "referer", "user-agent", "forwarded", "x-real-ip"}.isdisjoint(seen.headers)
    assert {name: seen.headers[name.lower()] for name in mine} == mine
    # With the port: weerbaar/channels/web/channel.py compares it with the origin.
    assert seen.headers["host"] == nginx.url.removeprefix("https://") and seen.body == b'{"text": "hallo"}'


@pytest.mark.parametrize("path", ["/", "/webhooks/web/message", "/nergens", "/webhooks/web/fails", "/healthz"])
def test_every_answer_has_the_security_headers_once(site, path):
    _, _, client = site
    headers = client.get(path).headers
    assert headers.get_list("strict-transport-security") == ["max-age=31536000; includeSubDomains"]
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert headers["server"] == "nginx"  # no version


# What the platforms prove themselves with. Microsoft's tokens are the longest.
PROOFS = {
    "X-Telegram-Bot-Api-Secret-Token": "a1" * 32,
    "X-Twilio-Signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
    "X-Hub-Signature-256": "sha256=" + "b2" * 32,
    "X-Slack-Signature": "v0=" + "c3" * 32,
    "X-Slack-Request-Timestamp": "1531420618",
    "Authorization": "Bearer " + "eyJ0.-_" * 400,
}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("address", WEBHOOKS)
def test_a_platform_gets_through_unchanged(site, address, kind):
    """Signatures are over the bytes of the body; an address can have a query."""
    worker, _, client = site
    body = b'{"text":  "caf\xc3\xa9 \\u00e9", "x": "\xff\x00+%2B"}\n'
    assert client.post(f"{address}?a=1&a=%2F+b", headers={**PROOFS, "Content-Type": kind}, content=body).is_success
    [seen] = worker.seen
    assert (seen.path, seen.body, seen.headers["content-type"]) == (f"{address}?a=1&a=%2F+b", body, kind)
    assert {name: seen.headers[name.lower()] for name in PROOFS} == PROOFS


@pytest.mark.parametrize("address", WEBHOOKS)
def test_a_platform_may_send_more_at_once(site, address):
    worker, _, client = site
    most = 256 * 1024
    assert client.post(address, content=b"x" * most).status_code == 200
    assert client.post(address, content=b"x" * (most + 1)).status_code == 413
    assert [len(seen.body) for seen in worker.seen] == [most]


def test_plain_http_leads_to_https(site):
    _, nginx, _ = site
    answer = httpx.get(f"{nginx.plain_url}/webhooks/web/x?a=b")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://127.0.0.1/webhooks/web/x?a=b")
    assert "strict-transport-security" not in answer.headers


def test_certificate_can_be_renewed(site):
    _, nginx, _ = site
    folder = nginx.log.parent / "acme" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token").write_text("antwoord")
    assert httpx.get(f"{nginx.plain_url}/.well-known/acme-challenge/token").text == "antwoord"


def test_security_txt_is_served(site):
    worker, _, client = site
    answer = client.get("/.well-known/security.txt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text == (DEPLOY / "well-known" / "security.txt").read_text() and worker.seen == []


@pytest.mark.parametrize("path, status", [("/webhooks/web/fails", 503), ("/webhooks/web/missing", 404)])
def test_an_error_of_the_assistant_passes_unchanged(site, path, status):
    _, _, client = site
    answer = client.post(path)
    expected = {"messages": ["van de assistent zelf"], "failure": True} if status == 503 else {"error": "bad_request"}
    assert (answer.status_code, answer.json()) == (status, expected)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_gets_the_numbers(site, chunked):
    worker, _, client = site
    body = b"x" * 70_000
    answer = client.post("/webhooks/web/message", content=iter([body]) if chunked else body)
    assert answer.status_code == 413 and worker.seen == []
    assert_numbers(answer, "too_long")


def test_the_largest_message_passes(site):
    worker, _, client = site
    assert client.post("/webhooks/web/message", content=b"x" * MAX_BODY_BYTES).status_code == 200
    assert len(worker.seen[0].body) == MAX_BODY_BYTES


@pytest.mark.parametrize("header", ["X-Lang: " + "x" * 9_000, "\r\n".join(f"X-{n}: {'x' * 3_000}" for n in range(5))])
def test_large_headers_are_refused_with_the_numbers(site, header):
    worker, nginx, _ = site
    answer = exchange(nginx, f"GET / HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ") and safety_text()[-20:].encode() in answer and worker.seen == []


def test_files_are_compressed_and_messages_are_not(site):
    """With compression the length of a message could tell what is in it."""
    worker, _, client = site
    for path in ("/", "/webhooks/web/widget.js"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip" and answer.text == LARGE
    answer = client.post("/webhooks/web/message", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers and len(answer.content) > len(LARGE)
    # Compression makes the ETag weak; the assistant must recognise it all the same.
    tag = client.get("/webhooks/web/widget.js", headers={"Accept-Encoding": "gzip"}).headers["etag"]
    assert tag == f"W/{STRONG}"
    assert client.get("/webhooks/web/widget.js", headers={"If-None-Match": tag}).status_code == 304


def test_tls_is_what_the_ncsc_calls_good(site):
    _, nginx, _ = site

    def handshake(change) -> tuple[str, str]:
        context = nginx.trusting()
        change(context)
        with socket.create_connection(("127.0.0.1", nginx.port)) as plain, context.wrap_socket(
            plain, server_hostname="localhost"
        ) as connection:
            assert connection.session is None or not connection.session.has_ticket or connection.version() == "TLSv1.3"
            return connection.version(), connection.cipher()[0]

    def only(version: ssl.TLSVersion, ciphers: str):
        def change(context: ssl.SSLContext) -> None:
            context.minimum_version = context.maximum_version = version
            context.set_ciphers(ciphers)

        return change

    assert handshake(lambda context: None)[0] == "TLSv1.3"
    good = ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256")
    for cipher in good:
        assert handshake(only(ssl.TLSVersion.TLSv1_2, cipher)) == ("TLSv1.2", cipher)
    for version, ciphers in (
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:AES128-GCM-SHA256:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
    ):
        with pytest.raises(ssl.SSLError):
            handshake(only(version, ciphers))


def test_a_slow_sender_is_cut_off(tmp_path):
    changes = {"header_timeout 5s": "header_timeout 1s", "body_timeout 10s": "body_timeout 1s"}
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], changes=changes) as nginx:
        for slow in (b"GET / HTTP/1.1\r\nHost: local", b"POST /webhooks/web/message HTTP/1.1\r\nHost: x\r\n"
                     b"Content-Length: 900\r\n\r\nhal"):  # fmt: skip
            started = time.monotonic()
            exchange(nginx, slow)
            assert 0.5 < time.monotonic() - started < 5
        assert worker.seen == []


def test_without_a_worker_everyone_gets_the_numbers(tmp_path):
    with running_nginx(tmp_path, [free_port()]) as nginx, nginx.client() as client:
        for method, path in (("POST", "session"), ("POST", "message"), ("DELETE", "session"), ("GET", "widget.js")):
            answer = client.request(method, f"/webhooks/web/{path}")
            assert answer.status_code == 503  # the only 5xx whose text the widget shows
            assert_numbers(answer)
            assert answer.headers["access-control-allow-origin"] == "*"
        answer = client.get("/")
        assert answer.status_code == 503
        assert_page(answer)


def test_a_worker_that_hangs_does_not_keep_the_visitor_waiting(tmp_path):
    changes = {"proxy_read_timeout 20s": "proxy_read_timeout 1s"}
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], changes=changes) as nginx:
        worker.does = "hang"
        answer = nginx.client().post("/webhooks/web/message", json={"text": "hallo"})
        assert answer.status_code == 503 and len(worker.seen) == 1
        assert_numbers(answer)


def test_a_message_that_was_sent_is_never_sent_twice(tmp_path):
    """The first worker may have answered it already; only the client may repeat it, with its id."""
    with standing_in() as one, standing_in() as other, running_nginx(tmp_path, [one.port, other.port]) as nginx:
        one.does = other.does = "drop"
        answer = nginx.client().post("/webhooks/web/message", json={"text": "hallo"})
        assert answer.status_code == 503 and len(one.seen) + len(other.seen) == 1
        assert_numbers(answer)


def test_when_a_worker_is_gone_the_next_one_answers(tmp_path):
    """Nothing was sent to the first one, so a message may go to another."""
    with standing_in() as worker, running_nginx(tmp_path, [free_port(), worker.port]) as nginx:
        with nginx.client() as client:
            answers = [client.post("/webhooks/web/message", json={"text": "hallo"}) for _ in range(20)]
        assert [answer.status_code for answer in answers] == [200] * 20 and len(worker.seen) == 20


def test_turns_are_spread_over_the_workers(tmp_path):
    with standing_in() as one, standing_in() as other, running_nginx(tmp_path, [one.port, other.port]) as nginx:
        with nginx.client() as client:
            for _ in range(20):
                client.get("/webhooks/web/x")
        assert len(one.seen) == len(other.seen) == 10


def test_a_flood_is_limited_for_its_own_network_only(tmp_path):
    """Behind an ingress controller the visitor is the last address of its header."""
    # Slower, for the test must be faster than the limit also on a machine that has much to do.
    changes = {"set_real_ip_from 10.0.0.0/8": "set_real_ip_from 127.0.0.1", "=10r/s": "=1r/s", "burst=100": "burst=20"}
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], KUBERNETES, changes) as nginx:
        with nginx.client() as client:

            def statuses(address: str, times: int) -> list[int]:
                headers = {"X-Forwarded-For": f"198.51.100.1, {address}"}
                return [client.get("/webhooks/web/x", headers=headers).status_code for _ in range(times)]

            for attacker, neighbour in (("203.0.113.7", "203.0.113.7"), ("2001:db8:0:1::1", "2001:db8:0:1:9::2")):
                flood = statuses(attacker, 60)
                assert flood[:20] == [200] * 20 and 429 in flood
                assert 429 in statuses(neighbour, 10)
            assert statuses("203.0.113.8", 5) == statuses("2001:db8:0:2::1", 5) == [200] * 5
            refused = next(
                answer for answer in (
                    client.get("/webhooks/web/x", headers={"X-Forwarded-For": "203.0.113.7"}) for _ in range(60)
                ) if answer.status_code == 429
            )
            assert_numbers(refused)
        passed = {"203.0.113.7", "203.0.113.8", "2001:db8:0:1::1", "2001:db8:0:2::1"}
        assert passed <= {seen.headers["x-forwarded-for"] for seen in worker.seen} <= passed | {"2001:db8:0:1:9::2"}


# The limits of visitors, slow enough for a machine that has much to do.
SLOWLY = {"=10r/s": "=1r/s"}


def first_refused(nginx: Nginx, address: str, times: int) -> int | None:
    """Sends messages one after the other; returns how many passed before the first 429, or None."""
    with nginx.client() as client:
        for number in range(times):
            status = client.post(address, content=b"{}").status_code
            if status != 200:
                assert status == 429
                return number
    return None


def test_a_burst_of_users_from_one_platform_is_no_flood(tmp_path):
    """Two hundred at once, all from one address of the platform; visitors keep their own limit."""
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], KUBERNETES, SLOWLY) as nginx:
        for address in WEBHOOKS:
            assert first_refused(nginx, address, 200) is None
        assert 100 <= first_refused(nginx, "/webhooks/web/message", 150) < 120
        # Neither takes from the other.
        assert first_refused(nginx, WEBHOOKS[0], 200) is None


def test_a_flood_at_a_messaging_channel_is_refused(tmp_path):
    """Anybody can post there. What platforms would feel of it, visitors do not."""
    changes = {"=200r/s": "=1r/s", "burst=1000": "burst=20"}
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], KUBERNETES, changes) as nginx:
        assert 20 <= first_refused(nginx, WEBHOOKS[0], 60) < 40
        assert first_refused(nginx, WEBHOOKS[1], 20) < 10  # one limit for all of them
        assert first_refused(nginx, "/webhooks/web/message", 60) is None


def under_way(stack: ExitStack, nginx: Nginx, path: str, times: int, address: str = "") -> list[socket.socket]:
    """Begins as many messages on connections of their own; the last byte of each is still to come."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\nContent-Length: 2\r\n\r\n{{"
    connections = []
    for _ in range(times):
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", nginx.port), timeout=10))
        connection.sendall(head.encode())
        connections.append(connection)
    time.sleep(0.5)
    return connections


def finished(connections: list[socket.socket]) -> list[int]:
    """Sends the last byte of each message; returns the statuses, sorted."""
    for connection in connections:
        with suppress(OSError):  # refused before
            connection.sendall(b"}")
    return sorted(int(connection.recv(4096).split(None, 2)[1]) for connection in connections)


def test_many_users_of_a_platform_are_answered_at_once(tmp_path):
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], KUBERNETES) as nginx, ExitStack() as stack:
        assert finished(under_way(stack, nginx, WEBHOOKS[0], 200)) == [200] * 200
        assert finished(under_way(stack, nginx, "/webhooks/web/message", 70)) == [200] * 60 + [429] * 10


def test_what_platforms_have_under_way_is_limited(tmp_path):
    """For one address, and for all together: large bodies would fill the memory that visitors need too."""
    changes = {
        "set_real_ip_from 10.0.0.0/8": "set_real_ip_from 127.0.0.1",
        "platform_connections 500": "platform_connections 20", "weerbaar_platforms 1000": "weerbaar_platforms 30",
    }  # fmt: skip
    with ExitStack() as stack:
        worker = stack.enter_context(standing_in())
        nginx = stack.enter_context(running_nginx(tmp_path, [worker.port], KUBERNETES, changes))
        one = under_way(stack, nginx, WEBHOOKS[0], 25, "203.0.113.7")
        other = under_way(stack, nginx, WEBHOOKS[1], 15, "203.0.113.8")
        assert finished(under_way(stack, nginx, "/webhooks/web/message", 5, "203.0.113.9")) == [200] * 5
        assert finished(one) == [200] * 20 + [429] * 5
        assert finished(other) == [200] * 10 + [429] * 5


@pytest.mark.parametrize("address", WEBHOOKS)
def test_without_a_worker_a_platform_must_deliver_again(tmp_path, address):
    with running_nginx(tmp_path, [free_port()]) as nginx, nginx.client() as client:
        assert client.post(address, content=b"{}").status_code == 503


def test_a_platform_that_is_slow_is_no_fault_of_the_worker(tmp_path):
    """Two faults, and nginx would pass the worker over for a while, for visitors too."""
    changes = {"proxy_read_timeout 20s": "proxy_read_timeout 1s"}
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], changes=changes) as nginx:
        worker.does = "hang"
        assert nginx.client().post(WEBHOOKS[0], content=b"{}").status_code == 200


def provoke_every_error(nginx: Nginx) -> None:
    """Makes requests that nginx would like to write about."""
    with nginx.client() as client:
        for path in ("/geheim", "/webhooks/web/geheim?geheim=geheim"):
            client.get(path)
        client.post("/webhooks/web/geheim", content=b"geheim" * 20_000)
        client.post("/webhooks/web/geheim", content=b"geheim" * 10_000)
        client.post("/webhooks/telegram/webhook?geheim=geheim", content=b"geheim" * 40_000)
        client.post("/webhooks/telegram/webhook", content=b"geheim" * 50_000)
    exchange(nginx, b"GET /geheim HTTP/9.9\r\n\r\n")
    # A hello of TLS 1.3 whose key is no key: OpenSSL fails in a way that nginx takes for its own fault.
    for junk in (b"GET /geheim HTTP/1.1\r\n\r\n", bad_hello(b"\x00" * 32), bad_hello(b"\x01" * 5)):
        with socket.create_connection(("127.0.0.1", nginx.port), timeout=5) as connection:
            connection.sendall(junk)
            connection.recv(100)


def bad_hello(key: bytes) -> bytes:
    """Returns a ClientHello with these bytes as its key for X25519."""

    def extension(kind: int, body: bytes) -> bytes:
        return struct.pack(">HH", kind, len(body)) + body

    share = b"\x00\x1d" + struct.pack(">H", len(key)) + key
    extensions = (
        extension(43, b"\x02\x03\x04") + extension(10, b"\x00\x02\x00\x1d")
        + extension(13, b"\x00\x04\x04\x03\x08\x04") + extension(51, struct.pack(">H", len(share)) + share)
    )  # fmt: skip
    body = b"\x03\x03" + b"\x11" * 32 + b"\x00\x00\x02\x13\x01\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def test_nothing_of_a_visitor_is_written(tmp_path):
    with running_nginx(tmp_path / "ours", [free_port()]) as nginx:
        provoke_every_error(nginx)
    assert nginx.log.read_text() == ""
    # The provocation works: one level lower the address is there, and no body went through a file.
    with running_nginx(tmp_path / "crit", [free_port()], changes={"stderr emerg": "stderr crit"}) as nginx:
        provoke_every_error(nginx)
    assert "127.0.0.1" in nginx.log.read_text()
    with running_nginx(tmp_path / "warn", [free_port()], changes={"stderr emerg": "stderr warn"}) as nginx:
        provoke_every_error(nginx)
    assert "client: 127.0.0.1" in nginx.log.read_text() and "temporary file" not in nginx.log.read_text()


def test_a_body_in_many_pieces_reaches_no_disk(tmp_path):
    """The proxy makes a file of it, however short it is; that file is in memory."""
    [place] = setting("client_body_temp_path", "nginx.conf")
    assert place.startswith("/dev/shm/")
    warned = {"stderr emerg": "stderr warn"}
    with running_nginx(tmp_path, [free_port()], changes=warned) as nginx, nginx.client() as client:
        client.post("/webhooks/telegram/webhook", headers=PROOFS, content=(b"x" for _ in range(60_000)))
    files = re.findall(r"to a temporary file (\S+),", nginx.log.read_text())
    assert files and all(Path(file).parent == tmp_path / "tmp" / Path(place).name for file in files)
    assert setting("client_body_temp_path", "nginx/kubernetes.conf") == {"/tmp/body"}
    assert [volume["emptyDir"].get("medium") for volume in pods()["proxy"]["volumes"]] == ["Memory"]


# ------------------------------------------------------------ compose.yml


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """What stands in compose.yml, with the values of its variables. No library on PyPI reads it as Docker does."""
    values = {"REDIS_PASSWORD": PASSWORD, "WORKERS": "3"}

    def value(found: re.Match) -> str:
        return values.get(found[1], found[3] if found[2] == "-" else "")

    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"\$\{(\w+)(?::([-?])([^}]*))?\}", value, text))


def test_without_a_password_nothing_starts():
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    uses = re.findall(r"\$\{REDIS_PASSWORD([^}]*)\}", text)
    assert len(uses) == 2 and all(use.startswith(":?") for use in uses)


def test_only_the_proxy_is_published(services):
    assert {name for name, service in services["services"].items() if service.get("ports")} == {"proxy"}
    networks = {name: set(service["networks"]) for name, service in services["services"].items()}
    inner = {name for name, network in services["networks"].items() if network.get("internal")}
    assert networks.pop("proxy") == {"public", "inner"} and inner == {"inner", "store"}
    assert all(used <= inner for used in networks.values())
    assert networks == {"weerbaar": {"inner", "store"}, "actions": {"store"}, "redis": {"store"}}


@pytest.mark.parametrize("name", ["proxy", "weerbaar", "actions", "redis"])
def test_every_service_is_locked_up(services, name):
    service = services["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["restart"] == "unless-stopped"
    assert service["security_opt"] == ["no-new-privileges:true"] and not service.get("privileged")
    assert service["mem_limit"] == service["memswap_limit"]  # no swap
    assert service["ulimits"]["core"] == 0 and service["pids_limit"] and service["healthcheck"]
    for volume in service.get("volumes", []):  # files of ours, to read; no volume on disk
        assert volume.startswith("./") and volume.endswith(":ro")


def test_files_that_compose_mounts_exist(services):
    volumes = [volume for service in services["services"].values() for volume in service.get("volumes", [])]
    mounted = [DEPLOY / volume.partition(":")[0] for volume in volumes]
    assert all(path.exists() for path in mounted if path.name != "tls") and len(mounted) == 4


def test_compose_runs_the_workers_asked_for(services):
    worker = services["services"]["weerbaar"]
    assert worker["deploy"]["replicas"] == "3"
    assert worker["environment"]["REDIS_URL"] == f"redis://:{PASSWORD}@redis:6379/0"
    assert variables_of(DEPLOY / "endpoints.yml") <= set(worker["environment"])


def test_compose_can_be_opened_for_messaging_channels_as_the_manual_says(services):
    """By a file beside it, in which the workers get a network that leads out, and keep the others."""
    manual = (ROOT / "docs" / "berichtendiensten.md").read_text(encoding="utf-8")
    [beside] = [block for block in re.findall(r"```yaml\n(.*?)```", manual, re.S) if "services:" in block]
    beside = yaml.safe_load(beside)
    [(name, network)] = beside["networks"].items()
    assert name not in services["networks"] and not (network or {}).get("internal")
    assert set(beside["services"]) == {"weerbaar"} and beside["services"]["weerbaar"]["networks"] == [name]
    comments = re.findall(r"^ +# (\w+: .*)$", (DEPLOY / "compose.yml").read_text(), re.M)
    lines = [f"env_file: [{beside['services']['weerbaar']['env_file'][0]}]", f"networks: [{name}]", f"{name}: {{}}"]
    assert [comment for comment in comments if comment in lines] == lines


def variables_of(file: Path) -> set[str]:
    """Returns the names of environment variables in a file of Rasa."""
    text = "\n".join(line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))
    return set(re.findall(r"\$\{(\w+)\}", text))


# ------------------------------------------------------------ what the workers read


def test_channels_of_a_deployment():
    channels = yaml.safe_load((DEPLOY / "credentials.yml").read_text())
    ours = {"weerbaar.channels.web.WebInput", "weerbaar.channels.health.HealthInput"}
    assert set(channels) - set(messaging_channels()) == ours  # no REST: it has no login
    settings = WebInput.from_credentials(channels["weerbaar.channels.web.WebInput"]).settings
    assert settings == WebSettings(proxies=1)


def messaging_channels() -> dict[str, type]:
    """Returns the classes of the messaging channels in credentials.yml, by the name that they have there."""
    from rasa.shared.utils.common import class_from_module_path

    named = yaml.safe_load((DEPLOY / "credentials.yml").read_text())
    kinds = {name: class_from_module_path(name) for name in named}
    return {name: kind for name, kind in kinds.items() if issubclass(kind, MessengerInput)}


def test_messaging_channels_of_a_deployment_are_off_until_their_variables_are_set(monkeypatch):
    for variable in [one for one in os.environ if one.startswith(tuple(f"{name.upper()}_" for name in MESSENGERS))]:
        monkeypatch.delenv(variable)
    channels = yaml.safe_load((DEPLOY / "credentials.yml").read_text())
    assert {kind.name() for kind in messaging_channels().values()} == set(MESSENGERS)
    for name, kind in messaging_channels().items():
        channel = kind.from_credentials(channels[name])
        assert channels[name] is None and channel.settings is None  # secrets do not belong in a file
        assert not channel.blueprint(None)._future_routes
    # The same ones as on a machine of your own.
    alone = yaml.safe_load((ROOT / "credentials.yml").read_text())
    assert {name: alone[name] for name in messaging_channels()} == dict.fromkeys(messaging_channels())


def test_each_messaging_channel_has_one_address_in_nginx():
    text = (DEPLOY / "nginx" / "site.conf").read_text()
    found = re.findall(r"location = (/webhooks/\w+/webhook) \{\n    include [^;]*/messenger\.conf;\n"
                       r"    proxy_pass http://weerbaar(\S+);\n\}", text)  # fmt: skip
    assert found == [(address, address) for address in WEBHOOKS]


def test_stores_of_a_deployment(monkeypatch):
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.utils.common import class_from_module_path

    monkeypatch.setenv("REDIS_URL", f"redis://:{PASSWORD}@redis:6379/0")
    monkeypatch.setenv("ACTION_URL", "http://actions:5055/webhook")
    endpoints = AvailableEndpoints.read_endpoints(str(DEPLOY / "endpoints.yml"))
    alone = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    assert endpoints.action.url == os.environ["ACTION_URL"]
    assert endpoints.action.kwargs == alone.action.kwargs
    assert endpoints.tracker_store.kwargs == alone.tracker_store.kwargs == {"minutes": 30}
    for store in (endpoints.tracker_store, endpoints.lock_store):
        assert store.url == os.environ["REDIS_URL"]
        assert class_from_module_path(store.type)


# ------------------------------------------------------------ Kubernetes

MANIFESTS = [
    (file.name, document)
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")) if file.name != "kustomization.yaml"
    for document in yaml.safe_load_all(file.read_text())
]  # fmt: skip


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Returns the manifests of a kind by name."""
    return {document["metadata"]["name"]: document for _, document in MANIFESTS if document["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """Returns the specification of the pods of each Deployment."""
    return {name: document["spec"]["template"]["spec"] for name, document in of_kind("Deployment").items()}


def containers() -> list[tuple[str, dict[str, Any]]]:
    """Returns (Deployment, container), sidecars too."""
    return [
        (name, container)
        for name, pod in pods().items() for container in pod["containers"] + pod.get("initContainers", [])
    ]  # fmt: skip


@pytest.mark.parametrize(
    "manifest",
    [document for _, document in MANIFESTS],
    ids=[f"{document['kind']}-{document['metadata']['name']}" for _, document in MANIFESTS],
)
def test_manifest_fits_the_schema_of_kubernetes(manifest):
    kubernetes_validate.validate(manifest, KUBERNETES_VERSION, strict=True)


def test_the_schema_finds_faults():
    wrong = json.loads(json.dumps(of_kind("Deployment")["weerbaar"]).replace("readOnlyRootFilesystem", "readonlyRoot"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES_VERSION, strict=True)


def test_kustomization_names_every_file():
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == sorted({name for name, _ in MANIFESTS})
    built = {image["name"] for image in kustomization["images"]}
    assert {container["image"] for _, container in containers()} - {"redis:7.2"} == built
    assert kustomization["namespace"] in of_kind("Namespace")


@pytest.mark.parametrize("name, container", containers(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_container_is_locked_up(name, container):
    pod = pods()[name]
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip
    assert set(container["resources"]) == {"requests", "limits"} and container["resources"]["limits"]["memory"]
    assert container["livenessProbe"]
    # Of one pod two containers share no folder, and nothing is kept.
    assert all(set(volume) - {"name"} in ({"emptyDir"}, {"configMap"}) for volume in pod["volumes"])


def test_the_namespace_refuses_pods_that_are_not():
    labels = of_kind("Namespace")["weerbaar"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_services_budgets_and_rules_point_at_something():
    templates = {name: document["spec"]["template"] for name, document in of_kind("Deployment").items()}
    labels = {name: template["metadata"]["labels"] for name, template in templates.items()}
    ports = {
        port["name"]: port["containerPort"]
        for pod in pods().values() for container in pod["containers"] for port in container.get("ports", [])
    }  # fmt: skip
    for name, document in of_kind("Deployment").items():
        assert document["spec"]["selector"]["matchLabels"].items() <= labels[name].items()
        for spread in templates[name]["spec"].get("topologySpreadConstraints", []):
            assert spread["labelSelector"]["matchLabels"].items() <= labels[name].items()
    for name, document in of_kind("Service").items():
        assert document["spec"]["selector"].items() <= labels[name].items()
        assert all(port["targetPort"] in ports for port in document["spec"]["ports"])
    for name, document in of_kind("PodDisruptionBudget").items():
        assert document["spec"]["selector"]["matchLabels"].items() <= labels[name].items()
    assert of_kind("HorizontalPodAutoscaler")["weerbaar"]["spec"]["scaleTargetRef"]["name"] in templates
    # The autoscaler decides how many workers there are; a number in the file would undo that at each change.
    assert "replicas" not in of_kind("Deployment")["weerbaar"]["spec"]
    [rule] = of_kind("Ingress")["weerbaar"]["spec"]["rules"]
    [path] = rule["http"]["paths"]
    [tls] = of_kind("Ingress")["weerbaar"]["spec"]["tls"]
    assert path["backend"]["service"]["name"] == "proxy" and tls["hosts"] == [rule["host"]]
    for server in re.findall(r"server (\w+):(\d+)", (DEPLOY / KUBERNETES).read_text()):
        assert server == ("weerbaar", "5005") and ports["http"]


def test_who_may_talk_to_whom():
    """Reads the rules as the cluster does: what no rule allows is refused."""
    policies = of_kind("NetworkPolicy")
    everything = policies.pop("default-deny")["spec"]
    assert everything == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    def parties(policy: dict[str, Any], direction: str, side: str) -> set[tuple[str, int]]:
        return {
            (
                peer.get("podSelector", peer.get("namespaceSelector", {}))["matchLabels"].get("app.kubernetes.io/name")
                or peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
                port["port"],
            )
            for rule in policy["spec"].get(direction, []) for peer in rule[side] for port in rule["ports"]
        }  # fmt: skip

    for name, policy in policies.items():
        assert policy["spec"]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": name}
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    comes = {name: parties(policy, "ingress", "from") for name, policy in policies.items()}
    goes = {name: parties(policy, "egress", "to") for name, policy in policies.items()}
    assert comes == {
        "proxy": {("ingress", 8080)}, "weerbaar": {("proxy", 5005), ("prometheus", 5005)}, "redis": {("weerbaar", 6379)}
    }  # fmt: skip
    assert goes == {
        "proxy": {("weerbaar", 5005), ("kube-system", 53)}, "weerbaar": {("redis", 6379), ("kube-system", 53)},
        "redis": set(),
    }  # fmt: skip


def test_the_way_out_for_messaging_channels_is_a_line_away():
    """Only the workers get it; the rule for them stays as it is for the rest."""
    text, line = (DEPLOY / "kubernetes" / "networkpolicy.yaml").read_text(), "- ports: [{port: 443}]\n"
    assert text.count(f"# {line}") == 1
    before, after = list(yaml.safe_load_all(text)), list(yaml.safe_load_all(text.replace(f"# {line}", line)))
    changed = [(one, other) for one, other in zip(before, after) if one != other]
    [(closed, opened)] = changed
    assert opened["metadata"]["name"] == "weerbaar"
    kubernetes_validate.validate(opened, KUBERNETES_VERSION, strict=True)
    way_out = {"ports": [{"port": 443}]}
    assert [rule for rule in opened["spec"]["egress"] if rule != way_out] == closed["spec"]["egress"]
    assert way_out in opened["spec"]["egress"]


def test_only_workers_get_the_secrets_of_messaging_channels():
    given = {container["name"]: container.get("envFrom", []) for _, container in containers()}
    assert given.pop("assistant") == [{"secretRef": {"name": "weerbaar-kanalen", "optional": True}}]
    assert not any(given.values())


def test_probes_ask_the_right_addresses():
    [worker] = [container for name, container in containers() if container["name"] == "assistant"]
    [actions] = [container for name, container in containers() if container["name"] == "actions"]
    assert worker["startupProbe"]["httpGet"]["path"] == worker["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert worker["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert variables_of(DEPLOY / "endpoints.yml") <= {variable["name"] for variable in worker["env"]}
    # Without the action server a worker is still of use; and nobody else may reach it.
    assert "readinessProbe" not in actions and actions["restartPolicy"] == "Always" and "ports" not in actions
    assert {"name": "SANIC_HOST", "value": "127.0.0.1"} in actions["env"]
    # 5 seconds before SIGTERM, 10 to drain.
    assert pods()["weerbaar"]["terminationGracePeriodSeconds"] > 15


# ------------------------------------------------------------ Redis


def redis_start(services: dict[str, Any]) -> str:
    """Returns the shell script that starts Redis in compose."""
    return services["services"]["redis"]["entrypoint"][2].replace("$$", "$")


@contextmanager
def running_redis(folder: Path, script: str, changes: tuple[str, str] = ("", "")) -> Iterator[int]:
    """Runs Redis as its container does, in a folder of its own and on loopback; yields the port."""
    port = free_port()
    configuration = folder / "redis.conf"
    text = (DEPLOY / "redis.conf").read_text().replace(*changes)
    configuration.write_text(f"{text}\nbind 127.0.0.1\nport {port}\n")
    script = script.replace("/etc/weerbaar/redis.conf", str(configuration))
    path = f"{Path(installed('redis-server')).parent}:{os.environ['PATH']}"
    process = subprocess.Popen(
        ["sh", "-c", script], cwd=folder, env={"PATH": path, "REDISCLI_AUTH": PASSWORD}, start_new_session=True
    )
    try:
        with redis.Redis(port=port, password=PASSWORD) as client:
            for _ in range(200):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    assert process.poll() is None, "Redis ended"
                    time.sleep(0.05)
        yield port
        # As a container stops: the shell has become Redis, so the signal reaches it.
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        stop(process)


def test_redis_starts_in_the_same_way_everywhere(services):
    manifest = of_kind("Deployment")["redis"]["spec"]["template"]["spec"]["containers"][0]
    assert manifest["command"][:2] == services["services"]["redis"]["entrypoint"][:2]
    assert manifest["command"][2].strip() == redis_start(services).strip()
    assert of_kind("ConfigMap")["redis"]["data"]["redis.conf"] == (DEPLOY / "redis.conf").read_text()


def test_redis_keeps_everything_in_memory(services, tmp_path):
    with running_redis(tmp_path, redis_start(services)) as port:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        client = redis.Redis(port=port, password=PASSWORD)
        client.set("gesprek:a", "geheim", px=60_000)
        for command in ("SAVE", "BGSAVE", "BGREWRITEAOF", "CONFIG GET *", "REPLICAOF localhost 1"):
            with pytest.raises(redis.ResponseError, match="unknown command"):
                client.execute_command(*command.split())
        assert client.slowlog_get() == []
        # Our lock store needs scripts.
        with client.lock("slot:a", timeout=15):
            assert client.exists("slot:a")
        assert PASSWORD not in run("ps", "-eo", "args").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["redis.conf"]


def test_a_full_redis_forgets_who_was_silent_longest_and_keeps_the_locks(services, tmp_path):
    with running_redis(tmp_path, redis_start(services), ("maxmemory 512mb", "maxmemory 4mb")) as port:
        client = redis.Redis(port=port, password=PASSWORD)
        for number in range(200):
            client.set(f"gesprek:oud-{number}", "x" * 10_000, px=1_800_000)
        time.sleep(2.5)  # Redis counts idleness in seconds
        for number in range(100):
            client.set(f"slot:{number}", "x", px=15_000)
        for number in range(150):
            client.set(f"gesprek:nieuw-{number}", "x" * 10_000, px=1_800_000)
        left = [sum(1 for _ in client.scan_iter(f"{kind}*")) for kind in ("gesprek:oud-", "slot:", "gesprek:nieuw-")]
    assert left[0] < 180 and left[1:] == [100, 150], left


# ------------------------------------------------------------ systemd


@pytest.fixture(scope="module")
def system(tmp_path_factory) -> Path:
    """The root of a system with our units, Debian's own, and something for each command."""
    root = tmp_path_factory.mktemp("system")
    units = root / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    for file in (DEPLOY / "systemd").iterdir():
        shutil.copy(file, units)
    source = next(path for path in (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system")) if path.is_dir())
    shutil.copytree(source, root / "usr" / "lib" / "systemd" / "system", symlinks=True)
    for command in ("opt/weerbaar/.venv/bin/python", "bin/sh"):
        (root / command).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", root / command)
    return root


UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())


def verify(system: Path, unit: str) -> subprocess.CompletedProcess:
    """Lets systemd read a unit."""
    return run(
        installed("systemd-analyze"), "verify", "--man=no", "--generators=no", f"--root={system}",
        system / "etc" / "systemd" / "system" / unit,
    )  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(system, unit):
    checked = verify(system, unit)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr


def test_systemd_finds_faults(system):
    text = (DEPLOY / "systemd" / "weerbaar-actions.service").read_text()
    (system / "etc/systemd/system/wrong.service").write_text(text.replace("RestartSec=2", "RestartSeconds=2"))
    assert "RestartSeconds" in verify(system, "wrong.service").stderr


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.endswith(".service")])
def test_units_are_locked_up(system, unit):
    """By systemd's own measure: 10 is open to all; what needs the network cannot come far below 1."""
    limit = 15 if unit.startswith(("weerbaar@", "weerbaar-actions")) else 30
    checked = run(
        installed("systemd-analyze"), "security", "--offline=true", f"--threshold={limit}", f"--root={system}", unit
    )
    assert checked.returncode == 0, checked.stdout.splitlines()[-1:]


def test_units_stop_in_time_and_keep_nothing():
    for unit in ("weerbaar@.service", "weerbaar-actions.service"):
        lines = (DEPLOY / "systemd" / unit).read_text().splitlines()
        for line in ("TimeoutStopSec=15", "Restart=always", "LimitCORE=0", "MemorySwapMax=0", "IPAddressDeny=any",
                     "IPAddressAllow=localhost"):  # fmt: skip
            assert line in lines


@pytest.mark.parametrize("status, expected", [(200, 0), (503, 1), (None, 1)])
def test_health_check(status, expected):
    """The script of the image, of Kubernetes and of the watch unit."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ExitStack() as stack:
        port = free_port()
        if status:
            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = server.server_address[1]
        command = ["-I", DEPLOY / "healthcheck.py", "--tries", 2, "--seconds", 0.3, f"http://127.0.0.1:{port}/healthz"]
        environment = {"http_proxy": "http://127.0.0.1:9", "PATH": os.environ["PATH"]}
        assert run(sys.executable, *command, env=environment).returncode == expected


# ------------------------------------------------------------ Prometheus and Grafana


def names_given() -> set[str]:
    """Returns the names of the time series that /metrics gives."""
    kinds = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
    ours = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return {
        family.name + suffix for metric in ours for family in metric.describe() for suffix in kinds[family.type]
    }


def selectors(expression: Any) -> Iterator[Any]:
    """Yields the time series that a parsed expression asks for."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector", "args", "param"):
        part = getattr(expression, name, None)
        for one in part if isinstance(part, (list, tuple)) else [part]:
            if one is not None and not isinstance(one, (str, float, int)):
                yield from selectors(one)


def assert_known(expression: str) -> None:
    """The expression is PromQL, and asks only for what /metrics gives, with labels that it has."""
    found = list(selectors(promql_parser.parse(expression.replace("$__rate_interval", "5m"))))
    assert found and {selector.name for selector in found} <= names_given(), expression
    for level in re.findall(r'level=~?"([^"]+)"', expression):
        assert set(level.split("|")) <= {"geen", "zorg", "ernstig", "acuut", "suicidaal"}


def alerts() -> list[dict[str, Any]]:
    """Returns the rules of alerts.yml."""
    [group] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return group["rules"]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_alert_asks_for_what_is_counted(rule):
    assert_known(rule["expr"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_alerts_do_what_they_say(tmp_path):
    promtool = installed("promtool")
    checked = run(promtool, "check", "rules", DEPLOY / "prometheus" / "alerts.yml")
    assert checked.returncode == 0, checked.stderr
    tested = run(promtool, "test", "rules", DEPLOY / "prometheus" / "alerts_test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    # And each rule has a case in which it fires.
    cases = yaml.safe_load((DEPLOY / "prometheus" / "alerts_test.yml").read_text())["tests"]
    fired = {check["alertname"] for case in cases for check in case["alert_rule_test"] if check["exp_alerts"]}
    assert fired == {rule["alert"] for rule in alerts()}


def test_dashboard_shows_what_is_counted():
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    shown = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])
        }  # fmt: skip
        assert not cells & taken and max(x for x, _ in cells) < 24
        taken |= cells
        for target in panel["targets"]:
            assert_known(target["expr"])
            shown |= set(re.findall(r"weerbaar_\w+", target["expr"]))
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert shown == {name for name in names_given() if not name.endswith(("_sum", "_count"))}


# ------------------------------------------------------------ the image


def stage(name: str) -> list[Any]:
    """Returns the commands of a stage of the Dockerfile."""
    commands, inside = [], False
    for command in dockerfile.parse_file(str(DEPLOY / "Dockerfile")):
        if command.cmd.upper() == "FROM":
            inside = command.value[-1] == name
        if inside:
            commands.append(command)
    return commands


def value_of(name: str, instruction: str) -> Any:
    """Returns the value of the last such instruction of a stage."""
    return [command for command in stage(name) if command.cmd.upper() == instruction][-1]


def copies(name: str) -> list[tuple[list[str], str]]:
    """Returns (sources in the repository, target) of a stage."""
    return [
        (list(command.value[:-1]), command.value[-1])
        for command in stage(name) if command.cmd.upper() == "COPY" and not command.flags
    ]  # fmt: skip


def ignore_rules() -> list[tuple[bool, str]]:
    """Returns (whether it lets in, pattern) of the file that Docker reads beside deploy/Dockerfile."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    return [(line.startswith("!"), line.lstrip("!")) for line in lines if line and not line.startswith("#")]


def is_sent(path: str) -> bool:
    """Says whether Docker sends a file to the build: the last rule that fits it or a folder above it."""
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    sent = True
    for lets_in, pattern in ignore_rules():
        patterns = [pattern, pattern.removeprefix("**/")] if pattern.startswith("**/") else [pattern]
        # As in Docker a star does not reach over a slash, but for two of them.
        fits = any(
            fnmatch.fnmatch(one, wanted) and (pattern.startswith("**/") or one.count("/") == wanted.count("/"))
            for one in above for wanted in patterns
        )  # fmt: skip
        sent = lets_in if fits else sent
    return sent


def sent_files(source: str) -> list[Path]:
    """Returns the files of a source that the build gets, relative to the root of the repository."""
    place = ROOT / source
    found = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return [path.relative_to(ROOT) for path in found if is_sent(path.relative_to(ROOT).as_posix())]


@pytest.mark.parametrize("name", ["build", "proxy", "assistant"])
def test_sources_of_the_image_reach_the_build(name):
    for sources, _ in copies(name):
        for source in sources:
            assert sent_files(source), f"{source} is not there, or deploy/Dockerfile.dockerignore keeps it out"


@pytest.mark.parametrize(
    "path",
    [
        "tests/deploy/test_deploy.py", "tools/evaluation/report.py", "models/x.tar.gz", ".git/config", "deploy/.env",
        "deploy/tls/privkey.pem", ".venv/bin/python", "widget/node_modules/axe-core/axe.min.js", "docs/metingen.md",
        "weerbaar/nlu/__pycache__/severity.cpython-310.pyc", "tools/benchmarks/clients.py",
        "deploy/kubernetes/redis.yaml",
    ],
)  # fmt: skip
def test_what_is_no_part_of_the_assistant_stays_out(path):
    assert not is_sent(path)


@pytest.mark.parametrize("name", ["build", "assistant"])
def test_the_image_has_all_that_its_code_imports(name):
    files = [path for sources, _ in copies(name) for source in sources for path in sent_files(source)]
    packages = {path.parent.name for path in ROOT.glob("*/*.py")}
    present = {path.parts[0] for path in files}
    for file in (path for path in files if path.suffix == ".py"):
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            imported = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            )  # fmt: skip
            missing = {module.split(".")[0] for module in imported} & packages - present
            # The modules of one stage that only the other one runs.
            assert not missing or not is_used(name, file), f"{file} imports {missing}, which is not in stage {name}"


def is_used(name: str, file: Path) -> bool:
    """Says whether a stage runs a file: training takes of the package what understands, and the checksum."""
    trains = ("nlu", "policies", "contacts.py", "subjects.py", "editor_files.py", "__init__.py")
    return name != "build" or file.parts[1] in trains or file.name == "model_file.py"


def test_training_finds_its_sources_in_the_image():
    """tools/scripts/train.py trains anew when one of them changes, so each must be there when the image is built."""
    sys.path.insert(0, str(ROOT / "tools" / "scripts"))
    from train import SOURCES

    files = {str(path) for sources, _ in copies("build") for source in sources for path in sent_files(source)}
    wanted = {str(path.relative_to(ROOT)) for pattern in SOURCES for path in ROOT.glob(pattern)}
    assert {path for path in wanted if not path.startswith("spacy_models/")} <= files  # those are made in the image


@pytest.mark.parametrize("name", ["proxy", "assistant"])
def test_images_run_without_root(name):
    user, command = value_of(name, "USER").value[0], value_of(name, "CMD")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # a number: Kubernetes cannot judge a name
    assert command.json  # without a shell, which would not pass signals on
    manifest = pods()[{"proxy": "proxy", "assistant": "weerbaar"}[name]]["securityContext"]
    assert user == f"{manifest['runAsUser']}:{manifest['runAsGroup']}"


def test_packages_that_are_taken_out_are_pinned_ones():
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / "runtime.txt").read_text(), re.M))
    assert removed_packages() <= pinned
    hashed = (DEPLOY / "uv.txt").read_text()
    assert re.search(r"^uv==[\d.]+ \\$", hashed, re.M) and "--hash=sha256:" in hashed


def removed_packages() -> set[str]:
    """Returns the packages that the Dockerfile takes out after training."""
    [command] = [one.value[0] for one in stage("build") if one.cmd.upper() == "RUN" and "uninstall" in one.value[0]]
    return set(re.split(r"[\s\\]+", command.partition(".venv/bin/python")[2].strip()))


# ------------------------------------------------------------ all of it together

# What each package that is taken out is called in an import.
MODULES = [
    "tensorflow", "tensorflow_estimator", "tensorflow_hub", "tensorflow_io_gcs_filesystem", "tensorflow_text", "keras",
    "tensorboard", "tensorboard_data_server", "jax", "jaxlib", "ml_dtypes", "clang", "grpc",
]  # fmt: skip
TAKEN_OUT = """
import sys
class TakenOut:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {modules}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, TakenOut)
"""


@dataclass(frozen=True)
class Deployment:
    """Redis, the action server, one worker from the files of the image, and nginx before it."""

    root: Path
    worker: str
    process: subprocess.Popen
    nginx: Nginx
    redis: redis.Redis
    before: set[Path]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory, services) -> Iterator[Deployment]:
    """Starts all of it with the commands of the Dockerfile and of compose.yml."""
    folder = tmp_path_factory.mktemp("deployment")
    root, temporary, hook = folder / "weerbaar", folder / "tmp", folder / "hook"
    for path in (root, temporary, hook, folder / "redis", folder / "nginx"):
        path.mkdir()
    for sources, _ in copies("assistant"):
        for file in (file for source in sources for file in sent_files(source)):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, root / file)
    if not list(ROOT.glob("models/*.tar.gz.sha256")):
        pytest.fail("There is no trained model with its checksum in models/: run `make train` first.", pytrace=False)
    credentials = root / "deploy" / "credentials.yml"
    credentials.write_text(credentials.read_text().replace("origins: []", f'origins: ["{EMBEDDING}"]'))
    for made in ("models", "spacy_models"):
        (root / made).symlink_to(ROOT / made)
    (hook / "sitecustomize.py").write_text(TAKEN_OUT.format(modules=MODULES))
    before = set(root.rglob("*"))
    settings = value_of("assistant", "ENV").value
    environment = {
        **dict(zip(settings[::2], settings[1::2])), "PATH": os.environ["PATH"], "PYTHONPATH": f"{root}:{hook}",
        "HOME": str(temporary), "TMPDIR": str(temporary), "MPLCONFIGDIR": str(temporary / "matplotlib"),
    }  # fmt: skip
    port, action_port = free_port(), free_port()

    def start(command: list[str], name: str, **more: str) -> subprocess.Popen:
        with (folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, *command[1:]], cwd=root, env={**environment, **more}, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    with ExitStack() as stack:
        redis_port = stack.enter_context(running_redis(folder / "redis", redis_start(services)))
        command = [part.replace("5055", str(action_port)) for part in services["services"]["actions"]["command"]]
        actions = start(command, "actions", SANIC_HOST="127.0.0.1")
        stack.callback(stop, actions)
        command = [
            {"5005": str(port), "0.0.0.0": "127.0.0.1"}.get(part, part) for part in value_of("assistant", "CMD").value
        ]
        worker = start(
            command, "worker", ACTION_URL=f"http://127.0.0.1:{action_port}/webhook",
            REDIS_URL=f"redis://:{PASSWORD}@127.0.0.1:{redis_port}/0", **TWILIO,
        )  # fmt: skip
        stack.callback(stop, worker)
        wait_until_ready(f"http://127.0.0.1:{action_port}/health", actions, folder / "actions.log")
        wait_until_ready(f"http://127.0.0.1:{port}/readyz", worker, folder / "worker.log")
        nginx = stack.enter_context(running_nginx(folder / "nginx", [port]))
        client = redis.Redis(port=redis_port, password=PASSWORD, decode_responses=True)
        yield Deployment(root, f"http://127.0.0.1:{port}", worker, nginx, client, before)


def test_a_conversation_through_the_whole_deployment(deployment):
    with deployment.nginx.client(headers={"Origin": deployment.nginx.url}) as client:
        page = client.get("/")
        assert page.status_code == 200 and "weerbaar-chat" in page.text and "content-security-policy" in page.headers
        begun = client.post("/webhooks/web/session")
        assert begun.status_code == 201, begun.text
        bearer = {"Authorization": f"Bearer {begun.json()['session']}"}
        answer = client.post("/webhooks/web/message", json={"text": SERIOUS}, headers=bearer).json()
        assert answer["failure"] is False
        assert load_register().numbers["ondersteuningsteam"] in answer["messages"][0]["text"]
        [conversation] = list(deployment.redis.scan_iter("gesprek:web-*"))
        assert 0 < deployment.redis.pttl(conversation) <= 30 * 60_000
        assert client.delete("/webhooks/web/session", headers=bearer).status_code == 204
        assert list(deployment.redis.scan_iter("*web-*")) == []


@pytest.mark.parametrize("address", ["session", "session/end", "message"])
def test_a_browser_on_another_site_gets_leave_through_nginx(deployment, address):
    """The preflight reaches the assistant: a site on the list may send, another one may not."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    with deployment.nginx.client(headers=asked) as client:
        path = f"/webhooks/web/{address}"
        allowed = client.options(path, headers={"Origin": EMBEDDING})
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, EMBEDDING)
        assert "POST" in allowed.headers["access-control-allow-methods"]
        refused = client.options(path, headers={"Origin": "https://www.example.nl"})
        assert refused.status_code == 403
        for answer in (allowed, refused):
            assert "access-control-allow-credentials" not in answer.headers
        assert not [name for name in refused.headers if name.startswith("access-control-")]


def test_another_site_embeds_the_chat_through_nginx(deployment):
    """A real browser, TLS, nginx and a worker: question, handoff, wiping."""
    site = Site(EMBEDDING)
    try:
        page_address = site.page("gemeente", head=snippets(deployment.nginx.url)[0])
        with running_browser() as browser:
            page = browser.new_context(ignore_https_errors=True).new_page()
            page.goto(page_address)
            page.get_by_role("button", name="Hulp bij dreiging").click()
            page.get_by_label("Typ uw bericht").fill(SERIOUS)
            page.get_by_role("button", name="Stuur").click()
            expect(page.locator("li.bot .card").first).to_be_visible(timeout=20_000)
            page.get_by_role("button", name="Wis gesprek").click()
            expect(page.get_by_text("Het gesprek is gewist.").first).to_be_visible(timeout=10_000)
    finally:
        site.close()


def test_the_action_server_of_the_image_works(deployment):
    """What is not understood gets suggestions, and those come from the action server."""
    with deployment.nginx.client() as client:
        bearer = {"Authorization": f"Bearer {client.post('/webhooks/web/session').json()['session']}"}
        messages = client.post("/webhooks/web/message", json={"text": "vraag"}, headers=bearer).json()["messages"]
    assert any(message["buttons"] for message in messages)


def test_a_messaging_channel_through_the_whole_deployment(deployment):
    """Twilio, for it is answered in the response; the others are off, and so have no address."""
    token, url = TWILIO.values()
    message = {"MessageSid": "SM1", "From": "whatsapp:+31612345678", "To": "whatsapp:+31201234567", "Body": SERIOUS}
    with deployment.nginx.client() as client:
        signature = RequestValidator(token).compute_signature(url, message)
        answer = client.post(WEBHOOKS[1], data=message, headers={"X-Twilio-Signature": signature})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        first, *_ = ElementTree.fromstring(answer.text).iter("Message")
        assert load_register().numbers["ondersteuningsteam"] in "".join(first.itertext())
        assert client.post(WEBHOOKS[1], data=message).status_code == 401
        forged = {**message, "Body": "iets anders"}
        assert client.post(WEBHOOKS[1], data=forged, headers={"X-Twilio-Signature": signature}).status_code == 403
        for address in set(WEBHOOKS) - {WEBHOOKS[1]}:
            assert client.post(address, json={}).status_code == 404
    [conversation] = list(deployment.redis.scan_iter("gesprek:bericht-twilio-*"))
    assert 0 < deployment.redis.pttl(conversation) <= 30 * 60_000
    assert not list(deployment.redis.scan_iter("*31612345678*"))


def test_a_browser_asks_again_only_for_a_widget_that_changed(deployment):
    with deployment.nginx.client() as client:
        first = client.get("/webhooks/web/widget.js")
        assert first.headers["content-encoding"] == "gzip"
        again = client.get("/webhooks/web/widget.js", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304


def test_what_is_counted_stays_inside(deployment):
    counted = httpx.get(f"{deployment.worker}/metrics")
    given = set(re.findall(r"^# TYPE (weerbaar_\w+)", counted.text, re.M))
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in names_given()} <= {
        name.removesuffix("_total") for name in given
    }
    for path in ("/metrics", "/readyz", "/webhooks/rest/", "/webhooks/health/"):
        assert deployment.nginx.client().get(path).status_code == 404
    assert deployment.nginx.client().get("/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{deployment.worker}/webhooks/rest/").status_code == 404  # not even inside


def test_a_silent_connection_stays_open_longer_than_nginx_uses_it(deployment):
    """Else now and then a message would go into a connection that the worker is just closing."""
    [idle] = re.findall(r"keepalive_timeout (\d+)s", (DEPLOY / "nginx" / "upstream.conf").read_text())
    port = int(deployment.worker.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for pause in (int(idle) + 1, 0):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            time.sleep(pause)


def test_a_worker_stops_in_time_and_leaves_nothing(deployment):
    """The last test of the deployment: it ends the worker."""
    started = time.monotonic()
    deployment.process.send_signal(signal.SIGTERM)
    assert deployment.process.wait(timeout=15) == 0
    assert time.monotonic() - started < 11
    assert_numbers(deployment.nginx.client().post("/webhooks/web/session"))
    assert set(deployment.root.rglob("*")) == deployment.before  # it ran as in a read-only file system
