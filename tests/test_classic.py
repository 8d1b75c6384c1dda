"""Each mistake of the classic snippets is there, and what is right differs where it is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import search_core as sc
from search_core import classic


@pytest.fixture(scope="module")
def hits(encoder: sc.Encoder) -> list[sc.Hits]:
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(classic.SENTENCES), encoder=encoder)
    return engine.search_many(classic.QUERIES, k=5)


@pytest.mark.model
def test_the_snippets_are_what_scikit_learn_would_give(hits: list[sc.Hits]) -> None:
    column = hits[0].scores[:, np.newaxis]
    scaled = 1.0 - MinMaxScaler().fit_transform(column)[:, 0]
    inverse = 1.0 / (1.0 + StandardScaler().fit_transform(column)[:, 0])
    assert classic.one_minus_minmax(hits[0].scores) == pytest.approx(scaled)
    assert classic.one_over_one_plus_z(hits[0].scores) == pytest.approx(inverse)


@pytest.mark.model
def test_the_z_snippet_turns_the_best_hits_upside_down(hits: list[sc.Hits]) -> None:
    value = classic.one_over_one_plus_z(hits[0].scores)
    assert value[0] < 0 < value[-1]
    ours = sc.normalize(hits[0], "zscore").scores
    assert np.all(np.diff(ours) <= 0)


def test_the_z_snippet_divides_by_zero_one_deviation_below_the_mean() -> None:
    assert np.isinf(classic.one_over_one_plus_z(np.array([1.0, 3.0]))).any()


def test_equal_distances_break_both_snippets() -> None:
    equal = np.full(5, 0.7)
    assert np.isnan(classic.one_minus_minmax(equal)).all()
    assert not np.isfinite(classic.one_over_one_plus_z(equal)).all()


@pytest.mark.model
def test_a_line_through_misaligned_rows_is_another_line(hits: list[sc.Hits]) -> None:
    by_rank = [found.scores for found in hits]
    by_document = [found.scores[np.argsort(found.positions)] for found in hits]
    wrong, _ = classic.fitted_line(by_rank, classic.MADE_UP_RELEVANCE)
    right, _ = classic.fitted_line(by_document, classic.MADE_UP_RELEVANCE)
    assert right < -0.5
    assert abs(wrong) < abs(right) / 2


def test_the_line_is_ordinary_least_squares() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 2, (2, 5)), rng.uniform(0, 1, (2, 5))
    model = LinearRegression().fit(x.reshape(-1, 1), y.ravel())
    assert classic.fitted_line(x, y) == pytest.approx((model.coef_[0], model.intercept_))
