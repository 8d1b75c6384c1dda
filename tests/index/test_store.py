"""What a store of vectors must do, whatever is behind it, and what the one on FAISS adds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import faiss
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings, strategies as st

from search_core.errors import IndexSpecError
from search_core.index.faiss_store import FaissStore, one_thread
from search_core.index.spec import IndexSpec
from search_core.scale import METRIC_SCALES

Vectors = npt.NDArray[np.float32]

DIM = 16
METRICS = ("squared_l2", "inner_product", "cosine")


def unit_vectors(n: int, seed: int = 0, dim: int = DIM) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def filled(spec: IndexSpec, vectors: Vectors) -> FaissStore:
    store = FaissStore(spec, vectors.shape[1])
    store.add(np.arange(len(vectors)), vectors)
    return store


@pytest.mark.parametrize("metric", METRICS)
def test_neighbours_come_best_first_in_the_direction_of_the_metric(metric: str) -> None:
    vectors, asked = unit_vectors(200), unit_vectors(5, seed=1)
    scores, ids = filled(IndexSpec(metric=metric), vectors).search(asked, 7)
    cosines = asked.astype(np.float64) @ vectors.T.astype(np.float64)
    assert ids.tolist() == np.argsort(-cosines, axis=1)[:, :7].tolist()
    steps = np.diff(scores, axis=1)
    assert (steps <= 0 if METRIC_SCALES[metric].higher_is_better else steps >= 0).all()


@settings(deadline=None, max_examples=25)
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
    _, ids = filled(IndexSpec(metric=metric), vectors).search(asked, k)
    best = np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :k]
    assert ids[:, :n].tolist() == best.tolist()
    assert (ids[:, n:] == -1).all()


def test_squared_l2_is_squared() -> None:
    vectors = unit_vectors(2)
    scores, _ = filled(IndexSpec(), vectors[:1]).search(vectors[1:], 1)
    distance = np.linalg.norm(vectors[0].astype(np.float64) - vectors[1])
    assert scores[0, 0] == pytest.approx(distance**2, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 40), cut=st.integers(0, 40), seed=st.integers(0, 2**20))
def test_adding_in_two_steps_is_adding_at_once(n: int, cut: int, seed: int) -> None:
    vectors, asked = unit_vectors(n, seed), unit_vectors(2, seed + 1)
    cut = min(cut, n)
    store = FaissStore(IndexSpec(), DIM)
    store.add(np.arange(cut), vectors[:cut])
    store.add(np.arange(cut, n), vectors[cut:])
    whole = filled(IndexSpec(), vectors)
    assert len(store) == n
    assert store.search(asked, n)[1].tolist() == whole.search(asked, n)[1].tolist()


@pytest.mark.parametrize("factory", ["Flat", "HNSW8", "IVF4,Flat"])
def test_an_id_that_is_there_is_replaced(factory: str) -> None:
    vectors, others = unit_vectors(50), unit_vectors(4, seed=1)
    store = filled(IndexSpec(factory), vectors)
    store.add(np.array([7, 50, 51]), others[:3])
    store.add(np.array([7, 50, 51]), others[:3])  # once more changes nothing
    assert len(store) == 52
    assert store.search(others[:1], 1)[1].item() == 7
    assert store.fetch(np.array([51, 7])).tolist() == others[[2, 0]].tolist()
    assert vectors[7].tolist() == unit_vectors(50)[7].tolist(), "the caller's array stays as it was"


@pytest.mark.parametrize("factory", ["Flat", "SQ8", "PQ8", "IVF4,PQ8", "HNSW8", "IVF4,RaBitQfs"])
def test_vectors_come_back_exactly_however_the_index_packs_them(factory: str) -> None:
    vectors = unit_vectors(300)
    store = filled(IndexSpec(factory), vectors)
    places = np.array([299, 0, 17])
    assert store.fetch(places).tolist() == vectors[places].tolist()


def test_a_closed_store_is_empty_and_leaves_the_vectors_of_others_alone() -> None:
    vectors = unit_vectors(10)
    store = filled(IndexSpec(), vectors)
    store.close()
    assert len(store) == 0
    assert store.search(vectors[:1], 1)[1].item() == -1
    assert vectors.tolist() == unit_vectors(10).tolist()


@pytest.mark.parametrize("ids", [[1, 2], [0, 2], [0, 0]])
def test_ids_with_gaps_are_refused(ids: list[int]) -> None:
    with pytest.raises(IndexSpecError, match="count on from 0 without gaps"):
        FaissStore(IndexSpec(), DIM).add(np.array(ids), unit_vectors(2))


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(IndexSpecError, match=r"2 vectors of 16 numbers .* \(2, 8\)"):
        FaissStore(IndexSpec(), DIM).add(np.arange(2), unit_vectors(2, dim=8))


@pytest.mark.parametrize(
    ("factory", "needed"), [("IVF64,Flat", 64), ("PQ8", 256), ("IVF300,PQ8", 300)]
)
def test_too_few_vectors_to_train_on_are_refused_and_change_nothing(
    factory: str, needed: int
) -> None:
    store = FaissStore(IndexSpec(factory), DIM)
    few = unit_vectors(needed - 1)
    with pytest.raises(IndexSpecError, match=f"needs {needed} vectors .* there are {needed - 1}"):
        store.add(np.arange(needed - 1), few)
    assert len(store) == 0
    store.add(np.arange(needed), unit_vectors(needed))
    assert len(store) == needed


def test_parts_that_do_not_divide_a_vector_are_refused() -> None:
    with pytest.raises(IndexSpecError, match="5 equal parts, which 16 numbers do not allow"):
        FaissStore(IndexSpec("PQ5"), DIM)


def test_more_probes_and_more_candidates_find_more() -> None:
    vectors, asked = unit_vectors(2000), unit_vectors(50, seed=1)
    exact = filled(IndexSpec(), vectors).search(asked, 10)[1]

    def recall(spec: IndexSpec) -> float:
        found = filled(spec, vectors).search(asked, 10)[1]
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
        assert filled(IndexSpec(factory), vectors).index_bytes == len(faiss.serialize_index(index))


def test_one_index_can_be_searched_with_several_parameters() -> None:
    vectors, asked = unit_vectors(2000), unit_vectors(20, seed=1)
    store = filled(IndexSpec("IVF32,Flat"), vectors)
    few, all_lists = (IndexSpec("IVF32,Flat", nprobe=probes) for probes in (1, 32))
    exact = filled(IndexSpec(), vectors).search(asked, 10)[1].tolist()
    assert store.searched_as(all_lists).search(asked, 10)[1].tolist() == exact
    found = store.searched_as(all_lists).searched_as(few).search(asked, 10)[1].tolist()
    assert found == store.search(asked, 10)[1].tolist() != exact


def test_another_index_is_no_other_way_to_search_this_one() -> None:
    store = FaissStore(IndexSpec("IVF32,Flat"), DIM)
    for other in (IndexSpec("IVF16,Flat"), IndexSpec("IVF32,Flat", metric="cosine")):
        with pytest.raises(IndexSpecError, match="build another store for it"):
            store.searched_as(other)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("factory", ["RaBitQfs", "IVF8,RaBitQfs"])
def test_a_bit_a_number_is_enough_for_a_shortlist(factory: str, metric: str) -> None:
    vectors, asked = unit_vectors(2000, dim=128), unit_vectors(30, seed=1, dim=128)
    nprobe = 8 if factory.startswith("IVF") else None
    store = filled(IndexSpec(factory, metric, nprobe=nprobe), vectors)
    best = filled(IndexSpec(), vectors).search(asked, 5)[1]

    def recall(depth: int) -> float:
        found = store.search(asked, depth)[1]
        return float(np.mean([np.isin(of, some) for of, some in zip(best, found, strict=True)]))

    assert recall(5) < 0.5
    assert recall(400) > 0.95
    assert store.index_bytes / len(store) < 128 * 4 / 8


@pytest.mark.parametrize("factory", ["IVF8,Flat", "IVF8,RaBitQfs"])
def test_threads_that_search_at_once_get_what_each_would_get_alone(factory: str) -> None:
    vectors, asked = unit_vectors(500), unit_vectors(40, seed=1)
    store = filled(IndexSpec(factory, nprobe=3), vectors)
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
    filled(IndexSpec("IVF4,PQ4", nprobe=2), unit_vectors(300))
    assert capfd.readouterr() == ("", "")


def in_order(factory: str, metric: str) -> list[list[int]]:
    vectors, asked = unit_vectors(600), unit_vectors(20, seed=1)
    _, ids = filled(IndexSpec(factory, metric), vectors).search(asked, 10)
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


def test_what_pq_stores_is_no_longer_of_unit_length() -> None:
    vectors = unit_vectors(600)
    index = faiss.index_factory(DIM, "PQ2")
    index.train(vectors)
    index.add(vectors)
    lengths = np.linalg.norm(index.reconstruct_n(0, 600), axis=1)
    assert (np.abs(lengths - 1.0) > 0.05).mean() > 0.5
