"""Closes two gaps of Sanic 21.12: body lengths that it cannot read, and requests that never end."""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.compat import Header
from sanic.exceptions import InvalidUsage
from sanic.http import Stage
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol

received = HttpProtocol.data_received


class StrictRequest(Request):
    """A request with a readable address and at most one, readable, length for its body.

    With `Content-Length: -1` Sanic never stops reading: the whole server hangs, and SIGTERM does not end it. Other bad
    lengths, transfer codings and addresses become a 500, or get no answer at all.
    """

    def __init__(
        self, url_bytes: bytes, headers: Header, version: str, method: str, transport: Any, app: Any, head: bytes = b""
    ) -> None:
        """Creates the request from what Sanic read; raises InvalidUsage, which becomes a 400, for bad input."""
        lengths, codings = headers.getall("content-length", []), headers.getall("transfer-encoding", [])
        readable = all(one.isascii() and one.isdigit() for one in lengths) and all(one == "chunked" for one in codings)
        if not readable or len(lengths) + len(codings) > 1:
            raise InvalidUsage("Bad Request")
        try:
            super().__init__(url_bytes, headers, version, method, transport, app, head)
        except Exception as error:
            if head:
                raise InvalidUsage("Bad Request") from error
            # Sanic makes a request without a head to answer one that it could not read.
            super().__init__(b"*", headers, version, method, transport, app, head)


def data_received(self: HttpProtocol, data: bytes) -> None:
    """Receives data from a client; timeouts count from the first byte of a request, not from the last one received."""
    began = self._time
    received(self, data)
    http = getattr(self, "_http", None)
    if http is not None and http.stage is not Stage.IDLE:
        self._time = began


def guard_connections(app: Sanic) -> None:
    """Makes a server refuse requests that it cannot read, and drop clients that send too slowly."""
    app.request_class = StrictRequest
    HttpProtocol.data_received = data_received  # type: ignore[method-assign]
