"""Stands in for packages that Rasa imports when it starts, and that the image lacks because nothing here uses them.

Rasa imports each of its channels, brokers, stores and models, whether they are configured or not. A package that is
installed is never replaced, so outside the image this changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# What Rasa imports of the packages that deploy/left-out.txt names.
MODULES = (
    "aio_pika",
    "aiogram",
    "aiormq",
    "boto3",
    "botocore",
    "cachecontrol",
    "fbmessenger",
    "google",
    "keras",
    "matplotlib",
    "prompt_toolkit",
    "pymongo",
    "questionary",
    "socketio",
    "structlog_sentry",
    "tensorflow",
    "webexteamssdk",
)


class NotInstalled(ImportError):
    """Raised when something of a package is used that is not in the image."""


class StandInType(type):
    """The type of what stands for a name in a package: it can be imported and inherited from, but not called."""

    def __getattr__(cls, name: str) -> Any:
        """Returns what stands for a name in it; raises AttributeError for names that Python itself asks for."""
        return stand_in(f"{cls.__module__}.{cls.__qualname__}", name)

    def __call__(cls, *arguments: Any, **settings: Any) -> Any:
        """Raises NotInstalled."""
        raise NotInstalled(f"{cls.__module__} is not installed here, and {cls.__qualname__} needs it")


class StandInModule(ModuleType):
    """A module of which every name can be imported, and none used."""

    def __getattr__(self, name: str) -> Any:
        """Returns what stands for a name in it; raises AttributeError for names that Python itself asks for."""
        return stand_in(self.__name__, name)


class SentryProcessor:
    """Stands for the step in Rasa's log that would report crashes to Rasa; Rasa makes one when it starts."""

    def __init__(self, **_: Any) -> None:
        """Takes the settings of the real one."""

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        """Passes a line of the log on, and reports nothing."""
        return event


class StandInFinder:
    """Finds a stand-in for each of `MODULES`, and for the modules in it."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Returns the spec of a stand-in; None for what is no part of `MODULES`, or part of a package that is there.

        Such a package may look for modules of its own that it does without. One that packages share, such as `google`,
        is nowhere as a file, and counts as not there.
        """
        top, _, inside = name.partition(".")
        if top not in MODULES or (inside and getattr(sys.modules.get(top), "__file__", None)):
            return None
        loader: Any = cls
        return ModuleSpec(name, loader, is_package=True)

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """Returns the stand-in."""
        return StandInModule(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Puts into a stand-in what Rasa calls when it starts."""
        if module.__name__ == "structlog_sentry":
            vars(module)["SentryProcessor"] = SentryProcessor


def stand_in(module: str, name: str) -> type:
    """Returns what stands for a name of a module; raises AttributeError for names that Python itself asks for."""
    if name.startswith("__"):
        raise AttributeError(name)
    # Rasa names some in an `except`, where Python allows classes of exceptions only.
    bases = (Exception,) if name.endswith(("Error", "Exception", "Failure")) else ()
    return StandInType(name, bases, {"__module__": module})


def stand_in_for_missing() -> None:
    """Makes Python find stand-ins, after it has looked for the real packages."""
    sys.meta_path.append(StandInFinder)
