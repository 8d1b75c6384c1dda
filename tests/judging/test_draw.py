"""Pairs are drawn with exactly the probabilities that are told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_core.judging.draw import (
    draw_systematically,
    drawing_sizes,
    inclusion_probabilities,
)

SIZES = st.lists(st.floats(0.001, 1000.0), min_size=1, max_size=60)


@given(SIZES, st.integers(0, 70))
def test_probabilities_sum_to_the_count_and_none_exceeds_one(sizes: list[float], n: int) -> None:
    chances = inclusion_probabilities(np.array(sizes), n)
    assert chances.sum() == pytest.approx(min(n, len(sizes)))
    assert (chances >= 0).all()
    assert (chances <= 1).all()


@given(SIZES, st.integers(1, 60))
def test_probabilities_below_one_are_proportional_to_the_sizes(sizes: list[float], n: int) -> None:
    given_sizes = np.array(sizes)
    chances = inclusion_probabilities(given_sizes, n)
    ratios = (chances / given_sizes)[chances < 1]
    assert ratios == pytest.approx(np.full(len(ratios), ratios[:1].sum()))


@given(SIZES, st.integers(0, 60), st.floats(0, 1, exclude_max=True))
def test_a_draw_has_as_many_rows_as_the_probabilities_sum_to_each_once(
    sizes: list[float], n: int, start: float
) -> None:
    chances = inclusion_probabilities(np.array(sizes), n)
    drawn = draw_systematically(chances, start).tolist()
    assert len(drawn) == min(n, len(sizes))
    assert drawn == sorted(set(drawn))


@given(SIZES, st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_among_the_first_rows_as_many_are_drawn_as_expected_give_or_take_one(
    sizes: list[float], n: int, start: float
) -> None:
    chances = inclusion_probabilities(np.array(sizes), n)
    drawn = draw_systematically(chances, start)
    counted = np.bincount(drawn, minlength=len(chances)).cumsum()
    assert (np.abs(counted - chances.cumsum()) < 1 + 1e-6).all()


def test_over_all_starts_each_row_is_drawn_as_often_as_its_probability_says() -> None:
    chances = inclusion_probabilities(np.array([1.0, 2.0, 0.5, 30.0, 4.0, 1.5]), 3)
    starts = (np.arange(4_000) + 0.5) / 4_000
    times = sum(np.bincount(draw_systematically(chances, s), minlength=6) for s in starts)
    assert times / 4_000 == pytest.approx(chances, abs=0.001)


def test_pairs_that_nobody_can_foretell_are_drawn_more_often_and_none_is_left_out() -> None:
    values = np.array([0.01, 0.5, 0.99, 0.01] * 25)
    sizes = drawing_sizes(values, np.random.default_rng(0).normal(size=(100, 3)))
    assert sizes.sum() == pytest.approx(1.0)
    assert sizes.min() >= 0.25 / 100
    assert sizes[values == 0.5].mean() > 2 * sizes[values != 0.5].mean()


def test_pairs_that_are_all_foretold_for_certain_are_drawn_alike() -> None:
    sizes = drawing_sizes(np.ones(8), np.ones((8, 2)))
    assert sizes == pytest.approx(np.full(8, 1 / 8))
