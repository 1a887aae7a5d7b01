"""The web server of the desk: its page, and what the page asks."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from aiohttp import web

from tools.desk import trial
from tools.desk.assistant import Assistant
from tools.desk.catalogue import WEB, catalogue
from tools.desk.register import rows
from tools.desk.same_page import add_headers, guard
from tools.desk.texts import REGISTER, Texts
from tools.desk.yaml_lines import Mistake
from tools.evaluation.examples import REPOSITORY
from weerbaar.channels.apps.answers import VARIANT
from weerbaar.conversation.incoming import NotOffered

PAGE = Path(__file__).resolve().parent / "page"
WIDGET = REPOSITORY / "widget" / "src"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_NAME = re.compile(r"[a-z-]+\.(?:css|js)\Z")
_ID = re.compile(r"desk-[0-9a-f]{16}\Z")
# In bytes: room for the longest text that is read.
MOST_BYTES = 256_000


class Desk:
    """What the page can ask.

    Attributes:
        texts: the texts of now.
        days: how long after its review a row of the register is due.
        assistant: the loaded model.
    """

    def __init__(self, texts: Texts, assistant: Assistant, days: int) -> None:
        """Takes what the desk shows."""
        self.texts, self.assistant, self.days = texts, assistant, days
        self._catalogue: tuple[int, dict[str, Any]] = (-1, {})

    def look(self) -> None:
        """Reads the texts again when a file changed, also for the assistant."""
        if self.texts.refresh():
            self.assistant.say(self.texts.content)

    async def state(self, _: web.Request) -> web.Response:
        """Tells whether a text changed, and what is wrong with a file."""
        self.look()
        return web.json_response({"version": self.texts.version, "mistake": self.texts.mistake})

    async def answers(self, _: web.Request) -> web.Response:
        """Gives all subjects with their answers."""
        self.look()
        version, found = self._catalogue
        if version != self.texts.version:
            found = catalogue(self.texts.content)
            self._catalogue = (self.texts.version, found)
        return web.json_response({"version": self.texts.version, "mistake": self.texts.mistake, **found})

    async def register(self, _: web.Request) -> web.Response:
        """Gives the rows of the register, and which of them are due."""
        try:
            found = rows(self.texts.root / REGISTER, date.today(), self.days)
        except Mistake as mistake:
            return web.json_response({"mistake": str(mistake), "rows": [], "days": self.days})
        return web.json_response({"mistake": "", "rows": found, "days": self.days, "file": str(REGISTER)})

    async def begin(self, request: web.Request) -> web.Response:
        """Forgets the conversation that the page had, if any, and gives the id of a new one."""
        old = (await body_of(request)).get("conversation")
        if isinstance(old, str) and _ID.match(old):
            await trial.forget(self.assistant, old)
        return web.json_response({"conversation": trial.new_conversation()})

    async def message(self, request: web.Request) -> web.Response:
        """Answers a message, and says how it was judged."""
        body = await body_of(request)
        conversation, text, payload = body.get("conversation"), body.get("text"), body.get("payload")
        variant = body.get("channel", WEB)
        if not (isinstance(conversation, str) and _ID.match(conversation) and isinstance(text, str)):
            raise web.HTTPBadRequest
        if not isinstance(payload, (str, type(None))) or variant not in (WEB, VARIANT):
            raise web.HTTPBadRequest
        self.look()
        try:
            return web.json_response(await trial.say(self.assistant, conversation, text, payload, variant))
        except NotOffered:
            return web.json_response({"error": "Deze knop hoort niet bij dit gesprek."}, status=400)

    def application(self, port: int) -> web.Application:
        """Returns the web application, which answers at this port only."""
        app = web.Application(middlewares=[guard(port)], client_max_size=MOST_BYTES)
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", lambda _: file_in(PAGE, "index.html"))
        app.router.add_get("/page/{name}", lambda request: file_in(PAGE, request.match_info["name"]))
        app.router.add_get("/widget/{name}", lambda request: file_in(WIDGET, request.match_info["name"]))
        app.router.add_get("/api/state", self.state)
        app.router.add_get("/api/answers", self.answers)
        app.router.add_get("/api/register", self.register)
        app.router.add_post("/api/conversation", self.begin)
        app.router.add_post("/api/message", self.message)
        return app


async def file_in(folder: Path, name: str) -> web.Response:
    """Returns a file of the page or of the chat; raises HTTPNotFound for any other name."""
    path = folder / name
    if not (name == "index.html" or _NAME.match(name)) or not path.is_file():
        raise web.HTTPNotFound
    return web.Response(body=path.read_bytes(), content_type=KINDS[path.suffix], charset="utf-8")


async def body_of(request: web.Request) -> dict[str, Any]:
    """Returns the JSON object in the body; raises HTTPBadRequest for anything else."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body
