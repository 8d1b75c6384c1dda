"""Index files are read without FAISS: what FAISS wrote comes out, and nothing else does harm."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, strategies as st

import search_core as sc
from tests.properties import tried

Vectors = npt.NDArray[np.float32]

DIM, COUNT = 8, 60
IDS = np.arange(COUNT)[::-1] * 3 + 500


def unit_vectors(n: int = COUNT, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((n, DIM))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


VECTORS = unit_vectors()


def written(factory: str, ids: npt.NDArray[np.int64] | None = None, metric: int = 1) -> bytes:
    index: Any = faiss.index_factory(DIM, factory, metric)
    index.train(VECTORS)
    index.add(VECTORS) if ids is None else index.add_with_ids(VECTORS, ids)
    return bytes(faiss.serialize_index(index).tobytes())


@pytest.mark.parametrize("metric", [faiss.METRIC_L2, faiss.METRIC_INNER_PRODUCT])
@pytest.mark.parametrize(
    "factory",
    ["Flat", "HNSW8", "IVF4,Flat", "IVF50,Flat", "SQ8,RFlat", "IVF4,Flat,RFlat", "PQ4x4,RFlat"],
)
def test_vectors_come_out_as_they_were_added(factory: str, metric: int) -> None:
    found = sc.read_index_file(written(factory, metric=metric))
    assert found.metric == ("squared_l2" if metric == faiss.METRIC_L2 else "inner_product")
    assert found.ids.tolist() == list(range(COUNT))
    assert found.vectors.tolist() == VECTORS.tolist()


@pytest.mark.parametrize("factory", ["IDMap,Flat", "IDMap2,Flat", "IDMap,HNSW8"])
def test_ids_of_a_database_come_out_beside_their_vectors(factory: str) -> None:
    found = sc.read_index_file(written(factory, IDS))
    assert found.ids.tolist() == IDS.tolist()
    assert found.vectors.tolist() == VECTORS.tolist()


def test_an_ivf_index_with_ids_of_its_own_comes_by_rising_id() -> None:
    found = sc.read_index_file(written("IVF4,Flat", IDS))
    assert found.ids.tolist() == sorted(IDS.tolist())
    assert found.vectors.tolist() == VECTORS[np.argsort(IDS)].tolist()


def test_a_file_of_many_empty_lists_and_one_with_a_map_of_places_are_read() -> None:
    index: Any = faiss.index_factory(DIM, "IVF50,Flat")
    index.train(VECTORS)
    index.add(VECTORS[:3])
    sparse = sc.read_index_file(faiss.serialize_index(index).tobytes())
    assert sparse.vectors.tolist() == VECTORS[:3].tolist()
    maps = faiss.DirectMap  # type: ignore[attr-defined]
    for kind in (maps.Array, maps.Hashtable):
        index.set_direct_map_type(kind)
        mapped = sc.read_index_file(faiss.serialize_index(index).tobytes())
        assert mapped.vectors.tolist() == VECTORS[:3].tolist()


@pytest.mark.parametrize("factory", ["PQ4x4", "SQ8", "PCA4,Flat", "HNSW8,SQ8", "LSH"])
def test_an_index_that_keeps_codes_is_named_with_the_remedy(factory: str) -> None:
    with pytest.raises(sc.IndexSpecError, match=r"does not keep its vectors whole .* texts alone"):
        sc.read_index_file(written(factory))


def other_metric() -> bytes:
    index: Any = faiss.IndexFlat(DIM, faiss.METRIC_L1)
    index.add(VECTORS)
    return bytes(faiss.serialize_index(index).tobytes())


def binary() -> bytes:
    index: Any = faiss.IndexBinaryFlat(64)
    index.add(np.zeros((3, 8), dtype=np.uint8))
    return bytes(faiss.serialize_index_binary(index).tobytes())


def with_a_hole() -> bytes:
    index: Any = faiss.IndexFlatIP(DIM)
    vectors = VECTORS.copy()
    vectors[5, 2] = np.nan
    index.add(vectors)
    return bytes(faiss.serialize_index(index).tobytes())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no index file of FAISS"),
        (b"id,text\n1,a\n", "no index file of FAISS"),
        (b"\x80\x04\x95pickle", "no index file of FAISS"),
        (b"PK\x03\x04zipped", "no index file of FAISS"),
        (b"IxF2", "damaged"),
        (other_metric(), "metric number 2"),
        (binary(), "Hamming distance"),
        (with_a_hole(), "Vector 5 holds a number that is not finite"),
        (written("Flat")[:-1], "damaged"),
        (written("Flat") + b"\0", "damaged"),
    ],
)
def test_what_is_no_such_file_is_named(content: bytes, words: str) -> None:
    with pytest.raises(sc.IndexSpecError, match=words):
        sc.read_index_file(content)


FILES = [written(factory) for factory in ("Flat", "HNSW4", "IVF4,Flat", "SQ8,RFlat")]
FILES.append(written("IDMap,Flat", IDS))


@tried(300)
@given(
    file=st.sampled_from(FILES),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
    end=st.integers(0, 6000),
)
@example(file=FILES[0], changes=[(offset, 255) for offset in range(37, 45)], end=6000)
@example(file=FILES[0], changes=[(offset, 127) for offset in range(4, 16)], end=6000)
def test_a_made_up_file_is_refused_or_read_and_takes_no_more_than_its_own_bytes(
    file: bytes, changes: list[tuple[int, int]], end: int
) -> None:
    content = bytearray(file[:end])
    for place, value in changes:
        if place < len(content):
            content[place] = value
    try:
        found = sc.read_index_file(bytes(content))
    except sc.IndexSpecError:
        return
    assert found.vectors.nbytes + found.ids.nbytes <= 4 * len(file)
    assert len(found.ids) == len(found.vectors)


def test_indexes_nested_without_end_are_refused() -> None:
    head = b"IxMp" + np.array([DIM], "<i4").tobytes() + bytes(8 + 16 + 1) + bytes(4)
    with pytest.raises(sc.IndexSpecError, match="damaged"):
        sc.read_index_file(head * 10_000)
