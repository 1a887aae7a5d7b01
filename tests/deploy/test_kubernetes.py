"""The manifests of Kubernetes, by its own schemas, and who may talk to whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from deployment import DEPLOY, variables_of
from manifests import MANIFESTS, WAY_OUT, containers, of_kind, pods, schema_faults
from nginx import KUBERNETES


@pytest.mark.real
def test_manifests_fit_the_schemas_of_kubernetes(tmp_path):
    """Those of the oldest and the newest version; and the schemas find a fault."""
    texts = [file.read_text() for file in (DEPLOY / "kubernetes").glob("*.yaml") if file.name != "kustomization.yaml"]
    manifests = "\n---\n".join(texts)
    assert schema_faults(tmp_path, manifests.replace(f"# {WAY_OUT}", WAY_OUT)) == []
    assert len(schema_faults(tmp_path, manifests.replace("readOnlyRootFilesystem", "readonlyRoot", 1))) == 2


def test_kustomization_names_every_file():
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == sorted({name for name, _ in MANIFESTS})
    built = {image["name"] for image in kustomization["images"]}
    assert {container["image"] for _, container in containers()} - {"redis:7.2"} == built
    assert kustomization["namespace"] in of_kind("Namespace")


@pytest.mark.parametrize(("name", "container"), containers(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_container_is_locked_up(name, container):
    pod = pods()[name]
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]) == {"requests", "limits"} and container["resources"]["limits"]["memory"]
    assert container["livenessProbe"]
    # Of one pod two containers share no folder, and nothing is kept.
    assert all(set(volume) - {"name"} in ({"emptyDir"}, {"configMap"}) for volume in pod["volumes"])


def test_the_namespace_refuses_pods_that_are_not():
    labels = of_kind("Namespace")["weerbaar"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_services_budgets_and_rules_point_at_something():
    templates = {name: document["spec"]["template"] for name, document in of_kind("Deployment").items()}
    labels = {name: template["metadata"]["labels"] for name, template in templates.items()}
    ports = {
        port["name"]: port["containerPort"]
        for pod in pods().values()
        for container in pod["containers"]
        for port in container.get("ports", [])
    }
    for name, document in of_kind("Deployment").items():
        assert document["spec"]["selector"]["matchLabels"].items() <= labels[name].items()
        for spread in templates[name]["spec"].get("topologySpreadConstraints", []):
            assert spread["labelSelector"]["matchLabels"].items() <= labels[name].items()
    for name, document in of_kind("Service").items():
        assert document["spec"]["selector"].items() <= labels[name].items()
        assert all(port["targetPort"] in ports for port in document["spec"]["ports"])
    for name, document in of_kind("PodDisruptionBudget").items():
        assert document["spec"]["selector"]["matchLabels"].items() <= labels[name].items()
    assert of_kind("HorizontalPodAutoscaler")["weerbaar"]["spec"]["scaleTargetRef"]["name"] in templates
    # The autoscaler decides how many workers there are; a number in the file would undo that at each change.
    assert "replicas" not in of_kind("Deployment")["weerbaar"]["spec"]
    [rule] = of_kind("Ingress")["weerbaar"]["spec"]["rules"]
    [path] = rule["http"]["paths"]
    [tls] = of_kind("Ingress")["weerbaar"]["spec"]["tls"]
    assert path["backend"]["service"]["name"] == "proxy" and tls["hosts"] == [rule["host"]]
    for server in re.findall(r"server (\w+):(\d+)", (DEPLOY / KUBERNETES).read_text()):
        assert server == ("weerbaar", "5005") and ports["http"]


def test_who_may_talk_to_whom():
    """Reads the rules as the cluster does: what no rule allows is refused."""
    policies = of_kind("NetworkPolicy")
    everything = policies.pop("default-deny")["spec"]
    assert everything == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    def parties(policy: dict[str, Any], direction: str, side: str) -> set[tuple[str, int]]:
        return {
            (
                peer.get("podSelector", peer.get("namespaceSelector", {}))["matchLabels"].get("app.kubernetes.io/name")
                or peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
                port["port"],
            )
            for rule in policy["spec"].get(direction, [])
            for peer in rule[side]
            for port in rule["ports"]
        }

    for name, policy in policies.items():
        assert policy["spec"]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": name}
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    comes = {name: parties(policy, "ingress", "from") for name, policy in policies.items()}
    goes = {name: parties(policy, "egress", "to") for name, policy in policies.items()}
    assert comes == {
        "proxy": {("ingress", 8080)},
        "weerbaar": {("proxy", 5005), ("prometheus", 5005)},
        "redis": {("weerbaar", 6379)},
    }
    assert goes == {
        "proxy": {("weerbaar", 5005), ("kube-system", 53)},
        "weerbaar": {("redis", 6379), ("kube-system", 53)},
        "redis": set(),
    }


def test_the_way_out_for_messaging_channels_is_a_line_away():
    """Only the workers get it; the rule for them stays as it is for the rest."""
    text = (DEPLOY / "kubernetes" / "networkpolicy.yaml").read_text()
    assert text.count(f"# {WAY_OUT}") == 1
    before, after = list(yaml.safe_load_all(text)), list(yaml.safe_load_all(text.replace(f"# {WAY_OUT}", WAY_OUT)))
    changed = [(one, other) for one, other in zip(before, after) if one != other]
    [(closed, opened)] = changed
    assert opened["metadata"]["name"] == "weerbaar"
    way_out = {"ports": [{"port": 443}]}
    assert [rule for rule in opened["spec"]["egress"] if rule != way_out] == closed["spec"]["egress"]
    assert way_out in opened["spec"]["egress"]


def test_only_workers_get_the_secrets_of_messaging_channels():
    given = {container["name"]: container.get("envFrom", []) for _, container in containers()}
    assert given.pop("assistant") == [{"secretRef": {"name": "weerbaar-kanalen", "optional": True}}]
    assert not any(given.values())


def test_probes_ask_the_right_addresses():
    [worker] = [container for name, container in containers() if container["name"] == "assistant"]
    [actions] = [container for name, container in containers() if container["name"] == "actions"]
    assert worker["startupProbe"]["httpGet"]["path"] == worker["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert worker["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert variables_of(DEPLOY / "endpoints.yml") <= {variable["name"] for variable in worker["env"]}
    # Without the action server a worker is still of use; and nobody else may reach it.
    assert "readinessProbe" not in actions and actions["restartPolicy"] == "Always" and "ports" not in actions
    assert {"name": "SANIC_HOST", "value": "127.0.0.1"} in actions["env"]
    # 5 seconds before SIGTERM, 10 to drain.
    assert pods()["weerbaar"]["terminationGracePeriodSeconds"] > 15
