from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

import search_core as sc
from search_core.stores.qdrant import QdrantStore
from tests.stores.contract import WritableContract
from tests.stores.worlds import ASKED, ENCODER, IDS, TEXTS, VECTORS

pytestmark = pytest.mark.peers
library = pytest.importorskip("qdrant_client")
models = library.models


@pytest.fixture(scope="module", params=["in memory", "in a folder"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    folder = str(tmp_path_factory.mktemp("qdrant"))
    is_in_memory = request.param == "in memory"
    made = library.QdrantClient(":memory:") if is_in_memory else library.QdrantClient(path=folder)
    yield made
    made.close()


class TestQdrantStore(WritableContract):
    only_fox = models.Filter(
        must=[models.FieldCondition(key="text", match=models.MatchText(text="fox"))]
    )

    @pytest.fixture(scope="class")
    def store(self, client: Any) -> sc.ScoredStore:
        made = QdrantStore.create(client, "texts", ENCODER.dim, model=ENCODER.fingerprint)
        made.add(IDS, VECTORS, TEXTS)
        return made

    @pytest.fixture
    def empty(self, client: Any) -> Iterator[sc.WritableStore]:
        yield QdrantStore.create(client, "empty", ENCODER.dim)
        client.delete_collection("empty")


@pytest.mark.parametrize("distance", ["Dot", "Euclid"])
def test_a_collection_of_others_by_another_distance_has_the_same_hits(
    client: Any, distance: str
) -> None:
    size = models.VectorParams(size=ENCODER.dim, distance=distance)
    client.create_collection(distance, vectors_config={"body": size})
    points = [
        models.PointStruct(id=number, vector={"body": vector}, payload={"content": text})
        for number, (vector, text) in enumerate(zip(VECTORS.tolist(), TEXTS, strict=True))
    ]
    client.upsert(distance, points)
    store = QdrantStore(client, distance, vector="body", text="content")
    local = sc.LocalStore(sc.VectorEngine.of(VECTORS))
    ours, theirs = store.search(ASKED, 5), local.search(ASKED, 5)
    for row in range(len(ASKED)):
        assert ours.scores[row] == pytest.approx(theirs.scores[row], abs=1e-6)
    assert ours.texts[0][0] == TEXTS[int(ours.ids[0][0])]
    for least in (0.5, 1.5):
        assert len(store.within(ASKED[:1], least).ids[0]) == len(
            local.within(ASKED[:1], least).ids[0]
        )


def test_a_vector_of_another_length_than_1_is_refused_where_that_changes_the_score(
    client: Any,
) -> None:
    size = models.VectorParams(size=ENCODER.dim, distance="Dot")
    client.create_collection("long", vectors_config=size)
    client.upsert("long", [models.PointStruct(id=5, vector=(3 * VECTORS[0]).tolist())])
    with pytest.raises(sc.StoreError, match="vector of '5' has length 3, and 1 was expected"):
        QdrantStore(client, "long").search(ASKED, 1)


def test_a_collection_made_for_other_vectors_is_not_opened_for_these(client: Any) -> None:
    QdrantStore.create(client, "made", ENCODER.dim, model="one")
    with pytest.raises(sc.StoreError, match="holds vectors of 64 numbers, not of 8; choose"):
        QdrantStore.create(client, "made", 8, model="one")
    with pytest.raises(sc.StoreError, match=r"vectors of another model .*one, not two"):
        QdrantStore.create(client, "made", ENCODER.dim, model="two")
    assert QdrantStore.create(client, "made", ENCODER.dim, model="one").count() == 0


def test_what_is_not_there_is_told_with_what_is(client: Any) -> None:
    with pytest.raises(sc.StoreError, match="Qdrant has no collection 'books'; it has"):
        QdrantStore(client, "books")
    size = models.VectorParams(size=4, distance="Manhattan")
    client.create_collection("odd", vectors_config={"a": size})
    with pytest.raises(sc.StoreError, match="no dense vector 'b'; it has 'a'"):
        QdrantStore(client, "odd", vector="b")
    with pytest.raises(sc.StoreError, match="by Manhattan, from which no cosine follows"):
        QdrantStore(client, "odd", vector="a")


def test_a_collection_that_goes_away_is_told(client: Any) -> None:
    store = QdrantStore.create(client, "short-lived", ENCODER.dim)
    client.delete_collection("short-lived")
    with pytest.raises(sc.StoreError, match="Qdrant has no collection 'short-lived' any more"):
        store.search(ASKED, 1)


def test_a_server_that_is_not_there_is_told_with_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = library.QdrantClient(host="127.0.0.1", port=port, check_compatibility=False)
    with pytest.raises(
        sc.StoreError, match=r"Qdrant cannot be reached for 'texts'.*see that it runs"
    ):
        QdrantStore(client, "texts")


def test_a_server_that_does_not_answer_is_told_with_what_to_do() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        client = library.QdrantClient(
            host="127.0.0.1", port=port, timeout=1, check_compatibility=False
        )
        with pytest.raises(sc.StoreError, match="Qdrant did not answer in time for 'texts'; ask"):
            QdrantStore(client, "texts")
