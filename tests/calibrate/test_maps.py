"""Fitted maps: what they state, without any library."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_core.calibrate.maps import Additive, Beta, Curve, Line, Logistic, expit, logit
from tests.properties import tried

CURVES = Additive(
    ("a", "b", "c"),
    intercept=-0.25,
    knots=((0.0, 1.0, 3.0), (2.0,), (-1.0, 1.0)),
    values=((0.0, 2.0, 1.0), (0.5,), (-1.0, 1.0)),
)


def columns(**values: float) -> dict[str, np.ndarray]:
    return {name: np.array([value]) for name, value in values.items()}


def test_a_sum_of_curves_is_the_sum_of_its_curves() -> None:
    given_columns = columns(a=2.0, b=7.0, c=0.5)
    assert CURVES.parts(given_columns)[0].tolist() == [1.5, 0.5, 0.5]
    assert CURVES.log_odds(given_columns)[0] == 2.25
    assert CURVES.predict(given_columns)[0] == pytest.approx(1 / (1 + math.exp(-2.25)), abs=1e-15)


def test_a_curve_is_level_beyond_its_knots() -> None:
    inside = CURVES.parts(columns(a=0.0, b=2.0, c=1.0))
    assert np.array_equal(CURVES.parts(columns(a=-1e9, b=-1e9, c=1e9)), inside)


def test_a_logistic_map_is_its_formula() -> None:
    model = Logistic(("a", "b"), 0.5, mean=(1.0, 2.0), scale=(2.0, 4.0), coef=(3.0, -1.0))
    odds = 0.5 + 3 * (5 - 1) / 2 - (10 - 2) / 4
    assert model.predict(columns(a=5.0, b=10.0))[0] == pytest.approx(1 / (1 + math.exp(-odds)))


def test_a_line_and_a_curve_stay_in_0_to_1() -> None:
    scores = {"s": np.linspace(-9, 9, 50)}
    for model in (Line("s", 0.3, 0.5), Curve("s", (-1.0, 1.0), (0.2, 0.7))):
        values = model.predict(scores)
        assert values.min() >= 0
        assert values.max() <= 1
        assert (np.diff(values) >= 0).all()


def test_a_beta_map_stays_finite_at_the_ends_of_the_scale() -> None:
    values = Beta("s", -1.0, 1.0, 2.0, 1.0, 0.1).predict({"s": np.array([-1.0, 0.0, 1.0, 1.1])})
    assert np.isfinite(values).all()
    assert (np.diff(values) >= 0).all()


@given(st.floats(-1e300, 1e300))
@tried(50)
def test_expit_never_overflows(odds: float) -> None:
    with np.errstate(all="raise", under="ignore"):
        value = expit(np.array([odds]))[0]
    assert 0 <= value <= 1


@given(st.floats(-25, 25))
@tried(50)
def test_logit_undoes_expit(odds: float) -> None:
    assert logit(expit(np.array([odds])))[0] == pytest.approx(odds, abs=1e-4)
    assert logit(expit(np.array([odds / 5])))[0] == pytest.approx(odds / 5, abs=1e-12)
