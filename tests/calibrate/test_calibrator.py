"""A fitted calibrator: prior shift, explanations, and hits in, hits out."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.maps import Blend, Logistic, logit
from search_core.pairs import EncodedBy
from search_core.scale import COSINE, PROBABILITY
from tests.calibrate.worlds import judged, scores_alone
from tests.properties import tried

pytestmark = pytest.mark.usefixtures("few_draws")

PAIRS = judged(60, 10, rest=8)
BLEND = fit_calibrator(PAIRS).calibrator
PLATT = fit_calibrator(PAIRS, "platt").calibrator
COLUMNS = dict(zip(PAIRS.feature_names, PAIRS.features.T, strict=True))


def test_the_labels_own_share_changes_nothing() -> None:
    again = BLEND.at_base_rate(BLEND.fitted_on.mean)
    assert again.base_rate is None
    assert again.thresholds == BLEND.thresholds
    assert np.array_equal(again.predict(PAIRS), BLEND.predict(PAIRS))


@given(st.floats(0.001, 0.999))
@tried(40)
def test_there_and_back_changes_nothing(share: float) -> None:
    mean = PLATT.fitted_on.mean
    moved = PLATT.at_base_rate(share).predict(PAIRS)
    back = logit(moved) + logit(np.array([mean])) - logit(np.array([share]))
    assert 1 / (1 + np.exp(-back)) == pytest.approx(PLATT.predict(PAIRS), abs=1e-12)
    returned = PLATT.at_base_rate(share).at_base_rate(mean)
    assert np.array_equal(returned.predict(PAIRS), PLATT.predict(PAIRS))


def test_a_shift_multiplies_the_odds() -> None:
    p, moved = PLATT.predict(PAIRS), PLATT.at_base_rate(0.01).predict(PAIRS)
    mean = PLATT.fitted_on.mean
    ratio = (moved / (1 - moved)) / (p / (1 - p))
    assert ratio == pytest.approx((0.01 / 0.99) / (mean / (1 - mean)))


def test_thresholds_are_withdrawn_while_the_share_is_off_its_base() -> None:
    assert BLEND.thresholds
    moved = BLEND.at_base_rate(0.01)
    assert moved.thresholds == ()
    assert moved.nothing_below is None


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_outside_0_and_1_is_refused(share: float) -> None:
    with pytest.raises(sc.CalibrationError, match="between 0 and 1"):
        PLATT.at_base_rate(share)


def test_grades_and_lines_have_no_share_to_re_state() -> None:
    for calibrator in (
        fit_calibrator(judged(graded=True), "platt").calibrator,
        fit_calibrator(PAIRS, "linear").calibrator,
    ):
        with pytest.raises(sc.CalibrationError, match="Only probabilities"):
            calibrator.at_base_rate(0.1)


def test_what_the_columns_added_sums_up_to_the_log_odds() -> None:
    model = PLATT.model
    assert isinstance(model, Logistic)
    parts = np.array([sum(added.values()) for added in PLATT.explain(PAIRS)])
    assert parts + model.intercept == pytest.approx(logit(PLATT.predict(PAIRS)))


def test_what_the_columns_of_a_blend_added_sums_up_but_for_one_baseline_guard_and_all() -> None:
    model = BLEND.model
    assert isinstance(model, Blend)
    assert model.guard is not None
    assert (PAIRS.features[:, 0] < model.guard.below).any()
    stated = logit(BLEND.predict(PAIRS))
    surest = [np.abs(member.log_odds(COLUMNS)) for member in model.members]
    inside = np.max(surest, axis=0) < 9
    baseline = sum(w * m.intercept for w, m in zip(model.weights, model.members, strict=True))
    parts = np.array([sum(added.values()) for added in BLEND.explain(PAIRS)])
    assert (parts + baseline)[inside] == pytest.approx(stated[inside])
    shifted = np.array([sum(each.values()) for each in BLEND.at_base_rate(0.01).explain(PAIRS)])
    assert np.array_equal(shifted, parts)


def test_a_column_adds_nothing_to_the_average_judged_pair() -> None:
    model = BLEND.model
    assert isinstance(model, Blend)
    unguarded = replace(BLEND, model=msgspec.structs.replace(model, guard=None))
    table = np.array([list(added.values()) for added in unguarded.explain(PAIRS)])
    assert table.mean(axis=0) == pytest.approx(np.zeros(len(PAIRS.feature_names)), abs=1e-9)
    assert np.abs(table).max() > 0.1


@pytest.mark.parametrize("method", ["isotonic", "beta"])
def test_a_map_without_parts_adds_what_it_is_above_the_average_label(method: str) -> None:
    calibrator = fit_calibrator(PAIRS, method).calibrator
    added = np.array([each["cos"] for each in calibrator.explain(PAIRS)])
    mean = logit(np.array([calibrator.fitted_on.mean]))
    assert added + mean == pytest.approx(logit(calibrator.predict(PAIRS)))
    moved = [each["cos"] for each in calibrator.at_base_rate(0.01).explain(PAIRS)]
    assert moved == pytest.approx(added)


def test_what_cannot_be_stated_is_not_explained_either() -> None:
    with pytest.raises(sc.CalibrationError, match="lack the column"):
        BLEND.explain(scores_alone(PAIRS))


def test_a_map_of_the_score_alone_reads_it_under_any_name() -> None:
    brought = scores_alone(PAIRS)
    of_scores = fit_calibrator(brought, "platt").calibrator
    assert of_scores.feature_names == ("score",)
    np.testing.assert_allclose(of_scores.predict(PAIRS), PLATT.predict(brought), atol=1e-12)
    assert len(of_scores.explain(PAIRS)) == len(PAIRS)


def test_cosines_of_an_unknown_encoder_say_how_to_name_it() -> None:
    unknown = replace(scores_alone(PAIRS), scale=COSINE)
    with pytest.raises(sc.ScaleMismatch, match="whose encoder is not known"):
        fit_calibrator(unknown, "platt").calibrator.predict(PAIRS)


def test_another_encoder_or_scale_is_refused() -> None:
    other = replace(PAIRS, scale=PAIRS.scale.from_source("another"))
    with pytest.raises(sc.ScaleMismatch, match="another encoder"):
        PLATT.predict(other)
    with pytest.raises(sc.ScaleMismatch):
        PLATT.predict(replace(PAIRS, scale=sc.ScoreScale("bm25")))


def test_a_refusal_names_the_model_that_the_labels_were_embedded_with() -> None:
    known = replace(PAIRS, encoder=EncodedBy("some-model", "query: ", 128))
    platt = fit_calibrator(known, "platt").calibrator
    with pytest.raises(sc.ScaleMismatch, match="fitted on cosines of 'some-model'"):
        platt.predict(replace(known, scale=PAIRS.scale.from_source("another")))


def test_a_blend_refuses_pairs_without_its_columns() -> None:
    with pytest.raises(sc.CalibrationError, match="lack the column"):
        BLEND.predict(scores_alone(PAIRS))


@pytest.mark.model
def test_a_hit_is_stated_as_its_pair_is_whatever_k_and_metric(
    sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    calibrator = sample_result.calibrator
    query = "How do I descale a kettle?"
    few, many = (calibrator.apply(sample_engine.search(query, k), sample_engine) for k in (5, 50))
    at_50 = dict(zip(many.ids, many.scores, strict=True))
    assert few.scores == pytest.approx([at_50[name] for name in few.ids], abs=1e-6)
    stated = calibrator.predict(sample_engine.score_texts(query, few.texts))
    assert few.scores == pytest.approx(stated, abs=1e-6)
    assert list(many.scores) == sorted(many.scores, reverse=True)


@pytest.mark.model
def test_the_engines_order_is_kept_on_demand(
    sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    found = sample_engine.search("a dog that barks at night", k=20)
    free = sample_result.calibrator.apply(found, sample_engine)
    kept = sample_result.calibrator.apply(found, sample_engine, keep_order=True)
    assert kept.ids == found.ids
    assert free.ids != found.ids


@pytest.mark.model
def test_simple_methods_need_no_engine_and_the_blend_says_that_it_does(
    sample_engine: sc.SearchEngine,
    sample_pairs: sc.ScoredPairs,
    sample_result: sc.CalibrationResult,
) -> None:
    found = sample_engine.search("kettle", k=5)
    platt = fit_calibrator(
        replace(sample_pairs, graded=False, relevance=np.round(sample_pairs.relevance)), "platt"
    )
    stated = platt.calibrator.apply(found)
    assert stated.scale.name == PROBABILITY.name
    assert stated.ids == found.ids
    with pytest.raises(sc.CalibrationError, match="give the engine"):
        sample_result.calibrator.apply(found)
    with pytest.raises(sc.ScaleMismatch):
        platt.calibrator.apply(stated)


@pytest.mark.model
def test_a_blend_warns_on_another_collection_or_refuses_it_if_told_so(
    encoder: sc.Encoder, sample_result: sc.CalibrationResult
) -> None:
    other = sc.SearchEngine.build(sc.Corpus.from_texts(["A cat.", "A dog."]), encoder=encoder)
    found = other.search("cat", k=2)
    with pytest.raises(sc.CalibrationError, match="A changed collection was to be refused"):
        sample_result.calibrator.apply(found, other, other_corpus="refuse")
    with pytest.warns(sc.CollectionChangedWarning, match="100% of the old ones gone") as told:
        served = sample_result.calibrator.apply(found, other)
    assert told[0].filename == __file__
    assert np.isfinite(served.scores).all()
    assert served.notes == (sample_result.calibrator.collection_change(other).sentence,)


@pytest.mark.model
def test_a_blend_refuses_hits_that_another_engine_found(
    encoder: sc.Encoder, sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    other = sc.SearchEngine.build(sc.Corpus.from_texts(["A cat.", "A dog."]), encoder=encoder)
    found = other.search("cat", k=2)
    with pytest.raises(sc.CalibrationError, match="give the engine that found them"):
        sample_result.calibrator.apply(found, sample_engine)
    elsewhere = sample_engine.search("cat", k=2)
    with pytest.raises(sc.CalibrationError, match="give the engine that found them"):
        sample_result.calibrator.apply(elsewhere, other)


def test_only_a_checked_probability_can_be_re_stated() -> None:
    assert PLATT.can_restate
    assert not fit_calibrator(PAIRS, "linear").calibrator.can_restate
    assert not fit_calibrator(judged(graded=True), "platt").calibrator.can_restate
    few = fit_calibrator(judged(4, 10), "platt").calibrator
    assert few.fitted_on.is_demo
    assert not few.can_restate


def test_a_share_as_near_as_a_slider_can_set_it_re_states_nothing() -> None:
    own = PLATT.fitted_on.mean
    assert not PLATT.is_restated_by(own)
    assert not PLATT.is_restated_by(round(own, 3))
    assert PLATT.is_restated_by(own + 0.001)
    assert not fit_calibrator(judged(graded=True), "platt").calibrator.is_restated_by(0.1)


def threshold(level: sc.Level, value: float | None) -> sc.Threshold:
    kept = next(each for each in PLATT.thresholds if each.level == level)
    return replace(kept, value=value)


def test_a_threshold_takes_the_place_of_the_one_of_its_level() -> None:
    row, query = PLATT.thresholds
    other = threshold("row", 0.123)
    assert PLATT.with_threshold(other).thresholds == (other, query)
    assert PLATT.with_threshold(other).nothing_below == PLATT.nothing_below
    assert PLATT.with_threshold(threshold("query", None)).thresholds[0] == row


def test_what_may_be_shown_is_not_called_nothing() -> None:
    nothing = PLATT.nothing_below
    assert nothing is not None
    low = PLATT.with_threshold(threshold("query", nothing / 2))
    assert low.nothing_below == nothing / 2
    assert PLATT.with_threshold(threshold("query", nothing + 0.1)).nothing_below == nothing
    assert low.to_json() == sc.load_calibrator(low.to_json()).to_json()


def test_a_calibrator_that_promises_nothing_takes_no_threshold() -> None:
    moved = PLATT.at_base_rate(0.01)
    assert moved.with_threshold(threshold("row", 0.5)) is moved
