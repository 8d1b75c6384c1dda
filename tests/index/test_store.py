"""What a store of vectors must do, whatever is behind it, and what the one on FAISS adds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import faiss
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st

from search_core.errors import IndexSpecError
from search_core.index.spec import IndexSpec
from search_core.index.store import (
    FaissStore,
    FlatStore,
    build_store,
    filled_index,
    one_thread,
)
from search_core.scale import METRIC_SCALES
from tests.properties import tried

Vectors = npt.NDArray[np.float32]

DIM = 16
METRICS = ("squared_l2", "inner_product", "cosine")


def unit_vectors(n: int, seed: int = 0, dim: int = DIM) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize("metric", METRICS)
def test_neighbours_come_best_first_in_the_direction_of_the_metric(metric: str) -> None:
    vectors, asked = unit_vectors(200), unit_vectors(5, seed=1)
    scores, ids = build_store(IndexSpec(metric=metric), vectors).search(asked, 7)
    cosines = asked.astype(np.float64) @ vectors.T.astype(np.float64)
    assert ids.tolist() == np.argsort(-cosines, axis=1)[:, :7].tolist()
    steps = np.diff(scores, axis=1)
    assert (steps <= 0 if METRIC_SCALES[metric].higher_is_better else steps >= 0).all()


@tried(25)
@given(
    n=st.integers(1, 60),
    k=st.integers(1, 80),
    seed=st.integers(0, 2**20),
    metric=st.sampled_from(METRICS),
)
def test_a_flat_store_finds_what_comparing_with_every_vector_finds(
    n: int, k: int, seed: int, metric: str
) -> None:
    vectors, asked = unit_vectors(n, seed), unit_vectors(3, seed + 1)
    _, ids = build_store(IndexSpec(metric=metric), vectors).search(asked, k)
    best = np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :k]
    assert ids[:, :n].tolist() == best.tolist()
    assert (ids[:, n:] == -1).all()


def test_squared_l2_is_squared() -> None:
    vectors = unit_vectors(2)
    scores, _ = build_store(IndexSpec(), vectors[:1]).search(vectors[1:], 1)
    distance = np.linalg.norm(vectors[0].astype(np.float64) - vectors[1])
    assert scores[0, 0] == pytest.approx(distance**2, abs=1e-6)


@pytest.mark.parametrize("factory", ["Flat", "HNSW8", "IVF4,Flat", "SQ8"])
def test_a_store_of_other_vectors_is_another_and_leaves_this_one_as_it_was(factory: str) -> None:
    vectors, others = unit_vectors(50), unit_vectors(4, seed=1)
    store = build_store(IndexSpec(factory), vectors)
    before = store.search(others, 50)[1].tolist()
    more = store.with_vectors(np.concatenate([vectors, others]))
    fewer = more.with_vectors(np.concatenate([vectors[:7], others]))
    assert (len(store), len(more), len(fewer)) == (50, 54, 11)
    assert more.search(others[:1], 1)[1].item() == 50
    assert fewer.search(others[:1], 1)[1].item() == 7
    assert fewer.fetch(np.array([10, 6])).tolist() == [others[3].tolist(), vectors[6].tolist()]
    assert store.search(others, 50)[1].tolist() == before


def test_a_flat_store_has_the_callers_own_vectors_and_no_others() -> None:
    vectors = unit_vectors(20)
    store = build_store(IndexSpec(), vectors)
    assert isinstance(store, FlatStore)
    assert store.nbytes == 0
    assert np.shares_memory(store.fetch(slice(None)), vectors)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("asked", [1, 40])
def test_a_flat_store_scores_as_faiss_s_own_flat_index_to_the_last_bit(
    metric: str, asked: int
) -> None:
    vectors, queries = unit_vectors(500, dim=384), unit_vectors(asked, seed=1, dim=384)
    spec = IndexSpec(metric=metric)
    flat, own = build_store(spec, vectors), FaissStore(spec, vectors, filled_index(spec, vectors))
    (scores, ids), (own_scores, own_ids) = flat.search(queries, 30), own.search(queries, 30)
    assert np.array_equal(scores, own_scores)
    assert np.array_equal(ids, own_ids)


@pytest.mark.parametrize("factory", ["Flat", "SQ8", "PQ8", "IVF4,PQ8", "HNSW8", "IVF4,RaBitQfs"])
def test_vectors_come_back_exactly_however_the_index_packs_them(factory: str) -> None:
    vectors = unit_vectors(300)
    store = build_store(IndexSpec(factory), vectors)
    places = np.array([299, 0, 17])
    assert store.fetch(places).tolist() == vectors[places].tolist()


@pytest.mark.parametrize(
    ("factory", "needed"), [("IVF64,Flat", 64), ("PQ8", 256), ("IVF300,PQ8", 300)]
)
def test_too_few_vectors_to_train_on_are_refused(factory: str, needed: int) -> None:
    few = unit_vectors(needed - 1)
    with pytest.raises(IndexSpecError, match=f"needs {needed} vectors .* there are {needed - 1}"):
        build_store(IndexSpec(factory), few)
    assert len(build_store(IndexSpec(factory), unit_vectors(needed))) == needed


def test_parts_that_do_not_divide_a_vector_are_refused() -> None:
    with pytest.raises(IndexSpecError, match="5 equal parts, which 16 numbers do not allow"):
        build_store(IndexSpec("PQ5"), unit_vectors(300))


def test_more_probes_and_more_candidates_find_more() -> None:
    vectors, asked = unit_vectors(2000), unit_vectors(50, seed=1)
    exact = build_store(IndexSpec(), vectors).search(asked, 10)[1]

    def recall(spec: IndexSpec) -> float:
        found = build_store(spec, vectors).search(asked, 10)[1]
        return float(
            np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, found, strict=True)])
        )

    assert recall(IndexSpec("IVF32,Flat", nprobe=1)) < recall(IndexSpec("IVF32,Flat", nprobe=8))
    assert recall(IndexSpec("IVF32,Flat", nprobe=32)) == 1.0
    assert recall(IndexSpec("HNSW4", ef_search=10)) < recall(IndexSpec("HNSW4", ef_search=400))


def test_the_size_of_an_index_is_what_faiss_writes() -> None:
    vectors = unit_vectors(500)
    for factory in ("Flat", "SQ8", "PQ8", "IVF4,Flat", "HNSW8", "IVF4,RaBitQfs"):
        index = faiss.index_factory(DIM, factory.replace("PQ8", "PQ8np"))
        index.train(vectors)
        index.add(vectors)
        spec = IndexSpec(factory)
        store = FaissStore(spec, vectors, filled_index(spec, vectors))
        assert store.nbytes == len(faiss.serialize_index(index))


def test_one_index_can_be_searched_with_several_parameters() -> None:
    vectors, asked = unit_vectors(2000), unit_vectors(20, seed=1)
    store = build_store(IndexSpec("IVF32,Flat"), vectors)
    few, all_lists = (IndexSpec("IVF32,Flat", nprobe=probes) for probes in (1, 32))
    exact = build_store(IndexSpec(), vectors).search(asked, 10)[1].tolist()
    assert store.searched_as(all_lists).search(asked, 10)[1].tolist() == exact
    found = store.searched_as(all_lists).searched_as(few).search(asked, 10)[1].tolist()
    assert found == store.search(asked, 10)[1].tolist() != exact


def test_another_index_is_no_other_way_to_search_this_one() -> None:
    store = build_store(IndexSpec("IVF32,Flat"), unit_vectors(300))
    for other in (IndexSpec("IVF16,Flat"), IndexSpec("IVF32,Flat", metric="cosine")):
        with pytest.raises(IndexSpecError, match="build another store for it"):
            store.searched_as(other)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("factory", ["RaBitQfs", "IVF8,RaBitQfs"])
def test_a_bit_a_number_is_enough_for_a_shortlist(factory: str, metric: str) -> None:
    vectors, asked = unit_vectors(2000, dim=128), unit_vectors(30, seed=1, dim=128)
    nprobe = 8 if factory.startswith("IVF") else None
    store = build_store(IndexSpec(factory, metric, nprobe=nprobe), vectors)
    best = build_store(IndexSpec(), vectors).search(asked, 5)[1]

    def recall(depth: int) -> float:
        found = store.search(asked, depth)[1]
        return float(np.mean([np.isin(of, some) for of, some in zip(best, found, strict=True)]))

    assert recall(5) < 0.5
    assert recall(400) > 0.95
    assert store.nbytes / len(store) < 128 * 4 / 8


@pytest.mark.parametrize("factory", ["IVF8,Flat", "IVF8,RaBitQfs"])
def test_threads_that_search_at_once_get_what_each_would_get_alone(factory: str) -> None:
    vectors, asked = unit_vectors(500), unit_vectors(40, seed=1)
    store = build_store(IndexSpec(factory, nprobe=3), vectors)
    alone = [store.search(query[np.newaxis], 5)[1].tolist() for query in asked]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda q: store.search(q[np.newaxis], 5)[1].tolist(), asked))
    assert together == alone


def test_one_thread_holds_for_the_thread_that_asks_and_only_meanwhile() -> None:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    try:
        with one_thread():
            assert faiss.omp_get_max_threads() == 1
        assert faiss.omp_get_max_threads() == 3
    finally:
        faiss.omp_set_num_threads(before)


def test_training_on_few_vectors_writes_no_line_for_every_part(
    capfd: pytest.CaptureFixture[str],
) -> None:
    build_store(IndexSpec("IVF4,PQ4", nprobe=2), unit_vectors(300))
    assert capfd.readouterr() == ("", "")


def in_order(factory: str, metric: str) -> list[list[int]]:
    vectors, asked = unit_vectors(600), unit_vectors(20, seed=1)
    _, ids = build_store(IndexSpec(factory, metric), vectors).search(asked, 10)
    order: list[list[int]] = ids.tolist()
    return order


def test_an_index_that_keeps_unit_vectors_whole_gives_one_order_under_every_metric() -> None:
    assert in_order("Flat", "squared_l2") == in_order("Flat", "inner_product")
    assert in_order("Flat", "inner_product") == in_order("Flat", "cosine")


@pytest.mark.parametrize("factory", ["PQ2", "SQ8", "IVF4,Flat"])
def test_an_index_with_vectors_or_centres_not_of_unit_length_has_another_order_by_l2(
    factory: str,
) -> None:
    assert in_order(factory, "squared_l2") != in_order(factory, "inner_product")
    assert in_order(factory, "inner_product") == in_order(factory, "cosine")


@pytest.mark.slow
def test_what_pq_stores_is_no_longer_of_unit_length() -> None:
    vectors = unit_vectors(600)
    index = faiss.index_factory(DIM, "PQ2")
    index.train(vectors)
    index.add(vectors)
    lengths = np.linalg.norm(index.reconstruct_n(0, 600), axis=1)
    assert (np.abs(lengths - 1.0) > 0.05).mean() > 0.5
