"""The messaging channels are judged by libraries that others wrote for their platforms, in a process of .judges."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from chat import ROOT

PYTHON = ROOT / ".judges" / "bin" / "python"


class Judges:
    """A process that answers one question a line."""

    def __init__(self) -> None:
        """Starts it; raises FileNotFoundError when `make judges` was not run."""
        self._process = subprocess.Popen(
            [PYTHON, ROOT / "tests" / "judges" / "judge.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, question: str, **arguments: Any) -> Any:
        """Returns the answer of a function of judge.py."""
        self._process.stdin.write(json.dumps([question, arguments]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
