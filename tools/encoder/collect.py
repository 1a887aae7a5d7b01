"""Writes the training data as JSON lines for the environment that builds the encoder, which has no Rasa."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from tools.evaluation.examples import NLU_FOLDER, examples_of_blocks, read_blocks
from weerbaar.nlu.disguises import undisguised
from weerbaar.nlu.role_extractor import RoleExtractor
from weerbaar.nlu.writers import HELD_OUT


def main(path: Path) -> None:
    """Writes one line per example: text, severity, intent, role, writer, and whether the writer is held out."""
    blocks = read_blocks()
    roles = {
        line[2:].strip().lower(): block["synonym"]
        for block in yaml.safe_load((NLU_FOLDER / "functie.yml").read_text(encoding="utf-8"))["nlu"]
        if "synonym" in block
        for line in block["examples"].splitlines()
    }
    extractor = RoleExtractor({}, None, None)
    extractor.know({**roles, **{role: role for role in roles.values()}})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for block in blocks:
            told = (block.get("metadata") or {}).get("functie")
            for example in examples_of_blocks([block]):
                found = extractor.find(example.text)
                role = ("" if told == "geen" else told) if told else found.role if found else ""
                # A class per fact, so that the facts of a subject keep their distances, by which answers are found.
                intent = f"{example.intent}/{example.fact}" if example.fact else example.intent
                row = {
                    "text": undisguised(example.text),
                    "severity": example.ernst,
                    "intent": intent,
                    "role": role,
                    "writer": example.bron,
                    "held_out": example.bron in HELD_OUT,
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
