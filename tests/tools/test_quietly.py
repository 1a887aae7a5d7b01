"""`make run` shows no warnings of packages that we cannot mend, and everything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from chat import ROOT

NOISY = """
import sys, warnings
warnings.warn("pkg_resources is deprecated as an API. See the page.", DeprecationWarning)
warnings.warn("a setting of ours is old", DeprecationWarning)
sys.exit(f"our own error, {sys.argv[1:]}")
"""


def quietly(*arguments: str, folder: Path = ROOT) -> str:
    """Returns what the module writes to stderr."""
    command = [sys.executable, str(ROOT / "tools" / "scripts" / "quietly.py"), *arguments]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}  # as in the Makefile
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False).stderr


def test_what_is_not_known_is_shown_and_every_error(tmp_path):
    (tmp_path / "noisy.py").write_text(NOISY, encoding="utf-8")
    said = quietly("noisy", "--port", "1", folder=tmp_path)
    assert "pkg_resources" not in said
    assert "a setting of ours is old" in said and "our own error, ['--port', '1']" in said


def test_the_action_server_starts_without_a_warning():
    assert quietly("rasa_sdk", "--help") == ""
