"""The browser of the tests of the widget."""
from __future__ import annotations

import pytest
from browser import running_browser


@pytest.fixture(scope="module")
def chromium():
    """One browser a file. It is closed after that: while it runs, no other test of the process could use asyncio."""
    with running_browser() as browser:
        yield browser
