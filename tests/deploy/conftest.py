"""What stands in compose.yml, for several files of tests."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from deployment import DEPLOY, PASSWORD


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """What stands in compose.yml, with the values of its variables. No library on PyPI reads it as Docker does."""
    values = {"REDIS_PASSWORD": PASSWORD, "WORKERS": "3"}

    def value(found: re.Match) -> str:
        return values.get(found[1], found[3] if found[2] == "-" else "")

    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"\$\{(\w+)(?::([-?])([^}]*))?\}", value, text))
