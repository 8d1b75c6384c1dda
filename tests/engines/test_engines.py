"""Which engine does a number come from: maps, records, messages and the worked examples."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_core.engines.reading import (
    everywhere,
    from_cosine,
    possible_engines,
    read_score,
    to_cosine,
)
from search_core.engines.records import ENGINES, MAPS, ScoreMap
from search_core.errors import ImplausibleScoreWarning, InputError
from tests.engines.formulas import engines_with_a_map
from tests.properties import tried

COSINES = st.floats(-1.0, 1.0)
every_map = pytest.mark.parametrize("score_map", MAPS.values(), ids=MAPS)

TWO_ANSWERS = {"langchain_ip", "langchain_ip_negated"}

BOUNDS = {
    "cosine": (-1, 1),
    "squared_l2": (0, 4),
    "l2": (0, 2),
    "neg_l2": (-2, 0),
    "cosine_distance": (0, 2),
    "neg_inner_product": (-1, 1),
    "half_cosine": (0, 1),
    "inv_1p_squared": (0.2, 1),
    "inv_1p_l2": (0.333, 1),
    "angle": (0, 3.142),
    "inv_1p_angle": (0.241, 1),
    "inv_1p_cosdist": (0.333, 1),
    "max_inner_product": (0.5, 2),
    "one_plus_cosine": (0, 2),
    "langchain_l2": (-1.828, 1),
    "langchain_l2_rooted": (-0.414, 1),
    "langchain_cosine_on_l2": (-3, 1),
    "langchain_ip": (0, 1),
    "langchain_ip_negated": (0, 1),
    "langchain_mongodb": (0, 1),
    "exp_squared": (0.018, 1),
    "exp_cosdist": (0.135, 1),
    "sigmoid_100": (0.4975, 0.5025),
    "redis_hybrid_ip": (0.5, 1.5),
}
LOWER_IS_BETTER = {
    *("squared_l2", "l2", "cosine_distance", "neg_inner_product", "angle"),
    *("langchain_ip", "langchain_mongodb", "redis_hybrid_ip"),
}


@every_map
@given(cosine=COSINES)
@tried(40)
def test_a_score_leads_back_to_its_cosine(score_map: ScoreMap, cosine: float) -> None:
    answers = score_map.inverse(score_map.forward(cosine))
    # The root and the sigmoid lose digits near the ends; six places are more than anyone is shown.
    assert min(abs(answer - cosine) for answer in answers) < 1e-6


@every_map
@given(cosine=COSINES)
@tried(40)
def test_every_answer_gives_the_score_again(score_map: ScoreMap, cosine: float) -> None:
    score = score_map.forward(cosine)
    for answer in score_map.inverse(score):
        # A hair to either side: one answer may be a limit that its branch does not contain.
        near = [max(-1.0, answer - 1e-9), min(1.0, max(-1.0, answer)), min(1.0, answer + 1e-9)]
        assert min(abs(score_map.forward(each) - score) for each in near) < 1e-4


@every_map
@given(cosine=COSINES)
@tried(40)
def test_no_unit_vectors_leave_the_bounds(score_map: ScoreMap, cosine: float) -> None:
    assert score_map.lower <= score_map.forward(cosine) <= score_map.upper


@every_map
def test_the_bounds_are_those_documented_and_are_reached(score_map: ScoreMap) -> None:
    assert (score_map.lower, score_map.upper) == pytest.approx(BOUNDS[score_map.key], abs=5e-4)
    assert {score_map.forward(-1.0), score_map.forward(1.0)} == {score_map.lower, score_map.upper}


@pytest.mark.parametrize("key", sorted(MAPS.keys() - TWO_ANSWERS))
@given(one=COSINES, other=COSINES)
@tried(40)
def test_a_map_with_one_answer_runs_one_way(key: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    worse, better = MAPS[key].forward(low), MAPS[key].forward(high)
    if key in LOWER_IS_BETTER:
        worse, better = better, worse
    assert worse <= better
    if high - low > 1e-6:
        assert worse < better


@pytest.mark.parametrize("key", sorted(TWO_ANSWERS))
def test_a_map_with_two_answers_runs_one_way_on_each_side_of_zero_only(key: str) -> None:
    scores = np.array([MAPS[key].forward(c) for c in (-0.9, -0.1, 0.1, 0.9)])
    steps = np.sign(np.diff(scores))
    assert steps[0] == steps[2] == -steps[1]
    assert all(len(MAPS[key].inverse(score)) == 2 for score in scores)


def test_every_map_says_which_way_it_runs() -> None:
    assert {key for key, each in MAPS.items() if not each.higher_is_better} == LOWER_IS_BETTER


def test_every_map_is_used_and_every_record_is_complete() -> None:
    assert {each.map.key for each in ENGINES.values() if each.map} == set(MAPS)
    for key, engine in ENGINES.items():
        assert key == engine.key == key.lower()
        assert " " not in key
        told = (engine.system, engine.version, engine.function, engine.formula, engine.source)
        assert all(told)
        assert engine.trap.endswith(".")
        assert bool(engine.inverse) == (engine.map is not None) == (engine.bounds is not None)


def test_no_two_functions_have_the_same_name() -> None:
    names = [engine.name for engine in ENGINES.values()]
    assert len(set(names)) == len(names)


def test_the_two_langchain_functions_are_two_rows_that_run_opposite_ways() -> None:
    distance, relevance = ENGINES["langchain-faiss-score"], ENGINES["langchain-faiss-relevance"]
    assert distance.name == "LangChain · FAISS · similarity_search_with_score"
    assert relevance.name == "LangChain · FAISS · similarity_search_with_relevance_scores"
    assert not distance.higher_is_better
    assert relevance.higher_is_better


@pytest.mark.parametrize(
    "store", ["Chroma", "FAISS", "MongoDB Atlas", "PGVector", "Pinecone", "Qdrant"]
)
def test_every_langchain_store_has_both_functions(store: str) -> None:
    functions = {
        each.function for each in ENGINES.values() if each.system == f"LangChain · {store}"
    }
    assert functions == {
        "similarity_search_with_score",
        "similarity_search_with_relevance_scores",
    }


def test_a_formula_speaks_of_inner_products_where_vectors_of_other_lengths_change_it() -> None:
    assert ENGINES["qdrant-cosine"].formula == "a cosine"
    assert ENGINES["qdrant-dot"].formula == "an inner product"
    assert ENGINES["elasticsearch-dot-product"].formula == "(1 + inner product)/2"
    assert ENGINES["faiss-l2"].formula == "a squared L2 distance"


@every_map
def test_vectors_of_any_length_reach_at_least_what_unit_vectors_do(score_map: ScoreMap) -> None:
    least, greatest = score_map.reach
    assert least <= score_map.lower < score_map.upper <= greatest


def test_the_records_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        ENGINES["faiss-l2"] = ENGINES["faiss-ip"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        ENGINES["faiss-l2"].trap = "none"  # type: ignore[misc]


# What each engine shows for one pair whose cosine is 0.46.
SAME_PAIR = {
    1.08: "faiss-l2 datasets-l2 hnswlib-l2 usearch-l2sq langchain-faiss-score llamaindex-faiss-l2 "
    "chroma-l2 milvus-l2 pinecone-euclidean redis-l2 langchain-faiss-cosine-score "
    "sentence-transformers-faiss-hnsw-before-2026-09 weaviate-l2-squared-distance "
    "langchain-chroma-l2-score lancedb-l2 vertex-squared-l2",
    0.46: "faiss-ip datasets-ip sentence-transformers-cosine sentence-transformers-faiss annoy-dot "
    "langchain-faiss-ip-score langchain-chroma-cosine-relevance langchain-chroma-ip-relevance "
    "langchain-pgvector-cosine-relevance langchain-pgvector-ip-relevance haystack-dot-product "
    "txtai-dense vespa-dotproduct qdrant-cosine qdrant-dot milvus-cosine milvus-ip "
    "pinecone-cosine pinecone-dotproduct supabase-similarity langchain-qdrant-score "
    "langchain-pinecone-score duckdb-cosine-similarity duckdb-ip",
    0.54: "hnswlib-cosine hnswlib-ip usearch-cos usearch-ip sentence-transformers-usearch "
    "scikit-learn-cosine ngt-cosine vald-cosine langchain-faiss-ip-relevance typesense-cosine "
    "typesense-ip weaviate-cosine-distance chroma-cosine chroma-ip pgvector-cosine redis-cosine "
    "redis-ip langchain-chroma-cosine-score langchain-chroma-ip-score "
    "langchain-pgvector-cosine-score lancedb-cosine lancedb-dot duckdb-cosine-distance "
    "sqlite-vec-cosine vertex-cosine clickhouse-cosine",
    1.0392: "annoy-angular annoy-euclidean scikit-learn-minkowski ngt-l2 vald-l2 pgvector-l2 "
    "qdrant-euclid langchain-pgvector-euclidean-score duckdb-l2 sqlite-vec-l2 clickhouse-l2",
    -1.0392: "sentence-transformers-euclidean",
    1.0928: "ngt-angle vald-angle",
    0.2363: "langchain-faiss-relevance langchain-chroma-l2-relevance",
    -0.08: "langchain-faiss-cosine-relevance",
    0.2652: "langchain-pgvector-euclidean-relevance",
    0.73: "langchain-qdrant-relevance langchain-pinecone-relevance haystack-cosine-scaled "
    "elasticsearch-cosine elasticsearch-dot-product opensearch-cosinesimil lucene-cosine "
    "lucene-dot-product solr-cosine solr-dot-product mongodb-cosine mongodb-dot-product "
    "weaviate-certainty redis-hybrid-cosine redisvl-cosine-normalized langchain-mongodb-score "
    "langchain-mongodb-package-relevance neo4j-cosine",
    0.27: "langchain-mongodb-relevance",
    0.3396: "llamaindex-chroma-l2",
    0.5827: "llamaindex-chroma-cosine",
    0.5011: "haystack-dot-product-scaled",
    0.4808: "elasticsearch-l2-norm opensearch-l2 lucene-euclidean solr-euclidean redis-hybrid-l2 "
    "mongodb-euclidean-by-source redisvl-l2-normalized neo4j-euclidean",
    0.4904: "mongodb-euclidean-by-docs vespa-euclidean",
    1.46: "lucene-max-inner-product elasticsearch-max-inner-product opensearch-innerproduct "
    "elasticsearch-script-score opensearch-2.18-script-score",
    0.6494: "opensearch-2.18-cosinesimil azure-cosine vespa-prenormalized-angular",
    0.4778: "vespa-angular",
    -0.46: "pgvector-ip weaviate-dot-distance langchain-pgvector-ip-score duckdb-negative-ip "
    "vertex-dot-product",
    0.77: "redis-hybrid-ip",
}


def test_every_engine_with_a_way_back_is_among_the_examples() -> None:
    shown = [key for keys in SAME_PAIR.values() for key in keys.split()]
    assert sorted(shown) == sorted(key for key, each in ENGINES.items() if each.map)


@pytest.mark.parametrize(
    ("engine", "shown"), [(key, shown) for shown, keys in SAME_PAIR.items() for key in keys.split()]
)
def test_one_pair_shows_a_different_number_in_every_engine(engine: str, shown: float) -> None:
    assert from_cosine(0.46, engine) == pytest.approx(shown, abs=5e-5)
    assert dict(everywhere(0.46))[engine] == from_cosine(0.46, engine)


MY_SCORE_IS_073 = {
    "faiss-ip": (0.730,),
    "elasticsearch-cosine": (0.460,),
    "weaviate-certainty": (0.460,),
    "pgvector-cosine": (0.270,),
    "chroma-l2": (0.635,),
    "annoy-angular": (0.734,),
    "lucene-euclidean": (0.815,),
    "vespa-euclidean": (0.932,),
    "azure-cosine": (0.630,),
    "vespa-angular": (0.932,),
    "redis-hybrid-ip": (0.540,),
    "langchain-faiss-relevance": (0.809,),
    "langchain-faiss-cosine-relevance": (0.865,),
    "langchain-faiss-ip-relevance": (0.270, -0.730),
    "llamaindex-chroma-l2": (0.843,),
    "llamaindex-chroma-cosine": (0.685,),
    "langchain-mongodb-relevance": (-0.460,),
    "opensearch-innerproduct": (-0.370,),
    "elasticsearch-script-score": (-0.270,),
    "haystack-dot-product-scaled": (),
    "pgvector-ip": (-0.730,),
}


@pytest.mark.filterwarnings("ignore::search_core.ImplausibleScoreWarning")
@pytest.mark.parametrize(("engine", "cosines"), MY_SCORE_IS_073.items())
def test_one_number_means_a_different_cosine_in_every_engine(
    engine: str, cosines: tuple[float, ...]
) -> None:
    if cosines:
        assert to_cosine(0.73, engine) == pytest.approx(cosines, abs=5e-4)
    else:
        with pytest.raises(InputError, match=r"0\.73 is larger than any score of Haystack"):
            to_cosine(0.73, engine)


@pytest.mark.filterwarnings("ignore::search_core.ImplausibleScoreWarning")
@pytest.mark.parametrize("engine", engines_with_a_map())
@given(cosine=st.floats(-1.0, 1.0, exclude_min=True, exclude_max=True))
@tried(15)
def test_every_engine_leads_there_and_back(engine: str, cosine: float) -> None:
    answers = to_cosine(from_cosine(cosine, engine), engine)
    assert len(answers) == (2 if ENGINES[engine].map.key in TWO_ANSWERS else 1)  # type: ignore[union-attr]
    assert min(abs(answer - cosine) for answer in answers) < 1e-6


@pytest.mark.parametrize("engine", [key for key, each in ENGINES.items() if each.map])
def test_every_engine_says_its_direction_and_its_bounds(engine: str) -> None:
    record = ENGINES[engine]
    opposite, identical = from_cosine(-1.0, engine), from_cosine(1.0, engine)
    assert record.higher_is_better == (identical > opposite)
    assert record.bounds == (min(opposite, identical), max(opposite, identical))


# The same angle, c = 0.46, between vectors of norms 14 and 15, as mean-pooled BERT gives them.
NOT_UNIT = {
    "faiss-ip": 96.6,
    "faiss-l2": 227.8,
    "chroma-l2": 227.8,
    "pgvector-l2": 15.093,
    "langchain-faiss-relevance": -160.08,
    "hnswlib-ip": -95.6,
    "redis-ip": -95.6,
    "haystack-dot-product-scaled": 0.7243,
    "lucene-max-inner-product": 97.6,
    "elasticsearch-l2-norm": 0.0044,
    "llamaindex-chroma-l2": 1.2e-99,
}


def test_the_example_of_vectors_that_are_not_unit_is_computed_right() -> None:
    product = 14 * 15 * 0.46
    squared = 14**2 + 15**2 - 2 * product
    assert product == pytest.approx(NOT_UNIT["faiss-ip"])
    assert squared == pytest.approx(NOT_UNIT["faiss-l2"])
    assert math.sqrt(squared) == pytest.approx(NOT_UNIT["pgvector-l2"], abs=5e-4)
    assert 1 - squared / math.sqrt(2) == pytest.approx(
        NOT_UNIT["langchain-faiss-relevance"], abs=5e-3
    )
    assert 1 - product == pytest.approx(NOT_UNIT["hnswlib-ip"])
    assert 1 / (1 + math.exp(-product / 100)) == pytest.approx(
        NOT_UNIT["haystack-dot-product-scaled"], abs=5e-5
    )
    assert 1 + product == pytest.approx(NOT_UNIT["lucene-max-inner-product"])
    assert 1 / (1 + squared) == pytest.approx(NOT_UNIT["elasticsearch-l2-norm"], abs=5e-5)
    assert math.exp(-squared) == pytest.approx(NOT_UNIT["llamaindex-chroma-l2"], rel=0.2)


@pytest.mark.parametrize(("engine", "shown"), NOT_UNIT.items())
def test_a_score_of_vectors_that_are_not_unit_is_refused_with_that_reason(
    engine: str, shown: float
) -> None:
    with pytest.raises(InputError, match="your vectors are not normalized") as caught:
        to_cosine(shown, engine)
    assert f"{shown:.6g}" in str(caught.value)
    assert ENGINES[engine].name in str(caught.value)


@pytest.mark.parametrize(("engine", "shown"), [*NOT_UNIT.items(), ("pgvector-cosine", -0.2)])
def test_no_sentence_names_an_engine_by_its_key(engine: str, shown: float) -> None:
    with pytest.raises(InputError) as caught:
        to_cosine(shown, engine)
    assert not [key for key in ENGINES if "-" in key and key in str(caught.value)]


@pytest.mark.parametrize(
    ("engine", "shown"),
    [
        ("faiss-l2", -3.0),  # no square is negative
        ("elasticsearch-cosine", 7.0),  # a cosine does not know lengths
        ("langchain-faiss-relevance", 1.5),  # 1 minus a square
        ("lucene-euclidean", 1.2),
    ],
)
def test_a_number_that_no_vectors_give_is_not_blamed_on_their_lengths(
    engine: str, shown: float
) -> None:
    with pytest.raises(InputError, match="cannot come from") as caught:
        to_cosine(shown, engine)
    assert "normalized" not in str(caught.value)


def test_the_reporter_of_the_elasticsearch_thread_was_right_on_another_scale() -> None:
    # elastic/elasticsearch#99140: 0.9184 shown, 0.5816 computed by (1 + cosine distance)/2.
    (cosine,) = to_cosine(0.9184, "elasticsearch-cosine")
    assert (1 + from_cosine(cosine, "pgvector-cosine")) / 2 == pytest.approx(0.5816)


@pytest.mark.filterwarnings("ignore::search_core.ImplausibleScoreWarning")
@given(cosine=COSINES)
@tried(40)
def test_what_an_engine_shows_is_always_possible_in_it(cosine: float) -> None:
    for engine, score in everywhere(cosine):
        answers = to_cosine(score, engine)
        assert all(-1.0 <= answer <= 1.0 for answer in answers)


@pytest.mark.parametrize(
    ("score", "engine", "cosine"),
    [(-1e-7, "faiss-l2", 1.0), (-5e-7, "chroma-cosine", 1.0), (1.0000002, "faiss-ip", 1.0)],
)
def test_rounding_at_the_ends_is_clipped_in_silence(
    score: float, engine: str, cosine: float
) -> None:
    assert to_cosine(score, engine) == (cosine,)


@pytest.mark.parametrize(
    ("score", "engine", "suggested"),
    [(1.3, "faiss-ip", "faiss-l2"), (-0.2, "pgvector-cosine", "pgvector-ip")],
)
def test_an_impossible_number_names_functions_of_the_same_system_first(
    score: float, engine: str, suggested: str
) -> None:
    with pytest.raises(InputError) as caught:
        to_cosine(score, engine)
    assert possible_engines(score, engine)[0].key == suggested
    assert f"another function, for instance {ENGINES[suggested].name}" in str(caught.value) or (
        f"the function that showed it, for instance {ENGINES[suggested].name}" in str(caught.value)
    )


@pytest.mark.filterwarnings("ignore::search_core.ImplausibleScoreWarning")
def test_possible_engines_can_show_the_number_and_differ_in_formula() -> None:
    engines = possible_engines(1.3, "elasticsearch-cosine")
    assert len({engine.formula for engine in engines}) == len(engines) >= 3
    assert all(to_cosine(1.3, engine.key) for engine in engines)
    assert "elasticsearch-cosine" not in [engine.key for engine in engines]


def test_a_number_that_no_unit_vectors_give_says_what_to_do() -> None:
    assert possible_engines(312.5, "langchain-faiss-score") == ()
    with pytest.raises(InputError) as caught:
        to_cosine(312.5, "langchain-faiss-score")
    assert str(caught.value) == (
        "312.5 is larger than any score of LangChain · FAISS · similarity_search_with_score for "
        "vectors of length 1 (max. 4): your vectors are not normalized, so no cosine can be worked "
        "out from this number alone. Normalize documents and queries."
    )


@pytest.mark.parametrize(
    ("score", "engine", "named"),
    [
        (0.0331, "azure-cosine", "by rank fusion (RRF, here 1/60 + 1/61)"),
        (0.03252, "vespa-angular", "by rank fusion (RRF, here 1/61 + 1/62)"),
        (0.016393, "opensearch-l2", "by rank fusion (RRF, here 1/61)"),
        (0.05, "mongodb-euclidean-by-docs", "by rank fusion (RRF, such as 1/61 + 1/62 = 0.0325)"),
        (3.4, "azure-cosine", "a grade of Azure's semantic ranker"),
        (17.9, "azure-cosine", "a text score (BM25, which has no upper end)"),
        (8.25, "weaviate-certainty", "a text score (BM25, which has no upper end)"),
        (1.39, "qdrant-cosine", "by Qdrant's fusion (DBSF)"),
        (8.25, "qdrant-dot", "a text score (BM25, which has no upper end)"),
        (8.25, "pgvector-cosine", "a text score (BM25, which has no upper end)"),
        (-6.1, "milvus-cosine", "a reranker's logit"),
        (-6.1, "chroma-l2", "a reranker's logit, or a score of SQLite's bm25()"),
    ],
)
def test_a_number_of_another_kind_is_named_with_what_can_be_done(
    score: float, engine: str, named: str
) -> None:
    with pytest.raises(InputError) as caught:
        to_cosine(score, engine)
    assert named in str(caught.value)
    assert "labels can calibrate such scores as your own" in str(caught.value)


@pytest.mark.parametrize(
    ("score", "engine", "named"),
    [
        (1.15, "sentence-transformers-cosine", "hnswlib · knn_query"),
        (-0.35, "elasticsearch-script-score", "for instance FAISS · IndexFlatIP.search"),
        (
            -0.35,
            "langchain-qdrant-relevance",
            "LangChain · Qdrant · similarity_search_with_score",
        ),
    ],
)
def test_a_number_of_usual_size_is_first_that_of_another_function(
    score: float, engine: str, named: str
) -> None:
    with pytest.raises(InputError) as caught:
        to_cosine(score, engine)
    said = str(caught.value)
    assert "looks like" not in said
    assert named in said.split("It may also be")[0]


def test_a_function_that_shows_numbers_up_to_zero_is_not_said_to_show_minus_zero() -> None:
    with pytest.raises(InputError, match="which shows -2 to 0; choose"):
        to_cosine(0.5, "sentence-transformers-euclidean")


@pytest.mark.parametrize(
    ("score", "engine", "named"),
    [
        (0.0164, "elasticsearch-cosine", "RRF, here 1/61"),
        (0.0328, "opensearch-cosinesimil", "RRF, here 1/61 + 1/61"),
        (0.0161, "weaviate-certainty", "RRF, here 1/62"),
        (0.1, "lucene-cosine", "check which function showed 0.1"),
        (-0.8, "qdrant-cosine", "check which function showed -0.8"),
        (1.9, "pgvector-cosine", "check which function showed 1.9"),
    ],
)
def test_a_cosine_that_texts_hardly_have_comes_with_a_caution(
    score: float, engine: str, named: str
) -> None:
    reading = read_score(score, engine)
    assert "is implausible for two texts" in reading.caution
    assert named in reading.caution
    with pytest.warns(ImplausibleScoreWarning, match="implausible"):
        assert to_cosine(score, engine) == reading.cosines


@pytest.mark.parametrize(
    ("score", "engine"),
    [
        (0.31, "elasticsearch-cosine"), (-0.2, "faiss-ip"), (1.4, "faiss-l2"),
        (0.73, "langchain-faiss-ip-relevance"), (0.016, "faiss-ip"), (0.4871, "qdrant-cosine"),
    ],
)  # fmt: skip
def test_a_usual_number_comes_without_a_caution(score: float, engine: str) -> None:
    assert read_score(score, engine).caution == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_cosine(score, engine)


def test_a_small_cosine_that_rank_fusion_shows_for_a_top_hit_is_told() -> None:
    reading = read_score(0.0164, "faiss-ip")
    assert reading.cosines == (0.0164,)
    assert "is also what rank fusion (RRF) shows for a top hit (1/61)" in reading.caution


@pytest.mark.parametrize("engine", ["pinecone-cosine", "pgvector-cosine", "chroma-l2", "faiss-ip"])
def test_whoever_converts_what_rank_fusion_shows_is_warned_whatever_the_engine(engine: str) -> None:
    for scores in (0.0164, [0.0164, None, 0.0161]):
        with pytest.warns(ImplausibleScoreWarning, match="is also what rank fusion"):
            to_cosine(scores, engine)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_cosine([0.0164, 0.31, 0.2], engine)
        to_cosine([], engine)


def test_distances_and_negated_scores_without_a_map_say_which_way_they_run() -> None:
    lowest = {key for key, each in ENGINES.items() if not each.map and not each.higher_is_better}
    assert lowest == {"qdrant-manhattan", "sqlite-vec-l1", "sqlite-fts5"}


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, 10**400])
def test_a_score_that_is_not_finite_is_refused(score: float) -> None:
    with pytest.raises(InputError, match="finite"):
        to_cosine(score, "faiss-l2")


@pytest.mark.parametrize("score", ["0.7", None, True, 0.7 + 0j])
def test_a_score_that_is_not_a_number_is_refused(score: object) -> None:
    with pytest.raises(InputError, match="single number"):
        to_cosine(score, "faiss-l2")  # type: ignore[call-overload]


@pytest.mark.parametrize("score", [np.float32(0.5), np.float64(0.5)])
def test_numpy_numbers_are_numbers(score: float) -> None:
    assert to_cosine(score, "faiss-ip") == (0.5,)
    assert type(from_cosine(score, "faiss-ip")) is float


@pytest.mark.parametrize("cosine", [1.1, -1.1, math.nan])
def test_what_is_no_cosine_is_refused(cosine: float) -> None:
    for ask in (lambda: from_cosine(cosine, "faiss-l2"), lambda: everywhere(cosine)):
        with pytest.raises(InputError, match="cosine"):
            ask()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("elasticserch-cosine", "elasticsearch-cosine"),
        ("FAISS-L2", "faiss-l2"),
        ("faiss", "faiss-l2, faiss-ip"),
        ("nonsense", "the keys of ENGINES"),
        ("", "the keys of ENGINES"),
    ],
)
def test_an_unknown_engine_is_answered_with_the_nearest_ones(name: str, near: str) -> None:
    with pytest.raises(InputError, match=near):
        to_cosine(0.5, name)


@pytest.mark.parametrize("engine", [key for key, each in ENGINES.items() if each.map is None])
def test_scores_without_a_map_have_no_way_back_and_say_why(engine: str) -> None:
    for ask in (to_cosine, from_cosine):
        with pytest.raises(InputError, match="No cosine can be worked out") as caught:
            ask(0.5, engine)
        assert ENGINES[engine].trap in str(caught.value)
    assert engine not in dict(everywhere(0.5))
    assert ENGINES[engine].formula


@pytest.mark.parametrize("sign", [1, -1])
def test_what_faiss_fills_an_empty_place_with_is_told_by_name(sign: int) -> None:
    filling = sign * float(np.finfo(np.float32).max)
    for engine in ENGINES:
        if ENGINES[engine].map:
            with pytest.raises(InputError, match="how FAISS fills an empty place; leave it out"):
                to_cosine(filling, engine)
            with pytest.raises(InputError, match="how FAISS fills an empty place; leave it out"):
                from_cosine(filling, engine)
