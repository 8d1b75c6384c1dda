"""Showing nothing where nothing fits: how well a number knows which queries to leave unanswered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search_core.evaluate.intervals import Interval, plain_interval
from search_core.evaluate.judged import Stated, best_hits
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats

GROUPS = 500  # of queries left out together, at most: one by one takes long for thousands
MOST_SCORES = 10  # of a query that the regression looks at
PENALTY = 0.1
DIGITS = 9  # values that differ by less are alike
SAME = 1e-9


@dataclass(frozen=True)
class Abstention:
    """How well three numbers choose the queries to leave unanswered, as normalized AUC.

    Attributes
    ----------
    predictions:
        By the predicted relevance of a query's best hit.
    best_score:
        By the best score alone.
    regression:
        By a ridge regression of "the best hit is relevant" on the query's sorted scores, fitted
        without the query itself: the reference of Gisserot-Boukhlef et al. (2024).
    predictions_interval, gain_interval:
        90% intervals of `predictions`, and of what it has over `regression`; None with fewer than
        five queries.
    queries, answerable:
        How many queries there are, and the share whose best hit is relevant.

    Examples
    --------
    >>> p, y = np.tile([0.9, 0.8, 0.3, 0.2], 10), np.tile([1, 1, 0, 0], 10)
    >>> judged = sc.Judged.of(y, [f"query {row}" for row in range(40)], scores=p)
    >>> found = sc.measure_abstention(judged.stated(p))
    >>> found.queries, found.answerable, found.predictions
    (40, 0.5, 1.0)
    """

    predictions: float
    best_score: float
    regression: float
    predictions_interval: Interval | None
    gain_interval: Interval | None
    queries: int
    answerable: float


@explain_mistakes
def measure_abstention(stated: Stated) -> Abstention | None:
    """Measure how well values choose the queries whose best hit is not shown.

    Queries are left out from the least sure one on, and the share of relevant best hits among the
    rest is averaged over all numbers of queries left. Normalized, 0 is leaving out queries at
    random and 1 is leaving out exactly those whose best hit is not relevant (Gisserot-Boukhlef,
    Faysse, Malherbe, Hudelot and Colombo 2024). A query whose best hits are alike counts with the
    share of them that is relevant, and queries that are equally sure are left out in any order.

    Parameters
    ----------
    stated:
        Values by fits without the row's own query.

    Returns
    -------
    Abstention or None
        None where all best hits are relevant, or none is: then nothing is to be chosen.

    Examples
    --------
    >>> p, y = np.tile([0.9, 0.8, 0.3, 0.2], 10), np.tile([1, 1, 0, 0], 10)
    >>> judged = sc.Judged.of(y, [f"query {row}" for row in range(40)], scores=p)
    >>> sc.measure_abstention(judged.stated(p)).predictions
    1.0
    """
    sure, good = best_hits(stated)
    if np.ptp(good) == 0.0:
        return None
    scores = _sorted_scores(stated)
    peer = _left_out(scores, good)
    kept = [np.delete(np.arange(len(good)), np.s_[n::GROUPS]) for n in range(GROUPS)[: len(good)]]
    own = np.array([_normalized_auc(sure[each], good[each]) for each in kept])
    theirs = np.array([_normalized_auc(peer[each], good[each]) for each in kept])
    telling = int(min((good > 0).sum(), (good < 1).sum()))
    predictions, regression = _normalized_auc(sure, good), _normalized_auc(peer, good)
    return Abstention(
        predictions=predictions,
        best_score=_normalized_auc(scores[:, 0], good),
        regression=regression,
        predictions_interval=plain_interval(predictions, own, telling),
        gain_interval=plain_interval(predictions - regression, own - theirs, telling),
        queries=len(good),
        answerable=float(good.mean()),
    )


def _normalized_auc(sure: Floats, good: Floats) -> float:
    """Return the area between the curve and abstaining at random, as a share of the best there is.

    NaN where all of `good` are alike.
    """
    best, chance = _area(good, good), float(good.mean())
    return (_area(sure, good) - chance) / (best - chance) if best > chance + SAME else np.nan


def _area(sure: Floats, good: Floats) -> float:
    """Return the mean share of good queries among the k surest, over all k."""
    level = np.unique(-np.round(sure, DIGITS), return_inverse=True)[1]
    counts = np.bincount(level)
    # Of equally sure queries each is as good as their mean.
    means = np.bincount(level, weights=good) / counts
    kept = np.repeat(means, counts).cumsum()
    return float((kept / np.arange(1, len(good) + 1)).mean())


def _sorted_scores(stated: Stated) -> Floats:
    """Return each query's best scores, best first; shape (queries, k), k as small as need be."""
    rows = stated.judged.rows_of_queries
    k = min(MOST_SCORES, *map(len, rows))
    scores = stated.judged.scores
    return np.array([np.sort(scores[each])[::-1][:k] for each in rows])


def _left_out(scores: Floats, good: Floats) -> Floats:
    """Return each query's value by a ridge regression on the other queries, shape (queries,).

    The residual without a row is its residual with it over 1 − its leverage, which is exact for a
    fixed penalty (Golub, Heath and Wahba 1979).
    """
    scale = scores.std() or 1.0
    x = np.column_stack([np.ones(len(good)), (scores - scores.mean()) / scale])
    penalty = np.diag([0.0, *[PENALTY] * scores.shape[1]])
    hat = x @ np.linalg.solve(x.T @ x + penalty, x.T)
    left_out: Floats = good - (good - hat @ good) / (1 - np.diag(hat))
    return left_out
