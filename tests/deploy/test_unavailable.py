"""What people and platforms get when no worker answers: the texts for an outage, and who gets them when."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re

import pytest
from chat import free_port
from deployment import DEPLOY, WEBHOOKS, assert_numbers, assert_page
from nginx import running_nginx, standing_in

from weerbaar.channels.refusals import refusal
from weerbaar.contacts import load_register, safety_text

# Runs real parts, or takes long.
pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("unavailable", 503, "busy"), ("too_long", 413, "too_long"), ("too_many", 429, "too_many")],
)
def test_json_for_an_outage_is_a_refusal_of_the_channel(name, status, code):
    answer = json.loads((DEPLOY / f"{name}.json").read_text(encoding="utf-8"))
    assert answer == json.loads(refusal(status, code, answer["message"]).body)


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
