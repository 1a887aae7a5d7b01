"""The settings of the web channel in credentials.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_URL = re.compile(r"^https?://[^\s\"'<>]+$")
# A page of the owner: https, or a path on this server. A browser takes `//` and `/\` for another site.
_PAGE = re.compile(r"^(https://[^\s\"'<>]+|/(?![/\\])[^\s\"'<>]*)$")
_ORIGIN = re.compile(r"^https?://[a-z0-9.-]+(:\d{1,5})?$")
# The settings that are whole numbers from 1.
_COUNTS = (
    "max_characters",
    "messages_per_minute",
    "requests_per_minute",
    "sessions_per_minute",
    "max_sessions",
    "session_minutes",
)
# Pages of the owner that the public must be able to find.
_PAGES = ("privacy_url", "accessibility_url")


@dataclass
class WebSettings:
    """The settings that credentials.yml may hold.

    Attributes:
        origins: Sites that may embed the widget from another origin, such as `https://www.weerbaarbestuur.nl`.
        frame_ancestors: Sites that may show the stand-alone page in an iframe, as in a Content-Security-Policy.
        max_characters: Longest message that is answered whole; of a longer one, all parts are read for danger.
        messages_per_minute: Limit for one session.
        requests_per_minute: Limit for one address; an office shares one.
        sessions_per_minute: Limit on new sessions for one address.
        max_sessions: Limit on live sessions; beyond it, new ones get status 503 and the numbers.
        session_minutes: How long a session counts as live after its last message; the same as in endpoints.yml.
        privacy_url: Privacy page that the stand-alone page links to: https, or a path on this server; empty for none.
        accessibility_url: Accessibility statement that the stand-alone page links to, in the same form.
        exit_url: Where 'Snel weg' leads from the stand-alone page; empty for the widget's default.
        page_title: Title of the stand-alone page in the browser's tab and history; empty for a neutral one.
        votes: Whether the user may say under a calm answer from the documents that it helps, or that it does not.
        proxies: Reverse proxies in front, each of which adds one address to X-Forwarded-For; 0 ignores that header.
    """

    origins: list[str] = field(default_factory=list)
    frame_ancestors: list[str] = field(default_factory=lambda: ["'self'"])
    max_characters: int = 2_000
    messages_per_minute: int = 20
    requests_per_minute: int = 240
    sessions_per_minute: int = 60
    max_sessions: int = 10_000
    session_minutes: int = 30
    privacy_url: str = ""
    accessibility_url: str = ""
    exit_url: str = ""
    page_title: str = ""
    votes: bool = False
    proxies: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError with a clear sentence when a value cannot be used."""
        for origin in self.origins:
            if not isinstance(origin, str) or not _ORIGIN.match(origin):
                raise ValueError(f"credentials.yml, web: origin {origin!r} must look like https://www.example.nl")
        for source in self.frame_ancestors:
            if not isinstance(source, str) or not re.match(r"^('self'|'none'|https?://[a-z0-9.*:-]+)$", source):
                raise ValueError(f"credentials.yml, web: frame_ancestors {source!r}: use 'self', 'none' or an origin")
        for name in _COUNTS:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"credentials.yml, web: {name} must be a whole number from 1, not {value!r}")
        if self.exit_url != "" and not (isinstance(self.exit_url, str) and _URL.match(self.exit_url)):
            raise ValueError(f"credentials.yml, web: exit_url must be a web address, not {self.exit_url!r}")
        for name in _PAGES:
            value = getattr(self, name)
            if value != "" and not (isinstance(value, str) and _PAGE.match(value)):
                raise ValueError(
                    f"credentials.yml, web: {name} must be an address that begins with https:// or /, not {value!r}"
                )
        if not isinstance(self.page_title, str):
            raise ValueError(f"credentials.yml, web: page_title must be a text, not {self.page_title!r}")
        if not isinstance(self.votes, bool):
            raise ValueError(f"credentials.yml, web: votes must be true or false, not {self.votes!r}")
        if not isinstance(self.proxies, int) or self.proxies < 0:
            raise ValueError(f"credentials.yml, web: proxies must be a whole number from 0, not {self.proxies!r}")

    @property
    def missing_pages(self) -> list[str]:
        """The empty settings of pages that the public must find; none where no proxy stands before the server."""
        return [name for name in _PAGES if not getattr(self, name)] if self.proxies else []
