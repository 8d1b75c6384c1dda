"""The interval of one value: against fits anew, its width, and its coverage by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import t

import search_core as sc
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats
from tests.calibrate.worlds import judged, scores_alone

pytestmark = pytest.mark.usefixtures("few_draws")


def intervals(pairs: ScoredPairs, method: str, asked: ScoredPairs) -> Floats:
    found = sc.fit_calibrator(pairs, method).value_intervals(asked)
    assert found is not None
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", ["platt", "linear", "beta"])
def test_it_is_the_jackknife_of_fits_without_each_query(method: str) -> None:
    pairs = scores_alone(judged(12, 8))
    anew = []
    for query in sorted(set(pairs.queries)):
        others = np.flatnonzero([each != query for each in pairs.queries])
        fit = sc.fit_calibrator(pairs.take(others), method)
        anew.append(logit(fit.calibrator.predict(pairs)[:5].clip(1e-6, 1 - 1e-6)))
    centre = logit(
        sc.fit_calibrator(pairs, method).calibrator.predict(pairs)[:5].clip(1e-6, 1 - 1e-6)
    )
    spread = np.sqrt(11 / 12 * ((np.array(anew) - np.mean(anew, axis=0)) ** 2).sum(axis=0))
    expected = expit(centre + np.array([[-1.0], [1.0]]) * t.ppf(0.95, 11) * spread).T
    assert intervals(pairs, method, pairs)[:5] == pytest.approx(expected, abs=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("method", sorted(sc.CALIBRATORS))
def test_every_method_has_intervals_around_its_values_that_narrow_with_labels(method: str) -> None:
    few, many = judged(40, 10, rest=8), judged(400, 10, rest=8, seed=1)
    asked = judged(20, 5, rest=8, seed=2)
    widths = []
    for pairs in (few, many):
        result = sc.fit_calibrator(pairs, method)
        found = result.value_intervals(asked)
        assert found is not None
        values = result.calibrator.predict(asked)
        assert ((found[:, 0] <= values + 1e-5) & (values <= found[:, 1] + 1e-5)).all()
        widths.append(np.median(np.diff(found, axis=1)))
    assert widths[1] < 0.6 * widths[0]


def test_a_demonstration_has_no_interval() -> None:
    pairs = judged(4, 20)
    assert sc.fit_calibrator(pairs, "platt").value_intervals(pairs) is None


def test_rows_of_one_query_that_are_alike_widen_it() -> None:
    pairs = judged(40, 10, effect=2.0)
    alone = replace(pairs, queries=tuple(f"row {row}" for row in range(len(pairs))))
    asked = pairs.take(np.arange(50))
    together, apart = (np.diff(intervals(each, "platt", asked)).mean() for each in (pairs, alone))
    assert together > 1.3 * apart


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 1.0])
@pytest.mark.parametrize("queries", [8, 25])
def test_nine_of_ten_intervals_hold_what_the_method_would_state_with_no_end_of_labels(
    effect: float, queries: int
) -> None:
    asked = judged(1, 5, seed=9)
    truth = sc.fit_calibrator(judged(2_000, 10, effect=effect, seed=8), "platt").calibrator
    values = truth.predict(asked)
    held = []
    for seed in range(100):
        found = intervals(judged(queries, 10, effect=effect, seed=100 + seed), "platt", asked)
        held.append((found[:, 0] <= values) & (values <= found[:, 1]))
    assert 0.85 <= np.mean(held) <= 0.96
