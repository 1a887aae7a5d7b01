"""The editors' desk keeps to itself: its address, its callers, what is typed, and where it may run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import pytest
import yaml
from chat import ROOT, free_port

from tools.desk.__main__ import PRODUCTION
from tools.desk.yaml_lines import Mistake, read_nodes
from weerbaar.editor_files import EditorError, read_yaml

NOT_SEARCHED = {".venv", ".git", ".uv", "node_modules", ".hypothesis"}


@pytest.mark.real
@pytest.mark.parametrize("name", ["REDIS_URL", "TEAMS_APP_PASSWORD"])
def test_it_does_not_start_where_a_production_setting_is_on(name):
    process = subprocess.run(
        [sys.executable, "-m", "tools.desk", "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, name: "x"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert process.returncode == 1
    assert f"desk: not here. {name} is set" in process.stderr


def test_every_secret_of_an_app_is_a_production_setting():
    """The environment of deploy/compose.yml: addresses and secrets, but nothing that a desk may have as well."""
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text(encoding="utf-8"))
    settings = {name for service in compose["services"].values() for name in service.get("environment") or {}}
    assert {name for name in settings if name.endswith(("_URL", "_TOKEN", "_SECRET", "_PASSWORD"))} & set(PRODUCTION)


def test_it_listens_on_this_computer_only(running_desk):
    port = f"{running_desk.port:04X}"
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if address.endswith(f":{port}") and state == "0A":
                listening.add(address)
    assert listening == {f"0100007F:{port}"}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"Host": "redactie.example.nl"}),
        ("GET", "/api/answers", {"Origin": "http://example.nl"}),
        ("GET", "/api/answers", {"Sec-Fetch-Site": "cross-site"}),
        ("GET", "/api/answers", {"Sec-Fetch-Site": "same-site"}),
        ("POST", "/api/message", {}),
        ("POST", "/api/message", {"Origin": "null"}),
        ("POST", "/api/message", {"Origin": "http://127.0.0.1:1"}),
        ("OPTIONS", "/api/message", {"Origin": "http://example.nl", "Access-Control-Request-Method": "POST"}),
    ],
)
def test_requests_of_others_are_refused(running_desk, method, path, headers):
    answer = httpx.request(method, running_desk.address + path, headers=headers)
    assert answer.status_code == 403
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_page_of_another_site_gets_nothing(running_desk, chromium, tmp_path):
    """In a real browser: neither a request, nor a frame, nor a script."""
    page = chromium.new_page()
    page.goto("about:blank")
    read = "address => fetch(address).then(answer => answer.text(), error => 'refused')"
    assert page.evaluate(read, f"{running_desk.address}/api/answers") == "refused"
    page.set_content(
        f'<iframe src="{running_desk.address}/"></iframe><script src="{running_desk.address}/page/dom.js"></script>'
    )
    page.wait_for_timeout(500)
    assert not any("Redactiebureau" in frame.title() for frame in page.frames if "chrome-error" not in frame.url)
    page.close()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"conversation": "desk-../../x", "text": "x"}', "application/json", 400),
        (b'{"conversation": "desk-0123456789abcdef", "text": 3}', "application/json", 400),
        (b'{"conversation": "desk-0123456789abcdef", "text": "x", "payload": "/opnieuw"}', "application/json", 400),
        (b"text=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_the_page_does_not_send_is_refused(running_desk, body, kind, status):
    headers = {"Origin": running_desk.address, "Content-Type": kind}
    assert httpx.post(f"{running_desk.address}/api/message", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "path", ["/page/../server.py", "/page/%2e%2e%2fserver.py", "/widget/..%2fpage.html", "/models"]
)
def test_no_other_file_is_served(running_desk, path):
    assert httpx.get(running_desk.address + path).status_code == 404


def test_nothing_that_is_typed_is_in_a_log_or_on_the_disk(running_desk):
    """Marked words in messages, also when something fails, are found nowhere afterwards."""
    started, canary = time.time() - 1, f"kanarie{uuid.uuid4().hex}"
    headers = {"Origin": running_desk.address}
    client = httpx.Client(base_url=running_desk.address, headers=headers, timeout=60)
    conversation = client.post("/api/conversation", json={}).json()["conversation"]
    for text in (
        f"ze gaan mij vermoorden, zegt {canary}",
        f"🦄 {canary}",
        f'/restart{{"x": "{canary}"}}',
        canary * 2000,
    ):
        said = client.post("/api/message", json={"conversation": conversation, "text": text})
        assert said.status_code == 200 and said.json()["responses"]
    client.post("/api/message", content=f'{{"{canary}'.encode(), headers={"Content-Type": "application/json"})
    client.get(f"/{canary}?{canary}={canary}")
    assert canary not in running_desk.log.read_text(encoding="utf-8", errors="replace")
    for place in (ROOT, running_desk.folder):
        for folder, folders, names in os.walk(place):
            folders[:] = [name for name in folders if name not in NOT_SEARCHED]
            for path in (Path(folder, name) for name in names):
                assert canary not in path.name
                assert not (is_new(path, started) and canary.encode() in path.read_bytes()), path
    for descriptor in Path(f"/proc/{running_desk.pid}/fd").iterdir():
        if descriptor.resolve().is_file() or "(deleted)" in os.readlink(descriptor):
            assert canary.encode() not in descriptor.read_bytes()


def is_new(path: Path, started: float) -> bool:
    """Says whether it is a file that was written to since."""
    try:
        return path.is_file() and path.stat().st_mtime >= started
    except OSError:  # gone meanwhile
        return False


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: x: y\n", 2, "een dubbele punt die hier niet mag"),
        ("a:\n\tb: 1\n", 2, "een tab"),
        ("a: *weg\n", 1, "een etiket met *"),
        ("b: 1\na: 'open\nc: 1\n", 2, "niet wordt gesloten"),
        ("a:\n  - x\n - y\n", 3, "inspringt"),
        ("a: 1\nb: 2\na: 3\n", 3, "'a' staat hier voor de tweede keer"),
        ("a: \u2018x\u2019\n", 1, "een gekruld aanhalingsteken"),
        ("a: x\u00a0y\n", 1, "een spatie uit een tekstverwerker"),
        ("a: x\u200by\n", 1, "een onzichtbaar teken"),
    ],
)
def test_a_mistake_gets_a_dutch_sentence_with_its_line(tmp_path, text, line, words):
    """And what the desk refuses, training refuses as well."""
    path = tmp_path / "domain.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EditorError):
        read_yaml(path)
    with pytest.raises(Mistake) as raised:
        read_nodes(path)
    assert words in str(raised.value)
    assert f"regel {line}" in str(raised.value)


@pytest.mark.parametrize("name", ["domain.yml", "data/contacts.yml", "data/patterns/ernst.yml", "data/subjects.yml"])
def test_the_files_of_the_repository_have_no_mistake(name):
    assert read_nodes(ROOT / name)
