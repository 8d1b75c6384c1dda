"""Thresholds with a guarantee: above one, the wanted share is relevant, at a stated confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np
import scipy

from search_core.calibrate.watch import FALSE_ALARMS, Watch
from search_core.errors import CalibrationError
from search_core.evaluate.intervals import ratio_interval
from search_core.evaluate.judged import RELEVANT, Judged, Stated, best_hits, best_of_queries
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Mask, Rows

Level = Literal["row", "query"]
"""What a threshold speaks of: every hit, or the best hit of each query."""

SIZES = 40
STEP = 0.001  # between the thresholds that are tried: what is written with three digits is exact
CLEAR = 1e-6  # a value this close above a threshold might lie below it on another machine
ALIKE = 1e-9  # what rounding leaves between figures that are the same
DRAWS = 100
STEADY_FOUND = 0.9  # the share of draws that must agree on whether there is a threshold
STEADY_SPREAD = 0.5  # and by how much, relative to it, the share shown may move
CONFIDENCE = 0.9
NO_VALUE = (
    "This threshold has no value: none reaches its target with these labels; lower the target, or "
    "label more."
)
ROW_TARGET, QUERY_TARGET, MANY_QUERIES = 0.9, 0.8, 100


@dataclass(frozen=True)
class Threshold:
    """A threshold, or the answer that there is none.

    Where there is none, `count` to `design_effect` describe the one that was tested first.

    Attributes
    ----------
    target, confidence:
        The share that shall be relevant, and how sure the promise is. It is found on values
        of fold models and used on those of the refitted one: nominal, and checked by simulation.
    level:
        "row": among all rows at or above the threshold; "query": among the queries whose best hit
        reaches it, the best one being the best of the labelled rows.
    value:
        The threshold, in whole thousandths; None where none reaches the target with these labels.
    count, share:
        Rows (or queries) at or above the threshold, and their share of all.
    precision, bound:
        The share that was relevant among them, and its lower confidence bound.
    recall, recall_lower, recall_upper:
        Share of the relevant rows (or of the queries with something relevant on top) that it
        keeps, and its 90% interval; measured, not guaranteed. None where nothing is relevant.
    design_effect:
        How many rows count as one because rows of one query hang together.
    labels_needed:
        Where there is no threshold: about how many rows (or queries) would be needed if the
        precision seen held; None if it lies below the target.
    found_again:
        The share of draws, whole queries with repeats, in which a threshold is found; None in
        files that were written before it was measured.
    share_lower, share_upper:
        The middle 90% of the share at or above the threshold over the draws that have one; None
        where none has.

    Examples
    --------
    >>> p, y = np.repeat([0.9, 0.1], 60), np.repeat([1.0, 0.0], 60)
    >>> found = sc.row_threshold(p, y, [f"query {row}" for row in range(120)], target=0.9)
    >>> found.value, found.precision, round(found.bound, 3), found.is_steady
    (0.899, 1.0, 0.962, True)
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
    found_again: float | None = None
    share_lower: float | None = None
    share_upper: float | None = None

    @property
    def promise(self) -> str:
        """What it guarantees, in a sentence; empty where there is no threshold."""
        if self.value is None:
            return ""
        hits = "best hits, one per query," if self.level == "query" else "hits"
        return (
            f"Of {hits} with {self.value} or more, at least {self.target:.0%} are relevant "
            f"(guaranteed at {self.confidence:.0%} confidence)."
        )

    @property
    def is_steady(self) -> bool:
        """Whether other queries of the same kind would give about the same answer."""
        if self.found_again is None:
            return True
        if self.value is None:
            return self.found_again <= 1 - STEADY_FOUND
        if self.found_again < STEADY_FOUND or self.share_lower is None or self.share_upper is None:
            return False
        return self.share_upper - self.share_lower <= 2 * STEADY_SPREAD * self.share

    def watch(self, false_alarms: float = FALSE_ALARMS) -> Watch:
        """Return a watch over what this threshold shows in production, which has seen nothing yet.

        Parameters
        ----------
        false_alarms:
            With which probability at most it may ever say that the promise is broken although it
            holds, inside (0, 1).

        Raises
        ------
        CalibrationError
            The threshold has no value, or the probability is out of range.
        """
        check_share(false_alarms, "probability of a false alarm")
        if self.value is None:
            raise CalibrationError(NO_VALUE)
        shares = (self.share_lower or self.share, self.share_upper or self.share)
        return Watch.of(self.value, self.target, self.level, shares, false_alarms)


@explain_mistakes
def default_target(level: Level, queries: int) -> float:
    """Return the target to offer: 90%, but 80% for best hits of fewer than 100 queries.

    Parameters
    ----------
    level:
        "row" for all hits, "query" for the best hit of each query.
    queries:
        How many queries have labels.

    Examples
    --------
    >>> sc.default_target("row", 40), sc.default_target("query", 40)
    (0.9, 0.8)
    """
    return QUERY_TARGET if level == "query" and queries < MANY_QUERIES else ROW_TARGET


@explain_mistakes
def row_threshold(
    p: Floats,
    y: Floats,
    queries: Sequence[str],
    target: float,
    confidence: float = CONFIDENCE,
    weights: Floats | None = None,
) -> Threshold:
    """Find the lowest threshold at which rows reach the target, rows of one query being clustered.

    Candidates are tried one after another, from where the calibrated values themselves promise the
    best bound downwards, until the Clopper–Pearson bound on the effective sample first fails (fixed
    sequence testing: Angelopoulos, Bates, Candès, Jordan and Lei 2021; the effective sample as in
    Kish 1965). One sequence may spend all of the error that is allowed.

    Parameters
    ----------
    p, y:
        Calibrated values fitted without the row's own query, and labels; shape (n,).
    queries:
        The query of each row.
    target, confidence:
        Share that shall be relevant, and how sure the promise shall be; both inside (0, 1).
    weights:
        How many pairs each row stands for, where a plan drew them: `pairs.inclusion.stands_for`.

    Raises
    ------
    CalibrationError
        No rows, not one value, label and query a row, one outside [0, 1], or a target or
        confidence outside (0, 1).

    Examples
    --------
    >>> p, y = np.repeat([0.9, 0.1], 60), np.repeat([1.0, 0.0], 60)
    >>> found = sc.row_threshold(p, y, [f"query {row}" for row in range(120)], target=0.9)
    >>> found.value, found.count, found.precision
    (0.899, 60, 1.0)
    """
    stated = Judged.of(y, queries).stated(p)
    counted = stated.judged.weights if weights is None else weights
    return _row_threshold(stated, counted, target, confidence)


@explain_mistakes
def query_threshold(
    p: Floats,
    y: Floats,
    queries: Sequence[str],
    target: float,
    confidence: float = CONFIDENCE,
    scores: Floats | None = None,
) -> Threshold:
    """Find the threshold for "show the best hit or nothing": a query's best labelled one.

    Parameters and errors as for `row_threshold`. Rows of different queries are independent, so the
    design effect is 1 and the bound exact.

    Parameters
    ----------
    p, y, queries, target, confidence:
        As for `row_threshold`.
    scores:
        The score itself, higher is better: of a query's equal values the one that is shown first.

    Examples
    --------
    >>> p, y = np.tile([0.9, 0.1], 60), np.tile([1.0, 0.0], 60)
    >>> found = sc.query_threshold(p, y, [f"query {row // 2}" for row in range(120)], target=0.9)
    >>> found.value, found.count, found.level
    (0.899, 60, 'query')
    """
    stated = Judged.of(y, queries, scores).stated(p)
    return find_threshold(stated, "query", target, confidence)


def find_threshold(
    stated: Stated, level: Level, target: float, confidence: float = CONFIDENCE
) -> Threshold:
    """Find the lowest threshold that holds; parameters and errors as for `row_threshold`.

    Where a plan drew the rows, each counts for all pairs that it stands for: the precision of rows
    is Hájek's ratio (1971), and the design effect that of weights and queries together. Best hits
    were drawn all alike.
    """
    if level == "row":
        return _row_threshold(stated, stated.judged.weights, target, confidence)
    best, relevant = best_hits(stated)
    rows = _Descending.of(best, relevant, np.arange(len(best)), np.ones(len(best)))
    return _threshold(rows, target, confidence, level)


def _row_threshold(stated: Stated, weights: Floats, target: float, confidence: float) -> Threshold:
    judged = stated.judged
    relevant = judged.relevant.astype(np.float64)
    rows = _Descending.of(stated.values, relevant, judged.queries, weights)
    return _threshold(rows, target, confidence, "row")


@explain_mistakes
def steadiness_words(threshold: Threshold) -> str:
    """Say how steady a threshold is, with a caution where it is not; empty if not measured.

    >>> queries = [f"query {row}" for row in range(60)]
    >>> found = sc.row_threshold(np.full(60, 0.9), np.ones(60), queries, target=0.9)
    >>> sc.steadiness_words(found).split(" and ")[1]
    'showed 100% of the rows.'
    """
    if threshold.found_again is None:
        return ""
    found = round(DRAWS * threshold.found_again)
    words = f"With your queries redrawn {DRAWS} times, a threshold was found {found} times"
    if threshold.value is not None and threshold.share_lower is not None:
        words += f" and showed {_let_through(threshold)}"
    if threshold.is_steady:
        return f"{words}."
    if threshold.value is None:
        return f"Not settled: {_small(words)}. More labelled queries may give one."
    return f"Not stable: {_small(words)}. Label more queries before you rely on it."


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _let_through(threshold: Threshold) -> str:
    lower, upper = (f"{end or 0:.0%}" for end in (threshold.share_lower, threshold.share_upper))
    unit = "rows" if threshold.level == "row" else "best hits"
    return f"{lower} of the {unit}" if lower == upper else f"{lower} to {upper} of the {unit}"


def nothing_below(stated: Stated, acting: Threshold | None = None) -> float:
    """Return the value under which a best hit means "nothing relevant here".

    Half the share of labelled queries whose best hit is relevant: far under most thresholds to
    act on, so that between the two there is room for "not sure enough".

    Parameters
    ----------
    stated:
        Calibrated values fitted without the row's own query.
    acting:
        The threshold for best hits; where it lies lower still, it is returned, since what is
        shown as relevant cannot be called nothing.
    """
    half = 0.5 * float(best_hits(stated)[1].mean())
    return half if acting is None or acting.value is None else min(half, acting.value)


@explain_mistakes
def standing(best: float, p: Floats, queries: Sequence[str]) -> str:
    """Say where a best hit's value falls among those of the labelled queries.

    Parameters
    ----------
    best:
        The highest value of the query asked.
    p, queries:
        Values of the labelled rows and their queries.

    Raises
    ------
    CalibrationError
        Not one query a value.

    Examples
    --------
    >>> sc.standing(0.2, np.array([0.3, 0.6, 0.9]), ["a", "b", "c"])
    'lower than 100% of the labelled queries'
    """
    bests = best_of_queries(p, queries)
    higher = float((bests > best).mean())
    lower = float((bests < best).mean())
    if max(higher, lower) < 0.5:
        return "about in the middle of the labelled queries"
    word, share = ("lower", higher) if higher >= lower else ("higher", lower)
    return f"{word} than {math.floor(100 * share)}% of the labelled queries"


@explain_mistakes
def shown_rows(
    threshold: Threshold, p: Floats, queries: Sequence[str], scores: Floats | None = None
) -> Mask:
    """Return which rows a threshold shows, shape (n,).

    Those that reach it; one for best hits shows a query's best row alone, if that one reaches it.

    Parameters
    ----------
    threshold:
        One that has a value.
    p, queries:
        Calibrated values, and the query of each row.
    scores:
        The score itself, higher is better: of a query's equal values the one that is shown first.

    Raises
    ------
    CalibrationError
        The threshold has no value, or there is not one value, query and score a row.

    Examples
    --------
    >>> p, queries = np.array([0.9, 0.7, 0.2]), ["a", "a", "b"]
    >>> held = sc.query_threshold(np.full(60, 0.6), np.ones(60), [str(n) for n in range(60)], 0.9)
    >>> held.value, sc.shown_rows(held, p, queries).tolist()
    (0.599, [True, False, False])
    """
    if threshold.value is None:
        raise CalibrationError(NO_VALUE)
    stated = Judged.of(np.zeros(len(queries)), queries, scores).stated(p)
    reached = stated.values >= threshold.value
    if threshold.level == "row":
        return reached
    order = stated.shown_order
    best = np.zeros(len(reached), dtype=np.bool_)
    best[[rows[np.argmax(order[rows])] for rows in stated.judged.rows_of_queries]] = True
    return best & reached


@explain_mistakes
def threshold_curve(
    p: Floats,
    y: Floats,
    best_of: Sequence[str] | None = None,
    scores: Floats | None = None,
    weights: Floats | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return every distinct value, ascending, with precision and recall of what reaches it.

    Recall is 0 throughout where nothing is relevant.

    Parameters
    ----------
    p, y:
        As for `row_threshold`.
    best_of, scores:
        The query of each row, and the scores as for `query_threshold`: then each query's best hit
        alone counts, as it does for that threshold. None counts every row.
    weights:
        As for `row_threshold`; best hits count alike.

    Examples
    --------
    >>> p, y = np.array([0.9, 0.5, 0.1]), np.array([1, 0, 0])
    >>> values, precision, recall = sc.threshold_curve(p, y)
    >>> values.tolist(), precision.round(2).tolist(), recall.tolist()
    ([0.1, 0.5, 0.9], [0.33, 0.5, 1.0], [1.0, 1.0, 1.0])
    """
    if best_of is None:
        values, relevance = p, (y >= RELEVANT).astype(np.float64)
        counted = np.ones(len(p)) if weights is None else weights
    else:
        values, relevance = best_hits(Judged.of(y, best_of, scores).stated(p))
        counted = np.ones(len(values))
    order = np.argsort(values, kind="stable")
    thresholds, first = np.unique(values[order], return_index=True)
    shown, found = (
        each[order][::-1].cumsum()[::-1][first] for each in (counted, counted * relevance)
    )
    total = float((counted * relevance).sum())
    recall: Floats = found / total if total else np.zeros_like(found)
    return thresholds, found / shown, recall


def whole_steps(p: Floats) -> Floats:
    """Return the largest whole step that lies clearly below each value, at least 0."""
    steps: Floats = np.maximum(np.ceil((p - CLEAR) / STEP) - 1, 0.0)
    return steps


@dataclass(frozen=True, eq=False)
class _Descending:
    """Rows from the highest value down, in whole steps; queries are numbered."""

    steps: Floats
    stated: Floats
    hits: Floats
    queries: Rows
    weights: Floats

    @classmethod
    def of(cls, p: Floats, relevant: Floats, queries: Rows, weights: Floats) -> _Descending:
        steps = whole_steps(p)
        order = np.argsort(-steps, kind="stable")
        return cls(steps[order], p[order], relevant[order], queries[order], weights[order])

    @cached_property
    def ends(self) -> Rows:
        """Where the last row of each step stands, shape (steps,)."""
        return np.append(np.flatnonzero(np.diff(self.steps)), len(self.steps) - 1)

    @cached_property
    def added(self) -> Floats:
        """What each row adds to each of the `_Sums`, in their order; shape (9, n)."""
        weights, hits = self.weights, self.weights * self.hits
        by_query = np.argsort(self.queries, kind="stable")
        is_first = np.diff(self.queries[by_query], prepend=-1) != 0
        hits_before, weights_before = np.empty_like(hits), np.empty_like(weights)
        for before, each in ((hits_before, hits), (weights_before, weights)):
            above = each[by_query].cumsum() - each[by_query]
            before[by_query] = above - above[is_first][is_first.cumsum() - 1]
        first = np.empty_like(weights)
        first[by_query] = is_first
        return np.array([
            np.ones_like(weights), weights, weights**2, first, hits, weights * self.stated,
            hits * (2.0 * hits_before + hits),
            hits * weights_before + weights * hits_before + weights * hits,
            weights * (2.0 * weights_before + weights),
        ])  # fmt: skip

    def sums(self, times: Rows | None = None) -> _Sums:
        """Return sums down to each step, each query counted `times` over, each copy its own."""
        added = self.added if times is None else self.added * times[self.queries]
        return _Sums(*added.cumsum(axis=1)[:, self.ends])


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over the rows down to each step, of each shape (steps,).

    Attributes
    ----------
    rows, weights, squares, queries:
        How many rows, their weights, the squares of these, and how many queries.
    hits, stated:
        Weights of relevant rows, and weights times values.
    hits_squared, both, weights_squared:
        Of each query's sums of relevant weights and of weights: the squares, and the product.
    """

    rows: Floats
    weights: Floats
    squares: Floats
    queries: Floats
    hits: Floats
    stated: Floats
    hits_squared: Floats
    both: Floats
    weights_squared: Floats

    def counted(self, figures: Floats, at: Rows) -> Floats:
        """Return the sums these rows would have were all alike: the mean times their number."""
        counted: Floats = figures[at] * self.rows[at] / self.weights[at]
        return counted

    def effects(self, at: Rows) -> Floats:
        """Return how many of the rows count as one, the design effect, down to some steps.

        The variance of the weighted mean with whole queries drawn, over that of independent rows;
        at least what weights alone cost, n Σw² / (Σw)² (Kish 1965): 1 where all are alike.
        """
        rows, total, queries = self.rows[at], self.weights[at], self.queries[at]
        least = rows * self.squares[at] / total**2
        share = np.clip(self.hits[at] / total, 1 / (rows + 2), 1 - 1 / (rows + 2))
        # Σ (h − share · w)² over queries, of their sums h of relevant weights and w of weights.
        apart = self.hits_squared[at] - 2 * share * self.both[at]
        apart += share**2 * self.weights_squared[at]
        variance = queries / np.maximum(queries - 1, 1) * apart / total**2
        effects = np.maximum(least, variance / (share * (1 - share) / rows))
        effects = np.where(queries < 2, rows, effects)
        alone = (queries == rows) & (least < 1 + ALIKE)
        return np.where(alone, 1.0, effects)


@dataclass(frozen=True)
class _Candidate:
    """One candidate: its step, how many rows reach it, and what the labels say of them."""

    step: int
    size: int
    share: float
    precision: float
    bound: float
    effect: float


def _threshold(judged: _Descending, target: float, confidence: float, level: Level) -> Threshold:
    check_share(target, "target")
    check_share(confidence, "confidence")
    delta = 1 - confidence
    found, chosen = _lowest(judged.sums(), target, delta)
    step = judged.steps[judged.ends[chosen.step]]
    value = round(float(step * STEP), 3)
    recall, ends = _recall(judged, value)
    again, shares = _again(judged, target, delta)
    return Threshold(
        target=target,
        confidence=confidence,
        level=level,
        value=value if found else None,
        count=chosen.size,
        share=chosen.share,
        precision=chosen.precision,
        bound=chosen.bound,
        recall=recall,
        recall_lower=ends[0],
        recall_upper=ends[1],
        design_effect=chosen.effect,
        labels_needed=None if found else _needed(chosen, len(judged.hits), target, delta),
        found_again=again,
        share_lower=shares[0],
        share_upper=shares[1],
    )


def _lowest(sums: _Sums, target: float, delta: float) -> tuple[bool, _Candidate]:
    """Return whether a candidate passes, and the last that does, or the first that was tried."""
    at = _candidates(sums.rows, _smallest(target, delta))
    effects, hits = sums.effects(at), sums.counted(sums.hits, at)
    bounds = _lower_bounds(sums.counted(sums.stated, at), sums.rows[at], effects, delta)
    start = int(np.argmax(np.round(bounds, 6)))  # of those that are alike the first
    last = None
    for index in range(start, len(at)):
        step, effect, found = int(at[index]), float(effects[index]), float(hits[index])
        size = round(float(sums.rows[step]))
        candidate = _Candidate(
            step, size, float(sums.weights[step] / sums.weights[-1]), found / size,
            _lower_bound(found, size, effect, delta), effect,
        )  # fmt: skip
        if candidate.bound < target:
            return (True, last) if last else (False, candidate)
        last = candidate
    return True, cast(_Candidate, last)


def _again(
    judged: _Descending, target: float, delta: float
) -> tuple[float, tuple[float | None, float | None]]:
    """Return how often queries drawn anew have a threshold, and the share of rows that reach it."""
    count = int(judged.queries.max()) + 1
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        found, chosen = _lowest(judged.sums(times), target, delta)
        if found:
            shares.append(chosen.share)
    if not shares:
        return 0.0, (None, None)
    low, high = np.quantile(shares, [0.05, 0.95])
    return len(shares) / DRAWS, (float(low), float(high))


def _smallest(target: float, delta: float) -> float:
    """Return how many rows, all of them relevant, could just pass."""
    return math.log(delta) / math.log(target)


def check_share(share: float, name: str) -> None:
    """Raise `CalibrationError` where a share does not lie inside (0, 1)."""
    if not isinstance(share, int | float) or not 0 < share < 1:
        raise CalibrationError(
            f"The {name} is {share!r}, and a share between 0 and 1 was expected, such as 0.9."
        )


def _candidates(rows: Floats, smallest: float) -> Rows:
    """Return the steps that are tried: those that reach sizes which grow by a factor.

    `rows` are the rows down to each step.
    """
    fewest = min(max(1.0, smallest), rows[-1])
    sizes = np.geomspace(fewest, rows[-1], SIZES)
    return np.unique(np.searchsorted(rows, np.maximum(1.0, np.ceil(sizes - ALIKE))))


def precision_bound(hits: Floats, queries: Rows, delta: float) -> float:
    """Return the lower bound on the share of relevant rows among rows like these, at 1 − delta.

    Parameters
    ----------
    hits:
        Whether each row is relevant, in [0, 1]; shape (n,), not empty.
    queries:
        The number of each row's query; shape (n,).
    delta:
        How often the bound may lie above the share.
    """
    alike = np.ones(len(hits))
    sums = _Descending(alike, alike, hits, queries, alike).sums()
    (effect,) = sums.effects(np.array([0])).tolist()
    return _lower_bound(float(hits.sum()), len(hits), effect, delta)


def _lower_bound(hits: float, rows: int, effect: float, delta: float) -> float:
    """Return the bound of Clopper and Pearson (1934) on the effective sample."""
    if hits <= 0:
        return 0.0
    successes, trials = hits / effect, rows / effect
    return float(scipy.special.betaincinv(successes, trials - successes + 1, delta))


def _lower_bounds(hits: Floats, rows: Floats, effects: Floats, delta: float) -> Floats:
    """Return the bound of each."""
    successes, trials = hits / effects, rows / effects
    bounds = np.zeros(len(hits))
    some = hits > 0
    bounds[some] = scipy.special.betaincinv(successes[some], (trials - successes + 1)[some], delta)
    return bounds


def _needed(tested: _Candidate, rows: int, target: float, delta: float) -> int | None:
    """Return at how many rows the candidate would pass if what was seen of it held."""
    trials = _trials_needed(tested.precision, target, delta)
    if trials is None:
        return None
    wanted = max(_smallest(target, delta), trials * tested.effect)
    return max(rows + 1, math.ceil(wanted * rows / tested.size))


def _trials_needed(precision: float, target: float, delta: float) -> float | None:
    if precision <= target:
        return None
    trials = np.geomspace(1, 1e6, 400)
    bounds = scipy.special.betaincinv(precision * trials, (1 - precision) * trials + 1, delta)
    enough = np.flatnonzero(bounds >= target)
    return float(trials[enough[0]]) if len(enough) else None


def _recall(
    judged: _Descending, threshold: float
) -> tuple[float | None, tuple[float | None, float | None]]:
    if not judged.hits.any():
        return None, (None, None)
    relevant = judged.weights * judged.hits
    relevant *= relevant.sum() / (relevant**2).sum()  # sums up to what the rows are worth
    found = np.where(judged.stated >= threshold, relevant, 0.0)
    ends = ratio_interval(found, relevant, judged.queries)
    return float(found.sum() / relevant.sum()), ends or (None, None)
