"""BERT in whole numbers of 8 bits, as dynamic quantization has it: to see what that does to scores.

The weights of each linear layer are rounded to 255 levels around 0, and what a text brings into it
to 256 levels between its least and its greatest number (Jacob et al. 2018; a tensor at a time, as
ONNX Runtime and torch quantize dynamically). Embeddings, norms, softmax and GELU stay in float32.
Products of whole numbers would be exact; here float32 adds up their multiples, which differs by
rounding alone, and is no quicker than the network in float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from search_core.encoder import Progress
from search_core.encoder.mapped_weights import Weights, map_weights
from search_core.encoder.models import ModelRecord
from search_core.encoder.numpy_bert import Layer, NumpyBert, Tokens, read_plain
from search_core.encoder.packed import PackedEncoder
from search_core.errors import EncoderError
from search_core.vectors import Vectors

WEIGHT_STEPS, INPUT_STEPS = 127, 255


class Int8Bert(NumpyBert):
    """The network of `NumpyBert`, its linear layers in 8 bits."""

    def __init__(self, config: Mapping[str, Any], weights: Weights, pooling: str) -> None:
        """Round the weights; raises `KeyError` where some are missing."""
        super().__init__(config, weights, pooling)
        self._blocks = [
            {
                name: layer if name.endswith("LayerNorm") else _rounded(layer)
                for name, layer in block.items()
            }
            for block in self._blocks
        ]

    def _linear(self, layer: Layer, x: Vectors) -> Vectors:
        return super()._linear(layer, rounded_input(x))


class Int8Encoder(PackedEncoder):
    """The encoder on `Int8Bert`, which stays with NumPy."""

    def _in_jobs(self, tokens: Sequence[Tokens], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(tokens), self.dim), dtype=np.float32)
        for row, ids in enumerate(tokens):
            vectors[row] = self._bert([ids])[0]
            if progress is not None:
                progress(row + 1, len(tokens))
        return vectors


def load_int8(record: ModelRecord, folder: Path) -> Int8Encoder:
    """Return the encoder of a record in 8 bits.

    Raises
    ------
    EncoderError
        The files in `folder` are not those of a plain BERT in float32.
    """
    bert = read_plain(
        folder, lambda config, file: Int8Bert(config, map_weights(file), record.pooling)
    )
    if bert is None:
        raise EncoderError(
            f"The files of '{record.name}' are not those that were expected; install the model "
            "again."
        )
    return Int8Encoder(record, folder, bert)


def rounded_weights(weight: Vectors) -> Vectors:
    """Return weights rounded to -127 to 127 times one step, the largest being 127 steps."""
    step = np.abs(weight).max() / np.float32(WEIGHT_STEPS) or np.float32(1.0)
    rounded: Vectors = np.round(weight / step) * step
    return rounded


def rounded_input(x: Vectors) -> Vectors:
    """Return numbers rounded to one of 256 levels from the least to the greatest, 0 among them."""
    low, high = min(x.min(), np.float32(0.0)), max(x.max(), np.float32(0.0))
    step = (high - low) / np.float32(INPUT_STEPS) or np.float32(1.0)
    zero = np.round(-low / step)
    levels = np.clip(np.round(x / step) + zero, 0, INPUT_STEPS)
    rounded: Vectors = (levels - zero) * step
    return rounded


def _rounded(layer: Layer) -> Layer:
    return Layer(rounded_weights(layer.weight), layer.bias)
