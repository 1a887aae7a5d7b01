"""The Helm chart, by Helm itself: it says the same as the plain manifests, and refuses settings that make no sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from deployment import DEPLOY
from manifests import schema_faults
from release_tools import needs_helm, tool

from weerbaar.observability.version import VERSION

# Needs the tools of .release.
pytestmark = [pytest.mark.real, needs_helm]

CHART = DEPLOY / "helm" / "weerbaar-bestuur"
DIGEST = "sha256:" + "a1" * 32
# Every setting, with another value than its own.
OTHERS = {
    "host": "weerbaar.gemeente.nl",
    "images": {
        "assistant": {"repository": "registry.gemeente.nl:5000/assistent", "tag": "9.9.9", "digest": DIGEST},
        "actions": {"repository": "registry.gemeente.nl:5000/acties", "tag": "7.7.7", "digest": DIGEST},
        "proxy": {"repository": "registry.gemeente.nl:5000/nginx", "tag": "8.8.8", "digest": DIGEST},
        "redis": {"repository": "registry.gemeente.nl:5000/redis", "tag": "7.4", "digest": DIGEST},
    },
    "imagePullSecrets": ["trek"],
    "ingress": {"className": "intern", "tlsSecret": "sleutel", "annotations": {"voorbeeld.nl/uit": "ja"}},
    "secrets": {"redis": "redisgeheim", "channels": "kanaalgeheim"},
    "network": {"ingressNamespace": "ingang", "prometheusNamespace": "meten", "messagingChannels": True},
    "workers": {"min": 3, "max": 9, "cpuPercent": 77},
    "proxy": {"replicas": 4},
    "redis": {"resources": {"limits": {"memory": "701Mi"}}},
    "actions": {"resources": {"limits": {"memory": "251Mi"}}},
    "model": {"sha256": "b2" * 32, "publicKey": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"},
}


def rendered(folder: Path, values: dict[str, Any] | None = None, ok: bool = True) -> str:
    """Returns what Helm makes of the chart, or, when that is no success and need not be, what it says."""
    (folder / "values.yaml").write_text(json.dumps(values or {}))
    done = tool("helm", "template", "weerbaar", CHART, "-n", "weerbaar", "-f", folder / "values.yaml", ok=ok)
    return str(done.stdout if ok else f"{done.returncode} {done.stderr}")


def objects(text: str, without: str = "") -> dict[tuple[str, str], Any]:
    """Returns manifests by kind and name, without the labels and the namespace that kustomize and Helm add to each."""
    found = {}
    for document in yaml.safe_load_all(text):
        metadata = document["metadata"]
        if document["kind"] != without:
            metadata.pop("labels"), metadata.pop("namespace", None)
            found[document["kind"], metadata["name"]] = document
    return found


def test_the_chart_says_what_the_plain_manifests_say(tmp_path):
    """All of it, but the namespace, which Helm is told by its command."""
    plain = tool("kubectl", "kustomize", DEPLOY / "kubernetes").stdout
    by_chart, by_hand = objects(rendered(tmp_path)), objects(plain, without="Namespace")
    assert sorted(by_chart) == sorted(by_hand)
    for name, manifest in by_hand.items():
        assert by_chart[name] == manifest, name


def test_helm_finds_no_fault():
    said = tool("helm", "lint", "--strict", CHART).stdout
    assert "0 chart(s) failed" in said


def test_every_object_says_of_which_version_it_is(tmp_path):
    for document in yaml.safe_load_all(rendered(tmp_path)):
        labels = document["metadata"]["labels"]
        assert labels["app.kubernetes.io/version"] == VERSION and labels["app.kubernetes.io/managed-by"] == "Helm"


def leaves(values: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Returns each value that is no object, by its path."""
    if not isinstance(values, dict):
        return {path: values}
    return {name: value for key in values for name, value in leaves(values[key], (*path, key)).items()}


def test_every_setting_counts(tmp_path):
    """Each one changes something, and with all of them changed the manifests are right by the schemas of Kubernetes."""
    default, others = rendered(tmp_path), leaves(OTHERS)
    for path, value in others.items():
        values: Any = value
        for key in reversed(path):
            values = {key: values}
        assert rendered(tmp_path, values) != default, path
    assert schema_faults(tmp_path, rendered(tmp_path, OTHERS)) == []
    settings = leaves(yaml.safe_load((CHART / "values.yaml").read_text()))
    assert {path for path in settings if "resources" not in path} <= set(others)


def test_the_key_of_the_model_reaches_the_worker(tmp_path):
    """As a file that its variable names, and not the action server, which loads no model."""
    found = objects(rendered(tmp_path, {"model": OTHERS["model"]}))
    pod = found["Deployment", "weerbaar"]["spec"]["template"]["spec"]
    [worker], [actions] = pod["containers"], pod["initContainers"]
    variables = {one["name"]: one.get("value") for one in worker["env"]}
    assert variables["WEERBAAR_MODEL_SHA256"] == OTHERS["model"]["sha256"]
    place = Path(variables["WEERBAAR_MODEL_KEY"])
    [mount] = [one for one in worker["volumeMounts"] if one["mountPath"] == str(place.parent)]
    [volume] = [one for one in pod["volumes"] if one["name"] == mount["name"]]
    content = found["ConfigMap", volume["configMap"]["name"]]["data"][place.name]
    assert content.strip() == OTHERS["model"]["publicKey"].strip()
    assert "WEERBAAR_MODEL_KEY" not in {one["name"] for one in actions["env"]}


NONSENSE = {
    "an unknown setting": {"replicas": 2},
    "an unknown setting inside": {"workers": {"minimum": 2}},
    "no host": {"host": ""},
    "an address for a host": {"host": "https://assistent.example.nl/"},
    "no workers": {"workers": {"min": 0}},
    "a word for a number": {"workers": {"max": "veel"}},
    "more than all of the processor": {"workers": {"cpuPercent": 140}},
    "a digest that is cut short": {"images": {"assistant": {"digest": DIGEST[:-1]}}},
    "a tag that moves": {"images": {"proxy": {"tag": "latest"}}},
    "a checksum that is none": {"model": {"sha256": "onbekend"}},
    "a private key": {"model": {"publicKey": "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"}},
    "no limit of memory": {"redis": {"resources": {"limits": {"memory": None}}}},
    "a yes in Dutch": {"network": {"messagingChannels": "ja"}},
    "a namespace with a space": {"network": {"ingressNamespace": "de ingang"}},
}


@pytest.mark.parametrize("fault", NONSENSE)
def test_settings_that_make_no_sense_are_refused(fault, tmp_path):
    said = rendered(tmp_path, NONSENSE[fault], ok=False)
    assert said.startswith("1 ") and "schema" in said, said
