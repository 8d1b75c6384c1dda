"""The table of scales in docs/accepted.md: each row is run."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

import search_core as sc

pytestmark = pytest.mark.usefixtures("few_draws")

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accepted.md"
QUERIES, ROWS = 20, 8


def table_of_scales() -> list[list[str]]:
    """Return the cells of each row of the section on scales."""
    section = PAGE.read_text(encoding="utf-8").partition("## Scales")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


TABLE = table_of_scales()


def labelled(worse: float, better: float) -> sc.Labels:
    """Return labels whose relevant rows are mostly on the better side of the middle."""
    rng = np.random.default_rng(11)
    share = rng.random((QUERIES, ROWS))
    relevant = rng.random((QUERIES, ROWS)) < 0.1 + 0.8 * share
    rows = [
        {
            "query": f"query {query}",
            "score": float(worse + (better - worse) * share[query, row]),
            "relevance": int(relevant[query, row]),
        }
        for query in range(QUERIES)
        for row in range(ROWS)
    ]
    return sc.labels_of(rows)


def test_every_scale_is_in_the_table_once() -> None:
    assert [row[0].strip("`") for row in TABLE] == list(sc.BROUGHT_SCALES)


@pytest.mark.parametrize("row", TABLE, ids=[row[0].strip("`") for row in TABLE])
def test_a_scale_is_read_fitted_on_and_told_as_the_table_says(row: list[str]) -> None:
    name, words, better, low, high, _, examples = row
    scale = sc.brought_scale(name.strip("`"))
    assert sc.brought_scale(words, better) == scale
    assert (scale.lower, scale.upper) == (float(low or -math.inf), float(high or math.inf))
    worse_score, better_score = map(float, examples.split())
    pairs = sc.score_pairs(labelled(worse_score, better_score), scale)
    result = sc.fit_calibrator(pairs)
    assert result.report.verdict.kind == "helps"
    calibrator = sc.load_calibrator(result.calibrator.to_json())
    first, last = calibrator.predict(sc.score_pairs(scored(worse_score, better_score), scale))
    assert first < 0.5 < last
    bound = calibrator.scores_reaching(0.5, pairs.features[:, 0])[0]
    kept = "above" if better == "higher" else "below"
    assert re.fullmatch(rf"{re.escape(words)} \S+ and {kept}", bound.words)
    assert f"# In: {words}, {better} is better" in sc.take_home_snippet(calibrator)


def scored(*scores: float) -> sc.Labels:
    return sc.labels_of([{"query": "new", "score": each} for each in scores], judged=False)


@pytest.mark.parametrize("row", TABLE, ids=[row[0].strip("`") for row in TABLE])
def test_scores_in_the_other_direction_are_told_which_scale_may_be_meant(row: list[str]) -> None:
    scale = sc.brought_scale(row[0].strip("`"))
    worse, better = map(float, row[6].split())
    report = sc.fit_calibrator(sc.score_pairs(labelled(better, worse), scale)).report
    assert report.verdict.kind == "runs against relevance"
    assert f"'{sc.opposite(scale).label}'" in report.verdict.sentence


def test_a_scale_of_ones_own_is_read_as_well() -> None:
    scale = sc.ScoreScale("edit_distance", higher_is_better=False, lower=0.0)
    result = sc.fit_calibrator(sc.score_pairs(labelled(40, 3), scale))
    assert result.report.verdict.kind == "helps"
    assert "edit distance" in result.calibrator.scores_reaching(0.5)[0].words
