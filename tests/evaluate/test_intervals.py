"""Intervals: what a draw holds, and how often they cover the truth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from search_core.evaluate.intervals import (
    auc_interval,
    draw_queries,
    mean_interval,
    ratio_interval,
    sums_interval,
    tail_share,
)
from search_core.evaluate.judged import query_numbers, rows_by_query

QUERIES = ["a", "b", "a", "c", "c", "c", "b", "d"]
VALUES = np.array([0.1, 0.9, 0.4, 0.2, 0.2, 0.7, 1.0, 0.5])
NUMBERS = query_numbers(QUERIES)
ENDS = [tail_share(4), 1 - tail_share(4)]


def gathered(times: np.ndarray) -> np.ndarray:
    """The rows of one draw, whole queries repeated as often as they were drawn."""
    groups = list(rows_by_query(QUERIES).values())
    return np.concatenate(
        [np.tile(rows, int(n)) for rows, n in zip(groups, times, strict=True) if n]
    )


def test_each_draw_holds_as_many_queries_as_there_are() -> None:
    drawn = draw_queries(NUMBERS, seed=1, draws=50)
    assert drawn.times.shape == (50, 4)
    assert set(drawn.times.sum(axis=1)) == {4.0}


def test_a_mean_over_draws_is_the_mean_of_their_gathered_rows() -> None:
    drawn = draw_queries(NUMBERS, seed=1)
    means = [VALUES[gathered(times)].mean() for times in drawn.times]
    assert mean_interval(VALUES, drawn) == pytest.approx(np.quantile(means, ENDS))


def test_an_auc_over_draws_is_the_auc_of_their_gathered_rows() -> None:
    drawn = draw_queries(NUMBERS, seed=1)
    y = np.array([1, 0, 0, 1, 1, 0, 1, 1])
    each = [gathered(times) for times in drawn.times]
    figures = [roc_auc_score(y[rows], VALUES[rows]) for rows in each if 0 < y[rows].mean() < 1]
    found = auc_interval(y.astype(bool), VALUES, drawn)
    assert found == pytest.approx(np.quantile(figures, ENDS))


def test_equal_values_differ_by_nothing_in_any_draw() -> None:
    drawn = draw_queries(NUMBERS)
    assert mean_interval(VALUES - VALUES, drawn) == (0.0, 0.0)


def test_one_query_gives_no_interval_rather_than_one_without_width() -> None:
    drawn = draw_queries(np.zeros(8, dtype=np.intp))
    assert mean_interval(VALUES, drawn) is None
    assert auc_interval(VALUES > 0.4, VALUES, drawn) is None


def test_a_ratio_of_nothing_has_no_interval() -> None:
    assert ratio_interval(VALUES, np.zeros(8), draw_queries(NUMBERS)) is None


def test_draws_where_a_figure_is_not_defined_are_left_out() -> None:
    drawn = draw_queries(NUMBERS)

    def sometimes(sums: np.ndarray) -> np.ndarray:
        return np.where(sums[0] > np.median(sums[0]), 1.0, np.nan)

    assert sums_interval(VALUES[:, np.newaxis], sometimes, drawn) == (1.0, 1.0)


def test_the_width_is_that_of_the_clustered_standard_error() -> None:
    rng = np.random.default_rng(0)
    effects = np.repeat(rng.normal(size=200), 10)
    values = effects + rng.normal(size=2_000)
    sums = (values - values.mean()).reshape(200, 10).sum(axis=1)
    error = np.sqrt((sums**2).sum() * 200 / 199) / 2_000
    low, high = mean_interval(values, draw_queries(np.arange(2_000) // 10)) or (0, 0)
    assert high - low == pytest.approx(2 * 1.645 * error, rel=0.1)


@pytest.mark.slow
def test_ninety_of_a_hundred_intervals_cover_the_truth_and_fewer_without_clusters() -> None:
    rng = np.random.default_rng(5)
    queries, alone = np.arange(600) // 10, np.arange(600)
    covered, covered_as_rows, runs = 0, 0, 300
    for run in range(runs):
        values = np.repeat(rng.normal(size=60), 10) + rng.normal(size=600)
        for names in (queries, alone):
            low, high = mean_interval(values, draw_queries(names, run, draws=200)) or (0, 0)
            covered += names is queries and low <= 0 <= high
            covered_as_rows += names is alone and low <= 0 <= high
    assert 0.85 <= covered / runs <= 0.95
    assert covered_as_rows / runs < 0.7


def test_the_interval_of_few_queries_is_taken_wider_and_of_many_is_the_middle_90_percent() -> None:
    shares = [tail_share(n) for n in (2, 5, 20, 100, 100_000)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.05, abs=1e-5)
    # By hand for 20 queries: t = 1.729, times √(20/19) is 1.774, and Φ(−1.774) is 0.038.
    assert tail_share(20) == pytest.approx(0.038, abs=0.0005)


@pytest.mark.parametrize("queries", [5, 10, 40])
def test_nine_of_ten_intervals_cover_the_truth_however_few_the_queries(queries: int) -> None:
    rng = np.random.default_rng(queries)
    names = np.repeat(np.arange(queries), 4)
    drawn = draw_queries(names, draws=300)
    covered = 0
    for _ in range(400):
        shared = np.repeat(rng.normal(0, 1, queries), 4)
        low, high = mean_interval(shared + rng.normal(0, 0.5, 4 * queries), drawn) or (0, 0)
        covered += low <= 0 <= high
    assert 0.86 * 400 <= covered <= 0.95 * 400
