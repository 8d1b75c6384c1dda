"""Numbers of any shape: a single one, lists, arrays, columns of a frame, tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from search_core.errors import InputError
from search_core.vectors import Floats, Mask

NOT_THERE = ("NAType", "NaTType", "NoneType")  # what frames hold in place of a number


class HoldsArray(Protocol):
    """What NumPy can make an array of: an array itself, a column of a frame, a tensor."""

    def __array__(self, *args: Any, **kwargs: Any) -> npt.NDArray[Any]:
        """Return the array."""
        ...


Numbers = Sequence[Any] | HoldsArray
"""Several numbers: nested lists, an array (masked or not), a column of a frame, a tensor."""


def floats_of(given: object, what: str) -> Floats:
    """Return numbers as float64, in their shape; None and a frame's NA become NaN, a mask stays.

    Parameters
    ----------
    given:
        A number, or several, as `Numbers` has them.
    what:
        What they are, in the plural, for the sentence of an error.

    Raises
    ------
    InputError
        They are no numbers, such as texts, or lists of several lengths.
    """
    if isinstance(given, np.ma.MaskedArray):
        kept: Floats = np.ma.array(floats_of(given.data, what), mask=np.ma.getmaskarray(given))
        return kept
    array = _array(given, what)
    if array.dtype.kind == "O":
        return np.array([_float(each, what) for each in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "fiu":
        raise _no_numbers(array.flat[0] if array.size else given, what)
    return array.astype(np.float64)


def keeping_gaps(given: Floats, of_known: Callable[[Floats], Floats]) -> Floats:
    """Return what a function makes of the numbers that are there, in the shape of all.

    Parameters
    ----------
    given:
        As `floats_of` returns them.
    of_known:
        Takes those that are neither masked nor NaN, shape (k,), and returns as many.

    Returns
    -------
    float64 of the given shape: NaN where it was NaN, masked where it was masked.
    """
    known = _known(given)
    values = np.full(given.shape, np.nan)
    values[known] = of_known(np.ma.getdata(given)[known])
    if isinstance(given, np.ma.MaskedArray):
        kept: Floats = np.ma.array(values, mask=np.ma.getmaskarray(given))
        return kept
    return values


def position_words(given: Floats, index_of_known: int) -> str:
    """Return where one of the numbers that are there stands: " [2, 0]", or "" for a single one."""
    index = np.argwhere(_known(given))[index_of_known]
    return f" [{', '.join(map(str, index))}]" if len(index) else ""


def _known(given: Floats) -> Mask:
    known: Mask = ~(np.ma.getmaskarray(given) | np.isnan(np.ma.getdata(given)))
    return known


def _array(given: Any, what: str) -> npt.NDArray[Any]:
    if hasattr(given, "detach"):  # a tensor, perhaps on another device, one that learns, bfloat16
        given = given.detach().cpu().double()
    try:
        is_array = hasattr(given, "__array__")  # Arrow's takes gaps, and its to_numpy does not
        return np.asarray(given if is_array or not hasattr(given, "to_numpy") else given.to_numpy())
    except (TypeError, ValueError, RuntimeError):
        raise InputError(
            f"The {what} came as a {type(given).__name__} that is no array of numbers; give lists "
            "of one length, or an array."
        ) from None


def _float(value: object, what: str) -> float:
    if type(value).__name__ in NOT_THERE:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise _no_numbers(value, what)
    try:
        return float(value)
    except OverflowError:
        raise InputError(
            f"Among the {what} is an integer of more than 300 digits; give numbers that a float "
            "can hold."
        ) from None


def _no_numbers(value: object, what: str) -> InputError:
    value = value.item() if isinstance(value, np.generic) else value
    return InputError(
        f"Among the {what} is {value!r:.40}, a {type(value).__name__}; give numbers, and None or "
        "NaN where there is none."
    )
