"""Cuts with a guarantee: above this value, the wanted share is relevant, at a stated confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from search_core.evaluate.ranking import rows_by_query
from search_core.evaluate.report import RELEVANT

Floats = npt.NDArray[np.float64]
Level = Literal["row", "query"]

STARTS = (1.5, 4.0, 10.0)  # times the smallest size that could succeed
SIZES = 40
ROW_TARGET, QUERY_TARGET, MANY_QUERIES = 0.9, 0.8, 100


@dataclass(frozen=True)
class Threshold:
    """A cut, or the answer that there is none.

    Attributes
    ----------
    target, confidence:
        The share that shall be relevant, and how sure the promise is.
    level:
        "row": among all rows at or above the cut; "query": among the queries whose best hit
        reaches it.
    value:
        The cut; None where no cut reaches the target with these labels.
    count, share:
        Rows (or queries) at or above the cut, and their share of all.
    precision, bound:
        The share that was relevant among them, and its lower confidence bound.
    recall:
        Share of the relevant rows (or of the queries that have something relevant on top) that the
        cut keeps; measured, not guaranteed.
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
    precision: float | None
    bound: float
    recall: float | None
    design_effect: float
    labels_needed: int | None = None


def default_target(level: Level, queries: int) -> float:
    """Return the target to offer: 90% for rows, 80% for fewer than 100 queries."""
    return QUERY_TARGET if level == "query" and queries < MANY_QUERIES else ROW_TARGET


def row_threshold(
    p: Floats, y: Floats, queries: Sequence[str], target: float, confidence: float = 0.9
) -> Threshold:
    """Find the lowest cut at which rows reach the target, rows of one query counted as clustered.

    Candidate cuts are tried down the list from three starts, each at a level of a third of the
    error allowed, until the Clopper–Pearson bound on the effective sample first fails (fixed
    sequence testing; Angelopoulos, Bates and others 2021).

    Parameters
    ----------
    p, y:
        Calibrated values fitted without the row's own query, and judgements; shape (n,).
    queries:
        The query of each row.
    target, confidence:
        Share that shall be relevant, and how sure the promise shall be; both inside (0, 1).
    """
    return _threshold(p, y >= RELEVANT, queries, target, confidence, "row")


def query_threshold(
    p: Floats, y: Floats, queries: Sequence[str], target: float, confidence: float = 0.9
) -> Threshold:
    """Find the cut for "show the best hit or nothing": one row a query, its best labelled hit."""
    best = top_rows(p, queries)
    relevant = y[best] >= RELEVANT
    return _threshold(p[best], relevant, [queries[n] for n in best], target, confidence, "query")


def top_rows(p: Floats, queries: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the row of each query's highest value."""
    return np.array([rows[np.argmax(p[rows])] for rows in rows_by_query(queries).values()])


def nothing_below(p: Floats, y: Floats, queries: Sequence[str]) -> float:
    """Return the value under which a best hit means "nothing relevant here".

    Half the share of labelled queries whose best hit is relevant: far under any cut to act on, so
    that between the two the page says "not sure enough" and no more.
    """
    return 0.5 * float((y[top_rows(p, queries)] >= RELEVANT).mean())


def threshold_curve(p: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return cuts ascending, and at each one precision ("right") and recall ("found")."""
    cuts, first = np.unique(np.sort(p), return_index=True)
    relevant = (y >= RELEVANT)[np.argsort(p, kind="stable")].astype(np.float64)
    kept = relevant[::-1].cumsum()[::-1]
    return cuts, kept[first] / (len(p) - first), kept[first] / max(1.0, relevant.sum())


def _threshold(
    p: Floats,
    relevant: npt.NDArray[np.bool_],
    queries: Sequence[str],
    target: float,
    confidence: float,
    level: Level,
) -> Threshold:
    order = np.argsort(-p, kind="stable")
    values, hits = p[order], relevant[order].astype(np.float64)
    asked = [queries[n] for n in order]
    delta = (1 - confidence) / len(STARTS)
    smallest = math.log(delta) / math.log(target)
    sizes = _sizes(values, smallest)
    bounds = [_bound(hits[:size], asked[:size], delta) for size in sizes]
    accepted = _accepted(sizes, [bound >= target for bound, _ in bounds], smallest)
    if accepted is None:
        return _none(values, hits, sizes, bounds, target, confidence, level, delta)
    size = sizes[accepted]
    bound, effect = bounds[accepted]
    return Threshold(
        target=target,
        confidence=confidence,
        level=level,
        value=float(values[size - 1]),
        count=size,
        share=size / len(values),
        precision=float(hits[:size].mean()),
        bound=bound,
        recall=float(hits[:size].sum() / hits.sum()) if hits.any() else None,
        design_effect=effect,
    )


def _sizes(values: Floats, smallest: float) -> list[int]:
    """Sizes of candidate sets in geometric steps, each moved to the end of its ties."""
    steps = np.geomspace(min(max(1.0, smallest), len(values)), len(values), SIZES)
    ends = np.searchsorted(-values, -values[np.ceil(steps).astype(int) - 1], side="right")
    return [int(size) for size in np.unique(ends)]


def _bound(hits: Floats, queries: Sequence[str], delta: float) -> tuple[float, float]:
    """Clopper–Pearson lower bound on the effective sample, and the design effect."""
    count = len(hits)
    effect = _design_effect(hits, queries)
    successes, trials = hits.sum() / effect, count / effect
    if successes == 0:
        return 0.0, effect
    return float(stats.beta.ppf(delta, successes, trials - successes + 1)), effect


def _design_effect(hits: Floats, queries: Sequence[str]) -> float:
    """Variance of the mean with whole queries drawn, over that of independent rows."""
    count = len(hits)
    number = {query: n for n, query in enumerate(dict.fromkeys(queries))}
    clusters = len(number)
    if clusters == count:
        return 1.0
    if clusters < 2:
        return float(count)
    share = min(max(float(hits.mean()), 1 / (count + 2)), 1 - 1 / (count + 2))
    sums = np.bincount([number[query] for query in queries], weights=hits - share)
    variance = clusters / (clusters - 1) * float((sums**2).sum()) / count**2
    return max(1.0, variance / (share * (1 - share) / count))


def _accepted(sizes: Sequence[int], passed: Sequence[bool], smallest: float) -> int | None:
    """Return the largest size reached from any start without a failure on the way."""
    best = None
    for factor in STARTS:
        start = next((n for n, size in enumerate(sizes) if size >= factor * smallest), None)
        while start is not None and start < len(sizes) and passed[start]:
            best = start if best is None else max(best, start)
            start += 1
    return best


def _none(
    values: Floats,
    hits: Floats,
    sizes: Sequence[int],
    bounds: Sequence[tuple[float, float]],
    target: float,
    confidence: float,
    level: Level,
    delta: float,
) -> Threshold:
    place = int(np.argmax([bound for bound, _ in bounds]))
    size, (bound, effect) = sizes[place], bounds[place]
    precision = float(hits[:size].mean())
    return Threshold(
        target=target,
        confidence=confidence,
        level=level,
        value=None,
        count=size,
        share=size / len(values),
        precision=precision,
        bound=bound,
        recall=None,
        design_effect=effect,
        labels_needed=_needed(precision, size / len(values), effect, target, delta),
    )


def _needed(
    precision: float, share: float, effect: float, target: float, delta: float
) -> int | None:
    """Rows at which the bound would reach the target if the precision seen held."""
    if precision <= target:
        return None
    for trials in np.geomspace(10, 100_000, 200).tolist():
        successes = precision * trials
        if stats.beta.ppf(delta, successes, trials - successes + 1) >= target:
            return int(math.ceil(trials * effect / share))
    return None
