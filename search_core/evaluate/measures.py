"""The measures of a report, each a record: what it says, which way is better, how it is computed.

To add one, add a record here and a field of its name to `Report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import scipy

from search_core.evaluate import reliability
from search_core.evaluate.intervals import (
    LOSS,
    SAVED,
    SPREAD,
    SPREAD_OF_SCORES,
    Interval,
    auc_interval,
    auc_within_interval,
    mean_interval,
    most_explained,
    ordered_pairs,
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
    above = scipy.stats.rankdata(p)[relevant].sum() - positives * (positives + 1) / 2
    return float(above) / (positives * negatives)


def auc_within(stated: Stated) -> float | None:
    """Return the AUC inside queries, weighted by their pairs: what is left of it for ranking.

    None where no query has both a relevant and an irrelevant row.
    """
    judged = stated.judged
    ordered, pairs = ordered_pairs(judged.relevant, stated.values, judged.queries)
    return float(ordered.sum() / pairs.sum()) if pairs.any() else None


def ndcg(relevance: Floats, scores: Floats, queries: Sequence[str], k: int = RANKS) -> float | None:
    """Return the mean nDCG@k over the queries that have something relevant; None without any.

    Gain y, discount 1/log2(1 + rank), ideal order from the labelled rows (Järvelin and Kekäläinen
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
    relevance, order, queries = stated.relevance, stated.shown_order, stated.judged.queries
    by_rank = np.lexsort((-order, queries))
    counts = np.bincount(queries)
    ranks = np.arange(len(queries)) - np.repeat(counts.cumsum() - counts, counts)
    discounts = np.where(ranks < k, 1.0 / np.log2(ranks + 2), 0.0)
    shown = _shared(relevance[by_rank], order[by_rank], ranks == 0)
    ideal = relevance[np.lexsort((-relevance, queries))]
    gains, best = (
        np.bincount(queries[by_rank], weights=each * discounts) for each in (shown, ideal)
    )
    found = np.full(len(counts), np.nan)
    np.divide(gains, best, out=found, where=best > 0)
    return found


def _shared(relevance: Floats, order: Floats, is_first: Mask) -> Floats:
    """Return relevance by rank, each row's the mean of those of its query that stand as high."""
    begins = is_first | (np.diff(order, prepend=np.nan) != 0)
    group = begins.cumsum() - 1
    means = np.bincount(group, weights=relevance) / np.bincount(group)
    shared: Floats = means[group]
    return shared


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
        Takes stated values, and returns the 90% interval; None where there is none, as with fewer
        than five queries.
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
    interval: Callable[[Stated], Interval | None] | None = None
    of_score: str = ""


def _of_arrays(figure: Callable[[Floats, Floats], float | None]) -> Figure:
    """Return a figure of labels and values as one of `Stated`."""
    return lambda stated: figure(stated.relevance, stated.values)


def _loss_of(rows: Callable[[Floats, Floats], Floats]) -> Callable[[Stated], Interval | None]:
    """Return the interval of the mean of one loss a row."""
    return lambda stated: mean_interval(
        rows(stated.relevance, stated.values), stated.judged.queries, LOSS
    )


def _squared_errors(y: Floats, p: Floats) -> Floats:
    return (y - p) ** 2


def _r2_interval(stated: Stated) -> Interval | None:
    y, judged = stated.relevance, stated.judged
    errors = _squared_errors(y, stated.values)
    columns = np.column_stack([errors, y, y**2, np.ones_like(y)])
    ends = sums_interval(columns, _r2_of_sums, judged.queries, SAVED, judged.relevant)
    found = reliability.r_squared(y, stated.values)
    if ends is None or found is None:
        return None
    return ends[0], max(ends[1], most_explained(found, y, judged.queries))


def _r2_of_sums(sums: Floats) -> Floats:
    """R² from the sums of (y − p)², y, y² and 1; NaN where there is one value of y only."""
    errors, y, squares, rows = sums
    total = squares - y**2 / np.maximum(rows, 1)
    spread = total > 1e-9 * np.maximum(squares, 1e-300)  # above what rounding leaves of 0
    unexplained: Floats = np.divide(errors, total, out=np.full_like(total, np.nan), where=spread)
    return 1.0 - unexplained


def saved_interval(stated: Stated, other: Stated) -> Interval | None:
    """Return the 90% interval of the share of the other's excess loss that is gone."""
    judged = stated.judged
    own, theirs = (reliability.row_excess(each.relevance, each.values) for each in (stated, other))
    return sums_interval(
        np.column_stack([own, theirs]), _saved_of_sums, judged.queries, SAVED, judged.relevant
    )


def _saved_of_sums(sums: Floats) -> Floats:
    own, theirs = sums
    left: Floats = np.divide(own, theirs, out=np.full_like(own, np.nan), where=theirs > 0)
    return 1.0 - left


def _auc_interval(stated: Stated) -> Interval | None:
    judged = stated.judged
    return auc_interval(judged.relevant, stated.order, judged.queries, _spread(stated))


def _auc_within_interval(stated: Stated) -> Interval | None:
    judged = stated.judged
    return auc_within_interval(judged.relevant, stated.values, judged.queries, _spread(stated))


def _spread(stated: Stated) -> float:
    return SPREAD if stated.is_out_of_fold else SPREAD_OF_SCORES


def ndcg_gains(stated: Stated) -> Floats:
    """Return nDCG@10 of each query that has something relevant, a text counting once."""
    each = ndcg_by_query(stated.once_a_text)
    return each[~np.isnan(each)]


def _ndcg(stated: Stated) -> float | None:
    gains = ndcg_gains(stated)
    return float(np.mean(gains)) if len(gains) else None


def _ndcg_interval(stated: Stated) -> Interval | None:
    gains = ndcg_gains(stated)
    ends = mean_interval(gains, np.arange(len(gains))) if len(gains) else None
    return ends and (max(0.0, ends[0]), min(1.0, ends[1]))


_RECORDS = (
    Measure(
        "log_loss", "log-loss",
        "how far predictions are from labels, confident mistakes counting most; 0 is best",
        "lower", _of_arrays(reliability.log_loss), _loss_of(reliability.row_losses),
    ),
    Measure(
        "excess_loss", "excess log-loss",
        "log-loss without what graded labels alone add to it; 0 is best",
        "lower", _of_arrays(reliability.excess_loss), _loss_of(reliability.row_excess),
    ),
    Measure(
        "d2", "D²",
        "share of the average label's excess log-loss that is gone; 1 is best",
        "higher", _of_arrays(reliability.d_squared),
    ),
    Measure(
        "brier", "Brier score",
        "mean squared distance of predictions from labels; 0 is best",
        "lower", _of_arrays(reliability.brier), _loss_of(_squared_errors),
    ),
    Measure(
        "ece", "calibration error",
        "average gap between predictions and labels, sampling noise removed; 0 is best",
        "lower", _of_arrays(reliability.debiased_ece), reliability.ece_interval,
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
        "higher", lambda stated: auc(stated.judged.relevant, stated.order), _auc_interval,
        of_score="auc_score",
    ),
    Measure(
        "auc_within", "AUC inside queries",
        "how often a relevant row scores above an irrelevant one of its query; 1 is best",
        "higher", auc_within,
        _auc_within_interval, of_score="auc_within_score",
    ),
    Measure(
        "ndcg_after", "nDCG@10",
        "how good the order of the first ten is; 1 is best",
        "higher", _ndcg, _ndcg_interval, of_score="ndcg_before",
    ),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = MappingProxyType({each.name: each for each in _RECORDS})
"""Every measure by its name."""
