"""Digits of a number that goes into a program: as few as keep the rows that it was made for."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import numpy.typing as npt

from search_core.mistakes import explain_mistakes

FEWEST = 3  # significant digits, so that what is predicted at the bound stays what it was
MOST = 17  # with so many every double is exact


@explain_mistakes
def bound_keeping(
    exact: float, scores: npt.ArrayLike | None = None, *, higher_is_better: bool = True
) -> float:
    """Return the shortest decimal that keeps exactly the scores which a bound keeps.

    It is rounded towards keeping, down where higher is better and up where lower is, and has at
    least three significant digits unless those beyond are zeros.

    Parameters
    ----------
    exact:
        Scores at and above it are kept where higher is better, else those at and below it.
    scores:
        Of the rows that it was made for, any shape; without them nothing is rounded, and the
        number keeps what it keeps in any data.
    higher_is_better:
        Which way the scale runs.

    Examples
    --------
    >>> sc.bound_keeping(0.016117436, [1 / 61, 1 / 62, 1 / 63])
    0.0161
    >>> sc.bound_keeping(45.3587, [12.4, 45.2, 45.37], higher_is_better=False)
    45.36
    >>> sc.bound_keeping(0.016117436)
    0.016117436
    """
    if scores is None or not math.isfinite(exact) or exact == 0:
        return exact
    way = 1.0 if higher_is_better else -1.0
    turned = way * np.asarray(scores, dtype=np.float64).ravel()
    below = turned[turned < way * exact]
    nearest = float(below.max()) if len(below) else -math.inf
    for digits in range(FEWEST, MOST):
        rounded = rounded_towards_keeping(exact, digits, higher_is_better=higher_is_better)
        if nearest < way * rounded <= way * exact:
            return rounded
    return exact


@explain_mistakes
def rounded_towards_keeping(exact: float, digits: int, *, higher_is_better: bool) -> float:
    """Return a number with so many significant digits, down where higher is better, else up.

    Digits before the decimal point are all kept.

    Parameters
    ----------
    exact:
        The number.
    digits:
        How many significant digits it keeps.
    higher_is_better:
        Whether values at or above the number are kept.

    Examples
    --------
    >>> sc.rounded_towards_keeping(-0.26789, 2, higher_is_better=True)
    -0.27
    """
    number = Decimal(repr(exact))
    last = min(0, number.adjusted() - digits + 1)
    way = ROUND_FLOOR if higher_is_better else ROUND_CEILING
    return float(number.quantize(Decimal(1).scaleb(last), rounding=way))


@explain_mistakes
def written_at_most(value: float, decimals: int) -> str:
    """Return a number's text, rounded down, so that it never passes a threshold anew.

    Parameters
    ----------
    value:
        The number.
    decimals:
        How many decimals are kept at most.

    Examples
    --------
    >>> sc.written_at_most(0.7129999999, 6)
    '0.712999'
    """
    shortened = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR)
    return f"{shortened:f}"


@explain_mistakes
def plain(value: float) -> str:
    """Return the shortest text that reads back as this number, without an exponent.

    Parameters
    ----------
    value:
        Any finite number.

    Examples
    --------
    >>> sc.plain(1.25e-05)
    '0.0000125'
    """
    return np.format_float_positional(value, trim="-")
