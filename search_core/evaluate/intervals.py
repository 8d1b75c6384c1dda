"""How sure a measured figure is, for queries that nobody labelled yet.

Each interval is for the figure of the fitted calibrator on fresh queries of the same kind, twice as
many as were labelled. Rows of one query hang together, so whole queries are left out, one at a time
(the delete-one-cluster jackknife, CV3 of MacKinnon, Nielsen and Webb 2023), and the ends come from
Student's t with as many degrees as there are queries to tell from, less one. Fresh queries vary as
the labelled ones do: with n labelled, the variance s²(1/n + 1/2n) is one and a half times that of
the figure alone, as in Nadeau and Bengio (2003). Out-of-fold values come from fits that share rows,
which adds to it; for scores, which come from none, a quarter more covers as often as it says.
`python -m benchmarks.coverage` checks all of it.

A loss or a ratio of losses is taken on the logarithmic scale, where no end leaves its range; a
share as Wilson (1927) does, where a share of 0 or 1 still has an interval with width.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from search_core.limits import DEMO_QUERIES
from search_core.vectors import Floats, Mask, Rows

Interval = tuple[float, float]

CONFIDENCE = 0.9
NORMAL = 1.6448536269514722  # standard errors in half a 90% interval: the 95% quantile
FRESH = 2.0  # fresh queries for each labelled one
SPREAD = 1 + 1 / FRESH
"""The variance of a figure less that on fresh queries, over that of the figure alone."""
SPREAD_OF_SCORES = 1 + 1 / FRESH / 2
"""The same of the order of values that no fit on these rows gave; chosen by coverage."""
FEWEST_QUERIES = DEMO_QUERIES
"""With fewer queries than this no interval is given."""
REAL = 1e-9  # a root's imaginary part up to which rounding alone makes it complex


@dataclass(frozen=True)
class Scale:
    """Where a figure is taken as about normal: a mapping there, ascending or not, and back."""

    there: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]


def _same(values: Floats) -> Floats:
    return values


AS_IT_IS = Scale(_same, _same)
LOSS = Scale(np.log, np.exp)
SAVED = Scale(lambda share: np.log1p(-share), lambda log: -np.expm1(log))
"""A share that is gone, of a loss: one less the ratio of two."""


def plain_interval(figure: float, without: Floats, telling: int) -> Interval | None:
    """Return the 90% interval of any figure that is about normal as it is.

    Parameters
    ----------
    figure:
        What was found.
    without, telling:
        As `margin` takes them.
    """
    half = margin(without, telling)
    return None if half is None else (figure - half, figure + half)


def mean_interval(values: Floats, queries: Rows, scale: Scale = AS_IT_IS) -> Interval | None:
    """Return the 90% interval of a mean over rows; None with fewer than five queries.

    Parameters
    ----------
    values:
        One value a row, or the difference of two; shape (n,).
    queries:
        The number of each row's query, from 0; shape (n,).
    scale:
        Where the mean is about normal.
    """
    return sums_interval(np.column_stack([values, np.ones_like(values)]), _ratio, queries, scale)


def sums_interval(
    columns: Floats,
    figure: Callable[[Floats], Floats],
    queries: Rows,
    scale: Scale,
    relevant: Mask | None = None,
) -> Interval | None:
    """Return the 90% interval of any figure that is made of sums over rows.

    Parameters
    ----------
    columns:
        What is summed; shape (n, m).
    figure:
        Takes sums of shape (m, k), and returns k figures; NaN where one is not defined.
    queries:
        The number of each row's query, from 0; shape (n,).
    scale:
        Where the figure is about normal.
    relevant:
        Which rows are relevant, for a figure that needs both kinds; see `telling_queries`.
    """
    by_query = np.array([np.bincount(queries, weights=column) for column in columns.T])
    whole = by_query.sum(axis=1, keepdims=True)
    telling = by_query.shape[1] if relevant is None else telling_queries(relevant, queries)
    found = figure(np.hstack([whole, whole - by_query]))
    # Nothing is left to vary: no row was ever wrong.
    if np.ptp(found) == 0.0 and by_query.shape[1] >= FEWEST_QUERIES:
        return float(found[0]), float(found[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        there = scale.there(found)
    half = margin(there[1:], telling)
    if half is None or not np.isfinite(there[0]):
        return None
    low, high = np.sort(scale.back(np.array([there[0] - half, there[0] + half])))
    return float(low), float(high)


def most_explained(explained: float, y: Floats, queries: Rows) -> float:
    """Return the greatest R² that labels like these could show as this little.

    Nearly constant predictions explain as little whichever query is left out: the jackknife's error
    is next to 0, whatever there is to explain. That of R² on n independent rows is about
    2 √R² (1 − R²)/√n where labels and predictions are normal (Fisher 1921); n rows count as n/D, as
    labels of one query hang together. As in Wilson's interval it is taken at the end A itself:
    A − R² = 2c √A (1 − A), c = z √(D/n), a cubic in √A. Where no A solves it, it is R² itself.

    Parameters
    ----------
    explained:
        The R² found; below 0 where the mean label predicts better.
    y, queries:
        The labels, not all equal, and the number of each row's query, from 0; shape (n,).
    """
    reach = NORMAL * math.sqrt(SPREAD * design_effect(y, queries) / len(y))
    roots = np.roots([2 * reach, 1.0, -2 * reach, -explained])
    inside = roots.real[(np.abs(roots.imag) < REAL) & (roots.real >= 0.0) & (roots.real <= 1.0)]
    return float(inside.max()) ** 2 if len(inside) else explained


def design_effect(values: Floats, queries: Rows) -> float:
    """Return how many rows count as one in the mean of values, at least 1 (Kish 1965).

    The jackknife's variance of their mean, with whole queries left out, over that of independent
    rows; both arrays of shape (n,), of two queries or more, the values not all equal.
    """
    sums, counts = np.bincount(queries, weights=values), np.bincount(queries)
    without = (sums.sum() - sums) / (counts.sum() - counts)
    return max(1.0, jackknife_error(without) ** 2 * len(values) / float(values.var()))


def share_interval(
    share: float, without: Floats, counted: float, telling: int, spread: float = SPREAD
) -> Interval | None:
    """Return the 90% interval of a share by Wilson's score, widened for clusters.

    Where the interval ends at A, (share − A)² = t² D A(1 − A)/n: n rows count as n/D because those
    of one query hang together (Kish 1965), D being the jackknife's variance over that of n
    independent rows, and at least 1.

    Parameters
    ----------
    share:
        What was found, in [0, 1].
    without:
        The same with each query left out, shape (queries,); NaN where nothing is left.
    counted:
        How many independent rows would give the share as much weight at most.
    telling:
        How many queries it rests on.
    spread:
        As `student` has it.
    """
    half = margin(without, telling, spread)
    if half is None:
        return None
    # What independent rows would vary by is known, and not estimated from these few queries.
    least = student(len(without), spread) ** 2 / counted
    smoothed = (share * counted + 0.5) / (counted + 1)
    weight = max(least, half**2 / (smoothed * (1 - smoothed)))
    centre = (share + weight / 2) / (1 + weight)
    reach = math.sqrt(weight * share * (1 - share) + weight**2 / 4) / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def ratio_interval(numerator: Floats, denominator: Floats, queries: Rows) -> Interval | None:
    """Return the 90% interval of a share Σ numerator / Σ denominator, rows of shape (n,).

    None with fewer than five queries, or where the denominator is 0.
    """
    parts = np.array([np.bincount(queries, weights=each) for each in (numerator, denominator)])
    whole = parts.sum(axis=1, keepdims=True)
    if whole[1, 0] <= 0:
        return None
    without = _ratio(whole - parts)
    telling = int((parts[1] > 0).sum())
    return share_interval(float(_ratio(whole)[0]), without, float(whole[1, 0]), telling)


def auc_interval(
    relevant: Mask, order: Floats, queries: Rows, spread: float = SPREAD
) -> Interval | None:
    """Return the 90% interval of the pooled AUC.

    Where the order means nothing, its variance with independent rows is (1/n₊ + 1/n₋)/12 (Mann and
    Whitney 1947), that of a share of 3/(1/n₊ + 1/n₋) rows.

    Parameters
    ----------
    relevant, order:
        Which rows are relevant, and what they are sorted by; shape (n,).
    queries:
        The number of each row's query, from 0; shape (n,).
    spread:
        As `student` has it.
    """
    positives, negatives = int(relevant.sum()), int((~relevant).sum())
    if not positives or not negatives:
        return None
    ordered, pairs = _pairs_with_each_query(relevant, order, queries)
    without = _ratio(np.array([ordered[0] - ordered[1], pairs[0] - pairs[1]]))
    share = float(ordered[0] / pairs[0])
    counted = 3 / (1 / positives + 1 / negatives)
    return share_interval(share, without, counted, telling_queries(relevant, queries), spread)


def auc_within_interval(
    relevant: Mask, order: Floats, queries: Rows, spread: float = SPREAD
) -> Interval | None:
    """Return the 90% interval of the AUC inside queries, weighted by their pairs.

    Parameters are those of `auc_interval`.
    """
    ordered, pairs = ordered_pairs(relevant, order, queries)
    if not pairs.any():
        return None
    # A query's n₊ n₋ pairs in any order vary by n₊ n₋ (n₊ + n₋)/12, a third of what A(1 − A) says.
    counted = 3 * float(pairs.sum()) ** 2 / float((pairs * np.bincount(queries)).sum())
    without = _ratio(np.array([ordered.sum() - ordered, pairs.sum() - pairs]))
    share = float(ordered.sum() / pairs.sum())
    return share_interval(share, without, counted, int((pairs > 0).sum()), spread)


def _pairs_with_each_query(
    relevant: Mask, order: Floats, queries: Rows
) -> tuple[tuple[float, Floats], tuple[float, Floats]]:
    """Return how many (relevant, irrelevant) pairs stand in order, and how many there are.

    Each of the two as the number of all, and of those that have a row of each query in them, shape
    (queries,). Ties count one half.
    """
    count = int(queries.max()) + 1
    level = np.unique(order, return_inverse=True)[1].reshape(-1)
    good, bad = np.bincount(level, weights=relevant), np.bincount(level, weights=~relevant)
    below, above = bad.cumsum() - bad / 2, good[::-1].cumsum()[::-1] - good / 2
    in_order = np.bincount(queries, weights=np.where(relevant, below[level], above[level]))
    own_good = np.bincount(queries, weights=relevant, minlength=count)
    own_bad = np.bincount(queries, weights=~relevant, minlength=count)
    inside, inside_pairs = ordered_pairs(relevant, order, queries)
    positives, negatives = float(own_good.sum()), float(own_bad.sum())
    # A pair of two rows of one query was counted from both ends.
    with_rows = own_good * negatives + own_bad * positives - inside_pairs
    return (float((good * below).sum()), in_order - inside), (positives * negatives, with_rows)


def ordered_pairs(relevant: Mask, order: Floats, queries: Rows) -> tuple[Floats, Floats]:
    """Return for each query how many (relevant, irrelevant) pairs stand in order, and how many are.

    Ties count one half; in the queries' order, arrays of shape (queries,).
    """
    sorted_rows = np.lexsort((order, queries))
    asked, value, positive = queries[sorted_rows], order[sorted_rows], relevant[sorted_rows]
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


def telling_queries(relevant: Mask, queries: Rows) -> int:
    """Return how many queries a figure that needs both kinds of rows rests on.

    Those that have a relevant row, or those that have an irrelevant one: the fewer.
    """
    return min(len(np.unique(queries[kind])) for kind in (relevant, ~relevant))


def margin(without: Floats, telling: int, spread: float = SPREAD) -> float | None:
    """Return half the width of the 90% interval for as many fresh queries as `FRESH` says.

    Parameters
    ----------
    without:
        The figure with each query left out, shape (queries,); not finite where it is not defined.
    telling:
        How many queries it rests on, at most. Where few of them make nearly all of the
        difference, it rests on these: Σ|d| squared over Σ d² (Kish 1965), d being by how much
        the figure moves without each.
    spread:
        As `student` has it.

    Returns
    -------
    None with fewer than five queries, or where fewer than two tell anything.
    """
    defined = without[np.isfinite(without)]
    count = len(defined)
    if len(without) < FEWEST_QUERIES or min(telling, count) < 2:
        return None
    moved = defined - defined.mean()
    squares = float((moved**2).sum())
    if squares == 0.0:
        return 0.0
    effective = float(np.abs(moved).sum()) ** 2 / squares
    return student(min(telling, effective), spread) * jackknife_error(defined)


def jackknife_error(without: Floats) -> float:
    """Return the standard error of a figure, from it without each query; shape (queries,).

    The delete-one jackknife (Tukey 1958).
    """
    count = len(without)
    return math.sqrt((count - 1) / count * float(((without - without.mean()) ** 2).sum()))


def t_quantile(count: float) -> float:
    """Return how many standard errors half of a 90% interval has, as estimated from so many.

    Parameters
    ----------
    count:
        How many queries, or folds; fewer than 2 count as 2.
    """
    return float(scipy.special.stdtrit(max(1.0, count - 1), (1 + CONFIDENCE) / 2))


def student(telling: float, spread: float = SPREAD) -> float:
    """Return how many standard errors of a figure its interval for fresh queries reaches.

    Parameters
    ----------
    telling:
        How many queries it rests on; fewer than 2 count as 2.
    spread:
        The variance of the figure less that on fresh queries, over that of the figure alone.
    """
    return math.sqrt(spread) * t_quantile(telling)


def _ratio(sums: Floats) -> Floats:
    numerator, denominator = sums
    shares: Floats = np.divide(
        numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0
    )
    return shares
