"""Judged examples: a strict reader, and a doctor who says what the file is like."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from search_core.errors import LabelsError
from search_core.limits import LABEL_ROWS_MINIMUM, Limits
from search_core.tables import Source, Table, is_number, read_table

Floats = npt.NDArray[np.float64]
Contradictions = Literal["leave_out", "mean"]

_WORDS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
_SYNONYMS = {"label": "relevance", "score_human": "relevance"}
_KNOWN = ("query", "query_id", "text", "doc_id", "relevance", "score", "split")
_USUAL_TOPS = (1, 2, 3, 4, 5, 10, 100)
DEMO_ROWS, DEMO_QUERIES, CAUTION_QUERIES, CAUTION_ROWS = 50, 5, 20, 10


@dataclass(frozen=True)
class Contradiction:
    """One pair that was judged more than once, and differently."""

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
        Rows left out because the same pair stands there before with the same label.
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
    contradictions: tuple[Contradiction, ...] = ()
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
        As written, and scaled to [0, 1]; NaN where a file without judgements was asked for.
    split:
        "train", "test" or "" for each row; empty if the file has no such column.
    rows:
        Row of the file, as a spreadsheet counts: the header is row 1.
    extra:
        Every other column, untouched.
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

    def __len__(self) -> int:
        return len(self.queries)


def read_labels(
    source: Source,
    *,
    scale: tuple[float, float] | None = None,
    encoding: str | None = None,
    contradictions: Contradictions = "leave_out",
    limits: Limits | None = None,
    judged: bool = True,
) -> Labels:
    """Read judged examples from a CSV.

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
        "leave_out" drops every row of a pair that has two labels, "mean" keeps one row with their
        mean.
    limits:
        Caps for strangers' files.
    judged:
        False for a file that a calibrator is to be applied to: relevance may be missing.

    Raises
    ------
    LabelsError
        With row, column and remedy.
    """
    table = read_table(source, error=LabelsError, encoding=encoding, limits=limits)
    named = _named(table)
    notes: list[str] = []
    queries, texts, doc_ids = _identity(table, named, notes)
    judgements = _judgements(table, named, judged)
    reading = _scale_of(judgements, scale, table, named, notes)
    span = (reading.highest - reading.lowest) or 1.0
    labels = Labels(
        queries=queries,
        texts=texts,
        doc_ids=doc_ids,
        scores=_numbers(table, named["score"]) if "score" in named else None,
        judgements=judgements,
        relevance=(judgements - reading.lowest) / span,
        split=_split(table, named),
        rows=table.rows,
        extra={c: table.column(c) for c in table.columns if c not in named.values()},
        reading=reading,
    )
    return _without_repeats(labels, contradictions) if judged else labels


def _named(table: Table) -> dict[str, str]:
    """Find the file's own name of each column that means something here."""
    named: dict[str, str] = {}
    for column in table.columns:
        folded = column.strip().casefold()
        name = _SYNONYMS.get(folded, folded)
        if name in _KNOWN and name not in named:
            named[name] = column
    return named


def _identity(
    table: Table, named: Mapping[str, str], notes: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    found = ", ".join(table.columns)
    has_document = "text" in named or "doc_id" in named
    if "query" not in named and ("query_id" not in named or has_document):
        raise LabelsError(f"There is no column 'query'; the columns found are: {found}.")
    if not has_document and "score" not in named:
        raise LabelsError(
            f"There is no column 'text', 'doc_id' or 'score'; the columns found are: {found}."
        )
    queries = _filled(table, named.get("query") or named["query_id"])
    texts = _filled(table, named["text"]) if "text" in named else ()
    doc_ids = _filled(table, named["doc_id"]) if "doc_id" in named and not texts else ()
    if "text" in named and "doc_id" in named:
        notes.append("The file has both 'text' and 'doc_id'; the text is used.")
    return queries, texts, doc_ids


def _filled(table: Table, column: str) -> tuple[str, ...]:
    cells = table.column(column)
    for row, cell in zip(table.rows, cells, strict=True):
        if not cell.strip():
            raise LabelsError(
                f"Row {row}, column '{column}' is empty; fill it in or leave the row out.",
                row=row,
                column=column,
            )
    return cells


def _judgements(table: Table, named: Mapping[str, str], judged: bool) -> Floats:
    if "relevance" not in named:
        if not judged:
            return np.full(len(table.rows), np.nan)
        raise LabelsError(
            "There is no column 'relevance' (or 'label'); the columns found are: "
            f"{', '.join(table.columns)}."
        )
    return _numbers(table, named["relevance"], empty_allowed=not judged)


def _numbers(table: Table, column: str, empty_allowed: bool = False) -> Floats:
    cells = zip(table.rows, table.column(column), strict=True)
    return np.array([_number(cell, row, column, empty_allowed) for row, cell in cells])


def _number(cell: str, row: int, column: str, empty_allowed: bool) -> float:
    text = cell.strip().casefold().removesuffix("%").strip()
    if not text and empty_allowed:
        return math.nan
    if text in _WORDS:
        return _WORDS[text]
    if is_number(text) and math.isfinite(float(text)):
        return float(text)
    raise LabelsError(
        f"Row {row}, column '{column}': {_why_no_number(cell)}", row=row, column=column
    )


def _why_no_number(cell: str) -> str:
    shown = cell.strip()[:40]
    if not shown:
        return "the cell is empty; write a number, or leave the row out."
    if is_number(shown.replace(",", ".", 1)):
        return (
            f"'{shown}' has a decimal comma; write {shown.replace(',', '.', 1)} or save the file "
            "with decimal points."
        )
    return f"'{shown}' is not a finite number; write one such as 0, 1 or 0.5, or yes or no."


def _split(table: Table, named: Mapping[str, str]) -> tuple[str, ...]:
    if "split" not in named:
        return ()
    cells = [cell.strip().casefold() for cell in table.column(named["split"])]
    for row, cell in zip(table.rows, cells, strict=True):
        if cell not in ("train", "test", ""):
            raise LabelsError(
                f"Row {row}, column 'split': '{cell[:40]}' is neither train nor test.",
                row=row,
                column="split",
            )
    return tuple(cells)


def _scale_of(
    judgements: Floats,
    declared: tuple[float, float] | None,
    table: Table,
    named: Mapping[str, str],
    notes: list[str],
) -> LabelReading:
    values = judgements[~np.isnan(judgements)]
    kind: Literal["binary", "graded"] = "graded"
    if declared is not None:
        lowest, highest = declared
        _check_declared(judgements, lowest, highest, table, named)
        if (lowest, highest) == (0, 1) and set(values.tolist()) <= {0.0, 1.0}:
            kind = "binary"
    elif set(values.tolist()) <= {0.0, 1.0}:
        kind, lowest, highest = "binary", 0.0, 1.0
    else:
        lowest, highest = _recognised(values, notes)
        _check_declared(judgements, lowest, highest, table, named)
    return LabelReading(
        kind, float(lowest), float(highest), table.encoding, table.delimiter, notes=tuple(notes)
    )


def _recognised(values: Floats, notes: list[str]) -> tuple[float, float]:
    """Recognise the scale that people seem to have judged on."""
    lowest = 1.0 if values.min() >= 1 else 0.0
    usual = next((float(top) for top in _USUAL_TOPS if top >= values.max()), math.inf)
    if usual in values and usual > lowest:
        return lowest, usual
    lowest, highest = max(0.0, float(values.min())), float(values.max())
    notes.append(
        f"Relevance runs from {lowest:g} to {highest:g}, which is no usual scale; state the range "
        "if people judged on another one."
    )
    return lowest, highest


def _check_declared(
    judgements: Floats, lowest: float, highest: float, table: Table, named: Mapping[str, str]
) -> None:
    if not highest > lowest:
        raise LabelsError(
            f"All relevance lies between {lowest:g} and {highest:g}; there must be at least two "
            "different values."
        )
    outside = np.flatnonzero((judgements < lowest) | (judgements > highest))
    if len(outside):
        row, column = table.rows[outside[0]], named["relevance"]
        raise LabelsError(
            f"Row {row}, column '{column}': {judgements[outside[0]]:g} lies outside the scale "
            f"{lowest:g}–{highest:g}; correct it, or state the scale that people judged on.",
            row=row,
            column=column,
        )


def _without_repeats(labels: Labels, contradictions: Contradictions) -> Labels:
    """Keep one row a pair; leave out, or average, pairs with more than one label."""
    if not labels.texts and not labels.doc_ids:
        return labels  # two equal scores are two observations
    documents = labels.texts or labels.doc_ids
    places: dict[tuple[str, str], list[int]] = {}
    for place, pair in enumerate(zip(labels.queries, documents, strict=True)):
        places.setdefault(pair, []).append(place)
    kept: list[int] = []
    relevance, judgements = labels.relevance.copy(), labels.judgements.copy()
    differing = []
    for (query, document), same in places.items():
        if len({judgements[place] for place in same}) == 1:
            kept.append(same[0])
            continue
        found = tuple(float(labels.judgements[place]) for place in same)
        differing.append(Contradiction(query, document, tuple(labels.rows[p] for p in same), found))
        if contradictions == "mean":
            kept.append(same[0])
            relevance[same[0]] = labels.relevance[same].mean()
            judgements[same[0]] = labels.judgements[same].mean()
    if not kept:
        raise LabelsError("Every pair has contradicting labels; decide on one label a pair.")
    dropped = len(labels) - len(kept) - _rows_of(differing, contradictions)
    return _taken(labels, kept, judgements, relevance, dropped, tuple(differing))


def _rows_of(differing: Iterable[Contradiction], contradictions: Contradictions) -> int:
    spared = 1 if contradictions == "mean" else 0
    return sum(len(each.rows) - spared for each in differing)


def _taken(
    labels: Labels,
    kept: Sequence[int],
    judgements: Floats,
    relevance: Floats,
    duplicates: int,
    contradictions: tuple[Contradiction, ...],
) -> Labels:
    reading = labels.reading
    # A mean of 0 and 1 is a grade, whatever the file's scale was.
    graded = reading.kind == "graded" or not set(relevance[list(kept)].tolist()) <= {0.0, 1.0}

    def chosen(cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cells[place] for place in kept) if cells else ()

    return Labels(
        queries=chosen(labels.queries),
        texts=chosen(labels.texts),
        doc_ids=chosen(labels.doc_ids),
        scores=None if labels.scores is None else labels.scores[list(kept)],
        judgements=judgements[list(kept)],
        relevance=relevance[list(kept)],
        split=chosen(labels.split),
        rows=tuple(labels.rows[place] for place in kept),
        extra={name: chosen(cells) for name, cells in labels.extra.items()},
        reading=LabelReading(
            "graded" if graded else "binary",
            reading.lowest,
            reading.highest,
            reading.encoding,
            reading.delimiter,
            duplicates,
            contradictions,
            reading.notes,
        ),
    )


@dataclass(frozen=True)
class Finding:
    """One thing that the doctor says of a label file."""

    severity: Literal["error", "warning", "fine"]
    sentence: str


def diagnose(labels: Labels) -> tuple[Finding, ...]:
    """Say in plain sentences what a label file is like, and what that means for a fit."""
    return (
        *_size_findings(labels),
        *_relevance_findings(labels),
        *_repeat_findings(labels),
        *(Finding("warning", note) for note in labels.reading.notes),
    )


def _size_findings(labels: Labels) -> Iterable[Finding]:
    rows, queries = len(labels), len(set(map(_folded, labels.queries)))
    words = f"{rows:,} judgements of {queries:,} {'query' if queries == 1 else 'queries'}"
    if rows < LABEL_ROWS_MINIMUM:
        yield Finding("error", f"{words}: at least {LABEL_ROWS_MINIMUM} are needed for a fit.")
    elif rows < DEMO_ROWS or queries < DEMO_QUERIES:
        yield Finding(
            "warning",
            f"{words}: enough for a demonstration only; from {DEMO_ROWS} judgements of "
            f"{DEMO_QUERIES} queries on it can be checked.",
        )
    elif queries < CAUTION_QUERIES:
        yield Finding("warning", f"{words}: few queries, so read the intervals first.")
    else:
        yield Finding("fine", f"{words}.")
    reading = labels.reading
    yield Finding("fine", f"Read as {reading.encoding}, cells apart by {reading.delimiter}.")


def _relevance_findings(labels: Labels) -> Iterable[Finding]:
    reading = labels.reading
    if reading.kind == "binary":
        yield Finding("fine", "Relevance is yes or no, read as 1 and 0.")
    else:
        yield Finding("fine", f"Relevance is {reading.lowest:g}–{reading.highest:g}, read as 0–1.")
    relevant = int((labels.relevance >= 0.5).sum())
    rarer = min(relevant, len(labels) - relevant)
    share = f"{relevant:,} of {len(labels):,} judgements are relevant"
    if len(set(labels.relevance.tolist())) == 1:
        yield Finding("error", "All labels are equal; there is nothing to learn from them.")
    elif rarer < CAUTION_ROWS:
        yield Finding("warning", f"{share}; only {rarer} stand on the rarer side.")
    else:
        yield Finding("fine", f"{share}.")
    yield from _one_sided_findings(labels)
    if labels.scores is not None and len(set(labels.scores.tolist())) == 1:
        yield Finding("error", "All scores are equal; they cannot tell anything apart.")


def _one_sided_findings(labels: Labels) -> Iterable[Finding]:
    relevant: dict[str, set[bool]] = {}
    for query, value in zip(labels.queries, labels.relevance, strict=True):
        relevant.setdefault(_folded(query), set()).add(bool(value >= 0.5))
    one_sided = sum(len(kinds) == 1 for kinds in relevant.values())
    if one_sided > len(relevant) / 2:
        yield Finding(
            "warning",
            f"{one_sided:,} of {len(relevant):,} queries have judgements of one kind only; a "
            "query teaches most when it has both.",
        )


def _repeat_findings(labels: Labels) -> Iterable[Finding]:
    reading = labels.reading
    if reading.duplicates:
        yield Finding("fine", f"{reading.duplicates:,} repeated rows were counted once.")
    for each in reading.contradictions[:5]:
        rows = ", ".join(map(str, each.rows))
        values = ", ".join(f"{value:g}" for value in each.judgements)
        yield Finding(
            "warning", f"Rows {rows} judge one pair differently ({values}): “{each.query[:60]}”."
        )
    more = len(reading.contradictions) - 5
    if more > 0:
        yield Finding("warning", f"{more:,} more pairs are judged differently.")
    yield from _folded_findings(labels)


def _folded_findings(labels: Labels) -> Iterable[Finding]:
    documents = labels.texts or labels.doc_ids
    if not documents:
        return
    values: dict[tuple[str, str], set[float]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for query, document, value in zip(labels.queries, documents, labels.relevance, strict=True):
        pair = (_folded(query), _folded(document))
        values.setdefault(pair, set()).add(float(value))
        counts[pair] += 1
    differing = sum(len(found) > 1 for found in values.values())
    if differing:
        yield Finding(
            "warning",
            f"{differing:,} pairs that differ only in case or blanks have different labels.",
        )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
