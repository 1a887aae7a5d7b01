"""The encoder of models/encoder: texts to embeddings, by onnxruntime on the processor."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "models" / "encoder"
# The most pieces that are read of one text. Of a longer one the first and the last half count: each sentence is
# embedded by itself as well.
LONGEST = 192
HOW_TO_MEND = "Take it from the repository again (`git checkout models/encoder`), or build it: `make encoder`."


class EncoderError(ValueError):
    """The encoder is missing, is not the one that its card names, or cannot be read; the message says what to do."""


class Encoder:
    """Gives texts their embeddings: vectors of length 1, near each other where texts mean the like.

    Attributes:
        sha256: the digest of the ONNX file, by which a trained model knows its encoder.
        size: the number of values of an embedding.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Reads the encoder and checks that it is the one that its card names. It calculates on one thread.

        Args:
            folder: holds `encoder.onnx`, `tokenizer.json` and `card.json`.

        Raises:
            EncoderError: a file is missing, changed or broken.
        """
        card = card_of(folder)
        try:
            content, tokenizer = (folder / "encoder.onnx").read_bytes(), (folder / "tokenizer.json").read_bytes()
        except OSError as problem:
            raise EncoderError(f"The encoder in {folder} cannot be read: {problem}. {HOW_TO_MEND}") from problem
        for name, file in (("encoder.onnx", content), ("tokenizer.json", tokenizer)):
            if hashlib.sha256(file).hexdigest() != card["sha256"].get(name):
                raise EncoderError(f"{folder / name} is not the file that card.json names. {HOW_TO_MEND}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        # Memory for the longest text seen is not kept for ever.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(tokenizer.decode("utf-8"))
        self.sha256, self.size = card["sha256"]["encoder.onnx"], self._session.get_outputs()[0].shape[1]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns the embeddings of `texts`, float32 of shape (texts, size).

        Each text is calculated by itself. The steps of the 8 bits follow from all values of a call, so that together a
        text would get another embedding beside other texts, and the heads would be fitted on others than they judge.
        """
        if not texts:
            return np.zeros((0, self.size), np.float32)
        return np.concatenate([self._embed(shortened(text.ids)) for text in self._tokenizer.encode_batch(list(texts))])

    def _embed(self, pieces: List[int]) -> NDArray[np.float32]:
        row = np.array([pieces], np.int64)
        embedding: NDArray[np.float32] = self._session.run(None, {"pieces": row, "present": np.ones_like(row)})[0]
        return embedding


def card_of(folder: Path) -> Dict[str, Any]:
    """Returns the card of the encoder in a folder; raises EncoderError when there is none or it is broken."""
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        return {**card, "sha256": dict(card["sha256"])}
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise EncoderError(f"The encoder in {folder} cannot be read: {problem!r}. {HOW_TO_MEND}") from problem


def shortened(pieces: List[int]) -> List[int]:
    """Returns at most `LONGEST` pieces: the first and the last half of a longer text."""
    half = LONGEST // 2
    return pieces if len(pieces) <= LONGEST else pieces[:half] + pieces[-half:]
