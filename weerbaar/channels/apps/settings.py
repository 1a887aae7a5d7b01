"""Reads the settings of the messaging channels from environment variables, because they include secrets."""

from __future__ import annotations

import os
import re
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, TypeVar

from rasa.shared.exceptions import InvalidConfigException

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")
# Plain http is allowed only for a service on the same machine, such as a test.
_URL = re.compile(r"^(https://[^\s/]+|http://(127\.0\.0\.1|localhost)(:\d{1,5})?)(/\S*)?$")


def read_settings(kind: type[Settings], channel: str) -> Settings | None:
    """Returns the settings of a channel, or None when none of the variables that it needs is set.

    Each field of the dataclass `kind` is a variable: `token` of the channel `telegram` is TELEGRAM_TOKEN. A field with
    a default may be left out; the name of a field that is a web address ends with `_url`.

    Raises:
        InvalidConfigException: Some variables are missing or are not web addresses. The message names the variables but
            contains none of their values.
    """
    names = {field: f"{channel}_{field.name}".upper() for field in fields(kind)}
    found = {field.name: os.environ.get(name, "").strip() for field, name in names.items()}
    needed = [field for field in names if field.default is MISSING]
    if not any(found[field.name] for field in needed):
        return None
    missing = [names[field] for field in needed if not found[field.name]]
    if missing:
        raise InvalidConfigException(
            f"The channel {channel} is only half set up. Set {' and '.join(missing)} too, or none of its variables; "
            "see docs/berichtendiensten.md."
        )
    for field, name in names.items():
        if field.name.endswith("_url") and found[field.name] and not _URL.match(found[field.name]):
            raise InvalidConfigException(f"{name} must be a web address that starts with https://")
    return kind(**{name: value for name, value in found.items() if value})
