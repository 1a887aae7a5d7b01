"""The units of systemd, by systemd itself, and the script that looks whether a worker is well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from chat import free_port
from deployment import DEPLOY, installed, run


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
    for command in ("opt/weerbaar/.venv/bin/python", "opt/weerbaar/.actions/bin/python", "bin/sh"):
        (root / command).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", root / command)
    return root


UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())


def verify(system: Path, unit: str) -> subprocess.CompletedProcess:
    """Lets systemd read a unit."""
    return run(
        installed("systemd-analyze"),
        "verify",
        "--man=no",
        "--generators=no",
        f"--root={system}",
        system / "etc" / "systemd" / "system" / unit,
    )


@pytest.mark.real
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(system, unit):
    checked = verify(system, unit)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr


@pytest.mark.real
def test_systemd_finds_faults(system):
    text = (DEPLOY / "systemd" / "weerbaar-actions.service").read_text()
    (system / "etc/systemd/system/wrong.service").write_text(text.replace("RestartSec=2", "RestartSeconds=2"))
    assert "RestartSeconds" in verify(system, "wrong.service").stderr


@pytest.mark.real
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
        for line in (
            "TimeoutStopSec=15",
            "Restart=always",
            "LimitCORE=0",
            "MemorySwapMax=0",
            "IPAddressDeny=any",
            "IPAddressAllow=localhost",
        ):
            assert line in lines


@pytest.mark.parametrize(("status", "expected"), [(200, 0), (503, 1), (None, 1)])
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
