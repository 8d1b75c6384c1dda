"""Orders: nDCG by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from search_core.evaluate.judged import Judged, Stated, query_numbers, rows_by_query
from search_core.evaluate.measures import ndcg, ndcg_by_query


def test_ndcg_of_three_rows_by_hand() -> None:
    gain = 1 / np.log2(3) + 0.5 / np.log2(4)
    best = 1 + 0.5 / np.log2(3)
    found = ndcg(np.array([0.0, 1.0, 0.5]), np.array([0.9, 0.8, 0.7]), ["q"] * 3)
    assert found == pytest.approx(gain / best)


@pytest.mark.parametrize("distinct", [3, 20, 10_000])
@pytest.mark.parametrize("k", [1, 5, 10])
def test_ndcg_is_scikit_learns_in_every_query(k: int, distinct: int) -> None:
    rng = np.random.default_rng(k)
    queries = [f"q{n}" for n in rng.integers(0, 12, 200)]
    y, scores = rng.choice([0, 0.3, 0.7, 1], 200), rng.integers(0, distinct, 200).astype(np.float64)
    found = ndcg_by_query(Stated(Judged.of(y, queries), scores), k)
    for value, rows in zip(found, rows_by_query(queries).values(), strict=True):
        if len(rows) > 1:
            expected = ndcg_score(y[rows][np.newaxis], scores[rows][np.newaxis], k=k)
            assert value == pytest.approx(expected, abs=1e-12)


def test_equal_scores_share_their_gain_whichever_of_them_is_given_first() -> None:
    y, mean = np.array([0.0, 1.0]), (1 + 1 / np.log2(3)) / 2
    assert ndcg(y, np.zeros(2), ["q", "q"]) == pytest.approx(mean)
    assert ndcg(y[::-1], np.zeros(2), ["q", "q"]) == pytest.approx(mean)


def test_rows_are_shown_by_value_and_equal_ones_by_score() -> None:
    judged = Judged.of(np.zeros(4), list("qqqq"), scores=[2.0, 0.0, 1.0, 2.0])
    order = judged.stated([0.5, 0.9, 0.5, 0.5]).shown_order
    assert order[1] > order[0] == order[3] > order[2]


def test_infinite_values_that_are_equal_are_a_tie() -> None:
    judged = Judged.of(np.zeros(3), list("qqq"))
    order = Stated(judged, np.array([-np.inf, 0.0, -np.inf])).shown_order
    assert order[1] > order[0] == order[2]


def test_queries_with_nothing_relevant_are_left_out() -> None:
    y, scores = np.array([1.0, 0.0, 0.0]), np.array([2.0, 1.0, 5.0])
    a, b = ndcg_by_query(Stated(Judged.of(y, ["a", "a", "b"]), scores))
    assert a == 1.0
    assert np.isnan(b)
    assert ndcg(np.zeros(3), scores, ["a", "a", "b"]) is None


def test_queries_are_numbered_in_their_own_order_however_rows_are_sorted() -> None:
    assert query_numbers(["b", "a", "b", "c"]).tolist() == [1, 0, 1, 2]
    assert {q: rows.tolist() for q, rows in rows_by_query(["b", "a", "b"]).items()} == {
        "a": [1],
        "b": [0, 2],
    }
