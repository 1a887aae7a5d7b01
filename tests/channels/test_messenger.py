"""What a user of any messaging app notices; each platform is a stand-in on loopback, the assistant is real."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest
from platforms import PLATFORMS, StandIn, Telegram, Twilio, WhatsApp
from platforms.users import CALM, GROUP, LINK, SERIOUS, TEAM, new_user

from weerbaar.channels.apps.choices import button_key

# Platforms that hear whether the answer was delivered; Twilio gets it in the response.
ASKED = [kind.name for kind in PLATFORMS if kind is not Twilio]


@pytest.fixture(params=[kind.name for kind in PLATFORMS])
def platform(opened, request) -> Iterator[StandIn]:
    """One platform after the other, whole again afterwards."""
    yield opened[request.param]
    opened[request.param].mend()


def test_it_starts_without_network(messenger):
    """It was ready for its other users before any platform could be reached."""
    assert messenger.health().status_code == 200
    assert TEAM in str(messenger.say(SERIOUS))


def test_teams_is_to_deliver_again_while_its_keys_cannot_be_had(messenger, platforms, user):
    """Nobody can tell yet whether the message is genuine: it is neither answered nor lost."""
    teams = platforms["teams"]
    if teams.running:
        pytest.skip("The platforms have been started for another test.")
    refused = messenger.metric("weerbaar_forged_requests_total")
    turns = messenger.metric("weerbaar_turns_total")
    assert teams.deliver(teams.payload_of(SERIOUS, user)).status_code == 503
    assert messenger.metric("weerbaar_forged_requests_total") == refused
    assert messenger.metric("weerbaar_turns_total") == turns


def test_telegram_is_told_where_to_deliver_when_it_can_be_reached(opened):
    """The webhook with its secret token, and the commands; no restart is needed."""
    asked = next(one for one in opened["telegram"].asked if one.path.endswith("/setWebhook"))
    assert asked.body["url"] == opened["telegram"].environment["TELEGRAM_WEBHOOK_URL"]
    assert set(opened["telegram"].commands) == {"start", "wis", "stop"}


def test_telegram_is_asked_for_all_that_a_user_can_do(opened):
    """Without this list, or with less, it keeps pressed buttons, changed messages and groups to itself."""
    asked = next(one for one in opened["telegram"].asked if one.path.endswith("/setWebhook"))
    assert set(asked.body["allowed_updates"]) == {"message", "edited_message", "callback_query", "my_chat_member"}


def test_many_who_cannot_be_reached_hold_up_no_other_platform(opened, user):
    """More of them than there are turns at a time."""
    telegram, other = opened["telegram"], opened["whatsapp"]
    telegram.fault = (503, {})
    with ThreadPoolExecutor(24) as pool:
        deliveries = [pool.submit(telegram.deliver, telegram.payload_of(CALM, new_user())) for _ in range(24)]
        try:
            time.sleep(3)
            assert TEAM in other.say(SERIOUS, user)[0]
        finally:
            telegram.mend()
        assert {one.result().status_code for one in deliveries} <= {200, 503}


def test_a_serious_message_is_handed_off_first(platform, user):
    """The number is in the first text and can be tapped; who is answering follows after it."""
    texts = platform.say(SERIOUS, user)
    assert TEAM in texts[0]
    assert any(said.phone == LINK for said in platform.shown(user))
    assert "een computer" in texts[-1] and "werkgever" in texts[-1]
    assert len(texts) <= 4


def test_a_calm_first_message_is_introduced_once(platform, user):
    """It says that it is a computer, for whom, the numbers, and that an app keeps what is written, and why to call."""
    texts = platform.say(CALM, user)
    for fact in (
        "een computer, geen mens",
        "lokale politici",
        "112",
        TEAM,
        "bewaart",
        "werkgever",
        "Wet open overheid",
        "telefoon",
        "www.weerbaarbestuur.nl",
    ):
        assert fact in texts[0]
    assert "Dit gesprek bewaar ik niet" not in " ".join(texts)
    assert "Bron: " in texts[-1] and texts[-1].index("Bron: ") > texts[0].index("een computer, geen mens")
    assert not any("een computer" in text for text in platform.say("Hoe werkt aangifte onder nummer?", user))


def test_a_button_is_followed_up(platform, user):
    """As the platform's own button, or as a number."""
    platform.say(CALM, user)
    assert "Zelfscan" in platform.buttons(user)
    texts = platform.press("Zelfscan", user)
    assert any("zelfscan" in text.lower() for text in texts)
    assert not any("begrijp" in text for text in texts)


def test_a_button_that_was_not_offered_sets_nothing(platform, user):
    """Though another conversation has it, or it is a good payload, it stands for the words on it, no more."""
    platform.say("Ik word bedreigd door een inwoner", new_user())
    for payload in ('/functie_opgeven{"functie": "burgemeester"}', "/restart"):
        before = len(platform.texts(user))
        assert platform.deliver(platform.pressed("Hallo", button_key(payload), user)).status_code == 200
        texts = " ".join(platform.texts(user)[before:])
        assert TEAM in texts and "Genootschap" not in texts and "gewist" not in texts


@pytest.mark.parametrize("text", ["/start", "/START", "/start@weerbaar_bot", "/start website"])
def test_start_introduces(platform, user, text):
    """Whatever a platform adds to the command."""
    texts = platform.say(text, user)
    assert "een computer, geen mens" in texts[0] and TEAM in texts[0] and "112" in texts[0]
    assert platform.buttons(user)


@pytest.mark.parametrize("text", ["/wis", "/stop"])
def test_the_conversation_can_be_wiped(platform, user, text):
    """It says what stays with the service, and knows nothing any more: it introduces itself again."""
    platform.say("Ik ben wethouder en wil weten wat een woningscan is", user)
    texts = platform.say(text, user)
    assert "gewist" in texts[0] and "staat het nog" in texts[0] and TEAM in texts[0]
    assert "een computer, geen mens" in platform.say(CALM, user)[0]


@pytest.mark.parametrize(
    "text",
    [
        '/functie_opgeven{"functie": "burgemeester"}',
        "/stop er staat een man met een mes voor de deur",
        "/start er staat een man met een mes voor de deur",
    ],
)
def test_another_slash_is_text(platform, user, text):
    """It sets nothing; words after it are read."""
    platform.say(CALM, user)
    texts = " ".join(platform.say(text, user))
    assert "gewist" not in texts and "Genootschap" not in texts
    if "mes" in text:
        assert "112" in texts


def test_in_a_group_it_says_one_sentence(messenger, platform, user):
    """Why it does not talk there, and the number; a question gets no answer, and it does not repeat itself."""
    if isinstance(platform, Twilio):
        pytest.skip("Twilio has no groups for these numbers.")
    before = messenger.metric(f'weerbaar_turns_total{{channel="{platform.name}"')
    first = platform.in_group(SERIOUS, user)
    group = platform.group_of(first)
    known = len(platform.texts(group))
    for asked in (first, platform.in_group(CALM, user), platform.in_group("/start", user)):
        assert platform.deliver(asked).status_code == 200
    told = platform.texts(group)[known:]
    assert len(told) <= 1 and len(platform.texts(group)) == 1
    assert platform.texts(group)[0].startswith(GROUP) and TEAM in platform.texts(group)[0]
    assert not re.search(r"[.!?] [A-Z]", platform.texts(group)[0])
    assert messenger.metric(f'weerbaar_turns_total{{channel="{platform.name}"') == before


def test_a_redelivery_is_answered_once(platform, user):
    """One after the other, and both at a time. Twilio asks again only when the answer got lost: it gets the same."""
    message = platform.payload_of("Ik ben raadslid", user)
    platform.say(CALM, user)
    first = platform.deliver(message)
    texts = platform.texts(user)
    again = platform.deliver(message)
    assert again.status_code == first.status_code == 200
    assert platform.texts(user) == texts if platform.name in ASKED else again.text == first.text

    message = platform.payload_of("Wat is een zelfscan?", user)
    before = len(platform.texts(user))
    with ThreadPoolExecutor(4) as pool:
        assert {one.status_code for one in pool.map(platform.deliver, [message] * 4)} == {200}
    told = platform.texts(user)[before:]
    assert told and len(told) == len(set(told)) * (1 if platform.name in ASKED else 4)


def test_an_older_redelivery_does_not_take_the_conversation_back(platform, user):
    """A message that was answered two turns ago is not a new one."""
    message = platform.payload_of(CALM, user)
    first = platform.deliver(message)
    platform.say("Ik ben raadslid", user)
    before = platform.texts(user)
    again = platform.deliver(message)
    assert again.status_code == 200
    if platform.name in ASKED:
        assert platform.texts(user) == before
    else:
        assert again.text == first.text


def test_messages_in_the_wrong_order_are_all_answered(platform, user):
    """A late one is not dropped: it can be the one that matters."""
    late, early = platform.payload_of(SERIOUS, user), platform.payload_of(CALM, user)
    platform.deliver(early)
    before = len(platform.texts(user))
    platform.deliver(late)
    assert TEAM in platform.texts(user)[before]


def test_the_messages_of_one_user_are_answered_in_order(platform, user):
    """Though they are delivered at once: no answer stands in the middle of another."""
    asked = (CALM, "Wat is SIPA?", "Wat is een zelfscan?", SERIOUS)
    somebody = new_user()
    for one in (somebody, user):
        platform.say("hallo", one)
    alone = [" | ".join(platform.say(text, somebody)) for text in asked]
    together = len(platform.texts(user))
    with ThreadPoolExecutor(4) as pool:
        messages = [platform.payload_of(text, user) for text in asked]
        assert {one.status_code for one in pool.map(platform.deliver, messages)} == {200}
    told = " | ".join(platform.texts(user)[together:])
    assert all(told.count(answer.partition(" | ")[0]) == 1 for answer in alone)
    assert " | ".join(alone[-1].split(" | ")[:2]) in told


def test_a_request_of_nobody_reaches_nothing(messenger, platform, user):
    """Without proof, or with a wrong one: 401 or 403, no text, no turn."""
    before = messenger.metric("weerbaar_turns_total")
    refused = messenger.metric("weerbaar_forged_requests_total")
    forgeries = platform.forgeries(platform.payload_of(SERIOUS, user))
    for what, request in forgeries.items():
        response = httpx.post(platform.webhook, timeout=60, **request)
        assert response.status_code in (401, 403), what
        assert response.text == "", what
    assert platform.texts(user) == []
    assert messenger.metric("weerbaar_turns_total") == before
    assert messenger.metric("weerbaar_forged_requests_total") == refused + len(forgeries)
    assert platform.say(SERIOUS, user)


@pytest.mark.parametrize("fault", [(503, {}), (429, {"Retry-After": "1"}), "closed"])
def test_the_platform_is_away_for_a_while(messenger, opened, user, fault):
    """The answer comes when it is back: by another attempt, or when it delivers the message again; and only once."""
    telegram, other = opened["telegram"], opened["whatsapp"]
    telegram.say(CALM, user)
    before = len(telegram.texts(user))
    message = telegram.payload_of(SERIOUS, user)
    if fault == "closed":
        telegram.stop()
    else:
        telegram.fault = fault
    with ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(telegram.deliver, message)
        time.sleep(0.5)
        assert TEAM in other.say(SERIOUS, new_user())[0]
        assert TEAM in str(messenger.say(SERIOUS))
        if fault == "closed":
            telegram.start()
        telegram.mend()
        assert delivery.result().status_code == 200
    told = telegram.texts(user)[before:]
    assert TEAM in told[0] and len(told) == len(set(told))


@pytest.mark.parametrize("name", ASKED)
def test_the_platform_is_told_to_deliver_again(opened, user, name):
    """As long as the answer has not been delivered; then it is, once."""
    platform = opened[name]
    platform.fault = (500, {})
    message = platform.payload_of(SERIOUS, user)
    assert platform.deliver(message).status_code == 503
    platform.mend()
    platform.wait_for(lambda: platform.deliver(message).status_code == 200)
    told = platform.texts(user)
    assert TEAM in told[0] and len(told) == len(set(told))


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("slack", 200, {"error": "internal_error"}),
        ("slack", 200, {"error": "token_revoked"}),
        ("whatsapp", 400, {"error": {"code": 131056}}),
        ("telegram", 401, {}),
        ("teams", 401, {}),
        ("teams", 412, {}),
        ("telegram", 302, {}),
        ("slack", 200, {"error": "rate_limited"}),
        ("whatsapp", 400, {"error": {"code": 131037}}),
        ("whatsapp", 403, {"error": {"code": 200}}),
        ("whatsapp", 400, {"error": {"code": 100, "error_subcode": 33}}),
        ("slack", 200, {"error": "messages_tab_disabled"}),
        ("slack", 200, {"error": "ekm_access_denied"}),
    ],
)
def test_a_refusal_that_passes_loses_nothing(opened, user, name, status, body):
    """Some platforms say so by a word or a code; a secret, a right or a switch can be put right."""
    platform = opened[name]
    platform.say(CALM, user)
    before = len(platform.texts(user))
    platform.fault, platform.fault_body = (status, {}), body
    message = platform.payload_of(SERIOUS, user)
    with ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(platform.deliver, message)
        time.sleep(1)
        platform.mend()
        assert delivery.result().status_code in (200, 503)
    platform.wait_for(lambda: platform.deliver(message).status_code == 200)
    told = platform.texts(user)[before:]
    assert TEAM in told[0] and len(told) == len(set(told))


@pytest.mark.parametrize(("name", "address"), [("telegram", "sendContact"), ("teams", "/login/")])
def test_a_part_of_the_platform_fails(opened, user, name, address):
    """What was shown is not shown again; what waits for a token comes by itself: Teams delivers nothing again."""
    platform = opened[name]
    platform.fault, platform.fault_at = (503, {}), address
    with ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(platform.deliver, platform.payload_of(SERIOUS, user))
        time.sleep(1.5)
        platform.mend()
        delivery.result()
    platform.wait_for(lambda: any(said.phone for said in platform.shown(user)))
    texts = platform.texts(user)
    assert TEAM in texts[0] and len(texts) == len(set(texts))


def test_teams_takes_a_new_token_when_the_old_one_is_withdrawn(opened, user):
    """Without being asked again."""
    teams = opened["teams"]
    teams.say(CALM, user)
    teams.withdraw_token()
    teams.deliver(teams.payload_of(SERIOUS, user))
    teams.wait_for(lambda: any(said.phone for said in teams.shown(user)))


@pytest.mark.parametrize("name", ASKED)
def test_a_user_who_left_holds_nobody_up(opened, user, name):
    """The platform refuses for good; it is not asked for ever, and does not deliver again."""
    platform = opened[name]
    platform.say(CALM, new_user())
    platform.fault = (403, {})
    assert platform.deliver(platform.payload_of(SERIOUS, user)).status_code == 200
    platform.mend()
    assert TEAM in platform.say(SERIOUS, new_user())[0]


@pytest.mark.parametrize("name", [name for name in ASKED if name != "slack"])
def test_it_shows_that_it_is_busy(opened, user, name):
    """Before the answer."""
    platform = opened[name]
    known = len(platform.asked)
    platform.say(CALM, user)
    bodies = [one.body for one in platform.asked[known:] if "recipient" in one.body or "conversations" not in one.path]
    marks = [
        body.get("action") == "typing" or "typing_indicator" in body or body.get("type") == "typing" for body in bodies
    ]
    assert True in marks and not all(marks)


def test_two_hundred_users_at_once(platform):
    """Each gets their own answer with the number, once."""
    users = [new_user() for _ in range(200)]
    messages = [platform.payload_of(SERIOUS, user) for user in users]

    def deliver(message):
        for _ in range(20):
            with suppress(httpx.TransportError):  # a platform delivers again what got lost
                if platform.deliver(message).status_code == 200:
                    return True
            time.sleep(0.5)
        return False

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(deliver, messages))
    for user in users:
        told = platform.texts(user)
        assert TEAM in told[0] and len(told) == len(set(told))


def test_a_flood_of_one_user_ends_in_the_numbers(platform, user):
    """The twenty-first message in a minute is not read, and says so once."""
    for _ in range(20):
        platform.deliver(platform.payload_of("hallo!", user))
    before = len(platform.texts(user))
    for _ in range(25):
        platform.deliver(platform.payload_of("hallo!", user))
    told = [text for text in platform.texts(user)[before:] if "U stuurt veel berichten" in text]
    # Twice when a minute of the clock ended meanwhile.
    assert 1 <= len(told) <= 2 and TEAM in told[0]


def test_a_body_that_is_none(platform):
    """Nothing breaks: it is refused, or it holds nothing."""
    for content in (b"", b"{", b"[]", b'{"message": 1}', b"\x00" * 100):
        response = httpx.post(platform.webhook, content=content, timeout=30)
        assert response.status_code in (400, 401, 403)


def test_marked_words_are_in_no_log(messenger, opened, user):
    """Neither what users write, nor who they are, nor a secret of a channel."""
    canary = f"kanarie{uuid.uuid4().hex}"
    for platform in opened.values():
        platform.say(f"Er lag een kogel in de bus, zegt {canary}", user)
        platform.fault = (500, {canary: canary})
        threading.Thread(target=platform.deliver, args=[platform.payload_of(canary, user)]).start()
    time.sleep(3)
    for platform in opened.values():
        platform.mend()
    telegram, whatsapp = opened["telegram"], opened["whatsapp"]
    telegram.deliver({"update_id": canary, "message": {"text": canary, "chat": canary, "from": canary}})
    broken = whatsapp.payload_of(canary, user)
    whatsapp.message_in(broken).pop("id")
    whatsapp.deliver(broken)
    time.sleep(1)
    log = messenger.log.read_text(encoding="utf-8", errors="replace")
    secrets = [
        value
        for one in opened.values()
        for name, value in one.environment.items()
        if name.endswith(("TOKEN", "SECRET", "PASSWORD"))
    ]
    for word in (canary, str(user), *secrets, telegram.secret_token):
        assert word not in log
    assert "could not be read" in log


def test_a_channel_that_is_not_set_up_is_not_there(server):
    """Its address opens nothing, and the assistant runs."""
    for kind in PLATFORMS:
        assert httpx.post(f"{server.root}/webhooks/{kind.name}/webhook", json={}, timeout=30).status_code == 404


def test_the_platforms_are_asked_nothing_by_twilio(opened):
    """Its answers go in the response: it works without a way out."""
    assert opened["twilio"].asked == []
    assert isinstance(opened["telegram"], Telegram) and isinstance(opened["whatsapp"], WhatsApp)
