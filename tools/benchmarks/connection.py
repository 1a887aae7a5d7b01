"""A client of the REST channel that uses a tenth of the processor time of a full HTTP library.

Server and clients share the machine, so processor time of a client is lost to the server and lengthens every answer.
The client knows only the HTTP of the benchmark's servers: HTTP/1.1, answers with a length, connections that stay open.
"""

from __future__ import annotations

import asyncio
import json
import re

HOST = "127.0.0.1"
_HEAD = (
    "POST /webhooks/rest/webhook HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)


class BadAnswer(Exception):
    """Raised for an answer that this client cannot read as HTTP."""


class Connection:
    """One connection, which opens at the first message and again after a fault."""

    def __init__(self, port: int) -> None:
        """Prepares a connection to a port on this machine."""
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, sender: str, message: str) -> tuple[int, bytes]:
        """Sends a message and returns the status and the body of the answer.

        Raises:
            OSError, EOFError: the connection could not be opened or broke.
            BadAnswer: the answer cannot be read.
        """
        body = json.dumps({"sender": sender, "message": message}).encode()
        head = _HEAD.format(host=HOST, port=self._port, length=len(body)).encode()
        try:
            reader, writer = self._streams = self._streams or await asyncio.open_connection(HOST, self._port)
            writer.write(head + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            status, length = _STATUS.match(answer), _LENGTH.search(answer)
            if not status or not length:
                raise BadAnswer(answer[:100].decode(errors="replace"))
            content = await reader.readexactly(int(length.group(1)))
        except BaseException:  # also on a timeout: a late answer would be taken for the next one
            self.close()
            raise
        if _CLOSE.search(answer):
            self.close()
        return int(status.group(1)), content

    def close(self) -> None:
        """Closes the connection; the next message opens it again."""
        if self._streams:
            self._streams[1].close()
        self._streams = None
