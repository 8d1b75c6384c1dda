"""Qrels and runs as TREC has them: lines without a header, parted by blanks, tabs or commas.

A line of qrels is "query iteration document grade", one of a run "query Q0 document rank score tag"
(the formats of trec_eval, NIST). Qrels without the iteration, as BEIR has them beneath a header,
are read where all first lines look so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from search_core.errors import Fault, InputError, cap_words
from search_core.files.decoding import LINE_END, FileText
from search_core.files.roles import ROLES, folded
from search_core.files.tables import Table, is_number
from search_core.limits import Limits

Kind = Literal["qrels", "run"]

_FIELDS: dict[Kind, int] = {"qrels": 4, "run": 6}
_SHORT = 3  # fields of qrels without the iteration
_SHORT_GRADES = {str(grade) for grade in range(-3, 11)}
_COLUMNS: dict[Kind, tuple[str, str, str]] = {
    "qrels": ("query_id", "doc_id", "relevance"),
    "run": ("query_id", "doc_id", "score"),
}
_TAKEN: dict[Kind, tuple[int, int, int]] = {"qrels": (0, 2, 3), "run": (0, 2, 4)}
_DIGIT = re.compile("[0-9]")
_FIRST_LINES = 20  # that decide what a file is


def trec_kind(text: str) -> Kind | None:
    """Return what a text is by most of its first lines; None where it is neither qrels nor a run.

    A line that is no such one is left to the caller, who reports it. Three fields a line are qrels
    only where all first lines have an id, an id and a grade: a short text may end in a number, too.

    Examples
    --------
    >>> from search_core.files.trec import trec_kind
    >>> trec_kind("301 0 d1 1")
    'qrels'
    """
    first = _first_lines(text)
    comments, names = _lines_above(first)
    lines = [_parted(line) for line in first[comments + names :]]
    for kind, is_of_kind in _IS_OF_KIND.items():
        if lines and is_of_kind(lines[0]) and 2 * sum(map(is_of_kind, lines)) > len(lines):
            return kind
    return "qrels" if _are_short(lines, named=names > 0) else None


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
    first = _first_lines(file.text)
    above = sum(_lines_above(first))
    is_short = kind == "qrels" and [len(_parted(each)) for each in first[above:][:1]] == [_SHORT]
    count, taken = (_SHORT, (0, 1, 2)) if is_short else (_FIELDS[kind], _TAKEN[kind])
    for row, line in enumerate(LINE_END.split(file.text), start=1):
        fields = _parted(line)
        if not fields:
            continue
        if above:
            above -= 1
            continue
        if len(fields) == count:
            cells.append(tuple(fields[index] for index in taken))
            rows.append(row)
        else:
            words = f"Row {row} has {len(fields):,} fields, and a line of {kind} has {count}; "
            faults.append(Fault(row, None, f"{words}correct it or leave it out."))
        if limits is not None and len(rows) + len(faults) > limits.label_rows:
            raise error(cap_words(f"The file has more than {limits.label_rows:,} rows", "some"))
    return Table(_COLUMNS[kind], tuple(cells), tuple(rows), file.encoding, "blank", tuple(faults))


def _first_lines(text: str) -> list[str]:
    return [line for _, line in zip(range(_FIRST_LINES), _lines(text), strict=False)]


def _lines_above(first: Sequence[str]) -> tuple[int, int]:
    """Return how many of the first lines stand above the rows: comments, and names of fields."""
    comments = next((n for n, line in enumerate(first) if not line.startswith("#")), 0)
    header, below = first[comments : comments + 1], first[comments + 1 : comments + 2]
    names = bool(header) and _is_header(header[0], below[0] if below else "")
    return comments, int(names)


def _lines(text: str) -> Iterator[str]:
    start = 0
    for end in LINE_END.finditer(text):
        if line := text[start : end.start()].strip():
            yield line
        start = end.end()
    if line := text[start:].strip():
        yield line


def _parted(line: str) -> list[str]:
    """Return the fields of a line; ids hold no blanks, so other marks count at their ends alone."""
    fields = line.split()
    mark = next((mark for mark in ",;|" if mark in line), "")
    is_marked = bool(mark) and all(field.endswith(mark) for field in fields[:-1])
    return [field.strip() for field in line.split(mark)] if is_marked else fields


def _is_header(line: str, below: str) -> bool:
    """Whether names stand above lines that blanks part; other tables are read by their header.

    They are known ones, or words without a digit above a line of as many fields.
    """
    fields = line.split()
    if len(fields) not in {_SHORT, *_FIELDS.values()} or set(line) & set("\t,;|"):
        return False
    names = [folded(field) for field in fields]
    document = 1 if len(fields) == _SHORT else 2
    are_words = not any(map(_DIGIT.search, (each for each in fields if each.upper() != "Q0")))
    if are_words and len(_parted(below)) == len(fields) and _is_row(_parted(below)):
        return True
    return names[0] in ROLES["query_id"].names and names[document] in ROLES["doc_id"].names


def _is_qrel(fields: list[str]) -> bool:
    return len(fields) == 4 and is_number(fields[3]) and _is_iteration(fields[1])


def _are_short(lines: Sequence[list[str]], *, named: bool) -> bool:
    """Whether lines are an id, an id and a grade: most, or without names above them all."""
    graded = [fields for fields in lines if len(fields) == _SHORT and fields[2] in _SHORT_GRADES]
    if named:
        return 2 * len(graded) > len(lines)
    ids = [each for fields in graded for each in fields[:2]]
    return 1 < len(graded) == len(lines) and all(map(_is_id, ids))


def _is_row(fields: list[str]) -> bool:
    """Whether these are the fields of a line of any kind."""
    is_short = len(fields) == _SHORT and fields[2] in _SHORT_GRADES and all(map(_is_id, fields[:2]))
    return is_short or any(is_of_kind(fields) for is_of_kind in _IS_OF_KIND.values())


def _is_id(field: str) -> bool:
    """Whether a field is an id by all appearances: it has a digit, and is no fraction."""
    return bool(_DIGIT.search(field)) and not ("." in field and is_number(field))


def _is_run(fields: list[str]) -> bool:
    is_long = len(fields) == 6 and is_number(fields[3]) and is_number(fields[4])
    return is_long and _is_iteration(fields[1])


def _is_iteration(field: str) -> bool:
    return field.upper() == "Q0" or field.isdecimal()


_IS_OF_KIND: dict[Kind, Callable[[list[str]], bool]] = {"qrels": _is_qrel, "run": _is_run}
