"""Fixtures for several files of the channels: a tab of the web channel, a platform, and one attempt only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from platforms import PLATFORMS, StandIn
from web_client import Browser

import weerbaar.channels.apps.channel


@pytest.fixture
def address(server) -> str:
    """Where the running server is."""
    return server.address.split("/webhooks/")[0]


@pytest.fixture
def browser(address) -> Browser:
    """A new tab."""
    return Browser(address)


@pytest.fixture(params=[kind.name for kind in PLATFORMS])
def platform(opened, request) -> Iterator[StandIn]:
    """One platform after the other, whole again afterwards."""
    yield opened[request.param]
    opened[request.param].mend()


@pytest.fixture
def undelivered(monkeypatch):
    """One failed attempt, and an answer is left to the next delivery of its message."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "UNDELIVERED_SECONDS", -1.0)
