"""The editor's desk for its tests: a real one, with files of its own that a test may change."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browser import running_browser
from chat import ROOT, free_port, start, stop
from playwright.sync_api import Browser, Page

FILES = ("domain.yml", "data/contacts.yml", "data/messenger.yml")
SECONDS_TO_START = 180


class RunningDesk:
    """A desk that runs.

    Attributes:
        address: where its page is.
        folder: has the files that it reads.
        log: what it wrote.
        pid: the id of its process.
    """

    def __init__(self, port: int, folder: Path, log: Path, pid: int) -> None:
        """Takes what the attributes say."""
        self.port, self.folder, self.log, self.pid = port, folder, log, pid
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> dict:
        """Returns what the page gets from this address."""
        return httpx.get(self.address + path, timeout=60).json()

    def write(self, name: str, pattern: str, replacement: str) -> None:
        """Replaces the first match in a file, as an editor does who saves it."""
        path = self.folder / name
        changed, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
        assert count, f"{pattern} is not in {name}"
        path.write_text(changed, encoding="utf-8")

    def restore(self) -> None:
        """Gives the files back what they held at first."""
        for name in FILES:
            (self.folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(ROOT / name, self.folder / name)


@pytest.fixture(scope="session")
def running_desk(tmp_path_factory) -> Iterator[RunningDesk]:
    """One desk for all tests."""
    folder, port = tmp_path_factory.mktemp("desk"), free_port()
    desk = RunningDesk(port, folder, folder / "desk.log", 0)
    desk.restore()
    # What it writes into the folder for temporary files, a test finds in its own.
    environment = {"TMPDIR": str(folder)}
    process = start(["tools.desk", "--port", str(port), "--root", str(folder)], desk.log, environment)
    desk.pid = process.pid
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while "open http://" not in desk.log.read_text(encoding="utf-8"):
            assert process.poll() is None and time.monotonic() < deadline, desk.log.read_text(encoding="utf-8")
            time.sleep(0.2)
        yield desk
    finally:
        stop(process)


@pytest.fixture
def desk(running_desk) -> RunningDesk:
    """The desk, whose files are as at first."""
    running_desk.restore()
    return running_desk


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def open_desk(chromium, desk):
    """Opens a sheet of the desk in a browser of its own; a test fails when a script of the page does."""
    contexts, problems = [], []

    def opened(sheet: str = "", **settings) -> Page:
        contexts.append(chromium.new_context(locale="nl-NL", **settings))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(f"{desk.address}/#{sheet}")
        page.locator("desk-reply").first.wait_for(state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
