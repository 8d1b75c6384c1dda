"""How sure a measured figure is: intervals that know that rows of one query hang together.

Whole queries are drawn with repeats, and the middle of the figures drawn is the 90% interval (the
percentile bootstrap, Efron 1979; of clusters, Field and Welsh 2007), taken a little wider where
there are few queries (`tail_share`). Figures that are computed on
the same `QueryDraws` are paired: the interval of a difference of two values a row is that of their
row-wise difference. No row is gathered anew in a draw: every figure here is a function of sums over
queries, or of weights on rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtrit

from search_core.vectors import Floats, Rows

Interval = tuple[float, float]

DRAWS = 500
CONFIDENCE = 0.9


@dataclass(frozen=True, eq=False)
class QueryDraws:
    """Which queries stand in each draw.

    Attributes
    ----------
    query:
        The number of each row's query, from 0; shape (n,).
    times:
        How often each query stands in each draw; shape (draws, queries).
    seed:
        What they were drawn with.
    """

    query: Rows
    times: Floats
    seed: int

    @property
    def by_query(self) -> QueryDraws:
        """The same draws, for one value a query."""
        return replace(self, query=np.arange(self.times.shape[1]))


def draw_queries(queries: Rows, seed: int = 0, draws: int = DRAWS) -> QueryDraws:
    """Draw as many queries as there are, with repeats, as often as asked.

    Parameters
    ----------
    queries:
        The number of each row's query, from 0; shape (n,).
    seed, draws:
        Of the draws, and how many.
    """
    count = int(queries.max()) + 1
    rng = np.random.default_rng(seed)
    times = np.empty((draws, count))
    for draw in times:
        draw[:] = np.bincount(rng.integers(0, count, count), minlength=count)
    return QueryDraws(queries, times, seed)


def mean_interval(values: Floats, drawn: QueryDraws) -> Interval | None:
    """Return the 90% interval of a mean over rows; None with fewer than two queries.

    Parameters
    ----------
    values:
        One value a row, or the difference of two; shape (n,).
    drawn:
        The draws.
    """
    return sums_interval(np.column_stack([values, np.ones_like(values)]), _share, drawn)


def ratio_interval(numerator: Floats, denominator: Floats, drawn: QueryDraws) -> Interval | None:
    """Return the 90% interval of Σ numerator / Σ denominator, both of shape (n,).

    None with fewer than two queries, or where no draw has a denominator above 0.
    """
    return sums_interval(np.column_stack([numerator, denominator]), _share, drawn)


def sums_interval(
    columns: Floats, figure: Callable[[Floats], Floats], drawn: QueryDraws
) -> Interval | None:
    """Return the 90% interval of any figure that is made of sums over rows.

    Parameters
    ----------
    columns:
        What is summed; shape (n, m).
    figure:
        Takes the sums of every draw, shape (m, draws), and returns one figure a draw, which may be
        NaN where it is not defined: such draws are left out.
    drawn:
        The draws.
    """
    count = drawn.times.shape[1]
    by_query = [np.bincount(drawn.query, weights=column, minlength=count) for column in columns.T]
    return percentiles(figure(np.array(by_query) @ drawn.times.T), count)


def auc_interval(relevant: npt.NDArray[np.bool_], p: Floats, drawn: QueryDraws) -> Interval | None:
    """Return the 90% interval of the pooled AUC, from row weights on values sorted once."""
    _, level = np.unique(p, return_inverse=True)
    levels = int(level.max()) + 1
    figures = np.full(len(drawn.times), np.nan)
    for draw, times in enumerate(drawn.times):
        weight = times[drawn.query]
        positive = np.bincount(level, weights=weight * relevant, minlength=levels)
        negative = np.bincount(level, weights=weight * ~relevant, minlength=levels)
        pairs = positive.sum() * negative.sum()
        if pairs:
            beaten = negative.cumsum() - negative / 2
            figures[draw] = positive @ beaten / pairs
    return percentiles(figures, drawn.times.shape[1])


def tail_share(queries: int) -> float:
    """Return the share of draws to leave out at each end for a 90% interval; queries ≥ 2.

    Draws of few queries vary too little, and what they are drawn from is known too roughly for a
    normal tail. Φ(−√(n/(n − 1)) · t), with Student's t of n − 1 degrees, makes up for both: the
    expanded percentile interval of Hesterberg (2015). It comes down to 5% for many queries.
    """
    t = stdtrit(queries - 1, (1 + CONFIDENCE) / 2)
    return float(ndtr(-math.sqrt(queries / (queries - 1)) * t))


def _share(sums: Floats) -> Floats:
    numerator, denominator = sums
    shares: Floats = np.divide(
        numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0
    )
    return shares


def percentiles(figures: Floats, queries: int) -> Interval | None:
    """Return the 90% interval of a figure from its draws, NaN where one is not defined.

    None with fewer than two queries, or where no draw defines it.
    """
    defined = figures[np.isfinite(figures)]
    # One query alone would give an interval without width, as if all were known.
    if queries < 2 or not len(defined):
        return None
    share = tail_share(queries)
    low, high = np.quantile(defined, [share, 1 - share])
    return float(low), float(high)
