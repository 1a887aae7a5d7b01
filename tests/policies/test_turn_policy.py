"""A turn is said as it was planned, whatever its own first words change in what is remembered."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turns import DOMAIN, POLICIES, Talk, facts, ranked, rules, user_message

from weerbaar.contacts import load_register
from weerbaar.nlu.severity import LEVELS, SEVERITY_KEY

INTENTS = [*rules(), "nlu_fallback"]
TEXTS = ["x", "die tweede", "de laatste", "3", "nee wethouder", "is 113 open"]
MESSAGES = st.fixed_dictionaries(
    {
        "intent": st.sampled_from(INTENTS),
        "text": st.sampled_from(TEXTS),
        "level": st.sampled_from(["geen", "geen", *LEVELS]),
        "role": st.sampled_from([None, None, *load_register().advisers]),
        "second": st.sampled_from(INTENTS),
        "share": st.sampled_from([0.1, 0.3, 0.43]),
    }
)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def parse_data(said: dict) -> dict:
    """Returns the parse data of a message between two intents, the second less likely; each asks who."""
    shares = {said["intent"]: 0.45, said["second"]: said["share"]}
    return {**ranked(shares), **facts({f"{name}/wie": 0.8 for name in shares})}


def planned(talk: Talk, said: dict) -> list | None:
    """Returns what the first policy that has a plan for a message means to say; None when it is left to the rules."""
    tracker = talk.tracker.copy()
    judged = {SEVERITY_KEY: {"level": said["level"]}, **parse_data(said)}
    tracker.update(user_message(said["text"], said["intent"], judged, said["role"]), DOMAIN)
    if said["role"]:
        tracker.slots["functie"].value = said["role"]
    plans = (policy.plan(tracker, DOMAIN) for policy in POLICIES)
    plan = next((plan for plan in plans if plan is not None), None)
    return None if plan is None else list(plan.actions)


@FEW
@given(st.lists(MESSAGES, min_size=1, max_size=4))
def test_all_that_was_planned_is_said(messages):
    """An answer that is lost half way, or one of another plan, is what nobody meant to say."""
    talk = Talk()
    for said in messages:
        expected = planned(talk, said)
        actions = talk.say(said["intent"], said["text"], said["level"], said["role"], **parse_data(said))
        assert actions
        assert expected is None or actions == expected
