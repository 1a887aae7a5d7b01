"""WordsInHtml: who wrote what in a message of Teams, by its form in HTML."""
from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Dict, List, NamedTuple, Optional, Text, Tuple

# Of a quoted message: its author and its time. In any message: somebody who is mentioned.
_NO_WORDS = ("mri", "time")
_MENTION = "schema.skype.com/Mention"
_LINES = frozenset(["p", "div", "br", "li", "blockquote", "tr", "h1", "h2", "h3"])
_WITHOUT_END = frozenset(["br", "img", "hr", "input", "meta", "link", "wbr"])


class Quote(NamedTuple):
    """Words that stand in a message and were written before it; the author as Teams names them, or empty."""

    author: Text
    text: Text


class WordsInHtml(HTMLParser):
    """Keeps apart what was typed and what is quoted or forwarded: that stands in a `blockquote`.

    Attributes:
        typed: what stands outside all quotations.
        quotes: each quotation, with those within it.
    """

    def __init__(self) -> None:
        """Starts with nothing."""
        super().__init__(convert_charrefs=True)
        self._typed: List[Text] = []
        self._quoted: List[Text] = []
        self._author = ""
        self.quotes: List[Quote] = []
        self._open: List[Tuple[Text, bool]] = []

    @classmethod
    def read(cls, content: Text) -> "WordsInHtml":
        """Returns what stands in a text in HTML; never raises, whatever that is."""
        words = cls()
        words.feed(content)
        words.close()
        while words._open:
            words.handle_endtag(words._open[-1][0])
        return words

    @property
    def typed(self) -> Text:
        """What stands outside all quotations."""
        return _joined(self._typed)

    def _in_quote(self) -> bool:
        return any(tag == "blockquote" for tag, _ in self._open)

    def handle_starttag(self, tag: Text, attrs: List[Tuple[Text, Optional[Text]]]) -> None:
        """Takes the beginning of an element (see parent class)."""
        given: Dict[Text, Text] = {name: value or "" for name, value in attrs}
        if tag in _LINES:
            self.handle_data("\n")
        if self._in_quote() and given.get("itemprop") == "mri":
            self._author = self._author or given.get("itemid", "")
        if tag not in _WITHOUT_END:
            skipped = given.get("itemprop") in _NO_WORDS or _MENTION in given.get("itemtype", "")
            self._open.append((tag, skipped))

    def handle_endtag(self, tag: Text) -> None:
        """Takes the end of an element, and of those in it that have none (see parent class)."""
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

    def handle_data(self, data: Text) -> None:
        """Takes words (see parent class)."""
        if not any(skipped for _, skipped in self._open):
            (self._quoted if self._in_quote() else self._typed).append(data)


def _joined(pieces: List[Text]) -> Text:
    return re.sub(r"\s*\n\s*", "\n", "".join(pieces)).strip()
