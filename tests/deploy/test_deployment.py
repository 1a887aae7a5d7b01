"""All of a deployment together: Redis, the action server, a worker from the files of the image, and nginx."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from xml.etree import ElementTree

import httpx
import pytest
import redis
from browser import running_browser
from chat import ROOT, free_port, stop, wait_until_ready
from deployment import DEPLOY, PASSWORD, WEBHOOKS, assert_numbers, names_given, redis_start, running_redis
from image_files import copies, link_packages, sent_files, value_of
from nginx import Nginx, running_nginx
from playwright.sync_api import expect
from site_of_host import Site, snippets
from twilio.request_validator import RequestValidator

from weerbaar.contacts import load_register

# As the assistant of the last part has it; the address only counts for the signature.
TWILIO = {
    "TWILIO_AUTH_TOKEN": "geheim van niemand",
    "TWILIO_WEBHOOK_URL": "https://weerbaar.example/webhooks/twilio/webhook",
}
# The Python of the action server's image, with its packages.
ACTIONS = ROOT / ".actions" / "bin" / "python"
# A website that embeds the chat; nothing listens there until a test does.
EMBEDDING = f"http://127.0.0.1:{free_port()}"
SERIOUS = "Ik kreeg een brief waarin staat dat ze me gaan vermoorden."


@dataclass(frozen=True)
class Deployment:
    """Redis, the action server, one worker from the files of the image, and nginx before it."""

    root: Path
    worker: str
    process: Popen
    nginx: Nginx
    redis: redis.Redis
    before: set[Path]
    start_worker: Callable[..., Popen]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory, services) -> Iterator[Deployment]:
    """Starts all of it with the commands of the Dockerfile and of compose.yml."""
    folder = tmp_path_factory.mktemp("deployment")
    root, temporary, packages = folder / "weerbaar", folder / "tmp", folder / "packages"
    for path in (root, temporary, packages, folder / "redis", folder / "nginx"):
        path.mkdir()
    link_packages(packages)
    for name, place in (("assistant", root), ("actions", folder / "actions")):
        for file in (file for sources, _ in copies(name) for source in sources for file in sent_files(source)):
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, place / file)
    if not list(ROOT.glob("models/*.tar.gz.sha256")):
        pytest.fail("There is no trained model with its checksum in models/: run `make train` first.", pytrace=False)
    if not ACTIONS.exists():
        pytest.fail("There is no environment of the action server: run `make action-server`.", pytrace=False)
    credentials = root / "deploy" / "credentials.yml"
    credentials.write_text(credentials.read_text().replace("origins: []", f'origins: ["{EMBEDDING}"]'))
    for made in ("models", "spacy_models"):
        (root / made).symlink_to(ROOT / made)
    before = set(root.rglob("*"))
    port, action_port = free_port(), free_port()

    def start(name: str, place: Path, python: list[str | Path], words: dict[str, str], **environment: str) -> Popen:
        """Starts the command of an image, with some words replaced, in the environment of that image."""
        settings = value_of(name, "ENV").value
        own = {"PATH": os.environ["PATH"], "HOME": str(temporary), "TMPDIR": str(temporary)}
        with (folder / f"{place.name}.log").open("ab") as log:
            process = Popen(
                [*python, *(words.get(part, part) for part in value_of(name, "CMD").value[1:])],
                cwd=place,
                env={**dict(zip(settings[::2], settings[1::2])), **own, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stack.callback(stop, process)
        return process

    def start_worker(at: int, **environment: str) -> Popen:
        python = [sys.executable, "-S"]  # -S: it finds the packages of the image only
        process = start(
            "assistant",
            root,
            python,
            {"5005": str(at), "0.0.0.0": "127.0.0.1"},
            PYTHONPATH=f"{root}:{packages}",
            ACTION_URL=f"http://127.0.0.1:{action_port}/webhook",
            REDIS_URL=f"redis://:{PASSWORD}@127.0.0.1:{redis_port}/0",
            MPLCONFIGDIR=str(temporary / "matplotlib"),
            **TWILIO,
            **environment,
        )
        wait_until_ready(f"http://127.0.0.1:{at}/readyz", process, folder / f"{root.name}.log")
        return process

    with ExitStack() as stack:
        redis_port = stack.enter_context(running_redis(folder / "redis", redis_start(services)))
        place = folder / "actions"
        actions = start("actions", place, [ACTIONS], {"5055": str(action_port)}, PYTHONPATH=str(place))
        worker = start_worker(port)
        wait_until_ready(f"http://127.0.0.1:{action_port}/health", actions, folder / "actions.log")
        nginx = stack.enter_context(running_nginx(folder / "nginx", [port]))
        client = redis.Redis(port=redis_port, password=PASSWORD, decode_responses=True)
        yield Deployment(root, f"http://127.0.0.1:{port}", worker, nginx, client, before, start_worker)


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


def test_a_start_without_the_pages_of_the_owner_says_so(deployment):
    """In one line that names the settings; the worker serves all the same."""
    lines = deployment.root.with_suffix(".log").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if "privacy_url" in line]
    assert "accessibility_url" in line and "credentials.yml" in line


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


def test_a_worker_of_the_image_serves_without_our_patches(deployment):
    """WEERBAAR_PATCHES=off is for finding a fault: Rasa as it is, with stand-ins for what the image lacks."""
    port = free_port()
    worker = deployment.start_worker(port, WEERBAAR_PATCHES="off")
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/webhooks/web", timeout=60) as client:
            bearer = {"Authorization": f"Bearer {client.post('/session').json()['session']}"}
            answer = client.post("/message", json={"text": SERIOUS}, headers=bearer).json()
        assert answer["failure"] is False
        assert load_register().numbers["ondersteuningsteam"] in answer["messages"][0]["text"]
    finally:
        stop(worker)


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
