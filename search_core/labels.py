"""Judged examples, and the strict reader for files of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Literal, get_args

import numpy as np

from search_core.decoding import Source
from search_core.errors import LabelsError
from search_core.limits import Limits
from search_core.tables import Table, is_number, listed, read_table, table_of
from search_core.vectors import Floats

Contradictions = Literal["count", "leave_out", "mean"]

_WORDS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
_NAMES = {
    "query": ("query",),
    "query_id": ("query_id",),
    "text": ("text",),
    "doc_id": ("doc_id",),
    "score": ("score",),
    "relevance": ("relevance", "label", "score_human"),
    "split": ("split",),
}
_USUAL_TOPS = (1, 2, 3, 4, 5, 10, 100)
_WIDEST = 1e12  # nobody judges on a wider scale, and up to here no sum overflows


@dataclass(frozen=True)
class DifferingPair:
    """One pair of a file that was judged more than once, and differently: as the file has it."""

    query: str
    document: str
    rows: tuple[int, ...]
    judgements: tuple[float, ...]


@dataclass(frozen=True)
class LabelReading:
    """How a label file was read.

    Attributes
    ----------
    kind:
        "binary" or "graded".
    lowest, highest:
        The scale that the judgements were read on; they became 0 and 1.
    encoding, delimiter:
        Of the file, in words.
    duplicates:
        Rows whose pair stands there before with the same label; left out unless rows are counted.
    contradictions:
        Pairs with more than one label.
    notes:
        What else was noticed, in sentences.
    """

    kind: Literal["binary", "graded"]
    lowest: float
    highest: float
    encoding: str = "UTF-8"
    delimiter: str = "comma"
    duplicates: int = 0
    contradictions: tuple[DifferingPair, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Labels:
    """Judged rows.

    Attributes
    ----------
    queries:
        Text of the query (or its id, for scores alone); length n.
    texts, doc_ids:
        The judged texts, or the ids of documents of a collection; one of them, or neither, is
        filled.
    scores:
        The file's own scores, float64 (n,), or None.
    judgements, relevance:
        As written, and scaled to [0, 1], float64 (n,); NaN where no judgements were asked for.
    split:
        "train", "test" or "" for each row; empty if the file has no such column.
    rows:
        Row of the file, as a spreadsheet counts: the header is row 1.
    extra:
        Every column that was not used, untouched, by its name in the file.
    reading:
        How the file was read.
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

    def __repr__(self) -> str:
        read = self.reading
        return (
            f"<Labels: {len(self):,} rows of {len(set(self.queries)):,} queries, {read.kind}, "
            f"{read.lowest:g} to {read.highest:g}>"
        )

    def __len__(self) -> int:
        return len(self.queries)


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


def read_labels(
    source: Source,
    *,
    scale: tuple[float, float] | None = None,
    encoding: str | None = None,
    contradictions: Contradictions = "count",
    limits: Limits | None = None,
    judged: bool = True,
) -> Labels:
    r"""Read judged examples from a CSV.

    Columns, by name in any order: `query` (or `query_id` for scores alone), `text` or `doc_id`,
    `relevance` (also `label`, `score_human`), and optionally `score` and `split`. Others are
    carried along.

    Parameters
    ----------
    source:
        A path, the bytes, or an open file.
    scale:
        Lowest and highest relevance of the scale that people judged on; recognised if not given.
    encoding:
        Only where the file is neither UTF-8 nor marked UTF-16.
    contradictions:
        What to do where a pair stands in the file more than once. "count" takes each row as an
        observation of its own, as a log of clicks has them: a pair that was clicked k times of n is
        k of n relevant. For a file that should have one label a pair, "leave_out" drops every row
        of a pair that has two labels and "mean" keeps one row with their mean; both keep one of
        rows that are alike.
    limits:
        Caps for strangers' files.
    judged:
        False for a file that a calibrator is to be applied to: every row is kept, and columns of
        judgements, if there are any, are carried along like others.

    Raises
    ------
    LabelsError
        With row, column and remedy.

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
    table = read_table(source, error=LabelsError, encoding=encoding, limits=limits)
    return _labels(table, scale, contradictions, judged)


def labels_of(rows: object, *, judged: bool = True, limits: Limits | None = None) -> Labels:
    """Return judged examples that come as a list of objects, such as JSON holds.

    Parameters
    ----------
    rows:
        One mapping a row, with the columns of `read_labels` as keys; rows are counted from 1.
    judged, limits:
        As in `read_labels`.

    Raises
    ------
    LabelsError
        With row, column and remedy.

    Examples
    --------
    >>> sc.labels_of([{"query": "cat", "text": "a cat", "relevance": True}]).relevance.tolist()
    [1.0]
    """
    table = table_of(rows, error=LabelsError, limits=limits)
    return _labels(table, None, "count", judged)


def _labels(
    table: Table, scale: tuple[float, float] | None, contradictions: Contradictions, judged: bool
) -> Labels:
    notes: list[str] = []
    used = _used_columns(table, judged, notes)
    judgements = np.full(len(table.rows), np.nan)
    reading = LabelReading("binary", 0.0, 1.0, table.encoding, table.delimiter)
    if judged:
        judgements, in_percent = _judgements(table, used["relevance"])
        kind, lowest, highest = _scale_of(judgements, scale, in_percent, notes)
        _check_width(lowest, highest)
        _check_inside(judgements, lowest, highest, table, used["relevance"])
        reading = replace(reading, kind=kind, lowest=lowest, highest=highest)
    labels = Labels(
        queries=_filled(table, used.get("query") or used["query_id"]),
        texts=_filled(table, used["text"]) if "text" in used else (),
        doc_ids=_ids(table, used["doc_id"]) if "doc_id" in used else (),
        scores=_scores(table, used["score"]) if "score" in used else None,
        judgements=judgements,
        relevance=(judgements - reading.lowest) / (reading.highest - reading.lowest),
        split=_split(table, used["split"]) if "split" in used else (),
        rows=table.rows,
        extra={c: table.column(c) for c in table.columns if c not in used.values()},
        reading=replace(reading, notes=tuple(notes)),
    )
    return _without_repeats(labels, contradictions) if judged else labels


def _used_columns(table: Table, judged: bool, notes: list[str]) -> dict[str, str]:
    """Return the file's own name of each column that is used."""
    own = {column.casefold(): column for column in table.columns}
    used = {
        meaning: next(own[name] for name in names if name in own)
        for meaning, names in _NAMES.items()
        if any(name in own for name in names)
    }
    _check_columns(table, used, judged)
    spare: list[str] = []
    if "query" in used:
        spare.append("query_id")
    else:  # without the words of the query nothing can be embedded: scores alone
        spare += ["text", "doc_id"]
    if "text" in used and "doc_id" in used and "query" in used:
        notes.append("The file has both 'text' and 'doc_id'; the text is used.")
        spare.append("doc_id")
    spare += [] if judged else ["relevance", "split"]
    return {meaning: column for meaning, column in used.items() if meaning not in spare}


def _check_columns(table: Table, used: Mapping[str, str], judged: bool) -> None:
    found = f"the columns found are: {listed(table.columns)}."
    if "query" not in used and not {"query_id", "score"} <= set(used):
        raise LabelsError(f"There is no column 'query'; name one so in the header; {found}")
    if not {"text", "doc_id", "score"} & set(used):
        raise LabelsError(
            f"There is no column 'text', 'doc_id' or 'score'; name one so in the header; {found}"
        )
    if judged and "relevance" not in used:
        raise LabelsError(
            f"There is no column 'relevance' (or 'label'); name one so in the header; {found}"
        )


def _filled(table: Table, column: str) -> tuple[str, ...]:
    cells = table.column(column)
    for row, cell in zip(table.rows, cells, strict=True):
        if not cell.strip():
            raise _fault(row, column, "the cell is empty; fill it in, or leave the row out.")
    return cells


def _ids(table: Table, column: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in _filled(table, column))


def _judgements(table: Table, column: str) -> tuple[Floats, bool]:
    """Return one number a row, yes and no being 1 and 0, and whether they are percentages."""
    cells = [cell.strip() for cell in table.column(column)]
    values = np.array(
        [_judgement(cell, row, column) for row, cell in zip(table.rows, cells, strict=True)]
    )
    in_percent = cells[0].endswith("%")
    words_fit = bool(np.isin(values, (0.0, 1.0)).all())
    for row, cell in zip(table.rows, cells, strict=True):
        if cell.endswith("%") != in_percent:
            remedy = "some rows have a percent sign and some do not; write all of them one way."
            raise _fault(row, column, f"'{cell[:40]}': {remedy}")
        if cell.casefold() in _WORDS and not words_fit:
            raise _fault(row, column, f"'{cell}' stands among grades; write a number there.")
    return values, in_percent


def _judgement(cell: str, row: int, column: str) -> float:
    word = cell.casefold()
    return _WORDS[word] if word in _WORDS else _number(cell.removesuffix("%"), row, column)


def _scores(table: Table, column: str) -> Floats:
    cells = zip(table.rows, table.column(column), strict=True)
    return np.array([_number(cell, row, column) for row, cell in cells])


def _number(cell: str, row: int, column: str) -> float:
    text = cell.strip()
    if is_number(text) and math.isfinite(float(text)):
        return float(text)
    if not text:
        raise _fault(row, column, "the cell is empty; write a number, or leave the row out.")
    shown = text[:40]
    if "," in text and is_number(text.replace(",", ".", 1)):
        with_point = shown.replace(",", ".", 1)
        raise _fault(
            row,
            column,
            f"'{shown}' has a decimal comma; write {with_point}, or save the file with decimal "
            "points.",
        )
    raise _fault(row, column, f"'{shown}' is not a finite number; write one such as 0, 1 or 0.5.")


def _fault(row: int, column: str, sentence: str) -> LabelsError:
    return LabelsError(f"Row {row}, column '{column[:40]}': {sentence}", row=row, column=column)


def _split(table: Table, column: str) -> tuple[str, ...]:
    cells = tuple(cell.strip().casefold() for cell in table.column(column))
    for row, cell in zip(table.rows, cells, strict=True):
        if cell not in ("train", "test", ""):
            raise _fault(
                row, column, f"'{cell[:40]}' is neither train nor test; write one, or nothing."
            )
    return cells


def _scale_of(
    judgements: Floats,
    declared: tuple[float, float] | None,
    in_percent: bool,
    notes: list[str],
) -> tuple[Literal["binary", "graded"], float, float]:
    """Return kind, lowest and highest of the scale that people judged on."""
    only_0_and_1 = bool(np.isin(judgements, (0.0, 1.0)).all())
    if declared is not None:
        lowest, highest = _stated(declared)
        return (
            "binary" if only_0_and_1 and (lowest, highest) == (0, 1) else "graded",
            lowest,
            highest,
        )
    if in_percent:
        return "graded", 0.0, 100.0
    if only_0_and_1:
        return "binary", 0.0, 1.0
    return "graded", *_recognised(judgements, notes)


def _stated(scale: tuple[float, float]) -> tuple[float, float]:
    try:
        lowest, highest = map(float, scale)
        rises = -math.inf < lowest < highest < math.inf
    except (TypeError, ValueError, OverflowError):
        rises = False
    if isinstance(scale, str) or not rises:
        raise LabelsError(
            f"The stated scale {scale!r:.40} is none; give its lowest value, then its highest, "
            "such as (0, 3)."
        )
    return lowest, highest


def _recognised(values: Floats, notes: list[str]) -> tuple[float, float]:
    """Recognise the scale that people seem to have judged on."""
    lowest = 1.0 if values.min() >= 1 else 0.0
    usual = next((float(top) for top in _USUAL_TOPS if top >= values.max()), math.inf)
    if usual in values and usual > lowest:
        return lowest, usual
    lowest, highest = float(values.min()), float(values.max())
    if lowest == highest:
        raise LabelsError(
            f"Every judgement is {lowest:g}, so there is nothing to learn from them; judge texts "
            "of both kinds, or state the scale that people judged on."
        )
    notes.append(
        f"Relevance runs from {lowest:g} to {highest:g}, which is no usual scale; state the range "
        "if people judged on another one."
    )
    return lowest, highest


def _check_width(lowest: float, highest: float) -> None:
    if highest - lowest > _WIDEST:
        raise LabelsError(
            f"Relevance runs from {lowest:g} to {highest:g}, and nobody judges on so wide a "
            "scale; correct the judgements at its ends."
        )


def _check_inside(
    judgements: Floats, lowest: float, highest: float, table: Table, column: str
) -> None:
    outside = np.flatnonzero((judgements < lowest) | (judgements > highest))
    if len(outside):
        raise _fault(
            table.rows[outside[0]],
            column,
            f"{judgements[outside[0]]:g} lies outside the scale {lowest:g}–{highest:g}; correct "
            "it, or state the scale that people judged on.",
        )


def _without_repeats(labels: Labels, contradictions: Contradictions) -> Labels:
    """Settle what is to be done with pairs that stand in the file more than once."""
    documents = labels.texts or labels.doc_ids
    if not documents:
        return labels  # two equal scores are two observations
    # Rows to fit on and rows to test on are never settled with each other.
    split = labels.split or ("",) * len(labels)
    pairs = rows_of_pairs(labels.queries, documents, [part == "test" for part in split])
    at_odds = differing(pairs, labels.judgements)
    told = tuple(_as_written(labels, documents, rows) for rows in at_odds)
    if contradictions == "count":
        return _counted(labels, pairs, told)
    return _settled(labels, pairs, at_odds, told, contradictions)


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
    told: tuple[DifferingPair, ...],
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
        contradictions=told,
    )
    if len(kept) == len(labels):
        return replace(settled, reading=reading)
    what = "averaged" if contradictions == "mean" else "left out"
    note = (
        f"{len(labels) - len(kept):,} of {len(labels):,} rows are gone: repeats were left out, and "
        f"pairs with more than one label ({len(told):,}) were {what}."
    )
    return replace(settled, reading=replace(reading, notes=(*reading.notes, note)))


def _counted(labels: Labels, pairs: list[list[int]], told: tuple[DifferingPair, ...]) -> Labels:
    """Keep every row, and say which pairs stand there more than once."""
    repeated = [rows for rows in pairs if len(rows) > 1]
    if not repeated:
        return labels
    alike = sum(len(rows) - len(np.unique(labels.judgements[rows])) for rows in repeated)
    note = (
        f"{sum(map(len, repeated)):,} rows judge {len(repeated):,} pairs more than once, "
        f"{len(told):,} of them differently; each row counts, so that a pair judged relevant k "
        "times of n is k of n."
    )
    reading = labels.reading
    return replace(
        labels,
        reading=replace(
            reading, duplicates=alike, contradictions=told, notes=(*reading.notes, note)
        ),
    )


def _taken(labels: Labels, kept: list[int], judgements: Floats, relevance: Floats) -> Labels:
    # A mean of 0 and 1 is a grade, whatever the file's scale was.
    only_0_and_1 = bool(np.isin(relevance[kept], (0.0, 1.0)).all())
    kind = labels.reading.kind if only_0_and_1 else "graded"

    def chosen(cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cells[place] for place in kept) if cells else ()

    return Labels(
        queries=chosen(labels.queries),
        texts=chosen(labels.texts),
        doc_ids=chosen(labels.doc_ids),
        scores=None if labels.scores is None else labels.scores[kept],
        judgements=judgements[kept],
        relevance=relevance[kept],
        split=chosen(labels.split),
        rows=tuple(labels.rows[place] for place in kept),
        extra={name: chosen(cells) for name, cells in labels.extra.items()},
        reading=replace(labels.reading, kind=kind),
    )
