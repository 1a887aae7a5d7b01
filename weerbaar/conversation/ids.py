"""Makes the ids under which a conversation and its messages are known: hashes, from which nobody can be found."""

from __future__ import annotations

import hmac

# The ids of the conversations of a channel begin with its prefix. A client of REST chooses its ids itself, but may not
# choose one of these: it would read along in the conversation of somebody else.
WEB, MESSENGER = "web-", "bericht-"


def is_reserved(conversation: str) -> bool:
    """Returns whether a conversation of this id belongs to a channel that makes its ids itself."""
    return conversation.startswith((WEB, MESSENGER))


def hashed_id(key: bytes, name: str, said: str) -> str:
    """Returns the id under which a message is remembered: a hash of its name and its content.

    A message that is sent again gets the same id. When the same name comes with other words (a client whose counter
    broke, a text that was edited), it is another message and must not get the answer to the first one.

    Args:
        key: Secret key of the hash; without it, nobody can find the words by trying candidates.
        name: The client's or the platform's name for the message; it contains no NUL.
        said: The text, the payload of a button, or both.
    """
    return hmac.new(key, f"{name}\0{said}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:40]
