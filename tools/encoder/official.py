"""Reads the official weights of multilingual-e5-small, for those who can reach the model's own site."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from tools.encoder.e5_file import Shape

HEADS = 12
# The official name of each part of a layer, by our name.
PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def read_official(path: Path) -> tuple[Shape, dict[str, np.ndarray]]:
    """Returns the sizes and the tensors by our names, like `read_e5`.

    Raises:
        OSError: the file is missing.
        ValueError: the file is not a safetensors file of 32-bit floats, or lacks a tensor.
    """
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])

    def tensor(name: str) -> np.ndarray:
        about = header.get(name) or header.get(f"bert.{name}")
        if about is None or about["dtype"] != "F32":
            raise ValueError(f"{path}: no tensor {name} of 32-bit floats")
        first, last = about["data_offsets"]
        return np.frombuffer(content[8 + length + first : 8 + length + last], "<f4").reshape(about["shape"])

    words, places = tensor("embeddings.word_embeddings.weight"), tensor("embeddings.position_embeddings.weight")
    types = tensor("embeddings.token_type_embeddings.weight")
    tensors = {"emb.word": words.ravel(), "emb.pos": places.ravel(), "emb.type": types.ravel()}
    tensors["emb.ln.w"], tensors["emb.ln.b"] = (tensor(f"embeddings.LayerNorm.{end}") for end in ("weight", "bias"))
    layers = sum(name.endswith("attention.self.query.weight") for name in header)
    for number in range(layers):
        for ours, theirs in PARTS.items():
            for short, end in (("w", "weight"), ("b", "bias")):
                tensors[f"l{number}.{ours}.{short}"] = tensor(f"encoder.layer.{number}.{theirs}.{end}").ravel()
    inner = header["encoder.layer.0.intermediate.dense.bias"]["shape"][0]
    return Shape(words.shape[1], layers, HEADS, inner, words.shape[0], places.shape[0], types.shape[0]), tensors
