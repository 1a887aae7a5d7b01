"""Builds a release into results/release: `make release`, with KEY=file to sign the model.

Exits with a sentence when there is something that must not be released; otherwise it says what it made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.release.build import Refused, build, check


def main() -> None:
    """Checks, and without `--check` builds."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether this may be released")
    parser.add_argument("--key", default="", help="the private key in PEM with which the model is signed")
    options = parser.parse_args()
    key = Path(options.key).resolve() if options.key else None
    try:
        check(Path.cwd(), key)
        if not options.check:
            build(Path.cwd(), key)
    except Refused as refused:
        sys.exit(f"release: {refused}")


if __name__ == "__main__":
    main()
