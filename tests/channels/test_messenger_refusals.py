"""Which refusals of a platform are final, and after which the answer is tried again. No server."""

from __future__ import annotations

import pytest

from weerbaar.channels.apps.slack import SlackInput
from weerbaar.channels.apps.whatsapp import WhatsAppInput

CODES = {
    False: [100, 131008, 131009, 131021, 131026, 131030, 131047, 131051, 131052, 131053],
    True: [
        0,
        1,
        2,
        3,
        4,
        10,
        33,
        190,
        200,
        299,
        368,
        80007,
        130429,
        130497,
        131000,
        131005,
        131016,
        131031,
        131037,
        131042,
        131048,
        131056,
        131057,
        133010,
        999_999,
    ],
}
WORDS = {
    False: [
        "channel_not_found",
        "invalid_arguments",
        "is_archived",
        "msg_too_long",
        "no_text",
        "restricted_action",
        "thread_not_found",
        "user_disabled",
        "user_not_found",
    ],
    True: [
        "ekm_access_denied",
        "messages_tab_disabled",
        "missing_scope",
        "new_word",
        "org_login_required",
        "ratelimited",
    ],
}


@pytest.mark.parametrize(
    ("kind", "answer", "passes"),
    [
        *((WhatsAppInput, {"error": {"code": code}}, passes) for passes, codes in CODES.items() for code in codes),
        *((SlackInput, {"error": word}, passes) for passes, words in WORDS.items() for word in words),
        (WhatsAppInput, {"error": {"code": 100, "error_subcode": 33}}, True),
        *(
            (WhatsAppInput, {"error": odd}, False)
            for odd in (None, "x", {}, {"code": None}, {"code": [1]}, {"code": "1"})
        ),
        *((SlackInput, {"error": odd}, False) for odd in (None, ["x"], {"x": 1})),
        (WhatsAppInput, {}, False),
        (SlackInput, {}, False),
    ],
)
def test_only_what_is_about_this_message_or_user_is_final(kind, answer, passes):
    """All else may be taken later; without a code the status decides."""
    assert kind.refusal_passes(answer) is passes
