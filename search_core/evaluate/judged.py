"""Labelled rows, and what was stated of them: what every measure is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy

from search_core.errors import CalibrationError
from search_core.features import distinct
from search_core.labels.inclusion import Inclusion
from search_core.mistakes import explain_mistakes
from search_core.scale import ROUNDING
from search_core.vectors import Floats, Mask, Rows

RELEVANT = 0.5
"""A graded judgement from here on counts as relevant where a yes or no is needed."""

LOWEST = 1e-6  # a value as it enters log-odds
DIGITS = 9  # of log-odds: values that differ by rounding are alike


@explain_mistakes
@dataclass(frozen=True, eq=False)
class Judged:
    """Rows with labels.

    Attributes
    ----------
    relevance:
        In [0, 1], float64, shape (n,).
    queries:
        The number of each row's query, from 0 in the queries' own order; shape (n,).
    scores:
        The score itself, higher is better; shape (n,).
    texts:
        The text of each row, or none.
    inclusion:
        How the rows were chosen; None where all count alike.

    Examples
    --------
    >>> judged = sc.Judged.of([1, 0, 0.5], ["b", "a", "b"], scores=[0.9, 0.4, 0.7])
    >>> judged.queries.tolist(), judged.relevant.tolist()
    ([1, 0, 1], [True, False, True])
    """

    relevance: Floats
    queries: Rows
    scores: Floats
    texts: tuple[str, ...] = ()
    inclusion: Inclusion | None = None

    @classmethod
    def of(
        cls,
        relevance: npt.ArrayLike,
        queries: Sequence[str],
        scores: npt.ArrayLike | None = None,
        texts: Sequence[str] = (),
        inclusion: Inclusion | None = None,
    ) -> Judged:
        """Check rows and number their queries; without scores all count as alike.

        Parameters
        ----------
        relevance:
            What people said, from 0 to 1; shape (n,).
        queries:
            The query of each row.
        scores:
            The score of each row, higher is better; shape (n,).
        texts:
            The text of each row, where rows have one.
        inclusion:
            With which probability each row was drawn, where a plan drew them.

        Raises
        ------
        CalibrationError
            No rows, not one of each a row, a label outside [0, 1], or a score that is no
            finite number.
        """
        judgements = np.asarray(relevance, dtype=np.float64)
        own = np.zeros_like(judgements) if scores is None else np.asarray(scores, dtype=np.float64)
        if not len(queries):
            raise CalibrationError("No labelled rows were given; give at least one.")
        if not judgements.shape == own.shape == (len(queries),):
            of_scores = "" if scores is None else f", {own.size} scores"
            raise CalibrationError(
                f"{judgements.size} labels{of_scores} and {len(queries)} queries were given; give "
                "one of each per row."
            )
        _check_unit(judgements, "label", "scale labels first")
        for row in np.flatnonzero(~np.isfinite(own))[:1]:
            raise CalibrationError(
                f"Row {row}: the score is {own[row]:g}, and a finite number was expected; leave "
                "the row out."
            )
        return cls(judgements, query_numbers(queries), own, tuple(texts), inclusion)

    def __len__(self) -> int:
        return len(self.relevance)

    def __repr__(self) -> str:
        return f"<Judged: {len(self):,} rows of {self.query_count:,} queries>"

    @cached_property
    def relevant(self) -> Mask:
        """Which rows count as relevant, shape (n,)."""
        return self.relevance >= RELEVANT

    @property
    def weights(self) -> Floats:
        """How many pairs each row stands for, mean 1, shape (n,): all alike without a plan."""
        return np.ones(len(self)) if self.inclusion is None else self.inclusion.stands_for

    @cached_property
    def query_count(self) -> int:
        """How many queries there are."""
        return int(self.queries.max()) + 1

    @cached_property
    def rows_of_queries(self) -> tuple[Rows, ...]:
        """The rows of each query, in the queries' order."""
        order = np.argsort(self.queries, kind="stable")
        ends = np.bincount(self.queries).cumsum()[:-1]
        return tuple(np.split(order, ends))

    @property
    def mixed_queries(self) -> int:
        """How many queries have both relevant and irrelevant rows."""
        return sum(len(set(self.relevant[rows].tolist())) == 2 for rows in self.rows_of_queries)

    def stated(self, values: npt.ArrayLike, *, is_out_of_fold: bool = False) -> Stated:
        """Return what was stated of these rows.

        Parameters
        ----------
        values:
            One a row, in [0, 1].
        is_out_of_fold:
            As `Stated` has it.

        Raises
        ------
        CalibrationError
            Not one value a row, or one outside [0, 1].
        """
        stated = np.asarray(values, dtype=np.float64)
        if stated.shape != (len(self),):
            raise CalibrationError(
                f"{stated.size} predictions for {len(self)} rows were given; give one per row."
            )
        _check_unit(stated, "prediction", "predict values with a calibrator")
        return Stated(self, stated, is_out_of_fold)


@dataclass(frozen=True, eq=False)
class Stated:
    """Values that were stated of labelled rows.

    Attributes
    ----------
    judged:
        The rows.
    values:
        One a row, shape (n,): in [0, 1], or any score where the order alone is measured.
    is_out_of_fold:
        Whether each row's value comes from a fit on the other queries of these same rows.

    Examples
    --------
    >>> judged = sc.Judged.of([1, 0], ["a", "a"], scores=[0.9, 0.4])
    >>> judged.stated([0.8, 0.3]).shown_order.tolist()
    [1.0, 0.0]
    """

    judged: Judged
    values: Floats
    is_out_of_fold: bool = False

    def __repr__(self) -> str:
        low, high = self.values.min(), self.values.max()
        return f"<Stated: values from {low:.3g} to {high:.3g} of {self.judged!r}>"

    @property
    def relevance(self) -> Floats:
        """The labels, shape (n,)."""
        return self.judged.relevance

    @cached_property
    def order(self) -> Floats:
        """What rows of any two queries are compared by, higher first; shape (n,).

        A fit without a query full of relevant rows states less of every row, and is asked about
        that query alone; so out-of-fold values of two queries are on different levels, against the
        labels (Parker, Günter and Bedo 2007). A Newton step of the intercept takes each query's own
        labels into account, as the fit on all rows does, and all values to one level.
        """
        if not self.is_out_of_fold:
            return self.values
        p, queries = np.clip(self.values, LOWEST, 1 - LOWEST), self.judged.queries
        missing = np.bincount(queries, weights=self.relevance - p)
        levelled = scipy.special.logit(p) + (missing / float((p * (1 - p)).sum()))[queries]
        return np.round(levelled, DIGITS)

    @cached_property
    def shown_order(self) -> Floats:
        """What sorts rows as hits are shown: by their values, and equal ones by their scores.

        Shape (n,), higher first; rows that are alike in both are equal in it.
        """
        both = self.values, self.judged.scores
        rising = np.lexsort(both[::-1])
        rises = np.zeros(len(rising), dtype=bool)
        for each in both:  # compared, not subtracted: scores may be infinite
            rises[1:] |= each[rising[1:]] != each[rising[:-1]]
        order = np.empty(len(rising))
        order[rising] = rises.cumsum()
        return order

    @cached_property
    def once_a_text(self) -> Stated:
        """Each text of a query once, however often it was labelled, with its mean label."""
        judged = self.judged
        if not judged.texts:
            return self
        first, which = distinct(list(zip(judged.queries.tolist(), judged.texts, strict=True)))
        means = np.bincount(which, weights=judged.relevance) / np.bincount(which)
        once = Judged(means, judged.queries[first], judged.scores[first])
        return Stated(once, self.values[first], self.is_out_of_fold)


def best_hits(stated: Stated) -> tuple[Floats, Floats]:
    """Return each query's highest value, and whether the hit that is shown for it is relevant.

    Both of shape (queries,), in the queries' own order. Of rows that are alike in value and
    score any may be shown, so the second is the share of them that is relevant: 0, 1 or between.
    Where a plan drew the rows, only queries whose best hit was drawn count, each by that hit.
    """
    judged, order = stated.judged, stated.shown_order
    of_queries = judged.rows_of_queries
    if judged.inclusion is not None and judged.inclusion.is_best.any():
        is_best = judged.inclusion.is_best
        of_queries = tuple(rows[is_best[rows]] for rows in of_queries if is_best[rows].any())
    first = [rows[order[rows] == order[rows].max()] for rows in of_queries]
    return (
        np.array([stated.values[rows[0]] for rows in first]),
        np.array([judged.relevant[rows].mean() for rows in first]),
    )


@explain_mistakes
def query_numbers(queries: Sequence[str]) -> Rows:
    """Return the number of each row's query, from 0 in the queries' own order; shape (n,).

    In their own order, not that of their rows: what is drawn by number is then drawn alike however
    the rows are sorted.

    >>> sc.query_numbers(["pear", "apple", "pear"]).tolist()
    [1, 0, 1]
    """
    number = {query: index for index, query in enumerate(sorted(set(queries)))}
    return np.array([number[query] for query in queries], dtype=np.intp)


def best_of_queries(values: Floats, queries: Sequence[str]) -> Floats:
    """Return the highest value of each query, in the order of `query_numbers`.

    Raises
    ------
    CalibrationError
        Not one query a value.
    """
    if np.shape(values) != (len(queries),):
        raise CalibrationError(
            f"{np.size(values)} values and {len(queries)} queries were given; give one of each per "
            "row."
        )
    best = np.full(len(set(queries)), -np.inf)
    np.maximum.at(best, query_numbers(queries), values)
    return best


def rows_by_query(queries: Sequence[str]) -> dict[str, Rows]:
    """Return the row numbers of each query, the queries in their own order."""
    rows: dict[str, list[int]] = {query: [] for query in sorted(set(queries))}
    for row, query in enumerate(queries):
        rows[query].append(row)
    return {query: np.array(numbers, dtype=np.intp) for query, numbers in rows.items()}


def _check_unit(values: Floats, name: str, remedy: str) -> None:
    outside = np.flatnonzero(~((values >= -ROUNDING) & (values <= 1 + ROUNDING)))
    if len(outside):
        row = int(outside[0])
        raise CalibrationError(
            f"Row {row}: the {name} is {values[row]:g}, and a number from 0 to 1 was expected; "
            f"{remedy}."
        )
