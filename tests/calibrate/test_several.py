"""Several scores of engines in one fit: BM25, a distance and a reranker's logit, without texts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import search_core as sc

SCALES = {"bm25": "bm25", "near": "chroma-cosine", "rerank": "reranker_logit"}


def world(queries: int = 40, each: int = 8, seed: int = 0) -> dict[str, Any]:
    """Return a table in which no score tells all: each sees relevance through noise of its own."""
    rng = np.random.default_rng(seed)
    relevant = rng.random(queries * each) < 0.4
    noise = rng.normal(size=(3, len(relevant)))
    return {
        "query": [f"query {n // each}" for n in range(len(relevant))],
        "bm25": np.exp(0.8 * (relevant + noise[0])),
        "near": 1 - np.tanh(0.5 * (relevant + noise[1])),
        "rerank": 3.0 * (relevant + noise[2]),
        "relevance": relevant,
    }


def pairs_of(table: dict[str, Any]) -> sc.ScoredPairs:
    labels = sc.Labels.from_frame(table, score=list(SCALES))
    return sc.score_pairs(labels, SCALES)


@pytest.fixture(scope="module")
def result() -> sc.CalibrationResult:
    return sc.fit_calibrator(pairs_of(world()))


@pytest.mark.slow
def test_a_fit_on_all_scores_loses_less_than_one_on_any_of_them(
    result: sc.CalibrationResult,
) -> None:
    table = world()
    for name, scale in SCALES.items():
        labels = sc.Labels.from_frame(table, score=name)
        alone = sc.fit_calibrator(sc.score_pairs(labels, scale), "platt")
        assert result.report.log_loss < alone.report.log_loss - 0.02
    assert result.calibrator.method == "blend"
    assert result.report.verdict.kind == "helps"
    assert "3 scores" in result.chosen_because


@pytest.mark.slow
def test_values_hold_on_other_queries_of_the_same_world() -> None:
    other = world(400, seed=1)
    values = sc.fit_calibrator(pairs_of(world(100))).calibrator.predict_frame(other)
    relevant = np.asarray(other["relevance"])
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (values >= low) & (values < high)
        assert relevant[inside].mean() == pytest.approx(values[inside].mean(), abs=0.08)


def test_a_table_and_pairs_of_it_get_the_same_values_in_the_given_order(
    result: sc.CalibrationResult,
) -> None:
    table, pairs = world(seed=2), pairs_of(world(seed=2))
    values = result.calibrator.predict_frame(table)
    assert values.tolist() == result.calibrator.predict(pairs).tolist()
    backwards = {name: list(column)[::-1] for name, column in table.items()}
    assert result.calibrator.predict_frame(backwards).tolist() == values.tolist()[::-1]


def test_a_better_score_of_any_kind_never_lowers_the_value(result: sc.CalibrationResult) -> None:
    start = {"bm25": [2.0], "near": [0.8], "rerank": [0.0]}
    (value,) = result.calibrator.predict_frame(start)
    for better in ({"bm25": [6.0]}, {"near": [0.2]}, {"rerank": [4.0]}):
        assert result.calibrator.predict_frame({**start, **better})[0] > value


def test_a_row_that_lacks_a_score_has_no_value(result: sc.CalibrationResult) -> None:
    table = {"bm25": [2.0, None], "near": [0.8, 0.8], "rerank": [0.0, 1.0]}
    assert np.isnan(result.calibrator.predict_frame(table)).tolist() == [False, True]


def test_columns_may_have_other_names_in_use(result: sc.CalibrationResult) -> None:
    named = {"words": [2.0], "near": [0.8], "rerank": [0.0]}
    values = result.calibrator.predict_frame(named, columns={"bm25": "words"})
    assert values == result.calibrator.predict_frame({**named, "bm25": [2.0]})


def test_it_is_saved_and_read_as_json(result: sc.CalibrationResult) -> None:
    text = result.calibrator.to_json()
    again = sc.load_calibrator(text)
    assert again == result.calibrator
    table = world(seed=3)
    stated = result.calibrator.predict_frame(table).tolist()
    assert again.predict_frame(table).tolist() == stated
    assert "'bm25', 'near', 'rerank'" in repr(again)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda scales: scales[:2], "several scores have one scale each"),
        (lambda scales: [scales[1], scales[0], scales[2]], "do not fit its map"),
        (lambda scales: [*scales[:2], {"name": "bm25"}], "the field .* is missing"),
        (lambda _: "bm25", "score_scales"),
    ],
)
def test_a_file_whose_scales_do_not_fit_is_refused(
    result: sc.CalibrationResult, change: Any, words: str
) -> None:
    from search_core.calibrate.export.written import checksum

    body = json.loads(result.calibrator.to_json())
    body["score_scales"] = change(body["score_scales"])
    del body["checksum"]
    body["checksum"] = checksum(body)
    with pytest.raises(sc.CalibrationError, match=words):
        sc.load_calibrator(json.dumps(body))


def test_what_one_score_alone_would_need_is_said(result: sc.CalibrationResult) -> None:
    calibrator = result.calibrator
    words = "looks at several scores, 'bm25', 'near', 'rerank'"
    with pytest.raises(sc.CalibrationError, match=words):
        calibrator.predict_scores([0.5])
    hits = sc.Hits("q", (0,), ("a",), ("a",), np.array([3.0]), calibrator.scale)
    with pytest.raises(sc.CalibrationError, match=words):
        calibrator.apply(hits)
    with pytest.raises(sc.CalibrationError, match="no code to take home"):
        sc.take_home_snippet(calibrator)
    assert not calibrator.needs_engine
    assert calibrator.scores_reaching(0.5) == ()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"bm25": [1.0], "near": [0.5]}, "no column 'rerank' for the score 'rerank'"),
        ({"bm25": [1.0], "near": [2.5], "rerank": [0.0]}, r"Score \[0\] in 'near': 2.5 cannot be"),
        ({"bm25": ["x"], "near": [0.5], "rerank": [0.0]}, "Among the scores in 'bm25' is 'x'"),
    ],
)
def test_a_table_that_lacks_something_is_refused_by_name(
    result: sc.CalibrationResult, table: dict[str, Any], words: str
) -> None:
    with pytest.raises(sc.InputError, match=words):
        result.calibrator.predict_frame(table)


def test_pairs_of_other_scores_are_refused(result: sc.CalibrationResult) -> None:
    table = world()
    labels = sc.Labels.from_frame(table, score=["bm25", "near"])
    two = sc.score_pairs(labels, {"bm25": "bm25", "near": "chroma-cosine"})
    with pytest.raises(sc.CalibrationError, match="lack the score rerank"):
        result.calibrator.predict(two)
    other = sc.score_pairs(
        sc.Labels.from_frame(table, score=list(SCALES)), {**SCALES, "rerank": "dot_product"}
    )
    with pytest.raises(sc.ScaleMismatch, match="'dot_product', but 'reranker_logit' was expected"):
        result.calibrator.predict(other)


def test_a_file_with_several_scores_is_read_as_well() -> None:
    text = "query,bm25,rerank,relevance\n" + "".join(
        f"q{n // 4},{n % 4},{n % 3}.5,{n % 2}\n" for n in range(80)
    )
    labels = sc.read_labels(text.replace("bm25", "score", 1).encode())
    pairs = sc.score_pairs(labels, {"score": "bm25", "rerank": "reranker_logit"})
    assert pairs.features[:3].tolist() == [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]
    with pytest.raises(sc.LabelsError, match="no column 'cosine' for the score"):
        sc.score_pairs(labels, {"score": "bm25", "cosine": "cosine"})
    with pytest.raises(sc.InputError, match="Scales of 1 scores were given by name"):
        sc.score_pairs(labels, {"score": "bm25"})


def test_every_figure_of_a_fit_works_on_several_scores(result: sc.CalibrationResult) -> None:
    intervals = result.value_intervals(result.pairs)
    assert intervals is not None
    assert intervals.shape == (320, 2)
    parts = result.calibrator.explain(result.pairs)[0]
    assert set(parts) == set(SCALES)
    result.suspects()
