"""Labels, and the strict reader for files of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any, Literal, get_args

import numpy as np

from search_core import display
from search_core.arrays import floats_of
from search_core.errors import LabelsError, error_of_faults, rows_named, several, shortened
from search_core.files.decoding import Source, read_text
from search_core.files.delimited import row_after
from search_core.files.headers import (
    IDS_ONLY,
    find_column,
    named_header,
    shared_words,
    without_broken_scores,
)
from search_core.files.tables import Table, cell_fault, scan_text, sifted, table_of, without_empty
from search_core.files.trec import trec_kind
from search_core.frames import Backend, check_columns, columns_of, frame_of, is_nested
from search_core.labels.cells import meanings_asked_for
from search_core.labels.columns import (
    NoMeaning,
    is_in_percent,
    label_column,
    label_faults,
    number_columns,
    number_notes,
    read_numbers,
    read_split,
)
from search_core.labels.scale import GradedCells, judged
from search_core.labels.stated import Meanings, Stated
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats

Contradictions = Literal["count", "leave_out", "mean", "refuse"]
"""What is done with the labels of one pair that differ."""
Repeats = Literal["refuse", "mean", "count"]


@dataclass(frozen=True)
class DifferingPair:
    r"""One pair of a file that was labelled more than once, and differently: as the file has it.

    Examples
    --------
    >>> labels = sc.read_labels(b"query,text,relevance\ncat,a cat,1\ncat,a cat,0\n")
    >>> labels.reading.contradictions
    (DifferingPair(query='cat', document='a cat', rows=(2, 3), judgements=(1.0, 0.0)),)
    """

    query: str
    document: str
    rows: tuple[int, ...]
    judgements: tuple[float, ...]


@dataclass(frozen=True)
class LabelReading:
    r"""How a label file was read.

    Attributes
    ----------
    kind:
        "binary" or "graded".
    lowest, highest:
        The scale that the labels were read on; they became 0 and 1.
    encoding, delimiter:
        Of the file, in words.
    duplicates:
        Rows whose pair stands there before with the same label; left out unless rows are counted.
    contradictions:
        Pairs with more than one label.
    columns:
        The columns that have another name than their role's own, by role, such as "rating" for
        "relevance".
    notes:
        What else was noticed, in sentences; also which rows were left out.
    meanings:
        What each different label was read as: its grade, or None where its rows were left out;
        empty where there are more labels than can be listed.
    relevant_from:
        The grade from which labels count as relevant, where one was chosen.
    caveat:
        That the labels could be read on another scale as well, in a sentence; empty where not.
    percent_scores:
        Whether the file's scores are written with percent signs; "85%" is read as 85.

    Examples
    --------
    >>> labels = sc.read_labels(b"query;text;label\ncat;a cat;yes\ncat;a dog;no\n")
    >>> labels.reading.kind, labels.reading.delimiter, dict(labels.reading.meanings)
    ('binary', 'semicolon', {'yes': 1.0, 'no': 0.0})
    """

    kind: Literal["binary", "graded"]
    lowest: float
    highest: float
    encoding: str = "UTF-8"
    delimiter: str = "comma"
    duplicates: int = 0
    contradictions: tuple[DifferingPair, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    meanings: Meanings = field(default_factory=dict)
    relevant_from: float | None = None
    caveat: str = ""
    percent_scores: bool = False


@explain_mistakes
@dataclass(frozen=True, eq=False)
class Labels:
    r"""Labelled rows.

    Attributes
    ----------
    queries:
        Text of the query (or its id, for scores alone); length n.
    texts, doc_ids:
        The labelled texts, or the ids of documents of a collection; one of them, or neither, is
        filled.
    scores:
        The file's own scores, float64 (n,), or None.
    judgements, relevance:
        The grades that the labels stand for, and these scaled to [0, 1], float64 (n,); NaN where no
        judgements were asked for.
    split:
        "train", "test" or "" for each row; empty if the file has no such column.
    rows:
        Row of the file, as a spreadsheet counts: the header is row 1.
    extra:
        Every column that was not used, untouched, by its name in the file.
    reading:
        How the file was read.
    weights:
        What each row counts in a fit, float64 (n,), all above 0; None where all count alike.

    Examples
    --------
    >>> labels = sc.read_labels(b"query,text,relevance\ncat,a cat,3\ncat,a dog,0\n", scale=(0, 3))
    >>> labels
    <Labels: 2 rows of 1 queries, graded, 0 to 3>
    >>> labels.relevance.tolist(), labels.to_dicts()[1]["text"]
    ([1.0, 0.0], 'a dog')
    """

    queries: tuple[str, ...]
    texts: tuple[str, ...]
    doc_ids: tuple[str, ...]
    scores: Floats | None
    judgements: Floats
    relevance: Floats
    split: tuple[str, ...]
    rows: tuple[int, ...]
    extra: Mapping[str, tuple[str, ...]]
    reading: LabelReading
    weights: Floats | None = None

    def __repr__(self) -> str:
        read = self.reading
        return (
            f"<Labels: {len(self):,} rows of {len(set(self.queries)):,} queries, {read.kind}, "
            f"{read.lowest:g} to {read.highest:g}>"
        )

    def _repr_html_(self) -> str:
        columns = self._columns()
        rows = list(zip(*columns.values(), strict=True))
        return "".join(
            [
                display.sentence(repr(self)[1:-1], strong=True),
                display.table(list(columns), rows),
                display.notes(self.reading.notes),
            ]
        )

    def __len__(self) -> int:
        return len(self.queries)

    @classmethod
    def from_frame(
        cls,
        frame: object,
        *,
        query: str | None = None,
        text: str | None = None,
        doc_id: str | None = None,
        relevance: str | None = None,
        score: str | Sequence[str] | None = None,
        weight: str | None = None,
        split: str | None = None,
        scale: tuple[float, float] | None = None,
        meanings: Mapping[str, float | None] | None = None,
        relevant_from: float | None = None,
        repeats: Repeats = "refuse",
        judged: bool = True,
    ) -> Labels:
        """Read labels from a table that a program holds.

        Parameters
        ----------
        frame:
            A frame of pandas or polars, an Arrow table, a Hugging Face dataset, a list of dicts, or
            a dict of columns. Rows are counted from 1.
        query, text, doc_id, relevance, score, split:
            The names of the columns, with what `read_labels` says of each; one that is not given is
            looked for by its usual names. Several scores, for one fit on all of them, are a list of
            names; `score_pairs` then takes the scale of each.
        weight:
            The column with what each row counts in a fit, above 0.
        scale, meanings, relevant_from, judged:
            As in `read_labels`; the scale is that of the labels, never that of the scores.
        repeats:
            What to do where a pair of query and text has several rows: "refuse" them, as in a table
            that was joined once too often; keep one row with the "mean" of their labels; or "count"
            each as an observation of its own, as in a log of clicks.

        Raises
        ------
        LabelsError
            It is no table, a column is missing, or with row, column and remedy as `read_labels`.

        Examples
        --------
        >>> frame = {"q": ["cat", "cat"], "passage": ["a cat", "a dog"], "grade": [3, 0]}
        >>> labels = sc.Labels.from_frame(
        ...     frame, query="q", text="passage", relevance="grade", scale=(0, 3)
        ... )
        >>> labels.relevance.tolist()
        [1.0, 0.0]
        >>> labels.to_dicts()[0]
        {'query': 'cat', 'text': 'a cat', 'relevance': 1.0}
        """
        if repeats not in get_args(Repeats):
            raise LabelsError(
                f"repeats is {repeats!r:.40}; choose one of {', '.join(get_args(Repeats))}."
            )
        scores = [score] if isinstance(score, str) else several(score or (), "scores", LabelsError)
        given = {
            "query": query, "text": text, "doc_id": doc_id, "relevance": relevance,
            "score": scores[0] if scores else None, "split": split,
        }  # fmt: skip
        roles = {role: name for role, name in given.items() if name is not None}
        columns = columns_of(frame, LabelsError)
        wanted = {**roles, **{f"score '{each}'": each for each in scores[1:]}}
        wanted |= {} if weight is None else {"weight": weight}
        kept = _kept_columns(columns, wanted)
        records = [dict(zip(kept, row, strict=True)) for row in zip(*kept.values(), strict=True)]
        stated = Stated(scale, meanings, relevant_from)
        choices = _Given(stated, repeats, judged, roles=roles, scores=tuple(scores))
        labels = _labels(table_of(records, error=LabelsError), choices)
        return labels if weight is None else _weighted(labels, kept[weight], weight, repeats)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each row as a dict, with the columns that there are."""
        columns = self._columns()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_frame(self, backend: Backend = "pandas") -> Any:
        """Return the rows as a frame of pandas, polars or pyarrow.

        Parameters
        ----------
        backend:
            "pandas", "polars" or "pyarrow".

        Raises
        ------
        InputError
            The library is none of these, or not installed.
        """
        return frame_of(self._columns(), backend)

    def _columns(self) -> dict[str, Sequence[Any]]:
        has_labels = not np.isnan(self.relevance).all()
        columns: dict[str, Sequence[Any]] = {
            "query": self.queries,
            "text": self.texts,
            "doc_id": self.doc_ids,
            "score": () if self.scores is None else self.scores.tolist(),
            "relevance": self.relevance.tolist() if has_labels else (),
            "weight": () if self.weights is None else self.weights.tolist(),
            "split": self.split,
        }
        return {name: column for name, column in columns.items() if len(column)} | {
            name: column for name, column in self.extra.items() if name not in columns
        }


@explain_mistakes
def query_key(query: str) -> str:
    """Fold case and blanks, so that "Shoes " and "shoes" are one query and never two folds.

    Examples
    --------
    >>> sc.query_key("Red  Shoes ")
    'red shoes'
    """
    return " ".join(query.casefold().split())


def rows_of_pairs(
    queries: Iterable[str], documents: Iterable[str], apart: Iterable[bool] | None = None
) -> list[list[int]]:
    """Return the rows of each pair of query and document, in the order in which pairs appear.

    Parameters
    ----------
    queries, documents:
        Of each row; case and blanks of queries are folded, documents are compared as they are.
    apart:
        Rows for which this differs are never one pair; none if not given.
    """
    rows: dict[tuple[str, str, bool], list[int]] = {}
    parts = repeat(False) if apart is None else apart
    for row, (query, document, part) in enumerate(zip(queries, documents, parts, strict=False)):
        rows.setdefault((query_key(query), document, part), []).append(row)
    return list(rows.values())


def differing(pairs: Iterable[list[int]], judgements: Floats) -> list[list[int]]:
    """Return those of some pairs' rows that have more than one label."""
    return [rows for rows in pairs if np.ptp(judgements[rows]) > 0]


@explain_mistakes
def read_labels(
    source: Source,
    *,
    scale: tuple[float, float] | None = None,
    meanings: Mapping[str, float | None] | None = None,
    relevant_from: float | None = None,
    encoding: str | None = None,
    contradictions: Contradictions = "count",
    limits: Limits | None = None,
    judged: bool = True,
    skip_faulty: bool = False,
) -> Labels:
    r"""Read labels from a CSV.

    Columns, by name in any order: `query` (or `query_id` for scores alone), `text` or `doc_id`,
    `relevance` (also `label`, `score_human`), and optionally `score` and `split`. Other usual
    names, such as question, passage or rating, are read where the column's own name is missing,
    and reported. Other columns are carried along.

    Parameters
    ----------
    source:
        A path, the bytes, or an open file.
    scale:
        Lowest and highest relevance of the scale that labels are on; recognised if not given.
    meanings:
        The grade that each label stands for, such as `{"great": 2, "so so": 1, "bad": 0}`; None
        leaves out the rows of a label. Numbers, and words of yes, no and usual grades in many
        languages, need none; `reading.meanings` says how each was read.
    relevant_from:
        The lowest grade that counts as relevant: relevance is 1 from there up, else 0.
    encoding:
        Only where the file is neither UTF-8 nor marked UTF-16.
    contradictions:
        What to do where a pair stands in the file more than once. "count" takes each row as an
        observation of its own, as a log of clicks has them: a pair that was clicked k times of n is
        k of n relevant. For a file that should have one label a pair, "leave_out" drops every row
        of a pair that has two labels and "mean" keeps one row with their mean; both keep one of
        rows that are alike. "refuse" takes no file with such a pair.
    limits:
        Caps for strangers' files.
    judged:
        False for a file that a calibrator is to be applied to: every row is kept, and columns of
        judgements, if there are any, are carried along like others.
    skip_faulty:
        Whether to leave out rows that cannot be read, and say so in the notes.

    Raises
    ------
    LabelsError
        With row, column and remedy; `faults` has every row that cannot be read.

    Examples
    --------
    >>> labels = sc.read_labels(b"query,text,relevance\ncat,a cat,3\ncat,a dog,0\n", scale=(0, 3))
    >>> labels.relevance.tolist()
    [1.0, 0.0]
    """
    if contradictions not in get_args(Contradictions):
        raise LabelsError(
            f"contradictions is {contradictions!r}; choose one of "
            f"{', '.join(get_args(Contradictions))}."
        )
    stated = Stated(scale, meanings, relevant_from)
    table = table_of_file(source, encoding, limits)
    return _labels(table, _Given(stated, contradictions, judged, skip_faulty))


def table_of_file(source: Source, encoding: str | None, limits: Limits | None) -> Table:
    """Return the table that a file of labels is, in which rows may be at fault.

    Raises
    ------
    LabelsError
        It is none, or qrels, which have ids only, or a run, which has no labels.
    """
    file = read_text(
        source, error=LabelsError, encoding=encoding, limits=limits, row_after=row_after
    )
    kind = trec_kind(file.text)
    if kind == "run":
        raise LabelsError("This is a TREC run, which has scores and no labels; add its qrels.")
    if kind == "qrels":
        raise LabelsError(IDS_ONLY)
    return scan_text(file, error=LabelsError, limits=limits)


@explain_mistakes
def labels_of(
    rows: object,
    *,
    scale: tuple[float, float] | None = None,
    meanings: Mapping[str, float | None] | None = None,
    relevant_from: float | None = None,
    queries: Mapping[str, str] | None = None,
    judged: bool = True,
    limits: Limits | None = None,
) -> Labels:
    """Return labels that come as a list of objects, such as JSON holds.

    Parameters
    ----------
    rows:
        One mapping a row, with the columns of `read_labels` as keys; rows are counted from 1.
    scale, meanings, relevant_from, judged, limits:
        As in `read_labels`.
    queries:
        The text of each query by its id, where rows have a `query_id` and no `query`.

    Raises
    ------
    LabelsError
        With row, column and remedy; also for ids that are not in `queries`.

    Examples
    --------
    >>> sc.labels_of([{"query": "cat", "text": "a cat", "relevance": True}]).relevance.tolist()
    [1.0]
    """
    table = table_of(rows, error=LabelsError, limits=limits)
    if queries is not None:
        table = _with_queries(table, queries)
    return _labels(table, _Given(Stated(scale, meanings, relevant_from), judged=judged))


def _with_queries(table: Table, queries: Mapping[str, str]) -> Table:
    """Return a table with the texts of its queries, which it names by id.

    Raises
    ------
    LabelsError
        It has no column of ids, or ids without a text; `faults` has each of their rows.
    """
    column = find_column(table.columns, "query_id", LabelsError)
    if column is None:
        raise LabelsError("Texts of queries were given, and the rows have no 'query_id'; add it.")
    ids = [cell.strip() for cell in table.column(column)]
    faults = [
        cell_fault(row, column, f"'{each[:40]}' is none of the {len(queries):,} queries given.")
        for row, each in zip(table.rows, ids, strict=True)
        if each not in queries
    ]
    if faults:
        raise error_of_faults(faults, LabelsError)
    cells = zip(table.cells, ids, strict=True)
    return replace(
        table,
        columns=(*table.columns, "query"),
        cells=tuple((*row, queries[each]) for row, each in cells),
    )


def labels_of_table(table: Table, stated: Stated, *, skip_faulty: bool = False) -> Labels:
    """Return the labels that a table holds, whose columns have the names of `read_labels`.

    Raises
    ------
    LabelsError
        As `read_labels`.
    """
    return _labels(table, _Given(stated, skip_faulty=skip_faulty))


@dataclass(frozen=True)
class _Given:
    """What a caller of `read_labels` chose."""

    stated: Stated = field(default_factory=Stated)
    contradictions: Contradictions = "count"
    judged: bool = True
    skip_faulty: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[str, ...] = ()


def _labels(table: Table, given: _Given) -> Labels:
    found = named_header(table.columns, given.roles, given.scores, judged=given.judged)
    header = without_broken_scores(found, table, is_named="score" in given.roles)
    used = header.used
    table, emptied = _without_empty(table, used) if given.judged else (table, ())
    sound, left_out = _sound(table, used, given)
    shared = shared_words(header, table.shared)
    notes = (*header.notes, *shared, *table.notes, *emptied, *left_out)
    reading = LabelReading(
        "binary", 0.0, 1.0, table.encoding, table.delimiter, columns=header.renamed
    )
    if not given.judged:
        blank = np.full(len(sound.rows), np.nan)
        notes += number_notes(sound, number_columns(used))
        return _with_columns(sound, used, (blank, blank), replace(reading, notes=notes))
    labels = _judged(sound, used, given.stated, replace(reading, notes=notes))
    return _without_repeats(labels, given.contradictions)


def _without_empty(table: Table, used: Mapping[str, str]) -> tuple[Table, tuple[str, ...]]:
    """Leave out the rows that have no text or no label, and say how many they were."""
    notes: tuple[str, ...] = ()
    for name in ("text", "relevance"):
        if name in used:
            table, note = without_empty(table, used[name], LabelsError)
            notes += note
    return table, notes


def _sound(table: Table, used: Mapping[str, str], given: _Given) -> tuple[Table, list[str]]:
    """Return the rows that have no fault; words without a meaning are asked for all at once."""
    try:
        return sifted(
            table,
            lambda rows: label_faults(rows, used, given.stated),
            error=LabelsError,
            skip_faulty=given.skip_faulty,
        )
    except LabelsError as fault:
        if not any(isinstance(each, NoMeaning) for each in fault.faults):
            raise
        found = label_column(table, used, given.stated)
        raise meanings_asked_for(fault, found, used["relevance"]) from None


def _judged(table: Table, used: Mapping[str, str], stated: Stated, reading: LabelReading) -> Labels:
    """Read the labels, in which nothing is at fault, and the columns beside them."""
    read = judged(label_column(table, used, stated), stated)
    cells = [cell.strip() for cell in table.column(used["relevance"])]
    unlabelled = [row for row, cell in zip(table.rows, cells, strict=True) if _is_none(read, cell)]
    left_out = _left_out_words(read, cells)
    kept = table.without(set(unlabelled))
    grades = np.array([read.meanings[cell] for cell in cells if not _is_none(read, cell)], float)
    notes = (*reading.notes, *left_out, *number_notes(kept, number_columns(used)), *read.on.notes)
    reading = replace(
        reading,
        kind=read.on.kind,
        lowest=read.on.lowest,
        highest=read.on.highest,
        notes=notes,
        meanings=read.listed,
        relevant_from=read.relevant_from,
        caveat=read.on.caveat,
    )
    return _with_columns(kept, used, (grades, read.relevance(grades)), reading)


def _is_none(read: GradedCells, cell: str) -> bool:
    return read.meanings[cell] is None


def _left_out_words(read: GradedCells, cells: Sequence[str]) -> tuple[str, ...]:
    """Say how many rows are left out for what their labels say, such as "not judged"."""
    none = [cell for cell in cells if _is_none(read, cell)]
    if not none:
        return ()
    named = ", ".join(f"'{cell[:20]}'" for cell in list(dict.fromkeys(none))[:5])
    rows = "1 row is" if len(none) == 1 else f"{len(none):,} rows are"
    return (f"{rows} left out as not labelled ({named}).",)


def _with_columns(
    table: Table, used: Mapping[str, str], judged: tuple[Floats, Floats], reading: LabelReading
) -> Labels:
    """Read the columns beside the labels, which are grades and relevance; none is at fault."""
    numbers = number_columns(used)
    scores = read_numbers(table, used["score"], numbers) if "score" in used else None
    in_percent = scores is not None and is_in_percent(table, used["score"])
    return Labels(
        queries=table.column(used.get("query") or used["query_id"]),
        texts=table.column(used["text"]) if "text" in used else (),
        doc_ids=tuple(map(str.strip, table.column(used["doc_id"]))) if "doc_id" in used else (),
        scores=scores,
        judgements=judged[0],
        relevance=judged[1],
        split=read_split(table, used["split"]) if "split" in used else (),
        rows=table.rows,
        extra={c: table.column(c) for c in table.columns if c not in used.values()},
        reading=replace(reading, percent_scores=in_percent),
    )


def _without_repeats(labels: Labels, contradictions: Contradictions) -> Labels:
    """Settle what is to be done with pairs that stand in the file more than once."""
    documents = labels.texts or labels.doc_ids
    if not documents:
        return labels  # two equal scores are two observations
    # Rows to fit on and rows to test on are never settled with each other.
    split = labels.split or ("",) * len(labels)
    pairs = rows_of_pairs(labels.queries, documents, [part == "test" for part in split])
    if contradictions == "refuse":
        _refuse_repeats(labels, documents, pairs)
    at_odds = differing(pairs, labels.relevance)
    conflicts = tuple(_as_written(labels, documents, rows) for rows in at_odds)
    if contradictions == "count":
        return _counted(labels, pairs, conflicts)
    return _settled(labels, pairs, at_odds, conflicts, contradictions)


def _refuse_repeats(labels: Labels, documents: Sequence[str], pairs: list[list[int]]) -> None:
    repeated = [rows for rows in pairs if len(rows) > 1]
    if not repeated:
        return
    first = repeated[0]
    raise LabelsError(
        f"{len(repeated):,} pairs of query and text have several rows, such as "
        f"{shortened(labels.queries[first[0]])} with {shortened(documents[first[0]])} in rows "
        f"{rows_named([labels.rows[row] for row in first])}; leave repeats out, or say what they "
        'are: "count" for observations of their own, "mean" for several opinions of one pair.',
        row=labels.rows[first[1]],
    )


def _kept_columns(columns: dict[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns that were named, which must be there, and those that hold plain values."""
    check_columns(wanted, list(columns), LabelsError)
    return {
        name: column
        for name, column in columns.items()
        if name in wanted.values() or not is_nested(column)
    }


def _weighted(labels: Labels, cells: Sequence[Any], column: str, repeats: Repeats) -> Labels:
    """Return labels with what each row counts.

    Raises
    ------
    LabelsError
        A weight is no finite number above 0, or repeated rows are averaged, of which each has one.
    """
    if repeats == "mean":
        raise LabelsError(
            "Weights were given and repeated pairs are to be averaged; average them before, or "
            'give repeats="count", where each row counts by its weight.'
        )
    weights = floats_of([cells[row - 1] for row in labels.rows], f"weights in '{column}'")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if len(wrong):
        row = labels.rows[wrong[0]]
        raise LabelsError(
            f"Row {row}, column '{column[:40]}': the weight is {cells[row - 1]!r:.40}; give a "
            "number above 0, or leave the row out.",
            row=row,
            column=column,
        )
    return replace(labels, weights=weights)


def _as_written(labels: Labels, documents: Sequence[str], rows: list[int]) -> DifferingPair:
    return DifferingPair(
        labels.queries[rows[0]],
        documents[rows[0]],
        tuple(labels.rows[row] for row in rows),
        tuple(labels.judgements[rows].tolist()),
    )


def _settled(
    labels: Labels,
    pairs: list[list[int]],
    at_odds: list[list[int]],
    conflicts: tuple[DifferingPair, ...],
    contradictions: Contradictions,
) -> Labels:
    """Keep one row a pair: of pairs with more than one label none, or one with their mean."""
    relevance, judgements = labels.relevance.copy(), labels.judgements.copy()
    for rows in at_odds:
        relevance[rows[0]] = labels.relevance[rows].mean()
        judgements[rows[0]] = labels.judgements[rows].mean()
    left_out = {rows[0] for rows in at_odds} if contradictions == "leave_out" else set()
    kept = [rows[0] for rows in pairs if rows[0] not in left_out]
    if not kept:
        raise LabelsError("Every pair has contradicting labels; decide on one label a pair.")
    settled = _taken(labels, kept, judgements, relevance)
    reading = replace(
        settled.reading,
        duplicates=sum(len(rows) - 1 for rows in pairs) - sum(len(rows) - 1 for rows in at_odds),
        contradictions=conflicts,
    )
    if len(kept) == len(labels):
        return replace(settled, reading=reading)
    what = "averaged" if contradictions == "mean" else "left out"
    note = (
        f"{len(labels) - len(kept):,} of {len(labels):,} rows are gone: repeats were left out, and "
        f"pairs with more than one label ({len(conflicts):,}) were {what}."
    )
    return replace(settled, reading=replace(reading, notes=(*reading.notes, note)))


def _counted(
    labels: Labels, pairs: list[list[int]], conflicts: tuple[DifferingPair, ...]
) -> Labels:
    """Keep every row, and say which pairs stand there more than once."""
    repeated = [rows for rows in pairs if len(rows) > 1]
    if not repeated:
        return labels
    alike = sum(len(rows) - len(np.unique(labels.relevance[rows])) for rows in repeated)
    note = (
        f"{sum(map(len, repeated)):,} rows label {len(repeated):,} pairs more than once, "
        f"{len(conflicts):,} of them differently; each row counts, so a pair labelled relevant k "
        "times of n is k of n."
    )
    reading = labels.reading
    return replace(
        labels,
        reading=replace(
            reading, duplicates=alike, contradictions=conflicts, notes=(*reading.notes, note)
        ),
    )


def _taken(labels: Labels, kept: list[int], judgements: Floats, relevance: Floats) -> Labels:
    # A mean of 0 and 1 is a grade, whatever the file's scale was.
    only_0_and_1 = bool(np.isin(relevance[kept], (0.0, 1.0)).all())
    kind = labels.reading.kind if only_0_and_1 else "graded"

    def chosen(cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cells[index] for index in kept) if cells else ()

    return Labels(
        queries=chosen(labels.queries),
        texts=chosen(labels.texts),
        doc_ids=chosen(labels.doc_ids),
        scores=None if labels.scores is None else labels.scores[kept],
        judgements=judgements[kept],
        relevance=relevance[kept],
        split=chosen(labels.split),
        rows=tuple(labels.rows[index] for index in kept),
        extra={name: chosen(cells) for name, cells in labels.extra.items()},
        reading=replace(labels.reading, kind=kind),
    )
