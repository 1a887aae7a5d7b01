"""Messages that a messaging channel gets late: the numbers, and nothing as if it were said now."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone

import pytest
from messenger_webhooks import ASKED, KNIFE, LATE, content_of, told, told_both, with_text
from platforms import StandIn
from platforms.users import CALM, TEAM

from weerbaar.channels.apps.arrival import LATE_SECONDS, unix_time

# Twilio does not tell when a message was sent.
DATED = ASKED


def sent_before(platform: StandIn, webhook: dict, seconds: float) -> dict:
    """Returns a webhook of a message that was sent so many seconds ago."""
    when, content = time.time() - seconds, content_of(platform, webhook)
    if platform.name == "teams":
        content["timestamp"] = datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f1Z")
    elif platform.name == "slack":
        webhook["event"]["event_ts"] = f"{when:.6f}"
    elif platform.name == "telegram":
        content["edit_date" if "edit_date" in content else "date"] = int(when)
    else:
        content["timestamp"] = str(int(when))
    return webhook


def late_messages(messenger, name: str) -> float:
    """Returns how many late messages were counted in a channel."""
    return messenger.metric(f'weerbaar_late_messages_total{{channel="{name}"')


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize("text", [KNIFE, CALM, "/start"])
def test_a_message_of_three_days_ago_gets_the_numbers(messenger, opened, user, name, text):
    """It says that it was read late; nothing of it is answered as if it were said now, and it is counted."""
    platform = opened[name]
    turns, late = messenger.metric(f'weerbaar_turns_total{{channel="{name}"'), late_messages(messenger, name)
    [said] = told(platform, sent_before(platform, platform.payload_of(text, user), 3 * 86_400), user)
    assert said == LATE and all(number in said for number in ("112", "113", TEAM))
    assert messenger.metric(f'weerbaar_turns_total{{channel="{name}"') == turns
    assert late_messages(messenger, name) == late + 1


@pytest.mark.parametrize("name", DATED)
def test_a_late_message_leaves_nothing_behind(opened, user, name):
    """Neither in a new conversation nor in one that goes on: who wrote that he was an alderman is asked what he is."""
    platform = opened[name]
    told(platform, sent_before(platform, platform.payload_of("Ik ben wethouder", user), LATE_SECONDS + 60), user)
    assert "een computer, geen mens" in " ".join(platform.say(CALM, user))
    told(platform, sent_before(platform, platform.payload_of("Ik ben wethouder", user), LATE_SECONDS + 60), user)
    platform.say("Ik word bedreigd door een inwoner", user)
    assert "Wethouder" in platform.buttons(user)


@pytest.mark.parametrize("name", DATED)
def test_a_message_of_half_an_hour_ago_is_answered(messenger, opened, user, name):
    """Platforms deliver again after a while; so is one of a clock that is ahead of ours."""
    platform, late = opened[name], late_messages(messenger, name)
    for seconds in (1_800, -86_400):
        assert "112" in told(platform, sent_before(platform, platform.payload_of(KNIFE, user), seconds), user)[0]
        assert LATE not in platform.texts(user)
    assert late_messages(messenger, name) == late


@pytest.mark.parametrize("kind", ["telegram/edited_message", "teams/message_update", "slack/message_changed"])
def test_a_change_is_as_old_as_the_change(opened, user, kind):
    """Not as old as what was changed."""
    name, kind = kind.split("/")
    platform = opened[name]
    webhook = platform.fixture(kind, user)
    content_of(platform, webhook).update({"date": 1788256901} if name == "telegram" else {})
    assert LATE not in told(platform, with_text(platform, webhook, KNIFE), user)
    changed_late = sent_before(platform, platform.fixture(kind, user), 3 * 86_400)
    assert told(platform, with_text(platform, changed_late, KNIFE), user) == [LATE]


def test_a_button_that_is_delivered_late_sets_nothing(opened, user):
    """Slack tells when it was pressed."""
    slack = opened["slack"]
    slack.say("Ik word bedreigd door een inwoner", user)
    press = slack.pressed("Wethouder", slack.buttons(user)["Wethouder"], user)
    action = json.loads(press["payload"])
    action["actions"][0]["action_ts"] = f"{time.time() - 86_400:.6f}"
    assert told(slack, {"payload": json.dumps(action)}, user) == [LATE]


def test_a_late_wish_to_wipe_is_carried_out(opened, user):
    """What somebody wanted gone goes."""
    telegram = opened["telegram"]
    telegram.say("Ik ben wethouder en ik word bedreigd", user)
    late = sent_before(telegram, telegram.payload_of("/wis", user), 3 * 86_400)
    assert "gewist" in " ".join(told(telegram, late, user))


@pytest.mark.parametrize(
    ("when", "seconds"),
    [
        (1788256801, 1788256801),
        ("1788256801", 1788256801),
        ("1788256801.000200", 1788256801.0002),
        ("2026-09-01T10:00:01.1234567Z", 1788256801),
        ("2026-09-01T12:00:01+02:00", 1788256801),
        ("2026-09-01T10:00:01", 1788256801),
        (0, 0),
        (7, 0),
        (None, 0),
        ("", 0),
        ("T", 0),
        ({}, 0),
        (True, 0),
        ("nan", 0),
        ("9" * 400, float("inf")),
    ],
)
def test_a_time_in_many_forms(when, seconds):
    """What is none, or is before there were such apps, is not known; then the message counts as said now."""
    assert unix_time(when) == seconds


@pytest.mark.parametrize("name", DATED)
def test_a_late_message_is_late_though_another_comes_at_once(opened, user, name):
    """After an outage the old and the new ones come together; the new one is answered by itself."""
    platform = opened[name]
    late = sent_before(platform, platform.payload_of("ik ben wethouder", user), 3 * 86_400)
    texts = told_both(platform, late, platform.payload_of("ik word bedreigd door een inwoner", user), user)
    assert LATE in texts and "Wethouder" in platform.buttons(user)
