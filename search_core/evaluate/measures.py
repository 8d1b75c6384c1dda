"""The measures of a report, each a record: what it says, which way is better, how it is computed.

To add one, add a record here and a field of its name to `Report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

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
from search_core.evaluate.judged import Stated
from search_core.evaluate.ranking import auc, auc_within, ndcg_by_query, ordered_pairs
from search_core.vectors import Floats

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
        "how much its values miss the judgements, sure mistakes counting most; 0 is best",
        "lower", _of_arrays(reliability.log_loss), _mean_of(reliability.row_losses),
    ),
    Measure(
        "excess_loss", "excess log-loss",
        "the log-loss less what graded labels alone add to it; 0 is best",
        "lower", _of_arrays(reliability.excess_loss), _mean_of(reliability.row_excess),
    ),
    Measure(
        "d2", "D²",
        "share of the excess log-loss of always stating the average that is gone; 1 is best",
        "higher", _of_arrays(reliability.d_squared),
    ),
    Measure(
        "brier", "Brier score",
        "mean squared distance of its values from the judgements; 0 is best",
        "lower", _of_arrays(reliability.brier), _mean_of(_squared_errors),
    ),
    Measure(
        "ece", "calibration error",
        "how far stated values lie from judged ones, chance taken off; 0 is best",
        "lower", _of_arrays(reliability.debiased_ece),
    ),
    Measure(
        "smooth_ece", "smooth calibration error",
        "how far stated values lie from judged ones without bins, chance left in; 0 is best",
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
        "the Brier score of always stating the average: how mixed the labels are",
        None, _of_arrays(lambda y, p: reliability.corp(y, p).uncertainty),
    ),
    Measure(
        "r2", "R²",
        "share of the variation of the judgements that it explains; 1 is best",
        "higher", _of_arrays(reliability.r_squared), _r2_interval,
    ),
    Measure(
        "auc", "AUC",
        "how often a relevant row stands above an irrelevant one; 0.5 is a coin, 1 is best",
        "higher", lambda stated: auc(stated.judged.relevant, stated.values),
        lambda stated, drawn: auc_interval(stated.judged.relevant, stated.values, drawn),
        of_score="auc_score",
    ),
    Measure(
        "auc_within", "AUC inside queries",
        "how often a relevant row stands above an irrelevant one of its query; 0.5 is a coin, 1 is "
        "best",
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
