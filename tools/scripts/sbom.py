"""Reads a bill of materials (CycloneDX, JSON) from stdin and writes it without addresses if it is valid."""

import json
import sys
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def without_addresses(part: Any) -> Any:
    """Returns a part of the bill without the addresses of packages, which only show the mirror that was used."""
    if isinstance(part, dict):
        return {key: without_addresses(value) for key, value in part.items() if key != "externalReferences"}
    return [without_addresses(one) for one in part] if isinstance(part, list) else part


def main() -> None:
    """Writes the bill to stdout, or exits with a message when it is not valid or lacks Rasa."""
    bill = without_addresses(json.load(sys.stdin))
    text = json.dumps(bill, indent=2)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        sys.exit(f"sbom: not valid: {fault}")
    if not any(one["name"] == "rasa" and one.get("version") for one in bill["components"]):
        sys.exit("sbom: rasa is not in it")
    print(text)


if __name__ == "__main__":
    main()
