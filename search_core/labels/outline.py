"""What a label file seems to say, before it is read: its columns, its labels, their scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from search_core.errors import LabelsError
from search_core.files.decoding import Source
from search_core.files.headers import label_header, shared_words
from search_core.files.roles import ROLES
from search_core.files.tables import Table
from search_core.labels.cells import LabelCells, read_cells
from search_core.labels.labels import table_of_file
from search_core.labels.scale import judged, zero_between
from search_core.labels.stated import Meanings, Stated
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes

_THUMBS = {"-1": 0.0, "0": None, "1": 1.0}
_MOST_LISTED = 40  # different labels; more are measurements


@dataclass(frozen=True)
class OutlinedColumn:
    r"""A column of a file, and what it is taken for in words; empty where it is not used.

    Examples
    --------
    >>> outline = sc.outline_labels(b"question,text,label,remark\na,b,good,\na,c,bad,why\n")
    >>> [(each.name, each.taken_for) for each in outline.columns]
    [('question', 'query'), ('text', 'text'), ('label', 'label'), ('remark', '')]
    """

    name: str
    taken_for: str


@dataclass(frozen=True)
class OutlinedLabel:
    r"""One of the different labels of a file.

    Attributes
    ----------
    label, rows:
        As it stands there, and how often.
    meaning:
        The grade that it is proposed to stand for; None leaves its rows out.
    is_known:
        Whether there is a proposal.

    Examples
    --------
    >>> outline = sc.outline_labels(b"query,text,label\na,b,good\na,c,so so\n")
    >>> outline.labels[0]
    OutlinedLabel(label='good', rows=1, meaning=1.0, is_known=True)
    """

    label: str
    rows: int
    meaning: float | None
    is_known: bool


@dataclass(frozen=True)
class LabelOutline:
    r"""What a label file seems to say.

    Attributes
    ----------
    rows:
        How many have a label.
    columns:
        Every column, in the order of the file.
    labels:
        The different labels, the highest meaning first; empty where there are more than 40.
    lowest, highest:
        The scale that they seem to be on; None where that is to be given.
    questions:
        What the file leaves open, in sentences.
    files:
        What each file was taken for, where there are several.

    Examples
    --------
    >>> outline = sc.outline_labels(b"query,text,label\na,b,good\na,c,so so\n")
    >>> outline.rows, [each.name for each in outline.columns]
    (2, ['query', 'text', 'label'])
    """

    rows: int
    columns: tuple[OutlinedColumn, ...]
    labels: tuple[OutlinedLabel, ...]
    lowest: float | None
    highest: float | None
    questions: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@explain_mistakes
def outline_labels(
    source: Source, *, encoding: str | None = None, limits: Limits | None = None
) -> LabelOutline:
    r"""Say what a label file seems to say, so that it can be corrected before it is read.

    Parameters
    ----------
    source, encoding, limits:
        As in `read_labels`.

    Raises
    ------
    LabelsError
        The file is no table, or columns are missing.

    Examples
    --------
    >>> outline = sc.outline_labels(b"query,text,label\na,b,good\na,c,so so\n")
    >>> [(each.label, each.meaning, each.is_known) for each in outline.labels]
    [('good', 1.0, True), ('so so', None, False)]
    """
    return outline_of_table(table_of_file(source, encoding, limits), Stated())


def outline_of_table(table: Table, stated: Stated) -> LabelOutline:
    """Return the outline of a table of labels, as `outline_labels`, read as it is stated."""
    header = label_header(table.columns, judged=True)
    used, shared = header.used, shared_words(header, table.shared)
    roles = {column: ROLES[role].words for role, column in used.items()}
    columns = tuple(OutlinedColumn(name, roles.get(name, "")) for name in table.columns)
    cells = [cell for cell in table.column(used["relevance"]) if cell.strip()]
    found = read_cells(cells, stated)
    lowest: float | None = None
    highest: float | None = None
    try:
        read = judged(found, stated)
        meanings, lowest, highest = read.meanings, read.on.lowest, read.on.highest
        questions = tuple(each for each in (*read.on.notes, read.on.caveat) if each)
    except LabelsError as fault:
        meanings, questions = found.meanings, (str(fault),)
        if found.grades == {-1.0, 0.0, 1.0}:
            meanings, lowest, highest = _thumbs(found), 0.0, 1.0
        elif zero := zero_between(found):
            meanings, lowest, highest = {**found.meanings, zero: None}, 0.0, 1.0
    listed = _listed(found, meanings) if len(found.counts) <= _MOST_LISTED else ()
    return LabelOutline(len(cells), columns, listed, lowest, highest, (*shared, *questions))


def _thumbs(found: LabelCells) -> Meanings:
    """Return the likelier of the two meanings that -1, 0 and 1 can have."""
    return {
        cell: _THUMBS[f"{grade:g}"] for cell, grade in found.meanings.items() if grade is not None
    }


def _listed(found: LabelCells, meanings: Meanings) -> tuple[OutlinedLabel, ...]:
    labels = [
        OutlinedLabel(cell, rows, meanings.get(cell), cell in meanings)
        for cell, rows in found.counts.items()
    ]
    return tuple(sorted(labels, key=_best_first))


def _best_first(label: OutlinedLabel) -> tuple[bool, float, str]:
    return not label.is_known, -(label.meaning if label.meaning is not None else -1), label.label
