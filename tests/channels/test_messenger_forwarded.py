"""What a messaging channel makes of forwarded and quoted messages: whose words they are."""

from __future__ import annotations

import pytest
from messenger_webhooks import KNIFE, LATE, THREAT, told, told_both
from platforms import StandIn
from platforms.telegram import TOKEN
from platforms.users import CALM, TEAM, new_user

from weerbaar.channels.apps.own_texts import is_of_assistant
from weerbaar.channels.apps.teams_html import Quote, WordsInHtml


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


@pytest.mark.parametrize(
    ("more", "heard"),
    [
        ({"external_reply": {"origin": {"type": "hidden_user"}}, "quote": {"text": THREAT}}, True),
        ({"external_reply": {"origin": {"sender_user": {"id": 1234567890}}}, "quote": {"text": KNIFE}}, False),
        ({"reply_to_message": {"from": {"id": 5}, "text": THREAT}}, True),
        ({"reply_to_message": {"from": {"id": 1234567890}, "text": "Bel 112"}, "quote": {"text": "Bel 112"}}, False),
        ({"reply_to_message": 7, "quote": [7], "external_reply": "x"}, False),
    ],
    ids=str,
)
def test_telegram_quotes(opened, user, more, heard):
    """From another chat, or from this one; not the words of the assistant, and whatever the form."""
    telegram = opened["telegram"]
    webhook = telegram.payload_of(CALM, user)
    webhook["message"].update(more)
    texts = told(telegram, webhook, user)
    assert "woningscan" in " ".join(texts)
    assert any(said.phone for said in telegram.shown(user)) == heard


@pytest.mark.parametrize(
    "attachment",
    [
        {
            "is_share": True,
            "message_blocks": [{"message": {"blocks": [{"elements": [{"text": THREAT, "type": "text"}]}]}}],
        },
        {"is_msg_unfurl": True, "fallback": f"[1 september] Iemand: {THREAT}", "text": ""},
        {"is_share": True, "text": "", "files": [{"plain_text": THREAT}]},
    ],
    ids=str,
)
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


@pytest.mark.parametrize(
    ("content", "typed", "quotes"),
    [
        ("<p>een</p><p>twee<br>drie</p>", "een\ntwee\ndrie", []),
        ("<p>a</p><blockquote>b<blockquote>c</blockquote>d</blockquote><p>e</p>", "a\ne", [Quote("", "b\nc\nd")]),
        ("<blockquote><p>open", "", [Quote("", "open")]),
        ("</p></blockquote>x < y &lt;z&gt;", "x < y <z>", []),
        ('<p>dag <span itemtype="http://schema.skype.com/Mention">Bot</span> ja</p>', "dag  ja", []),
        ("", "", []),
        ("geen html", "geen html", []),
    ],
)
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


@pytest.mark.parametrize("name", ["slack", "teams"])
def test_a_quoted_threat_is_heard_though_more_is_typed_at_once(opened, user, name):
    """What comes after it does not take its place."""
    platform = opened[name]
    first = forwarded(platform, user, THREAT, "wat is een zelfscan")
    told_both(platform, first, platform.payload_of("wat is een woningscan", user), user)
    assert any(said.phone for said in platform.shown(user))
