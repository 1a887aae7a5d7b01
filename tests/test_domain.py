"""The silent failures of public bots, each as one small test. `rasa data validate` is green on many of them."""
from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict

import pytest
import yaml
from chat import ROOT
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components import handoff_policy
from components.handoff_policy import INFORMATION_INTENTS, HandoffPolicy
from components.language_detector import LANGUAGES
from components.severity import LEVELS, SEVERITY_BY_INTENT, SEVERITY_KEY

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = DOMAIN["intents"]
MOST_EXAMPLES = set(SEVERITY_BY_INTENT) - {"burger_in_nood", "dreigen_met_geweld"} | (
    INFORMATION_INTENTS - {"privacy", "bot_vraag"}
)
# Rasa utters this one by itself at action_restart.
UTTERED_BY_RASA = {"utter_restart"}
DOCUMENTS = [str(file.relative_to(ROOT)) for file in [*ROOT.glob("README.md"), *ROOT.glob("docs/*.md")]]
STEMS = sorted({file.stem for file in (ROOT / "data" / "nlu").glob("*.yml")} - {"functie"})


def button_payloads() -> list:
    """Returns (response, payload) of each button in the domain."""
    return [
        (name, button["payload"])
        for name, variants in DOMAIN["responses"].items()
        for variant in variants
        for button in variant.get("buttons") or []
    ]


def rule_actions(rules: list) -> dict:
    """Returns the actions that follow each intent in the rules."""
    actions = defaultdict(list)
    for rule in rules:
        intent = next(step["intent"] for step in rule["steps"] if "intent" in step)
        actions[intent] += [step["action"] for step in rule["steps"] if "action" in step]
    return actions


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_has_enough_examples(nlu_data, intent):
    """An intent without examples is never recognised."""
    examples = Counter(message.get("intent") for message in nlu_data.intent_examples)
    assert examples[intent] >= (60 if intent in MOST_EXAMPLES else 30)


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_has_a_rule_with_a_response(rules, intent):
    """An intent that is recognised but not answered is a dead end."""
    actions = rule_actions(rules)[intent]
    assert actions
    assert all(action in DOMAIN["responses"] or action == "action_restart" for action in actions)


@pytest.mark.parametrize("intent", sorted(INFORMATION_INTENTS))
def test_every_question_has_an_answer_by_its_name(intent):
    """HandoffPolicy and IntroductionPolicy find the answer to an intent by the name `utter_<intent>`."""
    assert f"utter_{intent}" in DOMAIN["responses"]


def test_the_examples_name_no_other_intents(nlu_data):
    """An intent that is trained but not in the domain is recognised and then dropped."""
    assert {message.get("intent") for message in nlu_data.intent_examples} <= set(INTENTS)


def test_every_intent_that_is_serious_is_in_the_domain():
    """A renamed intent would lose its severity in silence."""
    assert set(SEVERITY_BY_INTENT) | INFORMATION_INTENTS <= set(INTENTS)


@pytest.mark.parametrize("response", DOMAIN["responses"])
def test_every_response_is_used(rules, response):
    """A text that nothing utters is never read by anyone."""
    in_rules = {action for actions in rule_actions(rules).values() for action in actions}
    files = [*ROOT.glob("components/*.py"), *ROOT.glob("actions/*.py"), ROOT / "config.yml"]
    in_code = set(re.findall(r"utter_[a-z_]+", "\n".join(file.read_text(encoding="utf-8") for file in files)))
    by_language = {f"utter_nummers_{language}" for language in LANGUAGES}
    assert response in in_rules | in_code | by_language | UTTERED_BY_RASA


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"nl"}))
def test_every_language_that_is_detected_has_its_numbers(language):
    """HandoffPolicy finds them by the name `utter_nummers_<language>`."""
    assert f"utter_nummers_{language}" in DOMAIN["responses"]


@pytest.mark.parametrize("response", DOMAIN["responses"])
def test_every_response_has_an_unconditional_variant(response):
    """Rasa says nothing at all when no condition holds."""
    assert any("condition" not in variant for variant in DOMAIN["responses"][response])


@pytest.mark.parametrize(("response", "payload"), button_payloads())
def test_every_button_works(response, payload):
    """Its payload names an intent of the domain, and only entities and values that the slots take."""
    match = re.fullmatch(r"/([a-z_]+)(\{.*\})?", payload)
    assert match, f"{response}: {payload}"
    assert match[1] in INTENTS
    for entity, value in json.loads(match[2] or "{}").items():
        assert entity in DOMAIN["entities"]
        assert value in DOMAIN["slots"][entity]["values"]


def test_conditions_name_values_that_the_slots_take():
    """A condition on a value that cannot occur hides its variant for ever."""
    for name, variants in DOMAIN["responses"].items():
        for condition in (each for variant in variants for each in variant.get("condition") or []):
            assert condition["value"] in DOMAIN["slots"][condition["name"]]["values"], name


def test_no_example_stands_under_two_intents(nlu_data):
    """The classifier can only guess between them."""
    intents = defaultdict(set)
    for message in nlu_data.intent_examples:
        intents[normalised(message.get("text"))].add(message.get("intent"))
    assert {text: names for text, names in intents.items() if len(names) > 1} == {}


def normalised(text: str) -> str:
    """Returns a text without capitals, accents, punctuation and double blanks; emoji stay."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    words = " ".join(re.sub(r"[.,;:!?'\"()-]", " ", plain).split())
    return words or text.strip()


@pytest.mark.parametrize("stem", STEMS)
def test_every_subject_has_its_rules_and_scenarios(stem):
    """One subject, one stem: the same name in data/nlu, data/rules and tests/scenarios."""
    assert (ROOT / "data" / "rules" / f"{stem}.yml").exists()
    assert list((ROOT / "tests" / "scenarios" / stem).glob("*.yml"))


def test_there_are_no_rules_or_scenarios_without_a_subject():
    """A file under another name is not found by who looks for its subject."""
    assert {file.stem for file in (ROOT / "data" / "rules").glob("*.yml")} <= set(STEMS)
    assert {folder.name for folder in (ROOT / "tests" / "scenarios").iterdir()} <= {*STEMS, "functie"}


@pytest.mark.parametrize("level", LEVELS)
def test_every_severity_that_is_computed_is_used(domain, level):
    """A level that leads to no reply is a judgement for nothing."""
    tracker = DialogueStateTracker("anna", domain.slots)
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(UserUttered("x", {"name": "buiten_bereik"}, parse_data={SEVERITY_KEY: {"level": level}}))
    plan = HandoffPolicy.plan(None, tracker, domain)
    assert plan is None if level == "geen" else plan.actions[0] == f"utter_doorverwijzing_{level}"
    assert level == "geen" or plan.actions[0] in DOMAIN["responses"]


def test_the_cases_are_the_values_of_the_slot():
    """HandoffPolicy sets the slot `zaak`; a value that the slot does not know would be lost."""
    assert list(handoff_policy.CASES) == DOMAIN["slots"]["zaak"]["values"]


def test_no_slot_holds_free_text():
    """What a user types is not kept in a slot."""
    assert set(DOMAIN["slots"]) == {"functie", "zaak", "onderwerp"}
    assert all(slot["type"] == "categorical" for slot in DOMAIN["slots"].values())


def test_subjects_for_follow_up_questions_come_from_intents():
    """Each value of the slot `onderwerp` can be reached by an intent of the domain."""
    mappings = DOMAIN["slots"]["onderwerp"]["mappings"]
    assert {mapping["intent"] for mapping in mappings} <= set(INTENTS)
    assert {mapping["value"] for mapping in mappings} == set(DOMAIN["slots"]["onderwerp"]["values"])


def test_a_conversation_expires_everywhere_after_the_same_time(root):
    """The session and the memory end together, and nothing is carried over."""
    endpoints = yaml.safe_load((root / "endpoints.yml").read_text(encoding="utf-8"))
    session = DOMAIN["session_config"]
    assert session["session_expiration_time"] == endpoints["tracker_store"]["minutes"] > 0
    assert session["carry_over_slots_to_new_session"] is False


def test_our_policies_stand_above_the_others(root):
    """The handoff above all, and no trained policy that chooses the next step."""
    policies = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))["policies"]
    priorities = {policy["name"].rsplit(".")[-1]: policy.get("priority", 0) for policy in policies}
    assert max(priorities, key=priorities.get) == "HandoffPolicy"
    assert list(priorities.values()).count(max(priorities.values())) == 1
    assert not {"TEDPolicy", "UnexpecTEDIntentPolicy"} & set(priorities)


def test_what_is_not_understood_is_known_to_the_policies(root):
    """FallbackClassifier gives the intent that UncertaintyPolicy waits for."""
    pipeline = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    assert "FallbackClassifier" in {component["name"] for component in pipeline}
    assert DEFAULT_NLU_FALLBACK_INTENT_NAME not in INTENTS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_in_the_documentation_exist(root, document):
    """A newcomer who follows the README finds what it names."""
    text = (root / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text)) | set(re.findall(r"\]\(([^)#:]+)\)", text))
    made_later = {"..", "models", "results", ".venv", ".uv", ".rasa", "spacy_models"}
    paths = {path for path in named if "/" in path or path.endswith((".md", ".yml", ".py"))}
    missing = {
        path for path in paths
        if path.split("/")[0] not in made_later
        and not is_repository(root, path)
        and not (root / path).exists()
        and not ((root / document).parent / path).exists()
    }
    assert missing == set()


def is_repository(root, path: str) -> bool:
    """Says whether a name is the owner/name of a repository elsewhere, and no path of ours."""
    owner, _, name = path.partition("/")
    return bool(name) and "/" not in name and "." not in name and not (root / owner).exists()
