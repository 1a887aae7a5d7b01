"""Sets up what every server needs, whichever channels it opens: each channel asks for it, only the first does it."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import BaseHTTPResponse

from weerbaar.channels.connection import guard_connections
from weerbaar.channels.refusals import refuse_by_sanic
from weerbaar.observability.logs import keep_private
from weerbaar.stores.memory import forget_in_fallback

# A proxy must let bodies of this size pass: 20,000 characters of three bytes, and some room. The widget sends no more.
MAX_BODY_BYTES = 64_000


def set_up_server(channel: Blueprint) -> None:
    """Makes a server with this channel keep its logs private, refuse unreadable requests, forget, and stop in time.

    Every channel calls this, because Rasa opens the channels that credentials.yml lists and none can rely on another.
    """

    @channel.listener("before_server_start")
    async def prepare(app: Sanic, _: Any) -> None:
        if hasattr(app.ctx, "set_up_by"):
            return
        app.ctx.set_up_by, app.ctx.is_stopping = channel, False
        keep_private()
        app.config.REQUEST_MAX_SIZE = min(app.config.REQUEST_MAX_SIZE, 4 * MAX_BODY_BYTES)
        guard_connections(app)
        app.error_handler.add(Exception, refuse_by_sanic)
        app.error_handler.add(SanicException, refuse_by_sanic)
        app.register_middleware(close_when_stopping, "response")

    @channel.listener("after_server_start")
    async def begin(app: Sanic, _: Any) -> None:
        if app.ctx.set_up_by is channel:
            # Again, because Rasa sets up its own logs in between.
            keep_private()
            forget_in_fallback(app.ctx.agent)

    @channel.listener("before_server_stop")
    async def begin_to_stop(app: Sanic, _: Any) -> None:
        app.ctx.is_stopping = True


async def close_when_stopping(request: Request, _: BaseHTTPResponse) -> None:
    """Closes the connection after this response when the server stops.

    Sanic waits for the clients to hang up; a client whose response was under way would keep its connection open.
    """
    if request.app.ctx.is_stopping and request.stream:
        request.stream.keep_alive = False
