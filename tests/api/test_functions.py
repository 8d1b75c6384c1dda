"""The six functions, called in the process: what they answer, their caps, and their faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.features import FEATURES
from search_core.limits import PUBLIC
from search_core.scale import BROUGHT_SCALES
from search_ui.api import faults
from search_ui.api.checks import check_count, check_list, check_text, finite_numbers
from search_ui.api.functions import METHODS, Api
from search_ui.server.callers import departure
from tests.api.rows import sample_rows, score_rows, text_rows

pytestmark = [pytest.mark.model, pytest.mark.slow]

CATS = ["A fluffy cat naps.", "The dog chased the ball.", "The sun is shining brightly."]
KEYS = {"type", "message", "row", "column"}


def fault(answer: dict[str, Any]) -> dict[str, Any]:
    assert set(answer) == {"error"}
    error: dict[str, Any] = answer["error"]
    assert set(error) == KEYS
    assert error["message"].endswith(".")
    return error


def test_a_search_of_the_sample_says_what_the_page_says(api: Api) -> None:
    answer = api.search("How do I descale a kettle?", None, 5)
    hits = answer["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    for hit in hits:
        assert hit["squared_l2"] == pytest.approx(2 - 2 * hit["cosine"])
        assert hit["inverse_distance"] == pytest.approx(1 / (1 + hit["squared_l2"]))
        assert 0 <= hit["calibrated"] <= 1
    assert answer["documents"] == 432
    assert not answer["nothing_relevant"]


def test_a_search_of_given_texts_finds_the_nearest(api: Api) -> None:
    answer = api.search("A feline relaxes.", CATS, 2)
    assert answer["hits"][0]["text"] == CATS[0]
    assert len(answer["hits"]) == 2
    assert answer["hits"][0]["calibrated"] is None


def test_more_hits_than_texts_returns_all_texts(api: Api) -> None:
    assert len(api.search("cat", CATS, 50)["hits"]) == 3


def test_given_texts_leave_the_sample_as_it_was(api: Api) -> None:
    before = api.search("A feline relaxes.")
    api.search("A feline relaxes.", ["canary 7f3a"])
    assert api.search("A feline relaxes.") == before


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"query": ""}, "empty"),
        ({"query": "  "}, "empty"),
        ({"query": None}, "The query is None; give a text"),
        ({"query": ["cat"]}, "The query is a list; give a text"),
        ({"query": "x" * 1_001}, "1,001 characters; at most 1,000"),
        ({"query": "cat", "k": 0}, "k is 0; give a whole number from 1 to 50"),
        ({"query": "cat", "k": 51}, "k is 51"),
        ({"query": "cat", "k": 2.5}, "k is 2.5"),
        ({"query": "cat", "k": True}, "k is True"),
        ({"query": "cat", "k": "5"}, "k is '5'"),
        ({"query": "cat", "documents": []}, "The collection is empty"),
        ({"query": "cat", "documents": "one"}, "documents is 'one'; give a list of texts"),
        ({"query": "cat", "documents": {"a": 1}}, "documents is a dict"),
        ({"query": "cat", "documents": ["a", 1]}, "documents is a list; give a list of texts"),
        ({"query": "cat", "documents": ["a", ""]}, "Text 2 is empty"),
        ({"query": "cat", "documents": ["a"] * 2_001}, "has 2,001 texts; at most 2,000"),
        ({"query": "cat", "documents": ["word " * 250] * 900}, "more than 200,000 tokens"),
    ],
)
def test_a_search_that_cannot_be_answered_says_why(
    api: Api, asked: dict[str, Any], message: str
) -> None:
    assert message in fault(api.search(**asked))["message"]


def test_the_longest_query_and_the_most_hits_are_answered(api: Api) -> None:
    for query in ("x" * 999, "x" * 1_000, "\U0001f600" * 1_000, "...", "ß\u0301\u200b", "\ud800"):
        assert len(api.search(query, None, 50)["hits"]) == 50


def test_what_explains_a_score_agrees_with_the_search(api: Api) -> None:
    hit = api.search("How do I descale a kettle?", None, 1)["hits"][0]
    told = api.explain_score("How do I descale a kettle?", hit["text"])
    assert told["cosine"] == pytest.approx(hit["cosine"])
    assert told["readings"]["inverse_distance"] == pytest.approx(hit["inverse_distance"])
    assert told["engines"]["faiss-l2"] == pytest.approx(hit["squared_l2"])
    assert told["sample"]["chance"] == pytest.approx(hit["chance"])
    assert told["shared_words"] == hit["shared_words"]
    assert set(told["features"]) == {feature.name for feature in FEATURES}


def test_a_text_that_is_cut_off_is_said_to_be(api: Api) -> None:
    assert "longer than the 256 tokens" in api.explain_score("cat", "word " * 300)["notes"][0]


@pytest.mark.parametrize("text", ["", None, 5, ["a"]])
def test_only_a_text_can_be_explained(api: Api, text: Any) -> None:
    assert fault(api.explain_score("cat", text))["type"] == "CorpusError"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_normalized_values_keep_the_order_of_the_input(
    api: Api, method: str, direction: str
) -> None:
    given = [0.2, 0.9, 0.5, 0.7]
    values = api.normalize(given, direction, method)["values"]
    turned = np.array(given) if direction == "higher" or method == "raw" else -np.array(given)
    assert np.argsort(values).tolist() == np.argsort(turned).tolist()


def test_min_max_runs_from_0_to_1_whichever_way_the_score_runs(api: Api) -> None:
    assert api.normalize([2.0, 4.0, 3.0])["values"] == [0.0, 1.0, 0.5]
    assert api.normalize([2.0, 4.0, 3.0], "lower")["values"] == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([],), "scores is an empty list"),
        (("1,2",), "scores is '1,2'"),
        (([1, "2"],), "Score 2 is '2'"),
        (([1, True],), "Score 2 is True"),
        (([1, None],), "Score 2 is None"),
        (([float("nan")],), "Score 1 is nan"),
        (([float("inf")],), "Score 1 is inf"),
        (([10**400],), "Score 1 is 1000"),
        (([1, 3.4028234663852886e38],), "Score 2 is 3.4028235e+38, how FAISS fills an empty place"),
        (([0.0] * 10_001,), "10,001 scores were given"),
        (([1.0], "up"), "direction is 'up'"),
        (([1.0], None), "direction is None"),
        (([1.0], "higher", "csls"), "method is 'csls'"),
        (([1.0], "higher", ["minmax"]), "method is a list"),
    ],
)
def test_scores_that_cannot_be_normalized_say_why(
    api: Api, given: tuple[Any, ...], message: str
) -> None:
    assert message in fault(api.normalize(*given))["message"]


def test_a_calibrator_of_the_sample_comes_back_and_states_values(api: Api) -> None:
    rows = sample_rows()
    fitted = api.fit_calibrator(rows, "platt")
    assert fitted["method"] == "platt"
    assert fitted["report"]["rows"] == len(rows)
    stated = api.apply_calibrator(fitted["calibrator"], rows)
    assert stated["value"] == fitted["value"]
    assert len(stated["values"]) == len(rows)
    grade = np.array([row["relevance"] for row in rows])
    values = np.array(stated["values"])
    assert values[grade == 3].mean() > values[grade == 0].mean()


def test_a_calibrator_may_come_back_as_an_object(api: Api) -> None:
    text = api.fit_calibrator(score_rows(), "platt")["calibrator"]
    rows = [{"query": "a", "score": 0.5}]
    as_object: Any = json.loads(text)
    assert api.apply_calibrator(as_object, rows) == api.apply_calibrator(text, rows)


def test_scores_alone_are_read_on_the_scale_that_is_named(api: Api) -> None:
    rows = [{**row, "score": 1 - row["score"]} for row in score_rows()]
    nearer_is_better = api.fit_calibrator(rows, "platt", None, "l2")["calibrator"]
    low, high = api.apply_calibrator(
        nearer_is_better, [{"query": "a", "score": s} for s in (0.1, 0.9)]
    )["values"]
    assert low > high


@pytest.mark.parametrize("scale", BROUGHT_SCALES)
def test_a_calibrator_of_any_kind_of_score_comes_back_and_states_values(
    api: Api, scale: str
) -> None:
    fitted = api.fit_calibrator(score_rows(), "platt", None, scale)["calibrator"]
    values = api.apply_calibrator(fitted, score_rows())["values"]
    assert len(set(values)) > 1
    assert all(0 < value < 1 for value in values)


def test_a_blend_serves_another_collection_with_a_note_and_never_one_made_of_rows(
    api: Api,
) -> None:
    blend = api.fit_calibrator(sample_rows(20), "blend")["calibrator"]
    rows = [{"query": "cats", "text": CATS[0]}]
    same = api.apply_calibrator(blend, rows)
    assert (len(same["values"]), same["notes"]) == (1, [])
    (note,) = api.apply_calibrator(blend, rows, CATS)["notes"]
    assert "more than was tested" in note
    own = api.fit_calibrator(text_rows(), "blend")["calibrator"]
    error = fault(api.apply_calibrator(own, rows))
    assert "give the documents that it was fitted on" in error["message"]


def test_a_blend_is_applied_to_the_documents_that_it_was_fitted_on(api: Api) -> None:
    rows, documents = text_rows(), [row["text"] for row in text_rows()]
    blend = api.fit_calibrator(rows, "blend", documents)["calibrator"]
    values = api.apply_calibrator(blend, rows, documents)["values"]
    relevant = np.array([row["relevance"] for row in rows]) == 1
    assert np.mean(np.array(values)[relevant]) > np.mean(np.array(values)[~relevant])


@pytest.mark.parametrize(
    ("rows", "message", "row", "column"),
    [
        ([], "No rows were given", None, None),
        ("query,text", "No rows were given", None, None),
        ([1], "Row 1 is no object", 1, None),
        ([{"text": "a", "relevance": 1}], "no column 'query'", None, None),
        ([{"query": "a", "relevance": 1}], "no column 'text', 'doc_id' or 'score'", None, None),
        ([{"query": "a", "text": "b"}], "no column 'relevance'", None, None),
        ([{"query": "a", "text": ["b"], "relevance": 1}], "holds a list", 1, "text"),
        ([{"query": "a", "text": "b", "relevance": "x"}], "not a finite number", 1, "relevance"),
        ([{"query": "a", "text": "b", "relevance": float("nan")}], "finite", 1, "relevance"),
        ([{"query": "a", "text": "b", "relevance": 1}, {"query": "a"}], "empty", 2, "relevance"),
        ([{"query": "x" * 1_001, "text": "b", "relevance": 1}], "1,001 characters", None, None),
        ([{"query": "a", "doc_id": "none", "relevance": 1}], "not a document", 1, "doc_id"),
        ([{"query": "a", "text": "b", "relevance": 1}] * 10_001, "10,001 rows", None, None),
        ([{f"c{n}": 1 for n in range(51)}], "51 columns; at most 50", None, None),
        (text_rows()[:19], "19", None, None),
        ([{**row, "relevance": 1} for row in text_rows()], "All labels are equal", None, None),
    ],
)
def test_rows_that_cannot_be_fitted_say_where_and_why(
    api: Api, rows: Any, message: str, row: int | None, column: str | None
) -> None:
    error = fault(api.fit_calibrator(rows))
    assert message in error["message"]
    assert (error["row"], error["column"]) == (row, column)


def test_rows_count_towards_the_tokens_whatever_collection_they_belong_to(api: Api) -> None:
    rows = [{"query": "a", "text": f"{n} " + "word " * 250, "relevance": n % 2} for n in range(900)]
    for documents in (None, CATS):
        assert "200,000 tokens" in fault(api.fit_calibrator(rows, "platt", documents))["message"]


@pytest.mark.parametrize("method", ["", "forest", None, ["platt"], 3])
def test_an_unknown_method_is_named(api: Api, method: Any) -> None:
    assert "There is no method" in fault(api.fit_calibrator(text_rows(), method))["message"]


@pytest.mark.parametrize("scale", ["miles", None, {}])
def test_an_unknown_scale_is_named(api: Api, scale: Any) -> None:
    error = fault(api.fit_calibrator(score_rows(), "platt", None, scale))
    assert "score_scale is" in error["message"]


@pytest.mark.parametrize(
    "calibrator",
    ["", "{", "[]", "null", None, 3, [], {}, {"version": 99}, "[" * 10_000, "x" * 5_000_001],
)
def test_what_is_no_calibrator_is_refused(api: Api, calibrator: Any) -> None:
    error = fault(api.apply_calibrator(calibrator, [{"query": "a", "score": 0.5}]))
    assert error["type"] == "CalibrationError"


def test_indexes_are_compared_in_the_order_given(api: Api) -> None:
    answer = api.compare_indexes(None, ["How do cats nap?", "kettle"], ["SQ8", "Flat"])
    sq8, flat = answer["indexes"]
    assert (sq8["factory"], flat["factory"]) == ("SQ8", "Flat")
    assert flat["recall"] == 1.0
    assert abs(flat["bias"]) < 1e-6
    assert sq8["bytes_per_vector"] < flat["bytes_per_vector"] / 3


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((None, ["cat"], ["HNSW0"]), "HNSW0"),
        ((None, ["cat"], ["Flat"] * 9), "factories has 9 texts; at most 8"),
        ((None, ["cat"], "Flat"), "factories is 'Flat'"),
        ((None, "cat", ["Flat"]), "queries is 'cat'"),
        ((None, ["cat"] * 201, ["Flat"]), "queries has 201 texts; at most 200"),
        ((None, [], ["Flat"]), "No query was given"),
        ((None, [" "], ["Flat"]), "queries is empty"),
        ((["one"], ["cat"], ["IVF16,Flat"]), "IVF16"),
        (([], ["cat"], ["Flat"]), "The collection is empty"),
    ],
)
def test_indexes_that_cannot_be_compared_say_why(
    api: Api, asked: tuple[Any, ...], message: str
) -> None:
    assert message in fault(api.compare_indexes(*asked))["message"]


def test_every_answer_is_plain_json(api: Api) -> None:
    answers = [
        api.search("cat", CATS),
        api.explain_score("cat", "A cat."),
        api.normalize([1, 2]),
        api.fit_calibrator(score_rows(), "auto"),
        api.compare_indexes(CATS, ["cat"], ["Flat"]),
        api.search(""),
    ]
    for answer in answers:
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@pytest.mark.parametrize(
    ("check", "cap"),
    [
        (lambda n: check_text("x" * n), 1_000),
        (lambda n: check_count(n, PUBLIC.hits), 50),
        (lambda n: check_list(["a"] * n, PUBLIC.documents, "documents", sc.CorpusError), 2_000),
        (lambda n: finite_numbers([1.0] * n), 10_000),
    ],
)
def test_a_cap_lets_through_up_to_itself_and_no_more(
    check: Callable[[int], object], cap: int
) -> None:
    check(cap - 1)
    check(cap)
    with pytest.raises(sc.SearchCoreError, match=f"{cap:,}"):
        check(cap + 1)


def test_whoever_calls_outside_of_the_queue_counts_as_present() -> None:
    assert not departure()()


def test_work_that_takes_too_long_is_given_up() -> None:
    step = faults.deadline(seconds=-1)
    with pytest.raises(faults.TookTooLong, match="was given up"):
        step(1, 2)
    faults.deadline()(1, 2)


def test_a_search_does_not_wait_for_ever_for_its_turn(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search_ui.api.functions.TURN_SECONDS", 0.01)
    with api.embedding:
        assert fault(api.search("cat", CATS))["type"] == "Busy"
        assert api.search("cat")["hits"]
    assert api.search("cat", CATS)["hits"]


def test_searches_of_own_texts_leave_room_for_others(api: Api) -> None:
    with api.in_line, api.in_line:
        assert fault(api.search("cat", CATS))["type"] == "Busy"
        assert api.search("cat")["hits"]
    assert api.search("cat", CATS)["hits"]


def test_what_nobody_foresaw_is_one_line_with_an_id_that_the_log_has(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    shared = replace(api.page.shared, loading=None)  # type: ignore[arg-type]
    broken = Api(replace(api.page, shared=shared))
    error = fault(broken.search("cat"))
    assert error["type"] == "UnexpectedError"
    name = error["message"].split()[-1].rstrip(".")
    assert f"fault {name}" in caplog.text
    assert "AttributeError" in caplog.text
    assert "AttributeError" not in error["message"]


def test_want_of_memory_is_told_as_what_it_is(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("search_ui.api.functions.view_search", greedy)
    error = api.search("A feline relaxes.", CATS)["error"]
    assert error["type"] == "Busy"
    assert "no memory left" in error["message"]
