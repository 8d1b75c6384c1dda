"""Thresholds: small cases by hand, and bounds against scipy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binomtest

import search_core as sc
from search_core.calibrate.thresholds import (
    default_target,
    nothing_below,
    query_threshold,
    row_threshold,
    standing,
    threshold_curve,
)
from search_core.errors import CalibrationError
from search_core.evaluate.judged import Judged, Stated, best_hits
from tests.properties import tried

Floats = npt.NDArray[np.float64]


def stated(p: Floats, y: Floats, queries: list[str], scores: Floats | None = None) -> Stated:
    return Judged.of(y, queries, scores).stated(p)


def alone(rows: int) -> list[str]:
    """Each row under a query of its own."""
    return [f"q{row}" for row in range(rows)]


def exact_bound(relevant: int, rows: int, delta: float) -> float:
    low: float = (
        binomtest(relevant, rows, alternative="greater")
        .proportion_ci(1 - delta, method="exact")
        .low
    )
    return low


def test_the_bound_is_the_exact_one_of_clopper_and_pearson() -> None:
    p = np.concatenate([np.full(80, 0.9), np.full(40, 0.1)])
    y = np.array([1.0] * 76 + [0.0] * 44)
    cut = row_threshold(p, y, alone(120), target=0.85)
    assert (cut.value, cut.count) == (0.899, 80)
    assert cut.share == pytest.approx(2 / 3)
    assert cut.precision == pytest.approx(76 / 80)
    assert cut.bound == pytest.approx(exact_bound(76, 80, 0.1), abs=1e-9)
    assert cut.design_effect == 1


def test_the_lowest_cut_that_holds_is_taken() -> None:
    # All of the first 300 are relevant, none of the last 300.
    p = np.linspace(0.99, 0.01, 600)
    y = np.repeat([1.0, 0.0], 300)
    cut = row_threshold(p, y, alone(600), target=0.9)
    assert 300 <= cut.count <= 330
    assert cut.recall == 1
    assert cut.bound >= 0.9


def test_rows_of_one_query_count_as_less_than_so_many_rows() -> None:
    # 40 queries of 10 rows, all rows of a query alike: each query is one observation.
    y = np.repeat([1.0] * 38 + [0.0] * 2, 10)
    p = np.full(400, 0.9)
    queries = [f"q{row // 10}" for row in range(400)]
    clustered = row_threshold(p, y, queries, target=0.8)
    assert clustered.design_effect == pytest.approx(10 * 40 / 39, rel=0.05)
    assert clustered.bound < row_threshold(p, y, alone(400), target=0.8).bound


def test_rows_of_a_single_query_are_one_observation() -> None:
    cut = row_threshold(np.full(50, 0.9), np.ones(50), ["q"] * 50, target=0.5)
    assert cut.value is None
    assert cut.design_effect == 50


def test_equal_values_are_never_cut_apart() -> None:
    rng = np.random.default_rng(0)
    p = rng.choice([0.2, 0.5, 0.7, 0.95], 500)
    y = (rng.random(500) < p).astype(np.float64)
    for target in (0.5, 0.6, 0.7, 0.8):
        cut = row_threshold(p, y, alone(500), target)
        if cut.value is not None:
            assert cut.count == (p >= cut.value).sum()
            assert cut.precision == pytest.approx(y[p >= cut.value].mean())


@pytest.mark.slow
@given(st.integers(0, 1_000), st.sampled_from([1e-12, 1e-7]))
@tried(25)
def test_neither_the_order_of_rows_nor_rounding_moves_a_threshold(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    p = np.round(rng.uniform(size=300), 2)  # many of them are whole hundredths, a candidate each
    y = (rng.random(300) < p**0.4).astype(np.float64)
    queries = np.array([f"q{row // 6}" for row in range(300)])
    found = row_threshold(p, y, queries.tolist(), target=0.75)
    order = rng.permutation(300)
    moved = p[order] + noise * rng.uniform(-1, 1, 300)
    again = row_threshold(moved, y[order], queries[order].tolist(), target=0.75)
    assert (again.value, again.count) == (found.value, found.count)
    assert again.bound == pytest.approx(found.bound, abs=1e-9)
    assert (again.found_again, again.share_lower) == (found.found_again, found.share_lower)


@pytest.mark.slow
@given(st.integers(0, 1_000))
@tried(25)
def test_what_three_digits_say_is_what_was_tested(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 1, 400)
    y = (rng.random(400) < p).astype(np.float64)
    found = row_threshold(p, y, alone(400), target=0.7)
    if found.value is not None:
        written = float(f"{found.value:.3f}")
        assert written == found.value
        assert (p >= written).sum() == found.count
        assert y[p >= written].mean() == pytest.approx(found.precision)


def test_a_threshold_that_other_queries_would_not_give_is_not_steady() -> None:
    rng = np.random.default_rng(0)
    names = [f"q{row // 5}" for row in range(2_000)]
    p = rng.uniform(size=2_000)
    clear = row_threshold(p, (p > 0.5).astype(np.float64), names, target=0.8)
    assert clear.is_steady
    assert clear.found_again == 1.0
    assert clear.share_lower is not None
    assert clear.share_upper is not None
    assert clear.share_lower <= clear.share <= clear.share_upper
    few = alone(40)
    border = row_threshold(p[:40], (rng.random(40) < 0.85).astype(np.float64), few, target=0.8)
    assert 0.1 < (border.found_again or 0.0) < 1.0
    assert not border.is_steady


def test_where_no_cut_holds_it_says_so_and_how_many_labels_might_do() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.4, 0.96, 60)
    y = (rng.random(60) < p).astype(np.float64)
    cut = row_threshold(p, y, alone(60), target=0.9)
    assert cut.value is None
    assert 0 < cut.bound < 0.9
    assert cut.labels_needed is None or cut.labels_needed > 60
    sure = row_threshold(np.linspace(0, 1, 12), np.ones(12), alone(12), target=0.9)
    assert sure.value is None
    assert sure.labels_needed is not None
    more = sure.labels_needed
    assert row_threshold(np.linspace(0, 1, more), np.ones(more), alone(more), 0.9).value is not None


def test_where_nothing_is_relevant_there_is_no_cut_and_no_recall() -> None:
    cut = row_threshold(np.linspace(0, 1, 100), np.zeros(100), alone(100), target=0.8)
    assert (cut.value, cut.recall, cut.recall_lower, cut.bound) == (None, None, None, 0.0)


def test_recall_has_an_interval() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(size=800)
    y = (rng.random(800) < p**0.5).astype(np.float64)
    cut = row_threshold(p, y, [f"q{row // 8}" for row in range(800)], target=0.8)
    assert cut.recall is not None
    assert cut.recall_lower is not None
    assert cut.recall_upper is not None
    assert cut.recall_lower < cut.recall < cut.recall_upper


@pytest.mark.parametrize(
    ("target", "confidence"), [(0, 0.9), (1, 0.9), (0.9, 1.0), (math.nan, 0.9)]
)
def test_targets_outside_0_and_1_are_refused(target: float, confidence: float) -> None:
    with pytest.raises(CalibrationError, match="between 0 and 1"):
        row_threshold(np.ones(3), np.ones(3), alone(3), target, confidence)
    with pytest.raises(CalibrationError, match="No labelled rows"):
        row_threshold(np.ones(0), np.ones(0), [], 0.9)


def test_a_query_is_one_observation_and_its_best_row_is_what_is_shown() -> None:
    p, y = np.array([0.2, 0.9, 0.8, 0.1, 0.3, 0.3]), np.array([1, 0, 1, 0, 1, 0])
    best, relevant = best_hits(stated(p, y, ["b", "b", "a", "a", "c", "c"]))
    assert best.tolist() == [0.8, 0.9, 0.3]
    assert relevant.tolist() == [1.0, 0.0, 0.5]
    shown = np.tile([0.9, 0.1], 60)
    y = np.tile([1.0, 0.0], 60)
    cut = query_threshold(shown, y, [f"q{row // 2}" for row in range(120)], target=0.9)
    assert (cut.level, cut.value, cut.count, cut.share) == ("query", 0.899, 60, 1.0)
    assert cut.bound == pytest.approx(exact_bound(60, 60, 0.1), abs=1e-9)


def test_of_equal_values_the_one_with_the_best_score_is_shown() -> None:
    p, y, scores = np.full(4, 0.7), np.array([1.0, 0.0, 1.0, 0.0]), np.array([1.0, 3.0, 3.0, 2.0])
    assert best_hits(stated(p, y, list("qqqq"), scores))[1].tolist() == [0.5]
    assert best_hits(stated(p, y, list("qqqr"), np.arange(4.0)))[1].tolist() == [1.0, 0.0]


@pytest.mark.slow
@given(st.integers(0, 2**32 - 1))
@tried(100)
def test_which_of_equal_rows_is_relevant_changes_no_cut(seed: int) -> None:
    rng = np.random.default_rng(seed)
    queries = [f"q{row // 6}" for row in range(180)]
    p = rng.integers(0, 3, 180) / 2
    y = (rng.random(180) < 0.2 + 0.7 * p).astype(np.float64)
    order = rng.permutation(180)
    again = [queries[row] for row in order]
    cut = query_threshold(p, y, queries, 0.7)
    other = query_threshold(p[order], y[order], again, 0.7)
    assert (cut.value, cut.count) == (other.value, other.count)
    assert cut.precision == pytest.approx(other.precision)
    other_order = stated(p[order], y[order], again)
    assert nothing_below(stated(p, y, queries)) == pytest.approx(nothing_below(other_order))


def test_a_best_hit_among_equals_is_as_good_as_chance_makes_it() -> None:
    """Ten rows of one value, one of them relevant: whoever shows one shows it one time in ten."""
    queries = [f"q{row // 10}" for row in range(3000)]
    y = np.tile([1.0, *[0.0] * 9], 300)
    cut = query_threshold(np.ones(3000), y, queries, target=0.05)
    assert cut.value == 0.999
    assert cut.precision == pytest.approx(0.1)
    assert query_threshold(np.ones(3000), y[::-1], queries, target=0.5).value is None


def test_fewer_than_a_hundred_queries_are_offered_a_lower_target() -> None:
    assert default_target("row", 30) == default_target("query", 100) == 0.9
    assert default_target("query", 99) == 0.8


def test_nothing_is_said_below_half_the_share_of_queries_with_a_relevant_best_hit() -> None:
    p, y = np.array([0.9, 0.8, 0.7, 0.1]), np.array([1.0, 1.0, 0.0, 1.0])
    queries = ["a", "b", "c", "c"]
    assert nothing_below(stated(p, y, queries)) == pytest.approx(1 / 3)
    lower = query_threshold(np.full(90, 0.2), np.ones(90), alone(90), target=0.8)
    assert (
        nothing_below(stated(p, y, queries), lower) == 0.199
    )  # what may be acted on is not nothing


@pytest.mark.parametrize(
    ("best", "words"),
    [(0.05, "lower than 100%"), (0.95, "higher than 100%"), (0.35, "lower than 66%")],
)
def test_a_best_hit_is_placed_among_those_of_the_judged_queries(best: float, words: str) -> None:
    assert standing(best, np.array([0.3, 0.6, 0.9]), list("abc")).startswith(words)


def test_the_threshold_curve_is_precision_and_recall_at_each_value() -> None:
    cuts, precision, recall = threshold_curve(
        np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    )
    assert cuts.tolist() == [0.1, 0.5, 0.9]
    assert precision == pytest.approx([0.5, 2 / 3, 1.0])
    assert recall == pytest.approx([1.0, 1.0, 0.5])


@pytest.mark.parametrize("find", [row_threshold, query_threshold])
@pytest.mark.parametrize(
    ("p", "y", "target", "words"),
    [
        ([0.5, math.nan, 0.2], [1, 0, 1], 0.9, "Row 1: the prediction is nan"),
        ([0.5, 1.5, 0.2], [1, 0, 1], 0.9, "Row 1: the prediction is 1.5"),
        ([0.5, 0.4, 0.2], [1, 0, 3], 0.9, "Row 2: the label is 3"),
        ([0.5, 0.4, 0.2], [1, 0], 0.9, "2 labels and 3 queries"),
        ([0.5, 0.4, 0.2], [1, 0, 1], "0.9", "The target is '0.9'"),
    ],
)
def test_what_is_no_calibrated_value_gets_a_sentence(
    find: Any, p: list[float], y: list[float], target: Any, words: str
) -> None:
    with pytest.raises(CalibrationError, match=words):
        find(p, y, alone(3), target)


def test_a_curve_of_best_hits_counts_each_query_once() -> None:
    p, y = np.array([0.9, 0.8, 0.4, 0.3]), np.array([0.0, 1.0, 1.0, 1.0])
    cuts, precision, recall = sc.threshold_curve(p, y, ["a", "a", "b", "b"])
    assert cuts.tolist() == [0.4, 0.9]
    assert precision.tolist() == [0.5, 0.0]
    assert recall.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("level", ["row", "query"])
def test_a_threshold_lies_on_the_curve_of_its_own_level(level: sc.Level) -> None:
    rng = np.random.default_rng(5)
    p, queries = rng.random(400), [f"q{row // 8}" for row in range(400)]
    y = (rng.random(400) < p).astype(np.float64)
    found = (
        sc.row_threshold(p, y, queries, 0.6)
        if level == "row"
        else sc.query_threshold(p, y, queries, 0.6)
    )
    assert found.value is not None
    cuts, precision, recall = sc.threshold_curve(p, y, queries if level == "query" else None)
    at = int(np.searchsorted(cuts, found.value))
    assert precision[at] == pytest.approx(found.precision)
    assert recall[at] == pytest.approx(found.recall)
    shown = sc.shown_rows(found, p, queries)
    assert int(shown.sum()) == found.count
    assert y[shown].mean() == pytest.approx(found.precision)


def test_of_equal_values_the_better_score_is_shown_and_no_more_than_one() -> None:
    p, queries = np.array([0.9, 0.9, 0.9]), ["a", "a", "a"]
    found = sc.query_threshold(np.full(60, 0.9), np.ones(60), [f"q{n}" for n in range(60)], 0.8)
    shown = sc.shown_rows(found, p, queries, np.array([0.1, 0.3, 0.3]))
    assert shown.tolist() == [False, True, False]


def test_a_threshold_without_a_value_shows_nothing_and_says_why() -> None:
    none = sc.row_threshold(np.full(20, 0.9), np.zeros(20), [f"q{n}" for n in range(20)], 0.9)
    with pytest.raises(sc.CalibrationError, match="has no value"):
        sc.shown_rows(none, np.array([0.9]), ["a"])
