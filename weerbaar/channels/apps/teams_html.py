"""WordsInHtml: finds out who wrote which words in a Teams message, from its HTML version."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

# These hold nobody's words: the author and the time of a quoted message and, in any message, a mention.
_NO_WORDS = ("mri", "time")
_MENTION = "schema.skype.com/Mention"
_LINES = frozenset(["p", "div", "br", "li", "blockquote", "tr", "h1", "h2", "h3"])
_WITHOUT_END = frozenset(["br", "img", "hr", "input", "meta", "link", "wbr"])


class Quote(NamedTuple):
    """Words in a message that were written before it; `author` is the id that Teams gives, or empty."""

    author: str
    text: str


class WordsInHtml(HTMLParser):
    """Separates typed words from quoted or forwarded ones, which are in a `blockquote`.

    Attributes:
        typed: The words outside all quotations.
        quotes: Each quotation, with those nested in it.
    """

    def __init__(self) -> None:
        """Creates a parser that has read nothing yet."""
        super().__init__(convert_charrefs=True)
        self._typed: list[str] = []
        self._quoted: list[str] = []
        self._author = ""
        self.quotes: list[Quote] = []
        self._open: list[tuple[str, bool]] = []

    @classmethod
    def read(cls, content: str) -> WordsInHtml:
        """Returns the words in an HTML text; never raises, whatever the text is."""
        words = cls()
        words.feed(content)
        words.close()
        while words._open:
            words.handle_endtag(words._open[-1][0])
        return words

    @property
    def typed(self) -> str:
        """The words outside all quotations."""
        return _joined(self._typed)

    def _in_quote(self) -> bool:
        return any(tag == "blockquote" for tag, _ in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element, and notes the author of a quotation."""
        given: dict[str, str] = {name: value or "" for name, value in attrs}
        if tag in _LINES:
            self.handle_data("\n")
        if self._in_quote() and given.get("itemprop") == "mri":
            self._author = self._author or given.get("itemid", "")
        if tag not in _WITHOUT_END:
            skipped = given.get("itemprop") in _NO_WORDS or _MENTION in given.get("itemtype", "")
            self._open.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        """Closes an element, with those in it that were never closed, and stores a quotation that ends here."""
        if tag in _LINES:
            self.handle_data("\n")
        if tag not in [name for name, _ in self._open]:
            return
        quoted = self._in_quote()
        while self._open.pop()[0] != tag:
            pass
        if quoted and not self._in_quote():
            self.quotes.append(Quote(self._author, _joined(self._quoted)))
            self._quoted, self._author = [], ""

    def handle_data(self, data: str) -> None:
        """Adds words to what was typed or quoted."""
        if not any(skipped for _, skipped in self._open):
            (self._quoted if self._in_quote() else self._typed).append(data)


def _joined(pieces: list[str]) -> str:
    return re.sub(r"\s*\n\s*", "\n", "".join(pieces)).strip()
