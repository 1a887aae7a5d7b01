"""Reads a bill of materials (CycloneDX, JSON) from stdin and writes it without addresses if it is valid.

What the image lacks (deploy/left-out.txt) has the scope 'excluded'.
"""

import json
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

LEFT_OUT = Path(__file__).resolve().parents[2] / "deploy" / "left-out.txt"
# What must be in a bill: the one of the assistant, and the one of the action server.
EXPECTED = {"rasa", "rasa-sdk"}


def without_addresses(part: Any) -> Any:
    """Returns a part of the bill without the addresses of packages, which only show the mirror that was used."""
    if isinstance(part, dict):
        return {key: without_addresses(value) for key, value in part.items() if key != "externalReferences"}
    return [without_addresses(one) for one in part] if isinstance(part, list) else part


def of_assistant(bill: dict[str, Any]) -> bool:
    """Says whether a bill is that of the assistant, and not that of the action server."""
    return any(one["name"] == "rasa" for one in bill["components"])


def main() -> None:
    """Writes the bill to stdout, or exits with a message when it is not valid or lacks Rasa and its SDK."""
    bill = without_addresses(json.load(sys.stdin))
    left_out = set(LEFT_OUT.read_text(encoding="utf-8").splitlines()) if of_assistant(bill) else set()
    for component in bill["components"]:
        component["scope"] = "excluded" if component["name"] in left_out else "required"
    text = json.dumps(bill, indent=2)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        sys.exit(f"sbom: not valid: {fault}")
    if not any(one["name"] in EXPECTED and one.get("version") for one in bill["components"]):
        sys.exit("sbom: rasa is not in it")
    print(text)


if __name__ == "__main__":
    main()
