"""The web channel as an interface for programs: its description, and the addresses of its version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from sanic import Blueprint

# Served as `openapi.json`. Its version is that of the interface, and not of the assistant.
DESCRIPTION: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[3] / "docs" / "openapi.yml").read_text(encoding="utf-8")
)
VERSION: str = DESCRIPTION["info"]["version"]
# Each answer names the whole version; the address names only its first number.
VERSION_HEADER = {"API-Version": VERSION}
PREFIX = "/" + DESCRIPTION["servers"][0]["url"].rpartition("/")[2]


class VersionedBlueprint(Blueprint):
    """A blueprint that serves each of its addresses under `/v1` too.

    The addresses without a version stay: widgets that sites have embedded use them.
    """

    def route(self, uri: str, *args: Any, **how: Any) -> Callable[[Any], Any]:
        """Returns the decorator that serves a handler at both addresses."""
        name = f"{how.get('name') or uri} {'-'.join(sorted(how.get('methods') or ['GET']))} of {PREFIX}"
        plain = super().route(uri, *args, **how)
        versioned = super().route(PREFIX + uri, *args, **{**how, "name": name})

        def serve(handler: Any) -> Any:
            versioned(handler)
            return plain(handler)

        return serve
