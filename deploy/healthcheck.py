"""Asks an address of the assistant whether all is well; ends with status 0 or 1. Standard library only.

For the health checks of Docker, Kubernetes and systemd: `healthcheck.py [--tries N] [--seconds S] ADDRESS`.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import time
import urllib.request


def is_well(address: str, seconds: float) -> bool:
    """Says whether the address answers with status 200 within so many seconds."""
    try:
        # No proxy of the environment: the address is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(address, timeout=seconds) as answer:
            return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False


def main() -> int:
    """Returns 0 as soon as one try goes well, 1 when none did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--tries", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each try, and between two tries")
    options = parser.parse_args()
    for left in reversed(range(options.tries)):
        started = time.monotonic()
        if is_well(options.address, options.seconds):
            return 0
        if left:
            time.sleep(max(0.0, options.seconds - (time.monotonic() - started)))
    return 1


if __name__ == "__main__":
    sys.exit(main())
