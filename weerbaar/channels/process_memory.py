"""Gives back the memory that only the start of a server needed."""

from __future__ import annotations

import ctypes
import gc
import sys


def settle() -> None:
    """Collects what the start left over, returns it to the system, and leaves what is loaded out of later collections.

    Without the last, each full collection goes through all objects of the libraries and the model, which never end.
    """
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
