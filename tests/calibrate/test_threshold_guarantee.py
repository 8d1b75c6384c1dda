"""The guarantee of thresholds, by simulation: how often a cut misses its target."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from search_core.calibrate.thresholds import query_threshold, row_threshold
from search_core.evaluate.judged import Judged, best_hits

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_draws")]

Floats = npt.NDArray[np.float64]


class Population:
    """Queries like the labelled ones: each row has a value, and a query's rows share an effect.

    Values (the chance without that effect) tell little, and the share relevant among all rows is
    set: where it lies just under the target, cuts are mistaken most easily. `precision(cut)` is the
    share relevant at or above a cut.
    """

    def __init__(self, spread: float, share: float) -> None:
        self._spread = spread
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        likely = weights / weights.sum()
        around = np.sort(np.random.default_rng(9).normal(0, 0.5, 20_000))[::-1]

        def chance(centre: float) -> Floats:
            shares: Floats = expit(centre + around[:, np.newaxis] + spread * nodes) @ likely
            return shares

        self._centre = float(brentq(lambda centre: chance(centre).mean() - share, 0, 9, xtol=1e-6))
        self._values = expit(self._centre + around)
        self._above = chance(self._centre).cumsum() / np.arange(1, len(around) + 1)

    def labels(self, rng: np.random.Generator, queries: int, rows: int) -> tuple[Floats, Floats]:
        odds = rng.normal(self._centre, 0.5, queries * rows)
        effects = np.repeat(rng.normal(0, self._spread, queries), rows)
        return expit(odds), (rng.random(len(odds)) < expit(odds + effects)).astype(np.float64)

    def precision(self, cut: float) -> float:
        above = int(np.searchsorted(-self._values, -cut, side="right"))
        return float(self._above[max(above, 1) - 1])


def missed(spread: float, target: float, *, rows: int, sets: int, clustered: bool = True) -> float:
    """The share of label sets, of 60 queries, whose cut misses the target among all rows."""
    population = Population(spread, share=target - 0.005)
    rng = np.random.default_rng(round(1_000 * target))
    rows_a_query = rows if clustered else 1
    names = [f"q{row // rows_a_query}" for row in range(60 * rows)]
    misses = 0
    for _ in range(sets):
        values, y = population.labels(rng, 60, rows)
        cut = row_threshold(values, y, names, target).value
        misses += cut is not None and population.precision(cut) < target
    return misses / sets


@pytest.mark.parametrize("spread", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("target", [0.8, 0.9])
def test_a_cut_misses_its_target_in_one_of_ten_label_sets_at_most(
    spread: float, target: float
) -> None:
    assert missed(spread, target, rows=10, sets=400) <= 0.13


@pytest.mark.parametrize("target", [0.8, 0.9])
def test_rows_taken_as_independent_would_miss_it_more_often(target: float) -> None:
    assert missed(2.0, target, rows=20, sets=200) <= 0.13
    assert missed(2.0, target, rows=20, sets=200, clustered=False) > 0.13


@pytest.mark.parametrize("target", [0.7, 0.8])
@pytest.mark.parametrize("step", [1e-9, 0.05], ids=["no two alike", "many alike"])
def test_the_best_hits_that_are_shown_miss_the_target_in_one_of_ten_label_sets_at_most(
    step: float, target: float
) -> None:
    rng = np.random.default_rng(4)
    population = Population(1.0, share=0.6)
    many, many_y = population.labels(rng, 20_000, 5)
    many = step * np.round(many / step)
    judged = Judged.of(many_y, [f"q{row // 5}" for row in range(100_000)])
    best, relevant = best_hits(judged.stated(many))
    order = np.argsort(-best)
    shown, share = best[order], relevant[order].cumsum() / np.arange(1, 20_001)
    found = misses = 0
    for _ in range(300):
        values, y = population.labels(rng, 200, 5)
        values = step * np.round(values / step)
        cut = query_threshold(values, y, [f"q{row // 5}" for row in range(1_000)], target).value
        if cut is not None:
            found += 1
            misses += share[max(int((shown >= cut).sum()), 1) - 1] < target
    assert found > 0
    assert misses / 300 <= 0.13
