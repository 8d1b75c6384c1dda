"""The recall threshold: small cases by hand, and its promise by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.calibrate.thresholds import STEP
from tests.properties import tried


def names(queries: int, rows: int) -> list[str]:
    return [f"q{row // rows:05d}" for row in range(queries * rows)]


def test_twenty_queries_can_promise_at_most_one_in_twenty_one_missed() -> None:
    p, y = np.full(20, 0.7), np.ones(20)
    assert sc.recall_threshold(p, y, names(20, 1), target=20 / 21).value == 0.699
    refused = sc.recall_threshold(p, y, names(20, 1), target=0.96)
    assert (refused.value, refused.kept, refused.queries_needed) == (None, None, 24)


def test_queries_without_a_relevant_row_do_not_count() -> None:
    p, y = np.tile([0.8, 0.3], 30), np.zeros(60)
    y[:20:2] = 1.0
    found = sc.recall_threshold(p, y, names(30, 2), target=0.9)
    assert (found.queries, found.value) == (10, 0.799)
    assert sc.recall_threshold(p, 0 * y, names(30, 2)).queries_needed == 9


def test_each_query_counts_once_however_many_relevant_rows_it_has() -> None:
    # One query of ten misses all of its nine relevant rows: a tenth of queries, half of the rows.
    p = np.concatenate([np.full(9, 0.2), np.full(9, 0.9)])
    queries = ["many"] * 9 + [f"one {n}" for n in range(9)]
    assert sc.recall_threshold(p, np.ones(18), queries, target=0.8).value == 0.899
    assert sc.recall_threshold(p, np.ones(18), queries, target=0.9).value == 0.199


def test_what_it_keeps_shows_and_how_precise_that_is_are_counted_at_the_threshold() -> None:
    p, y = np.tile([0.9, 0.5, 0.5, 0.1], 50), np.tile([1.0, 1.0, 0.0, 0.0], 50)
    found = sc.recall_threshold(p, y, names(50, 4), target=0.9)
    assert (found.value, found.kept, found.shown) == (0.499, 1.0, 0.75)
    assert found.precision == pytest.approx(2 / 3)


@tried(40)
@given(st.integers(0, 10_000), st.floats(-4e-7, 4e-7))
def test_neither_the_order_of_rows_nor_rounding_moves_it(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    p, y = rng.integers(1, 20, 120) / 20, rng.integers(0, 2, 120).astype(np.float64)
    queries, order = names(30, 4), rng.permutation(120)
    moved = np.clip(p + noise, 0, 1)
    shuffled = sc.recall_threshold(moved[order], y[order], [queries[row] for row in order])
    assert shuffled.value == sc.recall_threshold(p, y, queries).value


@tried(40)
@given(st.integers(0, 10_000), st.floats(0.55, 0.93))
def test_the_next_thousandth_would_break_the_bound(seed: int, target: float) -> None:
    rng = np.random.default_rng(seed)
    p, y = rng.random(150).round(3), np.ones(150)
    found = sc.recall_threshold(p, y, names(50, 3), target)
    assert found.value is not None

    def bound(value: float) -> float:
        return (50 * (p < value - 1e-9).reshape(50, 3).mean(axis=1).mean() + 1) / 51

    assert bound(found.value) <= 1 - target + 1e-3
    kept = np.unique(p[p > found.value + STEP / 2])  # the threshold lies just below the first
    assert len(kept) < 2 or bound(kept[1]) > 1 - target - 1e-3


@pytest.mark.parametrize("target", [0.0, 1.0, float("nan")])
def test_a_target_outside_0_and_1_is_refused(target: float) -> None:
    with pytest.raises(sc.CalibrationError, match="share between 0 and 1"):
        sc.recall_threshold(np.ones(2), np.ones(2), ["a", "b"], target)


@pytest.mark.slow
@pytest.mark.parametrize("target", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("queries", [20, 60])
@pytest.mark.parametrize("spread", [0.0, 1.5])
def test_new_queries_keep_the_wanted_share_on_average(
    target: float, queries: int, spread: float
) -> None:
    """Over draws of labels, with rows of one query alike, what a new query misses is bounded."""
    rng = np.random.default_rng(3)

    def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
        centre = np.repeat(rng.normal(0, spread, count), 6)
        p = 1 / (1 + np.exp(-(centre + rng.normal(0, 1, len(centre)))))
        return p, (rng.random(len(p)) < p).astype(np.float64)

    many, many_y = drawn(20_000)
    relevant = many_y.reshape(-1, 6).sum(axis=1)
    kept = []
    for _ in range(300):
        p, y = drawn(queries)
        value = sc.recall_threshold(p, y, names(queries, 6), target).value
        assert value is not None
        found = ((many >= value) * many_y).reshape(-1, 6).sum(axis=1)
        kept.append((found[relevant > 0] / relevant[relevant > 0]).mean())
    error = np.std(kept) / np.sqrt(len(kept))
    assert target - 3 * error <= np.mean(kept) <= target + 2 / queries + 3 * error
