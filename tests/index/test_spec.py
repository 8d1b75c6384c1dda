"""The grammar of index factory strings, and what an index can be told."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_core.errors import IndexSpecError
from search_core.index.spec import IndexSpec, default_specs
from tests.properties import tried

CODES = ("Flat", "SQ8", "SQfp16", "RaBitQfs", "PQ8", "PQ16x8", "PQ16np")
BUILDABLE = (*CODES, *(f"IVF4,{codes}" for codes in CODES), "HNSW8")


@pytest.mark.parametrize("factory", BUILDABLE)
def test_whatever_the_grammar_takes_is_an_index_to_faiss(factory: str) -> None:
    assert IndexSpec(factory).factory == factory
    assert faiss.index_factory(32, factory).d == 32


@pytest.mark.parametrize(
    "factory",
    [
        *("", " ", "flat", "Flat ", "Flat\n", "HNSW", "HNSW0", "HNSW-4", "HNSW٣٢", "IVF0,Flat"),
        *("IVF16", "IVF,Flat", "IVF16,", "IVF16,HNSW32", "PQ0", "PQ08", "OPQ16,PQ16", "LSH"),
        *("IVF9999999,Flat", "HNSW32,SQ8", "PQ8x12", "PCA64,Flat", "Flat,RFlat", "x" * 10_000),
        *("RaBitQ", "RaBitQfs0", "RaBitQfs9", "RaBitQfs_64", "HNSW8,RaBitQfs", "PQ8x4fs"),
    ],
)
def test_any_other_factory_string_gets_one_short_sentence(factory: str) -> None:
    with pytest.raises(IndexSpecError, match="is no index that can be built here; write") as caught:
        IndexSpec(factory)
    assert len(str(caught.value)) < 250


@tried(200)
@given(st.text(alphabet="HNSWIVFPQnpFlatSQ8fp16RaBitfs,0 -x", max_size=14))
def test_a_factory_string_is_taken_by_faiss_or_refused_by_us(factory: str) -> None:
    try:
        spec = IndexSpec(factory)
    except IndexSpecError:
        return
    assert faiss.index_factory(spec.parts or 8, factory) is not None


@pytest.mark.parametrize("factory", ["HNSW1", "HNSW129", "HNSW999999", "IVF65537,Flat"])
def test_an_index_too_large_or_too_small_to_be_one_is_refused(factory: str) -> None:
    with pytest.raises(IndexSpecError, match=r"too large|no graph"):
        IndexSpec(factory)


def test_an_unknown_metric_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(IndexSpecError, match="'l1'; choose one of squared_l2, inner_product"):
        IndexSpec(metric="l1")


@pytest.mark.parametrize("value", [0, -1, np.int64(0), True, np.True_, 1.5, "8"])
@pytest.mark.parametrize("name", ["nprobe", "ef_search", "shortlist"])
def test_a_search_parameter_is_a_whole_number_of_one_or_more(name: str, value: object) -> None:
    given: dict[str, Any] = {name: value}
    with pytest.raises(IndexSpecError, match=f"{name} is .*whole number of 1 or more"):
        IndexSpec("IVF4,Flat" if name == "nprobe" else "HNSW8", **given)


def test_a_search_parameter_that_the_index_does_not_have_is_refused() -> None:
    with pytest.raises(IndexSpecError, match="'Flat' has no lists"):
        IndexSpec("Flat", nprobe=1)
    with pytest.raises(IndexSpecError, match="'IVF4,Flat' has 4 lists"):
        IndexSpec("IVF4,Flat", nprobe=5)
    with pytest.raises(IndexSpecError, match="ef_search belongs to HNSW"):
        IndexSpec("IVF4,Flat", ef_search=16)


@pytest.mark.parametrize(
    ("n", "factories"),
    [
        (1, ["Flat", "HNSW32", "IVF1,Flat", "SQ8"]),
        (100, ["Flat", "HNSW32", "IVF8,Flat", "IVF8,Flat", "SQ8"]),
        (5183, ["Flat", "HNSW32", *["IVF64,Flat"] * 3, "SQ8", "PQ48", "IVF64,PQ48"]),
        (1_000_000, ["Flat", "HNSW32", *["IVF1024,Flat"] * 3, "SQ8", "PQ48", "IVF1024,PQ48"]),
    ],
)
def test_the_indexes_worth_comparing_grow_with_the_collection(n: int, factories: list[str]) -> None:
    assert [spec.factory for spec in default_specs(n, 384)] == factories


@tried(100)
@given(n=st.integers(1, 10**7), dim=st.integers(1, 4096))
def test_the_indexes_worth_comparing_can_be_trained_on_what_there_is(n: int, dim: int) -> None:
    for spec in default_specs(n, dim, "inner_product"):
        assert spec.metric == "inner_product"
        assert spec.training_vectors <= n
        assert dim % (spec.parts or 1) == 0


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (IndexSpec(), "Flat"),
        (IndexSpec("IVF16,Flat", nprobe=1), "IVF16,Flat with 1 probe"),
        (IndexSpec("IVF16,PQ48", nprobe=8, shortlist=100),
         "IVF16,PQ48 with 8 probes and a shortlist of 100"),
        (IndexSpec("HNSW32", ef_search=64), "HNSW32 with 64 candidates"),
    ],
)  # fmt: skip
def test_an_index_is_named_by_its_factory_string_and_how_it_is_searched(
    spec: IndexSpec, name: str
) -> None:
    assert spec.name == name
