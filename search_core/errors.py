"""Every error, and the checks of arguments that raise them."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import SupportsIndex, TypeVar

_ROWS_NAMED = 10  # of those that have faults, in one sentence

_ALL_EQUAL = "All labels are equal; there is nothing to learn from them. "
_OTHER_KIND = "Add labels of the other kind: relevant and not relevant texts are both needed."
_RELEVANT_ALONE = (
    "They name relevant texts alone, as many qrels do, and a text without a label is not known to "
    "be wrong: label hits of the same queries, too, such as the 50 that a judging plan chooses."
)


def all_equal_words(label: float) -> str:
    """Say what labels lack that are all the same, and how to get it; `label` is in [0, 1]."""
    return _ALL_EQUAL + (_RELEVANT_ALONE if label >= 0.5 else _OTHER_KIND)


class SearchCoreError(Exception):
    """The parent of every error that the library raises for a caller's mistake."""


@dataclass(frozen=True)
class Fault:
    """What keeps one row of a file from being used; the rows beside it may be fine.

    Attributes
    ----------
    row, column:
        Row of the file, counted as a spreadsheet does (the header is row 1), and the name of the
        column; None where the whole row is at fault.
    sentence:
        What stands there, what was expected, what to do.

    Examples
    --------
    >>> sc.Fault(3, "text", "Row 3, column 'text': the cell is empty; fill it in.").row
    3
    """

    row: int
    column: str | None
    sentence: str


class InputError(SearchCoreError):
    """Something that was handed in cannot be used.

    Parameters
    ----------
    message:
        One sentence: what was given, what was expected, what to do.
    row:
        Row of the file, counted as a spreadsheet does (the header is row 1), where there is one.
    column:
        Name of the column, where there is one.
    faults:
        Every row that cannot be used.
    is_skippable:
        Whether the rest of the file can be read without these rows.

    Examples
    --------
    >>> sc.InputError("Row 3 is empty; fill it in.", row=3).row
    3
    """

    def __init__(
        self,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        faults: Sequence[Fault] = (),
        is_skippable: bool = False,
    ) -> None:
        super().__init__(message)
        self.row = row
        self.column = column
        self.faults = tuple(faults)
        self.is_skippable = is_skippable


class QueryError(InputError):
    """A query, or the number of hits asked for, cannot be used."""


class CorpusError(InputError):
    """A collection cannot be used."""


class LabelsError(InputError):
    """A file of labels cannot be used."""


class UnknownLabels(LabelsError):  # noqa: N818 - the public name says what was found
    """A file has labels whose meaning nobody can tell; the message asks for all of them at once."""


class IndexSpecError(SearchCoreError):
    """An index factory string, metric or search parameter cannot be used."""


class EncoderError(SearchCoreError):
    """A model is unknown, cannot be had, or is not what it should be."""


class StoreError(SearchCoreError):
    """A vector store cannot be reached, or is not what it should be; nothing in it was lost."""


class CalibrationError(SearchCoreError):
    """A calibrator cannot be fitted, read or applied."""


class ScaleMismatch(SearchCoreError):  # noqa: N818 - the public name reads as a noun
    """Scores of one scale were given where scores of another were expected."""


class MissingExtra(SearchCoreError, ImportError):  # noqa: N818 - the public name says what is missing
    """A library is needed that is not installed; the message has the line of pip that brings it."""


class CollectionChangedWarning(UserWarning):
    """A calibrator serves a collection that changed more since its fit than was measured."""


class ImplausibleScoreWarning(UserWarning):
    """A score may be no vector score: texts hardly have its cosine, or rank fusion shows it."""


def error_of_faults(
    faults: Sequence[Fault], error: type[InputError], *, is_skippable: bool = False
) -> InputError:
    """Return the error that names every fault of a file: the first in full, then which rows."""
    first = faults[0]
    others = list(dict.fromkeys(each.row for each in faults if each.row != first.row))
    message = first.sentence
    if others:
        what = "Row" if len(others) == 1 else "Rows"
        have = "has a fault" if len(others) == 1 else "have faults"
        message = f"{message} {what} {rows_named(others)} {have}, too."
    return error(
        message, row=first.row, column=first.column, faults=faults, is_skippable=is_skippable
    )


def cap_words(found: str, left_out: str) -> str:
    """Say what to do about something larger than a cap: "The file has more than 10 rows"."""
    return (
        f"{found}, which is the most taken here; leave {left_out} out, or run Score Sense on your "
        "own machine."
    )


@contextmanager
def reading_file(name: str, remedy: str, error: type[SearchCoreError]) -> Iterator[None]:
    """Say in one sentence that a file cannot be read; its `name` is empty where it has none.

    Raises
    ------
    SearchCoreError
        Of the kind given, with the remedy.
    """
    try:
        yield
    except (OSError, ValueError) as fault:  # the latter of a path that no system takes
        which = f"The file {name[:80]!r}" if name else "The file"
        raise error(f"{which} cannot be read ({type(fault).__name__}); {remedy}.") from None


@contextmanager
def writing_file(
    what: str, file: Path, example: str, error: type[SearchCoreError]
) -> Iterator[None]:
    """Say in one sentence that something cannot be written to a file.

    Raises
    ------
    SearchCoreError
        Of the kind given, with the example of a name that would do.
    """
    try:
        yield
    except OSError as fault:
        raise error(
            f"The {what} cannot be written to '{file}' ({fault.strerror or fault}); give a file in "
            f"a folder that exists, such as '{example}'."
        ) from None


def rows_named(rows: Sequence[int]) -> str:
    """Return the numbers of rows for a sentence: "3, 5 and 9", or the first of many."""
    shown = [str(row) for row in rows[:_ROWS_NAMED]]
    if len(rows) > _ROWS_NAMED:
        return f"{', '.join(shown)} and {len(rows) - _ROWS_NAMED:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


Item = TypeVar("Item")
_SHOWN = 60  # characters of a text


def whole_number(value: SupportsIndex, name: str, error: type[SearchCoreError]) -> int:
    """Return a number that counts something as an int; numpy's whole numbers are taken, too.

    Raises
    ------
    SearchCoreError
        Of the kind given: a flag, no whole number, or one below 1.
    """
    try:
        number = 0 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise error(f"{name} is {value!r}; it must be a whole number of 1 or more.")
    return number


def several(given: Iterable[Item], name: str, error: type[SearchCoreError]) -> list[Item]:
    """Return what was given as a list.

    Raises
    ------
    SearchCoreError
        Of the kind given: a single one, such as a text, which would be taken letter by letter, or
        a mapping, of which the keys alone would be taken.
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise error(
            f"The {name} came as a {type(given).__name__}; give a list of them, also of a single "
            "one."
        )
    return list(given)


def shortened(text: str) -> str:
    """Return a text in quotes, as a `repr` shows it: on one line, its end cut off where long."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def check_kind(
    given: object, kind: type | tuple[type, ...], remedy: str, error: type[SearchCoreError]
) -> None:
    """Refuse what is not of the kind expected, or of one of several.

    Raises
    ------
    SearchCoreError
        Of the kind given, with what was given, what was expected, and the remedy.
    """
    if not isinstance(given, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        expected = " or ".join(each.__name__ for each in kinds)
        raise error(f"A {type(given).__name__} was given where {expected} was expected; {remedy}.")
