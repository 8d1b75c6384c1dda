from __future__ import annotations

import pytest

import search_core as sc
from tests.stores.contract import StoreContract
from tests.stores.worlds import ASKED, IDS, VECTORS, collection


class TestLocalStore(StoreContract):
    @pytest.fixture(scope="class", params=["Flat", "HNSW32"])
    def store(self, request: pytest.FixtureRequest) -> sc.ScoredStore:
        engine = collection()
        spec = sc.IndexSpec(request.param)
        return sc.LocalStore(sc.SearchEngine.of(engine.collection, spec))


def test_vectors_without_texts_are_a_store_as_well() -> None:
    store = sc.LocalStore(sc.VectorEngine.of(VECTORS, IDS))
    assert store.search(ASKED, 2).texts == (("", ""),) * len(ASKED)
    assert store.fingerprint.model == ""


def test_what_is_no_engine_is_refused() -> None:
    with pytest.raises(sc.StoreError, match="A list was given where SearchEngine or VectorEngine"):
        sc.LocalStore([1, 2])  # type: ignore[arg-type]
