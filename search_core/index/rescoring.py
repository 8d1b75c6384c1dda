"""Exact scores for what an index proposes: one pair of texts has one score under every index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search_core.index.store import Positions, Vectors, VectorStore

Floats = npt.NDArray[np.float64]

SPARE_CANDIDATES = 16  # beyond k, so that ties at the last rank are settled by position
SAME_SCORE = 1e-6  # cosines this close may stand either way round in an index of float32


def nearest_in(
    store: VectorStore, vector: Vectors, k: int, shortlist: int = 0
) -> tuple[Floats, Positions]:
    """Return exact cosines and positions of the k nearest to a vector, best first.

    Of equal cosines the earlier position comes first.

    Parameters
    ----------
    store:
        Proposes candidates, and hands back their vectors.
    vector:
        float32 unit vector, shape (dim,).
    k:
        How many, 1 or more; fewer come back where the index finds fewer.
    shortlist:
        Candidates that are at least scored again.

    Returns
    -------
    Two arrays of shape (up to k,): float64 in [-1, 1], and int64.
    """
    wanted = min(k, len(store))
    asked = min(wanted + SPARE_CANDIDATES, len(store))
    while True:
        found, vectors = _candidates(store, vector, asked, shortlist)
        cosines = exact_cosines(vectors, vector)
        order = np.argsort(-cosines, kind="stable")
        if len(found) <= wanted:  # an approximate index may find fewer than were asked for
            return cosines[order], found[order]
        # float32 noise of the index can order equal scores anyhow, so where more documents
        # than were asked for share the last rank, ask again until all of them are there.
        last = cosines[order[wanted - 1]]
        settled = cosines[order[-1]] < last - SAME_SCORE
        if settled or len(found) < asked or asked == len(store):
            return cosines[order[:wanted]], found[order[:wanted]]
        asked = min(2 * asked, len(store))


def exact_cosines(vectors: Vectors, query: Vectors) -> Floats:
    """Return the canonical scores: inner products in float64 of float32 unit vectors.

    Parameters
    ----------
    vectors, query:
        Shapes (n, dim), and (dim,) or (n, dim) for pairs.

    Returns
    -------
    float64 in [-1, 1], shape (n,).
    """
    # Row by row, so that the sum does not depend on which other rows are asked about.
    products = vectors.astype(np.float64) * query.astype(np.float64)
    cosines: Floats = np.clip(products.sum(axis=1), -1.0, 1.0)
    return cosines


def _candidates(
    store: VectorStore, vector: Vectors, asked: int, shortlist: int
) -> tuple[Positions, Vectors]:
    """Return at most `asked` positions, rising, that the index proposes, and their vectors."""
    depth = min(max(asked, shortlist), len(store))
    found = store.search(vector[np.newaxis], depth)[1][0]
    found = np.sort(found[found >= 0])
    vectors = store.fetch(found)
    if len(found) > asked:
        # float64 is slow on a long shortlist; float32 tells which of it cannot be among the
        # best. Not as a matrix product, which would wake a second thread.
        cosines = np.einsum("ij,j->i", vectors, vector)
        nearest = np.sort(np.argpartition(-cosines, asked - 1)[:asked])
        found, vectors = found[nearest], vectors[nearest]
    return found, vectors
