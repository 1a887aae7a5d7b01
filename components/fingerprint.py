"""What Rasa's training cache must know of our components beyond the source of the class itself."""
from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, Optional, Text

ROOT = Path(__file__).resolve().parent.parent


class CodeFingerprint:
    """Mixin of graph components: a change in components/ or patterns/, or another spaCy pipeline, trains them again.

    Rasa itself looks only at the source of the class, not at the functions and files that the class uses. Of a spaCy
    pipeline it sees the name alone, which is that of a link here and stays the same.
    """

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[Text]:
        """Returns a digest of the code, the patterns and what the pipeline is (see Rasa's GraphComponent)."""
        digest = hashlib.sha256()
        for pattern in ("components/*.py", "patterns/*.yml", "spacy_models/nl/meta.json"):
            for path in sorted(ROOT.glob(pattern)):
                digest.update(path.read_bytes())
        return digest.hexdigest()
