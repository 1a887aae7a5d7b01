"""A server that answers at once with a fixed text, to measure the maximum rate of the clients of the benchmark.

Usage: python -m tools.benchmarks.null_server PORT
"""

from __future__ import annotations

import asyncio
import re
import sys

BODY = b'[{"recipient_id": "x", "text": "ja"}]'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """Answers each request without looking at its content."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts with an empty buffer."""
        self._transport, self._read = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answers once the whole request has arrived."""
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if found and len(body) >= (int(length.group(1)) if length else 0):
            self._read = b""
            self._transport.write(ANSWER)


async def serve(port: int) -> None:
    """Serves on `port` of this machine until the process ends."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
