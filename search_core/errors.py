"""What can go wrong, in words: every message says what was given, what was expected, what to do."""

from __future__ import annotations


class SearchCoreError(Exception):
    """The parent of every error that the library raises for a caller's mistake."""


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

    Examples
    --------
    >>> sc.InputError("Row 3 is empty; fill it in.", row=3).row
    3
    """

    def __init__(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


class QueryError(InputError):
    """A query, or the number of hits asked for, cannot be used."""


class CorpusError(InputError):
    """A collection cannot be used."""


class LabelsError(InputError):
    """A file of labels cannot be used."""


class IndexSpecError(SearchCoreError):
    """An index factory string, metric or search parameter cannot be used."""


class EncoderError(SearchCoreError):
    """A model is unknown, cannot be had, or is not what it should be."""


class CalibrationError(SearchCoreError):
    """A calibrator cannot be fitted, read or applied."""


class ScaleMismatch(SearchCoreError):  # noqa: N818 - the public name reads as a noun
    """Scores of one scale were given where scores of another were expected."""


class CollectionChangedWarning(UserWarning):
    """A calibrator serves a collection that changed more since its fit than was measured."""
