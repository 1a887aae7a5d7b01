"""The manifests of deploy/kubernetes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from deployment import DEPLOY
from release_tools import tool

# The oldest Kubernetes that runs the manifests, and the newest whose schemas there are.
VERSIONS = ("1.29", "1.37")
# The line of networkpolicy.yaml that opens the way out.
WAY_OUT = "- ports: [{port: 443}]\n"

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


def schema_faults(folder: Path, manifests: str) -> list[str]:
    """Returns what the schemas of Kubernetes, of each version, find wrong with manifests; writes them to `folder`."""
    file = folder / "manifests.yaml"
    file.write_text(manifests, encoding="utf-8")
    said = [tool("kubernetes-validate", "--strict", "-k", version, file, ok=False) for version in VERSIONS]
    # What it judged, so that nothing is right because nothing was read.
    judged = manifests.count("\nkind: ")
    lines = [line for one in said for line in (one.stdout + one.stderr).splitlines()]
    assert len(lines) == judged * len(VERSIONS), lines
    return [line for line in lines if not line.startswith("INFO")]
