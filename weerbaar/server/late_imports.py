"""Keeps packages that Rasa imports, and this assistant does not use, from being imported until something uses them."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

# Rasa imports the module of each of its channels, and with them seven libraries for messaging apps.
CHANNELS = {
    "botframework": "BotFrameworkInput",
    "console": "CmdlineInput",
    "facebook": "FacebookInput",
    "hangouts": "HangoutsInput",
    "mattermost": "MattermostInput",
    "rocketchat": "RocketChatInput",
    "slack": "SlackInput",
    "socketio": "SocketIOInput",
    "telegram": "TelegramInput",
    "twilio": "TwilioInput",
    "twilio_voice": "TwilioVoiceInput",
    "webexteams": "WebexTeamsInput",
}
# The name of a channel is that of its module, except for this one.
NAMES = {"console": "cmdline"}
# Databases in which Rasa could keep conversations.
LIBRARIES = ("boto3.dynamodb.conditions", "pymongo.collection")


class Late:
    """Something in a module that is imported when this is called, or when anything is asked of it."""

    def __init__(self, module: str, name: str) -> None:
        """Stands for `name` in `module`; imports nothing."""
        self._late_module, self._late_name = module, name

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """Returns what the real one returns."""
        return self._real()(*arguments, **settings)

    def __getattr__(self, name: str) -> Any:
        """Returns what the real one has under this name."""
        return getattr(self._real(), name)

    def _real(self) -> Any:
        if isinstance(sys.modules.get(self._late_module), LateModule):
            del sys.modules[self._late_module]
        return getattr(importlib.import_module(self._late_module), self._late_name)


class LateChannel(Late):
    """A channel of Rasa, whose name Rasa wants to know at once."""

    def __init__(self, module: str, name: str, channel: str) -> None:
        """Stands for the class `name` of the channel with this name."""
        super().__init__(module, name)
        self._channel = channel

    def name(self) -> str:
        """Returns the name of the channel."""
        return self._channel


class LateModule(ModuleType):
    """A module of which every name can be imported without importing the module."""

    def __getattr__(self, name: str) -> Any:
        """Returns what stands for this name; raises AttributeError for names that Python itself asks for."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Late(self.__name__, name)


def import_late() -> None:
    """Makes Rasa's own channels, and `LIBRARIES`, be imported when they are used; not what is imported already.

    Rasa imports names from these modules, which makes Python's own LazyLoader load them at once.
    """
    for library in LIBRARIES:
        sys.modules.setdefault(library, LateModule(library))
    for module, kind in CHANNELS.items():
        path = f"rasa.core.channels.{module}"
        late = LateModule(path)
        setattr(late, kind, LateChannel(path, kind, NAMES.get(module, module)))
        sys.modules.setdefault(path, late)


def import_for_real(library: str) -> None:
    """Lets the next import of one of `LIBRARIES` be that of the library itself."""
    if isinstance(sys.modules.get(library), LateModule):
        del sys.modules[library]
