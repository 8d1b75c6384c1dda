"""BERT in float32 with NumPy alone: there long before torch is, with the same vectors to 1e-6.

A text's tokens are the columns of a matrix. Each text goes through alone, so that its vector is
the same to the last bit in any company.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from math import gcd, sqrt
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from search_core.encoder.mapped_weights import WORDS, Weights, map_weights
from search_core.encoder.models import WEIGHTS
from search_core.vectors import Vectors

Tokens = npt.NDArray[np.int32]
Built = TypeVar("Built")

LAYERS = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    "attention.output.dense", "attention.output.LayerNorm",
    "intermediate.dense", "output.dense", "output.LayerNorm",
)  # fmt: skip
FEW_TOKENS, PARTS = 32, 16

# atanh(erf(x / √2)) / x as a polynomial in x², lowest power first. Fitted by least squares, with
# weights that make the largest difference from erf small: 6e-8. Beyond the end, erf is 1.
ERF = (
    7.97884942e-01, 3.63330841e-02, -3.25944288e-05, -5.53064529e-05,
    3.96479736e-06, -1.32267983e-07, 1.75631198e-09,
)  # fmt: skip
ERF_END = 35.28  # of x²


class Layer(NamedTuple):
    """A linear layer, or the scale of a norm: weight (out, in) or (out, 1), and bias (out, 1)."""

    weight: Vectors
    bias: Vectors


class NumpyBert:
    """The network: token ids in, unit vectors of length `dim` out, for up to `max_tokens`."""

    def __init__(self, config: Mapping[str, Any], weights: Weights, pooling: str) -> None:
        """Find each layer's weights; raises `KeyError` where some are missing."""
        self.dim: int = config["hidden_size"]
        self.max_tokens: int = config["max_position_embeddings"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon = np.float32(config["layer_norm_eps"])
        self._pooling = pooling
        self._words = weights[WORDS]
        self._positions = weights["embeddings.position_embeddings.weight"]
        self._type = weights["embeddings.token_type_embeddings.weight"][0]
        self._embedded = _layer(weights, "embeddings.LayerNorm")
        self._blocks = [
            {name: _layer(weights, f"encoder.layer.{n}.{name}") for name in LAYERS}
            for n in range(config["num_hidden_layers"])
        ]

    def __call__(self, texts: Sequence[Tokens]) -> Vectors:
        """Return unit vectors, shape (texts, dim)."""
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for row, ids in enumerate(texts):
            x = self._token_vectors(ids)
            pooled = x[:, 0] if self._pooling == "cls" else x.mean(axis=1)
            vectors[row] = pooled / np.linalg.norm(pooled)
        return vectors

    def _token_vectors(self, ids: Tokens) -> Vectors:
        embedded = self._words[ids] + (self._positions[: len(ids)] + self._type)
        x = np.ascontiguousarray(embedded.T)
        self._norm(x, self._embedded)
        for block in self._blocks:
            x += self._linear(block["attention.output.dense"], self._attend(x, block))
            self._norm(x, block["attention.output.LayerNorm"])
            wide = gelu(self._linear(block["intermediate.dense"], x))
            x += self._linear(block["output.dense"], wide)
            self._norm(x, block["output.LayerNorm"])
        return x

    def _attend(self, x: Vectors, block: Mapping[str, Layer]) -> Vectors:
        query, key, value = (
            self._linear(block[name], x).reshape(self._heads, -1, x.shape[1]) for name in LAYERS[:3]
        )
        query /= np.float32(sqrt(query.shape[1]))
        scores = key.transpose(0, 2, 1) @ query  # a column is what its token looks at
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        attended: Vectors = (value @ weights).reshape(x.shape)
        return attended

    def _linear(self, layer: Layer, x: Vectors) -> Vectors:
        # OpenBLAS lays a weight out anew for each product, which costs more than the product itself
        # where tokens are few; it leaves that out of small products.
        parts = gcd(PARTS, len(layer.weight)) if x.shape[1] < FEW_TOKENS else 1
        product: Vectors = layer.weight.reshape(parts, -1, layer.weight.shape[1]) @ x
        y = product.reshape(len(layer.weight), -1)
        y += layer.bias
        return y

    def _norm(self, x: Vectors, scale: Layer) -> None:
        """Bring each token's numbers to mean 0 and variance 1, then to the layer's; in place."""
        x -= x.mean(axis=0)
        x /= np.sqrt((x * x).mean(axis=0) + self._epsilon)
        x *= scale.weight
        x += scale.bias


def read_numpy_bert(folder: Path, pooling: str) -> NumpyBert | None:
    """Return the model in `folder`, or None where it is none that this module computes exactly."""
    return read_plain(folder, lambda config, file: NumpyBert(config, map_weights(file), pooling))


def read_plain(folder: Path, build: Callable[[dict[str, Any], Path], Built]) -> Built | None:
    """Return what is built of the configuration and the file of weights of a plain BERT.

    None where the network is another one, or its files cannot be read.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return build(config, folder / WEIGHTS) if is_plain_bert(config) else None
    except Exception:  # many readers, many kinds; the general path says what is wrong
        return None


def is_plain_bert(config: Mapping[str, Any]) -> bool:
    """Tell whether the network is the one that is written down here."""
    position = config.get("position_embedding_type", "absolute")
    # "gelu" is the erf form; others go by other names.
    return (config["model_type"], config["hidden_act"], position) == ("bert", "gelu", "absolute")


def gelu(x: Vectors) -> Vectors:
    """Return x · Φ(x), the erf form of GELU, to 2e-7 times the larger of 1 and |x|."""
    # In place: a new array of this size costs more than what is computed in it.
    square = np.minimum(x * x, np.float32(ERF_END))
    y: Vectors = np.full_like(square, ERF[-1])
    for coefficient in ERF[-2::-1]:
        y *= square
        y += np.float32(coefficient)
    y *= x
    np.tanh(y, out=y)
    y += np.float32(1.0)
    y *= x
    y *= np.float32(0.5)
    return y


def _layer(weights: Weights, name: str) -> Layer:
    bias = weights[f"{name}.bias"].reshape(-1, 1)
    return Layer(weights[f"{name}.weight"].reshape(len(bias), -1), bias)
