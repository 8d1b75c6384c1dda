from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

import search_core as sc
from score_sense.command_line import main
from tests.stores.worlds import ASKED, ENCODER, IDS, TEXTS, VECTORS


@pytest.mark.parametrize(
    "address",
    [
        "redis://localhost/a",
        "texts",
        "qdrant+ftp://h/a",
        "qdrant://h/a?colour=red",
        "milvus://h:abc/a",
        "qdrant://h:99999/a",
        "qdrant://[::1/a",
        7,
    ],
)
def test_what_is_no_address_is_refused_with_those_that_are(address: str) -> None:
    with pytest.raises(sc.InputError, match="is no address of a store; write qdrant://HOST:PORT"):
        sc.open_store(address)


@pytest.mark.peers
@pytest.mark.parametrize(
    ("system", "library"), [("qdrant", "qdrant_client"), ("milvus", "pymilvus")]
)
def test_a_path_that_is_not_there_is_refused_and_not_made(
    system: str, library: str, tmp_path: Path
) -> None:
    pytest.importorskip(library)
    missing = tmp_path / "store.db"
    with pytest.raises(sc.StoreError, match="is not there; give the folder or file"):
        sc.open_store(f"{system}://{missing}")
    assert not missing.exists()


@pytest.mark.peers
def test_what_milvus_refuses_is_raised_and_not_logged_as_a_traceback(tmp_path: Path) -> None:
    library = pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    from search_core.stores.milvus import MilvusStore

    client = library.MilvusClient(str(tmp_path / "texts.db"))
    MilvusStore.create(client, "texts", ENCODER.dim)
    client.close()
    store = sc.open_store(f"milvus://{tmp_path / 'texts.db'}")
    with pytest.raises(sc.StoreError, match="Milvus refused what was asked of 'texts': "):
        store.search(ASKED, 1, where="bogus = = 3")
    assert not logging.getLogger("pymilvus.decorators").isEnabledFor(logging.ERROR)


@pytest.mark.peers
def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("qdrant_client")
    with pytest.raises(sc.StoreError, match="is no folder of Qdrant"):
        sc.open_store(f"qdrant://{tmp_path}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.peers
def test_a_folder_of_qdrant_is_opened_by_its_path(tmp_path: Path) -> None:
    library = pytest.importorskip("qdrant_client")
    from search_core.stores.qdrant import QdrantStore

    client = library.QdrantClient(path=str(tmp_path))
    QdrantStore.create(client, "texts", ENCODER.dim).add(IDS, VECTORS, TEXTS)
    size = library.models.VectorParams(size=ENCODER.dim, distance="Dot")
    client.create_collection("others", vectors_config={"body": size})
    client.close()
    with pytest.raises(sc.StoreError, match="not one collection but 2: others, texts; name the"):
        sc.open_store(f"qdrant://{tmp_path}")
    store = sc.open_store(f"qdrant://{tmp_path}?collection=texts")
    assert store.search(ASKED[:1], 1).texts == (("The cat eats a cake at night.",),)
    with pytest.raises(sc.StoreError, match=r"Qdrant cannot open .* another program has it open"):
        sc.open_store(f"qdrant://{tmp_path}?collection=texts")  # the folder is in use


@pytest.mark.peers
def test_a_file_of_milvus_is_opened_by_its_path(tmp_path: Path) -> None:
    library = pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    from search_core.stores.milvus import MilvusStore

    file = tmp_path / "texts.db"
    client = library.MilvusClient(str(file))
    MilvusStore.create(client, "texts", ENCODER.dim).add(IDS, VECTORS, TEXTS)
    client.close()
    store = sc.open_store(f"milvus://{file}")
    assert store.search(ASKED[:1], 1).texts == (("The cat eats a cake at night.",),)


def test_the_command_refuses_an_address_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--store", "redis://localhost/texts"]) == 1
    assert "score-sense: 'redis://localhost/texts' is no address" in capsys.readouterr().err


@pytest.mark.parametrize("system", ["qdrant", "milvus"])
def test_a_library_that_is_not_installed_is_told_with_the_line_of_pip(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("qdrant_client", "pymilvus"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(sc.MissingExtra, match=rf"run pip install \"score-sense\[{system}\]\""):
        sc.open_store(f"{system}://localhost/texts")


@pytest.mark.peers
def test_a_file_that_is_none_of_milvus_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    file = tmp_path / "texts.db"
    file.write_text("texts")
    with pytest.raises(sc.StoreError, match=r"Milvus cannot open .*: it is no store, or another"):
        sc.open_store(f"milvus://{file}")
    assert "Traceback" not in capfd.readouterr().err + caplog.text
