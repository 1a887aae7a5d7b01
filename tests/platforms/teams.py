"""A stand-in for Microsoft's login, the keys of the Bot Connector, and its service for Teams."""

from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platforms.stand_in import Asked, NotAccepted, Said, StandIn, Unauthorized, payload, require

APP_ID, TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "11111111-2222-3333-4444-555555555555"
PASSWORD = "client-secret-of-nobody"
HERO = "application/vnd.microsoft.card.hero"


class Teams(StandIn):
    """Signs with RSA keys of its own. The chat of user 7 is `a:7`; that of a group is in the fixture."""

    name = "teams"

    def __init__(self) -> None:
        """Makes the first key."""
        super().__init__()
        self.keys: dict[str, Any] = {}
        self.endorsements = ["msteams"]
        self.access_token = "token-of-the-bot"
        self.new_key("first")

    def new_key(self, key_id: str) -> None:
        """Signs with a new key from now on; the older ones stay good."""
        self.keys[key_id] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = key_id

    def withdraw_token(self) -> None:
        """Accepts only a new token from now on."""
        self.access_token += "-new"

    @property
    def service(self) -> str:
        """The address of the service, as activities name it."""
        return f"{self.address}/emea/"

    @property
    def environment(self) -> dict[str, str]:
        """See parent class."""
        return {
            "TEAMS_APP_ID": APP_ID,
            "TEAMS_APP_PASSWORD": PASSWORD,
            "TEAMS_TENANT_ID": TENANT,
            "TEAMS_LOGIN_URL": f"{self.address}/login",
            "TEAMS_OPENID_URL": f"{self.address}/v1/.well-known/openidconfiguration",
        }

    def serve(self, asked: Asked) -> dict[str, Any]:
        """See parent class."""
        if asked.path.endswith("openidconfiguration"):
            return {**payload("teams/openid_configuration"), "jwks_uri": f"{self.address}/v1/.well-known/keys"}
        if asked.path.endswith("/keys"):
            return {"keys": [self.public_key(key_id) for key_id in self.keys]}
        if asked.path.startswith("/login/"):
            require(asked.path == f"/login/{TENANT}/oauth2/v2.0/token", "AADSTS700016")
            require(asked.body["client_id"] == APP_ID and asked.body["client_secret"] == PASSWORD, "AADSTS7000215")
            require(asked.body["scope"] == "https://api.botframework.com/.default", "AADSTS70011")
            require(asked.body["grant_type"] == "client_credentials", "AADSTS900144")
            return {"token_type": "Bearer", "expires_in": 86399, "access_token": self.access_token}
        return self.take_activity(asked)

    def public_key(self, key_id: str) -> dict[str, Any]:
        """Returns a key as the JWKS of the Bot Connector has it."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[key_id].public_key(), as_dict=True)
        return {**key, "kid": key_id, "use": "sig", "endorsements": self.endorsements}

    def take_activity(self, asked: Asked) -> dict[str, Any]:
        """Shows an activity in its conversation."""
        if asked.headers.get("authorization") != f"Bearer {self.access_token}":
            raise Unauthorized
        before, _, rest = asked.path.partition("/v3/conversations/")
        chat, _, end = rest.partition("/")
        require(before == "/emea" and end == "activities", "path")
        if asked.body["type"] == "typing":
            return {"id": "1"}
        require(asked.body["type"] == "message", "type")
        require(asked.body["from"]["id"] == f"28:{APP_ID}", "from")
        buttons, phone = {}, ""
        for card in asked.body.get("attachments") or []:
            require(card["contentType"] == HERO and len(card["content"]["buttons"]) <= 6, "card")
            for button in card["content"]["buttons"]:
                if button["type"] == "openUrl":
                    phone = button["value"].removeprefix("tel:")
                elif button["type"] == "messageBack":
                    require(button["displayText"] and button["text"], "messageBack")
                    buttons[button["title"]] = button["value"]["choice"]
                else:
                    raise NotAccepted("Teams does not show this kind of button")
        self.show(unquote(chat).removeprefix("a:"), Said(shown_by_teams(asked.body), buttons, phone))
        return {"id": str(self._count)}

    def numbered(self, payload: dict[str, Any], user: int) -> dict[str, Any]:
        """See parent class."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f1Z")
        payload.update(id=str(self.next()), serviceUrl=self.service, timestamp=now)
        payload["from"].update(id=f"29:{user}", aadObjectId=f"object-{user}")
        if payload["conversation"].get("conversationType") == "personal":
            payload["conversation"]["id"] = f"a:{user}"
        return payload

    def payload_of(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        return self.numbered({**payload("teams/message"), "text": text}, user)

    def pressed(self, title: str, key: str, user: int) -> dict[str, Any]:
        """See parent class."""
        return self.numbered({**payload("teams/message_back"), "text": title, "value": {"choice": key}}, user)

    def in_group(self, text: str, user: int) -> dict[str, Any]:
        """See parent class."""
        return self.numbered({**payload("teams/group_chat"), "text": f"<at>Assistent</at> {text}"}, user)

    def group_of(self, activity: dict[str, Any]) -> str:
        """Returns the group of an activity."""
        return activity["conversation"]["id"]

    def token(self, key: Any = None, algorithm: str = "RS256", key_id: str = "", **claims: Any) -> str:
        """Returns a token of the Bot Connector, with other claims where they are given; None leaves one out."""
        now = int(time.time())
        right = {**payload("teams/claims"), "serviceurl": self.service, "nbf": now - 10, "exp": now + 3600, **claims}
        right = {name: value for name, value in right.items() if value is not None}
        key_id = key_id or self.key_id
        return jwt.encode(right, self.keys[self.key_id] if key is None else key, algorithm, headers={"kid": key_id})

    def token_by_secret(self, secret: bytes) -> str:
        """Returns a token that a careless reader of its header would take for good: signed by HMAC."""
        right = self.token().split(".")[1]
        header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": self.key_id}).encode()).decode()
        digest = hmac.digest(secret, f"{header.rstrip('=')}.{right}".encode(), "sha256")
        return f"{header.rstrip('=')}.{right}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def deliver(self, payload: dict[str, Any]) -> httpx.Response:
        """See parent class."""
        return self.post(payload, self.token())

    def post(self, activity: dict[str, Any], token: str) -> httpx.Response:
        """Posts an activity with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post(self.webhook, json=activity, headers=headers)

    def forgeries(self, payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """See parent class."""
        public = self.keys[self.key_id].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        elsewhere = {**payload, "serviceUrl": "https://service.example/"}
        tenant = {"id": "99999999-2222-3333-4444-555555555555"}
        stranger = {
            **payload,
            "channelData": {"tenant": tenant},
            "conversation": {**payload["conversation"], "tenantId": tenant["id"]},
        }
        now = int(time.time())
        tokens = {
            "another key": self.token(other),
            "no key": self.token("", "none"),
            "the public key as a secret": self.token_by_secret(public),
            "an unknown key": self.token(other, key_id="unknown"),
            "another audience": self.token(aud="ffffffff-bbbb-cccc-dddd-eeeeeeeeeeee"),
            "another issuer": self.token(iss="https://sts.windows.net/"),
            "expired": self.token(nbf=now - 7200, exp=now - 3600),
            "not valid yet": self.token(nbf=now + 3600, exp=now + 7200),
            "without an end": self.token(exp=None),
            "without an audience": self.token(aud=None),
            "another service": self.token(serviceurl="https://service.example/"),
            "without a service": self.token(serviceurl=None),
            "no token at all": "x",
        }
        found = {
            name: {"json": payload, "headers": {"Authorization": f"Bearer {token}"}} for name, token in tokens.items()
        }
        right = {"Authorization": f"Bearer {self.token()}"}
        return {
            **found,
            "no header": {"json": payload},
            "another scheme": {"json": payload, "headers": {"Authorization": "Basic eDp5"}},
            "another service in the body": {"json": elsewhere, "headers": right},
            "two organisations": {"json": {**payload, "channelData": {"tenant": tenant}}, "headers": right},
            "no text": {"json": payload, "headers": {"Authorization": b"Bearer \xff.\xff.\xff"}},
            "another organisation": {"json": stranger, "headers": right},
            "another organisation as the library writes it": {
                "headers": right,
                "json": {**payload, "conversation": {**payload["conversation"], "tenantID": tenant["id"]}},
            },
            "another channel": {"json": {**payload, "channelId": "webchat"}, "headers": right},
            "no activity": {"json": [], "headers": right},
        }


def shown_by_teams(activity: dict[str, Any]) -> str:
    """Returns what a member reads of an activity: links by their words; raises ValueError when it is no XML."""
    if activity["textFormat"] == "plain":
        return activity["text"]
    require(activity["textFormat"] == "xml", "textFormat")
    try:
        tree = ElementTree.fromstring(f"<text>{activity['text']}</text>")
    except ElementTree.ParseError as error:
        raise ValueError("no XML") from error
    require({part.tag for part in tree} <= {"a", "br"}, "Teams does not know this markup")
    parts = ["\n" * (part.tag == "br") + (part.text or "") + (part.tail or "") for part in tree]
    return (tree.text or "") + "".join(parts)
