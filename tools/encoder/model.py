"""The body of the encoder in PyTorch: a BERT that embeds a text as the mean of its last layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.encoder.e5_file import Shape

POSITIONS = 256
PADDING = 1
LAYER_EPSILON = 1e-12


@dataclass(frozen=True)
class Sizes:
    """The sizes of an encoder: the pieces of its vocabulary, its layers, and the rest as in the base model."""

    vocabulary: int
    layers: int
    hidden: int = 384
    heads: int = 12
    feed_forward: int = 1536


class Layer(nn.Module):
    """A transformer layer: attention and feed-forward, each followed by a layer norm."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        hidden = sizes.hidden
        self.heads, self.dropout = sizes.heads, dropout
        self.q, self.k, self.v, self.ao = (nn.Linear(hidden, hidden) for _ in range(4))
        self.fi, self.fo = nn.Linear(hidden, sizes.feed_forward), nn.Linear(sizes.feed_forward, hidden)
        self.aln, self.oln = (nn.LayerNorm(hidden, eps=LAYER_EPSILON) for _ in range(2))

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Returns the new states, shape (texts, pieces, hidden).

        Args:
            states: the states of the layer below, same shape.
            mask: added to the attention scores, shape (texts, 1, 1, pieces).
        """
        texts, pieces, hidden = states.shape

        def split(values: Tensor) -> Tensor:
            return values.view(texts, pieces, self.heads, hidden // self.heads).transpose(1, 2)

        attended = functional.scaled_dot_product_attention(
            split(self.q(states)),
            split(self.k(states)),
            split(self.v(states)),
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0,
        )
        attended = self.ao(attended.transpose(1, 2).reshape(texts, pieces, hidden))
        states = self.aln(states + functional.dropout(attended, self.dropout, self.training))
        fed = self.fo(functional.gelu(self.fi(states)))
        return self.oln(states + functional.dropout(fed, self.dropout, self.training))


class Encoder(nn.Module):
    """Embeds each text as one vector of length 1."""

    def __init__(self, sizes: Sizes, dropout: float = 0.1) -> None:
        """Creates an encoder with random weights; `load_base` replaces them by those of the base model."""
        super().__init__()
        self.sizes, self.dropout, self.frozen = sizes, dropout, 0
        self.word = nn.Embedding(sizes.vocabulary, sizes.hidden)
        self.position = nn.Embedding(POSITIONS, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, eps=LAYER_EPSILON)
        # The base model puts all texts in a narrow cone. Subtracting what they share makes distances more telling.
        self.register_buffer("centre", torch.zeros(sizes.hidden))
        self.layers = nn.ModuleList(Layer(sizes, dropout) for _ in range(sizes.layers))

    def forward(self, pieces: Tensor, present: Tensor) -> Tensor:
        """Returns embeddings of shape (texts, hidden).

        Args:
            pieces: the ids of the pieces, shape (texts, pieces).
            present: 1 for a piece and 0 for padding, same shape.
        """
        places = torch.arange(pieces.shape[1], device=pieces.device)
        states = self.norm(self.word(pieces) + self.position(places))
        states = functional.dropout(states, self.dropout, self.training)
        mask = (1.0 - present.to(states.dtype))[:, None, None, :] * -1e4
        for number, layer in enumerate(self.layers):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number >= self.frozen):
                states = layer(states, mask)
        weights = present.to(states.dtype).unsqueeze(-1)
        mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return functional.normalize(functional.normalize(mean.float(), dim=-1) - self.centre, dim=-1)

    @torch.no_grad()
    def load_base(
        self, shape: Shape, tensors: dict[str, np.ndarray], keep: Sequence[int], layers: Sequence[int]
    ) -> None:
        """Copies the weights of the base model.

        Args:
            shape: the sizes of the base model.
            tensors: its weights by name, as flat arrays.
            keep: the rows of its word embeddings to copy, in the order of our vocabulary.
            layers: the numbers of its layers to copy, as many as this encoder has.
        """
        words = tensors["emb.word"].reshape(shape.vocabulary, shape.hidden)
        self.word.weight.copy_(torch.from_numpy(words[list(keep)]))
        # All pieces have the same type, so its embedding can be added to that of each position.
        positions = tensors["emb.pos"].reshape(shape.positions, shape.hidden)[:POSITIONS]
        self.position.weight.copy_(torch.from_numpy(positions + tensors["emb.type"][: shape.hidden]))
        self._copy(self.norm, tensors, "emb.ln")
        for layer, number in zip(self.layers, layers, strict=True):
            for name in ("q", "k", "v", "ao", "aln", "fi", "fo", "oln"):
                self._copy(getattr(layer, name), tensors, f"l{number}.{name}")

    @torch.no_grad()
    def load_teacher(self, teacher: Encoder, layers: Sequence[int]) -> None:
        """Copies the weights of a larger encoder with the same vocabulary.

        Args:
            teacher: the larger encoder.
            layers: the numbers of its layers to copy, as many as this encoder has.
        """
        for name in ("word", "position", "norm"):
            getattr(self, name).load_state_dict(getattr(teacher, name).state_dict())
        self.centre.copy_(teacher.centre)
        for layer, number in zip(self.layers, layers, strict=True):
            layer.load_state_dict(teacher.layers[number].state_dict())

    @staticmethod
    def _copy(module: nn.Linear | nn.LayerNorm, tensors: dict[str, np.ndarray], name: str) -> None:
        module.weight.copy_(torch.from_numpy(tensors[f"{name}.w"]).view_as(module.weight))
        module.bias.copy_(torch.from_numpy(tensors[f"{name}.b"]).view_as(module.bias))
