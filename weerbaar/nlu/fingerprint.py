"""Extends the fingerprints of Rasa's training cache, which cover only the source of a component's class."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rasa.shared.nlu.constants import RESPONSE
from rasa.shared.nlu.training_data.training_data import TrainingData

ROOT = Path(__file__).resolve().parents[2]
# The editors' file that a module of ours reads.
READ_BY = {
    "weerbaar.subjects": "data/subjects.yml",
    "weerbaar.nlu.patterns": "data/patterns/ernst.yml",
}
# Of a spaCy pipeline Rasa sees only the name, which here is that of a link and never changes.
PIPELINE = "spacy_models/nl/meta.json"


class CodeFingerprint:
    """Mixin that retrains a graph component when what it is made of changes, and only then.

    Rasa looks only at the source of the class, not at the functions and files that the class uses.
    """

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Returns a digest of the component's code and files, which Rasa adds to its own.

        The code is that of the component's module and of our modules that it imports, without comments and docstrings;
        the files are the spaCy pipeline and those that these modules read.
        """
        digest = hashlib.sha256()
        for module, code in sorted(code_used_by(cls.__module__).items()):
            digest.update(normal_form(code).encode())
            if module in READ_BY:
                digest.update((ROOT / READ_BY[module]).read_bytes())
        digest.update((ROOT / PIPELINE).read_bytes())
        return digest.hexdigest()


def code_used_by(module: str) -> dict[str, str]:
    """Returns the source of a module of ours and of those that it imports, directly or not, by name."""
    found: dict[str, str] = {}
    open_names = [module]
    while open_names:
        name = open_names.pop()
        path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if name not in found and path.is_file():
            found[name] = path.read_text(encoding="utf-8")
            open_names += imported_modules(ast.parse(found[name]))
    return found


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Yields the modules of this package that a module may import; a name may also be that of a function in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("weerbaar"):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("weerbaar"))


def normal_form(code: str) -> str:
    """Returns Python code in a form that is the same for other comments, docstrings and line breaks."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


def fingerprint_without_answers(data: TrainingData) -> str:
    """Returns Rasa's fingerprint of the training data without the answers.

    Rasa counts every response with a `/` in its name as NLU training data and writes its text into the examples of its
    intent, because its own selector learns from it. Ours learns from the questions only, so a changed answer must not
    cause a retraining.
    """
    answers, data.responses = data.responses, {}
    texts = [(example, example.data.pop(RESPONSE)) for example in data.training_examples if RESPONSE in example.data]
    for example, _ in texts:
        example._cached_fingerprint = None
    try:
        return _fingerprint(data)
    finally:
        data.responses = answers
        for example, text in texts:
            example.data[RESPONSE] = text


if TrainingData.fingerprint is not fingerprint_without_answers:
    _fingerprint: Callable[[TrainingData], str] = TrainingData.fingerprint
    TrainingData.fingerprint = fingerprint_without_answers
