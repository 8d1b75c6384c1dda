"""Cuts with a guarantee: above this value, the wanted share is relevant, at a stated confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from search_core.errors import CalibrationError
from search_core.evaluate.intervals import draw_queries, ratio_interval
from search_core.evaluate.ranking import query_numbers, rows_by_query, shown_order
from search_core.evaluate.report import RELEVANT

Floats = npt.NDArray[np.float64]
Level = Literal["row", "query"]

STARTS = (1.5, 4.0, 10.0)  # times the smallest size that could succeed
SIZES = 40
CONFIDENCE = 0.9
ROW_TARGET, QUERY_TARGET, MANY_QUERIES = 0.9, 0.8, 100


@dataclass(frozen=True)
class Threshold:
    """A cut, or the answer that there is none.

    Where there is none, `count` to `design_effect` describe the best of the cuts that were tested.

    Attributes
    ----------
    target, confidence:
        The share that shall be relevant, and how sure the promise is. The cut is found on values
        of fold models and used on those of the refitted one: nominal, and checked by simulation.
    level:
        "row": among all rows at or above the cut; "query": among the queries whose best hit
        reaches it, the best one being the best of the labelled rows.
    value:
        The cut; None where no cut reaches the target with these labels.
    count, share:
        Rows (or queries) at or above the cut, and their share of all.
    precision, bound:
        The share that was relevant among them, and its lower confidence bound.
    recall, recall_lower, recall_upper:
        Share of the relevant rows (or of the queries with something relevant on top) that the cut
        keeps, and its 90% interval; measured, not guaranteed. None where nothing is relevant.
    design_effect:
        How many rows count as one because rows of one query hang together.
    labels_needed:
        Where there is no cut: about how many rows (or queries) would be needed if the precision
        seen held; None if it lies below the target.
    """

    target: float
    confidence: float
    level: Level
    value: float | None
    count: int
    share: float
    precision: float
    bound: float
    recall: float | None
    recall_lower: float | None
    recall_upper: float | None
    design_effect: float
    labels_needed: int | None = None


def default_target(level: Level, queries: int) -> float:
    """Return the target to offer: 90%, but 80% for best hits of fewer than 100 queries."""
    return QUERY_TARGET if level == "query" and queries < MANY_QUERIES else ROW_TARGET


def row_threshold(
    p: Floats, y: Floats, queries: Sequence[str], target: float, confidence: float = CONFIDENCE
) -> Threshold:
    """Find the lowest cut at which rows reach the target, rows of one query counted as clustered.

    Candidate cuts are tried down the list from three starts, each at a third of the error allowed,
    until the Clopper–Pearson bound on the effective sample first fails (fixed sequence testing:
    Angelopoulos, Bates, Candès, Jordan and Lei 2021; the effective sample as in Kish 1965).

    Parameters
    ----------
    p, y:
        Calibrated values fitted without the row's own query, and judgements; shape (n,).
    queries:
        The query of each row.
    target, confidence:
        Share that shall be relevant, and how sure the promise shall be; both inside (0, 1).

    Raises
    ------
    CalibrationError
        No rows, or a target or confidence outside (0, 1).
    """
    relevant = (y >= RELEVANT).astype(np.float64)
    return _threshold(p, relevant, queries, target, confidence, "row")


def query_threshold(
    p: Floats,
    y: Floats,
    queries: Sequence[str],
    target: float,
    confidence: float = CONFIDENCE,
    scores: Floats | None = None,
) -> Threshold:
    """Find the cut for "show the best hit or nothing": one hit a query, its best labelled one.

    Parameters and errors as for `row_threshold`. Rows of different queries are independent, so the
    design effect is 1 and the bound exact.

    Parameters
    ----------
    scores:
        The score itself, higher is better: of a query's equal values the one that is shown first.
    """
    best, relevant = best_hits(p, y, queries, scores)
    return _threshold(best, relevant, list(dict.fromkeys(queries)), target, confidence, "query")


def best_hits(
    p: Floats, y: Floats, queries: Sequence[str], scores: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return each query's highest value, and whether the hit that is shown for it is relevant.

    Both of shape (queries,), in order of first appearance. Of rows that are alike in value and
    score any may be shown, so the second is the share of them that is relevant: 0, 1 or between.
    """
    order = shown_order(p, p if scores is None else scores)
    relevant = (y >= RELEVANT).astype(np.float64)
    first = [rows[order[rows] == order[rows].max()] for rows in rows_by_query(queries).values()]
    return (
        np.array([p[rows[0]] for rows in first]),
        np.array([relevant[rows].mean() for rows in first]),
    )


def nothing_below(
    p: Floats,
    y: Floats,
    queries: Sequence[str],
    acting: Threshold | None = None,
    scores: Floats | None = None,
) -> float:
    """Return the value under which a best hit means "nothing relevant here".

    Half the share of labelled queries whose best hit is relevant: far under most cuts to act on,
    so that between the two there is room for "not sure enough".

    Parameters
    ----------
    p, y, queries, scores:
        As for `query_threshold`.
    acting:
        The cut for best hits; where it lies lower still, it is returned, since what is shown as
        relevant cannot be called nothing.
    """
    half = 0.5 * float(best_hits(p, y, queries, scores)[1].mean())
    return half if acting is None or acting.value is None else min(half, acting.value)


def standing(best: float, p: Floats, queries: Sequence[str]) -> str:
    """Say where a best hit's value falls among those of the labelled queries.

    Parameters
    ----------
    best:
        The highest value of the query asked.
    p, queries:
        Values of the labelled rows and their queries.
    """
    bests = np.array([p[rows].max() for rows in rows_by_query(queries).values()])
    higher = float((bests > best).mean())
    lower = float((bests < best).mean())
    if max(higher, lower) < 0.5:
        return "about in the middle of the judged queries"
    word, share = ("lower", higher) if higher >= lower else ("higher", lower)
    return f"{word} than {math.floor(100 * share)}% of the judged queries"


def threshold_curve(p: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return every distinct value, ascending, with precision and recall of what reaches it.

    Recall is 0 throughout where nothing is relevant; p and y as for `row_threshold`.
    """
    order = np.argsort(p, kind="stable")
    cuts, first = np.unique(p[order], return_index=True)
    relevant = (y[order] >= RELEVANT).astype(np.float64)
    above = relevant[::-1].cumsum()[::-1][first]
    return cuts, above / (len(p) - first), above / max(1.0, relevant.sum())


@dataclass(frozen=True)
class _Cut:
    """One candidate: its size, and what the labels say of it."""

    size: int
    precision: float
    bound: float
    effect: float


def _threshold(
    p: Floats,
    relevant: Floats,
    queries: Sequence[str],
    target: float,
    confidence: float,
    level: Level,
) -> Threshold:
    _check(len(p), target, confidence)
    order = np.argsort(-p, kind="stable")
    values, hits = p[order], relevant[order]
    asked = query_numbers(queries)[order]
    delta = (1 - confidence) / len(STARTS)
    smallest = math.log(delta) / math.log(target)
    cuts = [_cut(hits[:size], asked[:size], delta) for size in _sizes(values, smallest)]
    starts = _starts(cuts, smallest)
    accepted = max((_last_passed(cuts, start, target) for start in starts), default=-1)
    if accepted >= 0:
        cut = cuts[accepted]
        value, needed = float(values[cut.size - 1]), None
    else:
        # Every chain stopped where it began: nothing else was tested, so nothing else is told.
        tested = [cuts[start] for start in starts] or cuts[-1:]
        cut = max(tested, key=lambda each: each.bound)
        value, needed = None, _needed(tested, len(p), target, delta, smallest)
    recall, ends = _recall(p, relevant, queries, values[cut.size - 1])
    return Threshold(
        target=target,
        confidence=confidence,
        level=level,
        value=value,
        count=cut.size,
        share=cut.size / len(values),
        precision=cut.precision,
        bound=cut.bound,
        recall=recall,
        recall_lower=ends[0],
        recall_upper=ends[1],
        design_effect=cut.effect,
        labels_needed=needed,
    )


def _check(rows: int, target: float, confidence: float) -> None:
    if rows == 0:
        raise CalibrationError("No labelled rows were given; a threshold needs some.")
    for value, name in ((target, "target"), (confidence, "confidence")):
        if not 0 < value < 1:
            raise CalibrationError(
                f"The {name} is {value:g}, and a share between 0 and 1 was expected, such as 0.9."
            )


def _sizes(values: Floats, smallest: float) -> list[int]:
    """Sizes of candidate sets in geometric steps, each moved to the end of its ties."""
    rows = len(values)
    steps = np.geomspace(min(max(1.0, smallest), rows), rows, SIZES)
    last = np.clip(np.ceil(steps).astype(np.intp), 1, rows) - 1
    return [int(end) for end in np.unique(np.searchsorted(-values, -values[last], side="right"))]


def _cut(hits: Floats, queries: npt.NDArray[np.intp], delta: float) -> _Cut:
    """Look at one candidate: Clopper and Pearson (1934) on the effective sample."""
    effect = _design_effect(hits, queries)
    successes, trials = float(hits.sum()) / effect, len(hits) / effect
    return _Cut(len(hits), float(hits.mean()), _lower_bound(successes, trials, delta), effect)


def _lower_bound(successes: float, trials: float, delta: float) -> float:
    if successes <= 0:
        return 0.0
    return float(betaincinv(successes, trials - successes + 1, delta))


def _design_effect(hits: Floats, queries: npt.NDArray[np.intp]) -> float:
    """Variance of the mean with whole queries drawn, over that of independent rows."""
    rows = len(hits)
    asked = np.bincount(queries) > 0
    clusters = int(asked.sum())
    if clusters == rows:
        return 1.0
    if clusters < 2:
        return float(rows)
    share = float(np.clip(hits.mean(), 1 / (rows + 2), 1 - 1 / (rows + 2)))
    sums = np.bincount(queries, weights=hits - share)
    variance = clusters / (clusters - 1) * float((sums**2).sum()) / rows**2
    return max(1.0, variance / (share * (1 - share) / rows))


def _starts(cuts: Sequence[_Cut], smallest: float) -> list[int]:
    """Where chains begin: the first candidate at or above each starting size."""
    first = [
        next((place for place, cut in enumerate(cuts) if cut.size >= factor * smallest), None)
        for factor in STARTS
    ]
    return [place for place in first if place is not None]


def _last_passed(cuts: Sequence[_Cut], start: int, target: float) -> int:
    """Return the last candidate before the first failure; −1 where the start itself fails."""
    place = start
    while place < len(cuts) and cuts[place].bound >= target:
        place += 1
    return place - 1 if place > start else -1


def _needed(
    tested: Sequence[_Cut], rows: int, target: float, delta: float, smallest: float
) -> int | None:
    """Return at how many rows a tested cut would pass if what was seen of it held."""
    needed = [
        max(STARTS[0] * smallest, trials * cut.effect) * rows / cut.size
        for cut in tested
        if (trials := _trials_needed(cut.precision, target, delta)) is not None
    ]
    return max(rows + 1, math.ceil(min(needed))) if needed else None


def _trials_needed(precision: float, target: float, delta: float) -> float | None:
    if precision <= target:
        return None
    trials = np.geomspace(1, 1e6, 400)
    bounds = betaincinv(precision * trials, (1 - precision) * trials + 1, delta)
    enough = np.flatnonzero(bounds >= target)
    return float(trials[enough[0]]) if len(enough) else None


def _recall(
    p: Floats, relevant: Floats, queries: Sequence[str], cut: float
) -> tuple[float | None, tuple[float | None, float | None]]:
    if not relevant.any():
        return None, (None, None)
    found = np.where(p >= cut, relevant, 0.0)
    ends = ratio_interval(found, relevant, draw_queries(queries))
    return float(found.sum() / relevant.sum()), ends or (None, None)
