"""The blend: weights that were earned on other queries, and a guard below the labels."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from scipy.special import softmax

from search_core.calibrate.blend import Recipe, _Trials, fit_blend, recipes
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.maps import (
    Additive,
    Blend,
    Columns,
    Guard,
    Logistic,
    expit,
    logit,
    mixed,
)
from search_core.calibrate.models import constant_map, cross_fit, out_of_fold, platt_design
from search_core.calibrate.rows import leave_out_folds
from search_core.evaluate.reliability import CLIP, row_losses
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats, Rows
from tests.calibrate.worlds import judged

pytestmark = pytest.mark.usefixtures("few_draws")

PAIRS = judged(60, 10, rest=8)
SIMPLE = Recipe(("cos",), lambda x: platt_design("cos", x[:, 0]))
TRIED = (SIMPLE, *recipes(PAIRS.feature_names, PAIRS.usual_cosine, graded=False))


def columns_of(pairs: ScoredPairs) -> Columns:
    return dict(zip(pairs.feature_names, pairs.features.T, strict=True))


def left_out(recipe: Recipe, columns: Columns, y: Floats, folds: list[Rows]) -> Floats:
    """Values by fitting anew without each fold."""
    return out_of_fold(lambda some, labels: recipe.design(some).fit(labels), columns, y, folds)[0]


def fitted(pairs: ScoredPairs) -> tuple[Blend, Floats]:
    return fitted_to(pairs, pairs.relevance)


def fitted_to(pairs: ScoredPairs, y: Floats) -> tuple[Blend, Floats]:
    folds = leave_out_folds(pairs.queries, 0)
    simple = cross_fit(platt_design("cos", pairs.features[:, 0]), y, folds)
    fit = fit_blend(
        columns_of(pairs),
        y,
        np.ones(len(y)),
        folds,
        simple,
        pairs.usual_cosine,
        lambda _done, _total: None,
        graded=pairs.graded,
    )
    assert isinstance(fit.map, Blend)
    return fit.map, fit.held_out


def test_weights_sum_to_one_and_those_left_count_something() -> None:
    blend, _ = fitted(PAIRS)
    assert sum(blend.weights) == pytest.approx(1, abs=1e-12)
    assert min(blend.weights) > 0
    assert len(blend.weights) == len(blend.members)


@pytest.mark.slow
def test_weights_follow_the_loss_on_queries_left_out() -> None:
    folds = leave_out_folds(PAIRS.queries, 0)
    columns, y = columns_of(PAIRS), PAIRS.relevance
    values = [left_out(each, columns, y, folds) for each in TRIED]
    losses = np.array([row_losses(y, each).mean() for each in values])
    expected = np.maximum(0, softmax(-len(y) * losses / 10) - 0.01)
    kept = expected > 0
    blend, _ = fitted(PAIRS)
    # Scales and knots are those of all rows, so a fit anew differs a little.
    of_members = np.array(blend.weights[:-1]) * 60.5 / 60
    assert of_members == pytest.approx(expected[kept] / expected.sum(), abs=0.01)


def test_the_average_label_weighs_as_half_a_query() -> None:
    for queries in (3, 60):
        few = PAIRS.take(np.flatnonzero(np.isin(PAIRS.queries, PAIRS.queries[: 10 * queries : 10])))
        blend, _ = fitted(few)
        assert blend.weights[-1] == pytest.approx(0.5 / (queries + 0.5))
        average = blend.members[-1].predict(columns_of(few))
        assert average == pytest.approx(np.full(len(few), few.relevance.mean()))


def test_a_curve_that_bends_much_counts_less_where_queries_are_few() -> None:
    losses = np.zeros((3, 4))
    spread = np.tile([[1.0], [0.5], [1.0]], 4)
    weights = _Trials(losses, spread, np.array([1.0, 4.0, 8.0])).weights()
    # Of as good members, one that takes 8 queries weighs half with 4.
    assert weights[0] == pytest.approx(weights[1])
    assert weights[2] / weights[0] == pytest.approx((0.2 - 0.01) / (0.4 - 0.01))


def test_the_same_loss_tells_more_of_grades_than_of_yes_or_no() -> None:
    rng = np.random.default_rng(8)
    p = rng.uniform(0.2, 0.8, 400)
    grades = np.clip(p + rng.normal(0, 0.05, 400), 0, 1)
    yes_or_no = (rng.random(400) < p).astype(float)
    folds = list(np.arange(400).reshape(100, 4))
    odds = np.array([logit(p), logit(p) + 0.15])  # right, and a little too high
    right, alike = (
        _Trials.of(odds, y, np.ones(400), folds, np.ones(2), graded=y is grades).weights()[0]
        for y in (grades, yes_or_no)
    )
    assert right > 0.9
    assert alike < 0.7


def test_rows_that_hang_together_tell_no_more_for_being_graded() -> None:
    p = np.full(400, 0.5)
    grades = np.repeat(np.tile([0.7, 0.3], 10), 20)  # 20 queries, each of one grade
    odds = np.array([logit(p), logit(p) + 0.15])
    together, apart = (
        _Trials.of(
            odds, grades, np.ones(400), np.split(np.arange(400), folds), np.ones(2), graded=True
        ).weights()[0]
        for folds in (20, 400)
    )
    assert together < apart


def test_weights_without_a_fold_are_those_of_the_other_folds() -> None:
    rng = np.random.default_rng(9)
    y, odds = rng.random(60), rng.normal(size=(3, 60))
    folds = list(np.arange(60).reshape(12, 5))
    every = _Trials.of(odds, y, np.ones(60), folds, np.ones(3), graded=True)
    rest = _Trials.of(odds[:, 5:], y[5:], np.ones(55), folds[:-1], np.ones(3), graded=True)
    assert every.weights(0) == pytest.approx(rest.weights(), abs=1e-9)


@pytest.mark.slow
def test_a_held_out_value_lies_between_members_that_never_saw_its_query() -> None:
    y, columns = PAIRS.relevance, columns_of(PAIRS)
    folds = leave_out_folds(PAIRS.queries, 0)
    before = fitted(PAIRS)[1]
    turned = y.copy()
    turned[folds[2]] = 1 - turned[folds[2]]
    after = fitted_to(PAIRS, turned)[1]
    # Turned labels move the weights a little, never the members: values stay within their range.
    values = [
        np.clip(expit(logit(left_out(each, columns, y, folds)[folds[2]])), 1e-4, 1 - 1e-4)
        for each in TRIED
    ]
    lowest, highest = np.min(values, axis=0), np.max(values, axis=0)
    for stated in (before[folds[2]], after[folds[2]]):
        inside = columns["cos"][folds[2]] > np.quantile(columns["cos"], 0.05)
        assert (stated[inside] >= lowest[inside] - 1e-3).all()
        assert (stated[inside] <= highest[inside] + 1e-3).all()


def test_a_fold_without_one_class_outside_it_states_the_mean() -> None:
    y = np.array([1.0, 0, 0, 0, 0, 0])
    folds = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    columns = {"cos": np.linspace(0, 1, 6)}
    stated = left_out(SIMPLE, columns, y, folds)
    assert stated[:2] == pytest.approx([1e-4, 1e-4], rel=1e-9)
    assert np.isfinite(stated).all()


def test_members_are_mixed_in_log_odds() -> None:
    odds = mixed(logit(np.array([[0.5, 0.9], [0.8, 0.9]])), [0.25, 0.75])
    assert odds == pytest.approx([0.75 * np.log(4), np.log(9)])


def test_no_member_is_surer_than_one_row_can_cost() -> None:
    assert mixed(np.array([[800.0], [-800.0]]), [0.5, 0.5]) == pytest.approx([0.0])
    assert mixed(np.array([[800.0]]), [1.0]) == pytest.approx(logit(np.array([1 - CLIP])))


def test_members_put_together_state_what_each_of_them_does() -> None:
    x = np.linspace(-2.0, 3.0, 41)
    columns = {"cos": x, "lsm": np.abs(x)}
    members = (
        Logistic(("cos", "lsm"), 0.3, (0.1, 0.2), (0.5, 2.0), (1.5, -0.7)),
        Additive(("cos", "lsm"), -0.2, ((-1.0, 0.5, 2.0), (0.4,)), ((1.0, -2.0, 0.5), (0.3,))),
        Additive(("cos",), 0.0, ((-1.0, 0.5, 2.0),), ((0.0, 1.0, 4.0),)),
        constant_map("cos", 0.3),
    )
    blend = Blend(members, (0.4, 0.3, 0.2, 0.1), None)
    alone = [member.log_odds(columns) for member in members]
    expected = expit(mixed(np.array(alone), blend.weights))
    np.testing.assert_allclose(blend.predict(columns), expected, rtol=0, atol=1e-13)


def test_a_curve_that_is_almost_a_step_keeps_its_digits() -> None:
    step = Additive(("cos",), 0.0, ((0.0, 0.5, 0.5 + 1e-12, 1.0),), ((-2.0, -1.0, 1.0, 2.0),))
    columns = {"cos": np.array([0.25, 0.75, 1.0])}
    assert Blend((step,), (1.0,), None).predict(columns) == pytest.approx(step.predict(columns))


def test_the_guard_does_nothing_inside_the_labelled_range_and_lowers_below_it() -> None:
    guard = fitted(PAIRS)[0].guard
    assert guard is not None
    cosines = np.sort(PAIRS.features[:, 0])
    inside = cosines[cosines >= np.quantile(cosines, 0.01)]
    odds = np.zeros(len(inside))
    assert np.array_equal(guard.lowered(odds, inside), odds)
    lowered = guard.lowered(np.zeros(3), guard.below - np.array([0.0, 0.1, 0.2]))
    assert lowered == pytest.approx([0, -0.1 * guard.slope, -0.2 * guard.slope])
    assert 20 <= guard.slope <= 60


def test_without_labels_nearby_a_low_cosine_means_irrelevant() -> None:
    blend, _ = fitted(PAIRS)
    low = {name: np.full(1, values.mean()) for name, values in columns_of(PAIRS).items()}
    low["cos"] = np.array([-0.5])
    assert blend.predict(low)[0] < 0.01
    assert (
        msgspec.structs.replace(blend, guard=Guard(-1.0, 20.0)).predict(low)[0]
        > blend.predict(low)[0]
    )


def test_how_deep_a_text_stands_in_the_list_never_bends() -> None:
    """Judged texts beyond the first hits are all relevant here; hits at that depth are not."""
    rng = np.random.default_rng(4)
    pairs = judged(100, 10, rest=8)
    features, y = pairs.features.copy(), pairs.relevance.copy()
    depth = pairs.feature_names.index("lrank")
    features[:, depth] = np.log1p(np.tile(np.arange(10), 100))
    deep = rng.random(1000) < 0.04
    features[deep, depth], y[deep] = np.log1p(30), 1.0
    blend, _ = fitted(replace(pairs, features=features, relevance=y))
    curves = [member for member in blend.members if isinstance(member, Additive)]
    assert curves
    for member in curves:
        assert len(member.knots[depth]) == 2


@pytest.mark.parametrize("turn", ["separable", "reversed"])
def test_labels_that_the_score_decides_give_finite_values(turn: str) -> None:
    features = PAIRS.features
    y = (features[:, 0] > np.median(features[:, 0])).astype(float)
    pairs = replace(PAIRS, relevance=y if turn == "separable" else 1 - y)
    result = fit_calibrator(pairs, "blend")
    for values in (result.calibrator.predict(pairs), result.out_of_fold):
        assert np.isfinite(values).all()
        assert ((values >= 0) & (values <= 1)).all()
    told = np.corrcoef(result.calibrator.predict(pairs), pairs.relevance)[0, 1]
    assert told > 0.8


@pytest.mark.slow
def test_rows_in_another_order_and_other_names_for_queries_change_nothing() -> None:
    order = np.random.default_rng(5).permutation(len(PAIRS))
    shuffled = PAIRS.take(order)
    renamed = replace(shuffled, queries=tuple(f"another {q[::-1]}" for q in shuffled.queries))
    one, other = fit_calibrator(PAIRS, "blend"), fit_calibrator(renamed, "blend")
    np.testing.assert_allclose(
        other.calibrator.predict(PAIRS), one.calibrator.predict(PAIRS), rtol=0, atol=1e-9
    )


@pytest.mark.slow
def test_the_seed_draws_intervals_and_moves_no_value() -> None:
    results = [fit_calibrator(PAIRS, "blend", seed=seed) for seed in (3, 3, 4)]
    first, again, other = (result.calibrator for result in results)
    assert first.to_json() == again.to_json() != other.to_json()
    assert other.thresholds == first.thresholds
    assert np.array_equal(other.predict(PAIRS), first.predict(PAIRS))
