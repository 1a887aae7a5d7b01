"""Serves this assistant with a memory of what each text was parsed to, so that a text is understood only once.

After the warm-up of a benchmark, what remains of a turn is everything beside the NLU components. Not for anything else:
it keeps the texts of users in memory.
Usage: as `python -m weerbaar.server`.
"""

from __future__ import annotations

import pickle
import sys
from typing import Any

from weerbaar.server.__main__ import options_given, prepare, serve


def remember_nlu() -> None:
    """Makes Rasa run the NLU graph only for a text that it has not seen before."""
    from rasa.core.processor import MessageProcessor

    by_graph = MessageProcessor._parse_message_with_graph
    known: dict[str, bytes] = {}

    def parse(self: Any, message: Any, tracker: Any, only_output_properties: bool = True) -> Any:
        if message.text not in known:
            known[message.text] = pickle.dumps(by_graph(self, message, tracker, only_output_properties))
        return pickle.loads(known[message.text])  # noqa: S301  # made here; a copy, because the turn changes it

    MessageProcessor._parse_message_with_graph = parse


if __name__ == "__main__":
    options = options_given()
    is_patched = prepare()
    remember_nlu()
    sys.exit(serve(options, is_patched))
