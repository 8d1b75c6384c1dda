"""The split is by query: a leak of one query to both sides is caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.calibrate import rows
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.maps import Columns
from search_core.calibrate.models import out_of_fold
from search_core.calibrate.rows import leave_out_folds
from search_core.evaluate.reliability import log_loss
from search_core.pairs import ScoredPairs, score_pairs
from search_core.scale import COSINE
from search_core.vectors import Floats, Rows
from tests.calibrate.worlds import judged

QUERIES, ROWS = 18, 40


def folds_by_row(queries: Sequence[str], seed: int) -> list[Rows]:
    """Deal rows, not queries: the mistake."""
    dealt = np.random.default_rng(seed).permutation(len(queries))
    return [np.sort(dealt[place::5]) for place in range(5)]


def trap() -> ScoredPairs:
    """Labels that depend on the query alone, and features that tell queries apart, nothing else."""
    rng = np.random.default_rng(1)
    pairs = judged(QUERIES, ROWS, cosine=0)
    features = np.repeat(rng.normal(size=(QUERIES, pairs.features.shape[1])), ROWS, axis=0)
    features[:, 0] = pairs.features[:, 0]
    likely = np.repeat(rng.permutation([0.1] * (QUERIES // 2) + [0.9] * (QUERIES // 2)), ROWS)
    y = (rng.random(QUERIES * ROWS) < likely).astype(np.float64)
    return replace(pairs, features=features, relevance=y)


@pytest.mark.slow
def test_a_split_by_row_shows_a_gain_that_is_false_and_a_split_by_query_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = fit_calibrator(trap(), "blend").report
    assert honest.verdict.kind != "helps"
    assert honest.log_loss > 0.95 * honest.log_loss_constant
    monkeypatch.setattr(rows, "leave_out_folds", folds_by_row)
    leaking = fit_calibrator(trap(), "blend").report
    assert leaking.log_loss < 0.7 * leaking.log_loss_constant


class MeanOfQuery:
    """States the mean label of a row's query among the rows fitted on, and else that of all."""

    def __init__(self, columns: Columns, y: Floats) -> None:
        asked = columns["query"]
        self._means = {query: y[asked == query].mean() for query in np.unique(asked)}
        self._mean = y.mean()

    def predict(self, columns: Columns) -> Floats:
        return np.array([self._means.get(query, self._mean) for query in columns["query"]])


def test_remembering_a_querys_mean_label_pays_only_if_its_rows_are_on_both_sides() -> None:
    remember: Any = MeanOfQuery
    pairs = trap()
    y, columns = pairs.relevance, {"query": np.repeat(np.arange(float(QUERIES)), ROWS)}
    constant = log_loss(y, np.full(len(y), y.mean()))
    by_row = out_of_fold(remember, columns, y, folds_by_row(pairs.queries, 0))[0]
    by_query = out_of_fold(remember, columns, y, leave_out_folds(pairs.queries, 0))[0]
    assert log_loss(y, by_row) < 0.7 * constant
    assert log_loss(y, by_query) > constant


@pytest.mark.parametrize("queries", [2, 3, 5, 17])
def test_no_query_stands_in_two_folds_and_every_row_in_one(queries: int) -> None:
    pairs = judged(queries, 7)
    folds = leave_out_folds(pairs.queries, seed=3)
    asked = [{pairs.queries[row] for row in fold} for fold in folds]
    assert len(folds) == queries
    assert sum(map(len, asked)) == queries
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(pairs)))


def test_queries_that_differ_in_case_and_blanks_are_one_query() -> None:
    rows = "".join(f"{name},{n / 10},{n % 2}\n" for n, name in enumerate(["Shoes", " shoes "] * 5))
    labels = sc.read_labels(f"query,score,relevance\n{rows}".encode())
    assert set(score_pairs(labels, COSINE).queries) == {"shoes"}
