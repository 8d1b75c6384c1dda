"""A threshold for rows from labels that a plan drew: each row counts for what it stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

import search_core as sc
from search_core.calibrate.thresholds import Threshold, find_threshold
from search_core.evaluate.judged import Judged
from search_core.labels.inclusion import Inclusion
from search_core.vectors import Floats
from tests.judging.worlds import judged, made_up

WORLDS = 40
TARGET = 0.6


def values_of(pool: sc.Pool) -> Floats:
    """Return the chance that the made-up labels are drawn with, but for what questions share."""
    return expit(12 * (pool.cosines - 0.5))


def threshold_of(plan: sc.JudgingPlan, values: Floats, *, weighed: bool = True) -> Threshold:
    """Return the row threshold that a plan's labels give for the values of its pool."""
    pairs = plan.scored()
    inclusion = pairs.inclusion if weighed else None
    rows = Judged.of(pairs.relevance, pairs.queries, pairs.similarities, (), inclusion)
    number_of = plan.pool.number_of
    labelled = [number_of[key] for key in zip(pairs.queries, pairs.texts, strict=True)]
    return find_threshold(rows.stated(values[labelled]), "row", TARGET)


@pytest.mark.slow
def test_it_holds_for_all_pairs_of_the_pool_as_often_as_it_says() -> None:
    broken = found = 0
    for seed in range(WORLDS):
        pool, labels = made_up(60, seed)
        values = values_of(pool)
        threshold = threshold_of(judged(sc.JudgingPlan.on(pool, seed=seed), labels), values)
        if threshold.value is not None:
            found += 1
            broken += bool(labels[values >= threshold.value].mean() < TARGET)
    assert found >= WORLDS // 4
    assert broken <= 0.1 * WORLDS + 2.5 * np.sqrt(0.09 * WORLDS)


@pytest.mark.slow
def test_what_is_shown_is_the_share_of_the_pool_and_not_of_the_labels() -> None:
    weighed: list[float] = []
    alike: list[float] = []
    for seed in range(12):
        pool, labels = made_up(60, seed)
        values = values_of(pool)
        plan = judged(sc.JudgingPlan.on(pool, seed=seed), labels)
        for found, is_weighed in ((weighed, True), (alike, False)):
            threshold = threshold_of(plan, values, weighed=is_weighed)
            if threshold.value is not None:
                found.append(threshold.share - float((values >= threshold.value).mean()))
    assert abs(np.mean(weighed)) < 0.05
    assert np.mean(alike) > 0.1


def test_rows_that_stand_for_more_pairs_move_its_precision() -> None:
    relevance = np.array([1.0, 0.0] * 40)
    queries = [f"query {row}" for row in range(80)]
    often = Inclusion(
        np.where(relevance == 1, 0.1, 0.3), np.zeros(80, dtype=np.bool_), np.zeros(80, dtype=int)
    )
    found = find_threshold(
        Judged.of(relevance, queries, inclusion=often).stated(np.full(80, 0.9)), "row", 0.5
    )
    assert found.precision == pytest.approx(0.75)
    assert found.design_effect == pytest.approx(1.25, rel=0.05)


def test_the_curve_and_the_threshold_of_weighted_rows_agree() -> None:
    pool, labels = made_up(40)
    pairs = judged(sc.JudgingPlan.on(pool), labels).scored()
    assert pairs.inclusion is not None
    values, weights = expit(12 * (pairs.similarities - 0.5)), pairs.inclusion.stands_for
    found = sc.row_threshold(values, pairs.relevance, pairs.queries, 0.3, weights=weights)
    assert found.value is not None
    cuts, precision, recall = sc.threshold_curve(values, pairs.relevance, weights=weights)
    place = int(np.searchsorted(cuts, found.value))
    assert precision[place] == pytest.approx(found.precision)
    assert recall[place] == pytest.approx(found.recall)


def test_rounds_of_one_pair_do_not_count_for_the_whole_pool() -> None:
    probability = np.array([0.02] * 19 + [0.001])
    turn = np.array([0] * 19 + [1])
    weights = Inclusion(probability, np.zeros(20, dtype=np.bool_), turn).stands_for
    assert weights.mean() == pytest.approx(1.0)
    assert weights[-1] == pytest.approx(weights[0] * 20 / 19)


def test_one_row_alike_with_all_others_changes_nothing() -> None:
    pool, labels = made_up(40)
    plan = judged(sc.JudgingPlan.on(pool), labels)
    pairs = plan.scored()
    assert pairs.inclusion is not None
    alike = replace(pairs.inclusion, probability=np.full(len(pairs), 0.05))
    same = alike.take(np.ones(len(pairs), dtype=np.bool_) & (alike.turn == 0) & ~alike.is_best)
    assert same.stands_for == pytest.approx(np.ones(len(same)))
