"""Writes the encoder as an ONNX file with 8-bit weights, and checks that it embeds as the trained one does."""
from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from tools.encoder.model import Encoder

# The newest operator set that the onnxruntime which serves can read.
OPSET = 17


def write_onnx(encoder: Encoder, path: Path) -> None:
    """Writes `encoder` to `path`, its matrices and word embeddings in 8 bits."""
    encoder.eval()
    example = (torch.tensor([[0, 5, 2], [0, 2, 1]]), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    axes = {0: "texts", 1: "pieces"}
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder, "plain.onnx"), Path(folder, "prepared.onnx")
        torch.onnx.export(
            encoder, example, plain, input_names=["pieces", "present"], output_names=["embeddings"], dynamo=False,
            dynamic_axes={"pieces": axes, "present": axes, "embeddings": {0: "texts"}}, opset_version=OPSET,
        )  # fmt: skip
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        # A scale for each row of a matrix keeps more of what was learned than one for all of it.
        quantize_dynamic(prepared, path, weight_type=QuantType.QInt8, per_channel=True)
    onnx.checker.check_model(str(path))


def likeness(encoder: Encoder, path: Path, pieces: np.ndarray, present: np.ndarray) -> float:
    """Returns the mean cosine of the embeddings by `encoder` and by the file, for the same texts."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    quick = session.run(None, {"pieces": pieces, "present": present})[0]
    with torch.no_grad():
        exact = encoder(torch.from_numpy(pieces), torch.from_numpy(present)).numpy()
    return float((quick * exact).sum(axis=1).mean())


def padded(rows: Sequence[Sequence[int]], padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns numbers of pieces in one matrix, and which of them are present, both of shape (texts, longest)."""
    pieces = np.full((len(rows), max(map(len, rows))), padding, np.int64)
    for number, row in enumerate(rows):
        pieces[number, : len(row)] = row
    return pieces, (pieces != padding).astype(np.int64)
