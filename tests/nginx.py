"""Runs a real nginx with the configuration of deploy/ on loopback, before real workers or a stand-in."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from chat import ROOT, free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
MISSING = "nginx is missing: run tools/scripts/install_services.sh, or install your system's nginx package."
# Where deploy/ and the certificate are in production.
INSTALLED = "/opt/weerbaar/deploy"
TLS = "/etc/weerbaar/tls"
ACME = "/var/lib/weerbaar-acme"
CONFIGURATION = "nginx.conf"
UPSTREAM = "nginx/upstream.conf"
KUBERNETES = "nginx/kubernetes.conf"
# What both configurations include.
SHARED = ("settings", "site", "headers", "messenger")
SECONDS_TO_START = 10
SECONDS_TO_STOP = 10


@dataclass(frozen=True)
class Nginx:
    """A running nginx.

    Attributes:
        url: its address, without a slash at the end.
        plain_url: its address without TLS, which redirects.
        certificate: the certificate that a client must trust.
        log: all that it wrote.
    """

    url: str
    plain_url: str
    certificate: Path
    log: Path

    @property
    def port(self) -> int:
        """The port of `url`."""
        return int(self.url.rpartition(":")[2])

    def trusting(self) -> ssl.SSLContext:
        """Returns a TLS context that trusts the certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def client(self, **options: Any) -> httpx.Client:
        """Returns a client whose addresses begin at `url`."""
        return httpx.Client(**{"base_url": self.url, "verify": self.trusting(), "timeout": 30, **options})


@dataclass(frozen=True)
class Rendered:
    """The configuration with the paths and ports of a test."""

    folder: Path
    file: Path
    port: int
    plain_port: int

    def command(self, *arguments: str) -> list[str]:
        """Returns the command of nginx with this configuration."""
        assert NGINX, MISSING
        settings = "daemon off;" if self.file.name != CONFIGURATION else f"daemon off; pid {self.folder}/tmp/nginx.pid;"
        return [NGINX, "-e", "stderr", "-p", str(self.folder), "-c", str(self.file), "-g", settings, *arguments]


@contextmanager
def running_nginx(
    folder: Path,
    upstream_ports: Sequence[int],
    configuration: str = CONFIGURATION,
    changes: Mapping[str, str] | None = None,
) -> Iterator[Nginx]:
    """Runs nginx until the block ends; all its files, and `nginx.log`, are in `folder`.

    Args:
        folder: an empty folder.
        upstream_ports: the ports on 127.0.0.1 of the workers.
        configuration: `nginx.conf` (TLS) or `nginx/kubernetes.conf` (without) of deploy/.
        changes: text in deploy/'s configuration, and what comes in its place; each must be there.
    """
    rendered = render(folder, upstream_ports, configuration, changes=changes)
    log = folder / "nginx.log"
    with log.open("wb") as output:
        process = subprocess.Popen(rendered.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_until_open(rendered.port, process, log)
        scheme = "https" if configuration == CONFIGURATION else "http"
        yield Nginx(
            f"{scheme}://127.0.0.1:{rendered.port}",
            f"http://127.0.0.1:{rendered.plain_port}",
            folder / "tls" / "fullchain.pem",
            log,
        )
    finally:
        stop(process)


def render(
    folder: Path,
    upstream_ports: Sequence[int],
    configuration: str = CONFIGURATION,
    upstream: str = UPSTREAM,
    changes: Mapping[str, str] | None = None,
) -> Rendered:
    """Copies deploy/'s nginx files to `folder`, with paths, ports and a certificate of its own (see running_nginx)."""
    copy, temporary = folder / "deploy", folder / "tmp"
    for part in ("deploy/nginx", "deploy/well-known", "tmp", "tls", "acme"):
        (folder / part).mkdir(parents=True)
    for name in ("unavailable.html", "unavailable.json", "too_long.json", "too_many.json", "well-known/security.txt"):
        shutil.copy(ROOT / "deploy" / name, copy / name)
    make_certificate(folder / "tls")
    port, plain_port = free_port(), free_port()
    texts = {
        name: (ROOT / "deploy" / name).read_text(encoding="utf-8")
        for name in (configuration, upstream, *(f"nginx/{part}.conf" for part in SHARED))
    }
    texts[UPSTREAM] = texts.pop(upstream)
    for old, new in (changes or {}).items():
        assert any(old in text for text in texts.values()), f"deploy/ has no {old!r}"
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    ports = {"443": port, "80": plain_port, "8080": port}
    for name, original in texts.items():
        text = original.replace(" /tmp/", f" {temporary}/").replace(" /dev/shm/", f" {temporary}/")
        text = text.replace(INSTALLED, str(copy)).replace(TLS, str(folder / "tls")).replace(ACME, str(folder / "acme"))
        text = re.sub(r"listen (\[::\]:)?(\d+)", lambda found: listen(found, ports), text)
        text = re.sub(
            r"server [\w.]+:5005 (?:resolve )?([^;]*);",
            lambda found: "\n".join(f"server 127.0.0.1:{one} {found[1]};" for one in upstream_ports),
            text,
        )
        if name == configuration:
            # As root nginx would else work as a user who cannot read the folder of the test.
            user = "user root;\n" if os.geteuid() == 0 else ""
            text = user + re.sub(r"^user .*\n", "", text, flags=re.M)
        if name == CONFIGURATION:
            text = text.replace("http {", f"http {{\n{temporary_paths(temporary)}", 1)
        (copy / name).write_text(text, encoding="utf-8")
    return Rendered(folder, copy / configuration, port, plain_port)


def listen(found: re.Match[str], ports: Mapping[str, int]) -> str:
    """Returns a `listen` on loopback; where the machine has no IPv6, the second one is on another address of IPv4."""
    address = "127.0.0.1"
    if found[1]:
        address = "[::1]" if has_ipv6() else "127.0.0.2"
    return f"listen {address}:{ports[found[2]]}"


def has_ipv6() -> bool:
    """Says whether loopback has IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def temporary_paths(folder: Path) -> str:
    """Returns directives that put nginx's temporary files into the folder."""
    return "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))


def make_certificate(folder: Path) -> None:
    """Writes a certificate for loopback, signed by itself."""
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost -keyout privkey.pem -out fullchain.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


def wait_until_open(port: int, process: subprocess.Popen, log: Path) -> None:
    """Waits until something listens on the port; raises RuntimeError with the log when that takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    stop(process)
    raise RuntimeError(f"nginx did not start:\n{log.read_text(errors='replace')}")


def stop(process: subprocess.Popen) -> None:
    """Ends nginx and its workers."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(timeout=SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                continue


def exchange(nginx: Nginx, request: bytes, seconds: float = 10) -> bytes:
    """Sends bytes over TLS and returns all that comes back until the connection is closed."""
    received = b""
    with (
        socket.create_connection(("127.0.0.1", nginx.port), timeout=seconds) as plain,
        nginx.trusting().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(request)
        while part := connection.recv(65536):
            received += part
    return received


@dataclass
class Seen:
    """A request as it reached the stand-in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """A worker that answers everything, or does as `does` says: `drop` (reads, then closes), `hang`."""

    does: str = "answer"
    seen: list[Seen] = field(default_factory=list)
    port: int = 0


# What the stand-in says: enough to be worth compressing, and the ETag of all its answers.
LARGE = "x" * 5_000
STRONG = '"0123456789abcdef"'


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Runs a stand-in for a worker on a free port."""
    worker = StandIn()
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            worker.seen.append(Seen(self.command, self.path, headers, body))
            if worker.does == "drop":
                self.close_connection = True
                return
            if worker.does == "hang":
                ended.wait(5)
            status, kind, text = 200, "application/json", json.dumps({"messages": [LARGE], "failure": False})
            if self.path.endswith(".js"):
                kind, text = "text/javascript; charset=utf-8", LARGE
            elif self.path == "/":
                kind, text = "text/html; charset=utf-8", LARGE
            elif self.path.endswith("/fails"):
                status, text = 503, json.dumps({"messages": ["van de assistent zelf"], "failure": True})
            elif self.path.endswith("/missing"):
                status, text = 404, json.dumps({"error": "bad_request"})
            if headers.get("if-none-match") == STRONG:
                status, text = 304, ""
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("ETag", STRONG)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_GET = do_HEAD = do_POST = do_DELETE = do_OPTIONS = do_PUT = answer

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 1_000  # a burst comes at once

        def handle_error(self, *_: Any) -> None:
            pass  # nginx has given up

    server = Server(("127.0.0.1", 0), Handler)
    worker.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield worker
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
