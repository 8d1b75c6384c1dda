"""Candidates of a store, scored again from its stored vectors: one score under every store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from search_core.errors import StoreError, whole_number
from search_core.index.store import SPARE_CANDIDATES
from search_core.scale import COSINE
from search_core.stores.protocol import StoreHits, StoreRows
from search_core.vectors import UNIT_ROUNDING, Vectors, exact_cosines, lengths_of

SLACK = 1e-5  # how far a store's float32 score may lie from the exact one


def proposals_for(k: int) -> int:
    """Return how many candidates to ask for, so that float32 noise at the last rank is settled.

    Raises
    ------
    StoreError
        k is no whole number of 1 or more.
    """
    return whole_number(k, "The number of hits", StoreError) + SPARE_CANDIDATES


def rescored(
    asked: Vectors,
    found: Sequence[StoreRows],
    k: int,
    *,
    least: float = -1.0,
    is_complete: bool = True,
) -> StoreHits:
    """Return the k best of each query's candidates by their exact cosine, in float64.

    Equal cosines keep the store's order.

    Parameters
    ----------
    asked:
        The queries' unit vectors, float32 (n, dim).
    found:
        What the store proposes for each query, with unit vectors.
    least:
        The cosine under which a candidate is left out.
    is_complete:
        As in `StoreHits`.
    """
    ids, texts, scores, vectors = [], [], [], []
    for query, each in zip(asked, found, strict=True):
        cosines = exact_cosines(each.vectors, query)
        best = np.argsort(-cosines, kind="stable")[:k]
        best = best[cosines[best] >= least]
        ids.append(tuple(each.ids[at] for at in best))
        texts.append(tuple(each.texts[at] for at in best))
        scores.append(cosines[best])
        vectors.append(each.vectors[best])
    return StoreHits(tuple(ids), tuple(texts), tuple(scores), COSINE, tuple(vectors), is_complete)


def unit_rows(ids: Sequence[str], given: Sequence[Any], dim: int, *, any_length: bool) -> Vectors:
    """Return stored vectors at unit length, float32 (n, dim); those that are stay as they are.

    `any_length` says that the store compares directions, so that stored vectors may be of any
    length.

    Raises
    ------
    StoreError
        A stored vector is not of unit length where the store's score depends on that.
    """
    vectors: Vectors = np.array(given, dtype=np.float32).reshape(len(given), dim)
    lengths = lengths_of(vectors)
    wrong = ~(np.abs(lengths - 1.0) <= UNIT_ROUNDING)
    if not wrong.any():
        return vectors
    refused = np.flatnonzero(wrong & ~(any_length & (lengths > 0.0) & np.isfinite(lengths)))
    if len(refused):
        first = int(refused[0])
        raise StoreError(
            f"The stored vector of '{ids[first][:40]}' has length {lengths[first]:.4g}, and 1 was "
            "expected; store unit vectors, or compare by cosine."
        )
    return np.where(wrong[:, np.newaxis], vectors / lengths[:, np.newaxis], vectors)
