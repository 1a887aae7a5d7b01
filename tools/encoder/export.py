"""Writes the encoder as an ONNX file with 8-bit weights, and measures how much its embeddings differ."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization.shape_inference import quant_pre_process

from tools.encoder.eight_bits import quantize
from tools.encoder.model import Encoder

# The newest operator set that the onnxruntime of the server can read.
OPSET = 17


def write_onnx(encoder: Encoder, path: Path, texts: Sequence[Sequence[int]]) -> float:
    """Writes `encoder` to `path` in 8 bits, and returns how similar its embeddings are to those in 32 bits.

    Args:
        encoder: the trained encoder.
        path: where to write the ONNX file, with its matrices and word embeddings in 8 bits.
        texts: the ids of the pieces of some texts; one half serves to measure the channels, the other to compare.

    Returns:
        The mean cosine between both embeddings of a text.
    """
    encoder.eval()
    example = (torch.tensor([[0, 5, 2], [0, 2, 1]]), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    axes = {0: "texts", 1: "pieces"}
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder, "plain.onnx"), Path(folder, "prepared.onnx")
        torch.onnx.export(
            encoder,
            example,
            plain,
            input_names=["pieces", "present"],
            output_names=["embeddings"],
            dynamo=False,
            dynamic_axes={"pieces": axes, "present": axes, "embeddings": {0: "texts"}},
            opset_version=OPSET,
        )
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize(prepared, path, texts[::2])
        return float((embed(path, texts[1::2]) * embed(prepared, texts[1::2])).sum(axis=1).mean())


def embed(path: Path, texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Returns the embeddings of texts by an ONNX file, one text per run: float32 of shape (texts, size)."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = ({"pieces": pieces, "present": np.ones_like(pieces)} for pieces in (np.array([text]) for text in texts))
    return np.concatenate([session.run(None, one)[0] for one in inputs])
