"""The payload `doorverwijzing` of a handoff, from which a channel makes something that the user can tap to call."""
from __future__ import annotations

import re
from typing import Any, Dict, Optional, Text

TEAM = "Ondersteuningsteam Weerbaar Bestuur"


def card_of(custom: Any) -> Optional[Dict[Text, Any]]:
    """Returns the call card of a handoff payload, or None."""
    if not isinstance(custom, dict) or custom.get("type") != "doorverwijzing":
        return None
    return {key: custom.get(key) for key in ("ernst", "telefoon", "adviseur", "functie")}


def international(number: Text) -> Text:
    """Returns a Dutch number as other countries dial it, `+31703738314`; a short one, as 112, stays as it is."""
    digits = re.sub(r"\D", "", number)
    return f"+31{digits[1:]}" if digits.startswith("0") else digits
