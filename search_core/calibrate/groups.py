"""A threshold's precision in groups of queries: a bound for each, and the worst one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search_core.calibrate.thresholds import Level, Threshold, precision_bound
from search_core.errors import CalibrationError
from search_core.evaluate.judged import Judged, Stated, best_hits, best_of_queries, query_numbers
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Rows

MOST_GROUPS = 6
FEWEST_QUERIES = 20  # in a group: fewer bound nothing


@dataclass(frozen=True)
class GroupPrecision:
    """What a threshold keeps in one group of queries.

    Attributes
    ----------
    group:
        Its name.
    queries:
        How many labelled queries it has.
    count:
        How many of its rows, or best hits, reach the threshold.
    precision, bound:
        The share of these that is relevant, and its lower confidence bound; None and 0 where none
        reaches the threshold.

    Examples
    --------
    >>> p, y = np.full(80, 0.9), np.repeat([1.0, 1.0, 1.0, 0.0], 20)
    >>> queries, groups = [f"{row:02d}" for row in range(80)], ["short"] * 40 + ["long"] * 40
    >>> threshold = sc.query_threshold(p, y, queries, target=0.6)
    >>> short = sc.check_groups(threshold, p, y, queries, {"length": groups}).groups[1]
    >>> short.group, short.queries, short.precision, round(short.bound, 2)
    ('short', 40, 1.0, 0.93)
    """

    group: str
    queries: int
    count: int
    precision: float | None
    bound: float


@dataclass(frozen=True)
class GroupCheck:
    """A threshold's precision in every group that has queries enough.

    Attributes
    ----------
    groups:
        Each group, the lowest precision first; empty where there are fewer than two.
    confidence:
        That all bounds hold at once.

    Examples
    --------
    >>> p, y = np.full(80, 0.9), np.repeat([1.0, 1.0, 1.0, 0.0], 20)
    >>> queries, groups = [f"{row:02d}" for row in range(80)], ["short"] * 40 + ["long"] * 40
    >>> threshold = sc.query_threshold(p, y, queries, target=0.6)
    >>> check = sc.check_groups(threshold, p, y, queries, {"length": groups})
    >>> [(each.group, each.precision) for each in check.groups]
    [('long', 0.5), ('short', 1.0)]
    """

    groups: tuple[GroupPrecision, ...]
    confidence: float

    @property
    def worst(self) -> GroupPrecision | None:
        """The group with the lowest precision among those that are shown anything."""
        return next((each for each in self.groups if each.precision is not None), None)


@explain_mistakes
def check_groups(
    threshold: Threshold,
    p: Floats,
    y: Floats,
    queries: Sequence[str],
    divisions: Mapping[str, Sequence[str]],
    scores: Floats | None = None,
) -> GroupCheck:
    """Bound a threshold's precision in each group of queries.

    Of G groups each gets the bound of `row_threshold` at confidence 1 − δ/G (Bonferroni), so that
    all hold at once with confidence 1 − δ. Groups of fewer than 20 queries are left out, and of
    more than 6 the smaller ones.

    Parameters
    ----------
    threshold:
        One that has a value; its level says whether rows or best hits count.
    p, y, queries, scores:
        What it was found on, as for `query_threshold`.
    divisions:
        By the name of each division, as "length", the name of each row's group, as "short"; a query
        is in the group of its first row.

    Raises
    ------
    CalibrationError
        As for `row_threshold`; the threshold has no value; or a division has not one name a row.

    Examples
    --------
    >>> p, y = np.full(80, 0.9), np.repeat([1.0, 1.0, 1.0, 0.0], 20)
    >>> queries, groups = [f"{row:02d}" for row in range(80)], ["short"] * 40 + ["long"] * 40
    >>> threshold = sc.query_threshold(p, y, queries, target=0.6)
    >>> worst = sc.check_groups(threshold, p, y, queries, {"length": groups}).worst
    >>> worst.group, worst.count, worst.precision, round(worst.bound, 2)
    ('long', 40, 0.5, 0.36)
    """
    if threshold.value is None:
        raise CalibrationError(
            "This threshold has no value, so there is nothing to check in groups; lower the target."
        )
    stated = Judged.of(y, queries, scores).stated(p)
    relevant, of = _shown(stated, threshold.level, threshold.value)
    groups = _largest(divisions, stated.judged.queries)
    delta = (1 - threshold.confidence) / max(len(groups), 1)
    found = [_precision(name, within, relevant, of, delta) for name, within in groups.items()]
    shown_first = sorted(found, key=lambda each: (each.count == 0, each.precision, each.group))
    return GroupCheck(tuple(shown_first), threshold.confidence)


@explain_mistakes
def usual_divisions(queries: Sequence[str], scores: Floats) -> dict[str, list[str]]:
    """Return the divisions of any labels: short and long questions, low and high best scores.

    Each is divided at its median over the queries.

    Parameters
    ----------
    queries:
        The query of each row.
    scores:
        Its score, higher is better; shape (n,).

    Raises
    ------
    CalibrationError
        Not one query a score.

    Examples
    --------
    >>> sc.usual_divisions(["tax", "tax", "how to bake"], np.array([0.3, 0.5, 0.9]))["length"]
    ['short questions', 'short questions', 'long questions']
    """
    number = query_numbers(queries)
    texts = sorted(set(queries))
    best = best_of_queries(scores, queries)
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    short, low = lengths <= np.median(lengths), best <= np.median(best)
    names = {
        "length": np.where(short, "short questions", "long questions"),
        "best score": np.where(
            low, "questions with a low best score", "questions with a high best score"
        ),
    }
    return {name: of[number].tolist() for name, of in names.items()}


def _shown(stated: Stated, level: Level, value: float) -> tuple[Floats, Rows]:
    """Return whether each row, or best hit, that is shown is relevant, and its query's number."""
    judged = stated.judged
    if level == "row":
        reached = np.flatnonzero(stated.values >= value)
        return judged.relevant[reached].astype(np.float64), judged.queries[reached]
    best, relevant = best_hits(stated)
    reached = np.flatnonzero(best >= value)
    return relevant[reached], reached


def _largest(divisions: Mapping[str, Sequence[str]], queries: Rows) -> dict[str, Rows]:
    """Return the queries of the largest groups that have enough; none where there is one alone."""
    first = np.unique(queries, return_index=True)[1]
    groups: dict[str, Rows] = {}
    for name, names in divisions.items():
        if len(names) != len(queries):
            raise CalibrationError(
                f"The division '{name}' has {len(names)} names for {len(queries)} rows; give one "
                "per row."
            )
        of_query = np.array(names, dtype=object)[first]
        enough = {group: np.flatnonzero(of_query == group) for group in sorted(set(of_query))}
        enough = {group: each for group, each in enough.items() if len(each) >= FEWEST_QUERIES}
        if len(enough) > 1:
            groups |= enough
    kept = sorted(groups, key=lambda group: (-len(groups[group]), group))[:MOST_GROUPS]
    return {group: groups[group] for group in kept}


def _precision(
    group: str, within: Rows, relevant: Floats, of: Rows, delta: float
) -> GroupPrecision:
    inside = np.isin(of, within)
    hits = relevant[inside]
    if not len(hits):
        return GroupPrecision(group, len(within), 0, None, 0.0)
    bound = precision_bound(hits, of[inside], delta)
    return GroupPrecision(group, len(within), len(hits), float(hits.mean()), bound)
