"""What labels of drawn pairs say of all pairs is right on average, and as sure as is said."""

from __future__ import annotations

import numpy as np
import pytest

import search_core as sc
from search_core.judging.estimates import Sample, estimate_mean, half_width
from search_core.judging.rounds import draw_round
from search_core.vectors import Floats
from tests.judging.worlds import judged, made_up

RUNS = 150


@pytest.fixture(scope="module")
def estimates() -> list[tuple[float, float, sc.Estimate, sc.Estimate]]:
    """The plain and the best estimate of a pool's mean label over many plans."""
    pool, labels = made_up()
    found = []
    for seed in range(RUNS):
        plan = judged(sc.JudgingPlan.on(pool, seed=seed), labels)
        sum_of_weights = float((plan.weights / len(pool)).sum())
        found.append((sum_of_weights, labels.mean(), plan.estimate(labels), plan.share_relevant()))
    return found


def _misses_by(values: Floats, truth: float) -> float:
    """Return how many standard errors the mean of many estimates lies off the truth."""
    return float(abs(values.mean() - truth) / (values.std() / np.sqrt(len(values))))


@pytest.mark.slow
def test_weights_sum_to_the_number_of_pairs_on_average(
    estimates: list[tuple[float, float, sc.Estimate, sc.Estimate]],
) -> None:
    assert _misses_by(np.array([each[0] for each in estimates]), 1.0) < 3.5


@pytest.mark.slow
def test_the_plain_estimate_is_right_on_average(
    estimates: list[tuple[float, float, sc.Estimate, sc.Estimate]],
) -> None:
    assert _misses_by(np.array([each[2].value for each in estimates]), estimates[0][1]) < 3.5
    assert {each[2].power for each in estimates} == {0.0}


@pytest.mark.slow
def test_what_was_expected_of_pairs_makes_no_estimate_wrong(
    estimates: list[tuple[float, float, sc.Estimate, sc.Estimate]],
) -> None:
    best = np.array([each[3].value for each in estimates])
    assert abs(best.mean() - estimates[0][1]) < 0.02


@pytest.mark.slow
def test_nine_of_ten_intervals_hold_the_truth(
    estimates: list[tuple[float, float, sc.Estimate, sc.Estimate]],
) -> None:
    held = [(best.lower or 0) <= truth <= (best.upper or 1) for _, truth, _, best in estimates]
    assert 0.82 <= np.mean(held) <= 0.99


@pytest.mark.slow
def test_a_precision_is_that_of_the_pairs_that_are_meant() -> None:
    pool, labels = made_up()
    shown = pool.cosines >= 0.55
    found = np.array(
        [
            judged(sc.JudgingPlan.on(pool, seed=seed), labels).share_relevant(shown).value
            for seed in range(60)
        ]
    )
    assert abs(found.mean() - labels[shown].mean()) < 0.04


@pytest.mark.slow
def test_each_pair_is_drawn_as_often_as_its_probability_says() -> None:
    pool, _ = made_up(20)
    known = np.zeros(len(pool), dtype=np.bool_)
    expected = np.random.default_rng(0).uniform(0.05, 0.95, len(pool))
    drawn, told = np.zeros(len(pool)), np.zeros(len(pool))
    for seed in range(3_000):
        each = draw_round(pool, expected, known, 25, (seed,))
        assert len(each) == len(set(each.rows.tolist())) == 25
        drawn[each.rows] += 1
        told[each.rows] = each.inclusion
    seen = told > 0
    error = np.sqrt(told[seen] * (1 - told[seen]) / 3_000)
    assert (np.abs(drawn[seen] / 3_000 - told[seen]) < 4.5 * error + 1e-9).all()
    assert told.sum() == pytest.approx(25, abs=0.5)


def test_with_every_pair_labelled_the_estimate_is_the_mean_and_certain() -> None:
    pool, labels = made_up(20)
    everything = sc.Round(np.arange(len(pool)), np.ones(len(pool)))
    sample = Sample(
        [everything], pool.is_best, pool.question_of, np.ones(len(pool), dtype=np.bool_)
    )
    found = estimate_mean(sample, labels, labels)
    assert found.value == pytest.approx(labels.mean())
    assert found.power == pytest.approx(1.0)


def test_labels_that_nobody_could_give_are_represented_by_those_drawn_in_the_same_way() -> None:
    pool, labels = made_up()
    plan = sc.JudgingPlan.on(pool)
    asked = plan.next_pairs()
    told = {pair.number: float(labels[pair.number]) for pair in asked}
    unsure = plan.read(told | {asked[3].number: "can't tell"})
    whole = plan.read(told)
    assert unsure.weights[asked[3].number] == 0
    assert unsure.sample.rounds[0] is whole.sample.rounds[0]
    assert unsure.weights.sum() == pytest.approx(whole.weights.sum())


def test_below_five_questions_no_interval_is_given() -> None:
    pool, labels = made_up()
    plan = sc.JudgingPlan.on(pool)
    few = [pair for pair in plan.next_pairs() if pool.is_best[pair.number]][:2]
    rest = [pair for pair in plan.next_pairs() if not pool.is_best[pair.number]][:2]
    found = plan.read({pair.number: True for pair in few + rest}).estimate(labels)
    assert (found.lower, found.upper) == (None, None)


def test_an_estimate_without_labels_asks_for_some() -> None:
    pool, labels = made_up(20)
    with pytest.raises(sc.CalibrationError, match="label more of the pairs"):
        sc.JudgingPlan.on(pool).estimate(labels)


def test_the_interval_is_that_of_a_mean_where_each_question_has_one_label() -> None:
    values = np.random.default_rng(1).normal(size=30)
    without_each = (values.sum() - values) / 29
    usual = values.std(ddof=1) / np.sqrt(30) * 1.6991  # t of 29 degrees
    assert half_width(without_each) == pytest.approx(usual, rel=1e-4)
