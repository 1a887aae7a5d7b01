"""The encoder of models/encoder: turns texts into embeddings with onnxruntime on the CPU."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "models" / "encoder"
# The maximum number of pieces read of one text. Of a longer text only the start and the end are read, half of this
# each; the sentences are embedded separately as well.
LONGEST = 192
HOW_TO_MEND = "Take it from the repository again (`git checkout models/encoder`), or build it: `make encoder`."


class EncoderError(ValueError):
    """Raised when the encoder is missing, unreadable or not the expected one; the message names the remedy."""


class Encoder:
    """Embeds texts: vectors of length 1 that are close together when the texts have similar meanings.

    Attributes:
        sha256: the digest of the ONNX file, by which a trained model recognises its encoder.
        size: the number of values of an embedding.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Reads the encoder and checks that it is the one its card names. It runs on one thread.

        Args:
            folder: the folder with `encoder.onnx`, `tokenizer.json` and `card.json`.

        Raises:
            EncoderError: a file is missing, changed or unreadable.
        """
        card = read_card(folder)
        try:
            content, tokenizer = (folder / "encoder.onnx").read_bytes(), (folder / "tokenizer.json").read_bytes()
        except OSError as problem:
            raise EncoderError(f"The encoder in {folder} cannot be read: {problem}. {HOW_TO_MEND}") from problem
        for name, file in (("encoder.onnx", content), ("tokenizer.json", tokenizer)):
            if hashlib.sha256(file).hexdigest() != card["sha256"].get(name):
                raise EncoderError(f"{folder / name} is not the file that card.json names. {HOW_TO_MEND}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        # The arena would keep the memory of the longest text seen for as long as the process lives.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(tokenizer.decode("utf-8"))
        # Its cache of words would keep what users typed for as long as the process lives.
        self._tokenizer.model._resize_cache(0)
        self.sha256, self.size = card["sha256"]["encoder.onnx"], self._session.get_outputs()[0].shape[1]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns the embeddings of `texts`, float32 of shape (texts, size).

        Each text runs by itself. The 8-bit quantisation takes its step sizes from all values of a call, so in a batch
        the embedding of a text would depend on the other texts, and the heads would be fitted on other embeddings than
        the ones they judge.
        """
        if not texts:
            return np.zeros((0, self.size), np.float32)
        return np.concatenate([self._embed(shortened(text.ids)) for text in self._tokenizer.encode_batch(list(texts))])

    def _embed(self, pieces: list[int]) -> NDArray[np.float32]:
        row = np.array([pieces], np.int64)
        embedding: NDArray[np.float32] = self._session.run(None, {"pieces": row, "present": np.ones_like(row)})[0]
        return embedding


def read_card(folder: Path) -> dict[str, Any]:
    """Returns the card of the encoder in a folder; raises EncoderError when it is missing or broken."""
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        return {**card, "sha256": dict(card["sha256"])}
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise EncoderError(f"The encoder in {folder} cannot be read: {problem!r}. {HOW_TO_MEND}") from problem


def shortened(pieces: list[int]) -> list[int]:
    """Returns the pieces of a text; of more than `LONGEST`, only the first and the last `LONGEST // 2`."""
    half = LONGEST // 2
    return pieces if len(pieces) <= LONGEST else pieces[:half] + pieces[-half:]
