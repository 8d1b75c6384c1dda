"""Proper scores, their parts and calibration errors, held against other libraries and by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import (
    brier_score_loss,
    d2_log_loss_score,
    log_loss as sklearn_log_loss,
    r2_score,
    roc_auc_score,
)

from search_core.evaluate import measures as ranking, reliability as measures
from search_core.evaluate.intervals import ordered_pairs
from search_core.evaluate.judged import Judged, Stated, query_numbers
from tests.properties import tried

Floats = npt.NDArray[np.float64]


def drawn(rows: int, seed: int = 0, digits: int = 6) -> tuple[Floats, Floats]:
    """Yes-or-no labels drawn from the values themselves, rounded so that some are equal."""
    rng = np.random.default_rng(seed)
    p = np.round(rng.uniform(0.01, 0.99, rows), digits)
    return (rng.random(rows) < p).astype(np.float64), p


def stated(y: Floats, p: Floats, queries: list[str]) -> Stated:
    return Judged.of(y, queries).stated(p)


def by_tens(rows: int) -> list[str]:
    return [f"q{row // 10}" for row in range(rows)]


labelled = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 1.0, 1.0, 0.25, 0.6]),
        st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8, 1.0]),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    y, p = drawn(400, seed, digits=2)
    relevant = y.astype(bool)
    assert measures.log_loss(y, p) == pytest.approx(sklearn_log_loss(y, p), abs=1e-12)
    assert measures.brier(y, p) == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    assert measures.r_squared(y, p) == pytest.approx(r2_score(y, p), abs=1e-12)
    assert measures.d_squared(y, p) == pytest.approx(d2_log_loss_score(y, p), abs=1e-12)
    assert ranking.auc(relevant, p) == pytest.approx(roc_auc_score(y, p), abs=1e-12)


def test_a_grade_counts_as_a_relevant_row_and_an_irrelevant_one_by_their_shares() -> None:
    rng = np.random.default_rng(1)
    y, p = rng.choice([0, 0.25, 0.5, 1], 300), rng.uniform(0.05, 0.95, 300)
    both, twice = np.repeat([1, 0], 300), np.concatenate([p, p])
    by_shares = sklearn_log_loss(both, twice, sample_weight=np.concatenate([y, 1 - y]))
    assert measures.log_loss(y, p) == pytest.approx(by_shares, abs=1e-12)


def test_stating_the_grade_itself_leaves_no_excess_loss() -> None:
    y = np.array([0.2, 0.5, 0.9])
    assert measures.log_loss(y, y) > 0.3
    assert measures.excess_loss(y, y) == pytest.approx(0, abs=1e-15)


def test_a_row_that_is_surely_wrong_costs_a_finite_loss() -> None:
    y, p = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert measures.row_losses(y, p) == pytest.approx(-np.log(1e-4))


def test_figures_that_need_two_classes_are_none_with_one() -> None:
    y, p = np.ones(4), np.array([0.1, 0.5, 0.6, 0.9])
    assert measures.d_squared(y, p) is None
    assert measures.r_squared(y, p) is None
    assert ranking.auc(y.astype(bool), p) is None
    assert ranking.auc_within(stated(y, p, ["a", "a", "b", "b"])) is None


def test_auc_within_weighs_queries_by_their_pairs() -> None:
    y = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    p = np.array([0.9, 0.1, 0.5, 0.5, 0.6, 0.3])
    # a: its one pair stands in order; b: of two pairs one is a tie, the other reversed; c: none.
    assert ranking.auc_within(stated(y, p, ["a", "a", "b", "b", "b", "c"])) == pytest.approx(
        (1 + 0.5 + 0) / 3
    )


@given(labelled)
@tried(60)
def test_pairs_in_order_are_counted_as_one_would_by_hand(
    rows: list[tuple[float, float, str]],
) -> None:
    y, p = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    queries = [row[2] for row in rows]
    ordered, pairs = ordered_pairs(y >= 0.5, p, query_numbers(queries))
    for query, found, count in zip(sorted(set(queries)), ordered, pairs, strict=True):
        mine = [row for row in range(len(rows)) if queries[row] == query]
        good, bad = [p[i] for i in mine if y[i] >= 0.5], [p[i] for i in mine if y[i] < 0.5]
        assert count == len(good) * len(bad)
        assert found == sum((one > other) + (one == other) / 2 for one in good for other in bad)


@given(labelled)
@tried(60)
def test_the_brier_score_is_miscalibration_less_discrimination_plus_uncertainty(
    rows: list[tuple[float, float, str]],
) -> None:
    y, p = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    parts = measures.corp(y, p)
    taken_apart = parts.miscalibration - parts.discrimination + parts.uncertainty
    assert taken_apart == pytest.approx(measures.brier(y, p), abs=1e-12)
    assert min(parts.miscalibration, parts.discrimination, parts.uncertainty) >= 0


def test_the_reliability_curve_is_scikit_learns_isotonic_fit() -> None:
    y, p = drawn(300, digits=2)
    parts = measures.corp(y, p)
    fitted = IsotonicRegression().fit(p, y)
    assert parts.judged == pytest.approx(fitted.predict(parts.stated), abs=1e-12)


def test_values_that_were_recalibrated_once_are_not_miscalibrated() -> None:
    y, p = drawn(300)
    again = np.interp(p, measures.corp(y, p).stated, measures.corp(y, p).judged)
    assert measures.corp(y, again).miscalibration == pytest.approx(0, abs=1e-12)


def test_the_debiased_error_of_two_bins_by_hand() -> None:
    p = np.array([0.2, 0.2, 0.2, 0.2, 0.7, 0.7, 0.7, 0.7])
    y = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    # Gaps .3 and .3; the sample variance is 1/3 in the first bin and 0 in the second.
    expected = np.sqrt(0.5 * (0.3**2 - (1 / 3) / 4) + 0.5 * 0.3**2)
    assert measures.debiased_ece(y, p, bins=2) == pytest.approx(expected)


def test_a_bin_of_one_row_tells_nothing() -> None:
    y, p = np.array([0.0, 1.0, 1.0]), np.array([0.9, 0.1, 0.2])
    assert measures.debiased_ece(y, p) == 0


@pytest.mark.peers
@pytest.mark.parametrize("seed", range(3))
def test_the_debiased_error_is_that_of_uncertainty_calibration(seed: int) -> None:
    peer = pytest.importorskip("calibration")
    rng = np.random.default_rng(seed)
    p = rng.choice(np.linspace(0.05, 0.95, 10), 500)
    y = (rng.random(500) < p**1.5).astype(np.float64)
    bins = [list(zip(p[p == value], y[p == value], strict=True)) for value in np.unique(p)]
    # One bin a value on both sides: the cuts at equal counts move to the ends of ties.
    assert measures.debiased_ece(y, p, bins=10_000) == pytest.approx(
        peer.unbiased_l2_ce(bins), abs=1e-9
    )


def test_the_smooth_error_of_one_stated_value_is_its_gap() -> None:
    y = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    assert measures.smooth_ece(y, np.full(5, 0.5)) == pytest.approx(0.3, abs=1e-4)


def test_the_smooth_error_of_the_truth_is_nil() -> None:
    y = np.array([0.1, 0.4, 0.9])
    assert measures.smooth_ece(y, y) == 0


@pytest.mark.peers
@pytest.mark.parametrize("power", [0.7, 1.0, 2.0])
def test_the_smooth_error_is_that_of_relplot(power: float) -> None:
    peer = pytest.importorskip("relplot")
    rng = np.random.default_rng(2)
    p = rng.beta(1, 3, 2_000)
    y = (rng.random(2_000) < p**power).astype(np.float64)
    assert measures.smooth_ece(y, p) == pytest.approx(peer.smECE(p, y), abs=2e-3)


def test_many_rows_drawn_from_what_was_stated_show_almost_no_error() -> None:
    y, p = drawn(20_000)
    assert measures.debiased_ece(y, p) <= 0.01
    assert measures.smooth_ece(y, p) <= 0.02  # no noise is taken off


def test_the_null_band_holds_the_diagonal_and_widens_with_fewer_rows() -> None:
    y, p = drawn(2_000)
    wide = measures.null_band(stated(y[:200], p[:200], by_tens(200)))
    slim = measures.null_band(stated(y, p, by_tens(2_000)))
    for band in (wide, slim):
        assert np.all(band.lower <= band.stated + 0.02)
        assert np.all(band.upper >= band.stated - 0.02)
        assert np.all((band.lower >= 0) & (band.upper <= 1))
    assert (wide.upper - wide.lower).mean() > 2 * (slim.upper - slim.lower).mean()


def clustered(rng: np.random.Generator, queries: int, spread: float) -> tuple[Floats, Floats]:
    """Ten rows a query whose labels and values hang together; on the whole, p is right."""
    p = np.repeat(rng.uniform(0.35, 0.65, queries), 10) + rng.uniform(-0.01, 0.01, 10 * queries)
    shift = np.repeat(rng.choice([-spread, spread], queries), 10)
    return (rng.random(10 * queries) < p + shift).astype(np.float64), p


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_values_right_by_construction_stay_under_the_null_error_in_95_of_100(
    spread: float,
) -> None:
    rng = np.random.default_rng(3)
    under, under_as_rows, runs = 0, 0, 500
    alone = [str(row) for row in range(600)]
    for run in range(runs):
        y, p = clustered(rng, 60, spread)
        error = measures.debiased_ece(y, p)
        under += error <= measures.null_ece(stated(y, p, by_tens(600)), run)
        under_as_rows += error <= measures.null_ece(stated(y, p, alone), run)
    assert 0.92 <= under / runs <= 0.98
    if spread:  # without the clustering the same test fails
        assert under_as_rows / runs < 0.9
