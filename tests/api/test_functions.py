"""The functions, called in the process: what they answer, their caps, and their faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from search_core.features import FEATURES
from search_core.scale import BROUGHT_SCALES
from search_ui.api.functions import Api
from search_ui.api.models import READINGS
from search_ui.server import queue_limits
from tests.api.conftest import Called
from tests.api.rows import sample_rows, score_rows, text_rows

pytestmark = [pytest.mark.model, pytest.mark.slow]

CATS = ["A fluffy cat naps.", "The dog chased the ball.", "The sun is shining brightly."]
KEYS = {"type", "message", "row", "column", "faults"}


def fault(answer: dict[str, Any]) -> dict[str, Any]:
    assert set(answer) == {"error"}
    error: dict[str, Any] = answer["error"]
    assert set(error) == KEYS
    assert error["message"].endswith(".")
    return error


def test_a_search_of_the_sample_says_what_the_page_says(api: Called) -> None:
    answer = api.search("How do I descale a kettle?", None, 5)
    hits = answer["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    for hit in hits:
        assert hit["squared_l2"] == pytest.approx(2 - 2 * hit["cosine"])
        assert hit["inverse_distance"] == pytest.approx(1 / (1 + hit["squared_l2"]))
        assert 0 <= hit["calibrated"] <= 1
    assert answer["documents"] == 432
    assert not answer["nothing_relevant"]


def test_a_search_of_given_texts_finds_the_nearest(api: Called) -> None:
    answer = api.search("A feline relaxes.", CATS, 2)
    assert answer["hits"][0]["text"] == CATS[0]
    assert len(answer["hits"]) == 2
    assert answer["hits"][0]["calibrated"] is None


def test_texts_without_labels_get_what_other_collections_suggest(api: Called) -> None:
    texts = [f"All about {subject}." for subject in ("tea", "rain", "cats", "law", "music")]
    query, documents = "What is tea?", [*texts, *(text.upper() for text in texts)]
    wide = api.search(query, documents, 3)["other_collections"]
    assert "none of them yours; nothing was measured" in wide["sentence"]
    assert len(wide["hits"]) == 3
    narrow = api.search(query, documents, 10, right_of_ten=2)["other_collections"]
    assert sum(hit["value"] for hit in narrow["hits"]) == pytest.approx(2, abs=1e-3)
    assert all(hit["low"] <= hit["value"] <= hit["high"] for hit in narrow["hits"])
    assert api.search(query, texts)["other_collections"] is None
    assert api.search(query)["other_collections"] is None


def test_more_hits_than_texts_returns_all_texts(api: Called) -> None:
    assert len(api.search("cat", CATS, 50)["hits"]) == 3


def test_given_texts_leave_the_sample_as_it_was(api: Called) -> None:
    before = api.search("A feline relaxes.")
    api.search("A feline relaxes.", ["canary 7f3a"])
    assert api.search("A feline relaxes.") == before


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"query": ""}, "empty"),
        ({"query": "  "}, "empty"),
        ({"query": None}, "query is None; give a text"),
        ({"query": ["cat"]}, "query is a list; give a text"),
        ({"query": "x" * 1_001}, "1,001 characters; at most 1,000"),
        ({"query": "cat", "k": 0}, "k is 0; give a whole number of at least 1"),
        ({"query": "cat", "k": 51}, "k is 51"),
        ({"query": "cat", "k": 2.5}, "k is 2.5"),
        ({"query": "cat", "k": True}, "k is True"),
        ({"query": "cat", "k": "5"}, "k is '5'"),
        ({"query": "cat", "documents": []}, "The collection is empty"),
        ({"query": "cat", "documents": "one"}, "documents is 'one'; give a list"),
        ({"query": "cat", "documents": {"a": 1}}, "documents is a dict"),
        ({"query": "cat", "documents": ["a", 1]}, "Entry 2 of documents is 1; give a text"),
        ({"query": "cat", "documents": ["", " "]}, "The collection is empty"),
        ({"query": "cat", "documents": [{"text": "a"}]}, "give a text, or an object with id and"),
        ({"query": "cat", "documents": ["a"] * 2_001}, "has 2,001 entries; at most 2,000"),
        ({"query": "cat", "documents": ["word " * 250] * 900}, "more than 200,000 tokens"),
    ],
)
def test_a_search_that_cannot_be_answered_says_why(
    api: Called, asked: dict[str, Any], message: str
) -> None:
    assert message in fault(api.search(**asked))["message"]


def test_the_longest_query_and_the_most_hits_are_answered(api: Called) -> None:
    for query in ("x" * 999, "x" * 1_000, "\U0001f600" * 1_000, "...", "ß\u0301\u200b"):
        assert len(api.search(query, None, 50)["hits"]) == 50


def test_half_a_character_is_refused_wherever_it_stands(api: Called) -> None:
    half = "holds half of a character, a lone surrogate; leave it out."
    assert fault(api.search("\ud800"))["message"] == f"query {half}"
    assert fault(api.search("a", ["a", "\ud800"]))["message"] == f"Entry 2 of documents {half}"
    rows = [{"query": "a", "doc_id": "\ud800", "relevance": 1}]
    assert "\\ud800" in fault(api.fit_calibrator(rows))["message"]


def test_what_explains_a_score_agrees_with_the_search(api: Called) -> None:
    hit = api.search("How do I descale a kettle?", None, 1)["hits"][0]
    told = api.explain_score("How do I descale a kettle?", hit["text"])
    assert told["cosine"] == pytest.approx(hit["cosine"])
    assert told["readings"]["inverse_distance"] == pytest.approx(hit["inverse_distance"])
    assert told["engines"]["faiss-l2"] == pytest.approx(hit["squared_l2"])
    assert told["sample"]["chance"] == pytest.approx(hit["chance"])
    assert told["shared_words"] == hit["shared_words"]
    assert set(told["features"]) == {feature.name for feature in FEATURES}


def test_a_text_that_is_cut_off_is_said_to_be(api: Called) -> None:
    assert "longer than the 256 tokens" in api.explain_score("cat", "word " * 300)["notes"][0]


def test_what_the_model_cannot_read_is_never_a_confident_match(api: Called) -> None:
    told = api.explain_score("\U0001f92f", "\U0001f973")
    assert told["cosine"] == pytest.approx(1.0)
    assert told["verdict"]["answer"] == "unclear"
    assert any("none of the words or symbols" in note for note in told["notes"])
    found = api.search("\U0001f92f", ["\U0001f973", "a cat"], 2)
    assert found["verdict"]["answer"] == "unclear"
    assert found["rarity"] is None
    assert found["cut_for_unrelated"] is None


def test_a_search_is_compared_with_questions_of_ones_own(api: Called) -> None:
    own = [f"Who won the regatta of {year}?" for year in range(1950, 2000)]
    found = api.search("a cat sleeps", CATS, 2, own)
    assert 0 < found["rarity"] < found["rarity_bound"] < 0.1
    assert found["cut_for_unrelated"]["questions"] == "50 of your own"
    assert "At least 50" in fault(api.search("a cat", CATS, 2, own[:3]))["message"]


@pytest.mark.parametrize("text", ["", None, 5, ["a"]])
def test_only_a_text_can_be_explained(api: Called, text: Any) -> None:
    expected = "CorpusError" if text == "" else "InputError"
    assert fault(api.explain_score("cat", text))["type"] == expected


@pytest.mark.parametrize("method", READINGS)
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_normalized_values_keep_the_order_of_the_input(
    api: Called, method: str, direction: str
) -> None:
    given = [0.2, 0.9, 0.5, 0.7]
    values = api.normalize(given, direction, method)["values"]
    turned = np.array(given) if direction == "higher" or method == "raw" else -np.array(given)
    assert np.argsort(values).tolist() == np.argsort(turned).tolist()


def test_min_max_runs_from_0_to_1_whichever_way_the_score_runs(api: Called) -> None:
    assert api.normalize([2.0, 4.0, 3.0])["values"] == [0.0, 1.0, 0.5]
    assert api.normalize([2.0, 4.0, 3.0], "lower")["values"] == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([],), "scores is an empty list"),
        (("1,2",), "scores is '1,2'"),
        (([1, "2"],), "Entry 2 of scores is '2'; give a finite number"),
        (([1, True],), "Entry 2 of scores is True"),
        (([1, None],), "Entry 2 of scores is None"),
        (([float("nan")],), "Entry 1 of scores is nan"),
        (([float("inf")],), "Entry 1 of scores is inf"),
        (([10**400],), "Entry 1 of scores is 1000"),
        (([1, 3.4028234663852886e38],), "Score 2 is 3.4028235e+38, how FAISS fills an empty place"),
        (([0.0] * 10_001,), "scores has 10,001 entries; at most 10,000"),
        (([1.0], "up"), "direction is 'up'"),
        (([1.0], None), "direction is None"),
        (([1.0], "higher", "csls"), "method is 'csls'"),
        (([1.0], "higher", ["minmax"]), "method is a list"),
    ],
)
def test_scores_that_cannot_be_normalized_say_why(
    api: Called, given: tuple[Any, ...], message: str
) -> None:
    assert message in fault(api.normalize(*given))["message"]


def test_a_calibrator_of_the_sample_comes_back_and_states_values(api: Called) -> None:
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


def test_a_calibrator_may_come_back_as_an_object(api: Called) -> None:
    text = api.fit_calibrator(score_rows(), "platt")["calibrator"]
    rows = [{"query": "a", "score": 0.5}]
    as_object: Any = json.loads(text)
    assert api.apply_calibrator(as_object, rows) == api.apply_calibrator(text, rows)


def test_scores_alone_are_read_on_the_scale_that_is_named(api: Called) -> None:
    rows = [{**row, "score": 1 - row["score"]} for row in score_rows()]
    nearer_is_better = api.fit_calibrator(rows, "platt", None, "l2")["calibrator"]
    low, high = api.apply_calibrator(
        nearer_is_better, [{"query": "a", "score": s} for s in (0.1, 0.9)]
    )["values"]
    assert low > high


@pytest.mark.parametrize("scale", BROUGHT_SCALES)
def test_a_calibrator_of_any_kind_of_score_comes_back_and_states_values(
    api: Called, scale: str
) -> None:
    shift = 2.0 if BROUGHT_SCALES[scale].upper == 0 else 0.0
    rows = [{**row, "score": row["score"] - shift} for row in score_rows()]
    fitted = api.fit_calibrator(rows, "platt", None, scale)["calibrator"]
    values = api.apply_calibrator(fitted, rows)["values"]
    assert len(set(values)) > 1
    assert all(0 < value < 1 for value in values)


def test_a_blend_serves_another_collection_with_a_note_and_never_one_made_of_rows(
    api: Called,
) -> None:
    blend = api.fit_calibrator(sample_rows(20), "blend")["calibrator"]
    rows = [{"query": "cats", "text": CATS[0]}]
    same = api.apply_calibrator(blend, rows)
    assert (len(same["values"]), same["notes"]) == (1, [])
    (note,) = api.apply_calibrator(blend, rows, CATS)["notes"]
    assert "more than was tested" in note
    own = api.fit_calibrator(text_rows(), "blend")["calibrator"]
    error = fault(api.apply_calibrator(own, rows))
    assert "give the documents it was fitted on" in error["message"]


def test_a_blend_is_applied_to_the_documents_that_it_was_fitted_on(api: Called) -> None:
    rows, documents = text_rows(), [row["text"] for row in text_rows()]
    blend = api.fit_calibrator(rows, "blend", documents)["calibrator"]
    values = api.apply_calibrator(blend, rows, documents)["values"]
    relevant = np.array([row["relevance"] for row in rows]) == 1
    assert np.mean(np.array(values)[relevant]) > np.mean(np.array(values)[~relevant])


@pytest.mark.parametrize(
    ("rows", "message", "row", "column"),
    [
        ([], "No rows were given", None, None),
        ("query,text", "rows is 'query,text'; give a list", None, None),
        ([1], "Entry 1 of rows is 1; give an object", 1, None),
        ([{"text": "a", "relevance": 1}], "no column 'query'", None, None),
        ([{"query": "a", "relevance": 1}], "no column 'text', 'doc_id' or 'score'", None, None),
        ([{"query": "a", "text": "b"}], "no column 'relevance'", None, None),
        ([{"query": "a", "text": ["b"], "relevance": 1}], "holds a list", 1, "text"),
        ([{"query": "a", "text": "b", "relevance": "x"}], "x = ? (1 row)", 1, "relevance"),
        (
            [{"query": "a", "text": "b", "relevance": float("nan")}],
            "No row has a label",
            None,
            None,
        ),
        (
            [{"query": "a", "text": "b", "relevance": 1}, {"text": "c", "relevance": 0}],
            "empty",
            2,
            "query",
        ),
        ([{"query_id": "q1", "doc_id": "d1", "relevance": 1}], "have ids only", None, None),
        ([{"query": "x" * 1_001, "text": "b", "relevance": 1}], "1,001 characters", None, None),
        ([{"query": "a", "doc_id": "none", "relevance": 1}], "not a document", 1, "doc_id"),
        (
            [{"query": "a", "text": "b", "relevance": 1}] * 10_001,
            "rows has 10,001 entries; at most 10,000",
            None,
            None,
        ),
        ([{f"c{n}": 1 for n in range(51)}], "51 columns; at most 50", None, None),
        (text_rows()[:19], "19", None, None),
        ([{**row, "relevance": 1} for row in text_rows()], "All labels are equal", None, None),
    ],
)
def test_rows_that_cannot_be_fitted_say_where_and_why(
    api: Called, rows: Any, message: str, row: int | None, column: str | None
) -> None:
    error = fault(api.fit_calibrator(rows))
    assert message in error["message"]
    assert (error["row"], error["column"]) == (row, column)


def test_every_row_that_cannot_be_used_is_told_at_once(api: Called) -> None:
    rows = [*text_rows()[:20], *({"query": "a", "text": "b", "relevance": "?"} for _ in range(120))]
    error = fault(api.fit_calibrator(rows))
    assert (error["row"], error["column"]) == (21, "relevance")
    assert len(error["faults"]) == 100
    assert [each["row"] for each in error["faults"][:3]] == [21, 22, 23]
    assert error["faults"][0]["message"].startswith("Row 21, column 'relevance': '?' has no")
    assert "? = ? (120 rows)" in error["message"]


def test_words_a_scale_and_a_grade_that_counts_can_be_given(api: Called) -> None:
    words = ("superb", "so so", "poor")
    rows = [{**row, "relevance": words[n % 3]} for n, row in enumerate(score_rows())]
    assert "superb = ? (27 rows)" in fault(api.fit_calibrator(rows))["message"]
    meanings = {"superb": 2, "so so": 1, "poor": 0}
    assert api.fit_calibrator(rows, meanings=meanings)["value"] == "expected_relevance"
    answer = api.fit_calibrator(rows, meanings=meanings, relevant_from=1)
    assert answer["value"] == "probability"
    assert "Labels from 1 up count as relevant, all others as not." in answer["notes"]
    assert api.fit_calibrator(score_rows(), scale=[0, 2])["value"] == "expected_relevance"
    for scale in ([0, 1, 2], [3, 0]):
        message = fault(api.fit_calibrator(rows, scale=scale))["message"]
        assert "give the lowest and the highest label, such as [0, 3]" in message


def qrels() -> dict[str, Any]:
    """The rows of text, apart: labels by ids, queries and documents of their own."""
    rows = text_rows()
    texts = list(dict.fromkeys(row["text"] for row in rows))
    queries = list(dict.fromkeys(row["query"] for row in rows))
    return {
        "rows": [
            {
                "query_id": f"q{queries.index(row['query'])}",
                "doc_id": f"d{texts.index(row['text'])}",
                "relevance": row["relevance"],
            }
            for row in rows
        ],
        "queries": {f"q{n}": query for n, query in enumerate(queries)},
        "documents": [{"id": f"d{n}", "text": text} for n, text in enumerate(texts)],
    }


def test_labels_by_ids_are_joined_with_the_texts_of_queries_and_documents(api: Called) -> None:
    joined = api.fit_calibrator(**qrels(), method="platt")
    texts = list(dict.fromkeys(row["text"] for row in text_rows()))
    whole = api.fit_calibrator(text_rows(), "platt", texts)
    assert joined["report"]["auc_score"] == pytest.approx(whole["report"]["auc_score"])
    asked = {name: each for name, each in qrels().items() if name != "rows"}
    scored = api.apply_calibrator(joined["calibrator"], qrels()["rows"], **asked)
    assert len(scored["values"]) == len(text_rows())


def test_ids_of_queries_without_a_text_are_told_at_once(api: Called) -> None:
    given = qrels()
    given["queries"] = {"q0": "the cat sleeps"}
    error = fault(api.fit_calibrator(**given))
    assert "'q1' is none of the 1 queries given" in error["message"]
    assert len(error["faults"]) == 20


def test_empty_documents_are_left_out_and_the_others_keep_their_numbers(api: Called) -> None:
    answer = api.search("A feline relaxes.", ["", *CATS])
    assert answer["hits"][0]["id"] == "1"
    assert "Left out: 1 of the 4 documents, which are empty." in answer["notes"]


def test_rows_count_towards_the_tokens_whatever_collection_they_belong_to(api: Called) -> None:
    rows = [{"query": "a", "text": f"{n} " + "word " * 250, "relevance": n % 2} for n in range(900)]
    for documents in (None, CATS):
        assert "200,000 tokens" in fault(api.fit_calibrator(rows, "platt", documents))["message"]


@pytest.mark.parametrize("method", ["", "forest", None, ["platt"], 3])
def test_an_unknown_method_is_named(api: Called, method: Any) -> None:
    told = "There is no method" if isinstance(method, str) else "give a text"
    assert told in fault(api.fit_calibrator(text_rows(), method))["message"]


@pytest.mark.parametrize("scale", ["miles", None, {}])
def test_an_unknown_scale_is_named(api: Called, scale: Any) -> None:
    error = fault(api.fit_calibrator(score_rows(), "platt", None, scale))
    assert "score_scale is" in error["message"]


@pytest.mark.parametrize(
    "calibrator",
    ["", "{", "[]", "null", None, 3, [], {}, {"version": 99}, "[" * 10_000, "x" * 5_000_001],
)
def test_what_is_no_calibrator_is_refused(api: Called, calibrator: Any) -> None:
    error = fault(api.apply_calibrator(calibrator, [{"query": "a", "score": 0.5}]))
    expected = "CalibrationError" if isinstance(calibrator, str | dict) else "InputError"
    assert error["type"] == expected


def test_indexes_are_compared_in_the_order_given(api: Called) -> None:
    answer = api.compare_indexes(None, ["How do cats nap?", "kettle"], ["SQ8", "Flat"])
    sq8, flat = answer["indexes"]
    assert (sq8["factory"], flat["factory"]) == ("SQ8", "Flat")
    assert flat["recall"] == 1.0
    assert abs(flat["bias"]) < 1e-6
    assert sq8["bytes_per_vector"] < flat["bytes_per_vector"] / 3


def test_indexes_rank_by_the_metric_that_is_asked_for_and_say_so(api: Called) -> None:
    found = {
        metric: api.compare_indexes(None, ["How do cats nap?", "kettle"], ["PQ48"], metric)
        for metric in ("squared_l2", "inner_product")
    }
    for metric, answer in found.items():
        assert answer["indexes"][0]["metric"] == metric
    biases = [answer["indexes"][0]["bias"] for answer in found.values()]
    assert biases[0] > 0 > biases[1]  # shorter vectors lie nearer, and have smaller products
    assert (
        "choose one of squared_l2"
        in fault(api.compare_indexes(None, ["cat"], ["Flat"], "angle"))["message"]
    )


def test_softmax_takes_a_temperature(api: Called) -> None:
    logits = [4.0, 2.0, -3.0]
    weights = np.exp(np.array(logits))
    by_one = api.normalize(logits, "higher", "softmax", 1.0)["values"]
    assert by_one == pytest.approx(weights / weights.sum())
    cosines = [0.6, 0.5, 0.1]
    weights = np.exp(np.array(cosines) / 0.05)
    usual = api.normalize(cosines, "higher", "softmax")["values"]
    assert usual == pytest.approx(weights / weights.sum())
    for temperature in (0, -1, float("nan"), float("inf")):
        assert (
            "temperature is"
            in fault(api.normalize(cosines, "higher", "softmax", temperature))["message"]
        )


def test_a_number_of_an_engine_becomes_a_cosine_with_what_to_bear_in_mind(api: Called) -> None:
    found = api.convert_score(0.5, "faiss-l2")
    assert found["cosines"] == [0.75]
    assert found["caution"] == ""
    assert not found["higher_is_better"]
    assert not found["any_length"]
    assert found["inverse"] == "1 − score/2"


@pytest.mark.parametrize(
    ("score", "engine", "cosines", "caution"),
    [
        (0.0164, "elasticsearch-cosine", 1, "is implausible for two texts"),
        (0.0331, "azure-cosine", 0, "by rank fusion (RRF, here 1/60 + 1/61)"),
        (2.87, "azure-cosine", 0, "a grade of Azure's semantic ranker"),
        (12.4, "weaviate-certainty", 0, "a text score (BM25"),
        (0.9, "azure-semantic", 0, "No cosine can be worked out"),
    ],
)
def test_a_number_of_another_kind_is_named(
    api: Called, score: float, engine: str, cosines: int, caution: str
) -> None:
    found = api.convert_score(score, engine)
    assert len(found["cosines"]) == cosines
    assert caution in found["caution"]


def test_what_no_engine_shows_is_an_error(api: Called) -> None:
    assert "empty place" in fault(api.convert_score(3.4028235e38, "faiss-l2"))["message"]
    assert "the nearest are faiss-l2" in fault(api.convert_score(0.5, "faiss"))["message"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((None, ["cat"], ["HNSW0"]), "HNSW0"),
        ((None, ["cat"], ["Flat"] * 9), "factories has 9 entries; at most 8"),
        ((None, ["cat"], "Flat"), "factories is 'Flat'"),
        ((None, "cat", ["Flat"]), "queries is 'cat'"),
        ((None, ["cat"] * 201, ["Flat"]), "queries has 201 entries; at most 200"),
        ((None, [], ["Flat"]), "No query was given"),
        ((None, [" "], ["Flat"]), "queries is empty"),
        ((["one"], ["cat"], ["IVF16,Flat"]), "IVF16"),
        (([], ["cat"], ["Flat"]), "The collection is empty"),
    ],
)
def test_indexes_that_cannot_be_compared_say_why(
    api: Called, asked: tuple[Any, ...], message: str
) -> None:
    assert message in fault(api.compare_indexes(*asked))["message"]


def test_every_answer_is_plain_json(api: Called) -> None:
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
    ("name", "given", "cap"),
    [
        ("search", lambda n: {"query": "x" * n, "documents": CATS}, 1_000),
        ("search", lambda n: {"query": "cat", "documents": CATS, "k": n}, 50),
        ("normalize", lambda n: {"scores": [1.0] * n}, 10_000),
    ],
)
def test_a_cap_lets_through_up_to_itself_and_no_more(
    api: Called, name: str, given: Callable[[int], dict[str, Any]], cap: int
) -> None:
    call = getattr(api, name)
    for size in (cap - 1, cap):
        assert "error" not in call(**given(size))
    assert f"at most {cap:,}" in fault(call(**given(cap + 1)))["message"]


def test_a_search_does_not_wait_for_ever_for_its_turn(
    api: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search_ui.api.functions.TURN_SECONDS", 0.01)
    with queue_limits.EMBEDDING.turn():
        assert fault(api.search("cat", CATS))["type"] == "Busy"
        assert api.search("cat")["hits"]
    assert api.search("cat", CATS)["hits"]


def test_heavy_calls_take_turns_with_the_page(api: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search_ui.api.functions.WAIT_SECONDS", 0.01)
    heavy = {name for name, each in api.functions.items() if each.is_heavy}
    assert heavy == {
        "fit_calibrator",
        "apply_calibrator",
        "compare_indexes",
        "translate_threshold",
        "watch_threshold",
    }
    with queue_limits.HEAVY_WORK.turn(), queue_limits.HEAVY_WORK.turn():
        error = fault(api.compare_indexes(CATS, ["cat"], ["Flat"]))
        assert error["type"] == "Busy"
        assert "heavy pieces of work wait for their turn already" in error["message"]
        assert api.search("cat", CATS)["hits"]
    assert api.compare_indexes(CATS, ["cat"], ["Flat"])["indexes"]


def test_what_nobody_foresaw_is_one_line_with_an_id_that_the_log_has(
    api: Called, caplog: pytest.LogCaptureFixture
) -> None:
    loading: Future[Any] = Future()
    loading.set_result(None)
    error = fault(Called(Api(loading)).search("cat"))
    assert error["type"] == "UnexpectedError"
    name = error["message"].split()[-1].rstrip(".")
    assert f"fault {name}" in caplog.text
    assert "AttributeError" in caplog.text
    assert "AttributeError" not in error["message"]


def test_want_of_memory_is_told_as_what_it_is(api: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("search_ui.api.functions.view_search", greedy)
    error = api.search("A feline relaxes.", CATS)["error"]
    assert error["type"] == "Busy"
    assert "out of memory" in error["message"]
