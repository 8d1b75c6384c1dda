"""The scale that labels are on, and the grade that each label of a file has on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from search_core.errors import LabelsError
from search_core.labels.cells import LabelCells
from search_core.labels.stated import Meanings, Stated
from search_core.vectors import Floats

_USUAL_TOPS = (1, 2, 3, 4, 5, 10, 100)
_SHORT_TOPS = (2, 3, 4)  # a sample of grades up to these may well come from a longer scale
_LOWEST_TREC = -3  # of a grade below 0, which says "junk" or "not judged"
_WIDEST = 1e12  # nobody judges on a wider scale, and up to here no sum overflows
_MOST_MEANINGS = 40  # different labels that are listed; more are measurements, not grades


@dataclass(frozen=True)
class JudgedOn:
    """The scale that labels are on.

    Attributes
    ----------
    kind:
        "binary" or "graded".
    lowest, highest:
        What becomes 0 and 1.
    notes:
        What is unusual about it, in sentences.
    caveat:
        That the labels could be read on another scale as well, in a sentence; empty where not.
    """

    kind: Literal["binary", "graded"]
    lowest: float
    highest: float
    notes: tuple[str, ...] = ()
    caveat: str = ""


@dataclass(frozen=True)
class GradedCells:
    """A label column that was read: the grade of each different cell, and the scale of all.

    Attributes
    ----------
    meanings:
        The grade of each cell; None for one whose rows are left out.
    on:
        The scale.
    relevant_from:
        The grade that counts as relevant, where one was chosen.
    """

    meanings: Meanings
    on: JudgedOn
    relevant_from: float | None = None

    def relevance(self, grades: Floats) -> Floats:
        """Return grades brought to [0, 1], float64 of the same shape."""
        if self.relevant_from is not None:
            return (grades >= self.relevant_from).astype(float)
        scaled: Floats = (grades - self.on.lowest) / (self.on.highest - self.on.lowest)
        return scaled

    @property
    def listed(self) -> Meanings:
        """The meanings where they are few enough to be listed, else none."""
        return self.meanings if len(self.meanings) <= _MOST_MEANINGS else {}


def judged(cells: LabelCells, stated: Stated) -> GradedCells:
    """Return the grades of a column without faults, and the scale that they are on.

    Raises
    ------
    LabelsError
        There is no label, every one is the same on an unknown scale, they could mean two things,
        or nobody judges on such a scale.
    """
    if not cells.grades and cells.unknown:
        raise LabelsError(
            "None of these labels has a known meaning; give each a number, or none to leave its "
            "rows out."
        )
    if not cells.grades:
        raise LabelsError("No row has a label; give one to texts of both kinds.")
    _check_zero(cells, stated)
    meanings, notes = _without_negatives(cells, stated)
    if stated.relevant_from is not None:
        notes += (f"Labels from {stated.relevant_from:g} up count as relevant, all others as not.",)
        on = JudgedOn("binary", 0.0, 1.0, notes)
        return GradedCells(meanings, on, stated.relevant_from)
    on = _scale(cells, {each for each in meanings.values() if each is not None}, stated)
    if on.highest - on.lowest > _WIDEST:
        raise LabelsError(
            f"Relevance runs from {on.lowest:g} to {on.highest:g}, too wide a scale; correct the "
            "labels at its ends."
        )
    return GradedCells(meanings, replace(on, notes=(*notes, *on.notes)))


def zero_between(cells: LabelCells) -> str:
    """Return the cell of a 0 that stands between a yes and a no in words or signs; "" for none.

    Beside "+" and "-" a 0 is a third answer: nobody's opinion, or not relevant either.
    """
    zeros = [cell for cell in cells.numbers if cells.meanings.get(cell) == 0]
    has_other_numbers = len(cells.numbers) > len(zeros)
    words = {cells.meanings.get(cell) for cell in cells.counts if cell not in cells.numbers}
    if cells.top != 1 or has_other_numbers or not words >= {0.0, 1.0}:
        return ""
    return next(iter(zeros), "")


def _check_zero(cells: LabelCells, stated: Stated) -> None:
    """Ask what a 0 between yes and no is, unless a scale or a relevant grade says so."""
    zero = zero_between(cells)
    if zero and stated.scale is None and stated.relevant_from is None:
        others = [cell[:20] for cell in cells.counts if cell != zero][:2]
        raise LabelsError(
            f"Label {zero} beside {' and '.join(others)} can mean two things; say which. No "
            f"opinion: {zero} = none (its rows are left out). Not relevant: {zero} = 0."
        )


def _without_negatives(cells: LabelCells, stated: Stated) -> tuple[Meanings, tuple[str, ...]]:
    """Return the meanings with those of negative numbers settled, and what to say of it.

    -1 beside 1 alone is no beside yes. Whole numbers down to -3 are what TREC's judges give to
    junk and to what they did not judge: neither is relevant, and 0 stays what it is.

    Raises
    ------
    LabelsError
        -1, 0 and 1 can be either.
    """
    negative = {
        cell: grade
        for cell, grade in cells.meanings.items()
        if cell in cells.numbers and grade is not None and grade < 0
    }
    lowest = 0.0 if stated.scale is None else stated.scale[0]
    if not negative or lowest < 0 or stated.relevant_from is not None:
        return cells.meanings, ()
    if stated.scale is None and cells.grades == {-1.0, 1.0}:
        note = "-1 and 1 are read as no and yes."
        return {**cells.meanings, **dict.fromkeys(negative, 0.0)}, (note,)
    if stated.scale is None and cells.grades == {-1.0, 0.0, 1.0}:
        raise LabelsError(
            "Labels -1, 0 and 1 can mean two things; say which. Thumbs: -1 = 0, 0 = none, 1 = 1 "
            "(none leaves out rows without an opinion). TREC: -1 = 0, 0 = 0, 1 = 1."
        )
    junk = {cell for cell, grade in negative.items() if grade in range(_LOWEST_TREC, 0)}
    if not junk or any(grade % 1 for grade in cells.grades):
        return cells.meanings, ()
    rows = sum(cells.counts[cell] for cell in junk)
    named = ", ".join(sorted(junk))
    note = (
        f"Labels below 0 ({named}; {rows:,} {'row' if rows == 1 else 'rows'}) count as 0, as "
        "in TREC; if your scale begins below 0, give it."
    )
    return {**cells.meanings, **dict.fromkeys(junk, 0.0)}, (note,)


def _scale(cells: LabelCells, grades: set[float], stated: Stated) -> JudgedOn:
    only_0_and_1 = grades <= {0.0, 1.0}
    if stated.scale is not None:
        is_yes_or_no = (only_0_and_1 and stated.scale == (0, 1)) or (
            stated.scale == (-1, 1) and grades == {-1.0, 1.0}
        )
        return JudgedOn("binary" if is_yes_or_no else "graded", *stated.scale)
    if cells.in_percent:
        return JudgedOn("graded", 0.0, 100.0)
    if cells.grades == {-1.0, 1.0} and only_0_and_1:
        return JudgedOn("binary", 0.0, 1.0)
    if cells.top is not None and grades <= set(range(int(cells.top) + 1)):
        return JudgedOn("binary" if cells.top == 1 else "graded", 0.0, cells.top)
    given = {each for each in (stated.meanings or {}).values() if each is not None}
    return _recognised(sorted(grades | given), asked=bool(given))


def _recognised(grades: Sequence[float], *, asked: bool) -> JudgedOn:
    """Recognise the scale of some grades, in order; `asked` where the caller gave them.

    0 is never moved: a scale begins at 0, or at 1 where every grade is 1 or more. It ends at the
    highest grade found; fractions, which seldom reach their end, at the next usual one.
    """
    least, most = grades[0], grades[-1]
    if set(grades) <= {0.0, 1.0}:
        return JudgedOn("binary", 0.0, 1.0, caveat="" if asked else _OR_LONGER)
    are_whole = all(grade % 1 == 0 for grade in grades)
    if len(grades) == 1 and are_whole and most not in _USUAL_TOPS:
        raise LabelsError(
            f"Every label is {most:g}, so there is nothing to learn from them; label texts of "
            "both kinds, or give the scale of your labels."
        )
    usual = next((float(top) for top in _USUAL_TOPS if top >= most), most)
    lowest = 1.0 if least == 1 or (are_whole and least > 1) else 0.0
    highest = most if are_whole and most <= 10 else usual
    found = JudgedOn("graded", lowest, highest)
    if highest not in _USUAL_TOPS:
        words = f"Relevance is read on {lowest:g}–{highest:g}, which is no usual scale; give yours "
        return replace(found, notes=(f"{words}if it is another.",))
    if asked or highest == 1 or (highest == most and highest not in _SHORT_TOPS):
        return found
    words = f"Labels run from {least:g} to {most:g} and are read on {lowest:g}–{highest:g}; if "
    return replace(found, caveat=f"{words}your scale is another, such as {_other(found)}, give it.")


_OR_LONGER = (
    "Labels are 0 and 1, read as no and yes; if they are grades of a longer scale, such as 0–2, "
    "give that scale."
)


def _other(found: JudgedOn) -> str:
    """Return another scale that the same grades could be of."""
    longer = _USUAL_TOPS[_USUAL_TOPS.index(int(found.highest)) + 1 :]
    return f"{found.lowest:g}–{longer[0]}" if longer else f"0–{found.highest:g}"
