"""The folder that vectors go to: a Parquet file for each input, there only when it is whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from search_core.bulk.reading import AT_ONCE, TextFile, Texts
from search_core.encoder import Encoder
from search_core.errors import EncoderError, InputError
from search_core.extras import LazyLibrary
from search_core.vectors import Vectors

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as parquet
else:
    pa = LazyLibrary("pyarrow", "ray")
    parquet = LazyLibrary("pyarrow.parquet", "ray")

METADATA = b"score_sense"
UNFINISHED = ".unfinished"
"""The end of a file's name while it is written."""


@dataclass(frozen=True)
class Origin:
    """What a file of vectors was made of, kept in its metadata.

    Attributes
    ----------
    name, size, sha256:
        Of the input: its name, its bytes, and their hash.
    text, id:
        The columns that were read.
    model, fingerprint:
        Of the encoder.
    rows:
        How many there are.
    """

    name: str
    size: int
    sha256: str
    text: str
    id: str | None
    model: str
    fingerprint: str
    rows: int

    @classmethod
    def of(cls, source: TextFile, rows: int, encoder: Encoder) -> Origin:
        """Return what the vectors of a file will be made of."""
        file = source.file
        size, sha256 = file.path.stat().st_size, file.sha256()
        return cls(
            file.name, size, sha256, source.text, source.id, encoder.name, encoder.fingerprint, rows
        )


def vectors_table(rows: Texts, vectors: Vectors) -> pa.Table:
    """Return rows as they are written: `id`, `vector` (float32) and the text's SHA-256 in hex."""
    columns = {
        "id": pa.array(rows.ids, pa.string()),
        "vector": pa.FixedSizeListArray.from_arrays(
            pa.array(np.ascontiguousarray(vectors).reshape(-1)), vectors.shape[1]
        ),
        "text_sha256": pa.array([_sha256(text) for text in rows.texts], pa.string()),
    }
    return pa.table(columns)


def vectors_file(folder: Path, source: TextFile) -> Path:
    """Return where the vectors of a file go."""
    return folder / f"{source.file.name}.parquet"


def check_model(folder: Path, encoder: Encoder) -> None:
    """Refuse a folder with vectors of another model: nobody could tell them apart.

    Raises
    ------
    EncoderError
        A file in it names another fingerprint.
    """
    for path in sorted(folder.rglob("*.parquet")):
        found = _metadata(path)
        if found.get("fingerprint", encoder.fingerprint) != encoder.fingerprint:
            raise EncoderError(
                f"'{path}' holds vectors of {found.get('model')}, and {encoder.name} is another "
                "model; choose another folder, or load that model."
            )


def is_whole(path: Path, origin: Origin) -> bool:
    """Whether a file holds all vectors of an input as it is now."""
    return _metadata(path) == asdict(origin)


def write_vectors(path: Path, origin: Origin, tables: Iterable[pa.Table]) -> None:
    """Write a file under another name, and give it its own when it is whole.

    Raises
    ------
    InputError
        The folder cannot be written to, or the input has changed since its rows were counted.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _write(unfinished, origin, tables)
        if written != origin.rows:
            raise InputError(
                f"'{origin.name}' had {origin.rows:,} rows and now has {written:,}; call again "
                "when nothing changes it."
            )
        os.replace(unfinished, path)
    except OSError as fault:
        raise InputError(f"'{path}' cannot be written ({fault.strerror or fault}).") from None
    finally:
        with suppress(OSError):  # it was never made, or its folder was not
            unfinished.unlink()


def read_vectors(path: Path) -> Iterator[tuple[list[str], Vectors]]:
    """Yield ids and vectors of a file, 1,000 at a time; float32, shape (n, dim)."""
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(AT_ONCE, columns=["id", "vector"]):
            numbers = batch.column("vector").flatten().to_numpy()
            yield batch.column("id").to_pylist(), numbers.reshape(batch.num_rows, -1)


def _write(path: Path, origin: Origin, tables: Iterable[pa.Table]) -> int:
    """Write tables into one file, and return its rows."""
    rows, writer = 0, None
    try:
        for table in tables:
            if writer is None:
                kept = {METADATA: json.dumps(asdict(origin)).encode()}
                schema = table.schema.with_metadata(kept)
                writer = parquet.ParquetWriter(path, schema, use_dictionary=False)
            writer.write_table(table.cast(writer.schema))
            rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _metadata(path: Path) -> Mapping[str, object]:
    """Return what a file was made of; empty where it is absent, broken or somebody else's."""
    if not path.is_file():
        return {}
    try:
        kept = parquet.read_schema(path).metadata or {}
        found = json.loads(kept.get(METADATA, b"{}"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
