"""Base class of the components that are trained and stored in the model."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from weerbaar.nlu.fingerprint import CodeFingerprint

Component = TypeVar("Component", bound="TrainedComponent")


class TrainedComponent(CodeFingerprint, GraphComponent):
    """Creates, stores and loads a component; a subclass writes and reads its own folder of the model."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, name: str = "") -> None:
        """Creates a component that holds no learned state until it is trained or loaded.

        Args:
            config: the settings of the component in config.yml, completed with the defaults.
            model_storage: where Rasa stores the component.
            resource: identifies the component in the storage.
            name: the name of the component in Rasa's graph.
        """
        self._config, self._model_storage, self._resource, self._name = config, model_storage, resource, name

    @classmethod
    def create(
        cls: type[Component],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Component:
        """Creates an untrained component."""
        return cls(config, model_storage, resource, execution_context.node_name)

    @classmethod
    def load(
        cls: type[Component],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Component:
        """Loads a trained component; raises ValueError or OSError when the model lacks it or holds a broken one."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component.read(folder)
        return component

    def keep(self) -> Resource:
        """Writes the learned state to the model and returns the resource that identifies it."""
        with self._model_storage.write_to(self._resource) as folder:
            self.write(folder)
        return self._resource

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Writes the learned state to an empty folder."""

    @abstractmethod
    def read(self, folder: Path) -> None:
        """Reads what `write` wrote; raises ValueError or OSError when it is missing or broken."""
