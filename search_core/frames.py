"""Tables that programs hold: frames of pandas and polars, Arrow, datasets, dicts and lists.

Frames are read through narwhals, which knows them without importing any of their libraries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from search_core.errors import InputError

Backend = Literal["pandas", "polars", "pyarrow"]
Columns = Mapping[str, Sequence[Any]]

_EXPECTED = (
    "a frame of pandas or polars, an Arrow table, a dataset, a list of dicts or a dict of lists"
)
_NOT_THERE = ("NAType", "NaTType")
_NESTED = (list, tuple, dict, np.ndarray)
_SHOWN = 12  # columns in a message


def columns_of(frame: object, error: type[InputError] = InputError) -> dict[str, list[Any]]:
    """Return the columns of a table as plain lists, in the order of its rows.

    Parameters
    ----------
    frame:
        An eager frame of any library that narwhals knows (pandas, polars, Arrow, modin, cuDF), a
        Hugging Face dataset, a list of mappings, or a mapping from names to columns.
    error:
        The kind of `InputError` that faults are raised as.

    Returns
    -------
    dict
        Texts, flags and numbers as Python has them; None for None, NaN and NA. What else is in a
        cell is there as its text, but for lists and the like, which stay.

    Raises
    ------
    InputError
        It is no such table, has no row, columns of several lengths, or a name that is no text.
    """
    columns = {
        _name(name, error): _plain(column) for name, column in _raw_columns(frame, error).items()
    }
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        each = ", ".join(f"'{name}' {count:,}" for name, count in list(lengths.items())[:_SHOWN])
        raise error(f"The columns differ in length ({each}); give one value a row in each.")
    if not columns or not next(iter(lengths.values())):
        raise error("The table has no rows; give at least one.")
    return columns


def is_nested(column: Sequence[Any]) -> bool:
    """Whether a cell of a column holds several values, as one of vectors does."""
    return any(isinstance(cell, _NESTED) for cell in column)


def frame_of(columns: Columns, backend: Backend) -> Any:
    """Return columns as a frame of a library.

    Raises
    ------
    InputError
        The library is none of the three, or not installed.
    """
    if backend not in ("pandas", "polars", "pyarrow"):
        raise InputError(f"backend is {backend!r:.40}; write 'pandas', 'polars' or 'pyarrow'.")
    import narwhals

    try:
        return narwhals.from_dict(dict(columns), backend=backend).to_native()
    except ModuleNotFoundError:
        raise InputError(
            f"A frame of {backend} was asked for, which is not installed; pip install {backend}, "
            "or take to_dicts()."
        ) from None


def check_columns(
    wanted: Mapping[str, str], columns: Sequence[str], error: type[InputError]
) -> None:
    """Refuse a name that no column has, with the nearest that one has.

    Parameters
    ----------
    wanted:
        The name that was given, by what the column was to hold.
    columns:
        The names that there are.
    error:
        The kind of error.
    """
    for role, name in wanted.items():
        if name in columns:
            continue
        near = get_close_matches(str(name), columns, 1)
        hint = f" (did you mean '{near[0]}'?)" if near else ""
        shown = ", ".join(f"'{each[:40]}'" for each in columns[:_SHOWN])
        more = f" and {len(columns) - _SHOWN:,} more" if len(columns) > _SHOWN else ""
        raise error(
            f"The table has no column {name!r:.40} for the {role}{hint}; its columns are "
            f"{shown}{more}.",
            column=str(name),
        )


def _raw_columns(frame: Any, error: type[InputError]) -> Mapping[Any, Any]:
    if isinstance(frame, Mapping):
        return _of_mapping(frame, error)
    if isinstance(frame, list | tuple):
        return _of_records(frame, error)
    if hasattr(frame, "column_names") and hasattr(frame, "to_dict"):  # datasets.Dataset
        return dict(frame.to_dict())
    import narwhals
    from narwhals.exceptions import DuplicateError

    try:
        read = narwhals.from_native(frame, pass_through=True)
    except DuplicateError:
        raise error(
            "The table has several columns of one name; rename them, or keep one of each."
        ) from None
    if isinstance(read, narwhals.LazyFrame):
        raise error("The frame is lazy; collect() it first.")
    if not isinstance(read, narwhals.DataFrame):
        raise error(f"A {type(frame).__name__} was given where a table was expected: {_EXPECTED}.")
    return read.to_dict(as_series=False)


def _of_mapping(frame: Mapping[Any, Any], error: type[InputError]) -> Mapping[Any, Any]:
    for name, column in frame.items():
        if hasattr(column, "column_names"):  # a DatasetDict, or several frames by name
            names = ", ".join(f"'{each}'" for each in list(frame)[:_SHOWN])
            raise error(f"Several tables were given, {names}; choose one, such as [{name!r}].")
        if isinstance(column, str | bytes | Mapping) or not hasattr(column, "__len__"):
            raise error(
                f"The column {name!r:.40} came as a {type(column).__name__}; give a list of "
                "values, one for each row."
            )
    return frame


def _of_records(rows: Sequence[Any], error: type[InputError]) -> dict[Any, list[Any]]:
    for row, record in enumerate(rows, start=1):
        if not isinstance(record, Mapping):
            raise error(
                f"Row {row} is a {type(record).__name__}; give each row its columns by name, as "
                "a dict.",
                row=row,
            )
    names = dict.fromkeys(name for record in rows for name in record)
    return {name: [record.get(name) for record in rows] for name in names}


def _name(name: object, error: type[InputError]) -> str:
    if isinstance(name, str):
        return name
    raise error(
        f"A column is named {name!r:.40}, a {type(name).__name__}; name columns by texts, such as "
        "df.columns = ['query', 'score', 'relevance']."
    )


def _plain(column: Any) -> list[Any]:
    """Return a column's cells as Python has them."""
    for read in ("to_pylist", "to_list", "tolist"):  # Arrow, polars, NumPy and what acts like it
        if hasattr(column, read):
            column = getattr(column, read)()
            break
    if not isinstance(column, list | tuple):  # a column of datasets is lazy and acts like a list
        column = list(column)
    return [_plain_cell(cell) for cell in column]


def _plain_cell(value: Any) -> Any:
    if value is None or type(value).__name__ in _NOT_THERE:
        return None
    if hasattr(value, "item") and not getattr(value, "shape", ()):  # a number of NumPy
        value = value.item()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if isinstance(value, (bool, int, float, *_NESTED)) else str(value)
