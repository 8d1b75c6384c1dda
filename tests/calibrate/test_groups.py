"""Precision in groups of queries: what counts, what is left out, and the bounds by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

import search_core as sc


def alone(rows: int) -> list[str]:
    return [f"q{row:05d}" for row in range(rows)]


def found_at(value: float, level: sc.Level = "query", confidence: float = 0.9) -> sc.Threshold:
    """A threshold that was found elsewhere."""
    return sc.Threshold(0.5, confidence, level, value, 1, 1.0, 1.0, 1.0, None, None, None, 1.0)


def test_each_group_has_the_exact_bound_at_its_share_of_the_error() -> None:
    y = np.concatenate([np.ones(30), np.zeros(10), np.ones(20), np.zeros(20)])
    groups = {"kind": ["a"] * 40 + ["b"] * 40}
    check = sc.check_groups(found_at(0.5), np.full(80, 0.9), y, alone(80), groups)
    assert [(each.group, each.count, each.precision) for each in check.groups] == [
        ("b", 40, 0.5), ("a", 40, 0.75),
    ]  # fmt: skip
    for each, relevant in zip(check.groups, (20, 30), strict=True):
        test = binomtest(relevant, 40, alternative="greater")
        assert each.bound == pytest.approx(test.proportion_ci(0.95, method="exact").low)
    assert check.worst == check.groups[0]


def test_groups_of_few_queries_are_left_out_and_one_group_alone_is_none() -> None:
    p, y = np.full(60, 0.9), np.ones(60)
    small = {"kind": ["a"] * 41 + ["b"] * 19}
    assert sc.check_groups(found_at(0.5), p, y, alone(60), small).groups == ()
    assert sc.check_groups(found_at(0.5), p, y, alone(60), small).worst is None


def test_at_most_six_groups_are_checked_the_largest_first() -> None:
    sizes = [40, 39, 38, 37, 36, 35, 34]
    names = [f"g{n}" for n, size in enumerate(sizes) for _ in range(size)]
    count = sum(sizes)
    check = sc.check_groups(
        found_at(0.5), np.full(count, 0.9), np.ones(count), alone(count), {"kind": names}
    )
    assert sorted(each.group for each in check.groups) == [f"g{n}" for n in range(6)]


def test_a_group_that_is_shown_nothing_promises_nothing_and_comes_last() -> None:
    p = np.repeat([0.9, 0.1], 30)
    groups = {"kind": ["a"] * 30 + ["b"] * 30}
    check = sc.check_groups(found_at(0.5), p, np.ones(60), alone(60), groups)
    assert [(each.group, each.count, each.bound) for each in check.groups][1] == ("b", 0, 0.0)
    assert check.worst == check.groups[0]


def test_for_rows_a_query_whose_rows_hang_together_is_bounded_as_such() -> None:
    queries = [f"q{row // 5:03d}" for row in range(400)]
    y = np.repeat(np.tile([1.0, 1.0, 0.0, 1.0], 20), 5)
    groups = {"kind": ["a" if row < 200 else "b" for row in range(400)]}
    threshold = found_at(0.5, "row")
    check = sc.check_groups(threshold, np.full(400, 0.9), y, queries, groups)
    single = sc.check_groups(threshold, np.full(400, 0.9), y, alone(400), groups)
    assert check.groups[0].precision == single.groups[0].precision == 0.75
    assert check.groups[0].bound < single.groups[0].bound < 0.75


def test_without_a_threshold_or_with_too_few_names_it_says_what_to_do() -> None:
    none = sc.query_threshold(np.full(30, 0.5), np.zeros(30), alone(30), target=0.9)
    with pytest.raises(sc.CalibrationError, match="lower the target"):
        sc.check_groups(none, np.full(30, 0.5), np.zeros(30), alone(30), {})
    with pytest.raises(sc.CalibrationError, match="'kind' has 1 names for 30 rows; give one per"):
        sc.check_groups(found_at(0.5), np.full(30, 0.5), np.ones(30), alone(30), {"kind": ["a"]})


def test_the_usual_divisions_halve_queries_by_length_and_by_best_score() -> None:
    queries = ["tax", "tax", "how to bake", "why"]
    divided = sc.usual_divisions(queries, np.array([0.1, 0.7, 0.9, 0.2]))
    assert divided["length"] == [
        "short questions", "short questions", "long questions", "short questions",
    ]  # fmt: skip
    assert divided["best score"][2:] == [
        "questions with a high best score", "questions with a low best score",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("shares", [(0.72, 0.72), (0.6, 0.85), (0.66, 0.7, 0.74, 0.78)])
def test_all_bounds_hold_in_nine_of_ten_label_sets_also_at_a_threshold_found_on_them(
    shares: tuple[float, ...],
) -> None:
    rng, each = np.random.default_rng(5), 60
    kinds = np.repeat(np.arange(len(shares)), each)
    groups = {"kind": [f"g{kind}" for kind in kinds]}
    found = broken = 0
    for _ in range(200):
        p = rng.choice([0.8, 0.9], len(kinds))
        y = (rng.random(len(kinds)) < np.array(shares)[kinds]).astype(np.float64)
        threshold = sc.query_threshold(p, y, alone(len(kinds)), target=0.6)
        if threshold.value is None:
            continue
        found += 1
        check = sc.check_groups(threshold, p, y, alone(len(kinds)), groups)
        broken += any(one.bound > shares[int(one.group[1:])] for one in check.groups)
    assert found > 100
    assert broken / found <= 0.13
