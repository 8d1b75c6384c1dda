"""The engine: every score exact, whatever the index, and the same as written out by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, strategies as st
from transformers import AutoModel, AutoTokenizer

import search_core as sc
from search_core.encoder.models import find_weights, model_record
from tests.properties import tried

Vectors = npt.NDArray[np.float32]

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
METRICS = ("squared_l2", "inner_product", "cosine")
FACTORIES = ("Flat", "HNSW32", "IVF8,Flat", "SQ8", "PQ48", "IVF8,PQ48")
DIM = 16


def unit_vectors(n: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@dataclass
class Dictionary:
    """An encoder that knows some texts' vectors, and counts how often it is asked."""

    vectors: dict[str, Vectors]
    asked: list[str] = field(default_factory=list)
    name: str = "dictionary"
    dim: int = DIM
    max_tokens: int = 256
    query_prefix: str = ""
    fingerprint: str = "dictionary"

    def encode_documents(self, texts: Iterable[str], progress: Any = None) -> Vectors:
        return self.encode_queries(texts)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        wanted = list(texts)
        self.asked += wanted
        known = [self.vectors[text] for text in wanted]
        return np.array(known, dtype=np.float32).reshape(len(known), DIM)

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        return [1 for _ in texts]


def engine_of(vectors: Vectors, query: Vectors, spec: sc.IndexSpec | None = None) -> Any:
    corpus = sc.Corpus.from_texts(f"text {n}" for n in range(len(vectors)))
    return sc.SearchEngine.from_vectors(corpus, Dictionary({"q": query}), vectors.copy(), spec)


@pytest.fixture(scope="module")
def sample_queries() -> list[str]:
    with (EXAMPLES / "queries.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


@pytest.mark.model
@pytest.mark.slow
def test_the_sample_answers_as_automodel_and_indexflatl2_written_out_by_hand(
    sample_engine: sc.SearchEngine, sample_queries: list[str]
) -> None:
    folder = find_weights(model_record("all-MiniLM-L6-v2"))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModel.from_pretrained(folder).eval()

    def embed(text: str) -> Vectors:
        tokens = tokenizer(
            text, return_tensors="pt", padding=False, truncation=True, max_length=256
        )
        with torch.no_grad():
            hidden = model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        unit: Vectors = torch.nn.functional.normalize(mean, dim=1).numpy()
        return unit

    index = faiss.IndexFlatL2(384)
    for text in sample_engine.corpus.texts:
        index.add(embed(text))
    for query in sample_queries:
        distances, places = index.search(embed(query), 10)
        hits = sample_engine.search(query, k=10)
        assert hits.scale.name == "squared_l2"
        assert np.allclose(hits.scores, distances[0], atol=1e-6), query
        # Where two documents score the same to 1e-6, either may stand first by hand.
        tied = np.abs(np.diff(distances[0])).min() < 2e-6
        assert tied or list(hits.positions) == places[0].tolist(), query


def unasked(engine: sc.SearchEngine) -> sc.SearchEngine:
    """Return an engine that has embedded no query yet, and so embeds each by itself.

    With some kernels a text's vector differs in the last bits beside others.
    """
    return sc.SearchEngine.from_vectors(engine.corpus, engine.encoder, engine.vectors)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("metric", METRICS)
def test_all_metrics_give_one_order_and_one_cosine(
    sample_engine: sc.SearchEngine, sample_queries: list[str], metric: str
) -> None:
    other = sc.SearchEngine.from_vectors(
        sample_engine.corpus,
        sample_engine.encoder,
        sample_engine.vectors,
        sc.IndexSpec(metric=metric),
    )
    flat = unasked(sample_engine)
    for query in sample_queries[:20]:
        hits, expected = other.search(query), flat.search(query)
        assert hits.ids == expected.ids
        assert hits.scale.name == metric
        assert hits.cosines() == pytest.approx(expected.cosines(), abs=1e-15)


@pytest.mark.model
@pytest.mark.parametrize("factory", FACTORIES)
def test_one_pair_has_one_score_under_every_index(
    sample_engine: sc.SearchEngine, sample_queries: list[str], factory: str
) -> None:
    other = sc.SearchEngine.from_vectors(
        sample_engine.corpus, sample_engine.encoder, sample_engine.vectors, sc.IndexSpec(factory)
    )
    flat, everything = unasked(sample_engine), len(sample_engine.corpus)
    for query in sample_queries[:10]:
        exact = flat.search(query, k=everything)
        score_of = dict(zip(exact.ids, exact.scores.tolist(), strict=True))
        hits = other.search(query)
        assert len(hits) > 0
        assert hits.scores.tolist() == [score_of[name] for name in hits.ids]


@pytest.mark.model
def test_many_queries_at_once_get_what_each_gets_alone(
    sample_engine: sc.SearchEngine, sample_queries: list[str]
) -> None:
    queries = [*sample_queries[:9], sample_queries[0]]
    for query, hits in zip(queries, sample_engine.search_many(queries, k=5), strict=True):
        alone = sample_engine.search(query, k=5)
        assert hits.query == query
        assert hits.ids == alone.ids
        assert hits.scores == pytest.approx(alone.scores, abs=1e-6)
    assert sample_engine.search_many([]) == []


@pytest.mark.model
def test_an_index_that_a_program_holds_answers_as_one_built_here(
    sample_engine: sc.SearchEngine, sample_queries: list[str]
) -> None:
    texts = sample_engine.corpus.texts
    for index in (faiss.IndexFlatL2(384), faiss.IndexFlatIP(384), faiss.IndexHNSWFlat(384, 32)):
        held: Any = index
        held.add(sample_engine.vectors)
        engine = sc.SearchEngine.from_faiss(held, texts, sample_engine.encoder)
        built = unasked(sample_engine)
        for query in sample_queries[:5]:
            hits, expected = engine.search(query), built.search(query)
            assert hits.texts == expected.texts
            assert hits.cosines().tolist() == pytest.approx(expected.cosines().tolist(), abs=1e-15)


@pytest.mark.model
def test_texts_in_another_order_than_the_index_are_noticed(
    sample_engine: sc.SearchEngine,
) -> None:
    index: Any = faiss.IndexFlatIP(384)
    index.add(sample_engine.vectors)
    backwards = sample_engine.corpus.texts[::-1]
    with pytest.raises(sc.EncoderError, match="give the texts in the order of the index"):
        sc.SearchEngine.from_faiss(index, backwards, sample_engine.encoder)


@tried(30)
@given(
    n=st.integers(1, 50),
    k=st.integers(1, 70),
    shortlist=st.integers(1, 70),
    seed=st.integers(0, 2**20),
    metric=st.sampled_from(METRICS),
)
def test_hits_are_the_exact_best_whatever_k_and_shortlist(
    n: int, k: int, shortlist: int, seed: int, metric: str
) -> None:
    vectors, query = unit_vectors(n, seed), unit_vectors(1, seed + 1)[0]
    spec = sc.IndexSpec(metric=metric, shortlist=shortlist)
    hits = engine_of(vectors, query, spec).search("q", k)
    cosines = vectors.astype(np.float64) @ query.astype(np.float64)
    best = np.argsort(-cosines, kind="stable")[:k]
    assert list(hits.positions) == best.tolist()
    assert hits.cosines() == pytest.approx(cosines[best], abs=1e-12)


@tried(30)
@given(
    n=st.integers(1, 40),
    copies=st.integers(1, 40),
    shortlist=st.integers(1, 200),
    seed=st.integers(0, 2**20),
)
def test_reordering_the_collection_changes_positions_only(
    n: int, copies: int, shortlist: int, seed: int
) -> None:
    spec = sc.IndexSpec(shortlist=shortlist)
    vectors = np.repeat(unit_vectors(n, seed), copies, axis=0)
    query = unit_vectors(1, seed + 1)[0]
    order = np.random.default_rng(seed).permutation(len(vectors))
    before = engine_of(vectors, query, spec).search("q", 7)
    after = engine_of(vectors[order], query, spec).search("q", 7)
    assert after.scores.tolist() == before.scores.tolist()
    moved = vectors[order[list(after.positions)]]
    assert moved.tolist() == vectors[list(before.positions)].tolist()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("k", [1, 5, 60, 100])
def test_equal_scores_stand_by_position(metric: str, k: int) -> None:
    vectors = np.repeat(unit_vectors(1), 100, axis=0)
    hits = engine_of(vectors, unit_vectors(1, seed=1)[0], sc.IndexSpec(metric=metric)).search(
        "q", k
    )
    assert list(hits.positions) == list(range(k))


def test_a_longer_shortlist_finds_more_of_the_exact_hits() -> None:
    vectors, query = unit_vectors(3000), unit_vectors(1, seed=1)[0]
    exact = set(engine_of(vectors, query).search("q", 10).positions)

    def found(shortlist: int) -> int:
        engine = engine_of(vectors, query, sc.IndexSpec("PQ2", shortlist=shortlist))
        return len(exact & set(engine.search("q", 10).positions))

    assert found(1) < found(3000) == 10


def test_lists_that_hold_too_little_give_fewer_hits_and_all_exact() -> None:
    vectors, query = unit_vectors(60), unit_vectors(1, seed=1)[0]
    hits = engine_of(vectors, query, sc.IndexSpec("IVF30,Flat", nprobe=1)).search("q", 50)
    assert 0 < len(hits) < 50
    expected = np.sort(2 - 2 * (vectors[list(hits.positions)].astype(np.float64) @ query))
    assert hits.scores == pytest.approx(expected, abs=1e-6)


def test_equal_texts_are_embedded_once_and_score_the_same() -> None:
    known = dict(zip("abq", unit_vectors(3), strict=True))
    encoder = Dictionary(known)
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a", "b", "a"]), encoder)
    assert encoder.asked == ["a", "b"]
    scores = dict(zip(engine.search("q").positions, engine.search("q").scores, strict=True))
    assert scores[0] == scores[2] != scores[1]


def test_texts_that_a_known_engine_holds_are_not_embedded_again() -> None:
    rows = np.eye(DIM, dtype=np.float32)
    encoder = Dictionary(dict(zip("abc", rows, strict=False)))
    known = sc.SearchEngine.build(sc.Corpus.from_texts(["a", "b"]), encoder)
    encoder.asked.clear()
    changed = sc.SearchEngine.build(sc.Corpus.from_texts(["c", "b", "b"]), encoder, known=known)
    assert encoder.asked == ["c"]
    assert np.array_equal(changed.vectors, rows[[2, 1, 1]])


def test_vectors_of_another_encoder_are_not_taken_over() -> None:
    rows = np.eye(DIM, dtype=np.float32)
    known = sc.SearchEngine.build(sc.Corpus.from_texts(["a"]), Dictionary({"a": rows[0]}))
    other = Dictionary({"a": rows[1]}, fingerprint="another")
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a"]), other, known=known)
    assert other.asked == ["a"]
    assert np.array_equal(engine.vectors, rows[[1]])


def test_a_query_is_embedded_once_however_often_it_is_asked() -> None:
    engine = engine_of(unit_vectors(5), unit_vectors(1, seed=1)[0])
    for k in (1, 3, 5):
        engine.search("q", k)
    assert engine.encoder.asked == ["q"]
    with pytest.raises(ValueError, match="read-only"):
        engine.query_vector("q")[0] = 1.0


def test_many_queries_are_embedded_together_and_remembered() -> None:
    known = dict(zip("abq", unit_vectors(3, seed=1), strict=True))
    corpus = sc.Corpus.from_texts(f"text {n}" for n in range(5))
    encoder = Dictionary(known)
    engine = sc.SearchEngine.from_vectors(corpus, encoder, unit_vectors(5))
    engine.search("q")
    many = engine.score_texts(["a", "b", "q"], ["text 0", "text 0", "text 1"])
    assert encoder.asked == ["q", "a", "b"]
    for row, (query, text) in enumerate([("a", "text 0"), ("b", "text 0"), ("q", "text 1")]):
        assert many.features[row] == pytest.approx(engine.score_texts(query, [text]).features[0])
    assert encoder.asked == ["q", "a", "b"]
    with pytest.raises(sc.QueryError, match="2 queries and 1 texts"):
        engine.score_texts(["a", "b"], ["text 0"])


def test_threads_that_search_at_once_get_what_each_would_get_alone() -> None:
    queries = {f"q{n}": vector for n, vector in enumerate(unit_vectors(400, seed=1))}
    corpus = sc.Corpus.from_texts(f"text {n}" for n in range(300))
    engine = sc.SearchEngine.from_vectors(corpus, Dictionary(queries), unit_vectors(300))
    alone = [engine.search(query).ids for query in queries]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda query: engine.search(query).ids, queries)) == alone


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_a_blank_query_is_refused_in_every_way_of_asking(query: str) -> None:
    engine = engine_of(unit_vectors(3), unit_vectors(1)[0])
    for ask in (engine.search, engine.background, engine.query_vector):
        with pytest.raises(sc.QueryError, match="query is empty"):
            ask(query)
    with pytest.raises(sc.QueryError, match="query is empty"):
        engine.search_many(["q", query])


@pytest.mark.parametrize(
    "make",
    [
        sc.SearchEngine.build,
        lambda corpus, encoder, spec: sc.SearchEngine.from_vectors(
            corpus, encoder, unit_vectors(1), spec
        ),
        lambda corpus, encoder, spec: sc.compare_indexes(corpus, encoder, [spec], ["q"]),
    ],
    ids=["build", "from_vectors", "compare_indexes"],
)
@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"corpus": ["a"]}, sc.CorpusError, "A list was given where Corpus .* Corpus.from_texts"),
        ({"encoder": "a model"}, sc.EncoderError, "A str was given where Encoder .* load_encoder"),
        ({"spec": "Flat"}, sc.IndexSpecError, "A str was given where IndexSpec was expected"),
    ],
    ids=["texts", "name of a model", "factory string"],
)
def test_what_is_no_collection_encoder_or_index_is_refused_before_anything_is_embedded(
    make: Any, wrong: dict[str, Any], error: type[sc.SearchCoreError], words: str
) -> None:
    encoder = Dictionary({})
    fitting = {
        "corpus": sc.Corpus.from_texts(["a"]),
        "encoder": encoder,
        "spec": sc.IndexSpec(),
    }
    with pytest.raises(error, match=words):
        make(**fitting | wrong)
    assert encoder.asked == []


def test_an_index_is_not_searched_with_the_name_of_a_model() -> None:
    with pytest.raises(sc.EncoderError, match="A str was given where Encoder"):
        sc.SearchEngine.from_faiss(held("Flat", unit_vectors(1)), ["a"], "all-MiniLM-L6-v2")  # type: ignore[arg-type]


@pytest.mark.parametrize("single", ["cat", b"cat", {"cat": 1}, None])
def test_a_single_text_is_never_taken_letter_by_letter(single: Any) -> None:
    engine = engine_of(unit_vectors(3), unit_vectors(1)[0])
    for ask in (engine.search_many, engine.query_vectors):
        with pytest.raises(sc.QueryError, match=r"queries came as a \w+; give a list"):
            ask(single)
    with pytest.raises(sc.InputError, match=r"texts came as a \w+; give a list"):
        engine.score_texts("q", single)
    with pytest.raises(sc.QueryError, match=r"queries came as a \w+; give a list"):
        sc.compare_indexes(engine.corpus, engine.encoder, [sc.IndexSpec()], single)


def test_a_single_index_to_compare_must_stand_in_a_list_too() -> None:
    engine = engine_of(unit_vectors(3), unit_vectors(1)[0])
    for single in (sc.IndexSpec(), "Flat"):
        with pytest.raises(sc.IndexSpecError, match=r"specs came as a \w+; give a list"):
            sc.compare_indexes(engine.corpus, engine.encoder, single, ["q"])  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [0, -1, np.int64(0), True, np.True_, 2.0, "3", None])
def test_k_is_a_whole_number_of_one_or_more(k: Any) -> None:
    engine = engine_of(unit_vectors(3), unit_vectors(1)[0])
    with pytest.raises(sc.QueryError, match="whole number of 1 or more"):
        engine.search("q", k)
    with pytest.raises(sc.QueryError, match="whole number of 1 or more"):
        engine.search_many([], k)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_whole_numbers_of_numpy_serve_wherever_hits_are_counted(kind: Any) -> None:
    engine = engine_of(unit_vectors(30), unit_vectors(1, seed=1)[0], sc.IndexSpec("IVF4,Flat"))
    spec = sc.IndexSpec("IVF4,Flat", nprobe=kind(2), shortlist=kind(9))
    assert spec == sc.IndexSpec("IVF4,Flat", nprobe=2, shortlist=9)
    assert spec.name == "IVF4,Flat with 2 probes and a shortlist of 9"
    many = sc.SearchEngine.from_vectors(engine.corpus, engine.encoder, engine.vectors, spec)
    assert len(many.search("q", kind(5))) == 5
    assert engine.search("q", kind(3)).ids == engine.search_many(["q"], 3)[0].ids


def held(factory: str, vectors: Vectors, metric: int = faiss.METRIC_L2) -> Any:
    index = faiss.index_factory(DIM, factory, metric)
    index.train(vectors)
    index.add(vectors)
    return index


@pytest.mark.parametrize("factory", ["SQ8", "HNSW8,SQ8", "PQ8np", "LSH", "PCA8,Flat"])
def test_an_index_that_keeps_no_exact_vectors_is_refused(factory: str) -> None:
    vectors = unit_vectors(300)
    with pytest.raises(sc.IndexSpecError, match="does not give its exact vectors back"):
        sc.SearchEngine.from_faiss(held(factory, vectors), map(str, range(300)), Dictionary({}))


@pytest.mark.parametrize("factory", ["Flat", "IDMap,Flat", "HNSW8", "IVF4,Flat", "SQ8,RFlat"])
def test_an_index_that_keeps_its_vectors_serves_as_it_is(factory: str) -> None:
    vectors = unit_vectors(300)
    index: Any = faiss.index_factory(DIM, factory)
    index.train(vectors)
    add = index.add_with_ids if "IDMap" in factory else None
    add(vectors, np.arange(300)) if add else index.add(vectors)
    texts = [f"text {n}" for n in range(300)]
    encoder = Dictionary(dict(zip(texts, vectors, strict=True)))
    engine = sc.SearchEngine.from_faiss(index, texts, encoder)
    assert engine.vectors.tolist() == vectors.tolist()
    assert engine.search("text 17", 1).positions == (17,)


def test_vectors_that_are_not_of_unit_length_are_refused_with_the_remedy() -> None:
    vectors = unit_vectors(3)
    vectors[1] *= 3
    with pytest.raises(sc.IndexSpecError, match=r"Vector 1 .* length 3, .*faiss.normalize_L2"):
        sc.SearchEngine.from_faiss(held("Flat", vectors), ["a", "b", "c"], Dictionary({}))


def test_vectors_that_no_cosine_can_be_read_from_are_refused() -> None:
    vectors, corpus = unit_vectors(3), sc.Corpus.from_texts(["a", "b", "c"])

    def refused(given: Any, words: str) -> None:
        encoder = Dictionary({"q": vectors[0]})
        with pytest.raises(sc.IndexSpecError, match=words):
            sc.SearchEngine.from_vectors(corpus, encoder, given)
        with pytest.raises(sc.IndexSpecError, match=words):
            sc.compare_indexes(corpus, encoder, [sc.IndexSpec()], ["q"], vectors=given)

    refused(vectors * 3, "Vector 0 has length 3, and 1 was expected")
    refused(
        np.where(vectors == vectors[1], np.nan, vectors),
        "Vector 1 holds a number that is not finite",
    )
    refused(vectors * np.float64(1e300), "Vector 0 holds a number that is not finite")
    refused(vectors[:2], r"3 vectors of 16 numbers .* shape \(2, 16\)")
    refused(vectors[:, :8], r"shape \(3, 8\)")
    refused(vectors[0], r"shape \(16,\)")
    for nothing in ("abc", ["a", "b", "c"], [[1.0], [1.0, 0.0], []]):
        refused(nothing, "that is no array of numbers")


@pytest.mark.parametrize("kind", [np.float64, np.float16, list])
def test_vectors_of_another_type_are_taken_as_float32(kind: Any) -> None:
    vectors, corpus = np.eye(3, DIM, dtype=np.float32), sc.Corpus.from_texts(["a", "b", "c"])
    given = vectors.tolist() if kind is list else vectors.astype(kind)
    engine = sc.SearchEngine.from_vectors(corpus, Dictionary({"q": vectors[1]}), given)
    assert engine.vectors.dtype == np.float32
    assert engine.search("q", 1).positions == (1,)


def test_an_index_by_another_metric_or_of_another_kind_is_refused() -> None:
    with pytest.raises(sc.IndexSpecError, match="METRIC_L2 or METRIC_INNER_PRODUCT"):
        sc.SearchEngine.from_faiss(
            held("Flat", unit_vectors(2), faiss.METRIC_L1), ["a", "b"], Dictionary({})
        )
    for other in (faiss.IndexBinaryFlat(16), "index.faiss", None):
        with pytest.raises(sc.IndexSpecError, match="is no FAISS index of float vectors"):
            sc.SearchEngine.from_faiss(other, ["a"], Dictionary({}))


def test_texts_and_encoder_must_fit_the_index() -> None:
    index = held("Flat", unit_vectors(3))
    with pytest.raises(sc.CorpusError, match="3 vectors, and 2 texts were given"):
        sc.SearchEngine.from_faiss(index, ["a", "b"], Dictionary({}))
    with pytest.raises(sc.EncoderError, match="vectors of 16 numbers, and dictionary makes 8"):
        sc.SearchEngine.from_faiss(index, ["a", "b", "c"], Dictionary({}, dim=8))
