"""Runs the custom actions inside the desk, so that it needs no action server."""

from __future__ import annotations

from typing import Any

from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor


class ActionsHere(EndpointConfig):
    """What Rasa takes for the address of an action server; it calls the actions of the package `actions` directly."""

    def __init__(self) -> None:
        """Registers the actions."""
        super().__init__(url="here", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_: Any, **request: Any) -> Any:
        """Returns what the action server would answer to `json`: the events and the responses of the action."""
        return await self._executor.run(request["json"])
