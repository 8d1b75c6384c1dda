"""Files of texts go into a store, all of them, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.stores.milvus import MilvusStore
from search_core.stores.qdrant import QdrantStore
from tests.bulk.failing import Dies
from tests.bulk.texts import IDS, TEXTS, embedded_by_command
from tests.own_encoder import HashingEncoder

pytest.importorskip("ray")
pytest.importorskip("pyarrow")
pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(params=["qdrant", "milvus"])
def system(request: pytest.FixtureRequest) -> str:
    """The name of a store whose libraries are installed."""
    name: str = request.param
    for library in {"qdrant": ["qdrant_client"], "milvus": ["pymilvus", "milvus_lite"]}[name]:
        pytest.importorskip(library)
    return name


def client_of(system: str, path: Path) -> Any:
    """Open the folder or file of a store."""
    if system == "qdrant":
        return pytest.importorskip("qdrant_client").QdrantClient(path=str(path))
    return pytest.importorskip("pymilvus").MilvusClient(str(path))


def closed(system: str, client: Any, path: Path) -> None:
    """Let another process open a folder or file."""
    client.close()
    if system == "milvus":  # a client leaves the file locked for the next of its process
        manager = pytest.importorskip("milvus_lite.server_manager")
        manager.server_manager_instance.release_server(str(path))


def created(system: str, client: Any, dim: int, model: str) -> Any:
    """Make a collection for the texts."""
    maker: Any = QdrantStore if system == "qdrant" else MilvusStore
    return maker.create(client, "texts", dim, model=model)


@pytest.mark.usefixtures("started")
def test_a_worker_that_dies_leaves_nothing_missing_in_the_store_and_nothing_double(
    system: str, texts: Path, tmp_path: Path
) -> None:
    client = client_of(system, tmp_path / "store.db")
    store = created(system, client, HashingEncoder.dim, HashingEncoder.fingerprint)
    model, output = Dies(tmp_path / "died"), tmp_path / "vectors"
    done = sc.embed_files([texts], output, model=model, workers=2, store=store)
    assert (tmp_path / "died").exists()
    assert (done.stored, store.count()) == (300, 300)
    rows = store.fetch(IDS)
    told = dict(zip(rows.ids, rows.texts, strict=True))
    assert [told.get(name) for name in IDS] == TEXTS
    vectors = dict(zip(rows.ids, rows.vectors, strict=True))
    expected = HashingEncoder().encode_documents(TEXTS)
    np.testing.assert_allclose([vectors[name] for name in IDS], expected, atol=1e-6)
    again = sc.embed_files([texts], output, model=HashingEncoder, workers=1, store=store)
    assert (again.embedded, again.stored, store.count()) == (0, 0, 300)
    client.close()


@pytest.mark.model
def test_the_command_fills_a_store_and_adds_what_is_missing_there(
    system: str, texts: Path, tmp_path: Path, encoder: sc.Encoder
) -> None:
    path = tmp_path / "store.db"
    client = client_of(system, path)
    created(system, client, encoder.dim, encoder.fingerprint)
    closed(system, client, path)
    gone = IDS[150:250]
    arguments = (str(texts), "-o", str(tmp_path / "vectors"), "--store", f"{system}://{path}")
    notes = embedded_by_command(*arguments)
    assert notes[-2:] == [
        "300 texts were embedded, 0 were there already.", "300 of them are new in the store.",
    ]  # fmt: skip
    client = client_of(system, path)
    client.delete("texts", [int(name) for name in gone] if system == "qdrant" else gone)
    closed(system, client, path)
    assert embedded_by_command(*arguments) == [
        "0 texts were embedded, 300 were there already.",
        "100 of them are new in the store.",
    ]


def test_a_store_of_another_model_is_refused_before_anything_is_embedded(
    system: str, texts: Path, tmp_path: Path
) -> None:
    client = client_of(system, tmp_path / "store.db")
    store = created(system, client, HashingEncoder.dim, "another")
    with pytest.raises(sc.EncoderError, match="load the encoder that made them"):
        sc.embed_files([texts], tmp_path / "vectors", model=HashingEncoder, store=store)
    assert not (tmp_path / "vectors").exists()
