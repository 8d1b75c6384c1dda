"""The cells of a label file: what they say, the scale that people judged on, and what is at fault.

Nothing is raised for a single cell: every fault is found, so that all can be told at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from search_core.errors import Fault, LabelsError
from search_core.tables import Table, cell_fault, empty_cells, is_number
from search_core.vectors import Floats, Mask

_YES = ("true", "yes", "y", "relevant", "right", "correct", "good", "match", "positive")
_NO = (
    "false", "no", "n", "not relevant", "irrelevant", "non relevant", "nonrelevant", "wrong",
    "incorrect", "bad", "no match", "negative",
)  # fmt: skip
_WORDS = {**dict.fromkeys(_YES, 1.0), **dict.fromkeys(_NO, 0.0)}
_USUAL_TOPS = (1, 2, 3, 4, 5, 10, 100)
_WIDEST = 1e12  # nobody judges on a wider scale, and up to here no sum overflows


@dataclass(frozen=True)
class JudgedOn:
    """The scale that people judged on.

    Attributes
    ----------
    kind:
        "binary" or "graded".
    lowest, highest:
        What becomes 0 and 1.
    note:
        What is unusual about it, in a sentence; empty where nothing is.
    """

    kind: Literal["binary", "graded"]
    lowest: float
    highest: float
    note: str = ""


@dataclass(frozen=True, eq=False)
class Judgements:
    """A column of judgements.

    Attributes
    ----------
    values:
        One number a row, float64 (n,); a word for yes or no is 1 or 0.
    are_words, are_percentages:
        How each row was written, bool (n,).
    """

    values: Floats
    are_words: Mask
    are_percentages: Mask

    @property
    def in_percent(self) -> bool:
        """Whether numbers are percentages, as most of them are; the first decides a draw."""
        numbers = self.are_percentages[~self.are_words]
        if not len(numbers):
            return False
        share = float(numbers.mean())
        return bool(numbers[0]) if share == 0.5 else share > 0.5

    @property
    def are_grades(self) -> Mask:
        """Which rows can be no yes and no no."""
        return self.are_percentages | ~np.isin(self.values, (0.0, 1.0))

    def scale(self, declared: tuple[float, float] | None) -> JudgedOn:
        """Return the scale that is declared, or that people seem to have judged on.

        Raises
        ------
        LabelsError
            What is declared is no scale, every judgement is the same, or nobody judges on it.
        """
        found = self._scale(declared)
        if found.highest - found.lowest > _WIDEST:
            raise LabelsError(
                f"Relevance runs from {found.lowest:g} to {found.highest:g}, too wide a "
                "scale; correct the labels at its ends."
            )
        return found

    def _scale(self, declared: tuple[float, float] | None) -> JudgedOn:
        only_0_and_1 = bool(np.isin(self.values, (0.0, 1.0)).all())
        if declared is not None:
            lowest, highest = _stated(declared)
            is_binary = only_0_and_1 and (lowest, highest) == (0, 1)
            return JudgedOn("binary" if is_binary else "graded", lowest, highest)
        if self.in_percent:
            return JudgedOn("graded", 0.0, 100.0)
        return JudgedOn("binary", 0.0, 1.0) if only_0_and_1 else _recognised(self.values)


def read_judgements(table: Table, column: str) -> Judgements:
    """Read a column that `label_faults` finds nothing in."""
    cells = [cell.strip() for cell in table.column(column)]
    return Judgements(
        np.array([_judgement(cell) for cell in cells]),
        np.array([_folded(cell) in _WORDS for cell in cells]),
        np.array([cell.endswith("%") for cell in cells]),
    )


def read_numbers(table: Table, column: str) -> Floats:
    """Read a column of numbers that `label_faults` finds nothing in."""
    return np.array([float(cell) for cell in table.column(column)])


def read_split(table: Table, column: str) -> tuple[str, ...]:
    """Read a column that says which rows are to fit on and which to test on."""
    return tuple(cell.strip().casefold() for cell in table.column(column))


def label_faults(
    table: Table, used: Mapping[str, str], declared: tuple[float, float] | None
) -> list[Fault]:
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
    for name, fault_of in (
        ("relevance", _judgement_fault),
        ("score", _number_fault),
        ("split", _split_fault),
    ):
        if name in used:
            cells = zip(table.rows, table.column(used[name]), strict=True)
            told = ((row, fault_of(cell)) for row, cell in cells)
            faults += [cell_fault(row, used[name], words) for row, words in told if words]
    if faults or "relevance" not in used:
        return faults
    column = used["relevance"]
    judgements = read_judgements(table, column)
    return _mixed(table, column, judgements) or _outside(table, column, judgements, declared)


def _mixed(table: Table, column: str, judgements: Judgements) -> list[Fault]:
    """Return the rows that are written in another way than most of them."""
    numbers = ~judgements.are_words
    other_way = numbers & (judgements.are_percentages != judgements.in_percent)
    faults = _at(
        table, column, other_way,
        "'{cell}': some rows have a percent sign and some do not; write all of them one way.",
    )  # fmt: skip
    grades = judgements.are_grades & ~other_way
    if not grades.any() or not judgements.are_words.any():
        return faults
    if judgements.are_words.sum() > grades.sum():
        return faults + _at(
            table, column, grades,
            "'{cell}' is a number among words such as yes and no; write one of these words.",
        )  # fmt: skip
    return faults + _at(
        table, column, judgements.are_words, "'{cell}' is a word among grades; write a number."
    )


def _outside(
    table: Table, column: str, judgements: Judgements, declared: tuple[float, float] | None
) -> list[Fault]:
    scale, values = judgements.scale(declared), judgements.values
    return _at(
        table, column, (values < scale.lowest) | (values > scale.highest),
        f"{{cell}} lies outside the scale {scale.lowest:g}–{scale.highest:g}; correct it, or give "
        "the scale of your labels.",
    )  # fmt: skip


def _at(table: Table, column: str, where: Mask, sentence: str) -> list[Fault]:
    """Return a fault for each row of a mask; the sentence may show its cell."""
    cells = table.column(column)
    return [
        cell_fault(table.rows[place], column, sentence.replace("{cell}", cells[place].strip()[:40]))
        for place in np.flatnonzero(where)
    ]


def _folded(cell: str) -> str:
    """Fold what does not tell two words apart: "Not_Relevant" and "not relevant" are one."""
    return " ".join(cell.casefold().replace("_", " ").replace("-", " ").split())


def _judgement(cell: str) -> float:
    word = _folded(cell)
    return _WORDS[word] if word in _WORDS else float(cell.removesuffix("%"))


def _judgement_fault(cell: str) -> str:
    text = cell.strip()
    return "" if _folded(text) in _WORDS else _number_fault(text.removesuffix("%"))


def _number_fault(cell: str) -> str:
    """Say why a cell is no finite number; nothing where it is one."""
    text = cell.strip()
    if is_number(text) and math.isfinite(float(text)):
        return ""
    if not text:
        return "the cell is empty; write a number, or leave the row out."
    shown = text[:40]
    if "," in text and is_number(text.replace(",", ".", 1)):
        with_point = shown.replace(",", ".", 1)
        return (
            f"'{shown}' has a decimal comma; write {with_point}, or save the file with decimal "
            "points."
        )
    return f"'{shown}' is not a finite number; write one such as 0, 1 or 0.5."


def _split_fault(cell: str) -> str:
    if cell.strip().casefold() in ("train", "test", ""):
        return ""
    return f"'{cell.strip()[:40]}' is neither train nor test; write one, or nothing."


def _stated(scale: Sequence[float]) -> tuple[float, float]:
    try:
        lowest, highest = map(float, scale)
        rises = -math.inf < lowest < highest < math.inf
    except (TypeError, ValueError, OverflowError):
        rises = False
    if isinstance(scale, str) or not rises:
        raise LabelsError(
            f"The scale {scale!r:.40} is none; give its lowest value, then its highest, "
            "such as (0, 3)."
        )
    return lowest, highest


def _recognised(values: Floats) -> JudgedOn:
    """Recognise the scale that people seem to have judged on."""
    lowest = 1.0 if values.min() >= 1 else 0.0
    usual = next((float(top) for top in _USUAL_TOPS if top >= values.max()), math.inf)
    if usual in values and usual > lowest:
        return JudgedOn("graded", lowest, usual)
    lowest, highest = float(values.min()), float(values.max())
    if lowest == highest:
        raise LabelsError(
            f"Every label is {lowest:g}, so there is nothing to learn from them; label texts of "
            "both kinds, or give the scale of your labels."
        )
    return JudgedOn(
        "graded",
        lowest,
        highest,
        f"Relevance runs from {lowest:g} to {highest:g}, which is no usual scale; give yours "
        "if it is another.",
    )
