"""Marks what can be tapped in an answer, for platforms that need links to be marked."""

from __future__ import annotations

import re
from collections.abc import Callable

from weerbaar.contacts import load_register
from weerbaar.conversation.call_card import international


def targets() -> dict[str, str]:
    """Returns the link target of each number and address in the register."""
    register = load_register()
    found = {number: f"tel:{dialled(number)}" for number in register.numbers.values()}
    for address in register.addresses.values():
        found[address] = f"mailto:{address}" if "@" in address else f"https://{address}"
    return found


def dialled(number: str) -> str:
    """Returns a number as it is dialled; national numbers, such as 0800 and 0900, have no international form."""
    return re.sub(r"\D", "", number) if number.startswith(("0800", "0900")) else international(number)


# Read at import: when an answer is sent, there may be no file left to open.
TARGETS = targets()
# Longest first, and never in the middle of something else: 112 is not a link in 112.000.
_LINK = re.compile(
    rf"(?<![\w@./-])({'|'.join(re.escape(one) for one in sorted(TARGETS, key=len, reverse=True))})(?![\w@/-]|\.\w)"
)


def linked(text: str, escaped: Callable[[str], str], link: Callable[[str, str], str]) -> str:
    """Returns a text with `link(target, words)` in place of each number and address, and the rest `escaped`."""
    parts = _LINK.split(text)  # words and links alternate
    return "".join(link(TARGETS[part], part) if index % 2 else escaped(part) for index, part in enumerate(parts))
