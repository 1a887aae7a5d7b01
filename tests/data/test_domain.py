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
from turns import Talk

from tools.evaluation.examples import read_examples
from weerbaar.contacts import load_register
from weerbaar.nlu.answers import OVERVIEW
from weerbaar.nlu.language_detector import LANGUAGES
from weerbaar.nlu.severity import LEVELS, SEVERITY_BY_INTENT, at_least
from weerbaar.policies.case_policy import FURTHER
from weerbaar.policies.handoff_policy import CASES, INFORMATION_INTENTS, STEPS, VOICELESS

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = DOMAIN["intents"]
MOST_EXAMPLES = set(SEVERITY_BY_INTENT) - {"burger_in_nood", "dreigen_met_geweld"} | (
    INFORMATION_INTENTS - {"privacy", "bot_vraag"}
)
# Rasa utters this one by itself at action_restart.
UTTERED_BY_RASA = {"utter_restart"}
# Built in code from the parts of their names.
STEPWISE = {name for lists in (STEPS, FURTHER, VOICELESS) for names in lists.values() for name in names}
SUBJECTS = [intent for intent in INTENTS if f"utter_{intent}/{OVERVIEW}" in DOMAIN["responses"]]
# One fact of the documents each, as `training/wie`.
FACTS = [
    name.removeprefix("utter_")
    for name in DOMAIN["responses"]
    if name.removeprefix("utter_").split("/")[0] in SUBJECTS and "/" in name and name not in STEPWISE
]
FOLLOW_UP = "vervolg"
LEAST_QUESTIONS, LEAST_WRITERS = 15, 3
WHAT_TO_ADD = "a fact is one response in domain.yml, its questions in data/nlu, one story in tests/stories"
DOCUMENTS = [str(file.relative_to(ROOT)) for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]]
STEMS = sorted({path.stem for path in (ROOT / "data" / "nlu").iterdir()} - {"functie"})


def button_payloads() -> list:
    """Returns (response, payload) of each button in the domain."""
    return [
        (name, button["payload"])
        for name, variants in DOMAIN["responses"].items()
        for variant in variants
        for button in variant.get("buttons") or []
    ]


@pytest.fixture(scope="module")
def questions() -> dict:
    """The examples that ask for each fact: `training/wie`, and of the follow-ups, for any subject, `vervolg/wie`."""
    asked = defaultdict(list)
    for example in read_examples(ROOT / "data" / "nlu"):
        if example.fact:
            asked[f"{example.intent}/{example.fact}"].append(example)
    return asked


@pytest.fixture(scope="module")
def stories() -> str:
    """All stories, as text."""
    return "".join(path.read_text(encoding="utf-8") + "\n" for path in sorted(ROOT.glob("tests/stories/*.yml")))


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
    # With facts the rule names the subject; AnswerPolicy chooses the fact.
    answers = {*DOMAIN["responses"], *(name.split("/")[0] for name in DOMAIN["responses"]), "action_restart"}
    assert set(actions) <= answers


@pytest.mark.parametrize("intent", sorted(INFORMATION_INTENTS))
def test_every_question_has_an_answer_by_its_name(intent):
    """The policies find it by the name `utter_<intent>/overzicht`, or `utter_<intent>` where there are no facts."""
    assert len({f"utter_{intent}", f"utter_{intent}/{OVERVIEW}"} & set(DOMAIN["responses"])) == 1


def test_every_subject_with_facts_has_an_overview(questions):
    """It is what is said when no fact is sure, and what a button says."""
    with_facts = {fact.split("/")[0] for fact in questions} - {FOLLOW_UP}
    assert with_facts == set(SUBJECTS)


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_enough_questions_by_enough_writers(questions, fact):
    """A fact without questions is never found; with those of one writer only in their words."""
    examples = [*questions[fact], *questions[f"{FOLLOW_UP}/{fact.split('/')[1]}"]]
    writers = {example.bron for example in examples}
    assert len(examples) >= LEAST_QUESTIONS and len(writers) >= LEAST_WRITERS, (
        f"utter_{fact} has {len(examples)} questions by {len(writers)} writers, it needs {LEAST_QUESTIONS} by "
        f"{LEAST_WRITERS}: {WHAT_TO_ADD}"
    )


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_a_question_of_its_own_and_a_story(questions, stories, fact):
    """Follow-ups of other subjects do not teach it, and without a story nobody knows that it can be found."""
    assert questions.get(fact), f"utter_{fact} has no question that names its subject: {WHAT_TO_ADD}"
    assert f"action: utter_{fact}\n" in stories, f"utter_{fact} is in no story: {WHAT_TO_ADD}"


def test_every_question_asks_for_a_fact_that_there_is(questions):
    """A misspelt fact falls back on the overview in silence."""
    names = {fact.split("/")[1] for fact in FACTS}
    known = {*FACTS, *(f"{FOLLOW_UP}/{name}" for name in names)}
    assert set(questions) - known == set(), WHAT_TO_ADD


def test_the_examples_name_no_other_intents(nlu_data):
    """An intent that is trained but not in the domain is recognised and then dropped."""
    assert {message.get("intent") for message in nlu_data.intent_examples} <= set(INTENTS)


def test_every_intent_that_is_serious_is_in_the_domain():
    """A renamed intent would lose its severity in silence."""
    assert set(SEVERITY_BY_INTENT) | INFORMATION_INTENTS <= set(INTENTS)


@pytest.mark.parametrize("response", DOMAIN["responses"])
def test_every_response_is_used(rules, questions, response):
    """A text that nothing utters is never read by anyone."""
    in_rules = {action for actions in rule_actions(rules).values() for action in actions}
    files = [*ROOT.glob("weerbaar/**/*.py"), *ROOT.glob("actions/*.py"), ROOT / "config.yml"]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    in_code = set(re.findall(r"utter_[a-z_]+(?:/[a-z_]+)?", code))
    by_language = {f"utter_nummers_{language}" for language in LANGUAGES}
    subject, _, fact = response.removeprefix("utter_").partition("/")
    asked = {response} if f"{subject}/{fact}" in questions else set()
    if subject in SUBJECTS and f"{FOLLOW_UP}/{fact}" in questions:
        asked = {response}
    assert response in in_rules | in_code | by_language | asked | STEPWISE | UTTERED_BY_RASA


def test_every_response_that_the_code_builds_is_there():
    """The names of steps are put together from parts; a missing one would be skipped in silence."""
    assert set(DOMAIN["responses"]) >= STEPWISE


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
            slot = DOMAIN["slots"][condition["name"]]
            assert condition["value"] in slot.get("values", [slot.get("initial_value")]), name


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
    """One name for a subject in data/nlu, data/rules and tests/scenarios."""
    assert (ROOT / "data" / "rules" / f"{stem}.yml").exists()
    assert list((ROOT / "tests" / "scenarios" / stem).glob("*.yml"))


def test_there_are_no_rules_or_scenarios_without_a_subject():
    """A file under another name is not found by who looks for its subject."""
    assert {file.stem for file in (ROOT / "data" / "rules").glob("*.yml")} <= set(STEMS)
    assert {folder.name for folder in (ROOT / "tests" / "scenarios").iterdir()} <= {*STEMS, "functie"}


@pytest.mark.parametrize("level", LEVELS)
def test_every_severity_that_is_computed_is_used(level):
    """A level that leads to no reply is a judgement for nothing."""
    [*_, last] = Talk().say("buiten_bereik", level=level)
    assert last == ("utter_buiten_bereik" if level == "geen" else f"utter_doorverwijzing_{level}")


def test_the_cases_are_the_values_of_the_slot():
    """The policies set the slot `zaak`; a value that the slot does not know would be lost."""
    assert list(CASES) == DOMAIN["slots"]["zaak"]["values"]
    assert set(FURTHER) - {"acuut"} | {"zorg"} == set(CASES)


def test_no_slot_is_filled_from_words():
    """What a user types is not kept: the role is one of five, and what the policies set is listed here."""
    mappings = {name: [mapping["type"] for mapping in slot["mappings"]] for name, slot in DOMAIN["slots"].items()}
    ours = ["adviseur", "adviseur_zin", "zaak", "onderwerp", "kan_niet_praten"]
    assert mappings == {"functie": ["from_entity"], **{name: ["custom"] for name in ours}}
    assert DOMAIN["slots"]["functie"]["type"] == "categorical"
    assert all(slot["influence_conversation"] is False for slot in DOMAIN["slots"].values())


@pytest.mark.parametrize("level", LEVELS)
def test_no_policy_puts_words_of_the_user_in_a_slot(level):
    """After every intent in one long conversation the slots hold names of ours only."""
    talk, register = Talk(), load_register()
    sentences = {register.adviser_sentence(role) for role in register.advisers}
    ours = {None, "", True, *register.advisers, *register.advisers.values(), *sentences, *CASES, *INTENTS}
    for intent in INTENTS:
        talk.say(intent, "Knoestmans heeft mij bedreigd", level, "raadslid")
        assert {value for name, value in talk.tracker.current_slot_values().items() if name in DOMAIN["slots"]} <= ours
        assert at_least("geen", level) or talk.slot("zaak") in CASES or intent == "vals_alarm"


def test_the_roles_of_the_register_are_the_values_of_the_slot():
    """Each role has an adviser; the sentence that names one has the name of the register in it."""
    register = load_register()
    assert set(register.advisers) == set(register.sentences) == set(DOMAIN["slots"]["functie"]["values"])
    for role, sentence in register.sentences.items():
        assert not sentence or register.advisers[role] in sentence


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
    """A newcomer who follows the README finds what it names; `make lint` checks the links."""
    text = (root / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text))
    made_later = {"..", "models", "results", ".venv", ".uv", ".rasa", "spacy_models"}
    paths = {path for path in named if "/" in path or path.endswith((".md", ".yml", ".py"))}
    missing = {
        path
        for path in paths
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
