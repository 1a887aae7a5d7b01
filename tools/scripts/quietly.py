"""Runs a module as `python -m` does, without the warnings of packages that we know and cannot mend.

Usage: quietly.py MODULE [ARGUMENT ...]

Rasa holds these packages at old versions. `python -W ignore` does not help, because Sanic switches the warnings on
again when it is imported. All other warnings are shown, and all errors.
"""

import runpy
import sys
import warnings

# The beginning of each warning, and the package in which it arises.
KNOWN = (
    ("pkg_resources is deprecated as an API", "apscheduler and rasa"),
    ("Deprecated call to `pkg_resources.declare_namespace", "matplotlib and ruamel"),
    ("distutils Version classes are deprecated", "sanic_cors"),
    ("Deprecated API features detected", "rasa, of SQLAlchemy"),
)


def ignore_known() -> None:
    """Ignores the warnings of `KNOWN`, whatever else is switched on."""
    import sanic.app  # noqa: F401  # switches the warnings on; the filter that was added last comes first

    for beginning, _ in KNOWN:
        warnings.filterwarnings("ignore", rf"\s*{beginning}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: quietly.py MODULE [ARGUMENT ...]")
    ignore_known()
    del sys.argv[0]
    sys.path[0] = ""  # as `python -m` has it
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
