"""Plain mistakes in what a caller hands over, each told in one sentence."""

from __future__ import annotations

import operator
from typing import SupportsIndex

from search_core.errors import SearchCoreError


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
