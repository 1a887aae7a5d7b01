"""What a messaging channel makes of what arrives: reused ids, long texts, media."""

from __future__ import annotations

import copy

import pytest
from messenger_webhooks import ASKED, KNIFE, told, with_text
from platforms import StandIn
from platforms.users import CALM, ONLY_TEXT, TEAM, new_user

from weerbaar.channels.apps.texts import MAX_CHARACTERS, UNREADABLE
from weerbaar.conversation.long_text import request_for_parts

# --- ids -------------------------------------------------------------------------------------------------------------


def test_another_text_with_a_known_id_is_another_message(platform, user):
    """A platform whose counter begins anew silences nobody; the same text with the same id is the same message."""
    calm = platform.payload_of(CALM, user)
    knife = with_text(platform, calm, KNIFE)
    answer = told(platform, calm, user)
    assert "woningscan" in " ".join(answer)
    acute = told(platform, knife, user)
    assert "112" in acute[0] and "woningscan" not in acute[0]
    again = told(platform, knife, user)
    assert again == ([] if platform.name in ASKED else acute)


def whatsapp_edit(platform: StandIn, user: int) -> dict:
    """Returns what Meta delivers when a message was changed."""
    webhook = platform.payload_of(CALM, user)
    message = platform.message_in(webhook)
    inner = {"id": message["id"], "type": "text", "text": message.pop("text")}
    message.update(type="edit", edit={"original_message_id": message["id"], "message": inner})
    return webhook


@pytest.mark.parametrize(
    "name", ["telegram/edited_message", "teams/message_update", "slack/message_changed", "whatsapp/edit"]
)
def test_a_second_change_with_the_id_of_the_first_is_read(opened, user, name):
    """Who corrects a message twice added what matters the second time; some platforms name both changes alike."""
    platform, kind = opened[name.split("/")[0]], name.split("/")[1]
    first = whatsapp_edit(platform, user) if kind == "edit" else platform.fixture(kind, user)
    first.pop("timestamp", None)  # by which Teams tells two changes apart
    told(platform, first, user)
    assert "112" in told(platform, with_text(platform, first, KNIFE), user)[0]


@pytest.mark.parametrize("name", ASKED)
def test_the_id_of_another_user_is_no_redelivery(opened, user, name):
    """Two users whose messages have one id and one text are both answered."""
    platform = opened[name]
    key = {"telegram": "update_id", "slack": "event_id", "teams": "id", "whatsapp": "id"}[name]
    message, other = platform.payload_of(KNIFE, user), new_user()
    again = platform.numbered(copy.deepcopy(message), other)
    one, two = (platform.message_in(each) if name == "whatsapp" else each for each in (message, again))
    two[key] = one[key]
    assert "112" in told(platform, message, user)[0]
    assert "112" in told(platform, again, other)[0]


# --- long texts ------------------------------------------------------------------------------------------------------

FILLER = "De vergadering van de raad begint om acht uur en daarna praten we over de begroting van volgend jaar. "
LONG = (FILLER * 50)[:4_050]
TOO_LONG = request_for_parts(MAX_CHARACTERS)


@pytest.mark.parametrize("place", ["first", "in the middle", "last"])
def test_danger_in_a_long_text_is_handed_off_first(platform, user, place):
    """Wherever it stands; then comes the request to send the rest in parts."""
    half = LONG.index(FILLER, 2_000)
    text = {
        "first": f"{KNIFE}. {LONG}",
        "in the middle": f"{LONG[:half]}{KNIFE}. {LONG[half:]}",
        "last": f"{LONG} {KNIFE}",
    }[place]
    texts = " | ".join(told(platform, platform.payload_of(text, user), user))
    assert texts.startswith("Bel nu 112")
    assert texts.index("in delen") > texts.index("Bel nu 112")


def test_a_calm_long_text_is_answered_and_asked_for_in_parts(platform, user):
    """No alarm; the numbers are there."""
    texts = told(platform, platform.payload_of(LONG, user), user)
    assert "in delen" in " ".join(texts) and TEAM in " ".join(texts)
    assert not texts[0].startswith("Bel nu 112")


def test_the_rest_of_a_long_text_is_read_as_a_message(platform, user):
    """What follows it is answered as usual."""
    told(platform, platform.payload_of(LONG, user), user)
    assert "112" in told(platform, platform.payload_of(KNIFE, user), user)[0]


def test_of_a_text_without_end_both_ends_are_read(opened, user):
    """Slack delivers up to forty thousand characters."""
    slack = opened["slack"]
    for text in (f"{KNIFE}. {FILLER * 380}", f"{FILLER * 380} {KNIFE}"):
        assert len(text) > 30_000
        webhook, before = slack.payload_of(text, user), len(slack.texts(user))
        slack.wait_for(lambda webhook=webhook: slack.deliver(webhook).status_code == 200)
        # The second time in other words.
        assert slack.texts(user)[before].startswith(("Bel nu 112", "Bel 112"))


# --- media -----------------------------------------------------------------------------------------------------------

VOICE = ["telegram/voice", "whatsapp/audio", "teams/file", "twilio/whatsapp_media"]


@pytest.mark.parametrize("name", VOICE)
def test_photos_in_a_row_get_an_answer_each_time_in_other_words(opened, user, name):
    """Each has both numbers and asks to type what is on it."""
    platform, kind = opened[name.split("/")[0]], name.split("/")[1]
    said = [told(platform, platform.fixture(kind, user), user)[0].partition("\n\n")[0] for _ in range(4)]
    assert said == [*UNREADABLE, UNREADABLE[0]] and said[0].startswith(ONLY_TEXT) and len(set(said)) == 3
    assert all("112" in text and TEAM in text and "typ" in text.lower() for text in said)


@pytest.mark.parametrize(
    "name", ["telegram/photo_with_caption", "whatsapp/image_with_caption", "slack/file_share", "teams/image_with_text"]
)
def test_captions_are_answered_and_the_photos_in_other_words(opened, user, name):
    """What was typed is answered each time."""
    platform, kind = opened[name.split("/")[0]], name.split("/")[1]
    said = [told(platform, platform.fixture(kind, user), user)[-1] for _ in range(3)]
    assert said == UNREADABLE


def test_a_picture_of_an_app_in_slack_is_media(opened, user):
    """It comes without a file and without words."""
    slack, webhook = opened["slack"], opened["slack"].payload_of("", user)
    webhook["event"]["attachments"] = [{"image_url": "https://pictures.example/1.gif", "fallback": "giphy"}]
    assert told(slack, webhook, user)[0] == UNREADABLE[0]


def test_wiping_forgets_how_many_photos_came(opened, user):
    """Nothing is left of the conversation."""
    telegram = opened["telegram"]
    told(telegram, telegram.fixture("voice", user), user)
    telegram.say("/wis", user)
    assert told(telegram, telegram.fixture("voice", user), user)[0] == UNREADABLE[0]
