"""Reads CHANGELOG.md, which has the form of Keep a Changelog."""

from __future__ import annotations

import re

# `## [1.2.3] - 2026-11-30`; square brackets as in the original, where they are a link.
HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\] - (?P<date>\d{4}-\d\d-\d\d)$", re.M)


def entry(text: str, version: str) -> str:
    """Returns what a changelog says about a version, without its heading; empty when it says nothing."""
    for heading in HEADING.finditer(text):
        if heading["version"] == version:
            rest = text[heading.end() :]
            following = re.search(r"^(## |\[[^\]]+\]: )", rest, re.M)
            return rest[: following.start() if following else None].strip()
    return ""
