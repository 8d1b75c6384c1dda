"""The rows of a file, some at a time, so that a file may be larger than memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from search_core.bulk.inputs import InputFile
from search_core.errors import InputError
from search_core.extras import LazyLibrary
from search_core.files.headers import candidates, find_column
from search_core.files.tables import cell_fault, listed

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as parquet
else:
    pa = LazyLibrary("pyarrow", "ray")
    arrow_csv = LazyLibrary("pyarrow.csv", "ray")
    parquet = LazyLibrary("pyarrow.parquet", "ray")

AT_ONCE = 1_000  # rows
_CSV_BLOCK = 1 << 24  # bytes that are parsed at once; a row must fit
_DELIMITED = ("CSV", "TSV")
_UNCLOSED = ("unexpected end of data", "field larger than")  # what csv says of an open quote
_MOST_SAID = 160  # characters of what Arrow says of a broken file


@dataclass(frozen=True)
class TextFile:
    """A file and the columns that are read of it.

    Attributes
    ----------
    file:
        Which one.
    text, id:
        The columns; without one of ids, a row is called after the file and its place there.
    """

    file: InputFile
    text: str
    id: str | None


class Texts(NamedTuple):
    """Some rows of a file: `ids` and `texts`, one of each a row."""

    ids: list[str]
    texts: list[str]


_Cells = tuple[Sequence[object], Sequence[object] | None]
"""Of some rows the texts, and the ids where the file has some, as they stand there."""


def with_columns(file: InputFile, text: str | None, id_: str | None) -> TextFile:
    """Find the columns of a file, by the names that were given or by usual ones.

    Raises
    ------
    InputError
        A column is missing, or the file cannot be read.
    """
    with _reading(file):
        columns = _COLUMNS[file.kind](file.path)
    for name in (text, id_):
        if name is not None and name not in columns:
            raise InputError(
                f"'{file.path}' has no column '{name[:40]}'; the columns are: {listed(columns)}."
            )
    text = text or find_column([each for each in columns if each != id_], "text", InputError)
    if text is None:
        raise InputError(
            f"'{file.path}' has no column 'text'; say which one holds the texts; the columns are: "
            f"{listed(columns)}."
        )
    return TextFile(file, text, id_ or _id_column(columns))


def read_texts(source: TextFile) -> Iterator[Texts]:
    """Yield the rows of a file, 1,000 at a time.

    Raises
    ------
    InputError
        The file cannot be read, or a row has no text or no id, with its number: the first below
        the header of a CSV is row 2, and that of another file row 1.
    """
    file = source.file
    row = 2 if file.kind in _DELIMITED else 1
    with _reading(file):
        for texts, ids in _READERS[file.kind](source):
            names = (
                [f"{file.name}:{row + n}" for n in range(len(texts))]
                if ids is None
                else [_name(each, source, row + n) for n, each in enumerate(ids)]
            )
            yield Texts(names, [_text(each, source, row + n) for n, each in enumerate(texts)])
            row += len(texts)


def check_quotes(file: InputFile) -> None:
    """Refuse a CSV that ends within quotes: all rows behind them were read as one cell.

    Raises
    ------
    InputError
        It does, or it cannot be read.
    """
    if file.kind in _DELIMITED:
        with _reading(file):
            _check_closed(file.path)


def _id_column(columns: Sequence[str]) -> str | None:
    exact = [each for each in columns if each.strip().casefold() == "id"]
    found = exact or candidates(columns, "doc_id")
    return found[0] if len(found) == 1 else None


def _text(cell: object, source: TextFile, row: int) -> str:
    if not isinstance(cell, str) or not cell.strip():
        what = "the cell is empty" if cell is None or cell == "" else f"{cell!r:.40} is no text"
        raise _fault(source, row, source.text, f"{what}; leave the row out or write a text there.")
    return _whole(cell, source, row, source.text)


def _name(cell: object, source: TextFile, row: int) -> str:
    is_name = isinstance(cell, str | int) and not isinstance(cell, bool)
    if not is_name or not str(cell).strip():
        what = "the cell is empty" if cell is None or cell == "" else f"{cell!r:.40} is no id"
        raise _fault(
            source, row, source.id or "", f"{what}; give a text or a whole number in each row."
        )
    return _whole(str(cell), source, row, source.id or "")


def _whole(cell: str, source: TextFile, row: int, column: str) -> str:
    r"""Return a cell without half a character, such as JSON's "\ud800": no file takes one."""
    try:
        cell.encode()
    except UnicodeEncodeError as fault:
        half = f"{cell[fault.start]!r} is half a character; write it whole, or leave it out."
        raise _fault(source, row, column, half) from None
    return cell


def _fault(source: TextFile, row: int, column: str, words: str) -> InputError:
    fault = cell_fault(row, column, words)
    return InputError(f"'{source.file.path}': {fault.sentence}", row=row, column=column)


@contextmanager
def _reading(file: InputFile) -> Iterator[None]:
    """Say in one sentence what is wrong with a file."""
    try:
        yield
    except UnicodeDecodeError:
        raise InputError(f"'{file.path}' is not UTF-8; save it as UTF-8.") from None
    except OSError as fault:
        raise InputError(f"'{file.path}' cannot be read ({fault.strerror or fault}).") from None
    except ValueError as fault:  # what Arrow raises is one
        said = " ".join(str(fault).split())[:_MOST_SAID]
        raise InputError(
            f"'{file.path}' cannot be read as {file.kind} ({said}); mend it, or leave it out."
        ) from None


def _delimited(path: Path) -> dict[str, Any]:
    return {
        "parse_options": arrow_csv.ParseOptions(
            delimiter=_delimiter(path), newlines_in_values=True
        ),
        "read_options": arrow_csv.ReadOptions(block_size=_CSV_BLOCK),
    }


def _delimiter(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _delimited_columns(path: Path) -> list[str]:
    with arrow_csv.open_csv(path, **_delimited(path)) as reader:
        return list(reader.schema.names)


def _delimited_cells(source: TextFile) -> Iterator[_Cells]:
    """Read cells as they are written: an id 007 is no number, and a text NA is a text."""
    read = [source.text] if source.id is None else [source.text, source.id]
    options = arrow_csv.ConvertOptions(
        include_columns=list(dict.fromkeys(read)),
        column_types=dict.fromkeys(read, pa.string()),
        strings_can_be_null=False,
    )
    path = source.file.path
    with arrow_csv.open_csv(path, convert_options=options, **_delimited(path)) as reader:
        for batch in reader:
            for start in range(0, batch.num_rows, AT_ONCE):
                yield _arrow_cells(batch.slice(start, AT_ONCE), source)


def _check_closed(path: Path) -> None:
    with path.open("rb") as file:
        quotes = sum(part.count(b'"') for part in iter(lambda: file.read(_CSV_BLOCK), b""))
    if quotes % 2 == 0:
        return  # each is closed
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, delimiter=_delimiter(path), strict=True)
        try:
            for _ in rows:
                pass
        except csv.Error as fault:
            if any(said in str(fault) for said in _UNCLOSED):
                raise ValueError('a quote (") is opened and never closed') from None


def _json_columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig") as lines:
        first = next((line for line in lines if line.strip()), "")
    return list(_json_row(first, 1))


def _json_cells(source: TextFile) -> Iterator[_Cells]:
    with source.file.path.open(encoding="utf-8-sig") as lines:
        numbered = ((n, line) for n, line in enumerate(lines, 1) if line.strip())
        while some := list(islice(numbered, AT_ONCE)):
            rows = [_json_row(line, n) for n, line in some]
            texts = [row.get(source.text) for row in rows]
            yield texts, None if source.id is None else [row.get(source.id) for row in rows]


def _json_row(line: str, number: int) -> dict[str, object]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as fault:
        raise ValueError(f"line {number}: {fault.msg}") from None
    except RecursionError:
        raise ValueError(f"line {number} is nested too deep") from None
    if not isinstance(row, dict):
        raise ValueError(f"line {number} holds a {type(row).__name__} in place of an object")
    return row


def _parquet_columns(path: Path) -> list[str]:
    return list(parquet.read_schema(path).names)


def _parquet_cells(source: TextFile) -> Iterator[_Cells]:
    read = [source.text] if source.id is None else [source.text, source.id]
    with parquet.ParquetFile(source.file.path) as file:
        for batch in file.iter_batches(AT_ONCE, columns=list(dict.fromkeys(read))):
            yield _arrow_cells(batch, source)


def _arrow_cells(batch: pa.RecordBatch, source: TextFile) -> _Cells:
    texts = batch.column(source.text).to_pylist()
    return texts, None if source.id is None else batch.column(source.id).to_pylist()


_COLUMNS: dict[str, Callable[[Path], list[str]]] = {
    "CSV": _delimited_columns,
    "TSV": _delimited_columns,
    "JSONL": _json_columns,
    "Parquet": _parquet_columns,
}
_READERS: dict[str, Callable[[TextFile], Iterator[_Cells]]] = {
    "CSV": _delimited_cells,
    "TSV": _delimited_cells,
    "JSONL": _json_cells,
    "Parquet": _parquet_cells,
}
