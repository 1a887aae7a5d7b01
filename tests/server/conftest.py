"""The address of the running server."""

from __future__ import annotations

import pytest


@pytest.fixture
def address(server) -> str:
    """Where the running server is."""
    return server.address.split("/webhooks/")[0]
