"""Fixtures that several test files use: running assistants, and the assistant's files, read once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from chat import QUIET, ROOT, NotStarted, running_assistant
from platforms import PLATFORMS
from platforms.users import new_user

# Helpers of the folders whose assertions show their values when they fail, as those of test files do.
pytest.register_assert_rewrite(
    "connections", "deployment", "layout_pages", "lifecycle_pages", "messenger_webhooks", "web_client", "widget_pages"
)
os.environ.update(QUIET)
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# Fixtures behind which a real server, browser, model or installation stands.
REAL_PARTS = frozenset(
    """server server_without_actions messenger opened assistant chromium judges figures nlu_data alone chat cluster
    worker proxy shared deployment redis new own trained running_desk""".split()
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that get real parts from a fixture; others say it themselves. `make check` leaves all out."""
    for item in items:
        if REAL_PARTS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("real")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A real assistant with its action server."""
    yield from started(tmp_path_factory.mktemp("server"), with_actions=True)


@pytest.fixture(scope="session")
def server_without_actions(tmp_path_factory):
    """A real assistant whose action server is away, started by plain `rasa run`."""
    yield from started(tmp_path_factory.mktemp("server_without_actions"), with_actions=False, plain_rasa=True)


@pytest.fixture(scope="session")
def platforms() -> dict:
    """Stand-ins for the platforms of the messaging channels, by name; not started."""
    return {kind.name: kind() for kind in PLATFORMS}


@pytest.fixture(scope="session")
def messenger(tmp_path_factory, platforms):
    """An assistant with all messaging channels, begun while no platform can be reached."""
    environment = {name: value for one in platforms.values() for name, value in one.environment.items()}
    environment["PYTHONPATH"] = f"{ROOT}:{ROOT / 'tests'}"
    how = {"channels": {"sabotage.SabotageInput": None}, "environment": environment}
    for chat in started(tmp_path_factory.mktemp("messenger"), with_actions=True, **how):
        for one in platforms.values():
            one.webhook = f"{chat.root}/webhooks/{one.name}/webhook"
        yield chat


@pytest.fixture(scope="session")
def opened(messenger, platforms):
    """All platforms, started after the assistant was ready without them."""
    for one in platforms.values():
        one.start()
    telegram = platforms["telegram"]
    telegram.wait_for(lambda: telegram.secret_token and telegram.commands)
    yield platforms
    for one in platforms.values():
        one.stop()


@pytest.fixture
def user() -> int:
    """Somebody who never wrote before in a messaging app."""
    return new_user()


def started(folder: Path, **how: Any):
    """Yields a running assistant, or fails the test with one clear message."""
    try:
        with running_assistant(folder, **how) as chat:
            yield chat
    except NotStarted as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def domain_content() -> dict:
    """The content of domain.yml, as written."""
    return yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def responses(domain_content) -> dict:
    """The responses of the domain: name to list of variants."""
    return domain_content["responses"]


@pytest.fixture(scope="session")
def domain():
    """The domain as Rasa loads it."""
    from rasa.shared.core.domain import Domain

    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture(scope="session")
def nlu_data():
    """All NLU training data as Rasa loads it."""
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data" / "nlu")]
    )
    return importer.get_nlu_data()


@pytest.fixture(scope="session")
def rules() -> list:
    """All rules in data/rules, as written."""
    files = sorted((ROOT / "data" / "rules").glob("*.yml"))
    return [rule for file in files for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]]
