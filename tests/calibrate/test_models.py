"""Fits: against other libraries, and what must not change them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression

from search_core.calibrate.maps import Columns, Map, expit, logit
from search_core.calibrate.models import (
    additive_design,
    fit_beta,
    fit_centred_isotonic,
    fit_isotonic,
    fit_line,
    logistic_design,
    platt_design,
)
from search_core.evaluate.reliability import debiased_ece
from search_core.vectors import Floats
from tests.properties import tried

RNG = np.random.default_rng(0)
SCORES = np.round(RNG.uniform(-0.2, 0.9, 400), 3)
JUDGED = (RNG.random(400) < expit(6 * (SCORES - 0.4))).astype(float)
GRADES = np.round(expit(6 * (SCORES - 0.4) + RNG.normal(0, 1, 400)), 1)
NAMES = ("a", "b", "c")


def table(rows: int = 300, seed: int = 1) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)) * [1, 10, 0.01] + [0, 5, 1]
    odds = 2 * np.abs(x[:, 0]) - 2 + 0.1 * (x[:, 1] - 5)
    return x, (rng.random(rows) < expit(odds)).astype(float)


def named(x: Floats) -> Columns:
    return dict(zip(NAMES, x.T, strict=True))


def state(model: Map, scores: Floats) -> Floats:
    return model.predict({"s": scores})


def test_platt_minimises_the_loss_on_his_smoothed_targets() -> None:
    positive, negative = JUDGED.sum(), len(JUDGED) - JUDGED.sum()
    target = np.where(JUDGED == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(w: Floats) -> float:
        odds = w[0] + w[1] * SCORES
        return float((np.logaddexp(0, odds) - target * odds).sum())

    best = minimize(loss, [0.0, 1.0], method="BFGS", options={"gtol": 1e-9}).x
    expected = expit(best[0] + best[1] * SCORES)
    np.testing.assert_allclose(
        state(platt_design("s", SCORES).fit(JUDGED), SCORES), expected, atol=1e-6
    )


def test_ridge_logistic_is_scikit_learns_on_standardised_columns() -> None:
    x, y = table()
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    oracle = LogisticRegression(C=0.1, tol=1e-12, max_iter=10_000).fit(standard, y)
    found = logistic_design(NAMES, x, 0.1).fit(y).predict(named(x))
    # A column of a hundredth around 1 is divided by a little more than its deviation.
    np.testing.assert_allclose(found, oracle.predict_proba(standard)[:, 1], atol=1e-5)


def test_a_sum_of_curves_minimises_its_penalised_loss() -> None:
    x, y = table(120)
    knots = np.quantile(x, [0, 0.25, 0.5, 0.75, 1], axis=0, method="inverted_cdf")
    z, at = ((v - x.mean(axis=0)) / x.std(axis=0) for v in (x, knots))
    bends = [np.maximum(0, z[:, j] - at[i, j]) for j in (0, 2) for i in (1, 2, 3)]
    basis = np.column_stack([z, *bends])
    basis -= basis.mean(axis=0)

    def loss(w: Floats) -> float:
        odds = w[0] + basis @ w[1:]
        return float((np.logaddexp(0, odds) - y * odds).sum() + (w[1:] ** 2).sum() / (2 * 0.3))

    w = minimize(loss, np.zeros(10), method="BFGS", options={"gtol": 1e-7}).x
    found = additive_design(NAMES, ("b",), x, 0.3).fit(y)
    np.testing.assert_allclose(found.log_odds(named(x)), w[0] + basis @ w[1:], atol=1e-4)
    assert [len(each) for each in found.knots] == [5, 2, 5]


def test_a_sum_of_curves_bends_where_the_labels_do() -> None:
    x, y = table(4_000)
    found = additive_design(NAMES, (), x, 1.0).fit(y)
    low, middle, high = (np.array([[v, 5.0, 1.0]]) for v in (-2.0, 0.0, 2.0))
    states = [float(found.predict(named(row))[0]) for row in (low, middle, high)]
    assert states[0] > 0.75
    assert states[1] < 0.3
    assert states[2] > 0.75


@pytest.mark.parametrize("spoil", ["constant", "two values", "nearly constant"])
def test_a_column_that_says_little_leaves_finite_curves(spoil: str) -> None:
    x, y = table()
    x[:, 1] = {
        "constant": np.full(300, 0.1),
        "two values": np.arange(300) % 2,
        "nearly constant": 0.1 + 1e-16 * np.arange(300),
    }[spoil]
    for found in (additive_design(NAMES, (), x, 1.0).fit(y), logistic_design(NAMES, x, 1.0).fit(y)):
        far = found.predict(named(x * 1e6))
        assert np.isfinite(far).all()


def test_separable_data_stays_finite() -> None:
    x, _ = table()
    y = (x[:, 0] > 0).astype(float)
    for model in (
        platt_design("a", x[:, 0]).fit(y),
        logistic_design(NAMES, x, 1.0).fit(y),
        additive_design(NAMES, (), x, 1.0).fit(y),
    ):
        values = model.predict(named(x))
        assert np.isfinite(values).all()
        assert ((values > 0) & (values < 1)).all()


FITS: dict[str, Any] = {
    "platt": lambda column, x, y: platt_design(column, x).fit(y),
    "linear": fit_line,
    "isotonic": fit_isotonic,
    "centred isotonic": fit_centred_isotonic,
    "beta": lambda column, x, y: fit_beta(column, x, y, -1.0, 1.0),
}


@pytest.mark.parametrize("name", FITS)
def test_reversed_labels_and_scores_give_the_reversed_curve(name: str) -> None:
    found = state(FITS[name]("s", SCORES, JUDGED), SCORES)
    turned = state(FITS[name]("s", -SCORES, 1 - JUDGED), -SCORES)
    np.testing.assert_allclose(turned, 1 - found, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in FITS if n != "platt"])
def test_grades_are_fitted_as_rows_of_both_kinds(name: str) -> None:
    """Ten copies of a row, as many of them positive as its grade says."""
    copies = np.repeat(SCORES, 10)
    votes = (np.tile(np.arange(10), len(SCORES)) < np.repeat(np.round(GRADES * 10), 10)) * 1.0
    from_grades = state(FITS[name]("s", SCORES, GRADES), SCORES)
    from_votes = state(FITS[name]("s", copies, votes), SCORES)
    # The half observation at either end weighs less among ten times the rows.
    tolerance = 0.05 if "isotonic" in name else 1e-5
    np.testing.assert_allclose(from_grades, from_votes, atol=tolerance)


def test_grades_weigh_as_doubled_rows_in_every_logistic_fit() -> None:
    x, y = table()
    grades = np.round((y + 0.5) / 2, 2)
    doubled = np.concatenate([x, x])
    targets = np.repeat([1, 0], len(y))
    weights = np.concatenate([grades, 1 - grades])
    standard = (doubled - x.mean(axis=0)) / x.std(axis=0)
    oracle = LogisticRegression(C=0.3, tol=1e-12, max_iter=10_000)
    oracle.fit(standard, targets, sample_weight=weights)
    found = logistic_design(NAMES, x, 0.3).fit(grades).predict(named(x))
    np.testing.assert_allclose(found, oracle.predict_proba(standard[: len(y)])[:, 1], atol=1e-6)


@given(st.integers(0, 10_000))
@tried(20)
def test_isotonic_looks_at_the_order_of_scores_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, judged = SCORES[:80], (rng.random(80) < 0.5).astype(float)
    found = state(fit_isotonic("s", scores, judged), scores)
    for curve in (np.exp, lambda s: s**3, lambda s: np.arctan(s * 50)):
        mapped = np.asarray(curve(scores), dtype=np.float64)
        assert np.array_equal(state(fit_isotonic("s", mapped, judged), mapped), found)


# A shift of more than a thousand times the scores' range would take neighbours within `SAME`.
@given(st.floats(0.01, 100), st.floats(-100, 100))
@tried(20)
def test_an_affine_map_of_the_score_changes_nothing(factor: float, shift: float) -> None:
    mapped = factor * (SCORES + shift)
    for name, tolerance in (("centred isotonic", 1e-9), ("platt", 1e-6), ("linear", 1e-6)):
        found = state(FITS[name]("s", SCORES, JUDGED), SCORES)
        again = state(FITS[name]("s", mapped, JUDGED), mapped)
        np.testing.assert_allclose(again, found, atol=tolerance)


def test_isotonic_is_scikit_learns_with_half_a_row_at_either_end() -> None:
    scores = np.concatenate([SCORES, [SCORES.min(), SCORES.max()]])
    judged = np.concatenate([JUDGED, [1.0, 0.0]])
    weights = np.concatenate([np.ones(len(SCORES)), [0.5, 0.5]])
    oracle = IsotonicRegression(out_of_bounds="clip").fit(scores, judged, sample_weight=weights)
    grid = np.linspace(-0.5, 1.2, 500)
    found = state(fit_isotonic("s", SCORES, JUDGED), grid)
    np.testing.assert_allclose(found, oracle.predict(grid), atol=1e-9)
    assert found.min() > 0
    assert found.max() < 1


def test_centred_isotonic_rises_between_levels_at_their_mean_scores() -> None:
    curve = fit_centred_isotonic("s", SCORES, JUDGED)
    assert (np.diff(curve.y) > 0).all()
    steps = fit_isotonic("s", SCORES, JUDGED)
    assert set(curve.y) <= set(np.round(steps.y, 10))
    assert len(set(state(curve, SCORES))) > len(set(state(steps, SCORES)))


def test_a_line_is_least_squares_clipped() -> None:
    oracle = LinearRegression().fit(SCORES[:, None], GRADES)
    expected = np.clip(oracle.predict(SCORES[:, None]), 0, 1)
    np.testing.assert_allclose(state(fit_line("s", SCORES, GRADES), SCORES), expected, atol=1e-9)


@pytest.mark.peers
def test_beta_is_what_betacal_fits() -> None:
    betacal = pytest.importorskip("betacal")
    share = (1 + SCORES) / 2
    oracle = betacal.BetaCalibration(parameters="abm").fit(share[:, None], JUDGED)
    found = state(fit_beta("s", SCORES, JUDGED, -1.0, 1.0), SCORES)
    np.testing.assert_allclose(found, oracle.predict(share), atol=2e-3)


@pytest.mark.parametrize("slope", [1.0, -0.2, -2.0])
def test_beta_is_the_best_of_the_curves_that_never_fall(slope: float) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        scores = rng.uniform(-0.9, 0.9, 60)
        bent = expit(3 * np.abs(scores) + slope * scores - 1)
        judged = (rng.random(60) < bent).astype(float)
        share = (1 + scores) / 2
        parts = np.column_stack([np.ones(60), np.log(share), -np.log1p(-share)])

        def loss(w: Floats, parts: Floats = parts, judged: Floats = judged) -> float:
            return float((np.logaddexp(0, parts @ w) - judged * (parts @ w)).sum())

        found = fit_beta("s", scores, judged, -1.0, 1.0)
        assert min(found.a, found.b) >= 0
        best = minimize(loss, [0.0, 1.0, 1.0], bounds=[(None, None), (0, None), (0, None)])
        assert loss(np.array([found.intercept, found.a, found.b])) <= best.fun + 1e-4


def test_labels_that_run_against_the_score_leave_beta_the_average_label() -> None:
    found = fit_beta("s", SCORES, 1 - JUDGED, -1.0, 1.0)
    assert (found.a, found.b) == (0, 0)
    assert state(found, SCORES) == pytest.approx(1 - JUDGED.mean())


def test_what_is_calibrated_by_construction_stays_as_it_is() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(1, 3, 20_000)
    judged = (rng.random(20_000) < p).astype(float)
    model = platt_design("s", logit(p)).fit(judged)
    assert model.coef[0] / model.scale[0] == pytest.approx(1, abs=0.1)
    assert debiased_ece(judged, state(model, logit(p))) <= 0.01
