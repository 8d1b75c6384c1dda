"""Abstention: the normalized area by hand, its ends, and the regression against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

import search_core as sc
from search_core.evaluate.abstention import PENALTY, _area, _left_out, _normalized_auc
from tests.properties import tried


def measured(p: np.ndarray, y: np.ndarray, scores: np.ndarray | None = None) -> sc.Abstention:
    names = [f"q{row:04d}" for row in range(len(p))]
    found = sc.measure_abstention(sc.Judged.of(y, names, p if scores is None else scores).stated(p))
    assert found is not None
    return found


def test_a_small_case_by_hand() -> None:
    # Kept from the surest on: 1/1, 1/2, 2/3; the best order has 1, 1, 2/3, and chance 2/3.
    found = measured(np.array([0.9, 0.5, 0.1]), np.array([1.0, 0.0, 1.0]))
    area, best, chance = (1 + 1 / 2 + 2 / 3) / 3, (1 + 1 + 2 / 3) / 3, 2 / 3
    assert found.predictions == pytest.approx((area - chance) / (best - chance))


def test_the_right_order_is_1_and_equal_values_are_0() -> None:
    y = np.tile([1.0, 0.0, 0.0], 20)
    assert measured(0.2 + 0.5 * y, y).predictions == pytest.approx(1.0)
    assert measured(np.full(60, 0.4), y).predictions == pytest.approx(0.0, abs=1e-9)
    assert measured(0.7 - 0.5 * y, y).predictions < 0


def test_where_nothing_is_to_be_chosen_there_is_no_figure() -> None:
    judged = sc.Judged.of(np.ones(30), [f"q{row}" for row in range(30)])
    assert sc.measure_abstention(judged.stated(np.linspace(0, 1, 30))) is None


@tried(15)
@given(st.integers(0, 10_000))
def test_only_the_order_of_values_matters_and_ties_are_the_mean_of_their_orders(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sure, good = rng.integers(0, 5, 12) / 5, rng.integers(0, 2, 12).astype(np.float64)
    orders = [_area(sure + 1e-3 * rng.random(12), good) for _ in range(1_000)]
    assert _area(sure, good) == pytest.approx(np.mean(orders), abs=0.03)
    assert _area(np.exp(3 * sure), good) == pytest.approx(_area(sure, good))


def test_random_values_are_0_on_average() -> None:
    rng = np.random.default_rng(2)
    y = (rng.random(80) < 0.4).astype(np.float64)
    assert abs(np.mean([_normalized_auc(rng.random(80), y) for _ in range(1_000)])) < 0.02


def test_the_regression_is_ridge_regression_with_each_query_left_out() -> None:
    rng = np.random.default_rng(1)
    scores = np.sort(rng.normal(0.5, 0.2, (40, 4)), axis=1)[:, ::-1]
    good = (rng.random(40) < scores[:, 0]).astype(np.float64)
    standard = (scores - scores.mean()) / scores.std()
    expected = cross_val_predict(Ridge(alpha=PENALTY), standard, good, cv=LeaveOneOut())
    assert _left_out(scores, good) == pytest.approx(expected, abs=1e-9)


def test_the_interval_lies_around_the_figure_and_narrows_with_queries() -> None:
    rng = np.random.default_rng(7)

    def width(queries: int) -> float:
        p = rng.random(queries)
        found = measured(p, (rng.random(queries) < p).astype(np.float64))
        assert found.predictions_interval is not None
        low, high = found.predictions_interval
        assert low < found.predictions < high
        return high - low

    assert width(400) < width(40) / 2


DRAWS = 200
LARGE = 50_000


@pytest.mark.parametrize("queries", [50, 120])
def test_nine_of_ten_intervals_hold_the_figure_of_no_end_of_queries(queries: int) -> None:
    rng = np.random.default_rng(queries)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        chance = rng.random(count)
        y = (rng.random(count) < chance).astype(np.float64)
        return np.clip(chance + rng.normal(0, 0.2, count), 0, 1), y

    truth = _normalized_auc(*draw(LARGE))
    held = 0
    for _ in range(DRAWS):
        found = measured(*draw(queries))
        assert found.predictions_interval is not None
        low, high = found.predictions_interval
        held += low <= truth <= high
    # Nominal 90%; 2.5 standard errors of 200 draws are 5 points.
    assert 0.85 <= held / DRAWS <= 0.97


def _line_left_out(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what a straight line predicts for each row, fitted without it."""
    design = np.column_stack([np.ones(len(x)), x])
    hat = design @ np.linalg.pinv(design)
    leverage = np.diag(hat)
    return (hat @ y - leverage * y) / (1 - leverage)


def test_predictions_that_are_no_better_than_the_regression_rarely_seem_so() -> None:
    rng = np.random.default_rng(11)
    seems_better = 0
    for _ in range(DRAWS):
        scores = rng.random(80)
        y = (rng.random(80) < scores).astype(np.float64)
        # A line on the square has the same score to go by, and left each query out, too.
        found = measured(np.clip(_line_left_out(scores**2, y), 0, 1), y, scores)
        assert found.gain_interval is not None
        seems_better += found.gain_interval[0] > 0
    assert seems_better <= 0.05 * DRAWS + 2.5 * np.sqrt(0.05 * 0.95 * DRAWS)
