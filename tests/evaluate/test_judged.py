"""Judged rows and what was stated of them: checked once, queries numbered once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc


def test_rows_are_grouped_by_query_however_they_are_sorted() -> None:
    judged = sc.Judged.of([1, 0, 0, 1], ["b", "a", "b", "c"])
    assert [rows.tolist() for rows in judged.rows_of_queries] == [[1], [0, 2], [3]]
    assert (judged.query_count, judged.mixed_queries, len(judged)) == (3, 1, 4)


def test_rows_are_shown_by_their_number() -> None:
    judged = sc.Judged.of([1, 0], ["a", "a"])
    assert repr(judged) == "<Judged: 2 rows of 1 queries>"
    assert repr(judged.stated([0.25, 0.5])) == f"<Stated: values from 0.25 to 0.5 of {judged!r}>"


def test_a_grade_counts_as_relevant_from_the_middle_on() -> None:
    assert sc.Judged.of([0.49, 0.5, 1], list("abc")).relevant.tolist() == [False, True, True]


def test_a_text_judged_twice_stands_once_with_its_mean_judgement() -> None:
    judged = sc.Judged.of([1, 0, 0], list("qqq"), [0.9, 0.9, 0.1], texts=["t", "t", "u"])
    once = judged.stated([0.8, 0.8, 0.2]).once_a_text
    assert once.relevance.tolist() == [0.5, 0]
    assert once.values.tolist() == [0.8, 0.2]
    assert sc.Judged.of([1, 0], list("qq")).stated([0.5, 0.6]).once_a_text.values.tolist() == [
        0.5,
        0.6,
    ]


@pytest.mark.parametrize(
    ("relevance", "queries", "scores", "words"),
    [
        ([], [], None, "No labelled rows were given"),
        ([1], ["a", "b"], None, "1 labels and 2 queries were given; give one of each per row"),
        ([1, 0], ["a", "b"], [1], "2 labels, 1 scores and 2 queries"),
        ([1, 3], ["a", "b"], None, "Row 1: the label is 3"),
        ([1, 0], ["a", "b"], [1, np.inf], "Row 1: the score is inf"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    relevance: Any, queries: Any, scores: Any, words: str
) -> None:
    with pytest.raises(sc.CalibrationError, match=words):
        sc.Judged.of(relevance, queries, scores)


@pytest.mark.parametrize(
    ("values", "words"),
    [([0.5], "1 predictions for 2 rows"), ([0.5, np.nan], "Row 1: the prediction is n")],
)
def test_values_that_do_not_fit_are_refused(values: Any, words: str) -> None:
    with pytest.raises(sc.CalibrationError, match=words):
        sc.Judged.of([1, 0], ["a", "b"]).stated(values)
