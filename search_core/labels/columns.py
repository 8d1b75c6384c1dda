"""The columns of a label file: their numbers and labels, and all that is at fault in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from search_core.errors import Fault
from search_core.files.number_styles import Written, number_fault, written
from search_core.files.tables import Table, cell_fault, empty_cells
from search_core.labels.cells import LabelCells, read_cells
from search_core.labels.scale import judged
from search_core.labels.stated import Stated
from search_core.vectors import Floats


@dataclass(frozen=True)
class NoMeaning(Fault):
    """The fault of a row whose label is a word that nobody can tell the meaning of."""


def read_numbers(table: Table, column: str, beside: Sequence[str] = ()) -> Floats:
    """Read a column of numbers that `label_faults` finds nothing in."""
    style = _written(table, column, beside).style
    return np.array([style.value(cell) for cell in _numbers(table, column)], dtype=float)


def is_in_percent(table: Table, column: str) -> bool:
    """Whether every cell of a column has a percent sign behind its number."""
    return all(cell.rstrip().endswith("%") for cell in table.column(column))


def _numbers(table: Table, column: str) -> tuple[str, ...]:
    """Return the cells of a column of numbers, without the percent sign that all of them have."""
    cells = table.column(column)
    return tuple(map(_plain, cells)) if is_in_percent(table, column) else cells


def number_notes(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Say how the numbers of some columns are written, where that is unusual."""
    notes = (
        _written(table, column, columns).note(column, map(_plain, table.column(column)))
        for column in columns
    )
    return tuple(filter(None, notes))


def _plain(cell: str) -> str:
    return cell.strip().removesuffix("%").strip()


def _written(table: Table, column: str, beside: Sequence[str]) -> Written:
    others = [table.column(each) for each in beside if each != column]
    return written([_plain(cell) for cell in table.column(column)], others)


def read_split(table: Table, column: str) -> tuple[str, ...]:
    """Read a column that says which rows are to fit on and which to test on."""
    return tuple(cell.strip().casefold() for cell in table.column(column))


def label_faults(table: Table, used: Mapping[str, str], stated: Stated) -> list[Fault]:
    """Return what is at fault in the columns that are used, by role.

    First whatever cannot be read by itself; where nothing is, what does not go with the others.

    Raises
    ------
    LabelsError
        There is nothing wrong with single rows, but no scale that they are on.
    """
    faults: list[Fault] = []
    for name in ("query", "query_id", "text", "doc_id"):
        if name in used:
            faults += empty_cells(table, used[name], "fill it in, or leave the row out")
    if "relevance" in used:
        found = label_column(table, used, stated)
        faults += _word_faults(table, used["relevance"], found)
    if "score" in used:
        how = _written(table, used["score"], number_columns(used))
        fault_of = partial(number_fault, how=how)
        faults += _faults_of(table, used["score"], _numbers(table, used["score"]), fault_of)
    if "split" in used:
        faults += _faults_of(table, used["split"], table.column(used["split"]), _split_fault)
    return faults if faults or "relevance" not in used else _outside(table, used, found, stated)


def label_column(table: Table, used: Mapping[str, str], stated: Stated) -> LabelCells:
    """Return what the cells of the label column say, beside the other columns of numbers."""
    beside = [
        table.column(column) for column in number_columns(used) if column != used["relevance"]
    ]
    return read_cells(table.column(used["relevance"]), stated, beside)


def number_columns(used: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that may hold numbers, by their names in the file."""
    return tuple(used[name] for name in ("score", "relevance") if name in used)


def _word_faults(table: Table, column: str, found: LabelCells) -> list[Fault]:
    unknown = set(found.unknown)
    faults: list[Fault] = []
    for row, cell in zip(table.rows, map(str.strip, table.column(column)), strict=True):
        if cell in found.faults:
            fault = cell_fault(row, column, found.faults[cell])
            is_unknown = cell in unknown
            faults.append(NoMeaning(row, column, fault.sentence) if is_unknown else fault)
    return faults


def _outside(
    table: Table, used: Mapping[str, str], found: LabelCells, stated: Stated
) -> list[Fault]:
    """Return the rows whose grades lie outside the scale, where a scale counts."""
    column = used["relevance"]
    if stated.relevant_from is not None or not found.grades:
        return []
    read = judged(found, stated)
    low, high = read.on.lowest, read.on.highest
    outside = {
        cell
        for cell, grade in read.meanings.items()
        if grade is not None and not low <= grade <= high
    }
    return [
        cell_fault(
            row,
            column,
            f"{cell[:40]} lies outside the scale {low:g}–{high:g}; correct it, or give the scale "
            "of your labels.",
        )
        for row, cell in zip(table.rows, map(str.strip, table.column(column)), strict=True)
        if cell in outside
    ]


def _faults_of(
    table: Table, column: str, cells: Sequence[str], fault_of: Callable[[str], str]
) -> list[Fault]:
    """Return a fault for each of a column's cells of which something is said."""
    faults = ((row, fault_of(cell)) for row, cell in zip(table.rows, cells, strict=True))
    return [cell_fault(row, column, words) for row, words in faults if words]


def _split_fault(cell: str) -> str:
    if cell.strip().casefold() in ("train", "test", ""):
        return ""
    return f"'{cell.strip()[:40]}' is neither train nor test; write one, or nothing."
