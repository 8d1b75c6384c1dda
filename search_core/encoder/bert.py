"""BERT in float32 over unpadded tokens, with nothing but torch.

The token vectors of all texts of a job lie below each other in one matrix, so every linear layer,
norm and activation is one call without padding; only attention looks at texts one length at a
time. A text has the same vector to the last bit alone and in any company (`linear.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation uses
from safetensors import safe_open
from torch import Tensor

from search_core.encoder.linear import Kernel, Step, Sum, choose_kernel
from search_core.encoder.mapped_weights import NAME_PREFIXES, WORDS
from search_core.encoder.numpy_bert import Tokens, read_plain
from search_core.vectors import Vectors

PART_ROWS = 256
Run = tuple[int, int]
"""How many texts, and their length in tokens, for texts of one length that lie together."""


class Block(NamedTuple):
    """One layer of the network."""

    qkv: Step
    out: Sum
    norm_out: Step
    up: Step
    down: Sum
    norm_down: Step


class Bert:
    """The network: token ids in, unit vectors out.

    Attributes
    ----------
    dim:
        Length of a vector.
    max_tokens:
        Tokens that it has positions for.
    kernel:
        What computes its linear layers.
    """

    def __init__(
        self, config: Mapping[str, Any], weights: Mapping[str, Tensor], pooling: str
    ) -> None:
        """Lay the weights out for `choose_kernel`'s kernel."""
        self.dim: int = config["hidden_size"]
        self.max_tokens: int = config["max_position_embeddings"]
        self._heads: int = config["num_attention_heads"]
        self._pooling = pooling
        self._words = weights[WORDS]
        # A text alone is all of token type 0, so that row joins the positions.
        self._positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        epsilon: float = config["layer_norm_eps"]
        kernel = choose_kernel()
        self.kernel: str = kernel.name
        self._filler = kernel.filler
        self._norm = _norm(weights, "embeddings.LayerNorm", epsilon)
        self._blocks = [
            _block(weights, f"encoder.layer.{n}.", kernel, epsilon)
            for n in range(config["num_hidden_layers"])
        ]

    @torch.inference_mode()  # here, not around the call: it holds for one thread only
    def __call__(self, texts: Sequence[Tokens]) -> Vectors:
        """Return unit vectors, shape (texts, dim); quickest where like lengths are adjacent."""
        filler = self._filler(sum(map(len, texts)))
        # Rows of filler are a text of their own, which no other looks at.
        read = [*texts, np.zeros(filler, dtype=np.int32)] if filler else texts
        runs = [(len(list(same)), length) for length, same in groupby(read, key=len)]
        x = self._norm(self._embed(read))
        for block in self._blocks:
            x = block.norm_out(block.out(self._attend(block.qkv(x), runs), x))
            # In parts, since what lies between these two layers is wide and would stay in memory.
            parts = (x[start : start + PART_ROWS] for start in range(0, len(x), PART_ROWS))
            x = _joined([block.norm_down(block.down(block.up(y), y)) for y in parts])
        vectors: Vectors = F.normalize(self._pool(x, runs)[: len(texts)], dim=1).numpy()
        return vectors

    def _embed(self, texts: Sequence[Tokens]) -> Tensor:
        words = np.concatenate(texts)
        positions = np.concatenate([np.arange(len(text), dtype=np.int32) for text in texts])
        return F.embedding(torch.from_numpy(words), self._words).add_(
            F.embedding(torch.from_numpy(positions), self._positions)
        )

    def _attend(self, qkv: Tensor, runs: Sequence[Run]) -> Tensor:
        mixed = []
        for rows, (count, length) in _parts(qkv, runs):
            heads = rows.view(count, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            attended = F.scaled_dot_product_attention(heads[0], heads[1], heads[2])
            mixed.append(attended.transpose(1, 2).reshape(count * length, -1))
        return _joined(mixed)

    def _pool(self, x: Tensor, runs: Sequence[Run]) -> Tensor:
        texts = [rows.view(count, length, -1) for rows, (count, length) in _parts(x, runs)]
        return _joined([t[:, 0] if self._pooling == "cls" else t.mean(dim=1) for t in texts])


def load_bert(folder: Path, pooling: str) -> Bert | None:
    """Return the model in `folder`, or None where it is none that this module computes exactly."""
    return read_plain(folder, lambda config, file: Bert(config, _read_weights(file), pooling))


def _block(weights: Mapping[str, Tensor], at: str, kernel: Kernel, epsilon: float) -> Block:
    def layer(name: str) -> tuple[Tensor, Tensor]:
        return weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"]

    qkv = zip(*(layer(f"attention.self.{part}") for part in ("query", "key", "value")), strict=True)
    weight, bias = map(torch.cat, qkv)
    return Block(
        qkv=kernel.linear(weight, bias, "none"),
        out=kernel.added(*layer("attention.output.dense")),
        norm_out=_norm(weights, f"{at}attention.output.LayerNorm", epsilon),
        up=kernel.linear(*layer("intermediate.dense"), "gelu"),
        down=kernel.added(*layer("output.dense")),
        norm_down=_norm(weights, f"{at}output.LayerNorm", epsilon),
    )


def _norm(weights: Mapping[str, Tensor], name: str, epsilon: float) -> Step:
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return lambda x: F.layer_norm(x, weight.shape, weight, bias, epsilon)


def _parts(x: Tensor, runs: Sequence[Run]) -> Iterator[tuple[Tensor, Run]]:
    ends = accumulate(count * length for count, length in runs)
    for end, (count, length) in zip(ends, runs, strict=True):
        yield x[end - count * length : end], (count, length)


def _joined(parts: list[Tensor]) -> Tensor:
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def _read_weights(path: Path) -> dict[str, Tensor]:
    with safe_open(path, "pt") as file:
        names = set(file.keys())
        prefix = next(p for p in NAME_PREFIXES if f"{p}{WORDS}" in names)
        layers = {
            name.removeprefix(prefix): file.get_tensor(name).float()
            for name in names
            if name.startswith(prefix)
        }
    # A tensor keeps the file's whole map in memory. The matrices are laid out anew and dropped, so
    # what stays is copied where it is small, and the words have a map of their own.
    small = {name: weight.clone() for name, weight in layers.items() if weight.dim() == 1}
    with safe_open(path, "pt") as file:
        return {**layers, **small, WORDS: file.get_tensor(f"{prefix}{WORDS}").float()}
