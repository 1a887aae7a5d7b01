"""What is counted of a turn: each fact and what follows it, and nothing that points to one person in need."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from rasa.shared.core.events import Restarted
from turns import DOMAIN, Talk, facts, ranked

from weerbaar.nlu.answers import has_facts
from weerbaar.observability.metrics import STEP
from weerbaar.stores.facts import fact_of
from weerbaar.stores.turn_metrics import count_from_zero, count_turn
from weerbaar.subjects import SUBJECTS

WHO = {"level": "geen", **facts({"training/wie": 0.9})}
ANSWERS, FOLLOWED = "weerbaar_answers_total", "weerbaar_answers_followed_total"


class Counted(Talk):
    """A conversation of which each turn is counted as a store does when it saves it."""

    def say(self, *what, **more) -> list:
        """See parent class."""
        said = super().say(*what, **more)
        self.tracker.latest_message.input_channel = "rest"
        count_turn(self.tracker)
        return said


@pytest.fixture
def counted():
    """Returns by how much a metric has grown since the test began."""
    count_from_zero(DOMAIN.responses)
    before = {(one.name, *sorted(one.labels.items())): one.value for kind in REGISTRY.collect() for one in kind.samples}

    def grown(metric: str, **labels: str) -> float:
        now = REGISTRY.get_sample_value(metric, labels) or 0.0
        return now - before.get((metric, *sorted(labels.items())), 0.0)

    return grown


def training(by: str = "") -> dict[str, str]:
    """Returns the labels of the counters of the fact of the tests."""
    return {"subject": "training", "fact": "training/wie", **({"by": by} if by else {})}


def test_all_facts_of_the_documents_are_counted_and_nothing_else(counted):
    """The labels are those of domain.yml, each with a zero: Prometheus does not see the step to a first count."""
    kinds = {name: subject.kind for name, subject in SUBJECTS.items() if has_facts(name, DOMAIN)}
    subjects = {name for name, kind in kinds.items() if kind in ("question", "need")}
    expected = {name[6:] for name in DOMAIN.responses if "/" in name and name[6:].split("/")[0] in subjects}
    assert {fact_of(name) for name in DOMAIN.responses} - {None} == expected
    shown = {one.labels["fact"] for kind in REGISTRY.collect() if kind.name == ANSWERS[:-6] for one in kind.samples}
    assert shown == expected and len(expected) > 100


def test_an_answer_is_counted_by_fact(counted):
    """With the introduction before it, and after a button too."""
    talk = Counted()
    talk.say("training", **WHO)
    talk.say("woningscan", level="geen")
    assert counted(ANSWERS, **training()) == 1
    assert counted(ANSWERS, subject="woningscan", fact="woningscan/overzicht") == 1


@pytest.mark.parametrize(
    ("next_message", "by"),
    [
        (("nlu_fallback", {"level": "geen"}), "not_understood"),
        (("training", WHO), "repeated"),
        (("bedankt", {"level": "geen"}), None),
    ],
)
def test_what_follows_an_answer_is_counted(counted, next_message, by):
    """Only the message right after it."""
    intent, data = next_message
    talk = Counted()
    talk.say("training", **WHO)
    talk.say(intent, **data)
    talk.say("nlu_fallback", level="geen")
    after = {name: counted(FOLLOWED, **training(name)) for name in ("not_understood", "repeated", "handoff")}
    # The answer that was repeated is followed in its turn.
    expected = {"not_understood": 1.0 if by else 0.0, "repeated": float(by == "repeated"), "handoff": 0.0}
    assert after == expected


def test_a_new_conversation_follows_no_answer(counted):
    """What somebody asks after 'opnieuw' has nothing to do with the answer before."""
    talk = Counted()
    talk.say("training", **WHO)
    talk.tracker.update(Restarted(), DOMAIN)
    talk.say("nlu_fallback", level="geen")
    assert counted(FOLLOWED, **training("not_understood")) == 0


def test_a_handoff_after_an_answer_is_seen_in_steps_only(counted):
    """One would tell at what hour somebody in danger had asked what; the tenth shows ten."""
    for number in range(1, 2 * STEP):
        talk = Counted()
        talk.say("training", **WHO)
        talk.say("bedreiging", level="ernstig")
        assert counted(FOLLOWED, **training("handoff")) == number // STEP * STEP


def test_an_answer_to_somebody_in_need_is_seen_in_steps_only(counted):
    """A fact of a need, and a question in a serious message."""
    for number in range(1, STEP + 1):
        Counted().say("nazorg", level="zorg")
        Counted().say("training", **{**WHO, "level": "ernstig"})
        shown = 0 if number < STEP else STEP
        assert counted(ANSWERS, subject="nazorg", fact="nazorg/overzicht") == shown
        assert counted(ANSWERS, **training()) == shown


@pytest.mark.parametrize("level", ["ernstig", "acuut", "suicidaal"])
def test_suicide_and_acute_danger_are_not_told_apart(counted, level):
    """A single count of either, at a known hour, could point to a person; the alerts need no more than this."""
    Counted().say("bedreiging", level=level)
    for metric in ("weerbaar_severity_total", "weerbaar_handoffs_total"):
        assert counted(metric, level="ernstig") == 1
        assert REGISTRY.get_sample_value(metric, {"level": "acuut"}) is None
        assert REGISTRY.get_sample_value(metric, {"level": "suicidaal"}) is None


@pytest.mark.parametrize("intent", ["suicidaliteit", "bedreiging", "nazorg", "kan_niet_praten", "vraag_113"])
def test_a_message_that_was_not_understood_does_not_tell_what_happened(counted, intent):
    """Of the intents that it is close to, only questions and conversation are named."""
    Counted().say("nlu_fallback", level="geen", **ranked({"nlu_fallback": 0.3, intent: 0.3, "training": 0.1}))
    assert counted("weerbaar_fallbacks_total", intent="other") == 1
    assert REGISTRY.get_sample_value("weerbaar_fallbacks_total", {"intent": intent}) is None
