from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import search_core as sc
from search_core.stores.milvus import MilvusStore
from tests.stores.contract import WritableContract
from tests.stores.worlds import ASKED, ENCODER, IDS, TEXTS, VECTORS

pytestmark = pytest.mark.peers
library = pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

PATIENCE = 60.0
ADDRESS = "MILVUS_TEST_ADDRESS"  # of a server whose collections may all be dropped


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run milvus-lite as a server on loopback, and stop it."""
    port = free_port()
    command = Path(sys.executable).with_name("milvus-lite")
    process = subprocess.Popen(
        [command, "server", "--data-dir", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


@pytest.fixture(scope="module", params=["a file", "a server of milvus-lite", "another server"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("milvus")
    if request.param == "a file":
        made = library.MilvusClient(str(folder / "texts.db"))
        yield made
        made.close()
        return
    if request.param == "another server":
        if ADDRESS not in os.environ:
            pytest.skip(f"{ADDRESS} names no server, such as http://127.0.0.1:19530")
        made = library.MilvusClient(os.environ[ADDRESS])
        for name in made.list_collections():
            made.drop_collection(name)
        yield made
        made.close()
        return
    with served(folder) as (address, _):
        made = library.MilvusClient(address)
        yield made
        made.close()


class TestMilvusStore(WritableContract):
    only_fox = 'text like "The fox%"'  # Milvus 2.3 looks at beginnings alone

    @pytest.fixture(scope="class")
    def store(self, client: Any) -> sc.ScoredStore:
        made = MilvusStore.create(client, "texts", ENCODER.dim, model=ENCODER.fingerprint)
        made.add(IDS, VECTORS, TEXTS)
        return made

    @pytest.fixture
    def empty(self, client: Any) -> Iterator[sc.WritableStore]:
        yield MilvusStore.create(client, "empty", ENCODER.dim)
        client.drop_collection("empty")


@pytest.mark.parametrize("metric", ["COSINE", "L2"])
def test_a_collection_of_others_by_another_metric_has_the_same_hits(
    client: Any, metric: str
) -> None:
    client.create_collection(
        f"other_{metric}", dimension=ENCODER.dim, metric_type=metric, consistency_level="Session"
    )
    rows = [
        {"id": n, "vector": v, "text": t}
        for n, (v, t) in enumerate(zip(VECTORS, TEXTS, strict=True))
    ]
    client.insert(f"other_{metric}", rows)
    store = MilvusStore(client, f"other_{metric}")
    local = sc.LocalStore(sc.VectorEngine.of(VECTORS))
    ours, theirs = store.search(ASKED, 5), local.search(ASKED, 5)
    for row in range(len(ASKED)):
        assert ours.scores[row] == pytest.approx(theirs.scores[row], abs=1e-6)
    assert ours.texts[0][0] == TEXTS[int(ours.ids[0][0])]
    assert len(store.within(ASKED[:1], 0.5).ids[0]) == len(local.within(ASKED[:1], 0.5).ids[0])
    assert store.fetch(["7", "x"]).texts == (TEXTS[7],)


def test_a_collection_made_for_other_vectors_is_not_opened_for_these(client: Any) -> None:
    MilvusStore.create(client, "made", ENCODER.dim, model="one")
    with pytest.raises(sc.StoreError, match="holds vectors of 64 numbers, not of 8; choose"):
        MilvusStore.create(client, "made", 8, model="one")
    with pytest.raises(sc.StoreError, match=r"vectors of another model .*one, not two"):
        MilvusStore.create(client, "made", ENCODER.dim, model="two")
    assert MilvusStore.create(client, "made", ENCODER.dim, model="one").count() == 0


def test_what_is_not_there_is_told_with_what_is(client: Any) -> None:
    with pytest.raises(sc.StoreError, match="Milvus has no collection 'books'; it has"):
        MilvusStore(client, "books")


def test_a_filter_that_milvus_cannot_read_is_told_in_a_sentence(client: Any) -> None:
    store = MilvusStore.create(client, "texts", ENCODER.dim)
    with pytest.raises(sc.StoreError, match="Milvus refused what was asked of 'texts': "):
        store.search(ASKED, 1, where="bogus = = 3")


def test_a_text_that_is_too_long_is_told_with_its_row(client: Any) -> None:
    store = MilvusStore.create(client, "long", ENCODER.dim)
    with pytest.raises(sc.StoreError, match="takes 65,535 bytes, and that of the row 'b' has 70,0"):
        store.add(["a", "b"], VECTORS[:2], ["a", "b" * 70_000])
    assert store.count() == 0


def test_ids_that_milvus_would_write_otherwise_are_refused_where_ids_are_numbers(
    client: Any,
) -> None:
    client.create_collection("numbers", dimension=ENCODER.dim, consistency_level="Session")
    store = MilvusStore(client, "numbers")
    assert sc.fill_store(store, ["7", "-3"], VECTORS[:2], TEXTS[:2]) == 2
    for name in ("07", "x", "--5", "²", "٣", str(2**63)):
        with pytest.raises(sc.StoreError, match=f"'numbers' are whole numbers, and '{name}' was"):
            sc.fill_store(store, [name], VECTORS[2:3])
    assert store.fetch(["7", "07", "x", "--5", "9" * 5000]).texts == (TEXTS[0],)
    assert store.count() == 2


def test_texts_are_refused_by_a_collection_without_a_field_for_them(client: Any) -> None:
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", library.DataType.VARCHAR, is_primary=True, max_length=40)
    schema.add_field("vector", library.DataType.FLOAT_VECTOR, dim=ENCODER.dim)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="IP")
    client.create_collection("bare", schema=schema, index_params=index)
    store = MilvusStore(client, "bare")
    with pytest.raises(sc.StoreError, match="'bare' has no field 'text', and texts were given"):
        sc.fill_store(store, IDS[:2], VECTORS[:2], TEXTS[:2])
    assert sc.fill_store(store, IDS[:2], VECTORS[:2]) == 2
    with pytest.raises(sc.StoreError, match="no field 'body' for texts; it has id, vector"):
        MilvusStore(client, "bare", text="body")


def test_a_server_that_goes_away_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with served(tmp_path) as (address, process):
        client = library.MilvusClient(address, timeout=2)
        store = MilvusStore.create(client, "texts", ENCODER.dim)
        store.add(IDS[:20], VECTORS[:20], TEXTS[:20])
        process.terminate()
        process.wait(timeout=PATIENCE)
        with pytest.raises(
            sc.StoreError, match=r"Milvus (cannot be reached|did not answer in time)"
        ):
            store.search(ASKED, 1)
    with served(tmp_path) as (address, _):
        client = library.MilvusClient(address)
        assert MilvusStore(client, "texts").count() == 20
