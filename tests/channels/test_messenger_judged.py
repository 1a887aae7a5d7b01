"""The channels before code that others wrote for their platforms: they parse what we send, and make what we receive."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from judges import Judges
from platforms import PLATFORMS, StandIn, slack, teams, twilio, whatsapp
from platforms.stand_in import PAYLOADS, payload
from platforms.users import CALM, ONLY_TEXT, SERIOUS, TEAM

from weerbaar.channels.apps.bubble import Bubble, Button
from weerbaar.channels.apps.links import TARGETS, linked
from weerbaar.channels.apps.slack import SlackInput, SlackSettings, marked, text_object
from weerbaar.channels.apps.teams import hero_cards, message
from weerbaar.channels.apps.teams import marked as marked_for_teams
from weerbaar.channels.apps.whatsapp import WhatsAppInput, WhatsAppSettings

FIXTURES = {kind.name: sorted(path.stem for path in (PAYLOADS / kind.name).glob("*.json")) for kind in PLATFORMS}
WITH_NUMBER = "Mail politiekeambtsdragers@minbzk.nl, kijk op www.weerbaarbestuur.nl, bel 070-3738314.\n<b> & 112!"


@pytest.fixture(scope="module")
def judges() -> Iterator[Judges]:
    """The libraries."""
    found = Judges()
    yield found
    found.end()


@pytest.fixture(params=[kind.name for kind in PLATFORMS])
def platform(opened, request) -> StandIn:
    """One platform after the other."""
    return opened[request.param]


def faults_of(judges: Judges, platform: StandIn, known: int) -> list:
    """Returns what the library has against each request to the platform since so many."""
    asked = [one for one in platform.asked[known:] if "/login/" not in one.path and one.method == "POST"]
    return [
        (one.path, fault)
        for one in asked
        for fault in judges.ask(f"{platform.name}_sent", path=one.path, body=one.body)
    ]


def test_all_that_is_sent_is_known_to_the_library(judges, platform, user):
    """Texts, buttons, numbers, signs that it is busy; nothing that it refuses, changes or does not know."""
    known, answers = len(platform.asked), []
    for text in (CALM, SERIOUS, "Ik ben raadslid.", "Wat doet het Ondersteuningsteam?", "kauw in de schoorsteen."):
        answers.append(platform.deliver(platform.payload_of(text, user)))
    for title, key in list(platform.buttons(user).items())[:1]:
        answers.append(platform.deliver(platform.pressed(title, key, user)))
    answers.append(platform.deliver(platform.payload_of("/wis", user)))
    assert {answer.status_code for answer in answers} == {200}
    if platform.name == "twilio":
        assert [fault for one in answers for fault in judges.ask("twilio_sent", path="", body=one.text)] == []
    else:
        assert len(platform.asked) > known + 5
        assert faults_of(judges, platform, known) == []


def test_what_telegram_registers_is_known(judges, opened):
    """The webhook and the commands."""
    assert faults_of(judges, opened["telegram"], 0) == []


@pytest.mark.parametrize("kind", ["message", "edited_message", "caption", "forwarded", "voice", "location", "pressed"])
def test_telegram_as_its_library_writes_it(judges, opened, user, kind):
    """Read, or answered with what can be read."""
    telegram = opened["telegram"]
    update = judges.ask("telegram_made", kind=kind, user=user, text=SERIOUS, number=telegram.next())
    assert telegram.deliver(update).status_code == 200
    texts = telegram.texts(user)
    assert TEAM in texts[0] and texts[0].startswith(ONLY_TEXT) == (kind in ("voice", "location"))


@pytest.mark.parametrize("kind", ["message", "messageUpdate", "conversationUpdate"])
def test_teams_as_its_library_writes_it(judges, opened, user, kind):
    """With all the fields that it adds."""
    stand_in = opened["teams"]
    activity = judges.ask(
        "teams_made",
        kind=kind,
        user=str(user),
        text=SERIOUS,
        number=stand_in.next(),
        service=stand_in.service,
        tenant=teams.TENANT,
        bot=f"28:{teams.APP_ID}",
    )
    assert stand_in.deliver(activity).status_code == 200
    assert TEAM in stand_in.texts(user)[0]


@pytest.mark.parametrize("kind", ["message_im", "block_actions", "slash_command"])
def test_slack_as_its_library_signs_it(judges, opened, user, kind):
    """The signature is that of the library; and Bolt reads the same user and channel in it as we do."""
    stand_in = opened["slack"]
    form = kind != "message_im"
    if kind == "block_actions":
        content = stand_in.pressed(SERIOUS, "k:0", user)
    else:
        content = stand_in.fixture(kind, user)
        content.get("event", {})["text"] = SERIOUS
    body = urlencode(content) if form else json.dumps(content)
    timestamp = str(int(time.time()))
    signature = judges.ask("slack_signed", secret=slack.SIGNING_SECRET, timestamp=timestamp, body=body)
    headers = {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
        "Content-Type": slack.FORM if form else slack.JSON,
    }
    response = stand_in.client.post(stand_in.webhook, content=body.encode(), headers=headers)
    assert response.status_code == 200
    assert judges.ask("slack_read", body=body, form=form) == {"user": f"U{user}", "channel": f"D{user}"}
    assert "gewist" in response.text if kind == "slash_command" else TEAM in stand_in.texts(user)[0]


def test_twilio_as_its_library_signs_it(judges, opened, user):
    """With an empty field, and words that are written in another way in a form."""
    stand_in = opened["twilio"]
    fields = {**stand_in.payload_of(f"{SERIOUS} é & +", user), "MediaUrl": ""}
    signature = judges.ask("twilio_signed", token=twilio.AUTH_TOKEN, address=twilio.WEBHOOK, fields=fields)
    response = stand_in.post(fields, {"X-Twilio-Signature": signature})
    assert TEAM in response.text and judges.ask("twilio_sent", path="", body=response.text) == []


def test_whatsapp_signs_as_its_library_wants_it(judges):
    """The stand-in is not on its own."""
    body = json.dumps(payload("whatsapp/text"))
    right = whatsapp.WhatsApp.signed(body.encode())["X-Hub-Signature-256"]
    assert judges.ask("whatsapp_signed", secret=whatsapp.APP_SECRET, body=body, signature=right)
    assert not judges.ask("whatsapp_signed", secret="another", body=body, signature=right)


@pytest.mark.parametrize(
    "name",
    [
        "text",
        "text_without_number",
        "image_with_caption",
        "button_reply",
        "list_reply",
        "audio",
        "location",
        "contacts",
        "sticker",
        "unsupported",
        "group_text",
    ],
)
def test_whatsapp_is_read_as_its_library_reads_it(judges, name):
    """The same id, words and button."""
    content = payload(f"whatsapp/{name}")
    [arrival] = WhatsAppInput(WhatsAppSettings("a", "b", "c", whatsapp.PHONE)).arrivals(SimpleNamespace(json=content))
    read = judges.ask("whatsapp_read", content=content)
    assert isinstance(read, dict), read
    assert (read["id"], read["choice"]) == (arrival.id, arrival.choice)
    # The whole title of a row that is too long stands in its description.
    assert read["text"] == arrival.text or arrival.choice


@pytest.mark.parametrize("name", FIXTURES["telegram"])
def test_webhooks_of_telegram_are_known_to_its_library(judges, name):
    """Those in tests/payloads hold nothing that was made up."""
    assert judges.ask("telegram_known", content=payload(f"telegram/{name}")) == []


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("telegram", "/bot/sendMessage", {"chat_id": 1, "text": "x", "disable_links": True}),
        ("telegram", "/bot/sendMessage", {"chat_id": 1}),
        (
            "telegram",
            "/bot/sendMessage",
            {
                "chat_id": 1,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "y", "colour": "red"}]]},
            },
        ),
        (
            "telegram",
            "/bot/sendMessage",
            {
                "chat_id": 1,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "y" * 65}]]},
            },
        ),
        ("slack", "/chat.postMessage", {"channel": "D1", "text": "x", "blocks": [{"type": "section", "words": "x"}]}),
        (
            "slack",
            "/chat.postMessage",
            {
                "channel": "D1",
                "text": "x",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
            },
        ),
        ("teams", "", {"type": "message", "text": "x", "textFormat": "html"}),
        ("teams", "", {"type": "message", "text": "x", "words": "y"}),
        (
            "teams",
            "",
            {
                "type": "message",
                "attachments": [
                    {"contentType": "x", "content": {"buttons": [{"type": "dial", "title": "x", "value": "y"}]}}
                ],
            },
        ),
        ("teams", "", {"type": "message", "attachments": [{"contentType": "x", "content": {"number": "112"}}]}),
        (
            "whatsapp",
            "",
            {
                "messaging_product": "whatsapp",
                "to": "31600000001",
                "recipient_type": "individual",
                "type": "text",
                "text": {"body": "x", "preview_url": False, "bold": True},
            },
        ),
        ("twilio", "", "<Response><Message>x</Message><Dial>112</Dial></Response>"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_the_libraries_are_no_rubber_stamp(judges, name, path, body):
    """They refuse what is not of their platform, or this file compares what they lose."""
    assert judges.ask(f"{name}_sent", path=path, body=body)


# --- what can be tapped -----------------------------------------------------------------------------------------------


def links_in_slack(text: str) -> dict:
    """Returns where the links in a text of Slack lead, by their words."""
    parts = [part.partition("|") for part in text.split("<")[1:]]
    return {words.partition(">")[0]: target for target, _, words in parts}


def links_in_teams(text: str) -> dict:
    """Returns where the links in a text of Teams lead, by their words."""
    return {link.text: link.get("href") for link in ElementTree.fromstring(f"<x>{text}</x>").iter("a")}


@pytest.mark.parametrize(
    "links",
    [lambda: links_in_slack(marked(WITH_NUMBER)), lambda: links_in_teams(marked_for_teams(WITH_NUMBER))],
    ids=["slack", "teams"],
)
def test_numbers_and_addresses_can_be_tapped(links):
    """Each leads where it says."""
    assert links() == {
        "112": "tel:112",
        TEAM: "tel:+31703738314",
        "www.weerbaarbestuur.nl": "https://www.weerbaarbestuur.nl",
        "politiekeambtsdragers@minbzk.nl": "mailto:politiekeambtsdragers@minbzk.nl",
    }


def test_all_else_is_escaped():
    """Nothing of a text becomes markup; what is read is what was written."""
    odd = "<https://x.example|klik> & </a><br/> *vet* 112"
    assert html.unescape(marked(odd)).count("<https://x.example|klik>") == 1 and "<https" not in marked(odd)
    tree = ElementTree.fromstring(f"<x>{marked_for_teams(odd)}</x>")
    assert "".join(tree.itertext()) == odd and [part.tag for part in tree] == ["a"]
    assert text_object(odd).type == "plain_text" and text_object("Bel 112.").type == "mrkdwn"
    assert text_object("& " * 1_000).type == "plain_text"


@pytest.mark.parametrize(
    "text",
    [
        "112.000 euro",
        "x112",
        "1121",
        "112-3",
        "070-37383145",
        "awww.weerbaarbestuur.nl",
        "www.weerbaarbestuur.nl.example",
        "x@www.weerbaarbestuur.nl",
    ],
)
def test_what_only_looks_like_a_number_is_no_link(text):
    """A wrong number is worse than none."""
    assert linked(text, str, lambda target, words: "link") == text


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (TEAM, "tel:+31703738314"),
        ("0800-0113", "tel:08000113"),
        ("113", "tel:113"),
    ],
)
def test_a_number_is_dialled_as_it_must_be(words, target):
    """Numbers for within the country have no other form."""
    assert TARGETS[words] == target


def test_teams_shows_the_number_as_a_link_and_as_text(judges, opened, user):
    """On a computer the button on the card does nothing."""
    stand_in = opened["teams"]
    known = len(stand_in.asked)
    stand_in.say(SERIOUS, user)
    with_card = [one.body for one in stand_in.asked[known:] if "tel:" in str(one.body.get("attachments"))]
    assert with_card and all(links_in_teams(one["text"])[TEAM] == "tel:+31703738314" for one in with_card)
    assert all(TEAM in one["summary"] for one in with_card)


def test_slack_links_in_its_blocks_and_says_the_same_without(judges, opened, user):
    """What a notification shows has no marks in it."""
    stand_in = opened["slack"]
    known = len(stand_in.asked)
    stand_in.say(SERIOUS, user)
    blocks = [one.body for one in stand_in.asked[known:] if one.body.get("blocks")]
    assert TEAM in links_in_slack(blocks[0]["blocks"][0]["text"]["text"]) and "<tel" not in blocks[0]["text"]


def test_a_card_of_teams_without_a_text_still_has_the_number(judges):
    """In the activity that is sent."""
    bubble = Bubble("Zie hieronder.", [Button("Ja", "/ja")], {"telefoon": TEAM})
    activity = message(f"{bubble.text}\n\n{TEAM}", hero_cards(bubble))
    assert judges.ask("teams_sent", path="", body=activity) == []
    assert links_in_teams(activity["text"]) == {TEAM: "tel:+31703738314"}


def test_a_channel_that_sends_plainly_goes_on_to_link(monkeypatch):
    """In Slack there are links outside blocks too."""
    import asyncio

    channel, asked = SlackInput(SlackSettings("a", "b")), []

    async def post(arrival, text, more):
        asked.append(text)

    monkeypatch.setattr(channel, "_post", post)
    asyncio.run(channel.send_plainly(None, "Bel 112 & snel"))
    assert asked == ["Bel <tel:112|112> &amp; snel"]
