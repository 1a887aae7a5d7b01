"""Keeps the words of users out of the logs. Needs only the standard library, because the action server uses it too."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Packages whose log messages we write ourselves, with care. All others (Rasa, Sanic, asyncio, redis ...) put texts,
# slots and whole requests into their messages and into the texts of exceptions.
OURS = frozenset(["weerbaar", "actions"])
LEFT_OUT = "message left out, it could hold words of a user"
# For developers on their own machine: `WEERBAAR_LOG_TEXT=yes rasa run --debug`.
SWITCH = "WEERBAAR_LOG_TEXT"


class PrivateRecord(logging.LogRecord):
    """A log record with its origin and the class of any error; it keeps a message only when our own code wrote it."""

    def __init__(
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: Any,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        sinfo: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Creates the record without the message of another package and without the text of an error."""
        if name.partition(".")[0] not in OURS:
            msg, args = f"{name}, line {lineno} of {Path(pathname).name} ({LEFT_OUT})", ()
        if exc_info:
            kind, _, trace = exc_info if isinstance(exc_info, tuple) else sys.exc_info()
            msg, exc_info = f"{msg}: {described(kind, trace)}", None
        super().__init__(name, level, pathname, lineno, msg, args, exc_info, func, None, **kwargs)


def described(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """Returns the class of an error and the last six places that it passed through; never its text."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)][-6:]
    return f"{kind.__name__ if kind else 'no error'} at {' > '.join(places)}"


def keep_private() -> None:
    """Stops this process from writing the words of users to its logs, unless the developer's switch is set."""
    if os.environ.get(SWITCH) == "yes":
        return
    logging.setLogRecordFactory(PrivateRecord)
    warnings.simplefilter("ignore")
    sys.excepthook = lambda kind, _, trace: print(f"error: {described(kind, trace)}", file=sys.stderr)
    # Without the error itself, because its text is private.
    threading.excepthook = lambda what: sys.excepthook(what.exc_type, None, what.exc_traceback)  # type: ignore[arg-type]
    sys.unraisablehook = lambda what: print(f"error: {what.exc_type.__name__}", file=sys.stderr)
