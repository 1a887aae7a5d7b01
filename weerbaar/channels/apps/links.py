"""Links: what can be tapped in an answer, for platforms on which that must be said."""
from __future__ import annotations

import re
from typing import Callable, Dict, Text

from weerbaar.contacts import load_register
from weerbaar.conversation.call_card import international


def targets() -> Dict[Text, Text]:
    """Returns where each number and address of the register leads."""
    register = load_register()
    found = {number: f"tel:{dialled(number)}" for number in register.numbers.values()}
    for address in register.addresses.values():
        found[address] = f"mailto:{address}" if "@" in address else f"https://{address}"
    return found


def dialled(number: Text) -> Text:
    """Returns a number as it is dialled; numbers for within the country, as 0800 and 0900, have no other form."""
    return re.sub(r"\D", "", number) if number.startswith(("0800", "0900")) else international(number)


# Read at the start: when an answer is sent, there may be no file left to open.
TARGETS = targets()
# The longest first, and none in the middle of something else: 112 is no link in 112.000.
_LINK = re.compile(
    rf"(?<![\w@./-])({'|'.join(re.escape(one) for one in sorted(TARGETS, key=len, reverse=True))})(?![\w@/-]|\.\w)"
)


def linked(text: Text, escaped: Callable[[Text], Text], link: Callable[[Text, Text], Text]) -> Text:
    """Returns a text in which all but the links is `escaped`, and `link(target, words)` stands for each of them."""
    parts = _LINK.split(text)  # words and links by turns
    return "".join(link(TARGETS[part], part) if index % 2 else escaped(part) for index, part in enumerate(parts))
