"""The few changes to Rasa itself, for speed and memory. They can all be switched off: WEERBAAR_PATCHES=off.

None changes what is answered; tests/test_serving.py checks each against the pinned version, and the scenarios run with
and without them. On any other version of Rasa they are not applied.
"""
from __future__ import annotations

import importlib.util
import logging
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import version
from typing import Any, Optional, Sequence, Text

logger = logging.getLogger(__name__)

TESTED_VERSION = "3.6.21"
SWITCH = "WEERBAAR_PATCHES"
ACTION_SECONDS = 3
# Imports TensorFlow (six seconds, 400 MB) at once, and is used by models that this assistant does not have.
USES_TENSORFLOW = "rasa.utils.train_utils"


def apply() -> bool:
    """Applies all patches; must come before any import of Rasa. Returns False when they are off or do not fit."""
    if os.environ.get(SWITCH) == "off":
        return False
    if version("rasa") != TESTED_VERSION:
        logger.warning("rasa is not version %s: served without patches", TESTED_VERSION)
        return False
    import_without_tensorflow()
    load_without_training_graph()
    run_graph_directly()
    wait_for_actions_briefly()
    return True


class LazyFinder:
    """Makes Python import one module only when something in it is used."""

    @staticmethod
    def find_spec(name: Text, path: Optional[Sequence[str]] = None, target: Any = None) -> Optional[ModuleSpec]:
        """Returns the usual spec of that module, with the standard library's lazy loader (see importlib)."""
        spec = PathFinder.find_spec(name, path, target) if name == USES_TENSORFLOW else None
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def import_without_tensorflow() -> None:
    """Leaves TensorFlow out until a component uses it; with our pipeline that is never."""
    sys.meta_path.insert(0, LazyFinder())
    if "tensorflow" in sys.modules:
        return
    # spaCy's library imports it just to see whether it is there.
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        import thinc.compat  # noqa: F401
    finally:
        del sys.modules["tensorflow"]


def load_without_training_graph() -> None:
    """Leaves out the graph for training when a model is loaded: its validator imports every component of Rasa."""
    from rasa.engine.storage.storage import ModelMetadata

    original = ModelMetadata.from_dict.__func__  # type: ignore[attr-defined]

    def from_dict(cls: Any, serialized: Any) -> Any:
        return original(cls, {**serialized, "train_schema": {"nodes": {}}})

    ModelMetadata.from_dict = classmethod(from_dict)  # type: ignore[assignment]


def run_graph_directly() -> None:
    """Runs the graph with DirectGraphRunner."""
    import rasa.core.processor

    from serving.graph_runner import DirectGraphRunner

    rasa.core.processor.DaskGraphRunner = DirectGraphRunner


def wait_for_actions_briefly() -> None:
    """Gives the action server three seconds for an answer, not five minutes: it only adds to what is said already."""
    import rasa.core.actions.action

    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = ACTION_SECONDS
