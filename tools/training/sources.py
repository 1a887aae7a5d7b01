"""What a model is made of: the files, what is learned from each, and which of them changed since it was trained.

Who depends on what, by which each change is judged:

- No component and no policy learns from the contents of a response. Rasa writes the answers of facts into the training
  data, but `weerbaar.nlu.fingerprint` takes them out again, and AnswerSelector learns from the questions and the names
  of the facts. RulePolicy is trained on a domain from which Rasa took the contents of the responses
  (DomainForCoreTrainingProvider). Our own policies learn nothing (TurnPolicy.train); they read the domain in the model
  while they serve, as ReminderPolicy does to see whether an answer gives the number. So with other texts only the
  domain in the model differs.
- The names of the responses, in their order, and all else in the domain are what RulePolicy learns from: a name is an
  action. So is every rule.
- NLU components learn from the examples, the patterns, the subjects, the spaCy pipeline and the encoder, and are
  trained anew when their code, their settings or a package changes. `rasa train` finds out which, by its cache.
- `data/contacts.yml` and `data/messenger.yml` are read when the server starts. They are in no model.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from weerbaar.editor_files import read_yaml

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "domain.yml"
# The files of each group, by what we call the group. The first group whose pattern fits a file has it.
GROUPS: dict[str, tuple[str, ...]] = {
    "the configuration": ("config.yml",),
    "the domain": (DOMAIN,),
    "what the server reads when it starts": ("data/contacts.yml", "data/messenger.yml"),
    "rules": ("data/rules/**/*.yml",),
    "patterns": ("data/patterns/**/*.yml",),
    "subjects": ("data/subjects.yml",),
    "examples": ("data/**/*.yml",),
    "the code of components": ("weerbaar/*.py", "weerbaar/nlu/*.py", "weerbaar/policies/*.py"),
    "the spaCy pipeline": ("tools/scripts/build_spacy_model.py", "spacy_models/nl/meta.json"),
    "packages": ("requirements/runtime.txt",),
    "the encoder": ("models/encoder/card.json",),
}
NOT_LEARNED = "what the server reads when it starts"
# The parts of the domain: the contents of the responses, and all else.
TEXTS, REST = "texts", "names and settings"
# How many files of a group are named when they changed.
MOST_NAMES = 3
# A comment that begins a line. No text of ours begins there, because YAML indents it.
_COMMENT = re.compile(rb"^#.*\n?", re.MULTILINE)

# For each file the digest of its bytes (`all`) and those of its parts, by name: what learns from them differs.
Digests = dict[str, dict[str, str]]


def files(root: Path = ROOT) -> dict[str, str]:
    """Returns the group of each file that a model depends on, by its path in the repository."""
    found: dict[str, str] = {}
    for group, patterns in GROUPS.items():
        for pattern in patterns:
            for path in sorted(root.glob(pattern)):
                found.setdefault(path.relative_to(root).as_posix(), group)
    return found


def digests(root: Path = ROOT, known: Mapping[str, Mapping[str, str]] | None = None) -> Digests:
    """Returns the digests of all files.

    Args:
        root: the repository.
        known: digests of before. The parts of a file that has the same bytes are taken from there.

    Raises:
        EditorError: domain.yml is not what an editor can have meant.
        OSError: a file cannot be read.
    """
    found: Digests = {}
    for name, group in files(root).items():
        before, whole = (known or {}).get(name, {}), digest((root / name).read_bytes())
        found[name] = dict(before) if before.get("all") == whole else {"all": whole, **parts(root / name, name, group)}
    return found


def fingerprint(root: Path = ROOT) -> str:
    """Returns one digest of all files of which something is learned; raises what `digests` raises."""
    learned = {name: found for name, found in digests(root).items() if len(found) > 1}
    return digest(canonical(learned))


def parts(path: Path, name: str, group: str) -> dict[str, str]:
    """Returns the digests of the parts of a file from which something is learned: none, one, or the two of the domain.

    A comment is no part, where it can be told from the rest without reading the whole file as YAML.
    """
    content = path.read_bytes()
    if group == NOT_LEARNED:
        return {}
    if name == DOMAIN:
        domain = read_yaml(path)
        texts = canonical(domain.get("responses"))
        return {TEXTS: digest(texts), REST: digest(canonical(without_texts(domain)))}
    if path.suffix == ".py":
        return {"code": digest(ast.dump(ast.parse(content)).encode())}
    return {"content": digest(_COMMENT.sub(b"", content) if path.suffix == ".yml" else content)}


def without_texts(domain: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a domain in which the responses have their names, in their order, and no contents."""
    return {**domain, "responses": list(domain.get("responses") or {})}


def canonical(content: Any) -> bytes:
    """Returns the content of a YAML file in one form, in which the order of keys counts."""
    return json.dumps(content, ensure_ascii=False, default=str).encode()


def digest(content: bytes) -> str:
    """Returns the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def changed(before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> dict[str, set[str]]:
    """Returns the parts that differ of each file with other bytes; a file that came or went differs in all its parts.

    A file of which something changed that nothing learns from has an empty set.
    """
    different = {}
    for name in sorted({*before, *now}):
        old, new = before.get(name, {}), now.get(name, {})
        if old.get("all") != new.get("all"):
            different[name] = {part for part in {*old, *new} - {"all"} if old.get(part) != new.get(part)}
    return different


def group_of(name: str) -> str:
    """Returns the group of a file by its path in the repository, also of a file that was removed."""
    fits = ((group, pattern.replace("**/", "")) for group, patterns in GROUPS.items() for pattern in patterns)
    return next((group for group, pattern in fits if fnmatch(name, pattern)), "other files")


def in_words(names: Iterable[str]) -> str:
    """Returns the groups of some files, each with its files, or their number when there are many."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(group_of(name), []).append(name)
    return ", ".join(
        f"{group} ({', '.join(listed) if len(listed) <= MOST_NAMES else f'{len(listed)} files'})"
        for group, listed in groups.items()
    )
