"""The share relevant in use: found in simulation, where EM comes to rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.fit import estimate_base_rate, fit_calibrator
from search_core.errors import CalibrationError, ScaleMismatch
from search_core.pairs import ScoredPairs
from tests.calibrate.worlds import judged

pytestmark = pytest.mark.usefixtures("few_draws")


def two_kinds(share: float, count: int, seed: int) -> ScoredPairs:
    """Relevant and irrelevant cosines, each from a bell curve of its own, mixed at a share."""
    rng = np.random.default_rng(seed)
    pairs = judged(count // 10, 10)
    y = (rng.random(len(pairs)) < share).astype(np.float64)
    features = pairs.features.copy()
    features[:, 0] = rng.normal(0.35 + 0.2 * y, 0.1)
    return replace(pairs, features=features, relevance=y)


@pytest.fixture(scope="module")
def calibrator() -> Calibrator:
    return fit_calibrator(two_kinds(0.5, 4_000, 0), "platt").calibrator


def unjudged(pairs: ScoredPairs) -> ScoredPairs:
    return replace(pairs, relevance=np.full(len(pairs), np.nan))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.8])
def test_the_share_is_found_without_a_judgement(calibrator: Calibrator, share: float) -> None:
    found = estimate_base_rate(calibrator, unjudged(two_kinds(share, 10_000, 1)))
    assert found == pytest.approx(share, abs=0.025)


def test_it_is_where_expectation_maximization_comes_to_rest(calibrator: Calibrator) -> None:
    pairs = two_kinds(0.2, 2_000, 2)
    p, labelled = calibrator.predict(pairs), calibrator.fitted_on.mean
    share = labelled
    for _ in range(2_000):
        relevant, irrelevant = share / labelled * p, (1 - share) / (1 - labelled) * (1 - p)
        share = float((relevant / (relevant + irrelevant)).mean())
    assert estimate_base_rate(calibrator, pairs) == pytest.approx(share, abs=1e-9)


def test_values_re_stated_for_it_are_right_on_average(calibrator: Calibrator) -> None:
    pairs = two_kinds(0.1, 10_000, 3)
    moved = calibrator.at_base_rate(estimate_base_rate(calibrator, unjudged(pairs)))
    assert moved.predict(pairs).mean() == pytest.approx(pairs.relevance.mean(), abs=0.02)
    assert calibrator.predict(pairs).mean() > pairs.relevance.mean() + 0.05


def test_under_label_shift_the_mean_of_the_values_misses_the_share(calibrator: Calibrator) -> None:
    pairs = two_kinds(0.1, 10_000, 5)
    truth = pairs.relevance.mean()
    assert estimate_base_rate(calibrator, unjudged(pairs)) == pytest.approx(truth, abs=0.02)
    assert calibrator.predict(pairs).mean() > truth + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("seed", [6, 7])
def test_among_hits_chosen_by_their_score_the_mean_is_right_and_the_estimate_is_not(
    seed: int,
) -> None:
    pool = judged(400, 50, seed=seed, cosine=10.0, shift=-3.0)  # what is relevant is rare in it
    calibrator = fit_calibrator(pool.take(np.arange(10_000)), "platt").calibrator
    asked = pool.take(np.arange(10_000, 20_000))
    cosines = asked.features[:, 0].reshape(200, 50)
    tenth = np.sort(cosines, axis=1)[:, -10][:, np.newaxis]
    hits = asked.take((cosines >= tenth).ravel())
    truth = hits.relevance.mean()
    assert truth > 2 * calibrator.fitted_on.mean
    stated = calibrator.predict(hits).mean()
    assert stated == pytest.approx(truth, abs=0.02)
    estimate = estimate_base_rate(calibrator, unjudged(hits))
    assert abs(estimate - truth) > 0.05
    restated = calibrator.at_base_rate(estimate).predict(hits).mean()
    assert abs(restated - truth) > 0.05


def test_a_share_stated_before_makes_no_difference(calibrator: Calibrator) -> None:
    pairs = two_kinds(0.2, 1_000, 4)
    moved = calibrator.at_base_rate(0.01)
    assert estimate_base_rate(moved, pairs) == estimate_base_rate(calibrator, pairs)


def test_the_labels_themselves_give_their_own_share(calibrator: Calibrator) -> None:
    pairs = two_kinds(0.5, 4_000, 0)
    assert estimate_base_rate(calibrator, pairs) == pytest.approx(pairs.relevance.mean(), abs=0.005)


def test_hits_that_are_all_far_off_give_a_small_share_above_nil(calibrator: Calibrator) -> None:
    pairs = judged(2, 10)
    far = replace(pairs, features=np.full_like(pairs.features, -0.2))
    assert estimate_base_rate(calibrator, far) == pytest.approx(0.5 / 21)
    calibrator.at_base_rate(estimate_base_rate(calibrator, far))


def test_values_that_tell_nothing_leave_the_labels_share() -> None:
    pairs = judged(10, 10)
    twice = replace(
        pairs.take(np.tile(np.arange(50), 2)), relevance=np.repeat([0.0, 1.0], 50)
    )  # every score is judged once this way and once the other
    calibrator = fit_calibrator(twice, "platt").calibrator
    assert estimate_base_rate(calibrator, pairs) == pytest.approx(0.5)


def test_grades_and_no_pairs_are_refused(calibrator: Calibrator) -> None:
    pairs = judged(10, 10, graded=True)
    with pytest.raises(CalibrationError, match="yes-or-no"):
        estimate_base_rate(fit_calibrator(pairs, "platt").calibrator, pairs)
    with pytest.raises(CalibrationError, match="No pairs"):
        estimate_base_rate(calibrator, pairs.take(np.zeros(100, dtype=bool)))
    with pytest.raises(ScaleMismatch):
        estimate_base_rate(calibrator, replace(pairs, scale=pairs.scale.from_source("other")))
