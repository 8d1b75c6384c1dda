"""Vectors and ids without texts: searched by vectors, and plain about what needs texts."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import pytest

import search_core as sc

DIM = 8


def unit_vectors(n: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    vectors = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


VECTORS = unit_vectors(50)


@pytest.mark.parametrize("metric", ["squared_l2", "inner_product", "cosine"])
def test_hits_have_ids_and_exact_scores(metric: str) -> None:
    engine = sc.VectorEngine.of(
        VECTORS, [f"row-{n}" for n in range(50)], sc.IndexSpec("Flat", metric)
    )
    hits = engine.search(VECTORS[7], 3)
    expected = np.sort(VECTORS.astype(np.float64) @ VECTORS[7].astype(np.float64))[::-1][:3]
    assert hits.ids[0] == "row-7"
    assert hits.cosines() == pytest.approx(expected, abs=1e-6)
    assert hits.scale.name == metric
    assert sc.normalize(hits, "minmax").scores.tolist()[0] == 1.0


def test_an_index_of_a_program_is_searched_by_its_own_ids() -> None:
    index: Any = faiss.IndexIDMap(faiss.IndexFlatL2(DIM))
    index.add_with_ids(VECTORS, np.arange(50) * 3 + 90)
    engine = sc.VectorEngine.from_faiss(index)
    assert [hits.ids[0] for hits in engine.search_many(VECTORS[:3], 2)] == ["90", "93", "96"]
    coded: Any = faiss.index_factory(DIM, "SQ8")
    coded.train(VECTORS)
    coded.add(VECTORS)
    assert sc.VectorEngine.from_faiss(coded, vectors=VECTORS).search(VECTORS[4], 1).ids == ("4",)


@pytest.mark.parametrize("made", [faiss.IndexFlatL2, lambda dim: faiss.IndexShards(dim)])
def test_an_index_without_vectors_is_refused(made: Any) -> None:
    with pytest.raises(sc.IndexSpecError, match="holds no vectors; add at least one"):
        sc.VectorEngine.from_faiss(made(DIM))


def test_what_needs_texts_or_an_encoder_says_so() -> None:
    engine = sc.VectorEngine.of(VECTORS)
    with pytest.raises(sc.QueryError, match="this engine has no encoder"):
        engine.search("a question")
    for name in ("background", "score_labels", "add", "corpus"):
        with pytest.raises(AttributeError, match=f"no '{name}', which needs texts"):
            getattr(engine, name)
    with pytest.raises(AttributeError, match="has no 'colour'"):
        getattr(engine, "colour")  # noqa: B009


def test_an_engine_of_texts_names_this_one_where_there_are_no_texts() -> None:
    index: Any = faiss.IndexFlatIP(DIM)
    index.add(VECTORS)
    lost: Any = None
    with pytest.raises(sc.CorpusError, match=r"searched by VectorEngine\.from_faiss\(index\)"):
        sc.SearchEngine.from_faiss(index, lost, lost)
    vectors: Any = VECTORS
    with pytest.raises(sc.CorpusError, match=r"searched by VectorEngine\.of\(vectors, ids\)"):
        sc.SearchEngine.from_vectors(vectors, lost, lost)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"vectors": VECTORS[0]}, r"shape \(8,\)"),
        ({"vectors": []}, r"shape \(0,\)"),
        ({"vectors": VECTORS * 2}, "Vector 0 has length 2"),
        ({"vectors": VECTORS * np.nan}, "Vector 0 holds a number that is not finite"),
        ({"vectors": VECTORS, "ids": ["a"]}, "50 vectors and 1 ids"),
        ({"vectors": VECTORS[:2], "ids": ["a", "a"]}, "'a' is given twice"),
        ({"vectors": VECTORS, "spec": "Flat"}, "A str was given where IndexSpec"),
    ],
)
def test_what_cannot_be_indexed_is_named(arguments: Any, words: str) -> None:
    with pytest.raises(sc.IndexSpecError, match=words):
        sc.VectorEngine.of(**arguments)


def test_a_query_that_is_no_unit_vector_of_this_length_is_refused() -> None:
    engine = sc.VectorEngine.of(VECTORS)
    for vector, words in ((VECTORS[0] * 2, "length 2"), (VECTORS[0][:3], "numbers was expected")):
        with pytest.raises(sc.QueryError, match=words):
            engine.search(vector)
    with pytest.raises(sc.QueryError, match="k is 0"):
        engine.search(VECTORS[0], 0)
