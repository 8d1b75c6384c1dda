"""Texts through an encoder of anybody's: what it returns is looked at before it is used.

A vector that is not of unit length gives no cosine, but passes for one once it is clipped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from search_core.encoder import Encoder, Progress, Vectors
from search_core.errors import EncoderError, IndexSpecError
from search_core.index.store import unit_vectors


def embed_documents(
    encoder: Encoder, texts: Sequence[str], progress: Progress | None = None
) -> Vectors:
    """Return the vectors of documents, float32 (n, dim), unit norm; no text asks no encoder.

    Raises
    ------
    EncoderError
        The encoder returned something else than one such vector a text.
    """
    if not texts:
        return _none(encoder)
    return _checked(encoder, encoder.encode_documents(texts, progress), len(texts))


def embed_queries(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Return the vectors of queries, as `embed_documents` does.

    Raises
    ------
    EncoderError
        As for `embed_documents`.
    """
    if not texts:
        return _none(encoder)
    return _checked(encoder, encoder.encode_queries(texts), len(texts))


def _none(encoder: Encoder) -> Vectors:
    return np.empty((0, encoder.dim), dtype=np.float32)


def _checked(encoder: Encoder, vectors: Vectors, count: int) -> Vectors:
    try:
        return unit_vectors(vectors, count, encoder.dim)
    except IndexSpecError as fault:
        raise EncoderError(
            f"What the encoder '{encoder.name}' returned cannot be used: {fault}"
        ) from None
