"""Bodies that are no messages, and requests that are none: refused with the number, and the server goes on."""

from __future__ import annotations

import gzip
import http.client
import json
import select
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from connections import HEAD, JSON, SECONDS, TEAM, answer_on, assert_serves, connect, new_token, raw
from nginx import exchange, running_nginx, standing_in

from weerbaar.channels.set_up import MAX_BODY_BYTES

HUGE_NUMBER = b"9" * 60_000
# name: (headers, body for the web channel, body for the REST channel)
BODIES: dict[str, tuple[dict, bytes, bytes]] = {
    "gzip": (
        {"Content-Encoding": "gzip"},
        gzip.compress(b'{"text": "hallo"}'),
        gzip.compress(b'{"sender": "a", "message": "hallo"}'),
    ),
    "deflate": (
        {"Content-Encoding": "deflate"},
        zlib.compress(b'{"text": "hallo"}'),
        zlib.compress(b'{"sender": "a", "message": "hallo"}'),
    ),
    "a bomb of 50 MB": ({"Content-Encoding": "gzip"}, *[gzip.compress(b"[" * 50_000_000)] * 2),
    "UTF-16": (
        {"Content-Type": "application/json; charset=utf-16"},
        '{"text": "hallo"}'.encode("utf-16"),
        '{"sender": "a", "message": "hallo"}'.encode("utf-16"),
    ),
    "Latin-1": ({}, '{"text": "café"}'.encode("latin-1"), '{"sender": "a", "message": "café"}'.encode("latin-1")),
    "deep and closed": (
        {},
        b'{"text": ' + b"[" * 25_000 + b"]" * 25_000 + b"}",
        b'{"sender": "a", "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ),
    "deep objects": ({}, *[b'{"text": ' * 7_000] * 2),
    "the same key twice, the last one wrong": (
        {},
        b'{"text": "hallo", "text": 1}',
        b'{"sender": "a", "sender": "web-0123", "message": "hallo"}',
    ),
    "the same key twice, the last one a command": (
        {},
        b'{"payload": "/a", "payload": "/restart"}',
        b'{"sender": "a", "message": "hallo", "message": {"x": "/restart"}}',
    ),
    "ten thousand keys": ({}, *[json.dumps({str(key): 1 for key in range(5_000)}).encode()] * 2),
    "a huge number": ({}, b'{"text": ' + HUGE_NUMBER + b"}", b'{"sender": "a", "message": ' + HUGE_NUMBER + b"}"),
    "an endless number": ({}, b'{"text": 1e999999999}', b'{"sender": "a", "message": 1e999999999}'),
    "no number": ({}, b'{"text": NaN}', b'{"sender": "a", "message": Infinity}'),
    "a zero byte in a key": ({}, b'{"text\\u0000": "hallo"}', b'{"sender\\u0000": "a", "message": "hallo"}'),
    "two values": ({}, b'{"text": "a"}{"text": "b"}', b'{"sender": "a"}{"sender": "b"}'),
    "a prototype": ({}, b'{"__proto__": {"text": "hallo"}}', b'{"__proto__": {"sender": "a"}}'),
}


@pytest.mark.parametrize("channel", ["web", "rest"])
@pytest.mark.parametrize("name", BODIES)
def test_a_strange_body_is_refused_at_once(address, channel, name):
    """400 with the number; nothing is unpacked, and nobody waits."""
    headers, web, rest = BODIES[name]
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {new_token(address)}", **headers}
    path, body = ("web/message", web) if channel == "web" else ("rest/webhook", rest)
    assert len(body) < 4 * MAX_BODY_BYTES, "else it is refused for its size"
    start = time.monotonic()
    answer = httpx.post(f"{address}/webhooks/{path}", content=body, headers=headers, timeout=60)
    taken = time.monotonic() - start
    assert answer.status_code == 400, answer.text
    assert TEAM in answer.text
    assert taken < SECONDS


@pytest.mark.parametrize("path", [b"web/message", b"rest/webhook"])
def test_a_body_without_an_end_is_cut_off(address, path):
    """Whoever says no length and goes on sending is refused after 256 kB, and what is on its way."""
    with connect(address) as connection:
        connection.sendall(HEAD % (path, new_token(address).encode()) + b"Transfer-Encoding: chunked\r\n\r\n")
        piece, sent = b"2000\r\n" + b"a" * 0x2000 + b"\r\n", 0
        # The answer gets lost when something is still on its way, so each piece waits for it a little.
        with suppress(ConnectionError):
            while sent < 20_000_000 and not select.select([connection], [], [], 0.02)[0]:
                connection.sendall(piece)
                sent += len(piece)
            status, _, body = answer_on(connection)
            assert (status, TEAM in body) == (413, True)
    assert 4 * MAX_BODY_BYTES - len(piece) <= sent < 4_000_000
    assert_serves(address)


def test_bodies_that_break_off_do_no_harm(address):
    """Fifty that promise a message and hang up halfway: the next one is answered."""
    for number in range(50):
        with connect(address) as connection:
            length = b"Content-Length: 100\r\n\r\n" if number % 2 else b"Transfer-Encoding: chunked\r\n\r\n50\r\n"
            connection.sendall(HEAD % (b"rest/webhook", b"x") + length + b'{"sender": "a", "mess')
    assert_serves(address)


NO_REQUESTS = {
    "binary": b"\x00\x01\x02\xff\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a line that is no header": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "a header of 9 kB": b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000 + b"\r\n\r\n",
    "a header without an end": b"GET / HTTP/1.1\r\nX: " + b"a" * 12_000,
    "a thousand headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % one for one in range(1000)) + b"\r\n",
    "a chunk of a terabyte": HEAD % (b"rest/webhook", b"x") + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n{}",
    "a chunk of less than nothing": HEAD % (b"rest/webhook", b"x") + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}",
    "no chunk": HEAD % (b"rest/webhook", b"x") + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "a body of a terabyte": HEAD % (b"rest/webhook", b"x") + b"Content-Length: 1099511627776\r\n\r\n{}",
    "an unknown expectation": HEAD % (b"rest/webhook", b"x") + b"Expect: iets\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", NO_REQUESTS)
def test_what_is_no_request_is_refused_with_the_number(address, name):
    """A 4xx, and the server goes on."""
    status, _, body = raw(address, NO_REQUESTS[name])
    assert 400 <= status < 500
    assert TEAM in body
    assert_serves(address)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory) -> Iterator[tuple]:
    """The proxy as deployed, nginx, and a stand-in for the assistant behind it."""
    with standing_in() as worker, running_nginx(tmp_path_factory.mktemp("proxy"), [worker.port]) as nginx:
        yield nginx, worker


# On these Sanic and others do not agree, or Sanic goes wrong.
AMBIGUOUS = {
    "a length below nothing": b"Content-Length: -1\r\n\r\n{}",
    "a length that is no number": b"Content-Length: abc\r\n\r\n{}",
    "no length": b"Content-Length: \r\n\r\n{}",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a length with an underscore": b"Content-Length: 0_2\r\n\r\n{}",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "two codings": b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 2\r\nX: y\r\n\r\n{}",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_the_proxy_lets_no_request_through_that_can_be_read_in_two_ways(proxy, name):
    """Else a second request could hide in the first one, and be answered to someone else."""
    nginx, worker = proxy
    head = b"POST /webhooks/web/message HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    answer = exchange(nginx, head + AMBIGUOUS[name])
    assert answer.split(b" ", 2)[1] in (b"400", b"503"), answer[:200]
    assert TEAM.encode() in answer
    assert worker.seen == []


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_the_server_itself_refuses_them_too(address, name):
    """400 with the number, also without nginx; a length below nothing would stop the whole server."""
    status, _, body = raw(address, HEAD % (b"rest/webhook", b"x") + AMBIGUOUS[name])
    assert (status, TEAM in body) == (400, True)
    assert_serves(address)


@pytest.mark.parametrize("target", ["http://[", "", "/caf\u00e9", "x:80"])
def test_an_address_that_is_none_does_no_harm(address, target):
    """Refused with the number, or hung up on, and the server goes on."""
    with suppress(http.client.HTTPException, ConnectionError):
        status, _, body = raw(address, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert 400 <= status < 500
        assert TEAM in body
    assert_serves(address)
