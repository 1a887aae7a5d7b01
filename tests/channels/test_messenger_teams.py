"""The token of Teams: a slow or failing login costs neither the card nor the buttons. No server."""

from __future__ import annotations

import asyncio
import time

import pytest
from messenger_doubles import Store, assistant, says_three_things
from platforms import Teams
from platforms.teams import APP_ID
from platforms.users import LINK

import weerbaar.channels.apps.channel
import weerbaar.channels.apps.teams
from weerbaar.channels.apps.arrival import Arrival
from weerbaar.channels.apps.platform import PlatformAway
from weerbaar.channels.apps.teams import TeamsInput, TeamsSettings


class SlowLogin(Teams):
    """A login that takes some time."""

    seconds = 0.0

    def serve(self, asked):
        if asked.path.startswith("/login/"):
            time.sleep(self.seconds)
        return super().serve(asked)

    def logins(self) -> int:
        """Returns how often a token was asked for."""
        return sum(asked.path.startswith("/login/") for asked in self.asked)


@pytest.fixture
def slow():
    """Microsoft, whose login takes some time."""
    teams = SlowLogin()
    teams.start()
    yield teams
    teams.stop()


def in_teams(teams: SlowLogin, use):
    """Returns what `use` returns, which gets a channel for Teams."""

    async def go():
        environment = {name.removeprefix("TEAMS_").lower(): value for name, value in teams.environment.items()}
        channel = TeamsInput(TeamsSettings(**environment))
        await channel.client.open()
        try:
            return await use(channel)
        finally:
            await channel.client.close()

    return asyncio.run(go())


def test_a_slow_login_does_not_cost_the_card(slow, monkeypatch):
    """'Typing' waits no longer than a second; the answer takes the token that it asked for."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "TYPING_SECONDS", 0.2)
    slow.seconds = 0.6
    about = {"service": slow.service, "bot": {"id": f"28:{APP_ID}"}, "user": {"id": "29:7"}}
    arrival = Arrival("1", "7", "a:7", "help", private=True, sent=0.0, about=about)
    begin = time.monotonic()
    assert in_teams(slow, lambda channel: channel.take(assistant(Store(), says_three_things), arrival))
    assert time.monotonic() - begin < weerbaar.channels.apps.channel.ROUND_SECONDS
    assert slow.logins() == 1
    first, second = slow.shown("7")[:2]
    assert first.phone == LINK and list(second.buttons) == ["Ja"]


def test_a_token_is_asked_for_once_by_all_who_wait(slow, monkeypatch):
    """Also when there is none; and again after a pause."""
    monkeypatch.setattr(weerbaar.channels.apps.teams, "TOKEN_PAUSE", 0.3)

    async def use(channel):
        slow.fault, slow.fault_at = (503, {}), "/login/"
        failed = await asyncio.gather(*(channel.token() for _ in range(10)), return_exceptions=True)
        failed += await asyncio.gather(*(channel.token() for _ in range(10)), return_exceptions=True)
        slow.mend()
        await asyncio.sleep(0.4)
        return failed, await asyncio.gather(*(channel.token() for _ in range(10)))

    failed, tokens = in_teams(slow, use)
    assert all(isinstance(error, PlatformAway) for error in failed)
    assert set(tokens) == {slow.access_token} and slow.logins() == 2


def test_a_login_that_fails_does_not_make_the_answer_plain(slow, monkeypatch):
    """It is the token that was missing."""
    monkeypatch.setattr(weerbaar.channels.apps.channel, "ROUND_SECONDS", 0.3)
    monkeypatch.setattr(weerbaar.channels.apps.teams, "TOKEN_PAUSE", 0.1)
    slow.fault, slow.fault_at = (500, {}), "/login/"
    about = {"service": slow.service, "bot": {"id": f"28:{APP_ID}"}, "user": {"id": "29:7"}}

    async def use(channel):
        taking = asyncio.create_task(
            channel.take(
                assistant(Store(), says_three_things),
                Arrival("1", "7", "a:7", "help", private=True, sent=0.0, about=about),
            )
        )
        await asyncio.sleep(0.2)
        slow.mend()
        return await taking

    assert in_teams(slow, use)
    assert slow.shown("7")[0].phone == LINK
