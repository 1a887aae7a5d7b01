"""What counts as a message in Telegram, and that Telegram knows where to deliver. No server."""

from __future__ import annotations

import asyncio

import pytest
from platforms import Telegram
from platforms.stand_in import payload

import weerbaar.channels.apps.telegram
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.telegram import CHECK_SECONDS, TelegramInput, TelegramSettings

HERE = "https://assistent.example/webhooks/telegram/webhook"


def telegram_reads(**changes) -> Arrival | None:
    """Returns what the channel makes of a message without text in which something else stands."""
    update = payload("telegram/message")
    update["message"].pop("text")
    update["message"].update(changes)
    return TelegramInput(TelegramSettings("1:a", HERE))._arrival(update, "1")


@pytest.mark.parametrize(
    "kind",
    [
        "pinned_message",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "boost_added",
        "write_access_allowed",
        "new_chat_members",
        "video_chat_started",
        "forum_topic_created",
        "giveaway_created",
        "chat_owner_changed",
    ],
)
def test_a_notice_of_telegram_is_no_message(kind):
    """Nobody said anything."""
    assert telegram_reads(**{kind: {"x": 1}}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"voice": {}},
        {"hologram": {"file_id": "x"}},
        {"paid_media": {}},
        {},
        {"gift": {"text": "help"}},
    ],
)
def test_all_else_that_telegram_delivers_is_answered(changes):
    """Also what it may invent, and what it does not show to a bot."""
    arrival = telegram_reads(**changes)
    assert arrival.media and arrival.private and arrival.text == ""


def test_a_text_in_telegram_is_no_media():
    """A caption is: there is something above it."""
    assert not telegram_reads(text="hallo").media
    assert telegram_reads(caption="hallo", photo=[{}]).media and telegram_reads(caption="x", hologram={}).text == "x"


@pytest.mark.parametrize(("kind", "told"), [("supergroup", True), ("group", True), ("channel", False)])
def test_telegram_says_nothing_in_a_channel_it_is_put_in(kind, told):
    """All its followers would read it, and nobody can write there."""
    update = payload("telegram/added_to_group")
    update["my_chat_member"]["chat"]["type"] = kind
    assert (TelegramInput(TelegramSettings("1:a", HERE))._arrival(update, "1") is not None) == told


def test_telegram_is_told_again_where_to_deliver_when_that_was_taken_away(monkeypatch):
    """Also when it is away meanwhile; and all ends with the server."""
    assert CHECK_SECONDS <= 3_600
    monkeypatch.setattr(weerbaar.channels.apps.telegram, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(weerbaar.channels.apps.telegram, "FIRST_WAIT", 0.05)
    telegram = Telegram()
    telegram.start()
    token, address = telegram.environment["TELEGRAM_TOKEN"], telegram.environment["TELEGRAM_WEBHOOK_URL"]

    def asked(method: str) -> int:
        return sum(one.path.endswith(f"/{method}") for one in telegram.asked)

    async def until(true):
        for _ in range(200):
            if true():
                return
            await asyncio.sleep(0.02)
        raise AssertionError

    async def go():
        channel = TelegramInput(TelegramSettings(token, address, telegram.address))
        await channel.client.open()
        preparing = asyncio.create_task(channel.prepare())
        await until(lambda: asked("getWebhookInfo") >= 3)
        assert asked("setWebhook") == asked("setMyCommands") == 1
        for elsewhere in ("", "https://other.example/webhook"):
            telegram.registered = elsewhere
            await until(lambda: telegram.registered == address)
        telegram.registered, telegram.fault = "", (500, {})
        known = asked("getWebhookInfo")
        await until(lambda: asked("getWebhookInfo") >= known + 2)
        telegram.mend()
        await until(lambda: telegram.registered == address)
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        await channel.client.close()
        return preparing.cancelled()

    try:
        assert asyncio.run(go())
    finally:
        telegram.stop()
