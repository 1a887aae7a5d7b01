"""Quantises the matrices of an ONNX file to 8 bits with little loss of what was learned.

onnxruntime rounds the input of a matrix to 256 steps of equal size, from the lowest value in the text to the highest. A
few of the 384 (or 1,536) channels are twenty times as large as the others and take up all the steps. So each channel is
divided by a factor and its row of the matrix is multiplied by it, as in SmoothQuant (Xiao and others, 2023). Where that
is not enough, the matrix is stored in 8 bits but used in 32.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

# How much of the difference between channels moves from inputs to matrix, chosen for the similarity to 32 bits
# (docs/encoder.md). The channels after GELU, which are the inputs of a layer's last matrix, differ more.
SMOOTHING, SMOOTHING_AFTER_GELU = 0.65, 0.8
LAST_OF_A_LAYER = "/fo/"
# The share of the matrices after GELU, from the lowest layer on, that is used in 32 bits: they lose most in 8 bits.
EXACT = 0.4
WORDS = "word.weight"


def quantize(source: Path, target: Path, texts: Sequence[Sequence[int]]) -> None:
    """Writes the model in `source` to `target` with its matrices and word embeddings in 8 bits.

    Args:
        source: an ONNX file with inputs `pieces` and `present`, and one output.
        target: where to write the smaller file.
        texts: the ids of the pieces of some texts, with which to measure the channels.
    """
    model = onnx.load(str(source))
    stored = {tensor.name for tensor in model.graph.initializer}
    by_input: dict[str, list[NodeProto]] = {}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in stored:
            by_input.setdefault(node.input[0], []).append(node)
    for name, values in _inputs(model, list(by_input), texts).items():
        _smooth(model, name, by_input[name], np.abs(values).max(axis=0))
    nodes = [node for some in by_input.values() for node in some]
    after_gelu = [node.name for node in nodes if LAST_OF_A_LAYER in node.name]
    exact = after_gelu[: round(len(after_gelu) * EXACT)]
    words = [node.name for node in model.graph.node if node.op_type == "Gather" and node.input[0] == WORDS]
    with tempfile.TemporaryDirectory() as folder:
        smooth = Path(folder, "smooth.onnx")
        onnx.save(model, str(smooth))
        # A scale for each column of a matrix preserves more than a single scale.
        quantize_dynamic(
            smooth,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            nodes_to_quantize=words + [node.name for node in nodes if node.name not in exact],
        )
    model = onnx.load(str(target))
    for node in nodes:
        if node.name in exact:
            _store_small(model, node.input[1])
    onnx.save(model, str(target))
    onnx.checker.check_model(str(target))


def _inputs(model: onnx.ModelProto, names: Sequence[str], texts: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    """Returns the inputs of the matrices for some texts, by name: float32 of shape (pieces of all texts, channels)."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    rows: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for text in texts:
        pieces = np.array([text], np.int64)
        for name, values in zip(names, session.run(list(names), {"pieces": pieces, "present": np.ones_like(pieces)})):
            rows[name].append(values[0])
    return {name: np.concatenate(some) for name, some in rows.items()}


def _factors(largest: np.ndarray, weights: np.ndarray, share: float) -> np.ndarray:
    """Returns the factor that divides each channel: float32 of shape (channels,), with geometric mean 1.

    Args:
        largest: the largest absolute value of each channel, shape (channels,).
        weights: the matrices that the channels go into, shape (channels, outputs).
        share: how much of the difference between channels moves into the matrix, 0 to 1.
    """
    rows = np.abs(weights).max(axis=1)
    factors = np.maximum(largest, 1e-3) ** share / np.maximum(rows, 1e-4) ** (1 - share)
    return (factors / np.exp(np.log(factors).mean())).astype(np.float32)


def _smooth(model: onnx.ModelProto, name: str, nodes: Sequence[NodeProto], largest: np.ndarray) -> None:
    """Divides one input by its factors, and multiplies the rows of the matrices that use it by them."""
    graph = model.graph
    tensors = [next(one for one in graph.initializer if one.name == node.input[1]) for node in nodes]
    share = SMOOTHING_AFTER_GELU if LAST_OF_A_LAYER in nodes[0].name else SMOOTHING
    factors = _factors(largest, np.concatenate([numpy_helper.to_array(one) for one in tensors], axis=1), share)
    graph.initializer.append(numpy_helper.from_array(1 / factors, f"{name}_factors"))
    place = min(list(graph.node).index(node) for node in nodes)
    graph.node.insert(place, helper.make_node("Mul", [name, f"{name}_factors"], [f"{name}_smooth"]))
    for node, tensor in zip(nodes, tensors):
        weights = numpy_helper.to_array(tensor) * factors[:, None]
        tensor.CopyFrom(numpy_helper.from_array(weights, tensor.name))
        node.input[0] = f"{name}_smooth"


def _store_small(model: onnx.ModelProto, name: str) -> None:
    """Stores a matrix in 8 bits with a scale per column; onnxruntime converts it to 32 bits once, when it loads."""
    graph = model.graph
    tensor = next(one for one in graph.initializer if one.name == name)
    weights = numpy_helper.to_array(tensor)
    scales = (np.abs(weights).max(axis=0, keepdims=True) / 127).astype(np.float32)
    graph.initializer.remove(tensor)
    graph.initializer.append(numpy_helper.from_array(np.round(weights / scales).astype(np.int8), f"{name}_8"))
    graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scales"))
    graph.node.insert(0, helper.make_node("Mul", [f"{name}_32", f"{name}_scales"], [name]))
    graph.node.insert(0, helper.make_node("Cast", [f"{name}_8"], [f"{name}_32"], to=TensorProto.FLOAT))
