"""BERT in float32 over unpadded tokens, with nothing but torch.

The token vectors of all texts of a job lie below each other in one matrix, so every linear layer,
norm and activation is one call without padding; only attention looks at texts one length at a
time. With the oneDNN kernel a text has the same vector to the last bit alone and in any company.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's documentation uses
from safetensors import safe_open
from torch import Tensor

from search_core.encoder.mapped_weights import NAME_PREFIXES, WORDS
from search_core.encoder.models import WEIGHTS
from search_core.encoder.numpy_bert import Tokens, is_plain_bert
from search_core.vectors import Vectors

Step = Callable[[Tensor], Tensor]
Linear = Callable[[Tensor, Tensor, str], Step]
Run = tuple[int, int]
"""How many texts, and their length in tokens, for texts of one length that lie together."""

FEWEST_ROWS, MOST_ROWS = 4, 32  # the rows of a short job are a multiple of 4, of a long one of 32
PROBE_TOLERANCE = 1e-5  # two right kernels differ by 1e-6 here, another activation by 5e-4

logger = logging.getLogger(__name__)


class Block(NamedTuple):
    """One layer of the network."""

    qkv: Step
    out: Step
    norm_out: Step
    up: Step
    down: Step
    norm_down: Step


class Bert:
    """The network: token ids in, unit vectors out.

    Attributes
    ----------
    dim:
        Length of a vector.
    max_tokens:
        Tokens that it has positions for.
    """

    def __init__(
        self, config: Mapping[str, Any], weights: Mapping[str, Tensor], pooling: str
    ) -> None:
        """Lay the weights out for `choose_linear`'s kernel."""
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
        linear = choose_linear()
        self._norm = _norm(weights, "embeddings.LayerNorm", epsilon)
        self._blocks = [
            _block(weights, f"encoder.layer.{n}.", linear, epsilon)
            for n in range(config["num_hidden_layers"])
        ]

    @torch.inference_mode()  # here, not around the call: it holds for one thread only
    def __call__(self, texts: Sequence[Tokens]) -> Vectors:
        """Return unit vectors, shape (texts, dim); quickest where like lengths are adjacent."""
        runs = [(len(list(same)), length) for length, same in groupby(texts, key=len)]
        x = self._norm(self._embed(texts))
        for block in self._blocks:
            x = block.norm_out(block.out(self._attend(block.qkv(x), runs)).add_(x))
            x = block.norm_down(block.down(block.up(x)).add_(x))
        vectors: Vectors = F.normalize(self._pool(x, runs), dim=1).numpy()
        return vectors

    def _embed(self, texts: Sequence[Tokens]) -> Tensor:
        filler = np.zeros(_filler(sum(map(len, texts))), dtype=np.int32)
        words = np.concatenate([*texts, filler])
        positions = np.concatenate([*(np.arange(len(t), dtype=np.int32) for t in texts), filler])
        return F.embedding(torch.from_numpy(words), self._words).add_(
            F.embedding(torch.from_numpy(positions), self._positions)
        )

    def _attend(self, qkv: Tensor, runs: Sequence[Run]) -> Tensor:
        # A row of filler is no text: it has nothing to look at, and nobody looks at it.
        mixed = []
        for rows, (count, length) in _parts(qkv, runs):
            heads = rows.view(count, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            attended = F.scaled_dot_product_attention(heads[0], heads[1], heads[2])
            mixed.append(attended.transpose(1, 2).reshape(count * length, -1))
        filler = len(qkv) - sum(map(len, mixed))
        return torch.cat([*mixed, qkv.new_zeros(filler, self.dim)])

    def _pool(self, x: Tensor, runs: Sequence[Run]) -> Tensor:
        texts = [rows.view(count, length, -1) for rows, (count, length) in _parts(x, runs)]
        return torch.cat([t[:, 0] if self._pooling == "cls" else t.mean(dim=1) for t in texts])


def load_bert(folder: Path, pooling: str) -> Bert | None:
    """Return the model in `folder`, or None where it is none that this module computes exactly."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        exact = is_plain_bert(config)
        return Bert(config, _read_weights(folder / WEIGHTS), pooling) if exact else None
    except Exception:  # many readers, many kinds; the general path tells what is wrong
        return None


def choose_linear() -> Linear:
    """Return the quickest kernel for linear layers that is right on this machine."""
    try:
        wrong = _largest_difference(onednn_linear, plain_linear)
    except Exception as error:  # its names are private to torch and may change in any way
        logger.warning("oneDNN's linear layers are not there (%s); torch's serve instead.", error)
        return plain_linear
    if wrong > PROBE_TOLERANCE:
        logger.warning("oneDNN's linear layers are off by %.1g; torch's serve instead.", wrong)
        return plain_linear
    return onednn_linear


def onednn_linear(weight: Tensor, bias: Tensor, activation: str = "none") -> Step:
    """Return a linear layer whose weight is laid out once, and not in every call."""
    packed = torch.ops.mkldnn._reorder_linear_weight(weight)

    def apply(x: Tensor) -> Tensor:
        # The last "none" names the form of the activation: for GELU the erf form.
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, packed, bias, activation, [], "none")
        return y

    return apply


def plain_linear(weight: Tensor, bias: Tensor, activation: str = "none") -> Step:
    """Return a linear layer through torch's public functions."""

    def apply(x: Tensor) -> Tensor:
        y = F.linear(x, weight, bias)
        return F.gelu(y) if activation == "gelu" else y

    return apply


@torch.inference_mode()
def _largest_difference(linear: Linear, other: Linear) -> float:
    random = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(s, generator=random) for s in ((7, 64), (96, 64), (96,)))
    return max(
        float((linear(weight, bias, form)(x) - other(weight, bias, form)(x)).abs().max())
        for form in ("none", "gelu")
    )


def _block(weights: Mapping[str, Tensor], at: str, linear: Linear, epsilon: float) -> Block:
    def layer(name: str, activation: str = "none") -> Step:
        return linear(weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"], activation)

    parts = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
    return Block(
        qkv=linear(
            torch.cat([weights[f"{part}.weight"] for part in parts]),
            torch.cat([weights[f"{part}.bias"] for part in parts]),
            "none",
        ),
        out=layer("attention.output.dense"),
        norm_out=_norm(weights, f"{at}attention.output.LayerNorm", epsilon),
        up=layer("intermediate.dense", "gelu"),
        down=layer("output.dense"),
        norm_down=_norm(weights, f"{at}output.LayerNorm", epsilon),
    )


def _norm(weights: Mapping[str, Tensor], name: str, epsilon: float) -> Step:
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return lambda x: F.layer_norm(x, weight.shape, weight, bias, epsilon)


def _filler(tokens: int) -> int:
    # oneDNN compiles kernels for every number of rows and keeps them, some two megabytes. Filled
    # up with an eighth of rows that nobody reads, at most, a few numbers of rows serve all jobs.
    eighth = 1 << max(0, tokens.bit_length() - 4)
    return -tokens % min(max(FEWEST_ROWS, eighth), MOST_ROWS)


def _parts(x: Tensor, runs: Sequence[Run]) -> Iterator[tuple[Tensor, Run]]:
    ends = accumulate(count * length for count, length in runs)
    for end, (count, length) in zip(ends, runs, strict=True):
        yield x[end - count * length : end], (count, length)


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
