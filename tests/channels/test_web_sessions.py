"""Sessions of the web channel: they cannot be guessed or chosen, end when they are wiped, and answer once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from web_client import TEAM, Browser, buttons_of, cards_of, text_of

from weerbaar.channels.web.requests import conversation_id


def test_a_button_of_another_session_is_refused(address):
    """What was offered to one is not offered to all."""
    payload = buttons_of(Browser(address).say("waarvoor is het ondersteuningsteam?"))["Voor wie is het?"]
    other = Browser(address)
    other.say("ik word bedreigd")
    assert other.press(payload).status_code == 400


def test_the_client_does_not_choose_the_session(address):
    """Made-up tokens, and the id of the conversation itself, open nothing."""
    browser = Browser(address)
    browser.say("ik ben wethouder")
    for token in ("a" * 43, conversation_id(browser.session), browser.session[:-1] + "-" * 2, ""):
        headers = {"Authorization": f"Bearer {token}".strip()}
        answer = httpx.post(f"{address}/webhooks/web/message", json={"text": "hallo"}, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"] == "unknown_session"
        assert TEAM in text_of(answer.json()["messages"])


def test_tokens_differ_and_are_long(address):
    """256 bits each."""
    tokens = {Browser(address).session for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) == 43 for token in tokens)


def test_the_rest_channel_cannot_reach_a_web_conversation(server, browser):
    """Neither the token nor the id of the conversation, which may stand in a log, opens the other door."""
    browser.say("ik ben statenlid")
    reply = server.say("welke adviseur hoort bij mij?", browser.session)
    assert "Wat is uw functie" in "\n".join(message.get("text", "") for message in reply)
    refused = server.post(json={"sender": conversation_id(browser.session), "message": "welke adviseur hoort bij mij?"})
    assert refused.status_code == 400


def test_wiping_ends_the_session(browser):
    """Afterwards the token opens nothing, and wiping twice is no error."""
    browser.say("ik word gestalkt door een buurman")
    assert browser.wipe().status_code == 204
    answer = browser.post({"text": "hallo"})
    assert answer.status_code == 401
    assert browser.wipe().status_code == 204


def test_leaving_ends_the_session_too(browser):
    """The request of a page that goes away has its token in the body, and no header of ours."""
    browser.say("ik word gestalkt door een buurman")
    for body, status in (("onzin", 401), (browser.session, 204), (browser.session, 204)):
        assert browser.http.post(f"{browser.web}/session/end", content=body).status_code == status
    assert browser.post({"text": "hallo"}).status_code == 401


def test_a_session_can_be_kept_without_a_message(browser):
    """For a user who was warned of its end; not when there is none, and not by another's token."""
    keep = f"{browser.web}/session/keep"
    browser.say("ik ben raadslid")
    mine = {"Authorization": f"Bearer {browser.session}"}
    assert browser.http.post(keep, headers=mine).status_code == 204
    assert "Raadsleden" in str(browser.say("welke adviseur hoort bij mij?"))
    browser.wipe()
    for headers in (mine, {}, {"Authorization": f"Bearer {'x' * 43}"}):
        refused = browser.http.post(keep, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (401, "unknown_session")
        assert TEAM in refused.text


def test_wiping_during_a_turn_is_not_undone(browser):
    """The turn that is going on must not save the conversation again."""
    with ThreadPoolExecutor() as pool:
        for _ in range(5):
            turn = pool.submit(browser.post, {"text": "ik word bedreigd " * 100})
            time.sleep(0.02)
            assert browser.wipe().status_code == 204
            turn.result()
            assert browser.post({"text": "hallo"}).status_code == 401
            browser = Browser(browser.web.split("/webhooks/")[0])


def test_a_message_sent_again_is_answered_once(browser):
    """A client that lost the answer gets the same answer, with its buttons; the conversation does not go on."""
    said = {"text": "hoe werkt aangifte onder nummer?", "id": "een"}
    first = browser.post(said).json()
    assert browser.post(said).json() == first
    assert buttons_of(first["messages"])
    again = browser.post({**said, "id": "twee"}).json()["messages"]
    assert "computer" in text_of(first["messages"]) and "computer" not in text_of(again), "the introduction came twice"


def test_other_words_under_the_same_id_are_a_new_message(browser):
    """A client whose counter broke does not silence a cry for help; and its answer is the one that is given again."""
    browser.post({"text": "wat is een woningscan?", "id": "1"})
    cry = {"text": "er staat iemand met een mes voor mijn deur", "id": "1"}
    first = browser.post(cry).json()
    assert cards_of(first["messages"])[0]["ernst"] == "acuut"
    assert browser.post(cry).json() == first


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, 7, None, "a\n"])
def test_an_odd_id_is_refused(browser, name):
    """Only a short plain word names a message; the numbers are in the refusal."""
    answer = browser.post({"text": "hallo", "id": name})
    assert answer.status_code == 400
    assert TEAM in answer.text
