"""Writes Rasa projects of stock components, with this assistant's training data as far as they can use it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
VERSION = {"version": "3.1"}
# libyaml where it is installed, because the data is 2 MB.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

NOT_UNDERSTOOD = "utter_niet_begrepen"
# Without this rule Rasa's fallback says nothing; this assistant has its own policies instead.
FALLBACK_RULE = {"rule": "niet begrepen", "steps": [{"intent": "nlu_fallback"}, {"action": NOT_UNDERSTOOD}]}

Project = dict[str, Any]


def _read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def nlu_blocks(blocks: Iterable[Mapping[str, Any]], sample: int = 0) -> list[dict[str, Any]]:
    """Returns training data blocks without metadata, which only our components read.

    Args:
        blocks: the blocks under `nlu:`.
        sample: the maximum number of examples of each intent to keep, the first ones; 0 for all.
    """
    kept, seen = [], {}
    for original in blocks:
        block = {key: value for key, value in original.items() if key != "metadata"}
        if sample and "intent" in block:
            lines = [line for line in block["examples"].splitlines() if line.strip()]
            lines = lines[: max(0, sample - seen.get(block["intent"], 0))]
            seen[block["intent"]] = seen.get(block["intent"], 0) + len(lines)
            if not lines:
                continue
            block["examples"] = "\n".join(lines) + "\n"
        kept.append(block)
    return kept


def stock_domain(domain: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the domain without custom actions, in which Rasa's fallback has our response for not understood."""
    kept = {key: value for key, value in domain.items() if key != "actions"}
    return {**kept, "responses": {**domain["responses"], "utter_default": domain["responses"][NOT_UNDERSTOOD]}}


def stories_of(rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Returns stories made of the rules, three rules each, because TEDPolicy learns only from stories.

    Each intent occurs in three stories, each time after other intents.
    """
    turns = [rule["steps"] for rule in rules if {"action": "action_restart"} not in rule["steps"]]
    stories = []
    for number, turn in enumerate(turns):
        middle, last = turns[(number * 5 + 1) % len(turns)], turns[(number * 11 + 2) % len(turns)]
        stories.append({"story": f"gesprek {number + 1}", "steps": [*turn, *middle, *last]})
    return stories


def default_config(epochs: int, policy_epochs: int, batch: int = 0) -> dict[str, Any]:
    """Returns the default configuration of the installed Rasa, which `rasa init` and an empty config.yml stand for.

    Only settings that do not affect the cost of an answer can be changed.

    Args:
        epochs: the epochs of the pipeline's components.
        policy_epochs: the epochs of the policies.
        batch: the size of DIET's batches; 0 for Rasa's default.
    """
    package = Path(importlib.util.find_spec("rasa").submodule_search_locations[0])
    config = _read(package / "engine" / "recipes" / "config_files" / "default_config.yml")
    for entries, rounds in ((config["pipeline"], epochs), (config["policies"], policy_epochs)):
        for entry in entries:
            if "epochs" in entry:
                entry["epochs"] = rounds
            if batch and entry["name"] == "DIETClassifier":
                entry["batch_size"] = batch
    return {**config, "language": "nl", "assistant_id": "standaard"}


def sparse_config() -> dict[str, Any]:
    """Returns the configuration that Rasa suggests for spaCy without vectors and without TensorFlow models."""
    return {
        "recipe": "default.v1",
        "assistant_id": "spacy",
        "language": "nl",
        "pipeline": [
            {"name": "SpacyNLP", "model": "spacy_models/nl"},
            {"name": "SpacyTokenizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "LogisticRegressionClassifier"},
        ],
        "policies": [{"name": "MemoizationPolicy"}, {"name": "RulePolicy"}],
    }


def stock_project(config: dict[str, Any], sample: int = 0, repository: Path = REPOSITORY) -> Project:
    """Returns the files of a project with this assistant's data, as contents by file name."""
    blocks = [block for path in sorted((repository / "data" / "nlu").rglob("*.yml")) for block in _read(path)["nlu"]]
    rules = [rule for path in sorted((repository / "data" / "rules").glob("*.yml")) for rule in _read(path)["rules"]]
    return {
        "config.yml": config,
        "domain.yml": stock_domain(_read(repository / "domain.yml")),
        "data/nlu.yml": {**VERSION, "nlu": nlu_blocks(blocks, sample)},
        "data/rules.yml": {**VERSION, "rules": [*rules, FALLBACK_RULE]},
        "data/stories.yml": {**VERSION, "stories": stories_of(rules)},
    }


def without_facts(project: Project) -> Project:
    """Returns the project for a pipeline without ResponseSelector: a question gets the overview of its subject."""
    domain, nlu = project["domain.yml"], project["data/nlu.yml"]
    overviews = {name: texts for name, texts in domain["responses"].items() if name.endswith("/overzicht")}
    plain = {name.partition("/")[0]: texts for name, texts in overviews.items()}
    blocks = [
        {**block, "intent": block["intent"].partition("/")[0]} if "intent" in block else block for block in nlu["nlu"]
    ]
    return {
        **project,
        "domain.yml": {**domain, "responses": {**domain["responses"], **plain}},
        "data/nlu.yml": {**nlu, "nlu": blocks},
    }


def floor_project() -> Project:
    """Returns the smallest assistant that answers any message: it finds no intent, and one rule answers that."""
    config = {
        "recipe": "default.v1",
        "assistant_id": "vloer",
        "language": "nl",
        "pipeline": [{"name": "KeywordIntentClassifier"}, {"name": "FallbackClassifier"}],
        "policies": [{"name": "RulePolicy"}],
    }
    # Rasa does not train without an intent, so this one has words that nobody types.
    nlu = {"intent": "nooit", "examples": "- zzqqzz\n- qqzzqq\n"}
    response = [{"text": "Dank voor uw bericht. Bel het Ondersteuningsteam Weerbaar Bestuur: 070-3738314."}]
    rule = {"rule": "alles", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_antwoord"}]}
    return {
        "config.yml": config,
        "domain.yml": {**VERSION, "intents": ["nooit"], "responses": {"utter_antwoord": response}},
        "data/nlu.yml": {**VERSION, "nlu": [nlu]},
        "data/rules.yml": {**VERSION, "rules": [rule]},
    }


def texts_of(project: Project) -> dict[str, str]:
    """Returns the YAML text of each file of a project, by file name."""
    return {
        name: yaml.dump(content, Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=10_000)
        for name, content in project.items()
    }


def write(texts: Mapping[str, str], folder: Path) -> None:
    """Writes the files of a project to `folder`, with the REST channel and the default stores of `rasa run`."""
    serving = {"credentials.yml": "rest:\n", "endpoints.yml": "{}\n"}
    for name, text in {**texts, **serving}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    link = folder / "spacy_models"  # so that config.yml can name the pipeline as in this repository
    if not link.exists():
        link.symlink_to(REPOSITORY / "spacy_models", target_is_directory=True)
