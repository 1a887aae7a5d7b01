"""What WhatsApp delivers in its own way: its webhooks in tests/payloads, as Meta documents them, and other forms."""

from __future__ import annotations

import time

import httpx
import pytest
from messenger_webhooks import given
from platforms.stand_in import payload
from platforms.users import CALM, ONLY_TEXT, SERIOUS, TEAM, new_user
from platforms.whatsapp import VERIFY_TOKEN


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"hub.verify_token": "geraden"}, 403),
        ({"hub.verify_token": ""}, 403),
        ({"hub.mode": "other"}, 403),
    ],
)
def test_whatsapp_shakes_hands(opened, changes, status):
    """Only who knows the agreed word gets the challenge back."""
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444", **changes}
    response = httpx.get(opened["whatsapp"].webhook, params=asked, timeout=30)
    assert response.status_code == status
    assert response.text == ("1158201444" if status == 200 else "")


def test_whatsapp_delivers_messages_of_several_users_at_once(opened):
    """One that cannot be read does not hold up the other."""
    whatsapp, webhook = opened["whatsapp"], payload("whatsapp/two_messages")
    messages = webhook["entry"][0]["changes"][0]["value"]["messages"]
    users = [new_user() for _ in messages]
    for message, user in zip(messages, users):
        message.update({"id": f"wamid.two{user}", "from": str(user), "from_user_id": f"NL.{user}"})
        message["timestamp"] = f"{time.time():.0f}"
    messages[0]["text"] = None
    messages.append({"type": "text"})
    assert whatsapp.deliver(webhook).status_code == 200
    assert all(TEAM in " ".join(whatsapp.texts(user)) for user in users)


def test_whatsapp_answers_who_does_not_show_a_number(opened, user):
    """By the other way to name a user."""
    whatsapp, webhook = given(opened, "whatsapp/text_without_number", user)
    assert whatsapp.deliver(webhook).status_code == 200
    assert TEAM in " ".join(whatsapp.texts(f"NL.{user}"))


@pytest.mark.parametrize("name", ["button_reply", "list_reply"])
def test_whatsapp_gives_the_choice_back_in_two_forms(opened, user, name):
    """A button or a row of a list."""
    whatsapp = opened["whatsapp"]
    whatsapp.say(CALM, user)
    webhook = whatsapp.fixture(name, user)
    whatsapp.message_in(webhook)["interactive"][name].update(id=whatsapp.buttons(user)["Zelfscan"], title="Zelfscan")
    before = len(whatsapp.texts(user))
    whatsapp.deliver(webhook)
    assert "zelfscan" in " ".join(whatsapp.texts(user)[before:]).lower()


def test_whatsapp_tells_a_row_with_a_long_title_by_its_description(opened, user):
    """The title is cut off; the whole words on a row that is not offered any more stand in the description."""
    whatsapp, webhook = given(opened, "whatsapp/list_reply", user)
    whatsapp.message_in(webhook)["interactive"]["list_reply"].update(title=CALM, description=SERIOUS)
    whatsapp.deliver(webhook)
    assert TEAM in whatsapp.texts(user)[0] and any(said.phone for said in whatsapp.shown(user))


@pytest.mark.parametrize(
    "change",
    [
        {"text": ["x"]},
        {"text": {"words": "x"}},
        {"type": {"x": 1}},
        {"type": None},
        {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"body": "Sent"}}},
        {"type": "edit", "edit": None},
        {"from_user_id": 7, "text": None},
        {"group_id": 7},
    ],
    ids=str,
)
def test_whatsapp_answers_a_form_that_is_not_known(messenger, opened, user, change):
    """As long as it says who sent it: it can be a call for help. The owner sees that something was not read."""
    unreadable = 'weerbaar_faults_total{kind="unreadable_message"'
    before = messenger.metric(unreadable)
    whatsapp, webhook = given(opened, "whatsapp/text", user)
    whatsapp.message_in(webhook).update(change)
    assert whatsapp.deliver(webhook).status_code == 200
    assert whatsapp.texts(user)[0].startswith(ONLY_TEXT) and TEAM in whatsapp.texts(user)[0]
    assert messenger.metric(unreadable) == before + 1


def test_whatsapp_reads_a_change(opened, user):
    """It has an id of its own; what was changed stands in it."""
    whatsapp, webhook = given(opened, "whatsapp/text", user)
    message = whatsapp.message_in(webhook)
    message.pop("text")
    inner = {"id": "wamid.old", "type": "text", "text": {"body": SERIOUS}}
    message.update(type="edit", edit={"original_message_id": "wamid.old", "message": inner})
    whatsapp.deliver(webhook)
    assert TEAM in whatsapp.texts(user)[0] and any(said.phone for said in whatsapp.shown(user))


@pytest.mark.parametrize(
    ("metadata", "answered"),
    [
        ({"phone_number_id": "100000000000008"}, False),
        ({"phone_number_id": "100000000000009"}, True),
        ({}, True),
        (None, True),
    ],
)
def test_whatsapp_leaves_messages_to_another_number_alone(opened, user, metadata, answered):
    """One account can have more numbers, with other services; an answer from here would come from a stranger."""
    whatsapp, webhook = given(opened, "whatsapp/text", user)
    webhook["entry"][0]["changes"][0]["value"]["metadata"] = metadata
    known = len(whatsapp.asked)
    assert whatsapp.deliver(webhook).status_code == 200
    assert bool(whatsapp.texts(user)) == bool(whatsapp.asked[known:]) == answered
