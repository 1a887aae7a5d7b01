"""Reads the `doorverwijzing` payload of a handoff, from which a channel makes something that the user can tap."""

from __future__ import annotations

import re
from typing import Any

TEAM = "Ondersteuningsteam Weerbaar Bestuur"


def call_card(custom: Any) -> dict[str, Any] | None:
    """Returns the call card in the custom payload of a handoff, or None when the payload is not a handoff."""
    if not isinstance(custom, dict) or custom.get("type") != "doorverwijzing":
        return None
    return {key: custom.get(key) for key in ("ernst", "telefoon", "adviseur", "functie")}


def international(number: str) -> str:
    """Returns a Dutch number in international form, as `+31703738314`; a short number such as 112 stays as it is."""
    digits = re.sub(r"\D", "", number)
    return f"+31{digits[1:]}" if digits.startswith("0") else digits
