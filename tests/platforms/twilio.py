"""A stand-in for Twilio, which is answered in the response itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx

from platforms.stand_in import Asked, NotAccepted, Said, StandIn, payload

AUTH_TOKEN = "0123authtokenofnobody"
WEBHOOK = "https://assistent.example/webhooks/twilio/webhook"
_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)


class Twilio(StandIn):
    """Keeps chats with users, who have telephone numbers; the key of a choice is its number."""

    name = "twilio"

    @property
    def environment(self) -> dict[str, str]:
        """See parent class."""
        return {"TWILIO_AUTH_TOKEN": AUTH_TOKEN, "TWILIO_WEBHOOK_URL": WEBHOOK}

    def serve(self, asked: Asked) -> dict[str, Any]:
        """Refuses: the channel has no reason to ask anything."""
        raise NotAccepted("nothing to ask")

    def numbered(self, payload: dict[str, str], user: int) -> dict[str, str]:
        """See parent class."""
        name = f"SM{self.next():032x}"
        return {**payload, "MessageSid": name, "SmsMessageSid": name, "SmsSid": name, "From": f"whatsapp:+{user}"}

    def payload_of(self, text: str, user: int) -> dict[str, str]:
        """See parent class."""
        return self.numbered({**payload("twilio/whatsapp_text"), "Body": text}, user)

    def pressed(self, title: str, key: str, user: int) -> dict[str, str]:
        """See parent class: the user types the number."""
        return self.payload_of(key, user)

    def signed(self, fields: dict[str, str], token: str = AUTH_TOKEN, address: str = WEBHOOK) -> dict[str, str]:
        """Returns the headers with the signature over an address and a form."""
        text = address + "".join(name + fields[name] for name in sorted(fields))
        digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        return {"X-Twilio-Signature": base64.b64encode(digest).decode()}

    def deliver(self, payload: dict[str, str]) -> httpx.Response:
        """See parent class; shows the user what stands in the response."""
        response = self.post(payload, self.signed(payload))
        if response.status_code == 200:
            for message in ElementTree.fromstring(response.text).iter("Message"):
                text = message.text or "".join(message.itertext())
                assert 1 <= len(text) <= 1600
                self.show(payload["From"].removeprefix("whatsapp:+"), Said(text, choices_in(text), phone_in(text)))
        return response

    def post(self, fields: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        """Posts a form with these headers."""
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return self.client.post(self.webhook, content=urlencode(fields).encode(), headers={**kind, **headers})

    def forgeries(self, payload: dict[str, str]) -> dict[str, dict[str, Any]]:
        """See parent class."""
        other = {**payload, "Body": "iets anders"}
        return {
            "no signature": {"data": payload},
            "another token": {"data": payload, "headers": self.signed(payload, token="another")},
            "another address": {"data": payload, "headers": self.signed(payload, address=WEBHOOK + "/")},
            "another text": {"data": other, "headers": self.signed(payload)},
            "no text": {"data": payload, "headers": {"X-Twilio-Signature": b"\xff" * 64}},
            "thirty thousand fields": {
                "content": urlencode([(f"f{number}", "") for number in range(30_000)]).encode(),
                "headers": {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x" * 28},
            },
            "one field more": {"data": {**payload, "Extra": "1"}, "headers": self.signed(payload)},
        }


def choices_in(text: str) -> dict[str, str]:
    """Returns the numbers in a list of choices, by their titles."""
    return {title: number for number, title in _CHOICE.findall(text)}


def phone_in(text: str) -> str:
    """Returns the number of the team as a telephone makes it something to tap, when it stands in a text."""
    return "+31703738314" if "070-3738314" in text else ""
