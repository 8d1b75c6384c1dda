"""How often pairs that score about alike were judged relevant."""

from __future__ import annotations

import math

import numpy as np
import pytest

import search_core as sc
from search_core.evaluate.nearby import FEWEST, REACH

RANDOM = np.random.default_rng(4)
SCORES = np.linspace(0, 1, 1_001)
RELEVANT = (RANDOM.random(1_001) < SCORES).astype(float)
JUDGED = sc.Judged.of(RELEVANT, [f"q{n % 50}" for n in range(1_001)], scores=SCORES)


def test_the_pairs_within_reach_are_counted() -> None:
    near = sc.relevance_near(0.5004, JUDGED)
    inside = np.abs(SCORES - 0.5004) < REACH
    assert (near.pairs, near.relevant) == (inside.sum(), RELEVANT[inside].sum())
    assert (near.low, near.high) == pytest.approx((0.451, 0.55))
    assert near.share == near.relevant / near.pairs


def test_the_interval_holds_the_share_and_knows_of_queries() -> None:
    near = sc.relevance_near(0.5, JUDGED)
    assert near.interval is not None
    low, high = near.interval
    assert low < near.share < high


def test_labels_that_hang_together_by_query_are_known_less_surely() -> None:
    queries = (SCORES * 1_000).astype(int) % 10
    alike = (queries < 5).astype(float)  # a query's rows are all relevant, or none is
    by_query = sc.Judged.of(alike, queries.astype(str).tolist(), scores=SCORES)
    by_row = sc.Judged.of(alike, [str(n) for n in range(1_001)], scores=SCORES)
    widths = []
    for judged in (by_query, by_row):
        interval = sc.relevance_near(0.5, judged).interval
        assert interval is not None
        widths.append(interval[1] - interval[0])
    assert widths[0] > 2 * widths[1]


def test_where_few_lie_within_reach_the_nearest_ones_count() -> None:
    near = sc.relevance_near(2.0, JUDGED)
    assert near.pairs == FEWEST
    assert (near.low, near.high) == pytest.approx((SCORES[-FEWEST], 1.0))


def test_all_count_where_there_are_fewer_than_that() -> None:
    judged = sc.Judged.of([1, 0, 1], ["a", "a", "a"], scores=[0.1, 0.2, 0.9])
    near = sc.relevance_near(-1.0, judged)
    assert (near.pairs, near.relevant, near.interval) == (3, 2, None)


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_score_that_is_not_finite_is_refused(score: float) -> None:
    with pytest.raises(sc.InputError, match="finite"):
        sc.relevance_near(score, JUDGED)
