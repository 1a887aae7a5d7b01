"""What a messaging channel makes of what arrives: reused ids, long, late, forwarded and quoted messages, media."""
from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from platforms import PLATFORMS, StandIn, Twilio
from platforms.telegram import TOKEN
from platforms.users import CALM, ONLY_TEXT, TEAM, new_user

from weerbaar.channels.apps.arrival import LATE_SECONDS, seconds_of
from weerbaar.channels.apps.reading import MAX_CHARACTERS, is_of_assistant
from weerbaar.channels.apps.teams_html import Quote, WordsInHtml
from weerbaar.channels.apps.texts import TEXTS, UNREADABLE
from weerbaar.conversation.long_text import request_for_parts

THREAT = "we weten waar je woont en waar je kinderen naar school gaan"
KNIFE = "er staat iemand met een mes voor mijn deur"
ASKED = [kind.name for kind in PLATFORMS if kind is not Twilio]


@pytest.fixture(params=[kind.name for kind in PLATFORMS])
def platform(opened, request) -> Iterator[StandIn]:
    """One platform after the other, whole again afterwards."""
    yield opened[request.param]
    opened[request.param].mend()


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
    assert platform.deliver(webhook).status_code == 200
    return platform.texts(user)[before:]


# --- ids ------------------------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize("name", ["telegram/edited_message", "teams/message_update", "slack/message_changed",
                                  "whatsapp/edit"])  # fmt: skip
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


# --- long texts -----------------------------------------------------------------------------------------------------

FILLER = "De vergadering van de raad begint om acht uur en daarna praten we over de begroting van volgend jaar. "
LONG = (FILLER * 50)[:4_050]
TOO_LONG = request_for_parts(MAX_CHARACTERS)


@pytest.mark.parametrize("place", ["first", "in the middle", "last"])
def test_danger_in_a_long_text_is_handed_off_first(platform, user, place):
    """Wherever it stands; then comes the request to send the rest in parts."""
    half = LONG.index(FILLER, 2_000)
    text = {"first": f"{KNIFE}. {LONG}", "in the middle": f"{LONG[:half]}{KNIFE}. {LONG[half:]}",
            "last": f"{LONG} {KNIFE}"}[place]  # fmt: skip
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


# --- late messages --------------------------------------------------------------------------------------------------

# Twilio does not tell when a message was sent.
DATED = ASKED
LATE = TEXTS["laat_gelezen"]


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


@pytest.mark.parametrize(("when", "seconds"), [
    (1788256801, 1788256801), ("1788256801", 1788256801), ("1788256801.000200", 1788256801.0002),
    ("2026-09-01T10:00:01.1234567Z", 1788256801), ("2026-09-01T12:00:01+02:00", 1788256801),
    ("2026-09-01T10:00:01", 1788256801), (0, 0), (7, 0), (None, 0), ("", 0), ("T", 0), ({}, 0), (True, 0), ("nan", 0),
    ("9" * 400, float("inf")),
])  # fmt: skip
def test_a_time_in_many_forms(when, seconds):
    """What is none, or is before there were such apps, is not known; then the message counts as said now."""
    assert seconds_of(when) == seconds


# --- forwarded and quoted -------------------------------------------------------------------------------------------

def forwarded(platform: StandIn, user: int, quoted: str, own: str = "", of_assistant: bool = False) -> dict:
    """Returns what a platform delivers when a user forwards a text, with words of their own where there is a place."""
    if platform.name == "slack":
        webhook = platform.payload_of(own, user)
        author = webhook["authorizations"][0]["user_id"] if of_assistant else "U0IEMAND"
        shared = {"is_share": True, "is_msg_unfurl": True, "author_id": author, "text": quoted}
        webhook["event"]["attachments"] = [{**shared, "fallback": f"[1 september] Iemand: {quoted}"}]
        return webhook
    if platform.name == "teams":
        webhook = platform.payload_of(f"{own}\r\n\r\n{quoted}".strip(), user)
        page = f'<blockquote itemtype="http://schema.skype.com/Forward">\n<p>{quoted}</p>\n</blockquote>'
        webhook["attachments"] = [{"contentType": "text/html", "content": f"<p>{own}</p>\n{page}" if own else page}]
        return webhook
    webhook = platform.payload_of(quoted, user)
    if platform.name == "telegram":
        bot = int(TOKEN.partition(":")[0])
        sender = {"id": bot if of_assistant else 42, "is_bot": of_assistant, "first_name": "Iemand"}
        webhook["message"]["forward_origin"] = {"type": "user", "date": 1788250000, "sender_user": sender}
    elif platform.name == "whatsapp":
        platform.message_in(webhook)["context"] = {"forwarded": True}
    else:
        webhook["Forwarded"] = "true"
    return webhook


def test_a_forwarded_threat_is_handed_off(platform, user):
    """Also with nothing typed beside it."""
    texts = told(platform, forwarded(platform, user, THREAT), user)
    assert "begrijp" not in texts[0] and "Bel het Ondersteuningsteam" in " ".join(texts)
    assert any(said.phone for said in platform.shown(user))


@pytest.mark.parametrize("name", ["slack", "teams"])
def test_a_question_beside_a_forwarded_threat_is_answered_after_the_handoff(opened, user, name):
    """Both are heard."""
    platform = opened[name]
    texts = told(platform, forwarded(platform, user, THREAT, "Hoe werkt aangifte onder nummer?"), user)
    assert TEAM in texts[0] and "aangifte" in " ".join(texts[1:]).lower()
    assert any(said.phone for said in platform.shown(user))


@pytest.mark.parametrize("name", ["slack", "teams"])
def test_a_calm_forwarded_text_does_not_change_the_question(opened, user, name):
    """It is the user who asks."""
    platform = opened[name]
    alone = platform.say(CALM, new_user())
    assert told(platform, forwarded(platform, user, "Wat is een zelfscan?", CALM), user) == alone


def test_what_somebody_else_is_does_not_become_the_role_of_the_user(platform, user):
    """'I am an alderman' in a forwarded text tells nothing of who forwards it."""
    told(platform, forwarded(platform, user, f"Ik ben wethouder. {THREAT}"), user)
    assert "Wethouder" in platform.buttons(user)


def test_a_forwarded_command_or_number_does_nothing(platform, user):
    """Only what the user types or presses does."""
    platform.say("Ik word bedreigd door een inwoner", user)
    for text in ("/wis", "1"):
        texts = " ".join(told(platform, forwarded(platform, user, text), user))
        assert "gewist" not in texts and "Genootschap" not in texts


def test_who_forwards_a_threat_does_not_threaten(platform, user):
    """They are not told off for it."""
    texts = told(platform, forwarded(platform, user, "ik ga de wethouder morgen in elkaar slaan"), user)
    assert TEAM in texts[0] and "Doe het niet" not in texts[0]


def test_words_of_the_assistant_are_not_those_of_the_user(platform, user):
    """Who forwards its answer is not in danger for it, on any platform, though not all of them tell who wrote it."""
    answer = platform.say(KNIFE, new_user())[0]
    assert "112" in answer
    texts = told(platform, forwarded(platform, user, answer.partition(TEAM)[0][:300], of_assistant=True), user)
    assert texts and answer not in texts
    assert not any(said.phone for said in platform.shown(user)) or platform.name == "twilio"


def teams_reply(platform: StandIn, user: int, author: str, quoted: str, own: str) -> dict:
    """Returns what Teams delivers when a user answers to a message: the text holds what is quoted too."""
    webhook = platform.payload_of(f"Iemand\r\n{quoted}\r\n{own}", user)
    page = (
        '<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="1788256800000">\n'
        f'<strong itemprop="mri" itemid="{author}">Iemand</strong><span itemprop="time" itemid="1"></span>\n'
        f'<p itemprop="preview">{quoted}</p>\n</blockquote>\n<p>{own}</p>'
    )
    webhook["attachments"] = [{"contentType": "text/html", "content": page}]
    return webhook


def test_teams_quotes_the_assistant(opened, user):
    """'Bel 112' was said by the assistant; the question below it is the user's."""
    teams = opened["teams"]
    bot = teams.payload_of("", user)["recipient"]["id"]
    alone = teams.say(CALM, new_user())
    assert told(teams, teams_reply(teams, user, bot, "Bel 112", CALM), user) == alone
    webhook = teams.payload_of(f'<quoted messageId="1"/> {CALM}', new_user())
    webhook["entities"].append({"type": "quotedReply", "quotedReply": {"senderId": bot, "preview": "Bel 112"}})
    other = int(webhook["conversation"]["id"].removeprefix("a:"))
    assert told(teams, webhook, other) == alone


def test_teams_quotes_a_threat(opened, user):
    """In both forms in which Teams tells it; what the user asks beside it is answered after the handoff."""
    teams, other = opened["teams"], new_user()
    author = "8:orgid:99999999-8888-7777-6666-000000000001"
    newer = teams.payload_of(f'<quoted messageId="1"/> {CALM}', other)
    newer["entities"].append({"type": "quotedReply", "quotedReply": {"senderId": author, "preview": THREAT}})
    for webhook, who in ((teams_reply(teams, user, author, THREAT, CALM), user), (newer, other)):
        texts = told(teams, webhook, who)
        assert TEAM in texts[0] and "woningscan" in " ".join(texts[1:])
        assert any(said.phone for said in teams.shown(who))


@pytest.mark.parametrize(("more", "heard"), [
    ({"external_reply": {"origin": {"type": "hidden_user"}}, "quote": {"text": THREAT}}, True),
    ({"external_reply": {"origin": {"sender_user": {"id": 1234567890}}}, "quote": {"text": KNIFE}}, False),
    ({"reply_to_message": {"from": {"id": 5}, "text": THREAT}}, True),
    ({"reply_to_message": {"from": {"id": 1234567890}, "text": "Bel 112"}, "quote": {"text": "Bel 112"}}, False),
    ({"reply_to_message": 7, "quote": [7], "external_reply": "x"}, False),
], ids=str)  # fmt: skip
def test_telegram_quotes(opened, user, more, heard):
    """From another chat, or from this one; not the words of the assistant, and whatever the form."""
    telegram = opened["telegram"]
    webhook = telegram.payload_of(CALM, user)
    webhook["message"].update(more)
    texts = told(telegram, webhook, user)
    assert "woningscan" in " ".join(texts)
    assert any(said.phone for said in telegram.shown(user)) == heard


@pytest.mark.parametrize("attachment", [
    {"is_share": True, "message_blocks": [{"message": {"blocks": [{"elements": [{"text": THREAT, "type": "text"}]}]}}]},
    {"is_msg_unfurl": True, "fallback": f"[1 september] Iemand: {THREAT}", "text": ""},
    {"is_share": True, "text": "", "files": [{"plain_text": THREAT}]},
], ids=str)  # fmt: skip
def test_slack_forwards_in_many_forms(opened, user, attachment):
    """The words do not always stand in the text."""
    slack = opened["slack"]
    webhook = slack.payload_of("", user)
    webhook["event"].update(attachments=[attachment], subtype="message_share")
    assert TEAM in told(slack, webhook, user)[0]
    assert any(said.phone for said in slack.shown(user))


def test_slack_delivers_a_mail_or_a_long_text_as_a_file(opened, user):
    """What Slack itself tells of its words is read."""
    slack, webhook = opened["slack"], opened["slack"].fixture("file_share", user)
    webhook["event"].update(text="", files=[{"filetype": "email", "plain_text": THREAT}])
    texts = told(slack, webhook, user)
    assert TEAM in texts[0] and any(said.phone for said in slack.shown(user))


def test_a_preview_of_a_link_is_not_read(opened, user):
    """Nobody says what a website says of itself."""
    slack, webhook = opened["slack"], opened["slack"].fixture("message_changed", user)
    webhook["event"]["message"]["attachments"] = [{"from_url": "https://krant.example", "text": THREAT}]
    told(slack, webhook, user)
    assert not any(said.phone for said in slack.shown(user))


@pytest.mark.parametrize(("content", "typed", "quotes"), [
    ("<p>een</p><p>twee<br>drie</p>", "een\ntwee\ndrie", []),
    ("<p>a</p><blockquote>b<blockquote>c</blockquote>d</blockquote><p>e</p>", "a\ne", [Quote("", "b\nc\nd")]),
    ("<blockquote><p>open", "", [Quote("", "open")]), ("</p></blockquote>x < y &lt;z&gt;", "x < y <z>", []),
    ('<p>dag <span itemtype="http://schema.skype.com/Mention">Bot</span> ja</p>', "dag  ja", []),
    ("", "", []), ("geen html", "geen html", []),
])  # fmt: skip
def test_the_html_of_teams(content, typed, quotes):
    """Whatever it is, no word is lost and none is taken for that of somebody else."""
    words = WordsInHtml.read(content)
    assert (words.typed, words.quotes) == (typed, quotes)


def test_only_what_the_assistant_can_say_is_its_own(domain):
    """Whole, cut off or marked up; a few words are not enough, or a threat could pass for them."""
    class Agent:
        pass

    agent = Agent()
    agent.domain = domain
    said = domain.responses["utter_doorverwijzing_acuut"][0]["text"]
    assert is_of_assistant(agent, said) and is_of_assistant(agent, f"*{said[:60]}*…")
    assert is_of_assistant(None, LATE) and not is_of_assistant(None, said)
    assert not any(is_of_assistant(agent, text) for text in ("", "Bel 112", THREAT, f"{said} {THREAT}"))


# --- several at once ------------------------------------------------------------------------------------------------

def told_both(platform: StandIn, first: dict, second: dict, user: int) -> str:
    """Returns with what two messages are answered of which the second comes right after the first."""
    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(platform.deliver, first)
        time.sleep(0.3)
        platform.deliver(second)
        taking.result()
    platform.wait_for(lambda: platform.deliver(second).status_code == 200)
    return " | ".join(platform.texts(user))


@pytest.mark.parametrize("name", ["slack", "teams"])
def test_a_quoted_threat_is_heard_though_more_is_typed_at_once(opened, user, name):
    """What comes after it does not take its place."""
    platform = opened[name]
    first = forwarded(platform, user, THREAT, "wat is een zelfscan")
    told_both(platform, first, platform.payload_of("wat is een woningscan", user), user)
    assert any(said.phone for said in platform.shown(user))


@pytest.mark.parametrize("name", DATED)
def test_a_late_message_is_late_though_another_comes_at_once(opened, user, name):
    """After an outage the old and the new ones come together; the new one is answered by itself."""
    platform = opened[name]
    late = sent_before(platform, platform.payload_of("ik ben wethouder", user), 3 * 86_400)
    texts = told_both(platform, late, platform.payload_of("ik word bedreigd door een inwoner", user), user)
    assert LATE in texts and "Wethouder" in platform.buttons(user)


# --- media ----------------------------------------------------------------------------------------------------------

VOICE = ["telegram/voice", "whatsapp/audio", "teams/file", "twilio/whatsapp_media"]


@pytest.mark.parametrize("name", VOICE)
def test_photos_in_a_row_get_an_answer_each_time_in_other_words(opened, user, name):
    """Each has both numbers and asks to type what is on it."""
    platform, kind = opened[name.split("/")[0]], name.split("/")[1]
    said = [told(platform, platform.fixture(kind, user), user)[0].partition("\n\n")[0] for _ in range(4)]
    assert said == [*UNREADABLE, UNREADABLE[0]] and said[0].startswith(ONLY_TEXT) and len(set(said)) == 3
    assert all("112" in text and TEAM in text and "typ" in text.lower() for text in said)


@pytest.mark.parametrize("name", ["telegram/photo_with_caption", "whatsapp/image_with_caption", "slack/file_share",
                                  "teams/image_with_text"])  # fmt: skip
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
