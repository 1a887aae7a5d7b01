"""What Rasa's training cache must know of our components beyond the source of the class itself."""
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, Optional, Text

ROOT = Path(__file__).resolve().parent.parent


class CodeFingerprint:
    """Mixin of graph components: a change in any file of components/ or patterns/ makes Rasa train them again.

    Rasa itself looks only at the source of the class, not at the functions and files that the class uses.
    """

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[Text]:
        """Returns a digest of the code and the patterns (see Rasa's GraphComponent)."""
        digest = hashlib.sha256()
        for path in [*sorted(ROOT.glob("components/*.py")), *sorted(ROOT.glob("patterns/*.yml"))]:
            digest.update(path.read_bytes())
        return digest.hexdigest()
