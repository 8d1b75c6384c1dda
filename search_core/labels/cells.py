"""The cells of a label column: what each of them says, and why some cannot be read.

Every different cell is looked at once. Nothing is raised for a single row: every fault is found, so
that one message can list them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search_core.errors import LabelsError, UnknownLabels
from search_core.files.number_styles import Written, has_number, number_fault, written
from search_core.labels.meanings import Proposal, propose
from search_core.labels.stated import Meanings, Stated, meaning_words

_WORDS_SHOWN = 12  # of those whose meaning is asked for
_NO_MEANING = "has no known meaning as a label"


@dataclass(frozen=True)
class LabelCells:
    """What the different cells of a label column say.

    Attributes
    ----------
    counts:
        How many rows have each cell.
    meanings:
        The grade that each cell stands for; None for "not labelled".
    faults:
        Why a cell cannot be read, by cell.
    unknown:
        Of these, the words whose meaning is to be asked for.
    numbers:
        The cells whose grade is the number that stands there, and was not given.
    in_percent:
        Whether numbers are percentages.
    top:
        The best grade of the vocabulary that the words are of; None for numbers.
    how:
        How the numbers are written.
    """

    counts: Mapping[str, int]
    meanings: Meanings
    faults: Mapping[str, str]
    unknown: tuple[str, ...]
    numbers: frozenset[str]
    in_percent: bool
    top: float | None
    how: Written

    @property
    def grades(self) -> set[float]:
        """The different grades."""
        return {grade for grade in self.meanings.values() if grade is not None}


def read_cells(
    cells: Iterable[str], stated: Stated, beside: Sequence[Sequence[str]] = ()
) -> LabelCells:
    """Return what the cells of a label column say, none of them empty.

    Parameters
    ----------
    cells:
        Of the column.
    stated:
        What the caller says of them.
    beside:
        The other columns of numbers, which are written the same way.
    """
    counts = Counter(cell.strip() for cell in cells)
    given = {cell: found[0] for cell in counts if (found := stated.meaning(cell))}
    free = [cell for cell in counts if cell not in given]
    as_numbers = {cell: cell.removesuffix("%").strip() for cell in free}
    numeric = [cell for cell in free if has_number(as_numbers[cell])]
    how = written([as_numbers[cell] for cell in numeric], beside)
    proposal = propose(cell for cell in free if not has_number(as_numbers[cell]))
    in_percent = _mostly_percent(counts, numeric)
    read = _readable(numeric, as_numbers, how)
    faults = _faults(counts, as_numbers, numeric, how, proposal, in_percent)
    meanings = {**given, **read, **proposal.grades}
    return LabelCells(
        counts,
        {cell: meanings[cell] for cell in counts if cell in meanings and cell not in faults},
        faults,
        tuple(cell for cell in proposal.unknown if _NO_MEANING in faults[cell]),
        frozenset(read),
        in_percent,
        proposal.highest if not numeric or set(read.values()) <= {0.0, 1.0} else None,
        how,
    )


def _readable(
    numeric: Iterable[str], as_numbers: Mapping[str, str], how: Written
) -> dict[str, float]:
    values = {cell: how.style.value(as_numbers[cell]) for cell in numeric}
    return {cell: value for cell, value in values.items() if value is not None}


def _faults(
    counts: Mapping[str, int],
    as_numbers: Mapping[str, str],
    numeric: Sequence[str],
    how: Written,
    proposal: Proposal,
    in_percent: bool,
) -> dict[str, str]:
    """Return why cells cannot be read, by cell; first by themselves, then beside the others."""
    known = [cell for cell, grade in proposal.grades.items() if grade is not None]
    rows_of_words = sum(counts[cell] for cell in [*known, *proposal.unknown])
    rows_of_numbers = sum(counts[cell] for cell in numeric)
    faults = {cell: fault for cell in numeric if (fault := number_fault(as_numbers[cell], how))}
    for cell in proposal.unknown:
        fault = f"'{cell[:40]}' {_NO_MEANING}."
        if rows_of_numbers >= rows_of_words:
            fault = f"{number_fault(cell, how).removesuffix('.')}, or say what it means."
        faults[cell] = fault
    return faults or _mixed(counts, numeric, how, proposal, in_percent)


def _mixed(
    counts: Mapping[str, int],
    numeric: Sequence[str],
    how: Written,
    proposal: Proposal,
    in_percent: bool,
) -> dict[str, str]:
    """Return the cells that are written in another way than most rows."""
    faults = {
        cell: f"'{cell[:40]}': some rows have a percent sign and some do not; write all of them "
        "one way."
        for cell in numeric
        if cell.endswith("%") != in_percent
    }
    words = [cell for cell, grade in proposal.grades.items() if grade is not None]
    is_yes_or_no = proposal.highest == 1
    grades = [
        cell
        for cell in numeric
        if cell not in faults and not (is_yes_or_no and _is_0_or_1(cell, how))
    ]
    if proposal.highest is None or not words or not grades:
        return faults
    if sum(counts[cell] for cell in words) > sum(counts[cell] for cell in grades):
        mixed = f"a number among words such as {' and '.join(word[:20] for word in words[:2])}"
        remedy = "write one of these words, or say what it means"
        return faults | {cell: f"'{cell[:40]}' is {mixed}; {remedy}." for cell in grades}
    return faults | {
        cell: f"'{cell[:40]}' is a word among grades; write a number, or say what it means."
        for cell in words
    }


def _is_0_or_1(cell: str, how: Written) -> bool:
    return not cell.endswith("%") and how.style.value(cell) in (0.0, 1.0)


def _mostly_percent(counts: Mapping[str, int], numeric: Sequence[str]) -> bool:
    """Whether numbers are percentages, as most of them are; the first decides a draw."""
    rows = sum(counts[cell] for cell in numeric)
    percent = sum(counts[cell] for cell in numeric if cell.endswith("%"))
    return numeric[0].endswith("%") if rows and 2 * percent == rows else 2 * percent > rows


def meanings_asked_for(fault: LabelsError, cells: LabelCells, column: str) -> UnknownLabels:
    """Return the fault of words without a meaning as one that lists all words, with their rows."""
    words = [cell for cell in cells.counts if cell not in cells.numbers]
    listed = [_word_as_asked(word, cells) for word in words[:_WORDS_SHOWN]]
    if len(words) > _WORDS_SHOWN:
        listed.append(f"and {len(words) - _WORDS_SHOWN:,} more")
    return UnknownLabels(
        f"Column '{column[:40]}' has labels of unknown meaning: {', '.join(listed)}. Give each a "
        f"number in the meanings of the labels, {_suggestion(words, cells)}, or "
        "none to leave its rows out.",
        row=fault.row,
        column=fault.column,
        faults=fault.faults,
        is_skippable=fault.is_skippable,
    )


def _suggestion(words: Sequence[str], cells: LabelCells) -> str:
    """Return a number for the word that is asked for, where the others leave one for it.

    Beside one end that is the other; all else would be a guess that reads like advice.
    """
    asked = [word for word in words if word not in cells.meanings]
    other = {frozenset({0.0}): 1, frozenset({1.0}): 0}.get(frozenset(cells.grades))
    if len(asked) == 1 and other is not None:
        return f"such as {asked[0][:40]} = {other}"
    return "from 0 for not relevant up"


def _word_as_asked(word: str, cells: LabelCells) -> str:
    rows = cells.counts[word]
    meaning = meaning_words(cells.meanings[word]) if word in cells.meanings else "?"
    return f"{word[:40]} = {meaning} ({rows:,} {'row' if rows == 1 else 'rows'})"
