"""The measures of a report, each a record: what it says, which way is better, how it is computed.

To add one, add a record here and a field of its name to `Report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from search_core.evaluate import reliability
from search_core.evaluate.intervals import (
    Interval,
    QueryDraws,
    auc_interval,
    draw_queries,
    mean_interval,
    ratio_interval,
    sums_interval,
)
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
    return np.array([_ndcg_of_one(relevance[each], order[each], k) for each in rows])


def _ndcg_of_one(relevance: Floats, order: Floats, k: int) -> float:
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


Figure = Callable[[Stated], float | None]


@dataclass(frozen=True)
class Measure:
    """One figure on stated values.

    Attributes
    ----------
    name, label:
        Its field in a `Report`, and what it is called on the page.
    meaning:
        What it says, in a few words.
    better:
        Which way is better; None where it says nothing of the values.
    compute:
        Takes stated values, and returns the figure; None where it is not defined.
    interval:
        Takes stated values and the queries drawn, and returns the 90% interval; None where there
        is none.
    of_score:
        The field of a `Report` that holds the same figure of the score alone; empty where there is
        none.

    Examples
    --------
    >>> judged = sc.Judged.of([1, 0, 1, 0], ["a", "a", "b", "b"])
    >>> sc.MEASURES["auc"].compute(judged.stated([0.8, 0.1, 0.7, 0.7]))
    0.875
    >>> sc.MEASURES["auc"].label, sc.MEASURES["auc"].better
    ('AUC', 'higher')
    """

    name: str
    label: str
    meaning: str
    better: Literal["higher", "lower"] | None
    compute: Figure
    interval: Callable[[Stated, QueryDraws], Interval | None] | None = None
    of_score: str = ""


def _of_arrays(figure: Callable[[Floats, Floats], float | None]) -> Figure:
    """Return a figure of judgements and values as one of `Stated`."""
    return lambda stated: figure(stated.relevance, stated.values)


def _mean_of(rows: Callable[[Floats, Floats], Floats]) -> Callable[..., Interval | None]:
    """Return the interval of the mean of one value a row."""
    return lambda stated, drawn: mean_interval(rows(stated.relevance, stated.values), drawn)


def _squared_errors(y: Floats, p: Floats) -> Floats:
    return (y - p) ** 2


def _r2_interval(stated: Stated, drawn: QueryDraws) -> Interval | None:
    y = stated.relevance
    errors = _squared_errors(y, stated.values)
    return sums_interval(np.column_stack([errors, y, y**2, np.ones_like(y)]), _r2_of_sums, drawn)


def _r2_of_sums(sums: Floats) -> Floats:
    """R² from the sums of (y − p)², y, y² and 1; NaN where a draw has one value of y only."""
    errors, y, squares, rows = sums
    total = squares - y**2 / rows
    spread = total > 1e-9 * np.maximum(squares, 1e-300)  # above what rounding leaves of 0
    unexplained: Floats = np.divide(errors, total, out=np.full_like(total, np.nan), where=spread)
    return 1.0 - unexplained


def ndcg_gains(stated: Stated) -> Floats:
    """Return nDCG@10 of each query that has something relevant, a text counting once."""
    each = ndcg_by_query(stated.once_a_text)
    return each[~np.isnan(each)]


def _ndcg(stated: Stated) -> float | None:
    gains = ndcg_gains(stated)
    return float(np.mean(gains)) if len(gains) else None


def _ndcg_interval(stated: Stated, drawn: QueryDraws) -> Interval | None:
    return interval_over_queries(ndcg_gains(stated), drawn.seed)


def interval_over_queries(values: Floats, seed: int) -> Interval | None:
    """Return the 90% interval of the mean of one value a query; None without any."""
    if not len(values):
        return None
    return mean_interval(values, draw_queries(np.arange(len(values)), seed))


_RECORDS = (
    Measure(
        "log_loss", "log-loss",
        "how far predictions are from labels, confident mistakes counting most; 0 is best",
        "lower", _of_arrays(reliability.log_loss), _mean_of(reliability.row_losses),
    ),
    Measure(
        "excess_loss", "excess log-loss",
        "log-loss without what graded labels alone add to it; 0 is best",
        "lower", _of_arrays(reliability.excess_loss), _mean_of(reliability.row_excess),
    ),
    Measure(
        "d2", "D²",
        "share of the average label's excess log-loss that is gone; 1 is best",
        "higher", _of_arrays(reliability.d_squared),
    ),
    Measure(
        "brier", "Brier score",
        "mean squared distance of predictions from labels; 0 is best",
        "lower", _of_arrays(reliability.brier), _mean_of(_squared_errors),
    ),
    Measure(
        "ece", "calibration error",
        "average gap between predictions and labels, sampling noise removed; 0 is best",
        "lower", _of_arrays(reliability.debiased_ece),
    ),
    Measure(
        "smooth_ece", "smooth calibration error",
        "average gap between predictions and labels, without bins, with noise; 0 is best",
        "lower", _of_arrays(reliability.smooth_ece),
    ),
    Measure(
        "miscalibration", "miscalibration",
        "the part of the Brier score that a better curve would take off; 0 is best",
        "lower", _of_arrays(lambda y, p: reliability.corp(y, p).miscalibration),
    ),
    Measure(
        "discrimination", "discrimination",
        "the part of the Brier score that telling rows apart takes off",
        "higher", _of_arrays(lambda y, p: reliability.corp(y, p).discrimination),
    ),
    Measure(
        "uncertainty", "uncertainty",
        "the Brier score of the average label: how mixed the labels are",
        None, _of_arrays(lambda y, p: reliability.corp(y, p).uncertainty),
    ),
    Measure(
        "r2", "R²",
        "share of the labels' variation that is explained; 1 is best",
        "higher", _of_arrays(reliability.r_squared), _r2_interval,
    ),
    Measure(
        "auc", "AUC",
        "how often a relevant row scores above an irrelevant one; 0.5 is guessing, 1 is best",
        "higher", lambda stated: auc(stated.judged.relevant, stated.values),
        lambda stated, drawn: auc_interval(stated.judged.relevant, stated.values, drawn),
        of_score="auc_score",
    ),
    Measure(
        "auc_within", "AUC inside queries",
        "how often a relevant row scores above an irrelevant one of its query; 1 is best",
        "higher", auc_within,
        lambda stated, drawn: ratio_interval(*ordered_pairs(stated), drawn.by_query),
        of_score="auc_within_score",
    ),
    Measure(
        "ndcg_after", "nDCG@10",
        "how good the order of the first ten is; 1 is best",
        "higher", _ndcg, _ndcg_interval, of_score="ndcg_before",
    ),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = MappingProxyType({each.name: each for each in _RECORDS})
"""Every measure by its name."""
