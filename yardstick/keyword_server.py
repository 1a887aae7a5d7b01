#!/usr/bin/env python3
"""A keyword filter as an assistant with a REST channel, to compare others with: `python keyword_server.py [PORT]`.

Its words were chosen before it was measured, by what comes to mind first, and were not changed afterwards.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALL = "Bel het Ondersteuningsteam Weerbaar Bestuur: 070-3738314."
# A word counts where a word of the message begins with it. The first line with such a word decides.
RULES = (
    ("zelfmoord, suïcid, suicid, zelfdoding, niet meer leven", f"Bel 113. {CALL}"),
    ("mes, pistool, wapen, bom, brand, inbreker, voor de deur, schiet, steek, help", f"Bel nu 112. {CALL}"),
    ("bedreig, dood, kogel, vermoord, geweld, geslagen, stalk, intimid, achtervolg, aangevallen", CALL),
)
OTHERWISE = "Stel gerust uw vraag. Heeft u advies nodig? Bel 070-3738314."


def answer(message: str) -> str:
    """Returns the reply to a message."""
    text = f" {message.lower()}"
    return next((reply for words, reply in RULES if any(f" {word}" in text for word in words.split(", "))), OTHERWISE)


class Handler(BaseHTTPRequestHandler):
    """Answers POST like the REST channel of Rasa."""

    def do_POST(self) -> None:
        """Replies to {"sender": ..., "message": ...}."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps([{"recipient_id": asked.get("sender"), "text": answer(str(asked["message"]))}]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing: messages are private."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 6350), Handler).serve_forever()
