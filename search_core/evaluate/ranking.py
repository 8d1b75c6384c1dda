"""How good an order is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RANKS = 10


def ndcg(relevance: Floats, scores: Floats, queries: Sequence[str], k: int = RANKS) -> float | None:
    """Return the mean nDCG@k over the queries that have something relevant; None without any.

    Gain y, discount 1/log2(1 + rank), ideal order from the judged rows (Järvelin and Kekäläinen
    2002). Rows of equal scores share their gain, so that the figure is the mean over all orders of
    them (McSherry and Najork 2008). Queries with nothing relevant have no ideal order and are left
    out.

    Parameters
    ----------
    relevance, scores:
        One value a row, shape (n,); a higher score stands first.
    queries:
        The query of each row.
    k:
        Ranks that count.
    """
    each = list(ndcg_by_query(relevance, scores, queries, k).values())
    return float(np.mean(each)) if each else None


def ndcg_by_query(
    relevance: Floats, scores: Floats, queries: Sequence[str], k: int = RANKS
) -> dict[str, float]:
    """Return nDCG@k, in [0, 1], of each query that has something relevant."""
    return {
        query: _gain(_shared(relevance[rows], scores[rows]), k)
        / _gain(np.sort(relevance[rows])[::-1], k)
        for query, rows in rows_by_query(queries).items()
        if relevance[rows].max() > 0
    }


def shown_order(values: Floats, scores: Floats) -> Floats:
    """Return what sorts rows as hits are shown: by their values, and equal ones by their scores.

    Shape (n,), higher first; rows that are alike in both are equal in it.
    """
    both = np.column_stack([values, scores])
    return np.unique(both, axis=0, return_inverse=True)[1].reshape(-1).astype(np.float64)


def query_numbers(queries: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the number of each row's query, from 0 in the queries' own order; shape (n,).

    In their own order, not that of their rows: what is drawn by number is then drawn alike however
    the rows are sorted.
    """
    number = {query: place for place, query in enumerate(sorted(set(queries)))}
    return np.array([number[query] for query in queries], dtype=np.intp)


def rows_by_query(queries: Sequence[str]) -> dict[str, npt.NDArray[np.intp]]:
    """Return the row numbers of each query, the queries in their own order."""
    rows: dict[str, list[int]] = {query: [] for query in sorted(set(queries))}
    for row, query in enumerate(queries):
        rows[query].append(row)
    return {query: np.array(places, dtype=np.intp) for query, places in rows.items()}


def _shared(relevance: Floats, scores: Floats) -> Floats:
    """Return relevance by rank, each row's the mean of those with the same score."""
    _, group, size = np.unique(-scores, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=relevance) / size
    return np.repeat(means, size)


def _gain(relevance: Floats, k: int) -> float:
    first = relevance[:k]
    return float((first / np.log2(np.arange(2, len(first) + 2))).sum())
