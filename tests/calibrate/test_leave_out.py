"""Leaving queries out: exact, the same on every machine, and dealt by what people wrote."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_core.calibrate import rows
from search_core.calibrate.blend import recipes
from search_core.calibrate.maps import Columns, Map, expit
from search_core.calibrate.models import Design, cross_fit, platt_design
from search_core.calibrate.rows import leave_out_folds
from search_core.pairs import ScoredPairs
from tests.calibrate.worlds import judged
from tests.properties import tried


def designs(pairs: ScoredPairs) -> list[Design[Map]]:
    columns: Columns = pairs.columns()
    simple: Design[Map] = platt_design("cos", pairs.similarities)
    tried = recipes(pairs.feature_names, pairs.usual_cosine, graded=pairs.graded)
    return [simple, *(recipe.design(columns) for recipe in tried)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "pairs",
    [
        judged(30, 10, rest=8),
        judged(3, 17, rest=8),
        judged(4, 10, cosine=200),  # one score separates the labels
        judged(25, 8, graded=True),
    ],
    ids=["many queries", "three queries", "separable", "grades"],
)
def test_a_fit_without_a_query_is_the_one_made_of_the_others_alone(
    pairs: ScoredPairs,
) -> None:
    y = pairs.relevance
    folds = leave_out_folds(pairs.queries, 0)
    for design in designs(pairs):
        found = cross_fit(design, y, folds).left_out
        for coefficients, held in zip(found, folds, strict=True):
            kept = np.ones(len(y), dtype=bool)
            kept[held] = False
            if y[kept].max() == y[kept].min():
                continue
            expected = design.coefficients(y, np.ones(len(y)), kept)
            x = np.column_stack([np.ones(len(y)), design.rows])
            np.testing.assert_allclose(expit(x @ coefficients), expit(x @ expected), atol=1e-6)


def test_where_all_other_labels_are_equal_their_mean_is_stated() -> None:
    pairs = judged(3, 10)
    y = np.repeat([1.0, 0.0, 0.0], 10)
    y[0] = 0.0
    found = cross_fit(designs(pairs)[0], y, leave_out_folds(pairs.queries, 0))
    assert found.held_out()[:10] == pytest.approx(np.full(10, 1e-4))


def test_a_query_is_left_out_by_itself_while_that_can_be_afforded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queries = [f"q{row // 5}" for row in range(500)]
    assert len(leave_out_folds(queries, 0)) == 100
    monkeypatch.setattr(rows, "MOST_WORK", 20_000)
    dealt = leave_out_folds(queries, 0)
    assert len(dealt) == 40
    assert sorted(np.concatenate(dealt).tolist()) == list(range(500))
    sizes = [len({queries[row] for row in fold}) for fold in dealt]
    assert max(sizes) - min(sizes) <= 1


@given(st.permutations(range(60)), st.integers(0, 9))
@tried(20)
def test_the_deal_depends_on_the_queries_words_and_on_no_order(order: list[int], seed: int) -> None:
    queries = [f"query {row % 30} \ud800" for row in range(60)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "MOST_WORK", 1)
        plain = leave_out_folds(queries, seed)
        shuffled = leave_out_folds([queries[row] for row in order], seed)
    assert len(plain) == 20
    together = {frozenset(queries[row] for row in fold) for fold in plain}
    assert together == {frozenset(queries[order[row]] for row in fold) for fold in shuffled}


def test_scores_that_no_fit_may_see_change_nothing_but_scales() -> None:
    """What is left out has a say in knots and scales alone, in which there is no label."""
    pairs = judged(20, 10, rest=8)
    folds = leave_out_folds(pairs.queries, 0)
    turned = pairs.relevance.copy()
    turned[folds[3]] = 1 - turned[folds[3]]
    design = designs(pairs)[3]
    before, after = (cross_fit(design, y, folds).left_out[3] for y in (pairs.relevance, turned))
    np.testing.assert_allclose(after, before, atol=1e-6)
