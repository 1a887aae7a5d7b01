"""Votes in the web channel: when they are asked for, and that each is counted once or refused with the numbers."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import yaml
from chat import ROOT, agent_of
from rasa.shared.core.domain import Domain
from web_client import TEAM, Browser, Request, votes_of

from weerbaar.channels.web import WebInput
from weerbaar.channels.web.settings import WebSettings
from weerbaar.stores.memory import ExpiringTrackerStore

CALM = "wat is een woningscan?"
SERIOUS = "er lag een kogel in mijn brievenbus"
WORRIED = "ik voel me de laatste tijd niet veilig maar er is niets gebeurd"
SUICIDAL = "ik wil niet meer leven"


def test_a_vote_is_counted_and_is_no_message(server, browser):
    """Once for the conversation, whatever it says later; no turn, and the session lasts no longer for it."""
    messages = browser.say(CALM)
    [name] = votes_of(messages)
    assert "vote" in messages[-1] and len(messages) == 2, "below the answer, not the introduction"
    votes, turns = server.metric("weerbaar_votes_total"), server.metric("weerbaar_turns_total")
    assert browser.vote(name).status_code == 204
    assert browser.vote(name).status_code == 204
    assert browser.vote(name, False).status_code == 204
    assert server.metric("weerbaar_votes_total") == votes + 1
    assert server.metric("weerbaar_turns_total") == turns


@pytest.mark.parametrize("text", [SERIOUS, WORRIED, SUICIDAL, "er staat nu een man met een mes voor de deur", "hallo"])
def test_nobody_in_need_is_asked_for_a_vote(browser, text):
    """Not below a handoff, the offer to call, or small talk; nor later, once something was told."""
    assert votes_of(browser.say(text)) == []
    if text != "hallo":
        assert votes_of(browser.say(CALM)) == []


@pytest.mark.parametrize("helps", [True, False])
def test_a_vote_on_an_answer_of_somebody_else_is_refused(address, server, browser, helps):
    """Nobody can push an answer up or down that he did not get; the refusal gives the numbers."""
    [name] = votes_of(Browser(address).say(CALM))
    votes = server.metric("weerbaar_votes_total")
    for refused, status in ((browser.vote(name, helps), 400), (browser.vote("0" * 16, helps), 400)):
        assert refused.status_code == status and TEAM in refused.text
    browser.wipe()
    gone = browser.vote(name, helps)
    assert gone.status_code == 401 and TEAM in gone.text
    assert server.metric("weerbaar_votes_total") == votes


def test_a_vote_is_refused_once_something_grave_was_told(server, browser):
    """The buttons of the answer before it are gone; who sends one all the same changes nothing."""
    [name] = votes_of(browser.say(CALM))
    browser.say(SERIOUS)
    votes = server.metric("weerbaar_votes_total")
    refused = browser.vote(name)
    assert refused.status_code == 400 and TEAM in refused.text
    assert server.metric("weerbaar_votes_total") == votes


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"vote": "a"},
        {"vote": "a", "helps": True, "text": "a"},
        {"vote": 1, "helps": True},
        {"vote": "a", "helps": 1},
        {"vote": "a", "helps": "ja"},
    ],
)
def test_what_is_no_vote_is_refused(browser, body):
    """With the numbers."""
    headers = {"Authorization": f"Bearer {browser.session}"}
    answer = browser.http.post(f"{browser.web}/vote", json=body, headers=headers)
    assert answer.status_code == 400 and TEAM in answer.text


def test_another_site_of_ours_may_vote(server, address):
    """Its browser asks first."""
    asking = {"Origin": server.site, "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{address}/webhooks/web/vote", headers=asking)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == server.site
    assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type"


@pytest.mark.parametrize("file", ["credentials.yml", "deploy/credentials.yml"])
def test_votes_are_off_by_default(file):
    """No address is there, and no answer asks for one."""
    settings = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["weerbaar.channels.web.WebInput"]
    channel = WebInput.from_credentials(settings)
    assert not channel.settings.votes
    assert "/vote" not in {route.uri for route in channel.blueprint(None)._future_routes}
    asking = WebInput(WebSettings(votes=True))
    assert "/vote" in {route.uri for route in asking.blueprint(None)._future_routes}


def test_votes_do_not_take_the_place_of_messages():
    """Their limit is one of their own: who votes a lot can still cry for help."""
    channel = WebInput(WebSettings(votes=True, messages_per_minute=2))
    for _ in range(5):
        channel._votes_of_session.seconds_to_wait("anna")
    assert channel._of_session.seconds_to_wait("anna") == 0


def test_a_flood_of_votes_is_slowed_down():
    """As a flood of messages is, with the numbers."""
    channel = WebInput(WebSettings(votes=True, messages_per_minute=2))
    agent = agent_of(None, ExpiringTrackerStore(Domain.empty()))
    asked = Request(agent, {"vote": "0" * 16, "helps": True}, "t" * 43)

    async def flood() -> list:
        return [await channel._serve(asked, lambda: channel.vote(asked)) for _ in range(3)]

    answers = asyncio.run(flood())
    assert [answer.status for answer in answers] == [401, 401, 429]
    assert all(TEAM in answer.body.decode() for answer in answers)
