"""A changed text without training: the model is the one that Rasa trains, and Rasa answers with the new text."""

from __future__ import annotations

import asyncio
import json
import shutil
import tarfile
from pathlib import Path

import pytest
import yaml
from chat import ROOT
from rasa.core.agent import Agent
from rasa.model_training import train

from tools.scripts import train as command
from tools.training import sources
from tools.training.texts import NeedsTraining, is_surely_valid, pack, read_responses, replace_texts
from weerbaar.server.model_file import verified_model

pytestmark = pytest.mark.real

# As few components as Rasa allows: what is compared is what it does with the domain, which is our own, with our rules.
CONFIG = """
recipe: default.v1
assistant_id: proef
language: nl
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy, core_fallback_action_name: utter_niet_begrepen}]
"""
OLD, NEW = "Graag gedaan. Heeft u nog een vraag?", "Heel graag gedaan: 'één' \"woord\" # anders.\n\nEn sterkte."


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with our domain and rules, and two examples of each intent."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    shutil.copytree(ROOT / "data" / "rules", folder / "data" / "rules")
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    facts = [name.removeprefix("utter_") for name in domain["responses"] if "/" in name]
    answered = [fact for fact in facts if fact.split("/")[0] in domain["intents"]]
    plain = [name for name in domain["intents"] if not any(fact.startswith(f"{name}/") for fact in answered)]
    examples = [
        {"intent": name, "examples": f"- vraag{number:03d}\n- nogeens{number:03d}\n"}
        for number, name in enumerate([*plain, *answered])
    ]
    data = {"version": "3.1", "nlu": examples}
    (folder / "data" / "nlu.yml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    shutil.copy(ROOT / "domain.yml", folder)
    return folder


@pytest.fixture(scope="module")
def models(project) -> dict[str, Path]:
    """The model before a text changed, the one that Rasa trains after it, and ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        before = trained("before")
        domain = project / "domain.yml"
        text = domain.read_text(encoding="utf-8")
        assert text.count(f"text: {OLD}") == 1
        domain.write_text(text.replace(OLD, json.dumps(NEW, ensure_ascii=False)), encoding="utf-8")
        pack(before)
        ours = project / "ours.tar.gz"
        replace_texts(before, domain, ours)
        return {"before": before, "rasa": trained("after"), "ours": ours}


def trained(name: str) -> Path:
    result = train("domain.yml", "config.yml", ["data"], output="models", fixed_model_name=name)
    return Path(result.model).resolve()


def content(model: Path) -> dict[str, bytes]:
    with tarfile.open(model) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}


def without_ids(description: dict) -> dict:
    """What `metadata.json` says, without the time and the ids that Rasa draws for each training."""
    assert len(description.pop("model_id")) == 32 and description.pop("trained_at")
    for node in description["predict_schema"]["nodes"].values():
        (node["resource"] or {}).pop("output_fingerprint", None)
    return description


def test_it_is_the_model_that_rasa_trains(models):
    ours, rasa, before = (content(models[name]) for name in ("ours", "rasa", "before"))
    described = [without_ids(json.loads(files.pop("metadata.json"))) for files in (ours, rasa, before)]
    assert ours == rasa and described[0] == described[1]
    assert ours != before and described[0] != described[2]


def test_rasa_answers_with_the_new_text(models):
    answers = asyncio.run(Agent.load(models["ours"]).handle_text("/bedanken"))
    assert "\n\n".join(answer["text"] for answer in answers) == NEW


@pytest.mark.parametrize(
    "change",
    [
        (OLD, "${HOME}"),  # Rasa puts the value of the variable there
        (f"- text: {OLD}", "- text: 113"),  # a number: Rasa rejects it
        (f"- text: {OLD}", "- tekst: Graag."),  # no key of Rasa's
        (f"- text: {OLD}", f"- text: {OLD}\n      quick_replies: [{{title: Ja, payload: /ja}}]"),
        ("  utter_bedanken:", "  utter_dankwoord:"),
    ],
)
def test_what_rasa_must_judge_is_left_to_rasa(models, tmp_path, change):
    domain = tmp_path / "domain.yml"
    text = (ROOT / "domain.yml").read_text(encoding="utf-8")
    assert change[0] in text
    domain.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(NeedsTraining):
        replace_texts(models["before"], domain, tmp_path / "new.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["domain.yml"]


def test_all_our_responses_can_be_changed_so():
    responses = read_responses(ROOT / "domain.yml")
    assert [name for name, response in responses.items() if not is_surely_valid(response)] == []


@pytest.fixture
def repository(project, models, tmp_path, monkeypatch) -> Path:
    """The project with its model, of which is known what it was trained from."""
    shutil.copytree(project / "data", tmp_path / "data")
    for path in (ROOT / "domain.yml", project / "config.yml"):
        shutil.copy(path, tmp_path)
    (tmp_path / "models").mkdir()
    model = Path(shutil.copy(models["before"], tmp_path / "models"))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "MODELS", tmp_path / "models")
    command.finish(model, sources.digests(tmp_path))
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_command_makes_a_model_that_may_be_served(repository, capsys):
    change(repository / "domain.yml", f"text: {OLD}", f"text: {json.dumps(NEW, ensure_ascii=False)}")
    command.train()
    newest = verified_model(repository / "models")
    assert newest and NEW.partition("\n")[0] in content(newest)["components/domain_provider/domain.yml"].decode()
    command.train()
    first, second = capsys.readouterr().out.splitlines()
    assert "only texts changed (utter_bedanken)" in first and "nothing changed" in second
    change(repository / "domain.yml", NEW.partition("'")[0], "Dank. ")
    command.train()
    assert len(list((repository / "models").iterdir())) == 3 * command.KEPT_MODELS


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "domain.yml",
            "  utter_bedanken:",
            "  utter_nieuw:\n    - text: Ja\n  utter_bedanken:",
            "the domain (domain.yml)",
        ),
        ("domain.yml", "session_expiration_time: 30", "session_expiration_time: 20", "the domain (domain.yml)"),
        ("data/nlu.yml", "vraag000", "vraag van een ander", "examples (data/nlu.yml)"),
        ("data/rules/gesprek.yml", "intent: bedanken", "intent: afscheid", "rules (data/rules/gesprek.yml)"),
        ("config.yml", "Keyword", "Other", "the configuration (config.yml)"),
    ],
)
def test_what_something_learns_from_is_trained_with_the_reason(repository, monkeypatch, file, old, new, said):
    reasons = []
    monkeypatch.setattr(command, "with_rasa", lambda why, now: reasons.append(why))
    change(repository / file, old, new)
    command.train()
    assert reasons == [f"these changed: {said}"]


@pytest.mark.parametrize(("file", "old"), [("domain.yml", "\nintents:"), ("data/rules/gesprek.yml", "\nrules:")])
def test_a_comment_trains_nothing(repository, capsys, file, old):
    before = sorted((repository / "models").iterdir())
    change(repository / file, old, f"\n# Uitleg voor de redactie.{old}")
    command.train()
    assert file in capsys.readouterr().out and sorted((repository / "models").iterdir()) == before


def test_a_fault_of_an_editor_is_named_and_changes_nothing(repository):
    before = sorted((repository / "models").iterdir())
    change(repository / "domain.yml", f"text: {OLD}", "text: Graag\u00a0gedaan.")
    with pytest.raises(SystemExit, match=r"train: domain.yml, line \d+: a non-breaking blank"):
        command.train()
    assert sorted((repository / "models").iterdir()) == before


def test_a_model_that_was_changed_is_no_base_for_another(repository, monkeypatch):
    """Else a text would give it a checksum that is right."""
    reasons = []
    monkeypatch.setattr(command, "with_rasa", lambda why, now: reasons.append(why))
    [model] = (repository / "models").glob("*.tar.gz")
    model.write_bytes(model.read_bytes() + b"\0")
    change(repository / "domain.yml", f"text: {OLD}", "text: Graag.")
    command.train()
    assert reasons == ["there is no model that may be served; the first time takes some minutes"]
