"""The version: pyproject.toml has it, and this writes it wherever else it is named (`make version VERSION=x.y.z`)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

SOURCE = ("pyproject.toml", r'^version = "([^"]+)"$', 1)
# File, pattern with the version as its group, and how often it must be there.
COPIES = (
    ("weerbaar/observability/version.py", r'^VERSION = "([^"]+)"$', 1),
    ("publiccode.yml", r'^softwareVersion: "([^"]+)"$', 1),
    ("deploy/Dockerfile", r'image\.version="([^"]+)"', 2),
    ("deploy/kubernetes/kustomization.yaml", r'newTag: "([^"]+)"', 3),
    ("deploy/helm/weerbaar-bestuur/Chart.yaml", r"^version: (\S+)$", 1),
    ("deploy/helm/weerbaar-bestuur/Chart.yaml", r'^appVersion: "([^"]+)"$', 1),
    ("widget/package.json", r'^  "version": "([^"]+)"', 1),
    ("widget/package-lock.json", r'"name": "weerbaar-chat",\n\s+"version": "([^"]+)"', 2),
)
FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def found(root: Path, file: str, pattern: str) -> list[str]:
    """Returns the versions that a file names; raises OSError when it is not there."""
    return re.findall(pattern, (root / file).read_text(encoding="utf-8"), re.M)


def version_of(root: Path) -> str:
    """Returns the version in pyproject.toml; raises ValueError when it has none."""
    [version] = found(root, *SOURCE[:2])
    return str(version)


def faults(root: Path) -> list[str]:
    """Returns a sentence for each place that names another version than pyproject.toml, or none."""
    version = version_of(root)
    return [
        f"{file} names the version {' and '.join(names) or 'nowhere'}; pyproject.toml says {version}"
        for file, pattern, count in COPIES
        if (names := found(root, file, pattern)) != [version] * count
    ]


def write(root: Path, version: str) -> None:
    """Writes a version everywhere; raises ValueError when it is not of the form 1.2.3."""
    if not FORM.fullmatch(version):
        raise ValueError(f"{version!r} is no version such as 1.2.3")
    for file, pattern, _ in (SOURCE, *COPIES):
        place = root / file
        text = place.read_text(encoding="utf-8")
        text = re.sub(pattern, lambda match: match[0].replace(match[1], version), text, flags=re.M)
        place.write_text(text, encoding="utf-8")


def main() -> None:
    """Writes the version that the command line names, and says which files to look at."""
    try:
        write(Path.cwd(), sys.argv[1])
    except (IndexError, ValueError) as error:
        sys.exit(f"version: {error}")
    print(f"version: {sys.argv[1]} is written. Add its entry to CHANGELOG.md, and train (`make train`).")


if __name__ == "__main__":
    main()
