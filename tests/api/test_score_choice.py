"""Rows with texts and scores over the API: what is fitted on, and what is said of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

import search_core as sc
from tests.api.conftest import Called
from tests.api.rows import score_rows

pytestmark = [pytest.mark.model, pytest.mark.slow]

TOPICS = ("bread", "soap", "glass", "rope", "paper", "honey", "brick", "wool")


def log_rows() -> list[dict[str, Any]]:
    """Sixty-four rows of eight queries with texts, and a score that tells most of them apart."""
    return [
        {
            "query": f"how is {query} made",
            "text": f"{text} is made in step {place}",
            "score": round(4.0 * (query == text) - 3 + (7 * place + 3 * n) % 10 / 4, 2),
            "relevance": int(query == text or (place + n) % 7 == 0),
        }
        for n, query in enumerate(TOPICS)
        for place, text in enumerate(TOPICS)
    ]


def fitted(api: Called, **asked: Any) -> dict[str, Any]:
    answer = api.fit_calibrator(**{"rows": log_rows(), "method": "auto", **asked})
    assert "error" not in answer, answer
    return answer


def test_a_scale_that_is_given_means_that_the_scores_are_fitted_on(api: Called) -> None:
    answer = fitted(api, score_scale="reranker_logit")
    assert (answer["fit_on"], answer["score_scale"]) == ("scores", "reranker_logit")
    assert json.loads(answer["calibrator"])["scale"]["name"] == "reranker_logit"
    assert [each["fit_on"] for each in answer["comparison"]["choices"]] == [
        "scores", "texts", "both",
    ]  # fmt: skip
    assert answer["comparison"]["labels"] == 64


def test_without_a_scale_texts_are_fitted_on_and_the_column_is_named(api: Called) -> None:
    answer = fitted(api)
    assert (answer["fit_on"], answer["score_scale"], answer["comparison"]) == ("texts", None, None)
    (note,) = [each for each in answer["notes"] if "Column 'score' was not used" in each]
    assert "64 values" in note
    assert "fit_on 'scores' or 'both'" in note


def test_both_are_fitted_on_and_applied_where_rows_have_both(api: Called) -> None:
    answer = fitted(api, score_scale="reranker_logit", fit_on="both")
    assert answer["fit_on"] == "both"
    rows = log_rows()
    texts = list(dict.fromkeys(row["text"] for row in rows))
    applied = api.apply_calibrator(answer["calibrator"], rows, texts)
    assert len(applied["values"]) == len(rows)
    lacking = [{"query": row["query"], "text": row["text"]} for row in rows]
    refused = api.apply_calibrator(answer["calibrator"], lacking, texts)
    assert "no column 'score'" in refused["error"]["message"]


def test_a_calibrator_says_which_part_of_a_row_it_does_not_read(api: Called) -> None:
    on_scores = fitted(api, score_scale="reranker_logit")["calibrator"]
    assert "texts were not used" in " ".join(api.apply_calibrator(on_scores, log_rows())["notes"])
    on_texts = fitted(api, method="platt")["calibrator"]
    assert "scores were not used" in " ".join(api.apply_calibrator(on_texts, log_rows())["notes"])


@pytest.mark.parametrize(
    ("scale", "direction", "read_as"),
    [
        ("bm25", "lower", "negative_bm25"),
        ("other", "lower", "lower_is_better"),
        ("auto", "lower", "lower_is_better"),
        ("negative BM25 (SQLite)", "auto", "negative_bm25"),
    ],
)
def test_a_score_that_is_best_when_lowest_is_read_in_its_direction(
    api: Called, scale: str, direction: str, read_as: str
) -> None:
    rows = [{**row, "score": -1 - 20 * row["score"]} for row in score_rows()]
    answer = api.fit_calibrator(rows=rows, method="platt", score_scale=scale, direction=direction)
    assert answer["score_scale"] == read_as
    assert answer["report"]["verdict"]["kind"] != "runs against relevance"
    values = api.apply_calibrator(answer["calibrator"], rows)["values"]
    assert values[-1] > values[0]


def test_scores_whose_scale_cannot_be_known_are_asked_about(api: Called) -> None:
    rows = [{**row, "score": 40 - 30 * row["score"]} for row in score_rows()]
    error = api.fit_calibrator(rows=rows, method="platt")["error"]
    assert "give score_scale" in error["message"]
    assert "Lower ones were labelled relevant more often." in error["message"]
    assert "'distance, any length'" in error["message"]


def test_scores_that_may_be_cosines_are_read_as_such_with_a_note(api: Called) -> None:
    answer = api.fit_calibrator(rows=score_rows(), method="platt")
    assert answer["score_scale"] == "cosine"
    assert any("were read as cosine" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("rows", "asked", "words"),
    [
        (score_rows(), {"fit_on": "both"}, "the rows have no texts"),
        (
            [{k: v for k, v in row.items() if k != "score"} for row in log_rows()],
            {"fit_on": "scores"},
            "no column 'score'",
        ),
        (score_rows(), {"score_scale": "other"}, "say which is better"),
        (score_rows(), {"score_scale": "percent", "direction": "lower"}, "higher is better"),
    ],
)
def test_what_cannot_be_fitted_on_is_refused_in_words(
    api: Called, rows: list[dict[str, Any]], asked: dict[str, Any], words: str
) -> None:
    assert words in api.fit_calibrator(rows=rows, method="platt", **asked)["error"]["message"]


def test_columns_that_are_not_used_are_named(api: Called) -> None:
    rows = [{**row, "page": 3} for row in score_rows()]
    assert "Column 'page' is not used." in api.fit_calibrator(rows=rows, method="platt")["notes"]


def test_every_scale_is_offered_by_its_name() -> None:
    from search_ui.api.models import SCALES

    assert set(sc.BROUGHT_SCALES) < set(SCALES)
