"""What the workers of a deployment read: the channels of credentials.yml and the stores of endpoints.yml."""

from __future__ import annotations

import os

import yaml
from chat import ROOT
from deployment import DEPLOY, MESSENGERS, PASSWORD
from platforms import PLATFORMS

from weerbaar.channels.apps.channel import MessengerInput
from weerbaar.channels.web import WebInput
from weerbaar.channels.web.settings import WebSettings


def test_channels_of_a_deployment():
    channels = yaml.safe_load((DEPLOY / "credentials.yml").read_text())
    ours = {"weerbaar.channels.web.WebInput", "weerbaar.channels.health.HealthInput"}
    assert set(channels) - set(messaging_channels()) == ours  # no REST: it has no login
    settings = WebInput.from_credentials(channels["weerbaar.channels.web.WebInput"]).settings
    assert settings == WebSettings(proxies=1)


def messaging_channels() -> dict[str, type]:
    """Returns the classes of the messaging channels in credentials.yml, by the name that they have there."""
    from rasa.shared.utils.common import class_from_module_path

    named = yaml.safe_load((DEPLOY / "credentials.yml").read_text())
    kinds = {name: class_from_module_path(name) for name in named}
    return {name: kind for name, kind in kinds.items() if issubclass(kind, MessengerInput)}


def test_messaging_channels_of_a_deployment_are_off_until_their_variables_are_set(monkeypatch):
    for variable in [one for one in os.environ if one.startswith(tuple(f"{name.upper()}_" for name in MESSENGERS))]:
        monkeypatch.delenv(variable)
    channels = yaml.safe_load((DEPLOY / "credentials.yml").read_text())
    assert {kind.name() for kind in messaging_channels().values()} == set(MESSENGERS)
    for name, kind in messaging_channels().items():
        channel = kind.from_credentials(channels[name])
        assert channels[name] is None and channel.settings is None  # secrets do not belong in a file
        assert not channel.blueprint(None)._future_routes
    # The same ones as on a machine of your own, which has REST as well.
    alone = yaml.safe_load((ROOT / "credentials.yml").read_text())
    assert set(alone) - set(channels) == {"weerbaar.channels.rest.SafeRestInput"}
    assert {name: alone[name] for name in messaging_channels()} == dict.fromkeys(messaging_channels())


def test_every_messaging_channel_has_a_stand_in_of_its_platform():
    """The tests of the apps run on each platform that has one; a channel without would be tested by none of them."""
    assert {kind.name for kind in PLATFORMS} == {kind.name() for kind in messaging_channels().values()}


def test_stores_of_a_deployment(monkeypatch):
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.utils.common import class_from_module_path

    monkeypatch.setenv("REDIS_URL", f"redis://:{PASSWORD}@redis:6379/0")
    monkeypatch.setenv("ACTION_URL", "http://actions:5055/webhook")
    endpoints = AvailableEndpoints.read_endpoints(str(DEPLOY / "endpoints.yml"))
    alone = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    assert endpoints.action.url == os.environ["ACTION_URL"]
    assert endpoints.action.kwargs == alone.action.kwargs
    assert endpoints.tracker_store.kwargs == alone.tracker_store.kwargs == {"minutes": 30}
    for store in (endpoints.tracker_store, endpoints.lock_store):
        assert store.url == os.environ["REDIS_URL"]
        assert class_from_module_path(store.type)
