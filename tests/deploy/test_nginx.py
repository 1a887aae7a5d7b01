"""The configuration of nginx, and what the real nginx lets through to a stand-in for the assistant."""

from __future__ import annotations

import re
import socket
import ssl
from datetime import datetime

import httpx
import pytest
from deployment import DEPLOY, MESSENGERS, PROOFS, WEBHOOKS, assert_numbers, assert_page, run, setting
from manifests import pods
from nginx import KUBERNETES, LARGE, STRONG, Nginx, exchange, render, running_nginx, standing_in
from rasa.core.constants import DEFAULT_KEEP_ALIVE_TIMEOUT

from weerbaar.channels.set_up import MAX_BODY_BYTES
from weerbaar.contacts import safety_text
from weerbaar.conversation.turn import TURN_SECONDS

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("configuration", "upstream"),
    [
        ("nginx.conf", "nginx/upstream.conf"),
        ("nginx.conf", "nginx/upstream.compose.conf"),
        (KUBERNETES, "nginx/upstream.conf"),
    ],
)
def test_nginx_accepts_the_configuration(tmp_path, configuration, upstream):
    checked = run(*render(tmp_path, [5005, 5006], configuration, upstream).command("-t"))
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr


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
    assert int(seconds.rstrip("s")) > TURN_SECONDS
    # Of a messaging channel a platform may be slow, and the worker is then not to blame.
    [for_platforms] = setting("proxy_read_timeout", "nginx/messenger.conf")
    assert int(for_platforms.rstrip("s")) > int(seconds.rstrip("s"))
    upstreams = ["nginx/upstream.conf", "nginx/upstream.compose.conf", "nginx/kubernetes.conf"]
    for file in upstreams:
        within_upstream = (DEPLOY / file).read_text().partition("upstream weerbaar")[2]
        [idle] = re.findall(r"keepalive_timeout (\d+)s", within_upstream)
        assert int(idle) < DEFAULT_KEEP_ALIVE_TIMEOUT


def test_each_messaging_channel_has_one_address_in_nginx():
    text = (DEPLOY / "nginx" / "site.conf").read_text()
    found = re.findall(
        r"location = (/webhooks/\w+/webhook) \{\n    include [^;]*/messenger\.conf;\n"
        r"    proxy_pass http://weerbaar(\S+);\n\}",
        text,
    )
    assert found == [(address, address) for address in WEBHOOKS]


def test_security_txt_has_what_rfc_9116_asks():
    lines = (DEPLOY / "well-known" / "security.txt").read_text().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    assert {"Contact", "Expires"} <= set(fields)
    datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%S.%fZ")


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


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/healthz"),
        ("GET", "/webhooks/web/widget.js"),
        ("GET", "/webhooks/web/v1/openapi.json"),
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
        "/metrics",
        "/readyz",
        "/webhooks/rest/",
        "/webhooks/rest/webhook",
        "/webhooks/rest",
        "/webhooks/health/",
        "/webhooks/web",
        "/version",
        "/status",
        "/model",
        "/conversations/x/tracker",
        "/webhooks/",
        "/healthz/",
        "/nginx.conf",
        "/nginx/site.conf",
        "/endpoints.yml",
        "/unavailable.json",
        "/too_many.json",
        "/unavailable.html",
        "/nginx-health",
        # Written in other ways.
        "//metrics",
        "/./metrics",
        "/%6detrics",
        "/metrics?/webhooks/web/",
        "/metrics%3f/webhooks/web/",
        "/metrics#/",
        "/webhooks/web/../rest/webhook",
        "/webhooks/web/..%2frest%2fwebhook",
        "/webhooks/web/%2e%2e/%2e%2e/metrics",
        "/webhooks/web/..//../metrics",
        "/metrics;/webhooks/web/",
        # Beside and below the one address of a messaging channel.
        *(f"/webhooks/{name}{rest}" for name in MESSENGERS for rest in ["", "/", "/set_webhook", "/webhook/"]),
        "/webhooks/telegram/webhook/../set_webhook",
        "/webhooks/slack/webhook%2f..%2f..%2frest%2fwebhook",
        "/webhooks/telegram/webhook;/webhooks/rest/webhook",
        "/webhooks/Slack/webhook",
        "/webhooks/signal/webhook",
    ],
)
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
        "X-Forwarded-For": "203.0.113.7, 198.51.100.9",
        "Forwarded": "for=203.0.113.7",
        "X-Real-IP": "203.0.113.7",
        "X-Forwarded-Host": "elders.example",
        "Cookie": "a=b",
        "Referer": "https://elders.example/geheim",
    }
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


@pytest.mark.parametrize(("path", "status"), [("/webhooks/web/fails", 503), ("/webhooks/web/missing", 404)])
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
    _, _, client = site
    for path in ("/", "/webhooks/web/widget.js"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip" and answer.text == LARGE
    answer = client.post("/webhooks/web/message", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers and len(answer.content) > len(LARGE)
    # Compression makes the ETag weak; the assistant must recognise it all the same.
    tag = client.get("/webhooks/web/widget.js", headers={"Accept-Encoding": "gzip"}).headers["etag"]
    assert tag == f"W/{STRONG}"
    assert client.get("/webhooks/web/widget.js", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")  # what must be refused is deprecated
def test_tls_is_what_the_ncsc_calls_good(site):
    _, nginx, _ = site

    def handshake(change) -> tuple[str, str]:
        context = nginx.trusting()
        change(context)
        with (
            socket.create_connection(("127.0.0.1", nginx.port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
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
