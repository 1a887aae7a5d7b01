"""The services of compose.yml: locked up, in networks of their own, and only the proxy published."""

from __future__ import annotations

import re

import pytest
import yaml
from chat import ROOT
from deployment import DEPLOY, PASSWORD, variables_of


def test_without_a_password_nothing_starts():
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    uses = re.findall(r"\$\{REDIS_PASSWORD([^}]*)\}", text)
    assert len(uses) == 2 and all(use.startswith(":?") for use in uses)


def test_only_the_proxy_is_published(services):
    assert {name for name, service in services["services"].items() if service.get("ports")} == {"proxy"}
    networks = {name: set(service["networks"]) for name, service in services["services"].items()}
    inner = {name for name, network in services["networks"].items() if network.get("internal")}
    assert networks.pop("proxy") == {"public", "inner"} and inner == {"inner", "store"}
    assert all(used <= inner for used in networks.values())
    assert networks == {"weerbaar": {"inner", "store"}, "actions": {"store"}, "redis": {"store"}}


@pytest.mark.parametrize("name", ["proxy", "weerbaar", "actions", "redis"])
def test_every_service_is_locked_up(services, name):
    service = services["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["restart"] == "unless-stopped"
    assert service["security_opt"] == ["no-new-privileges:true"] and not service.get("privileged")
    assert service["mem_limit"] == service["memswap_limit"]  # no swap
    assert service["ulimits"]["core"] == 0 and service["pids_limit"] and service["healthcheck"]
    for volume in service.get("volumes", []):  # files of ours, to read; no volume on disk
        assert volume.startswith("./") and volume.endswith(":ro")


def test_files_that_compose_mounts_exist(services):
    volumes = [volume for service in services["services"].values() for volume in service.get("volumes", [])]
    mounted = [DEPLOY / volume.partition(":")[0] for volume in volumes]
    assert all(path.exists() for path in mounted if path.name != "tls") and len(mounted) == 4


def test_compose_runs_the_workers_asked_for(services):
    worker = services["services"]["weerbaar"]
    assert worker["deploy"]["replicas"] == "3"
    assert worker["environment"]["REDIS_URL"] == f"redis://:{PASSWORD}@redis:6379/0"
    assert variables_of(DEPLOY / "endpoints.yml") <= set(worker["environment"])


def test_compose_can_be_opened_for_messaging_channels_as_the_manual_says(services):
    """By a file beside it, in which the workers get a network that leads out, and keep the others."""
    manual = (ROOT / "docs" / "berichtendiensten.md").read_text(encoding="utf-8")
    [beside] = [block for block in re.findall(r"```yaml\n(.*?)```", manual, re.S) if "services:" in block]
    beside = yaml.safe_load(beside)
    [(name, network)] = beside["networks"].items()
    assert name not in services["networks"] and not (network or {}).get("internal")
    assert set(beside["services"]) == {"weerbaar"} and beside["services"]["weerbaar"]["networks"] == [name]
    comments = re.findall(r"^ +# (\w+: .*)$", (DEPLOY / "compose.yml").read_text(), re.M)
    lines = [f"env_file: [{beside['services']['weerbaar']['env_file'][0]}]", f"networks: [{name}]", f"{name}: {{}}"]
    assert [comment for comment in comments if comment in lines] == lines
