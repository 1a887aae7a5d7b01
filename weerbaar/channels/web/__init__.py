"""The channel for browsers, the only one that a public site exposes. docs/openapi.yml describes it."""

from __future__ import annotations

from weerbaar.channels.web.channel import WebInput

__all__ = ["WebInput"]
