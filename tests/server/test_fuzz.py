"""Whatever is sent, it is answered: texts of any kind, bodies of any kind. Bounded: it takes less than a minute.

A failure shows the smallest example that hypothesis found.
"""

from __future__ import annotations

import json
import re
import string
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from chat import new_sender
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sanic.compat import Header
from sanic.request import Request

from weerbaar.channels import rest
from weerbaar.channels.web.cross_origin import ForeignSite, headers_for
from weerbaar.channels.web.messages import messages_of
from weerbaar.channels.web.requests import Refused, bearer_token, conversation_id, read_body
from weerbaar.channels.web.settings import WebSettings
from weerbaar.conversation.guard import EMPTY_MESSAGE, as_typed, looks_like_command

TEAM = "070-3738314"
JSON = {"Content-Type": "application/json"}
REFUSALS = {400, 413, 415}
MOST_WEB = WebSettings().max_characters
# The server is one for all examples, and the machine may be busy: no time limit on one example.
ON_SERVER = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
IN_PROCESS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

DUTCH = "ik word bedreigd, wat is aangifte? Help! 112 burgemeester dood maken"
SCRIPTS = "abc éëï ıİß ΑΒΓ привет שלום مرحبا 你好 こんにちは 한국어 हिन्दी 𝕒𝕓𝕔 Ａｂｃ"
ODD = "/\\\uff0f\u2044{}[]\"'<>%$#;:|`~\x00\x07\x08\x1b\x7f\x85\xa0\u200b\u200d\u202e\u2028\ufeff\ufffd\U000e0041"
EMOJI = "😀🔪💀👨‍👩‍👧‍👦🏳️‍🌈👍🏽🇳🇱❤️"
any_text = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(), max_size=60),  # halves of characters too
    st.text(alphabet=DUTCH, max_size=300),
    st.text(alphabet=SCRIPTS + EMOJI + ODD, max_size=200),
    st.lists(st.sampled_from([*DUTCH.split(), *SCRIPTS.split(), *EMOJI, *ODD]), max_size=60).map(" ".join),
    # Long runs of a few characters.
    st.builds(lambda part, times: part * times, st.text(min_size=1, max_size=6), st.integers(1, 2_000)),
    # What looks like a command, a template, or JSON.
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["/", " /", "/ /", "\u200b/", "\uff0f"]),
        st.text(string.ascii_lowercase),
        st.sampled_from(["", '{"functie": "raadslid"}', "{", "}}", "{{functie}}", "@0.9"]),
    ),
    st.recursive(st.none() | st.booleans() | st.text(max_size=5), st.lists, max_leaves=20).map(json.dumps),
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=15,
)
# Bodies that are nearly right: the names of the fields, with any values.
FIELDS = st.sampled_from(["sender", "message", "text", "payload", "id", "metadata", "input_channel", "Text", ""])
nearly_a_message = st.dictionaries(FIELDS, any_json | any_text, max_size=5)


@pytest.fixture(scope="module")
def address(server) -> str:
    """Where the running server is."""
    return server.address.split("/webhooks/")[0]


@pytest.fixture(scope="module")
def client() -> httpx.Client:
    """One connection for all examples."""
    with httpx.Client(timeout=60) as client:
        yield client


def new_session(client: httpx.Client, address: str) -> dict[str, str]:
    """Starts a session of the web channel and returns the headers for its messages."""
    token = client.post(f"{address}/webhooks/web/session").json()["session"]
    return {**JSON, "Authorization": f"Bearer {token}"}


def said(messages: list[dict[str, Any]]) -> str:
    """Returns all texts of an answer."""
    return "".join(message.get("text") or "" for message in messages).strip()


@ON_SERVER
@given(text=any_text)
def test_any_text_gets_an_answer_over_rest(client, address, text):
    """200, with a text in it; twice, for the second one meets a conversation."""
    body = json.dumps({"sender": new_sender(), "message": text}).encode()
    for _ in range(2):
        answer = client.post(f"{address}/webhooks/rest/webhook", content=body, headers=JSON)
        assert answer.status_code == 200, answer.text
        assert said(answer.json())


@ON_SERVER
@given(texts=st.lists(any_text, min_size=1, max_size=3))
def test_any_texts_get_answers_over_the_web(client, address, texts):
    """200, with a text in each message; after what is too long the rest is asked for, with the number."""
    headers = new_session(client, address)
    for text in texts:
        body = json.dumps({"text": text}).encode()
        answer = client.post(f"{address}/webhooks/web/message", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert len(text) <= MOST_WEB or TEAM in answer.json()["messages"][-1]["text"]
        assert answer.json()["failure"] is False
        assert all(message["text"].strip() for message in answer.json()["messages"])
        assert said(answer.json()["messages"])


@ON_SERVER
@given(body=any_json | nearly_a_message)
@pytest.mark.parametrize("path", ["rest/webhook", "web/message"])
def test_any_json_is_answered_or_refused_with_the_number(client, address, path, body):
    """Never a fault of the server, never without a text."""
    headers = new_session(client, address) if path.startswith("web") else JSON
    answer = client.post(f"{address}/webhooks/{path}", content=json.dumps(body).encode(), headers=headers)
    assert answer.status_code in REFUSALS | {200}, answer.text
    if answer.status_code == 200:
        messages = answer.json() if path.startswith("rest") else answer.json()["messages"]
        assert said(messages)
    else:
        assert TEAM in answer.text


@ON_SERVER
@given(st.binary(max_size=300), st.sampled_from(["application/json", "text/plain", "", "application/JSON; x"]))
@pytest.mark.parametrize("path", ["rest/webhook", "web/message", "web/session/end"])
def test_any_bytes_are_refused_with_the_number(client, address, path, body, kind):
    """Whatever the type says that they are."""
    headers = {**new_session(client, address), "Content-Type": kind}
    answer = client.post(f"{address}/webhooks/{path}", content=body, headers=headers)
    assert answer.status_code in REFUSALS | {401}, answer.text
    assert TEAM in answer.text


# The same functions without a server around them, with more examples.


def request_with(body: bytes, content_type: str = "application/json", **headers: str) -> Request:
    """Returns a real request of Sanic with this body and these headers."""
    request = Request(b"/", Header({"content-type": content_type, **headers}), "1.1", "POST", None, None)
    request.body = body
    return request


bodies = st.one_of(
    st.binary(max_size=200),
    (any_json | nearly_a_message).map(lambda value: json.dumps(value).encode()),
    nearly_a_message.map(lambda value: json.dumps(value).encode()[:-1]),
)


@IN_PROCESS
@given(bodies, st.text(max_size=20) | st.just("application/json"))
def test_the_web_channel_reads_or_refuses_any_body(body, content_type):
    """What it reads has the types that the rest of the channel counts on; what it refuses has a Dutch sentence."""
    try:
        read = read_body(request_with(body, content_type))
    except Refused as refused:
        assert refused.status in REFUSALS and str(refused)  # noqa: PT017  # it may be refused, and need not be
        return
    assert isinstance(read.text, str)
    assert read.payload is None or (isinstance(read.payload, str) and read.payload and not read.text)
    assert read.id is None or re.fullmatch(r"[A-Za-z0-9_-]{1,64}", read.id)


@IN_PROCESS
@given(bodies)
def test_the_rest_channel_reads_or_refuses_any_body(body):
    """A sender that cannot be one of the web channel, and a text."""
    try:
        sender, text = rest.read_body(request_with(body))
    except ValueError as error:
        assert str(error)  # noqa: PT017  # it may be refused, and need not be
        return
    assert 1 <= len(sender) <= 200
    assert not sender.startswith("web-")
    assert isinstance(text, str)


@IN_PROCESS
@given(any_text | st.text(alphabet=ODD + "restart", max_size=30))
def test_no_text_becomes_a_command(text):
    """What Rasa gets is the fixed payload for an empty message, or typed text that can be written as UTF-8."""
    typed = as_typed(text)
    assert typed == EMPTY_MESSAGE or not looks_like_command(typed)
    assert not typed.startswith("/") or typed == EMPTY_MESSAGE
    assert typed.encode("utf-8").strip()
    assert max(map(len, typed.split()), default=0) <= 100 or typed == EMPTY_MESSAGE


@IN_PROCESS
@given(st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_=-]{40,46}\n?", fullmatch=True))
def test_only_what_looks_like_a_token_is_looked_up(text):
    """43 characters of base64; all else is refused before any store is asked."""
    try:
        token = bearer_token(request_with(b"", authorization=f"Bearer {text}"))
    except Refused as refused:
        assert refused.status == 401  # noqa: PT017  # it may be refused, and need not be
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert re.fullmatch(r"web-[0-9a-f]{40}", conversation_id(token))


@IN_PROCESS
@given(st.text(max_size=60) | st.from_regex(r"(https?|file)://[a-z.:/@]{0,20}", fullmatch=True), st.text(max_size=20))
def test_only_sites_on_the_list_get_their_name_back(origin, host):
    """Any other is refused, or is the server itself, which needs no permission."""
    try:
        headers = headers_for(SimpleNamespace(headers={"origin": origin, "host": host}), ["https://www.example.nl"])
    except ForeignSite:
        return
    assert headers.get("Access-Control-Allow-Origin") in (None, "https://www.example.nl")
    assert origin == "https://www.example.nl" or origin.partition("://")[2] == host


@IN_PROCESS
@given(any_text, st.lists(st.sampled_from(["nl", "en", "ar"]), max_size=3) | st.sampled_from(["nl", "en"]), any_json)
def test_any_response_can_be_sent(text, languages, custom):
    """Whatever the assistant says, each message has all fields, and the card only those of a card."""
    messages = messages_of([{"text": text, "metadata": {"lang": languages}, "custom": custom, "buttons": None}])
    assert messages
    for message in messages:
        assert set(message) == {"text", "source", "buttons", "card", "lang"}
        assert message["card"] is None or set(message["card"]) == {"ernst", "telefoon", "adviseur", "functie"}
