"""How good an order is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from search_core.evaluate.judged import Judged, Stated, query_numbers
from search_core.vectors import Floats, Mask

RANKS = 10


def auc(relevant: Mask, p: Floats) -> float | None:
    """Return P(p₊ > p₋) + ½ P(p₊ = p₋); None with one class only (Mann and Whitney 1947)."""
    positives = int(relevant.sum())
    negatives = len(relevant) - positives
    if positives == 0 or negatives == 0:
        return None
    above = rankdata(p)[relevant].sum() - positives * (positives + 1) / 2
    return float(above) / (positives * negatives)


def auc_within(stated: Stated) -> float | None:
    """Return the AUC inside queries, weighted by their pairs: what is left of it for ranking.

    None where no query has both a relevant and an irrelevant row.
    """
    ordered, pairs = ordered_pairs(stated)
    return float(ordered.sum() / pairs.sum()) if pairs.any() else None


def ordered_pairs(stated: Stated) -> tuple[Floats, Floats]:
    """Return for each query how many (relevant, irrelevant) pairs stand in order, and how many are.

    Ties count one half; in the queries' order, arrays of shape (queries,).
    """
    query, relevant, p = stated.judged.queries, stated.judged.relevant, stated.values
    order = np.lexsort((p, query))
    asked, value, positive = query[order], p[order], relevant[order]
    starts = np.append(True, (np.diff(asked) != 0) | (np.diff(value) != 0))
    level = starts.cumsum() - 1  # equal values of one query share a level
    good = np.bincount(level, weights=positive)
    bad = np.bincount(level, weights=~positive)
    of = asked[starts]
    below = bad.cumsum() - bad / 2  # of all queries so far; those of earlier queries come off next
    all_good, all_bad = np.bincount(of, weights=good), np.bincount(of, weights=bad)
    earlier = all_bad.cumsum() - all_bad
    ordered = np.bincount(of, weights=good * below) - all_good * earlier
    return ordered.astype(np.float64), (all_good * all_bad).astype(np.float64)


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
    each = ndcg_by_query(Stated(Judged(relevance, query_numbers(queries), scores), scores), k)
    found = each[~np.isnan(each)]
    return float(np.mean(found)) if len(found) else None


def ndcg_by_query(stated: Stated, k: int = RANKS) -> Floats:
    """Return nDCG@k, in [0, 1], of each query in the order that hits are shown in.

    Shape (queries,), in the queries' order; NaN where a query has nothing relevant.
    """
    relevance, order = stated.relevance, stated.shown_order
    rows = stated.judged.rows_of_queries
    return np.array([_ndcg(relevance[each], order[each], k) for each in rows])


def _ndcg(relevance: Floats, order: Floats, k: int) -> float:
    if relevance.max() <= 0:
        return float("nan")
    return _gain(_shared(relevance, order), k) / _gain(np.sort(relevance)[::-1], k)


def _shared(relevance: Floats, order: Floats) -> Floats:
    """Return relevance by rank, each row's the mean of those that stand as high."""
    _, group, size = np.unique(-order, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=relevance) / size
    return np.repeat(means, size)


def _gain(relevance: Floats, k: int) -> float:
    first = relevance[:k]
    return float((first / np.log2(np.arange(2, len(first) + 2))).sum())
