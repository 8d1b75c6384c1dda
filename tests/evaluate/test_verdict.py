"""The verdict: six answers, each from the evidence that asks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from search_core.evaluate.intervals import Interval
from search_core.evaluate.report import TOO_FEW, Evidence, judge
from search_core.scale import BROUGHT_SCALES, opposite

GOOD: dict[str, Interval] = {
    "saved_over_constant": (0.2, 0.5),
    "saved_over_platt": (0.05, 0.25),
    "auc": (0.8, 0.9),
    "auc_within": (0.75, 0.9),
    "auc_score": (0.7, 0.85),
    "auc_within_score": (0.7, 0.85),
}
AUCS = {"auc": 0.85, "auc_score": 0.78}
EVIDENCE = Evidence(0.30, 0.36, 0.60, GOOD, mixed_queries=40, is_platt=False, aucs=AUCS)


def with_intervals(**changed: Interval) -> Evidence:
    return replace(EVIDENCE, intervals={**GOOD, **changed})


def test_it_helps_where_the_loss_is_below_the_simple_curves() -> None:
    verdict = judge(EVIDENCE)
    assert verdict.kind == "helps"
    assert "on unseen queries its predictions are 17% more accurate" in verdict.sentence
    assert "5% to 25%" in verdict.sentence


def test_the_simple_curve_itself_is_compared_with_the_average() -> None:
    verdict = judge(replace(EVIDENCE, loss=0.36, is_platt=True))
    assert verdict.kind == "helps"
    assert "40% more accurate" in verdict.sentence
    assert "the average" in verdict.sentence


def test_no_gain_names_the_simple_curve_to_use() -> None:
    verdict = judge(with_intervals(saved_over_platt=(-0.02, 0.1)))
    assert verdict.kind == "no gain"
    assert "platt" in verdict.sentence


def test_what_does_not_beat_the_average_cannot_separate() -> None:
    chance = {"auc": (0.45, 0.6), "auc_score": (0.45, 0.6)}
    verdict = judge(with_intervals(saved_over_constant=(-0.1, 0.2), **chance))
    assert verdict.kind == "not separable"
    assert verdict.sentence.startswith("Can't tell relevant from irrelevant:")


def test_no_gain_over_the_average_never_contradicts_an_auc_above_that_of_a_coin() -> None:
    unsure = with_intervals(saved_over_constant=(-0.1, 0.2))
    verdict = judge(unsure)
    assert verdict.kind == "separates"
    assert "the score's AUC 0.78, 90% interval 0.70 to 0.85" in verdict.sentence
    assert "too few to show a gain" in verdict.sentence
    by_values = judge(replace(unsure, intervals={**unsure.intervals, "auc_score": (0.4, 0.6)}))
    assert by_values.kind == "separates"
    assert "the predictions' AUC 0.85" in by_values.sentence


def test_an_order_inside_queries_no_better_than_a_coin_is_told_beside_the_auc_of_all_rows() -> None:
    verdict = judge(with_intervals(auc_within=(0.46, 0.58)))
    assert verdict.kind == "separates"
    assert verdict.sentence.startswith("Can't rank the hits of a query, though")
    assert "46% to 58%" in verdict.sentence
    chance = {"auc": (0.45, 0.6), "auc_score": (0.45, 0.6)}
    blind = judge(with_intervals(auc_within=(0.46, 0.58), **chance))
    assert blind.kind == "not separable"
    assert blind.sentence.startswith("Can't rank the hits of a query:")


def test_a_score_that_separates_is_named_where_the_predictions_do_not() -> None:
    few = replace(with_intervals(auc=(0.45, 0.6)), mixed_queries=19)
    verdict = judge(few)
    assert verdict.kind == "separates"
    assert "“platt”" in verdict.sentence


@pytest.mark.parametrize("name", ["bm25", "distance", "cosine", "percent"])
def test_a_score_that_runs_the_wrong_way_is_told_which_scale_may_be_meant(name: str) -> None:
    scale = BROUGHT_SCALES[name]
    against = with_intervals(auc_score=(0.2, 0.4), auc_within_score=(0.1, 0.3))
    verdict = judge(replace(against, scale=scale))
    assert f"'{scale.label}'" in verdict.sentence
    assert f"'{opposite(scale).label}'" in verdict.sentence
    assert "check the labels" in verdict.sentence


def test_few_queries_with_both_kinds_leave_the_order_over_all_rows_to_tell() -> None:
    few = replace(with_intervals(auc_within=(0.46, 0.58)), mixed_queries=19)
    assert judge(few).kind == "helps"
    chance = {"auc": (0.45, 0.6), "auc_score": (0.45, 0.6)}
    both = replace(with_intervals(auc_within=(0.46, 0.58), **chance), mixed_queries=19)
    assert judge(both).kind == "not separable"


def test_scores_reversed_over_all_rows_and_inside_queries_run_against_relevance() -> None:
    reversed_ = with_intervals(auc_score=(0.2, 0.4), auc_within_score=(0.1, 0.3))
    assert judge(reversed_).kind == "runs against relevance"
    assert judge(with_intervals(auc_score=(0.2, 0.4))).kind == "helps"


def test_grades_on_one_side_of_the_cut_are_judged_by_their_loss_alone() -> None:
    only_losses = {name: ends for name, ends in GOOD.items() if name.startswith("saved")}
    assert judge(replace(EVIDENCE, intervals=only_losses, mixed_queries=0)).kind == "helps"


@pytest.mark.parametrize("missing", ["saved_over_constant", "saved_over_platt"])
def test_an_interval_that_is_not_there_proves_nothing(missing: str) -> None:
    rest = {name: ends for name, ends in GOOD.items() if name != missing}
    verdict = judge(replace(EVIDENCE, intervals=rest))
    assert verdict.kind in ("separates", "no gain")
    assert "inf" not in verdict.sentence


def test_too_few_labels_are_called_a_demonstration() -> None:
    assert TOO_FEW.kind == "too few labels"
    assert "demonstration" in TOO_FEW.sentence
