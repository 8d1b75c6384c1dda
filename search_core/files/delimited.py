"""How a text is parted into rows and cells: its delimiter, and whether double quotes enclose cells.

In a comma or semicolon file they do. In a tab-separated file of the field a double quote is a
letter, unless the whole file is quoted as spreadsheets and programs quote: then no text is changed,
and no row disappears into a quote that opens in one row and closes in another.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search_core.errors import InputError
from search_core.files.decoding import LINE_END
from search_core.files.roles import folded, role_names

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_SEP_LINE = re.compile(r'"?sep=([^\s"\w]|\t)"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_FIRST_RECORD = re.compile(r'(?:"[^"]*"|[^"\r\n]+)*')
_ENCLOSED = re.compile(r'"(?:[^"]|"")*"')
_PROSE = re.compile(r"[,;\t]\s")  # prose has a blank behind a comma, a row has none


@dataclass(frozen=True)
class Form:
    """How a text is parted.

    Attributes
    ----------
    delimiter:
        One character.
    is_quoted:
        Whether double quotes enclose cells; else they are letters.
    start:
        Where the header begins: behind a line "sep=;", which spreadsheets write and do not count.
    """

    delimiter: str
    is_quoted: bool = True
    start: int = 0

    @property
    def words(self) -> str:
        """The delimiter in words."""
        return DELIMITERS.get(self.delimiter, f"“{self.delimiter}”")


@dataclass(frozen=True)
class Record:
    """One row of a text.

    Attributes
    ----------
    row:
        Its number, as a spreadsheet counts: a row with a line break inside quotes is one row.
    cells:
        What its cells hold.
    looks_swallowed:
        Whether it spans lines each of which would be a row of its own, were quotes letters.
    """

    row: int
    cells: list[str]
    looks_swallowed: bool = False


def form_of(text: str) -> Form:
    """Return how a text is parted, by its header and, where tabs part it, by all its quotes."""
    stated = _SEP_LINE.match(text)
    start = stated.end() if stated else 0
    body = text[start:]
    delimiter = stated[1] if stated else _most_frequent(body)
    is_quoted = delimiter != "\t" or '"' not in body or _encloses(body)
    return Form(delimiter, is_quoted, start)


def records(text: str, form: Form, error: type[InputError]) -> Iterator[Record]:
    """Return the rows of a text, the header first.

    Raises
    ------
    InputError
        A quote is never closed, or stands in the middle of a cell, with its row.
    """
    body = text[form.start :]
    if not form.is_quoted:
        for row, text_of_row in enumerate(_lines(body), start=1):
            yield Record(row, text_of_row.split(form.delimiter) if text_of_row else [])
        return
    lines = _lines(body)
    allow_long_cells(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=form.delimiter, strict=True)
    row, line = 0, 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise _broken_quote(row, fault, error) from None
        yield Record(row, cells, _looks_swallowed(lines[line : reader.line_num], cells, form))
        line = reader.line_num


def row_after(before: str) -> int:
    """Return the row, as a spreadsheet counts, that goes on where `before` ends."""
    form = form_of(before)
    body = before[form.start :]
    if not form.is_quoted:
        return len(_lines(body))
    allow_long_cells(body)
    # A letter at the end stands for the row that goes on.
    text = io.StringIO(body.replace("\0", " ") + "x", newline="")
    return sum(1 for _ in csv.reader(text, delimiter=form.delimiter))


def header_cells(text: str) -> list[str]:
    """Return the names in the first row of a text."""
    form = form_of(text)
    body = text[form.start :]
    if not form.is_quoted:
        return _lines(body)[0].split(form.delimiter)
    allow_long_cells(body)
    return next(csv.reader(io.StringIO(body, newline=""), delimiter=form.delimiter), [])


def allow_long_cells(text: str) -> None:
    """Let the csv module read cells as long as a text."""
    # One number for the whole process, so it is only ever raised; strangers' files have own caps.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 2))


def _lines(text: str) -> list[str]:
    return LINE_END.split(text)


def _most_frequent(text: str) -> str:
    """Choose the one of comma, semicolon and tab that stands most often in the header."""
    header = _FIRST_RECORD.match(text)
    outside_quotes = re.sub(r'"[^"]*"', "", header.group() if header else "")
    if _is_parted_by_bars(outside_quotes):
        return "|"
    return max(DELIMITERS, key=outside_quotes.count)


def _is_parted_by_bars(header: str) -> bool:
    """Whether a header is names with bars between them, and not a title such as "Tea | Shop"."""
    names = header.split("|")
    return sum(name == name.strip() and folded(name) in role_names() for name in names) > 1


def _looks_swallowed(lines: Sequence[str], cells: Sequence[str], form: Form) -> bool:
    if len(lines) < 2 or len(cells) < 2:
        return False
    alike = all(line.count(form.delimiter) + 1 == len(cells) for line in lines)
    return alike and not any(_PROSE.search(line) for line in lines[1:])


def _encloses(text: str) -> bool:
    """Whether double quotes enclose cells throughout a text that tabs part."""
    rows = [line.split("\t") for line in _lines(text) if line.strip()]
    width = len(rows[0])
    ragged = sum(len(row) != width for row in rows)
    if not ragged:
        return all(_is_consistent([row[column] for row in rows[1:]]) for column in range(width))
    try:
        quoted = [each for each in records(text, Form("\t"), InputError) if any(each.cells)]
    except InputError:
        return False
    left = sum(len(each.cells) != width for each in quoted)
    return left < ragged and not any(each.looks_swallowed for each in quoted)


def _is_consistent(column: Sequence[str]) -> bool:
    """Whether the quotes of a column are those that a program writes around cells.

    A program doubles the quotes inside; it encloses every text of a column, or those that need it.
    """
    cells = [cell for cell in column if cell.strip()]
    with_quotes = [cell for cell in cells if '"' in cell]
    if not all(_ENCLOSED.fullmatch(cell) for cell in with_quotes):
        return False
    return len(with_quotes) == len(cells) or all(
        '"' in cell[1:-1] or "," in cell for cell in with_quotes
    )


def _broken_quote(row: int, fault: csv.Error, error: type[InputError]) -> InputError:
    if "unexpected end" in str(fault):
        words = "opens a double quote that is never closed; close it, or write a quote inside a "
        return error(f'Row {row} {words}text as "".', row=row)
    words = "has a double quote in the middle of a cell; put the whole cell in quotes and write the"
    return error(f'Row {row} {words} inner quote as "".', row=row)
