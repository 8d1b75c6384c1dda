"""Digits of a number that goes into a program: as few as keep the rows that it was made for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc

numbers = st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False)
tiny = st.floats(1e-9, 1e-3).map(lambda value: -value)
scores = st.lists(numbers | tiny | st.integers(-200, 200).map(float), min_size=1, max_size=30)


def kept(bound: float, values: list[float], higher: bool) -> list[bool]:
    return [value >= bound if higher else value <= bound for value in values]


@given(scores, numbers | tiny, st.booleans())
def test_a_bound_keeps_exactly_the_rows_of_the_exact_one_and_every_row_of_its_own_kind(
    values: list[float], exact: float, higher: bool
) -> None:
    bound = sc.bound_keeping(exact, values, higher_is_better=higher)
    assert kept(bound, values, higher) == kept(exact, values, higher)
    assert kept(bound, [exact], higher) == [True]


@given(scores, st.data(), st.booleans())
def test_a_bound_at_a_row_keeps_that_row(
    values: list[float], data: st.DataObject, higher: bool
) -> None:
    exact = data.draw(st.sampled_from(values))
    bound = sc.bound_keeping(exact, values, higher_is_better=higher)
    assert kept(bound, values, higher) == kept(exact, values, higher)


@given(scores, numbers | tiny, st.booleans())
def test_no_shorter_number_of_three_digits_or_more_keeps_the_same_rows(
    values: list[float], exact: float, higher: bool
) -> None:
    bound = sc.bound_keeping(exact, values, higher_is_better=higher)
    for digits in range(3, 17):
        rounded = sc.rounded_towards_keeping(exact, digits, higher_is_better=higher)
        if kept(rounded, values, higher) == kept(exact, values, higher):
            assert len(sc.plain(bound)) <= len(sc.plain(rounded))
            return


@given(numbers | tiny, st.booleans())
def test_without_rows_nothing_is_rounded(exact: float, higher: bool) -> None:
    assert sc.bound_keeping(exact, higher_is_better=higher) == exact


@given(numbers | tiny)
def test_a_number_that_is_written_plainly_reads_back_as_itself(value: float) -> None:
    assert float(sc.plain(value)) == value
    assert "e" not in sc.plain(value)


@given(st.floats(0, 1), st.integers(0, 1000))
def test_a_value_that_is_cut_passes_a_threshold_if_and_only_if_it_did(
    value: float, thousandths: int
) -> None:
    threshold = thousandths / 1000
    assert (float(sc.written_at_most(value, 6)) >= threshold) is (value >= threshold)


@pytest.mark.parametrize("exact", [np.inf, -np.inf])
def test_a_bound_that_everything_reaches_stays_infinite(exact: float) -> None:
    assert sc.bound_keeping(exact, [1.0, 2.0]) == exact


def test_fused_scores_of_one_list_are_told_apart_at_the_right_rank() -> None:
    ranks = [1 / (60 + rank) for rank in range(1, 30)]
    for rank in range(1, 29):
        exact = (ranks[rank - 1] + ranks[rank]) / 2
        bound = sc.bound_keeping(exact, ranks)
        assert sum(score >= bound for score in ranks) == rank
        assert len(sc.plain(bound)) <= len("0.01234")
