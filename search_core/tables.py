"""Strict tables in, safe tables out: CSV, read without guessing and written without surprises."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from search_core.corpus import Corpus
from search_core.errors import CorpusError, InputError
from search_core.limits import Limits

Source: TypeAlias = "str | Path | bytes | IO[str] | IO[bytes]"

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_MAGIC = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
)
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with BOM"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes
    ----------
    columns:
        Names as written in the header, without surrounding blanks.
    cells:
        One tuple of cells a row, without the header.
    rows:
        Row number of each, as a spreadsheet counts: the header is row 1.
    encoding, delimiter:
        How it was read, in words.
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    encoding: str
    delimiter: str

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of one column."""
        place = self.columns.index(name)
        return tuple(row[place] for row in self.cells)


def read_table(
    source: Source,
    *,
    error: type[InputError] = InputError,
    encoding: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """Read a CSV file with a header, strictly.

    Parameters
    ----------
    source:
        A path, the bytes, or an open file.
    error:
        The kind of `InputError` that faults are raised as.
    encoding:
        Only where it is known to be neither UTF-8 nor marked UTF-16, such as "latin-1".
    limits:
        Caps for strangers' files; none if not given.

    Raises
    ------
    InputError
        Whatever keeps the file from being a table, with the row where there is one.
    """
    text, read_as = read_text(source, error=error, encoding=encoding, limits=limits)
    return _parsed(text, read_as, error, limits)


def read_corpus(
    source: Source, *, encoding: str | None = None, limits: Limits | None = None
) -> Corpus:
    """Read a collection: a CSV with a column `text` (and perhaps `id`), or one text a line.

    It is a CSV where the first line names a column `text`; case and blanks do not matter.

    Raises
    ------
    CorpusError
        The file cannot be read, holds no text, or is larger than `limits` allow.
    """
    text, read_as = read_text(source, error=CorpusError, encoding=encoding, limits=limits)
    first_line = text.split("\n", 1)[0]
    names = [_name(cell) for cell in re.split(r"[,;\t]", first_line)]
    if "text" in names:
        corpus = _corpus_of_table(_parsed(text, read_as, CorpusError, None))
    else:
        corpus = _corpus_of_lines(text)
    if limits is not None and len(corpus) > limits.documents:
        raise CorpusError(
            f"The collection has {len(corpus):,} documents; at most {limits.documents:,} are "
            "taken here, so leave some out or run Score Sense on your own machine."
        )
    return corpus


def read_text(
    source: Source,
    *,
    error: type[InputError] = InputError,
    encoding: str | None = None,
    limits: Limits | None = None,
) -> tuple[str, str]:
    """Return the text of a file, and how it was encoded, in words.

    Raises
    ------
    InputError
        An empty file, another kind of file, bytes that are no text, or more than `limits` allow.
    """
    raw = _bytes_of(source, error)
    if limits is not None and len(raw) > limits.upload_bytes:
        raise error(
            f"The file has {len(raw):,} bytes; at most {limits.upload_bytes:,} are taken here."
        )
    for magic, kind in _MAGIC:
        if raw.startswith(magic):
            raise error(f"The file is {kind}, not a CSV; open it and save the table as CSV.")
    text, read_as = _decoded(raw, encoding, error)
    if not text.strip():
        raise error("The file is empty; it needs a header line and at least one row.")
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise error(
            f"Row {row} holds a NUL byte, which no text does; save the table as CSV in UTF-8.",
            row=row,
        )
    return text, read_as


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV text that runs nothing when a spreadsheet opens it.

    A cell that begins with = + - @, a tab or a carriage return gets an apostrophe in front,
    unless it is a number.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_safe(name) for name in columns])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return file.getvalue()


def is_number(cell: str) -> bool:
    """Whether a cell is a number with a decimal point, as Python and spreadsheets write it."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(_DANGEROUS) and not is_number(text) else text


def _bytes_of(source: Source, error: type[InputError]) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if isinstance(source, str | Path):
            return Path(source).read_bytes()
        content = source.read()
    except (OSError, ValueError) as fault:
        raise error(f"The file cannot be read ({type(fault).__name__}); choose it again.") from None
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")


def _decoded(raw: bytes, encoding: str | None, error: type[InputError]) -> tuple[str, str]:
    codec, words = "utf-8", "UTF-8"
    for bom, marked, name in _BOMS:
        if raw.startswith(bom):
            codec, words = marked, name
            break
    else:
        if encoding is not None:
            codec, words = encoding, encoding
    try:
        return raw.decode(codec), words
    except LookupError:
        raise error(f"There is no encoding '{encoding}'; use UTF-8 or latin-1.") from None
    except UnicodeDecodeError as fault:
        row = raw[: fault.start].count(b"\n") + 1
        raise error(
            f"Row {row} holds the byte 0x{raw[fault.start]:02X}, which is not {words}; save the "
            "file as “CSV UTF-8”, or say that it is Latin-1 if you know that it is.",
            row=row,
        ) from None


def _parsed(text: str, read_as: str, error: type[InputError], limits: Limits | None) -> Table:
    delimiter = _delimiter_of(text.split("\n", 1)[0])
    _check_lines(text, delimiter, error, limits)
    records = _records(text, delimiter, error)
    header = tuple(cell.strip() for cell in next(records)[1])
    _check_header(header, error)
    rows, cells = [], []
    for row, record in records:
        if not any(cell.strip() for cell in record):
            continue
        if len(record) != len(header):
            raise error(
                f"Row {row} has {len(record)} cells, but the header has {len(header)}; put texts "
                "that hold a comma or a line break in double quotes.",
                row=row,
            )
        rows.append(row)
        cells.append(tuple(record))
        if limits is not None and len(rows) > limits.label_rows:
            raise error(
                f"The file has more than {limits.label_rows:,} rows, which is the most taken "
                "here; leave some out or use the library."
            )
    if not rows:
        raise error("The file has a header but no rows; add at least one.")
    return Table(header, tuple(cells), tuple(rows), read_as, DELIMITERS[delimiter])


def _records(text: str, delimiter: str, error: type[InputError]) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            unclosed = "unexpected end" in str(fault)
            raise error(
                f"Row {row} opens a double quote that is never closed; close it, or write a quote "
                'inside a text as "".'
                if unclosed
                else f"Row {row} has a double quote in the middle of a cell; put the whole cell in "
                'quotes and write the inner quote as "".',
                row=row,
            ) from None
        yield row, record


def _delimiter_of(header: str) -> str:
    """Choose the one of comma, semicolon and tab that stands most often in the header line."""
    outside_quotes = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=outside_quotes.count)


def _check_lines(text: str, delimiter: str, error: type[InputError], limits: Limits | None) -> None:
    if limits is None:
        return
    columns = text.split("\n", 1)[0].count(delimiter) + 1
    if columns > limits.columns:
        raise error(f"The header has {columns:,} columns; at most {limits.columns} are taken here.")
    for row, line in enumerate(text.split("\n"), start=1):
        if len(line) > limits.line_characters:
            raise error(
                f"Row {row} has {len(line):,} characters; at most {limits.line_characters:,} are "
                "taken here (a quote that is never closed looks like this, too).",
                row=row,
            )


def _check_header(header: Sequence[str], error: type[InputError]) -> None:
    names = [_name(cell) for cell in header]
    for name in names:
        if names.count(name) > 1 and name:
            raise error(f"The header names the column '{name}' twice; rename one of them.", row=1)


def _name(cell: str) -> str:
    return cell.strip().strip('"').strip().casefold()


def _corpus_of_table(table: Table) -> Corpus:
    names = {_name(column): column for column in table.columns}
    texts = table.column(names["text"])
    ids = table.column(names["id"]) if "id" in names else None
    for place, (row, text) in enumerate(zip(table.rows, texts, strict=True)):
        if not text.strip():
            raise CorpusError(
                f"Row {row}, column 'text' is empty; write a text or leave the row out.",
                row=row, column="text",
            )  # fmt: skip
        if ids is not None and not ids[place].strip():
            raise CorpusError(
                f"Row {row}, column 'id' is empty; give every document an id, or none.",
                row=row, column="id",
            )  # fmt: skip
    ignored = [column for column in table.columns if _name(column) not in ("text", "id")]
    notes = [f"Columns not used: {', '.join(ignored)}."] if ignored else []
    return _noted(texts, ids, notes)


def _corpus_of_lines(text: str) -> Corpus:
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line]
    notes = [f"Read as one text a line; {len(lines) - len(kept)} empty lines were left out."]
    return _noted(kept, None, notes if len(lines) > len(kept) else ["Read as one text a line."])


def _noted(texts: Sequence[str], ids: Sequence[str] | None, notes: list[str]) -> Corpus:
    repeated = len(texts) - len(set(texts))
    if repeated:
        notes.append(f"{repeated} texts stand more than once; each copy is kept.")
    corpus = Corpus.from_texts(texts, ids)
    return Corpus(corpus.ids, corpus.texts, tuple(notes))
