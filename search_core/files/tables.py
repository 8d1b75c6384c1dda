"""Strict tables in, safe tables out: CSV and JSON, read without guessing, CSV without surprises."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from json import JSONDecodeError, JSONDecoder

from search_core.errors import Fault, InputError, cap_words, error_of_faults, rows_named
from search_core.files.decoding import LINE_END, FileText, Source, read_text
from search_core.files.delimited import Form, form_of, header_cells, records, row_after
from search_core.files.json_records import FlatRecords, flat_records
from search_core.files.roles import role_names
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes

JSON = "none"
"""The delimiter of a table that was made of objects."""

_LINE = re.compile(r"[^\r\n]+")
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


@explain_mistakes
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
    notes:
        What is unusual about how it is written, in sentences.
    shared:
        Columns in which one cell of the file stands in several rows, as JSON has one query with
        a list of texts.

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
    notes: tuple[str, ...] = field(default=(), repr=False)
    shared: frozenset[str] = field(default=frozenset(), repr=False)

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of one column.

        Parameters
        ----------
        name:
            One of `columns`.

        Raises
        ------
        InputError
            There is no column of this name.
        """
        if name not in self.columns:
            raise InputError(
                f"There is no column {name!r}; this table has {', '.join(self.columns)}."
            )
        index = self.columns.index(name)
        return tuple(row[index] for row in self.cells)

    def without(self, rows: Collection[int]) -> Table:
        """Return the table without the rows of these numbers."""
        kept = [index for index, row in enumerate(self.rows) if row not in rows]
        return replace(
            self,
            cells=tuple(self.cells[index] for index in kept),
            rows=tuple(self.rows[index] for index in kept),
        )

    def with_columns(self, added: Mapping[str, Sequence[str]]) -> Table:
        """Return the table with more columns, last; a name that is taken gets `new_` in front.

        Parameters
        ----------
        added:
            The cells of each new column by its name, one for each row.
        """
        names = list(self.columns)
        for name in added:
            names.append(_new_name(name, names))
        cells = tuple((*row, *more) for row, *more in zip(self.cells, *added.values(), strict=True))
        return replace(self, columns=tuple(names), cells=cells)


def _new_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name = f"new_{name}"
    return name


@explain_mistakes
def read_table(
    source: Source,
    *,
    error: type[InputError] = InputError,
    encoding: str | None = None,
    limits: Limits | None = None,
) -> Table:
    r"""Read a table strictly: a CSV file with a header, JSON Lines, or a JSON array of objects.

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
    """Read a file as `read_table` does, but for its rows of too many cells or too few.

    These are the table's `faults`.

    Raises
    ------
    InputError
        The file is no table, or none of its rows can be read.
    """
    file = read_text(source, error=error, encoding=encoding, limits=limits, row_after=row_after)
    return scan_text(file, error=error, limits=limits)


def scan_text(
    file: FileText, *, error: type[InputError] = InputError, limits: Limits | None = None
) -> Table:
    """Return the table of a text as `scan_file` does, with what is not JSON read as CSV.

    Raises
    ------
    InputError
        The text is no table, or none of its rows can be read.
    """
    if limits is not None:
        _check_line_lengths(file.text, error, limits.line_characters)
    objects = _objects(file.text, error)
    if objects is not None:
        table = table_of(objects.rows, error=error, limits=limits)
        return replace(table, encoding=file.encoding, shared=objects.shared)
    return scan_table(file, error=error, limits=limits)


def _objects(text: str, error: type[InputError]) -> FlatRecords | None:
    """Return the rows of a text that is JSON of objects; None for any other."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    values = json_rows(text, error=error)
    if values == []:
        raise error("The file holds an empty list; give one object a row.")
    return None if values is None else flat_records(values, role_names())


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
    form = form_of(file.text)
    found = records(file.text, form, error)
    header = _header(next(found).cells, error, limits)
    rows: list[int] = []
    cells: list[tuple[str, ...]] = []
    faults: list[Fault] = []
    swallowed: list[int] = []
    for record in found:
        if not any(cell.strip() for cell in record.cells):
            continue
        if len(record.cells) == len(header):
            rows.append(record.row)
            cells.append(tuple(record.cells))
        else:
            faults.append(_ragged(record.row, len(record.cells), len(header), form))
        swallowed += [record.row] if record.looks_swallowed else []
        if limits is not None and len(rows) + len(faults) > limits.label_rows:
            raise error(cap_words(f"The file has more than {limits.label_rows:,} rows", "some"))
    if not rows:
        raise (
            error_of_faults(faults, error)
            if faults
            else error("The file has a header but no rows; add at least one.")
        )
    notes = _form_notes(form, swallowed)
    return Table(header, tuple(cells), tuple(rows), file.encoding, form.words, tuple(faults), notes)


def _form_notes(form: Form, swallowed: Sequence[int]) -> tuple[str, ...]:
    """Say how double quotes were read where that is in doubt."""
    if not form.is_quoted:
        return ("Double quotes are read as letters, as usual in tab-separated files.",)
    if not swallowed:
        return ()
    what = "Row" if len(swallowed) == 1 else "Rows"
    have = "spans" if len(swallowed) == 1 else "span"
    return (
        f"{what} {rows_named(swallowed)} {have} lines that look like rows of their own; check "
        "the double quotes there.",
    )


def _ragged(row: int, cells: int, columns: int, form: Form) -> Fault:
    return Fault(
        row,
        None,
        f"Row {row} has {cells:,} cells, but the header has {columns:,}; put texts that hold a "
        f"{form.words} or a line break in double quotes.",
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
    faults, kept, is_skippable = list(table.faults), table, True
    try:
        while kept.rows and (found := find(kept)):
            faults += found
            kept = kept.without({each.row for each in found})
    except error:
        if not faults or skip_faulty:
            raise
        # What is wrong with the rest may be of what was taken away: the faults come first.
        is_skippable = False
    if not faults:
        return kept, []
    faults.sort(key=lambda each: each.row)
    if not skip_faulty or not kept.rows:
        raise error_of_faults(faults, error, is_skippable=is_skippable and bool(kept.rows))
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


def without_empty(
    table: Table, column: str, error: type[InputError]
) -> tuple[Table, tuple[str, ...]]:
    """Return the rows in which a column holds something, and a note on how many do not.

    Raises
    ------
    InputError
        No row does.
    """
    cells = zip(table.rows, table.column(column), strict=True)
    empty = {row for row, cell in cells if not cell.strip()}
    if not empty:
        return table, ()
    if len(empty) == len(table.rows):
        raise error(
            f"Column '{column[:_SHOWN_CHARACTERS]}' is empty in every row; fill it in.",
            column=column,
        )
    count = "1 row is" if len(empty) == 1 else f"{len(empty):,} rows are"
    note = f"{count} left out: column '{column[:_SHOWN_CHARACTERS]}' is empty there."
    return table.without(empty), (note,)


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
    if not columns:
        raise error("The rows are empty; give each its columns by name.")
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
    return Table(names, cells, tuple(range(1, len(records) + 1)), "JSON", JSON)


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
    kind = type(value).__name__
    remedy = "a text or a number"
    if isinstance(value, list):
        kind += f" of {len(value):,}"
        remedy += ", or lists of one length in all columns of the row"
    raise error(
        f"Row {row}, column '{column[:_SHOWN_CHARACTERS]}' holds a {kind}; give {remedy}.",
        row=row,
        column=column,
    )


@explain_mistakes
def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a CSV text that runs nothing when a spreadsheet opens it.

    A cell that begins with = + - @, a tab or a carriage return gets an apostrophe in front,
    unless it is a number. Lines end as RFC 4180 has it, in CR LF.

    Parameters
    ----------
    columns:
        The names of the columns.
    rows:
        The cells of each row, in the order of the columns.

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


def header_names(text: str) -> list[str]:
    """Return the names in the header of a text, in lower case."""
    return [cell.strip().casefold() for cell in header_cells(text)]


def listed(names: Sequence[str]) -> str:
    """Return column names for a message; long names and long lists are shortened."""
    shown = ", ".join(name[:_SHOWN_CHARACTERS] for name in names[:_SHOWN_NAMES])
    more = len(names) - _SHOWN_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(_DANGEROUS) and not is_number(text) else text


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
