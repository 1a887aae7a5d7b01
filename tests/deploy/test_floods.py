"""What nginx holds back: slow senders, floods, and too much at the same time."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress

import pytest
from deployment import WEBHOOKS, assert_numbers
from nginx import KUBERNETES, Nginx, exchange, running_nginx, standing_in

pytestmark = pytest.mark.real


def test_a_slow_sender_is_cut_off(tmp_path):
    changes = {"header_timeout 5s": "header_timeout 1s", "body_timeout 10s": "body_timeout 1s"}
    with standing_in() as worker, running_nginx(tmp_path, [worker.port], changes=changes) as nginx:
        for slow in (
            b"GET / HTTP/1.1\r\nHost: local",
            b"POST /webhooks/web/message HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nhal",
        ):
            started = time.monotonic()
            exchange(nginx, slow)
            assert 0.5 < time.monotonic() - started < 5
        assert worker.seen == []


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
                answer
                for answer in (
                    client.get("/webhooks/web/x", headers={"X-Forwarded-For": "203.0.113.7"}) for _ in range(60)
                )
                if answer.status_code == 429
            )
            assert_numbers(refused, "too_many")
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
        "platform_connections 500": "platform_connections 20",
        "weerbaar_platforms 1000": "weerbaar_platforms 30",
    }
    with ExitStack() as stack:
        worker = stack.enter_context(standing_in())
        nginx = stack.enter_context(running_nginx(tmp_path, [worker.port], KUBERNETES, changes))
        one = under_way(stack, nginx, WEBHOOKS[0], 25, "203.0.113.7")
        other = under_way(stack, nginx, WEBHOOKS[1], 15, "203.0.113.8")
        assert finished(under_way(stack, nginx, "/webhooks/web/message", 5, "203.0.113.9")) == [200] * 5
        assert finished(one) == [200] * 20 + [429] * 5
        assert finished(other) == [200] * 10 + [429] * 5
