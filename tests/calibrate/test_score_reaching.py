"""From which score on a calibrated value is reached, on every kind of score."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.scale import BROUGHT_SCALES
from tests.calibrate.worlds import judged
from tests.properties import tried

pytestmark = pytest.mark.usefixtures("few_draws")

SCALES = ("cosine", "squared_l2", "bm25")
METHODS = ("platt", "linear", "isotonic", "centred_isotonic")


@cache
def fitted(scale_name: str, method: str, runs_against: bool = False) -> sc.Calibrator:
    scale = BROUGHT_SCALES[scale_name]
    rng = np.random.default_rng(5)
    better = rng.random(600)  # 1 is the best score there is
    low, high = (0.0, 30.0) if scale_name == "bm25" else (scale.lower, scale.upper)
    scores = low + (high - low) * (better if scale.higher_is_better else 1 - better)
    y = rng.random(600) < (1 - better if runs_against else better)
    lines = [
        f"q{n // 10},{score:.17g},{int(r)}"
        for n, (score, r) in enumerate(zip(scores, y, strict=True))
    ]
    labels = sc.read_labels("\n".join(["query,score,relevance", *lines]).encode())
    return sc.fit_calibrator(sc.score_pairs(labels, scale), method).calibrator


def value_of(calibrator: sc.Calibrator, score: float) -> float:
    labels = sc.read_labels(f"query,score\nq,{score:.17g}\n".encode(), judged=False)
    return float(calibrator.predict(sc.score_pairs(labels, calibrator.scale))[0])


@given(st.sampled_from(SCALES), st.sampled_from(METHODS), st.floats(0.01, 0.99))
@tried(60)
def test_the_score_reaches_the_value_and_the_next_worse_one_does_not(
    scale_name: str, method: str, value: float
) -> None:
    calibrator = fitted(scale_name, method)
    score = calibrator.score_reaching(value)
    best, worst = (
        (calibrator.scale.upper, calibrator.scale.lower)
        if calibrator.scale.higher_is_better
        else (calibrator.scale.lower, calibrator.scale.upper)
    )
    if score is None:
        assert value_of(calibrator, float(np.clip(best, -1e6, 1e6))) < value
        return
    assert value_of(calibrator, float(np.clip(score, -1e6, 1e6))) >= value
    if score != worst:  # else every score reaches it
        step = 1e-7 if calibrator.scale.higher_is_better else -1e-7
        assert value_of(calibrator, score - step) < value


def test_a_blend_and_a_curve_that_falls_have_no_such_score() -> None:
    assert sc.fit_calibrator(judged(rest=8), "blend").calibrator.score_reaching(0.5) is None
    assert fitted("cosine", "platt", runs_against=True).score_reaching(0.5) is None


@pytest.mark.parametrize("method", ["isotonic", "centred_isotonic"])
def test_where_every_score_reaches_the_value_it_is_the_worst_there_is(method: str) -> None:
    low = 1e-4  # below the lowest level of either curve
    assert fitted("bm25", method).score_reaching(low) == -np.inf
    assert fitted("cosine", method).score_reaching(low) == -1
    assert fitted("squared_l2", method).score_reaching(low) == 4


@pytest.mark.parametrize(("share", "value"), [(0.05, 0.15), (0.8, 0.7)])
def test_a_share_that_is_moved_moves_the_score(share: float, value: float) -> None:
    calibrator = fitted("cosine", "platt")
    moved = calibrator.at_base_rate(share)
    here, there = calibrator.score_reaching(value), moved.score_reaching(value)
    assert here is not None
    assert there is not None
    assert (there > here) is (share < calibrator.fitted_on.mean)
    assert value_of(moved, there) == pytest.approx(value, abs=1e-9)


def pairs_on(scale_name: str) -> npt.NDArray[np.float64]:
    """Return scores that could be of labelled rows on a scale, one of them often near another."""
    low, high = (0.0, 30.0) if scale_name == "bm25" else (0.0, BROUGHT_SCALES[scale_name].upper)
    return np.random.default_rng(7).uniform(low, high, 400)


@given(st.sampled_from([*SCALES, "l2"]), st.sampled_from(METHODS), st.floats(0.02, 0.98))
@tried(60)
def test_a_bound_keeps_the_rows_that_reach_the_value_and_no_others(
    scale_name: str, method: str, value: float
) -> None:
    calibrator, scores = fitted(scale_name, method), pairs_on(scale_name)
    exact = calibrator.score_reaching(value)
    bounds = calibrator.scores_reaching(value, scores)
    assert [each.scale for each in bounds][:1] == [scale_name] * bool(bounds)
    for bound in bounds:
        assert exact is not None
        assert bound.higher_is_better is BROUGHT_SCALES[bound.scale].higher_is_better
        here = scores if bound.scale == scale_name else 2 - 2 * scores
        kept = here >= bound.score if bound.higher_is_better else here <= bound.score
        wanted = scores >= exact if calibrator.scale.higher_is_better else scores <= exact
        assert kept.tolist() == wanted.tolist()


def test_without_rows_a_bound_has_every_digit() -> None:
    calibrator = fitted("bm25", "platt")
    (bound,) = calibrator.scores_reaching(0.5)
    assert bound.score == calibrator.score_reaching(0.5)


def test_a_bound_in_words_names_its_scale_and_its_side() -> None:
    cosine, distance = fitted("cosine", "platt").scores_reaching(0.5, pairs_on("cosine"))
    assert cosine.words == f"cosine {sc.plain(cosine.score)} and above"
    assert distance.words == f"squared L2 distance {sc.plain(distance.score)} and below"


def test_beside_a_cosine_stands_the_squared_distance_of_unit_vectors() -> None:
    cosine, distance = fitted("cosine", "platt").scores_reaching(0.5)
    assert (cosine.scale, cosine.higher_is_better) == ("cosine", True)
    assert (distance.scale, distance.higher_is_better) == ("squared_l2", False)
    assert distance.score == pytest.approx(2 - 2 * cosine.score, abs=1e-9)


def test_where_every_score_has_the_value_the_bound_is_infinite_and_of_a_blend_there_is_none() -> (
    None
):
    (bound,) = fitted("bm25", "isotonic").scores_reaching(1e-4)
    assert bound.score == -np.inf
    assert sc.fit_calibrator(judged(rest=8), "blend").calibrator.scores_reaching(0.5) == ()
