"""A file of vectors is there when it is whole, and says what it was made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from search_core.bulk.folder import (
    Origin,
    check_model,
    is_whole,
    read_vectors,
    vectors_table,
    write_vectors,
)
from search_core.bulk.inputs import InputFile
from search_core.bulk.reading import TextFile, Texts
from tests.own_encoder import HashingEncoder

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.peers

ENCODER = HashingEncoder()
ROWS = Texts(["1", "2"], ["a cat", "a dog"])
VECTORS = ENCODER.encode_documents(ROWS.texts)


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    file = tmp_path / "a.csv"
    file.write_text("id,text\n1,a cat\n2,a dog\n")
    return Origin.of(TextFile(InputFile(file, file.name), "text", "id"), 2, ENCODER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors" / "a.csv.parquet"


def test_a_file_holds_ids_vectors_and_hashes_and_is_whole(path: Path, origin: Origin) -> None:
    write_vectors(path, origin, [vectors_table(ROWS, VECTORS)])
    table = parquet.read_table(path)
    assert table.schema.field("vector").type == pa.list_(pa.float32(), ENCODER.dim)
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in ROWS.texts]
    assert table.column("text_sha256").to_pylist() == hashes
    ((ids, vectors),) = read_vectors(path)
    assert ids == ROWS.ids
    assert np.array_equal(vectors, VECTORS)
    assert is_whole(path, origin)


@pytest.mark.parametrize(
    "changed", [{"sha256": "0"}, {"text": "body"}, {"fingerprint": "other"}, {"rows": 3}]
)
def test_vectors_of_another_input_or_model_are_not_what_is_needed(
    path: Path, origin: Origin, changed: dict[str, object]
) -> None:
    write_vectors(path, origin, [vectors_table(ROWS, VECTORS)])
    assert not is_whole(path, replace(origin, **changed))  # type: ignore[arg-type]


def test_a_file_that_was_cut_off_is_not_whole(path: Path, origin: Origin) -> None:
    write_vectors(path, origin, [vectors_table(ROWS, VECTORS)])
    path.write_bytes(path.read_bytes()[:-20])
    assert not is_whole(path, origin)


def test_what_is_interrupted_leaves_nothing_and_the_file_before_as_it_was(
    path: Path, origin: Origin
) -> None:
    write_vectors(path, origin, [vectors_table(ROWS, VECTORS)])
    before = path.read_bytes()

    def broken() -> Iterator[object]:
        yield vectors_table(ROWS, VECTORS)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_vectors(path, origin, broken())
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_rows_that_went_missing_on_the_way_are_told(path: Path, origin: Origin) -> None:
    with pytest.raises(sc.InputError, match=r"'a\.csv' had 2 rows and now has 4; call again when"):
        write_vectors(path, origin, [vectors_table(ROWS, VECTORS)] * 2)
    assert list(path.parent.iterdir()) == []


def test_a_folder_of_another_model_is_refused(path: Path, origin: Origin) -> None:
    write_vectors(
        path, replace(origin, model="other", fingerprint="0"), [vectors_table(ROWS, VECTORS)]
    )
    with pytest.raises(sc.EncoderError, match=r"holds vectors of other, and our-own/encoder is an"):
        check_model(path.parent, ENCODER)


def test_parquet_files_of_somebody_else_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    check_model(tmp_path, ENCODER)


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    tmp_path: Path, origin: Origin
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(sc.InputError, match=r"a.csv.parquet' cannot be written \("):
        write_vectors(tmp_path / "file" / "a.csv.parquet", origin, [])
