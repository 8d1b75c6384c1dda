"""Strict tables in, safe tables out: CSV and JSON, read without guessing, CSV without surprises."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from json import JSONDecodeError, JSONDecoder

from search_core.decoding import LINE_END, FileText, Source, read_text
from search_core.errors import Fault, InputError, error_of_faults, rows_named
from search_core.limits import Limits

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_LINE = re.compile(r"[^\r\n]+")
_FIRST_RECORD = re.compile(r'(?:"[^"]*"|[^"\r\n]+)*')
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_SHOWN_NAMES, _SHOWN_CHARACTERS = 12, 40  # of a stranger's file, in a message
_SPACE = re.compile(r"[ \t\r\n]*")
_REST_OF_LINE = re.compile(r"[ \t]*([^\r\n]?)")
# What nobody begins a text with: a key in double quotes, or a list of texts in them.
_QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
_BEGINS_AS_JSON = re.compile(rf"\s*(?:\[\s*)?\{{\s*{_QUOTED}\s*:|\s*\[\s*{_QUOTED}\s*,\s*{_QUOTED}")


class Number(str):
    """A number in JSON, as the text that stands there."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    r"""A table as it was read.

    Attributes
    ----------
    columns:
        Names as written in the header, without surrounding blanks; a column without a name is
        called by its number, "column 3".
    cells:
        One tuple of cells a row, without the header; rows of empty cells alone are left out.
    rows:
        Row number of each, as a spreadsheet counts: the header is row 1, and a row with a line
        break inside quotes is one row.
    encoding, delimiter:
        How it was read, in words.
    faults:
        Rows that are in the file and not in the table, since they have too many cells or too few.

    Examples
    --------
    >>> sc.read_table(b"query,score\ncat,0.5\n").column("score")
    ('0.5',)
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    encoding: str
    delimiter: str
    faults: tuple[Fault, ...] = field(default=(), repr=False)

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of one column."""
        index = self.columns.index(name)
        return tuple(row[index] for row in self.cells)

    def without(self, rows: Collection[int]) -> Table:
        """Return the table without the rows of these numbers."""
        kept = [place for place, row in enumerate(self.rows) if row not in rows]
        return replace(
            self,
            cells=tuple(self.cells[place] for place in kept),
            rows=tuple(self.rows[place] for place in kept),
        )


def read_table(
    source: Source,
    *,
    error: type[InputError] = InputError,
    encoding: str | None = None,
    limits: Limits | None = None,
) -> Table:
    r"""Read a CSV file with a header, strictly.

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

    Examples
    --------
    >>> sc.read_table(b"query;score\ncat;0.5\n").delimiter
    'semicolon'
    """
    table = scan_file(source, error=error, encoding=encoding, limits=limits)
    return _sound(table, error)


def scan_file(
    source: Source,
    *,
    error: type[InputError] = InputError,
    encoding: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """Read a CSV file as `read_table` does, but for its rows of too many cells or too few.

    These are the table's `faults`.

    Raises
    ------
    InputError
        The file is no table, or none of its rows can be read.
    """
    file = read_text(source, error=error, encoding=encoding, limits=limits, row_after=row_after)
    if limits is not None:
        _check_line_lengths(file.text, error, limits.line_characters)
    return scan_table(file, error=error, limits=limits)


def parse_table(
    file: FileText, *, error: type[InputError] = InputError, limits: Limits | None = None
) -> Table:
    """Return the table that a text holds; `limits` caps its columns and rows.

    Raises
    ------
    InputError
        The text is no table, with the row where there is one; `faults` has every row whose cells
        are too many or too few.
    """
    return _sound(scan_table(file, error=error, limits=limits), error)


def _sound(table: Table, error: type[InputError]) -> Table:
    if table.faults:
        raise error_of_faults(table.faults, error)
    return table


def scan_table(
    file: FileText, *, error: type[InputError] = InputError, limits: Limits | None = None
) -> Table:
    """Return the table that a text holds, without rows of too many cells or too few.

    These are its `faults`.

    Raises
    ------
    InputError
        The text is no table, or none of its rows can be read.
    """
    delimiter = _delimiter_of(file.text)
    records = _records(file.text, delimiter, error)
    header = _header(next(records)[1], error, limits)
    rows: list[int] = []
    cells: list[tuple[str, ...]] = []
    faults: list[Fault] = []
    for row, record in records:
        if not any(cell.strip() for cell in record):
            continue
        if len(record) == len(header):
            rows.append(row)
            cells.append(tuple(record))
        else:
            faults.append(_ragged(row, len(record), len(header), delimiter))
        if limits is not None and len(rows) + len(faults) > limits.label_rows:
            raise error(
                f"The file has more than {limits.label_rows:,} rows, which is the most taken "
                "here; leave some out, or run Score Sense on your own machine."
            )
    if not rows:
        raise (
            error_of_faults(faults, error)
            if faults
            else error("The file has a header but no rows; add at least one.")
        )
    words = DELIMITERS[delimiter]
    return Table(header, tuple(cells), tuple(rows), file.encoding, words, tuple(faults))


def _ragged(row: int, cells: int, columns: int, delimiter: str) -> Fault:
    return Fault(
        row,
        None,
        f"Row {row} has {cells:,} cells, but the header has {columns:,}; put texts that hold a "
        f"{DELIMITERS[delimiter]} or a line break in double quotes.",
    )


def sifted(
    table: Table,
    find: Callable[[Table], Sequence[Fault]],
    *,
    error: type[InputError],
    skip_faulty: bool,
) -> tuple[Table, list[str]]:
    """Return the rows of a table that have no fault, and notes on what was left out.

    A row may be at fault beside others alone: a grade of 7 where the others run to 5. So what is
    left is looked through again until nothing is found, and a file without the faulty rows reads
    the same.

    Parameters
    ----------
    table:
        As it was scanned; its own `faults` count.
    find:
        Returns the faults of a table.
    error:
        The kind of `InputError` that faults are raised as.
    skip_faulty:
        Whether to leave these rows out.

    Raises
    ------
    InputError
        There are faults, and they are not to be left out, or no row is without; `faults` has all.
    """
    faults, kept = list(table.faults), table
    while kept.rows and (found := find(kept)):
        faults += found
        kept = kept.without({each.row for each in found})
    if not faults:
        return kept, []
    faults.sort(key=lambda each: each.row)
    if not skip_faulty or not kept.rows:
        raise error_of_faults(faults, error)
    gone = list(dict.fromkeys(each.row for each in faults))
    what = "row was" if len(gone) == 1 else "rows were"
    which = f"row {gone[0]}" if len(gone) == 1 else f"rows {rows_named(gone)}"
    left_out = f"{len(gone):,} faulty {what} left out: {which}."
    return replace(kept, faults=()), [left_out]


def cell_fault(row: int, column: str, sentence: str) -> Fault:
    """Return the fault of one cell, named with its row and its column."""
    return Fault(row, column, f"Row {row}, column '{column[:_SHOWN_CHARACTERS]}': {sentence}")


def empty_cells(table: Table, column: str, remedy: str) -> list[Fault]:
    """Return the faults of the empty cells of a column; `remedy` says what to do."""
    return [
        cell_fault(row, column, f"the cell is empty; {remedy}.")
        for row, cell in zip(table.rows, table.column(column), strict=True)
        if not cell.strip()
    ]


def json_rows(text: str, *, error: type[InputError] = InputError) -> list[object] | None:
    """Return the rows of JSON Lines or of one JSON array; None where the text is neither.

    Told by the content, since what is pasted or uploaded has no name. A text whose lines only
    begin with a brace or a bracket is no JSON: "[1] See there.", "{x} is a set.". A list of texts,
    one in double quotes a line, is JSON Lines.

    Parameters
    ----------
    text:
        The whole text of a file.
    error:
        The kind of `InputError` that faults are raised as.

    Returns
    -------
    list
        What each row holds, a number as the `Number` that stands there, so that none is changed.

    Raises
    ------
    InputError
        The text begins as JSON and breaks off, with the line, or an object has a key twice.
    """
    start = _end_of(_SPACE, text, 0)
    if text[start : start + 1] not in ("{", "[", '"'):
        return None
    decoder = _decoder(error)
    try:
        values = _values(text, start, decoder)
    except JSONDecodeError as fault:
        if not _is_meant_as_json(text, start, decoder):
            return None
        raise _broken(text, fault, error) from None
    except RecursionError:
        raise error("The JSON is nested too deep; give one object a row.") from None
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values


def table_of(
    records: object, *, error: type[InputError] = InputError, limits: Limits | None = None
) -> Table:
    """Return a table of rows that come as objects, such as JSON holds.

    Parameters
    ----------
    records:
        A list of mappings from column to a text, a number, a flag or None. A column that a row
        lacks is empty there. Rows are counted from 1.
    error:
        The kind of `InputError` that faults are raised as.
    limits:
        Caps for strangers' rows; none if not given.

    Raises
    ------
    InputError
        No rows, a row that is no object, two columns that differ only in case or blanks, or a
        value that is none of these, with its row and column.
    """
    if not isinstance(records, list) or not records:
        raise error("No rows were given; give a list of objects, one per row.")
    if limits is not None and len(records) > limits.label_rows:
        raise error(
            f"{len(records):,} rows were given; at most {limits.label_rows:,} are taken here, so "
            "leave some out or run Score Sense on your own machine."
        )
    for row, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise error(f"Row {row} is no object; give its columns by name.", row=row)
    columns = tuple(dict.fromkeys(chain.from_iterable(records)))
    _refuse_twice(columns, error)
    if limits is not None and len(columns) > limits.columns:
        raise error(
            f"The rows have {len(columns):,} columns; at most {limits.columns} are taken here."
        )
    cells = tuple(
        tuple(_cell(record.get(name), row, name, error) for name in columns)
        for row, record in enumerate(records, start=1)
    )
    names = tuple(name.strip() or f"column {n}" for n, name in enumerate(columns, start=1))
    return Table(names, cells, tuple(range(1, len(records) + 1)), "JSON", "none")


def _refuse_twice(columns: Sequence[str], error: type[InputError]) -> None:
    """Refuse "Query" beside "query", of which one reader would take the first, and one the last."""
    first: dict[str, str] = {}
    for column in columns:
        other = first.setdefault(column.strip().casefold(), column)
        if other != column:
            raise error(
                f"The rows have both a column '{other[:_SHOWN_CHARACTERS]}' and a column "
                f"'{column[:_SHOWN_CHARACTERS]}', which count as one; rename one of them.",
                column=column,
            )


def _cell(value: object, row: int, column: str, error: type[InputError]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise error(
        f"Row {row}, column '{column[:_SHOWN_CHARACTERS]}' holds a {type(value).__name__}; give a "
        "text or a number.",
        row=row,
        column=column,
    )


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a CSV text that runs nothing when a spreadsheet opens it.

    A cell that begins with = + - @, a tab or a carriage return gets an apostrophe in front,
    unless it is a number. Lines end as RFC 4180 has it, in CR LF.

    Examples
    --------
    >>> sc.write_table(["text"], [["=1+1"]])
    "text\r\n'=1+1\r\n"
    """
    # With this line end the csv module also quotes a lone carriage return inside a cell.
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([_safe(name) for name in columns])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return file.getvalue()


def is_number(cell: str) -> bool:
    """Whether a cell is a number with a decimal point, as Python and spreadsheets write it."""
    return _NUMBER.fullmatch(cell) is not None


def row_after(before: str) -> int:
    """Return the row, as a spreadsheet counts, that goes on where `before` ends."""
    _allow_long_cells(before)
    # Python 3.10 reads no NUL; a letter at the end stands for the row that goes on.
    text = io.StringIO(before.replace("\0", " ") + "x", newline="")
    return sum(1 for _ in csv.reader(text, delimiter=_delimiter_of(before)))


def header_names(text: str) -> list[str]:
    """Return the names in the header of a text, in lower case."""
    _allow_long_cells(text)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter_of(text))
    return [cell.strip().casefold() for cell in next(records, [])]


def listed(names: Sequence[str]) -> str:
    """Return column names for a message; long names and long lists are cut."""
    shown = ", ".join(name[:_SHOWN_CHARACTERS] for name in names[:_SHOWN_NAMES])
    more = len(names) - _SHOWN_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(_DANGEROUS) and not is_number(text) else text


def _records(text: str, delimiter: str, error: type[InputError]) -> Iterator[tuple[int, list[str]]]:
    _allow_long_cells(text)
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


def _allow_long_cells(text: str) -> None:
    # One number for the whole process, so it is only ever raised; strangers' files have own caps.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 2))


def _delimiter_of(text: str) -> str:
    """Choose the one of comma, semicolon and tab that stands most often in the header."""
    header = _FIRST_RECORD.match(text)
    outside_quotes = re.sub(r'"[^"]*"', "", header.group() if header else "")
    return max(DELIMITERS, key=outside_quotes.count)


def _check_line_lengths(text: str, error: type[InputError], most: int) -> None:
    for line in _LINE.finditer(text):
        length = line.end() - line.start()
        if length > most:
            row = row_after(text[: line.start()])
            raise error(
                f"Row {row} has {length:,} characters in one line; at most {most:,} are taken "
                "here (a quote that is never closed looks like this, too), so shorten it.",
                row=row,
            )


def _header(
    record: Sequence[str], error: type[InputError], limits: Limits | None
) -> tuple[str, ...]:
    if not any(cell.strip() for cell in record):
        raise error("Row 1 is empty; write the names of the columns there.", row=1)
    if limits is not None and len(record) > limits.columns:
        raise error(
            f"The header has {len(record):,} columns; at most {limits.columns} are taken here, so "
            "leave out those that are not needed.",
            row=1,
        )
    names = tuple(cell.strip() or f"column {n}" for n, cell in enumerate(record, start=1))
    name, times = Counter(name.casefold() for name in names).most_common(1)[0]
    if times > 1:
        raise error(
            f"The header names the column '{name[:_SHOWN_CHARACTERS]}' twice; rename one of them.",
            row=1,
            column=name,
        )
    return names


def _values(text: str, start: int, decoder: JSONDecoder) -> list[object]:
    """Return the values that a text holds, each on a line of its own or on several."""
    values: list[object] = []
    position = start
    while position < len(text):
        value, end = decoder.raw_decode(text, position)
        values.append(value)
        position = _end_of(_SPACE, text, end)
        if position < len(text) and not LINE_END.search(text, end, position):
            raise JSONDecodeError("more on the line of a value", text, end)
    return values


def _is_meant_as_json(text: str, start: int, decoder: JSONDecoder) -> bool:
    """Whether a text that is no JSON throughout begins as nothing but JSON does."""
    if not _BEGINS_AS_JSON.match(text):
        return False
    try:
        after = decoder.raw_decode(text, start)[1]
    except JSONDecodeError:
        return True
    rest = _REST_OF_LINE.match(text, after)
    return rest is not None and rest.group(1) in ("", ",", "{", "]")  # words make it prose


def _broken(text: str, fault: JSONDecodeError, error: type[InputError]) -> InputError:
    line = len(LINE_END.findall(text, 0, fault.pos)) + 1
    before, after = text[: fault.pos].rstrip()[-1:], text[fault.pos :].lstrip()[:1]
    if after == "," or (before == "," and after in ("]", "}")):
        what = "has a comma too many"
    else:
        what = f"is none ({fault.msg})"
    return error(
        f"The file begins as JSON, and line {line} {what}; give one object or text a line (JSON "
        "Lines), or one array of them.",
        row=line,
    )


def _decoder(error: type[InputError]) -> JSONDecoder:
    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        names = Counter(name for name, _ in found)
        if len(names) < len(found):
            twice = names.most_common(1)[0][0][:40]
            raise error(f"An object of the file has the key '{twice}' twice; leave one out.")
        return dict(found)

    return JSONDecoder(
        object_pairs_hook=pairs, parse_int=Number, parse_float=Number, parse_constant=Number
    )


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return position if found is None else found.end()
