"""Webhooks of the platforms with other words in them, and with what they are answered."""

from __future__ import annotations

import copy
import time
from concurrent.futures import ThreadPoolExecutor

from platforms import PLATFORMS, StandIn, Twilio

from weerbaar.channels.apps.texts import TEXTS

THREAT = "we weten waar je woont en waar je kinderen naar school gaan"
KNIFE = "er staat iemand met een mes voor mijn deur"
ASKED = [kind.name for kind in PLATFORMS if kind is not Twilio]
LATE = TEXTS["laat_gelezen"]


def given(opened: dict[str, StandIn], name: str, user: int) -> tuple[StandIn, dict]:
    """Returns the platform of a documented webhook, and that webhook with a new id, of this user."""
    platform, _, kind = name.partition("/")
    return opened[platform], opened[platform].fixture(kind, user)


def content_of(platform: StandIn, webhook: dict) -> dict:
    """Returns the part of a webhook that holds the message."""
    if platform.name == "telegram":
        return next(value for name, value in webhook.items() if name != "update_id")
    if platform.name == "whatsapp":
        return platform.message_in(webhook)
    if platform.name == "slack":
        return webhook["event"].get("message") or webhook["event"]
    return webhook


def with_text(platform: StandIn, webhook: dict, text: str) -> dict:
    """Returns a copy of a webhook, with the same id, in which another text stands."""
    changed = copy.deepcopy(webhook)
    content = content_of(platform, changed)
    if platform.name == "whatsapp":
        (content.get("edit", {}).get("message") or content)["text"] = {"body": text}
    else:
        content["Body" if platform.name == "twilio" else "text"] = text
    return changed


def told(platform: StandIn, webhook: dict, user: int) -> list[str]:
    """Returns the texts with which a webhook is answered."""
    before = len(platform.texts(user))
    platform.deliver_until_taken(webhook)
    return platform.texts(user)[before:]


def told_both(platform: StandIn, first: dict, second: dict, user: int) -> str:
    """Returns with what two messages are answered of which the second comes right after the first."""
    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(platform.deliver, first)
        time.sleep(0.3)
        platform.deliver(second)
        taking.result()
    platform.wait_for(lambda: platform.deliver(second).status_code == 200)
    return " | ".join(platform.texts(user))
