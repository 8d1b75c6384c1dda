"""A threshold that keeps what is relevant: what is missed, on average over queries, is bounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search_core.calibrate.thresholds import STEP, check_share, whole_steps
from search_core.evaluate.judged import Judged, Stated
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats

RECALL_TARGET = 0.9


@dataclass(frozen=True)
class RecallThreshold:
    """A threshold that keeps the wanted share of what is relevant, or none.

    Attributes
    ----------
    target:
        The share of a query's relevant rows that shall be kept, on average over queries.
    value:
        The threshold, in whole thousandths; 0 shows every row. None where there are too few queries
        to promise the target of any threshold.
    queries:
        How many queries have something relevant: each of them counts once.
    kept:
        The share of its relevant rows that the threshold keeps, on average over those queries;
        None without a threshold.
    shown, precision:
        The share of all labelled rows that reach the threshold, and of those the share that is
        relevant: what the promise costs, measured and not guaranteed. None without a threshold.
    queries_needed:
        With how many such queries any threshold can be promised; None where there is one.

    Examples
    --------
    >>> p, y = np.tile([0.9, 0.4, 0.1], 4), np.tile([1.0, 1.0, 0.0], 4)
    >>> found = sc.recall_threshold(p, y, ["a", "a", "a", "b", "b", "b"] * 2, target=0.9)
    >>> found.value, found.queries, found.queries_needed
    (None, 2, 9)
    """

    target: float
    value: float | None
    queries: int
    kept: float | None
    shown: float | None
    precision: float | None
    queries_needed: int | None = None


@explain_mistakes
def recall_threshold(
    p: Floats, y: Floats, queries: Sequence[str], target: float = RECALL_TARGET
) -> RecallThreshold:
    """Find the highest threshold that keeps the wanted share of what is relevant.

    Of a query's loss, the share of its relevant rows below the threshold, the mean R̂ over n queries
    is at most α + (α − 1)/n, where α = 1 − target: conformal risk control, by which the expected
    loss of the next query is at most α (Angelopoulos, Bates, Fisch, Lei and Schuster 2022). That
    holds for queries of the same kind as the labelled ones, over all of them and over draws of the
    labels, not for each query by itself; and for relevant rows such as were labelled. So it says
    nothing of all hits where a `JudgingPlan` drew the rows: those are best hits more often, which
    are kept most easily. Like other thresholds it is found on values of fold models and used on
    those of the refitted one.

    Parameters
    ----------
    p, y:
        Calibrated values fitted without the row's own query, and labels; shape (n,).
    queries:
        The query of each row; those with no relevant row can miss nothing, and do not count.
    target:
        The share to keep, inside (0, 1).

    Raises
    ------
    CalibrationError
        As for `row_threshold`.

    Examples
    --------
    >>> p, y = np.tile([0.9, 0.4, 0.1], 40), np.tile([1.0, 1.0, 0.0], 40)
    >>> queries = [f"query {row // 3}" for row in range(120)]
    >>> found = sc.recall_threshold(p, y, queries, target=0.9)
    >>> found.value, found.kept, round(found.shown, 2)
    (0.399, 1.0, 0.67)
    """
    return find_recall_threshold(Judged.of(y, queries).stated(p), target)


def find_recall_threshold(stated: Stated, target: float = RECALL_TARGET) -> RecallThreshold:
    """Find the threshold of values that were stated; parameters as for `recall_threshold`."""
    check_share(target, "target")
    steps, weights, queries = _relevant(stated)
    # A thousandth of a query, so that no rounding decides on a bound that is met exactly.
    missed = queries * (1 - target) - target + 0.001
    if missed < 0:
        needed = math.ceil(target / (1 - target) - 0.001)
        return RecallThreshold(target, None, queries, None, None, None, needed)
    step = _highest(steps, weights, missed)
    reached = whole_steps(stated.values) >= step
    return RecallThreshold(
        target,
        value=round(step * STEP, 3),
        queries=queries,
        kept=float(weights[steps >= step].sum() / queries),
        shown=float(reached.mean()),
        precision=float(stated.judged.relevant[reached].mean()),
    )


def _relevant(stated: Stated) -> tuple[Floats, Floats, int]:
    """Return the relevant rows' values in whole steps, their shares of a query, and the queries."""
    relevant = np.flatnonzero(stated.judged.relevant)
    of = stated.judged.queries[relevant]
    counts = np.bincount(of, minlength=stated.judged.query_count)
    return whole_steps(stated.values[relevant]), 1.0 / counts[of], int((counts > 0).sum())


def _highest(steps: Floats, weights: Floats, missed: float) -> float:
    """Return the highest step below which rows of no more weight than `missed` lie."""
    levels, level_of = np.unique(steps, return_inverse=True)
    below = np.cumsum(np.bincount(level_of, weights=weights))
    # A threshold at a level misses what lies below it, and none of the level itself.
    allowed = np.append(0.0, below[:-1]) <= missed
    return float(levels[allowed][-1])
