"""The prior: what other collections suggest, how sure it is, and how labels draw it away."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

import search_core as sc
from benchmarks.learnt_prior import COLUMNS
from benchmarks.random_effects import Labelled, pooled, random_effects
from search_core.calibrate.blend import recipes
from search_core.calibrate.models import logistic_design, prior_design
from search_core.calibrate.prior import COSINES, Prior
from search_core.features import FEATURE_NAMES
from search_core.vectors import Floats
from tests.calibrate.worlds import judged, scores_alone

PAIRS = judged(40, 10)
PRIOR = sc.load_prior()


def a_prior(mean: Floats, covariance: Floats, collections: int = 200) -> Prior:
    """Return a prior of one column, the cosine; `mean` of shape (2,), covariance (2, 2)."""
    return Prior(
        collections=tuple(f"collection {n}" for n in range(collections)),
        columns=("cos",),
        centre=(2.0,),
        unit=(0.8,),
        mean=tuple(mean.tolist()),
        covariance=tuple(map(tuple, covariance.tolist())),
    )


def standardised(prior: Prior, pairs: sc.ScoredPairs) -> Floats:
    assert pairs.usual_cosine is not None
    middle, deviation = pairs.usual_cosine
    return ((pairs.similarities - middle) / deviation - prior.centre[0]) / prior.unit[0]


def test_the_shipped_prior_knows_ten_collections_or_more_and_none_of_the_sample() -> None:
    assert len(set(PRIOR.collections)) >= 10
    assert "sample" not in PRIOR.collections
    assert PRIOR.columns == COLUMNS
    assert set(COSINES) <= set(FEATURE_NAMES)
    assert np.linalg.eigvalsh(np.array(PRIOR.covariance)).min() > 0


def test_a_value_lies_in_its_band_and_the_words_name_both() -> None:
    values = PRIOR.predict(PAIRS)
    assert (values.low < values.mean).all()
    assert (values.mean < values.high).all()
    one = sc.PriorValues(np.array([0.62]), np.array([0.2]), np.array([0.9]))
    assert one.words(0) == "0.62 (0.20–0.90)"


def test_the_mean_is_that_of_all_collections_there_might_be() -> None:
    mean, covariance = np.array([-1.0, 0.9]), np.array([[1.5, 0.2], [0.2, 0.3]])
    prior = a_prior(mean, covariance)
    pairs = PAIRS.take(np.arange(5))
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_normal(mean, covariance * (1 + 1 / 200), 200_000)
    rows = np.column_stack([np.ones(5), standardised(prior, pairs)])
    assert prior.predict(pairs).mean == pytest.approx(expit(rows @ drawn.T).mean(axis=1), abs=5e-3)


def test_the_band_holds_what_it_says_over_collections() -> None:
    mean, covariance = np.array([-1.0, 0.9]), np.array([[1.5, 0.2], [0.2, 0.3]])
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        seen = rng.multivariate_normal(mean, covariance, 12)
        prior = a_prior(seen.mean(axis=0), np.cov(seen.T), 12)
        own = rng.multivariate_normal(mean, covariance)
        chance = expit(own[0] + own[1] * standardised(prior, PAIRS))
        values = prior.predict(PAIRS)
        held.append(((values.low <= chance) & (chance <= values.high)).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=0.03)


def test_one_number_told_fixes_the_share_and_narrows_the_band() -> None:
    few = PAIRS.take(np.arange(100))
    informed = PRIOR.with_base_rate(0.3, few)
    assert informed.predict(few).mean.mean() == pytest.approx(0.3, abs=1e-6)
    before, after = PRIOR.predict(few), informed.predict(few)
    assert (after.high - after.low).mean() < (before.high - before.low).mean()
    assert informed.mean[1:] == PRIOR.mean[1:]
    assert "none of them yours" in PRIOR.sentence
    assert "the share that you gave" in informed.sentence


def test_a_number_can_be_told_anew() -> None:
    few = PAIRS.take(np.arange(100))
    again = PRIOR.with_base_rate(0.9, few).with_base_rate(0.2, few)
    expected = PRIOR.with_base_rate(0.2, few)
    assert again.mean == pytest.approx(expected.mean, abs=1e-6)
    assert np.array(again.covariance) == pytest.approx(np.array(expected.covariance))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_knows_that_none_or_all_are_right(share: float) -> None:
    stated = PRIOR.with_base_rate(share, PAIRS).predict(PAIRS).mean.mean()
    assert stated == pytest.approx(abs(share - 0.02), abs=1e-6)


def test_what_it_cannot_be_asked_is_refused_in_a_sentence() -> None:
    with pytest.raises(sc.CalibrationError, match=r"The share is 3; give one from 0 to 1"):
        PRIOR.with_base_rate(3, PAIRS)
    with pytest.raises(sc.CalibrationError, match=r"No pairs were given"):
        PRIOR.with_base_rate(0.3, PAIRS.take(np.arange(0)))
    with pytest.raises(sc.CalibrationError, match=r"scores without texts"):
        PRIOR.predict(scores_alone(PAIRS))
    with pytest.raises(sc.CalibrationError, match=r"fewer than 10 documents"):
        PRIOR.predict(replace(PAIRS, usual_cosine=None))


def test_an_encoder_whose_cosines_lie_closer_together_gets_the_same_values() -> None:
    assert PAIRS.usual_cosine is not None
    cosines = [FEATURE_NAMES.index(name) for name in COSINES]
    features = PAIRS.features.copy()
    features[:, cosines] = 0.7 + 0.2 * features[:, cosines]
    middle, deviation = PAIRS.usual_cosine
    closer = replace(PAIRS, features=features, usual_cosine=(0.7 + 0.2 * middle, 0.2 * deviation))
    assert PRIOR.predict(closer).mean == pytest.approx(PRIOR.predict(PAIRS).mean, abs=1e-9)


def test_labels_that_tell_nothing_of_slopes_leave_those_of_the_prior() -> None:
    assert PAIRS.usual_cosine is not None
    same = np.tile(PAIRS.features[0], (20, 1))
    x = np.column_stack([same[:, FEATURE_NAMES.index(name)] for name in PRIOR.columns])
    fitted = prior_design(PRIOR, PAIRS.usual_cosine, x).fit(np.tile([0.0, 1.0], 10))
    assert fitted.coef == pytest.approx(PRIOR.mean[1:], abs=1e-6)


def test_few_labels_draw_its_slopes_away_by_what_they_tell() -> None:
    mean, covariance = np.array([0.0, 1.0]), np.diag([1.0, 0.25])
    prior = a_prior(mean, covariance, 1_000_000)
    pairs = judged(4, 5, seed=3)
    z, y = standardised(prior, pairs), pairs.relevance
    fitted = prior_design(prior, (0.1, 0.15), pairs.features[:, :1]).fit(y)
    centred, intercept, slope = z - z.mean(), fitted.intercept, fitted.coef[0]
    left = y - expit(intercept + slope * centred)
    # Where ½(w − μ)²/σ² and the log-loss are least, both slopes are 0.
    assert left.sum() == pytest.approx(0, abs=1e-6)
    assert left @ centred == pytest.approx((slope - 1) / 0.25, abs=1e-4)


def test_with_many_labels_it_is_the_plain_fit() -> None:
    many = judged(2_000, 10, cosine=8)
    prior = a_prior(np.array([0.0, -3.0]), np.diag([1.0, 1.0]))
    drawn = prior_design(prior, (0.1, 0.15), many.features[:, :1]).fit(many.relevance)
    plain = logistic_design(("cos",), many.features[:, :1], 1e8).fit(many.relevance)
    assert drawn.predict(many.columns()) == pytest.approx(plain.predict(many.columns()), abs=5e-3)


def test_the_blend_starts_from_it_where_the_collection_s_usual_cosine_is_known() -> None:
    with_prior = recipes(FEATURE_NAMES, (0.1, 0.15), graded=False)
    without = recipes(FEATURE_NAMES, None, graded=False)
    assert len(with_prior) == len(without) + 1
    assert PRIOR.columns in {each.columns for each in with_prior}


def test_a_blend_with_it_goes_to_a_file_and_back() -> None:
    few = judged(15, 4, cosine=2, seed=5)
    blend = sc.fit_calibrator(few, "blend").calibrator
    members = msgspec.to_builtins(blend.model)["members"]
    assert PRIOR.columns in {tuple(each["columns"]) for each in members}
    again = sc.load_calibrator(blend.to_json())
    assert np.array_equal(again.predict(few), blend.predict(few))


def test_a_collection_tells_its_usual_cosine_from_ten_documents_on() -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"text {n}" for n in range(30)]
    usual = sc.FeatureSpace.build(vectors, texts).usual_cosine
    cosines = [vectors[a] @ vectors[b] for a in range(30) for b in range(30) if a != b]
    assert usual == pytest.approx((np.mean(cosines), np.std(cosines)))
    assert sc.FeatureSpace.build(vectors[:9], texts[:9]).usual_cosine is None


def collections_drawn(mean: Floats, covariance: Floats, count: int) -> list[Labelled]:
    rng = np.random.default_rng(2)
    drawn = []
    for own in rng.multivariate_normal(mean, covariance, count):
        rows = np.column_stack([np.ones(400), rng.normal(size=400)])
        y = (rng.random(400) < expit(rows @ own)).astype(np.float64)
        drawn.append(Labelled(rows, y, [f"query {n}" for n in range(400)]))
    return drawn


@pytest.mark.slow
def test_random_effects_find_the_mean_and_covariance_that_collections_were_drawn_from() -> None:
    mean, covariance = np.array([-1.0, 0.8]), np.array([[1.0, 0.3], [0.3, 0.4]])
    found, spread = random_effects(collections_drawn(mean, covariance, 150))
    assert found == pytest.approx(mean, abs=0.2)
    assert spread == pytest.approx(covariance, abs=0.2)


@pytest.mark.slow
def test_random_effects_of_one_coefficient_are_the_most_likely_ones() -> None:
    rng = np.random.default_rng(3)
    noise = rng.uniform(0.1, 1.0, 30)
    seen = rng.normal(2.0, np.sqrt(0.5 + noise))
    mean, variance = np.array([0.0]), np.array([[1.0]])
    for _ in range(2_000):  # EM with estimates of known variance
        kept = variance[0, 0] / (variance[0, 0] + noise)
        moved = [np.array([m]) for m in kept * seen + (1 - kept) * mean[0]]
        mean, variance = pooled(moved, [np.array([[each]]) for each in kept * noise])
    grid = np.array(
        [
            (m, v, norm.logpdf(seen, m, np.sqrt(v + noise)).sum())
            for m in np.linspace(1, 3, 101)
            for v in np.linspace(0.01, 2, 200)
        ]
    )
    best = grid[grid[:, 2].argmax()]
    assert mean[0] == pytest.approx(best[0], abs=0.03)
    assert variance[0, 0] == pytest.approx(best[1], abs=0.03)
