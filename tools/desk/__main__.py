"""Starts the editor's desk: `make desk`, or `python -m tools.desk --port 5010`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from weerbaar.observability.logs import SWITCH, keep_private
from weerbaar.server.__main__ import prepare as prepare_server
from weerbaar.server.model_file import PINNED

if TYPE_CHECKING:
    from tools.desk.server import Desk

# Only this computer: there is no setting for another address.
LOOPBACK = "127.0.0.1"
# What only a server in production has in its environment (deploy/): the shared memory, the action server, the pinned
# model, the secrets of the messaging apps.
PRODUCTION = (
    "REDIS_URL",
    "ACTION_URL",
    PINNED,
    "TELEGRAM_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "WHATSAPP_TOKEN",
    "TEAMS_APP_PASSWORD",
    "SLACK_BOT_TOKEN",
)


def main() -> None:
    """Runs the desk until Ctrl-C or SIGTERM; ends with one sentence when it must not or cannot start."""
    parser = argparse.ArgumentParser(prog="python -m tools.desk", description=__doc__)
    parser.add_argument("--port", type=int, default=5010)
    parser.add_argument("--days", type=int, default=90, help="days after its review that a row of the register is due")
    parser.add_argument(
        "--root", type=Path, help="folder with domain.yml and data/contacts.yml, if not this repository"
    )
    options = parser.parse_args()
    found = [name for name in PRODUCTION if os.environ.get(name)]
    if found:
        sys.exit(f"desk: not here. {', '.join(found)} is set, so this is a server in production")
    print("desk: laadt het model ...", flush=True)
    prepare()
    desk = make_desk(options)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(desk, options.port))
    print("desk: gestopt", flush=True)


def prepare() -> None:
    """Prepares this process as a server, so that nothing that is typed gets into a log or on the disk."""
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.pop(SWITCH, None)
    # Warnings about other packages say nothing to an editor; some of these packages undo the usual filters.
    warnings.showwarning = lambda *_, **__: None
    prepare_server()
    keep_private()


def make_desk(options: argparse.Namespace) -> Desk:
    """Returns the desk with the texts and the newest model; ends the process with a sentence when one is missing."""
    from tools.desk.assistant import Assistant
    from tools.desk.server import Desk
    from tools.desk.texts import Texts
    from tools.evaluation.examples import REPOSITORY
    from tools.evaluation.loaded_model import newest_model

    texts = Texts(options.root or REPOSITORY)
    texts.refresh()
    if not texts.content.responses:
        sys.exit(f"desk: {texts.mistake}")
    try:
        assistant = Assistant(newest_model())
    except (ValueError, RuntimeError) as problem:
        sys.exit(f"desk: {problem}")
    assistant.say(texts.content)
    return Desk(texts, assistant, options.days)


async def serve(desk: Desk, port: int) -> None:
    """Serves until the process is asked to stop; ends it with a sentence when the port is taken."""
    from aiohttp import web

    runner = web.AppRunner(desk.application(port), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
    except OSError:
        sys.exit(f"desk: poort {port} is bezet. Kies een andere: make desk DESK_PORT={port + 1}")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(f"desk: open http://{LOOPBACK}:{port}/ in uw browser; Ctrl-C stopt", flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
