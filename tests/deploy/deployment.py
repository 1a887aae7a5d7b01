"""What the tests of deploy/ share: its folder, its tools, its answers in an outage, and a running Redis."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import redis
from chat import ROOT, free_port, stop
from prometheus_client.metrics import MetricWrapperBase

from weerbaar.contacts import safety_text
from weerbaar.observability import metrics

DEPLOY = ROOT / "deploy"
PASSWORD = "0123456789abcdef"
# The messaging channels, and the one address of each.
MESSENGERS = ["telegram", "twilio", "whatsapp", "teams", "slack"]
WEBHOOKS = [f"/webhooks/{name}/webhook" for name in MESSENGERS]
# What the platforms prove themselves with. Microsoft's tokens are the longest.
PROOFS = {
    "X-Telegram-Bot-Api-Secret-Token": "a1" * 32,
    "X-Twilio-Signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
    "X-Hub-Signature-256": "sha256=" + "b2" * 32,
    "X-Slack-Signature": "v0=" + "c3" * 32,
    "X-Slack-Request-Timestamp": "1531420618",
    "Authorization": "Bearer " + "eyJ0.-_" * 400,
}


def installed(name: str) -> str:
    """Returns the path of a Debian tool; fails the test with one clear message when it is missing."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert path, f"{name} is missing: run tools/scripts/install_services.sh"
    return path


def run(*command: Any, **options: Any) -> subprocess.CompletedProcess:
    """Runs a command to its end."""
    words = [str(part) for part in command]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, **options)


def setting(name: str, *files: str) -> set[str]:
    """Returns the values of a directive in nginx files of deploy/."""
    texts = [(DEPLOY / file).read_text() for file in files]
    return {value for text in texts for value in re.findall(rf"^\s*{name} ([^;]+);", text, re.M)}


def variables_of(file: Path) -> set[str]:
    """Returns the names of environment variables in a file of Rasa."""
    text = "\n".join(line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))
    return set(re.findall(r"\$\{(\w+)\}", text))


def assert_numbers(response: httpx.Response, code: str = "busy") -> None:
    """The answer is the file with the numbers that a program reads."""
    answer = response.json()
    assert answer["error"] == code and answer["status"] == response.status_code
    assert [message["text"] for message in answer["messages"]] == [safety_text()]
    assert response.headers["content-type"] == "application/problem+json"


def assert_page(response: httpx.Response) -> None:
    """The answer is the page with the numbers."""
    assert response.text == (DEPLOY / "unavailable.html").read_text(encoding="utf-8")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]


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


def names_given() -> set[str]:
    """Returns the names of the time series that /metrics gives."""
    kinds = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
    ours = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return {family.name + suffix for metric in ours for family in metric.describe() for suffix in kinds[family.type]}
