"""A server is set up whole with whichever channels it opens: Rasa opens those of credentials.yml, and no others."""

from __future__ import annotations

import time

import httpx
import pytest
import yaml
from chat import ROOT, free_port, start, stop
from connections import raw

from weerbaar.observability.logs import LEFT_OUT

TEAM = "070-3738314"
CANARY = "Zwaluwstaartkanarie"
# Slack has no secrets here, so it is switched off.
CHANNELS = {
    "rest": "weerbaar.channels.rest.SafeRestInput",
    "telegram": "weerbaar.channels.apps.telegram.TelegramInput",
    "slack": "weerbaar.channels.apps.slack.SlackInput",
}


@pytest.fixture(scope="module", params=CHANNELS)
def alone(request, platforms, tmp_path_factory):
    """The address and the log of a server with one channel of ours, and one that logs what it is given."""
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    channels = {CHANNELS[request.param]: None, "sabotage.SabotageInput": None}
    (folder / "credentials.yml").write_text(yaml.safe_dump(channels), encoding="utf-8")
    arguments = ["--port", str(port), "--credentials", str(folder / "credentials.yml")]
    # By plain `rasa run`, which sets up nothing of ours.
    environment = {**platforms["telegram"].environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    process = start(["rasa", "run", "-i", "127.0.0.1", *arguments], folder / "log", environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address, folder / "log"
    finally:
        stop(process)


def wait_for(address: str, process) -> None:
    """Waits until the server answers; Rasa says hello at its root."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(address, timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail("the server did not start")


def test_a_length_below_nothing_is_refused_with_the_number(alone):
    """It would stop Sanic for good."""
    status, _, body = raw(alone[0], b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}")
    assert status == 400
    assert TEAM in body
    assert httpx.get(alone[0]).status_code == 200


def test_an_unknown_address_gives_the_number(alone):
    answer = httpx.get(f"{alone[0]}/{CANARY}")
    assert answer.status_code == 404
    assert TEAM in answer.text


def test_what_came_in_is_in_no_log(alone):
    """Neither what our channel refuses, nor what a library logs that writes out all it is given."""
    address, log = alone
    for channel in CHANNELS:
        httpx.post(f"{address}/webhooks/{channel}/webhook", json={"sender": CANARY, "message": [CANARY]})
        httpx.post(f"{address}/webhooks/{channel}/webhook", content=f'{{"{CANARY}'.encode())
    httpx.post(f"{address}/webhooks/sabotage/careless", content=CANARY.encode()).raise_for_status()
    written = log.read_text(encoding="utf-8", errors="replace")
    assert CANARY not in written
    assert LEFT_OUT in written
