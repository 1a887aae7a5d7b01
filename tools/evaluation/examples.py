"""Reads training data (data/nlu) and case files (.jsonl) into examples, without Rasa and without models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from weerbaar.nlu.severity import LEVELS, SEVERITY_BY_INTENT

REPOSITORY = Path(__file__).resolve().parents[2]
NLU_FOLDER = REPOSITORY / "data" / "nlu"

# A case file has one more level: `info`, a factual question. It is as calm as `geen`.
CASE_LEVELS = (*LEVELS, "info")
# Our intents that the labels of a case file lack: people outside the target group, and a bare cry for help.
CASE_INTENT = {
    "burger_in_nood": "buiten_bereik",
    "dreigen_met_geweld": "buiten_bereik",
    "hulpkreet": "mens_spreken",
}


class DataError(ValueError):
    """Raised for a file that cannot be used; the message names the place and what was expected."""


@dataclass(frozen=True)
class Example:
    """One labelled message.

    Attributes:
        text: what the user types; empty only in a case file that tests empty messages.
        ernst: one of `LEVELS` (`info` in a case file becomes `geen`).
        intents: the acceptable intents, best first; exactly one for training data.
        bron: the writer or source; empty when unknown.
        ook: other levels that a second reader accepts (case files only).
        name: the `id` of a case; empty for training data.
        kind: the kind of calm text (`soort`), such as `nieuws`; empty when not given.
        fact: the name of the fact that the text asks for, such as `wie`; empty when not given.
    """

    text: str
    ernst: str
    intents: tuple[str, ...]
    bron: str = ""
    ook: tuple[str, ...] = ()
    name: str = ""
    kind: str = ""
    fact: str = ""

    @property
    def intent(self) -> str:
        """The best of the acceptable intents."""
        return self.intents[0]

    def accepts(self, intent: str) -> bool:
        """Returns whether `intent` is acceptable for this example."""
        return intent in self.intents or CASE_INTENT.get(intent) in self.intents


def level_of_intent(intent: str) -> str:
    """Returns the severity that an intent has by itself."""
    return SEVERITY_BY_INTENT.get(intent, "geen")


def read_blocks(folder: Path = NLU_FOLDER) -> list[dict[str, Any]]:
    """Returns every block under `nlu:` in the YAML files of `folder`, in order of path: intents and synonyms.

    Raises:
        DataError: there are no YAML files, or one is not training data.
    """
    paths = sorted(Path(folder).rglob("*.yml"))
    if not paths:
        raise DataError(f"{folder}: no .yml files with training data")
    return [block for path in paths for block in _blocks_of_file(path)]


def _blocks_of_file(path: Path) -> Iterator[dict[str, Any]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: no valid YAML: {error}") from error
    blocks = content.get("nlu") if isinstance(content, Mapping) else None
    if not isinstance(blocks, list):
        raise DataError(f"{path}: expected a list under `nlu:`")
    for number, block in enumerate(blocks, 1):
        if not isinstance(block, Mapping) or not isinstance(block.get("examples"), str):
            raise DataError(f"{path}, block {number}: expected `examples: |` with a line for each example")
        if not isinstance(block.get("metadata") or {}, Mapping):
            raise DataError(f"{path}, block {number}: `metadata` must have keys, such as {{bron: A}}")
        yield dict(block)


def examples_of_blocks(blocks: Sequence[Mapping[str, Any]]) -> list[Example]:
    """Returns the examples of the intent blocks; other blocks (synonyms) have none.

    Raises:
        DataError: a line is not '- ' followed by a text, or the severity is unknown.
    """
    examples = []
    for block in blocks:
        if "intent" not in block:
            continue
        intent, _, fact = block["intent"].partition("/")
        metadata = block.get("metadata") or {}
        level = metadata.get("ernst") or level_of_intent(intent)
        if level not in LEVELS:
            raise DataError(f"intent {intent}: ernst '{level}' is none of {', '.join(LEVELS)}")
        for line in filter(str.strip, block["examples"].splitlines()):
            if not line.startswith("- ") or not line[2:].strip():
                raise DataError(f"intent {intent}: expected '- ' and a text, got '{line[:60]}'")
            writer, kind = str(metadata.get("bron") or ""), str(metadata.get("soort") or "")
            asked = fact or str(metadata.get("feit") or "")
            examples.append(Example(line[2:].strip(), level, (intent,), writer, kind=kind, fact=asked))
    return examples


def read_examples(folder: Path = NLU_FOLDER) -> list[Example]:
    """Returns all training examples in `folder`; raises DataError when a file cannot be used."""
    return examples_of_blocks(read_blocks(folder))


def read_cases(path: Path) -> list[Example]:
    """Returns the cases of a .jsonl file.

    Each line is an object with `text`, `ernst`, `intents`, and optionally `id`, `ook`, `bron` and `soort`. Without
    `bron`, the part of the `id` before the first '-' names the source.

    Raises:
        DataError: the file cannot be read, has no cases, or has a line that is not a case.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from error
    cases = [_case(f"{path}, line {number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if not cases:
        raise DataError(f"{path}: no cases in it")
    return cases


def _case(place: str, line: str) -> Example:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{place}: no valid JSON: {error}") from error
    if not isinstance(row, dict):
        raise DataError(f"{place}: expected an object with text, ernst and intents")
    text, level, intents, also = row.get("text"), row.get("ernst"), row.get("intents"), row.get("ook") or []
    if not isinstance(text, str):
        raise DataError(f"{place}: `text` must be a text")
    if not isinstance(also, list) or any(one not in CASE_LEVELS for one in [level, *also]):
        raise DataError(f"{place}: `ernst` and each of `ook` must be one of {', '.join(CASE_LEVELS)}")
    if not isinstance(intents, list) or not intents or not all(isinstance(intent, str) for intent in intents):
        raise DataError(f"{place}: `intents` must be a list with at least one intent")
    name = str(row.get("id") or "")
    source = str(row.get("bron") or (name.split("-", maxsplit=1)[0] if "-" in name else ""))
    kind = str(row.get("soort") or "")
    return Example(text, _calm(level), tuple(intents), source, tuple(map(_calm, also)), name, kind)


def _calm(level: str) -> str:
    return "geen" if level == "info" else level
