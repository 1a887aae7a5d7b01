"""Starts the server as in production: `python -m weerbaar.server`.

Different from `rasa run`: the model must be the one that was trained (its checksum); without a good one the server
starts all the same, and answers every message with the safety text. No TensorFlow, no HTTP API, no crash reports, no
telemetry, no core dumps.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from pathlib import Path

from weerbaar.server import rasa_patches
from weerbaar.server.model_file import verified_model
from weerbaar.server.stand_ins import stand_in_for_missing

# In seconds: how long a client may take to send its request, and how long running requests get to finish after SIGTERM.
SANIC_SECONDS = {"REQUEST_TIMEOUT": 15, "GRACEFUL_SHUTDOWN_TIMEOUT": 8}
# Handling a message is too little computation for several threads: the second thread only waits, and uses as much
# processor time. The libraries read these variables when they are imported.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def options_given() -> argparse.Namespace:
    """Returns the options of the command line; ends the process with a sentence when a file is not there."""
    parser = argparse.ArgumentParser(prog="python -m weerbaar.server", description=__doc__)
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--interface", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--endpoints", default="endpoints.yml")
    parser.add_argument("--credentials", default="credentials.yml")
    parser.add_argument("--model", type=Path, default=Path("models"), help="a model, or a folder with models")
    options = parser.parse_args()
    for name in (options.endpoints, options.credentials):
        if not Path(name).is_file():
            sys.exit(f"serving: there is no file {name}")
    return options


def prepare() -> None:
    """Sets what must be set before the libraries are imported, and patches Rasa."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    for name in THREADS:
        os.environ.setdefault(name, "1")
    for name, seconds in SANIC_SECONDS.items():
        os.environ.setdefault(f"SANIC_{name}", str(seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold every conversation
    stand_in_for_missing()
    rasa_patches.apply()


def serve(options: argparse.Namespace) -> None:
    """Runs the server until SIGTERM or SIGINT; `prepare` must have run."""
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.exceptions import RasaException
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_logging_and_warnings(None, None, warn_only_once=True, filter_repeated_logs=True)
    configure_structlog(None)
    model = verified_model(options.model)
    try:
        serve_application(
            str(model or "no-model"),
            interface=options.interface,
            port=options.port,
            credentials=options.credentials,
            endpoints=AvailableEndpoints.read_endpoints(options.endpoints),
            enable_api=False,
        )
    except RasaException as error:  # invalid settings
        sys.exit(f"serving: {error}")


def main() -> None:
    """Runs the server with the options of the command line."""
    options = options_given()
    prepare()
    serve(options)


if __name__ == "__main__":
    main()
