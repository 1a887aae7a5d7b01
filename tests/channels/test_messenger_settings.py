"""The settings of the messaging channels: off without them, refused when they are half set up or unsafe."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from chat import ROOT, free_port
from platforms import PLATFORMS
from rasa.shared.exceptions import InvalidConfigException

from weerbaar.channels.apps.settings import read_settings
from weerbaar.channels.apps.slack import SlackInput
from weerbaar.channels.apps.teams import TeamsInput
from weerbaar.channels.apps.telegram import TelegramInput, TelegramSettings
from weerbaar.channels.apps.twilio import TwilioInput
from weerbaar.channels.apps.whatsapp import WhatsAppInput

KINDS = {kind.name(): kind for kind in (TelegramInput, TwilioInput, WhatsAppInput, TeamsInput, SlackInput)}


@pytest.fixture(params=PLATFORMS, ids=lambda kind: kind.name)
def environment(request, monkeypatch) -> tuple[str, dict[str, str]]:
    """The name of a channel and its variables, none of which is set."""
    for kind in PLATFORMS:
        for name in kind().environment:
            monkeypatch.delenv(name, raising=False)
    return request.param.name, request.param().environment


def test_a_channel_without_variables_is_off(environment):
    """And has no routes."""
    channel = KINDS[environment[0]].from_credentials(None)
    assert channel.settings is None
    assert list(channel.blueprint(None).routes) == []


def test_a_channel_that_is_half_set_up_is_refused(environment, monkeypatch):
    """The message names what is missing, and no value."""
    name, variables = environment
    optional = ("API_URL", "LOGIN_URL", "OPENID_URL")
    needed = {key: value for key, value in variables.items() if not key.endswith(optional)}
    for missing in needed:
        for key, value in needed.items():
            monkeypatch.setenv(key, value if key != missing else " ")
        with pytest.raises(InvalidConfigException) as refused:
            KINDS[name].from_credentials(None)
        assert missing in str(refused.value)
        assert not any(value in str(refused.value) for value in needed.values())


@pytest.mark.real
def test_a_server_with_a_channel_that_is_half_set_up_says_so_and_ends():
    """In one line, which does not show the secret."""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "weerbaar.server", "--port", str(free_port())],
        cwd=ROOT,
        timeout=120,
        env={**os.environ, "TELEGRAM_TOKEN": "geheim"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "TELEGRAM_WEBHOOK_URL" in ended.stderr and "Traceback" not in ended.stderr
    assert "geheim" not in ended.stderr


@pytest.mark.parametrize("settings", [{"token": "x"}, {"votes": True, "token": "x"}, {"votes": "ja"}])
def test_other_settings_in_the_file_are_refused(environment, settings):
    """A secret in credentials.yml would land in version control."""
    with pytest.raises(InvalidConfigException, match="environment variables"):
        KINDS[environment[0]].from_credentials(settings)


def test_votes_are_asked_for_only_where_that_is_switched_on(environment):
    """Twilio has no buttons, so there it cannot be."""
    kind = KINDS[environment[0]]
    assert not kind.from_credentials(None).answers.votes
    if kind is TwilioInput:
        with pytest.raises(InvalidConfigException, match="no buttons"):
            kind.from_credentials({"votes": True})
    else:
        assert kind.from_credentials({"votes": True}).answers.votes


@pytest.mark.parametrize("address", ["http://assistent.example/x", "assistent.example", "https://", "ftp://x.example"])
def test_a_webhook_without_https_is_refused(monkeypatch, address):
    """What users say would be readable on the way."""
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:x")
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", address)
    with pytest.raises(InvalidConfigException, match="TELEGRAM_WEBHOOK_URL"):
        read_settings(TelegramSettings, "telegram")
