"""The manifests of deploy/kubernetes."""

from __future__ import annotations

from typing import Any

import yaml
from deployment import DEPLOY

MANIFESTS = [
    (file.name, document)
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    if file.name != "kustomization.yaml"
    for document in yaml.safe_load_all(file.read_text())
]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Returns the manifests of a kind by name."""
    return {document["metadata"]["name"]: document for _, document in MANIFESTS if document["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """Returns the specification of the pods of each Deployment."""
    return {name: document["spec"]["template"]["spec"] for name, document in of_kind("Deployment").items()}


def containers() -> list[tuple[str, dict[str, Any]]]:
    """Returns (Deployment, container), sidecars too."""
    return [
        (name, container)
        for name, pod in pods().items()
        for container in pod["containers"] + pod.get("initContainers", [])
    ]
