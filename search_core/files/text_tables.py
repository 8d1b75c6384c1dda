"""Whether a file of texts is a table, and which of its columns holds the texts.

Prose has commas, too, so a table is known by its header or, where that says nothing, by every line
having as many cells as the first. A table is never taken for one text per line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from search_core.errors import CorpusError
from search_core.files.decoding import LINE_END, FileText
from search_core.files.delimited import form_of
from search_core.files.headers import find_column
from search_core.files.tables import Table, header_names, is_number, listed, scan_table

# Names of columns in files of texts. Prose has such words too, but hardly a first line of them
# alone, parted by nothing but commas.
_USUAL_COLUMNS = frozenset((
    "abstract", "answer", "article", "author", "body", "category", "class", "comment", "completion",
    "content", "contents", "context", "date", "description", "doc", "docid", "docno", "document",
    "email", "headline", "id", "index", "input", "instruction", "key", "keywords", "label",
    "language", "link", "message", "name", "notes", "number", "output", "page", "paragraph",
    "passage", "price", "product", "prompt", "query", "question", "rating", "reference",
    "relevance", "response", "review", "score", "section", "sentence", "sentiment", "sku", "source",
    "split", "status", "subject", "summary", "tags", "target", "timestamp", "title", "topic",
    "type", "uri", "url", "user", "value", "year",
))  # fmt: skip
_MOST_IN_A_NAME = 40  # characters
_APART = re.compile(r"[,;\t]\s")  # prose has a blank behind a comma, a header has none
_FEWEST_ROWS = 3  # that are alike by more than chance, where no header decides
_WORDS_OF_A_TEXT = 3  # on average, where no header decides
_CLEARLY = 2  # times as long as any other column


@dataclass(frozen=True)
class TextTable:
    """A table, and the column that holds the texts where its name does not say so."""

    table: Table
    text: str | None = None


def table_of_texts(file: FileText) -> TextTable | None:
    """Return the table that a file of texts is; None for one text a line.

    Raises
    ------
    CorpusError
        It is a table, and nobody can tell which column holds the texts; or it has faulty rows
        alone.
    """
    if names_text(file.text):
        return TextTable(scan_table(file, error=CorpusError))
    if _is_header(file.text):
        return _with_usual_names(file)
    return _with_other_names(file)


def names_text(text: str) -> bool:
    """Whether the first line names a column "text"."""
    return "text" in header_names(text)


def _with_usual_names(file: FileText) -> TextTable | None:
    """Return a table whose texts have another usual name; a table without texts is refused."""
    table = _scanned(file)
    if table is None:
        return None
    if find_column(table.columns, "text", CorpusError) is None:
        raise _no_text(table)
    return TextTable(table)


def _with_other_names(file: FileText) -> TextTable | None:
    """Return a table of unusual names, or without a header, by what its columns hold."""
    table = _scanned(file)
    if table is None or not _is_even(file.text, table):
        return None
    text = _longest(table)
    if text is None:
        raise _no_text(table)
    column = table.columns.index(text)
    if _words(table.columns[column]) < _WORDS_OF_A_TEXT:
        note = f"Column '{text[:40]}' is read as the text, since its cells are the longest."
        return TextTable(replace(table, notes=(*table.notes, note)), text)
    names = tuple(f"column {n}" for n in range(1, len(table.columns) + 1))
    note = f"The file has no header; {names[column]} is read as the text."
    whole = replace(
        table,
        columns=names,
        cells=(table.columns, *table.cells),
        rows=(1, *table.rows),
        notes=(*table.notes, note),
    )
    return TextTable(whole, names[column])


def _scanned(file: FileText) -> Table | None:
    """Return the table of a text; None where too many lines have other cells than the first."""
    try:
        table = scan_table(file, error=CorpusError)
    except CorpusError:
        return None
    is_mostly_sound = len(table.rows) >= 5 * max(1, len(table.faults))
    return table if is_mostly_sound or not table.faults else None


def _is_even(text: str, table: Table) -> bool:
    """Whether every line has as many cells as the first, by more than the commas of prose."""
    if len(table.columns) < 2 or table.faults:
        return False
    if form_of(text).delimiter == "\t":
        return True
    if len(table.rows) + 1 < _FEWEST_ROWS:
        return False
    has_numbers = any(all(map(is_number, map(str.strip, cells))) for cells in _columns(table))
    return (len(table.columns) > 2 or has_numbers) and not _APART.search(text)


def _columns(table: Table) -> list[tuple[str, ...]]:
    return list(zip(*table.cells, strict=True))


def _longest(table: Table) -> str | None:
    """Return the column whose cells have clearly the most words; None where none has."""
    lengths = [sum(map(_words, cells)) / len(cells) for cells in _columns(table)]
    most = max(lengths)
    others = [length for length in lengths if length != most]
    if most < _WORDS_OF_A_TEXT or lengths.count(most) > 1:
        return None
    is_clear = all(most >= _CLEARLY * length for length in others)
    return table.columns[lengths.index(most)] if is_clear else None


def _words(cell: str) -> int:
    return len(cell.split())


def _no_text(table: Table) -> CorpusError:
    return CorpusError(
        "There is no column 'text'; name the one that holds the texts so in the header; the "
        f"columns found are: {listed(table.columns)}."
    )


def _is_header(text: str) -> bool:
    """Whether the first line can be nothing but names of columns, most of them usual ones."""
    names = header_names(text)
    named = names[1:] if names[:1] == [""] else names  # pandas writes its index without a name
    usual = sum(_is_usual(name) for name in named)
    return (
        len(names) > 1
        and 2 * usual > len(named)
        and all(0 < len(name) <= _MOST_IN_A_NAME for name in named)
        and not _APART.search(_first_line(text))
    )


def _is_usual(name: str) -> bool:
    return name.rstrip("0123456789") in _USUAL_COLUMNS or "_" in name


def _first_line(text: str) -> str:
    start = form_of(text).start
    return LINE_END.split(text[start:], maxsplit=1)[0]
