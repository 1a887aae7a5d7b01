"""Starts the server as in production: `python -m weerbaar.server`.

Different from `rasa run`: the model must be the one that was trained (its checksum); without a good one the server
starts all the same, and answers every message with the safety text. No TensorFlow, no HTTP API, no crash reports, no
telemetry, no core dumps. `--workers 4` serves on four ports, with the model in memory once.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from weerbaar.server import rasa_patches
from weerbaar.server.model_file import verified_model
from weerbaar.server.stand_ins import stand_in_for_missing

logger = logging.getLogger(__name__)

# In seconds: how long a client may take to send its request, and how long running requests get to finish after SIGTERM.
SANIC_SECONDS = {"REQUEST_TIMEOUT": 15, "GRACEFUL_SHUTDOWN_TIMEOUT": 8}
# How many new connections may wait until the server takes them. When more are waiting, the system drops the first
# packet of a new one, which then takes a second or longer; in a rush of 600 that happened with Rasa's 100.
SANIC_BACKLOG = 1024
# Handling a message is too little computation for several threads: the second thread only waits, and uses as much
# processor time. The libraries read these variables when they are imported. A process with other threads must not fork.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def options_given() -> argparse.Namespace:
    """Returns the options of the command line; ends the process with a sentence when a file is not there."""
    parser = argparse.ArgumentParser(prog="python -m weerbaar.server", description=__doc__)
    parser.add_argument("--port", type=int, default=5005, help="that of the first worker")
    parser.add_argument(
        "--workers", type=int, default=1, help="number of workers (1); more need Redis in the endpoints"
    )
    parser.add_argument("--interface", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--endpoints", default="endpoints.yml")
    parser.add_argument("--credentials", default="credentials.yml")
    parser.add_argument("--model", type=Path, default=Path("models"), help="a model, or a folder with models")
    options = parser.parse_args()
    for name in (options.endpoints, options.credentials):
        if not Path(name).is_file():
            sys.exit(f"serving: there is no file {name}")
    if options.workers < 1:
        parser.error("--workers takes a number from 1")
    return options


def prepare() -> bool:
    """Sets what must be set before the libraries are imported, patches Rasa, and sets up its logs.

    Returns whether Rasa is patched.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
    for name, seconds in SANIC_SECONDS.items():
        os.environ.setdefault(f"SANIC_{name}", str(seconds))
    os.environ.setdefault("SANIC_BACKLOG", str(SANIC_BACKLOG))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold every conversation
    stand_in_for_missing()
    is_patched = rasa_patches.apply()
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_logging_and_warnings(None, None, warn_only_once=True, filter_repeated_logs=True)
    configure_structlog(None)
    return is_patched


def serve(options: argparse.Namespace, is_patched: bool) -> int:
    """Runs the server until SIGTERM or SIGINT, and returns the exit status; `prepare` must have run.

    Args:
        options: those of the command line.
        is_patched: what `prepare` returned; without patches one worker runs, whatever the options say.
    """
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.exceptions import RasaException

    from weerbaar.server.workers import Workers, load_ahead

    workers = options.workers
    if workers > 1 and not is_patched:
        logger.error("without the patches each worker loads a model of its own: only the first of %s starts", workers)
        workers = 1
    ports = range(options.port, options.port + workers)
    try:
        endpoints = AvailableEndpoints.read_endpoints(options.endpoints)
    except RasaException as error:
        sys.exit(f"serving: {error}")
    shared = (endpoints.tracker_store, endpoints.lock_store)
    if workers > 1 and not all(store and store.url for store in shared):
        sys.exit(f"serving: several workers need a Redis for conversations and locks; {options.endpoints} names none")
    open_briefly(options.interface, ports)
    model = str(verified_model(options.model) or "no-model")

    def serve_on(port: int) -> None:
        try:
            serve_application(
                model,
                interface=options.interface,
                port=port,
                credentials=options.credentials,
                endpoints=endpoints,
                enable_api=False,
            )
        except RasaException as error:  # invalid settings
            sys.exit(f"serving: {error}")

    if workers == 1:
        serve_on(options.port)
        return 0
    load_ahead(model)
    return Workers(serve_on, ports, options.interface).run()


def open_briefly(interface: str, ports: Iterable[int]) -> None:
    """Ends the process with a sentence when a port cannot be opened; Sanic would end as if all were well."""
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    for port in ports:
        try:
            socket.create_server((interface, port), family=family).close()
        except OSError as error:
            sys.exit(f"serving: port {port} cannot be opened: {error.strerror}")


def main() -> int:
    """Runs the server with the options of the command line."""
    options = options_given()
    return serve(options, prepare())


if __name__ == "__main__":
    sys.exit(main())
