"""The commands of the Makefile that no other test runs."""

from __future__ import annotations

import importlib

import pytest
from chat import ROOT

# The encoder and the SBOM are built with packages of environments of their own.
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("benchmarks", "evaluation", "release", "scripts")
    for path in (ROOT / "tools" / folder).glob("*.py")
    if path.stem not in ("__init__", "sbom")
)


@pytest.mark.parametrize("name", MODULES)
def test_a_tool_finds_all_that_it_imports(name):
    """A benchmark that nobody ran for a while must still start."""
    assert importlib.import_module(name)
