"""What each platform delivers in its own way: the webhooks in tests/payloads, as the platforms document them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import httpx
import pytest
from messenger_webhooks import given
from platforms import StandIn
from platforms.stand_in import payload
from platforms.teams import TENANT
from platforms.users import CALM, GROUP, ONLY_TEXT, SERIOUS, TEAM, new_user

# Nobody expects an answer: reports, reactions, what the assistant said itself, what was taken back.
SILENT = [
    "telegram/channel_post",
    "telegram/my_chat_member",
    "whatsapp/reaction",
    "whatsapp/revoke",
    "whatsapp/status_delivered",
    "whatsapp/status_failed",
    "teams/installation_update",
    "teams/message_delete",
    "teams/message_reaction",
    "teams/typing",
    "slack/bot_message",
    "slack/channel_message",
    "slack/message_deleted",
    "slack/message_changed_unfurl",
    "twilio/status_callback",
]
# Something in it cannot be read, and there are no words.
UNREADABLE = [
    "telegram/contact",
    "telegram/location",
    "telegram/sticker",
    "telegram/voice",
    "whatsapp/audio",
    "whatsapp/contacts",
    "whatsapp/location",
    "whatsapp/sticker",
    "whatsapp/unsupported",
    "teams/file",
    "twilio/whatsapp_location",
    "twilio/whatsapp_media",
]
# What was typed is read, whatever came with it.
READ = [
    "telegram/edited_message",
    "telegram/photo_with_caption",
    "whatsapp/image_with_caption",
    "teams/image_with_text",
    "teams/message_update",
    "slack/message_changed",
    "slack/file_share",
    "twilio/sms",
]


@pytest.mark.parametrize("name", SILENT)
def test_what_needs_no_answer_gets_none(opened, user, name):
    """And it is taken, so that it is not delivered again."""
    platform, webhook = given(opened, name, user)
    known = len(platform.asked)
    response = platform.deliver(webhook)
    assert response.status_code == 200 and "Message" not in response.text
    # Teams' keys are fetched when they are first needed.
    assert not [one.path for one in platform.asked[known:] if one.method == "POST"]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_gets_the_numbers(opened, user, name):
    """A voice message can be a call for help."""
    platform, webhook = given(opened, name, user)
    assert platform.deliver(webhook).status_code == 200
    texts = platform.texts(user)
    assert texts[0].startswith(ONLY_TEXT) and TEAM in texts[0] and "112" in texts[0]
    assert sum("een computer, geen mens" in text for text in texts) == 1
    platform.deliver(given({platform.name: platform}, name, user)[1])
    assert sum("een computer, geen mens" in text for text in platform.texts(user)) == 1


@pytest.mark.parametrize("name", READ)
def test_what_was_typed_is_read(opened, user, name):
    """Also in a changed message, or below a photo; the photo itself is not, and that is said."""
    platform, webhook = given(opened, name, user)
    words = json.dumps(webhook)
    assert platform.deliver(webhook).status_code == 200
    texts = platform.texts(user)
    assert texts and TEAM in " ".join(texts)
    has_media = any(word in words for word in ("photo", '"image"', "image/", "files"))
    assert texts[-1].startswith(ONLY_TEXT) == has_media


@pytest.mark.parametrize("name", ["telegram/photo_with_caption", "whatsapp/image_with_caption"])
def test_danger_below_a_photo_is_handed_off(opened, user, name):
    """The caption says it all."""
    platform, webhook = given(opened, name, user)
    message = webhook.get("message") or platform.message_in(webhook)["image"]
    message["caption"] = SERIOUS
    platform.deliver(webhook)
    assert TEAM in platform.texts(user)[0]


@pytest.mark.parametrize("name", ["telegram/edited_message", "teams/message_update", "slack/message_changed"])
def test_a_change_that_adds_danger_is_handed_off(opened, user, name):
    """Who corrects a message may have left out what matters."""
    platform, webhook = given(opened, name, user)
    changed = webhook.get("edited_message") or webhook.get("event", {}).get("message") or webhook
    changed["text"] = SERIOUS
    platform.deliver(webhook)
    assert TEAM in platform.texts(user)[0]


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("whatsapp", 400, {"error": {"code": 131047}}),
        ("whatsapp", 400, {"error": {"code": ["odd"]}}),
        ("slack", 200, {"error": "user_disabled"}),
        ("slack", 200, {"error": ["odd"]}),
    ],
)
def test_a_refusal_for_good_is_not_asked_again(opened, user, name, status, body):
    """About this user, or without a code: the platform need not deliver again."""
    platform = opened[name]
    platform.fault, platform.fault_body = (status, {}), body
    try:
        assert platform.deliver(platform.payload_of(SERIOUS, user)).status_code == 200
    finally:
        platform.mend()


# --- Telegram -------------------------------------------------------------------------------------------------------


def test_telegram_says_why_it_does_not_talk_in_a_group_it_is_put_in(opened, user):
    """At once, in one sentence."""
    telegram, webhook = given(opened, "telegram/added_to_group", user)
    group = webhook["my_chat_member"]["chat"]["id"] = -new_user()
    assert telegram.deliver(webhook).status_code == 200
    [text] = telegram.texts(group)
    assert text.startswith(GROUP)


def test_telegram_is_told_that_a_button_was_pressed(opened, user):
    """Else it goes on showing that it waits; and a button below a message that is gone is no error."""
    telegram, webhook = given(opened, "telegram/callback_query", user)
    webhook["callback_query"]["message"].pop("reply_markup")
    webhook["callback_query"]["message"]["date"] = 0
    asked = len(telegram.asked)
    assert telegram.deliver(webhook).status_code == 200
    methods = [one.path.rpartition("/")[2] for one in telegram.asked[asked:]]
    assert "answerCallbackQuery" in methods and "sendMessage" in methods


def test_an_album_is_one_message(opened, user):
    """Three photos come as three updates; one sentence is enough."""
    telegram = opened["telegram"]
    for _ in range(3):
        webhook = telegram.fixture("photo_with_caption", user)
        webhook["message"].pop("caption")
        webhook["message"]["media_group_id"] = f"album-{user}"
        telegram.deliver(webhook)
    assert sum(text.startswith(ONLY_TEXT) for text in telegram.texts(user)) == 1


def test_a_location_that_moves_is_answered_once(opened, user):
    """Telegram tells each move as a change of the message."""
    telegram, webhook = given(opened, "telegram/location", user)
    telegram.deliver(webhook)
    for _ in range(3):
        moved = telegram.fixture("location", user)
        telegram.deliver({"update_id": moved["update_id"], "edited_message": moved["message"]})
    assert sum(text.startswith(ONLY_TEXT) for text in telegram.texts(user)) == 1


# --- Teams ----------------------------------------------------------------------------------------------------------


def test_teams_greets_who_opens_the_chat(opened, user):
    """Once, though Teams tells it in two ways."""
    teams, webhook = given(opened, "teams/conversation_update", user)
    teams.deliver(webhook)
    teams.deliver(teams.fixture("installation_update", user))
    [text] = teams.texts(user)
    assert "een computer, geen mens" in text and TEAM in text


def test_teams_does_not_talk_in_a_channel(opened, user):
    """One sentence, like in a group."""
    teams, webhook = given(opened, "teams/channel", user)
    webhook["conversation"]["id"] = f"19:{user}@thread.tacv2"
    teams.deliver(webhook)
    [text] = teams.texts(webhook["conversation"]["id"])
    assert text.startswith(GROUP)


def test_teams_gives_the_choice_back_as_text(opened, user):
    """Some clients do; it stands for the same."""
    teams = opened["teams"]
    teams.say(CALM, user)
    webhook = teams.pressed("Zelfscan", teams.buttons(user)["Zelfscan"], user)
    webhook.update(value=json.dumps(webhook["value"]), text="")
    before = len(teams.texts(user))
    teams.deliver(webhook)
    assert "zelfscan" in " ".join(teams.texts(user)[before:]).lower()


def test_a_stranger_does_not_make_it_fetch_keys(opened, user):
    """Anybody can name a key that nobody has; the keys are not fetched for each of them."""
    teams = opened["teams"]
    teams.say(CALM, user)
    asked = sum(one.path.endswith("/keys") for one in teams.asked)
    for number in range(5):
        forged = teams.post(teams.payload_of(SERIOUS, user), teams.token(key_id=f"unknown-{number}"))
        assert forged.status_code == 403
    assert sum(one.path.endswith("/keys") for one in teams.asked) <= asked + 1


def test_teams_asks_for_a_token_once(opened):
    """Not for each message; and of its own tenant, never of the one that bots of all tenants shared."""
    teams = opened["teams"]
    teams.say(CALM, new_user())
    known = len(teams.asked)
    for _ in range(3):
        teams.say(CALM, new_user())
    assert not [one for one in teams.asked[known:] if one.path.startswith("/login/")]
    tokens = [one.path for one in teams.asked if one.path.startswith("/login/")]
    assert tokens and all(path == f"/login/{TENANT}/oauth2/v2.0/token" for path in tokens)


# --- Slack ----------------------------------------------------------------------------------------------------------


def test_slack_checks_the_address(opened):
    """The challenge goes back, only when it is signed."""
    slack, webhook = opened["slack"], payload("slack/url_verification")
    assert slack.deliver(webhook).text == webhook["challenge"]
    assert httpx.post(slack.webhook, json=webhook, timeout=30).status_code == 401


def test_slack_knows_a_command(opened, user):
    """`/wis` is a command of Slack itself, which comes as a form; only who gave it sees the answer, anywhere."""
    slack, webhook = given(opened, "slack/slash_command", user)
    slack.say("Ik ben wethouder", user)
    webhook.update(channel_id="C1", channel_name="algemeen")
    answer = slack.deliver(webhook).json()
    assert answer["response_type"] == "ephemeral" and "gewist" in answer["text"]
    assert "een computer, geen mens" in slack.say(CALM, user)[0]


@pytest.mark.parametrize("kind", ["me_message", "thread_broadcast"])
def test_slack_has_more_ways_to_say_something(opened, user, kind):
    """Each of them is read."""
    slack, webhook = given(opened, "slack/message_im", user)
    webhook["event"].update(text=SERIOUS, subtype=kind)
    slack.deliver(webhook)
    assert TEAM in slack.texts(user)[0]


def test_slack_tells_only_who_asked_that_it_does_not_talk_in_a_channel(opened, user):
    """The others do not see that somebody asked; the next one who asks is told too."""
    slack = opened["slack"]
    for one in (user, new_user()):
        webhook = slack.in_group(SERIOUS, one)
        slack.deliver(webhook)
        [text] = slack.texts(slack.group_of(webhook))
        assert text.startswith(GROUP)
        assert slack.texts(webhook["event"]["channel"]) == []


def threads_of(slack: StandIn, known: int) -> set:
    """Returns in which threads was answered since so many requests; None stands for outside any."""
    return {one.body.get("thread_ts") for one in slack.asked[known:]}


@pytest.mark.parametrize("kind", ["message_im", "message_changed", "app_mention"])
def test_slack_answers_in_the_thread(opened, user, kind):
    """Who writes in a thread does not look outside it; a message that has a thread below it is answered beside it."""
    slack = opened["slack"]
    for above in (False, True):
        slack, webhook = given(opened, f"slack/{kind}", user if kind != "app_mention" else new_user())
        message = webhook["event"].get("message") or webhook["event"]
        message.update(text=SERIOUS, thread_ts=message["ts"] if above else slack.open_thread)
        known = len(slack.asked)
        slack.deliver(webhook)
        assert threads_of(slack, known) == {None if above else slack.open_thread}


@pytest.mark.parametrize("place", ["message", "container"])
def test_slack_answers_a_button_in_its_thread(opened, user, place):
    """Wherever Slack tells in which thread it was."""
    slack = opened["slack"]
    slack.say(CALM, user)
    press = slack.pressed("Zelfscan", slack.buttons(user)["Zelfscan"], user)
    action = json.loads(press["payload"])
    action[place]["thread_ts"] = slack.open_thread
    known = len(slack.asked)
    slack.deliver({"payload": json.dumps(action)})
    assert threads_of(slack, known) == {slack.open_thread}


def test_slack_answers_outside_a_thread_that_is_closed(opened, user):
    """The answer matters more than its place; an odd thread is none."""
    slack, webhook = given(opened, "slack/message_im", user)
    webhook["event"].update(text=SERIOUS, thread_ts="1788256600.100019")
    slack.deliver(webhook)
    assert TEAM in slack.texts(user)[0]
    for odd in (7, None, {"x": 1}):
        webhook = slack.payload_of(SERIOUS, user)
        webhook["event"]["thread_ts"] = odd
        known = len(slack.asked)
        slack.deliver(webhook)
        assert threads_of(slack, known) == {None}


# --- Twilio ---------------------------------------------------------------------------------------------------------


def test_twilio_has_numbers_for_buttons(opened, user):
    """They count on within one answer; a number that is not in the list is a text."""
    twilio = opened["twilio"]
    texts = twilio.say(CALM, user)
    assert len(texts) == 1 and texts[0].endswith("Antwoord met een cijfer.")
    assert sorted(twilio.buttons(user).values()) == [str(number + 1) for number in range(len(twilio.buttons(user)))]
    assert "zelfscan" in " ".join(twilio.say(f" {twilio.buttons(user)['Zelfscan']}. ", user)).lower()
    for text in ("99", "/wis", "1"):
        answer = " ".join(twilio.say(text, user))
        assert TEAM in answer and ("waar dat cijfer bij hoort" in answer) == (text != "/wis")


def test_twilio_answers_stop_by_sms_itself(opened, user):
    """A second answer would not arrive."""
    twilio, webhook = given(opened, "twilio/sms", user)
    webhook.update(Body="STOP", OptOutType="STOP")
    assert "Message" not in twilio.deliver(webhook).text


@pytest.mark.parametrize(("word", "kind"), [("HELP", "HELP"), ("START", "START")])
def test_twilio_lets_the_assistant_answer_a_cry_for_help(opened, user, word, kind):
    """'Help' is Dutch too; Twilio's own text does not know the number."""
    twilio, webhook = given(opened, "twilio/sms", user)
    webhook.update(Body=word, OptOutType=kind)
    assert "Message" in twilio.deliver(webhook).text
    assert TEAM in " ".join(twilio.texts(user))


@pytest.mark.parametrize("wipe", ["/wis", "/stop", "opnieuw"])
def test_twilio_does_not_repeat_what_was_wiped(opened, user, wipe):
    """Who wiped the conversation may hand the phone to somebody; a late delivery then gives the number, no more."""
    twilio = opened["twilio"]
    message = twilio.payload_of("Ik ben wethouder en ik word bedreigd door een inwoner", user)
    first, last = twilio.deliver(message), twilio.payload_of(wipe, user)
    wiped = twilio.deliver(last)
    assert "gewist" in wiped.text
    again = twilio.deliver(message)
    assert again.status_code == 200 and again.text != first.text and TEAM in again.text
    assert "inwoner" not in again.text and "Genootschap" not in again.text
    assert twilio.deliver(last).text == wiped.text
    twilio.say(CALM, user)
    assert twilio.deliver(message).text == again.text


@pytest.mark.parametrize("form", ["{}!", "({})", "#{},", "optie {}", "Nr. {}", "de {}", "{}\ufe0f\u20e3"])
def test_twilio_knows_a_choice_in_many_forms(opened, user, form):
    """People do not answer with a bare digit."""
    twilio = opened["twilio"]
    twilio.say(CALM, user)
    assert "zelfscan" in " ".join(twilio.say(form.format(twilio.buttons(user)["Zelfscan"]), user)).lower()


@pytest.mark.parametrize("text", ["112", "113", "2 mannen voor de deur", "er zijn er 2"])
def test_twilio_takes_no_choice_out_of_a_message(opened, user, text):
    """Such a text goes to the assistant."""
    twilio = opened["twilio"]
    twilio.say(CALM, user)
    answer = " ".join(twilio.say(text, user))
    assert TEAM in answer and "waar dat cijfer bij hoort" not in answer and "zelfscan" not in answer.lower()


# --- what no platform documents -------------------------------------------------------------------------------------


def places(content: object, path: tuple = ()) -> Iterator[tuple]:
    """Returns the way to everything in a webhook."""
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in parts:
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("odd", [None, 7, {"x": None}], ids=repr)
@pytest.mark.parametrize(
    "name",
    [
        "telegram/message",
        "telegram/callback_query",
        "whatsapp/text",
        "whatsapp/list_reply",
        "teams/message",
        "teams/message_back",
        "slack/message_im",
        "slack/block_actions",
    ],
)
def test_a_genuine_webhook_of_another_form_breaks_nothing(opened, name, odd):
    """Whatever stands in place of whatever: it is answered, taken or refused; never an error, which comes again."""
    platform, kind = name.split("/")
    known = payload(name)
    for path in list(places(known)):
        webhook = copy.deepcopy(known) if kind == "block_actions" else opened[platform].fixture(kind, new_user())
        *way, last = path
        part = webhook
        for key in way:
            part = part[key]
        part[last] = copy.deepcopy(odd)
        sent = {"payload": json.dumps(webhook)} if kind == "block_actions" else webhook
        assert opened[platform].deliver(sent).status_code in (200, 400, 403), path


# --- when the assistant itself fails --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["component", "policy", "response", "store"])
def test_whatever_breaks_the_number_is_given(messenger, opened, user, fault):
    """In every app; the platform need not deliver again."""
    httpx.post(f"{messenger.root}/webhooks/sabotage/{fault}", timeout=30)
    try:
        for platform in opened.values():
            assert TEAM in " ".join(platform.say(SERIOUS, user)), platform.name
            assert TEAM in " ".join(platform.say("/wis", user)), platform.name
    finally:
        httpx.post(f"{messenger.root}/webhooks/sabotage/heal", timeout=30)
