"""What nginx writes of its visitors: nothing, in no log and on no disk."""

from __future__ import annotations

import re
import socket
import struct
from pathlib import Path

import pytest
from chat import free_port
from deployment import PROOFS, setting
from manifests import pods
from nginx import Nginx, exchange, running_nginx

pytestmark = pytest.mark.real


def provoke_every_error(nginx: Nginx) -> None:
    """Makes requests that nginx would like to write about."""
    with nginx.client() as client:
        for path in ("/geheim", "/webhooks/web/geheim?geheim=geheim"):
            client.get(path)
        client.post("/webhooks/web/geheim", content=b"geheim" * 20_000)
        client.post("/webhooks/web/geheim", content=b"geheim" * 10_000)
        client.post("/webhooks/telegram/webhook?geheim=geheim", content=b"geheim" * 40_000)
        client.post("/webhooks/telegram/webhook", content=b"geheim" * 50_000)
    exchange(nginx, b"GET /geheim HTTP/9.9\r\n\r\n")
    # A hello of TLS 1.3 whose key is no key: OpenSSL fails in a way that nginx takes for its own fault.
    for junk in (b"GET /geheim HTTP/1.1\r\n\r\n", bad_hello(b"\x00" * 32), bad_hello(b"\x01" * 5)):
        with socket.create_connection(("127.0.0.1", nginx.port), timeout=5) as connection:
            connection.sendall(junk)
            connection.recv(100)


def bad_hello(key: bytes) -> bytes:
    """Returns a ClientHello with these bytes as its key for X25519."""

    def extension(kind: int, body: bytes) -> bytes:
        return struct.pack(">HH", kind, len(body)) + body

    share = b"\x00\x1d" + struct.pack(">H", len(key)) + key
    extensions = (
        extension(43, b"\x02\x03\x04")
        + extension(10, b"\x00\x02\x00\x1d")
        + extension(13, b"\x00\x04\x04\x03\x08\x04")
        + extension(51, struct.pack(">H", len(share)) + share)
    )
    body = b"\x03\x03" + b"\x11" * 32 + b"\x00\x00\x02\x13\x01\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def test_nothing_of_a_visitor_is_written(tmp_path):
    with running_nginx(tmp_path / "ours", [free_port()]) as nginx:
        provoke_every_error(nginx)
    assert nginx.log.read_text() == ""
    # The provocation works: one level lower the address is there, and no body went through a file.
    with running_nginx(tmp_path / "crit", [free_port()], changes={"stderr emerg": "stderr crit"}) as nginx:
        provoke_every_error(nginx)
    assert "127.0.0.1" in nginx.log.read_text()
    with running_nginx(tmp_path / "warn", [free_port()], changes={"stderr emerg": "stderr warn"}) as nginx:
        provoke_every_error(nginx)
    assert "client: 127.0.0.1" in nginx.log.read_text() and "temporary file" not in nginx.log.read_text()


def test_a_body_in_many_pieces_reaches_no_disk(tmp_path):
    """The proxy makes a file of it, however short it is; that file is in memory."""
    [place] = setting("client_body_temp_path", "nginx.conf")
    assert place.startswith("/dev/shm/")
    warned = {"stderr emerg": "stderr warn"}
    with running_nginx(tmp_path, [free_port()], changes=warned) as nginx, nginx.client() as client:
        client.post("/webhooks/telegram/webhook", headers=PROOFS, content=(b"x" for _ in range(60_000)))
    files = re.findall(r"to a temporary file (\S+),", nginx.log.read_text())
    assert files and all(Path(file).parent == tmp_path / "tmp" / Path(place).name for file in files)
    assert setting("client_body_temp_path", "nginx/kubernetes.conf") == {"/tmp/body"}
    assert [volume["emptyDir"].get("medium") for volume in pods()["proxy"]["volumes"]] == ["Memory"]
