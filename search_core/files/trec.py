"""Qrels and runs as TREC has them: lines without a header, parted by blanks, tabs or commas.

A line of qrels is "query iteration document grade", one of a run "query Q0 document rank score tag"
(the formats of trec_eval, NIST).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from search_core.errors import Fault, InputError, cap_words
from search_core.files.decoding import LINE_END, FileText
from search_core.files.roles import ROLES, folded
from search_core.files.tables import Table, is_number
from search_core.limits import Limits

Kind = Literal["qrels", "run"]

_FIELDS: dict[Kind, int] = {"qrels": 4, "run": 6}
_COLUMNS: dict[Kind, tuple[str, str, str]] = {
    "qrels": ("query_id", "doc_id", "relevance"),
    "run": ("query_id", "doc_id", "score"),
}
_TAKEN: dict[Kind, tuple[int, int, int]] = {"qrels": (0, 2, 3), "run": (0, 2, 4)}
_FIRST_LINES = 20  # that decide what a file is


def trec_kind(text: str) -> Kind | None:
    """Return what a text is by most of its first lines; None where it is neither qrels nor a run.

    A line that is no such one is left to the caller, who reports it.

    Examples
    --------
    >>> from search_core.files.trec import trec_kind
    >>> trec_kind("301 0 d1 1")
    'qrels'
    """
    first = [line for _, line in zip(range(_FIRST_LINES), _lines(text), strict=False)]
    lines = [_parted(line) for line in (first[1:] if first and _is_header(first[0]) else first)]
    for kind, is_of_kind in _IS_OF_KIND.items():
        if lines and is_of_kind(lines[0]) and 2 * sum(map(is_of_kind, lines)) > len(lines):
            return kind
    return None


def read_trec(
    file: FileText,
    kind: Kind,
    *,
    error: type[InputError] = InputError,
    limits: Limits | None = None,
) -> Table:
    """Return qrels or a run as a table of query_id, doc_id and relevance or score.

    Raises
    ------
    InputError
        There are more rows than `limits` allow.
    """
    cells, rows, faults = [], [], []
    for row, line in enumerate(LINE_END.split(file.text), start=1):
        fields = _parted(line)
        if not fields or (row == 1 and _is_header(line)):
            continue
        if len(fields) == _FIELDS[kind]:
            cells.append(tuple(fields[index] for index in _TAKEN[kind]))
            rows.append(row)
        else:
            words = f"Row {row} has {len(fields):,} fields, and a line of {kind} has "
            faults.append(Fault(row, None, f"{words}{_FIELDS[kind]}; correct it or leave it out."))
        if limits is not None and len(rows) + len(faults) > limits.label_rows:
            raise error(cap_words(f"The file has more than {limits.label_rows:,} rows", "some"))
    return Table(_COLUMNS[kind], tuple(cells), tuple(rows), file.encoding, "blank", tuple(faults))


def _lines(text: str) -> Iterator[str]:
    start = 0
    for end in LINE_END.finditer(text):
        if line := text[start : end.start()].strip():
            yield line
        start = end.end()
    if line := text[start:].strip():
        yield line


def _parted(line: str) -> list[str]:
    """Return the fields of a line; ids hold no blanks, so a line without any has other marks."""
    fields = line.split()
    mark = next((mark for mark in ",;|" if mark in line), "")
    return [field.strip() for field in line.split(mark)] if len(fields) == 1 and mark else fields


def _is_header(line: str) -> bool:
    """Whether names stand above lines that blanks part; other tables are read by their header."""
    fields = line.split()
    if len(fields) not in _FIELDS.values() or set(line) & set("\t,;|"):
        return False
    names = [folded(field) for field in fields]
    return names[0] in ROLES["query_id"].names and names[2] in ROLES["doc_id"].names


def _is_qrel(fields: list[str]) -> bool:
    return len(fields) == 4 and is_number(fields[3]) and _is_iteration(fields[1])


def _is_run(fields: list[str]) -> bool:
    is_long = len(fields) == 6 and is_number(fields[3]) and is_number(fields[4])
    return is_long and _is_iteration(fields[1])


def _is_iteration(field: str) -> bool:
    return field.upper() == "Q0" or field.isdecimal()


_IS_OF_KIND: dict[Kind, Callable[[list[str]], bool]] = {"qrels": _is_qrel, "run": _is_run}
