"""How sure a measured figure is: intervals that know that rows of one query hang together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from search_core.evaluate.ranking import rows_by_query

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

DRAWS = 500
CONFIDENCE = 0.9


def mean_interval(values: Floats, queries: Sequence[str], seed: int = 0) -> Interval:
    """Return the 90% interval of a mean over rows, by bootstrap of whole queries.

    Parameters
    ----------
    values:
        One value a row; for a paired difference, the differences. Shape (n,).
    queries:
        The query of each row.
    seed:
        Of the draws.
    """
    groups = list(rows_by_query(queries).values())
    sums = np.array([values[rows].sum() for rows in groups])
    counts = np.array([len(rows) for rows in groups], dtype=np.float64)
    chosen = _draws(len(groups), seed)
    return _percentiles(sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1))


def interval(
    measure: Callable[[npt.NDArray[np.intp]], float | None],
    queries: Sequence[str],
    seed: int = 0,
    draws: int = 200,
) -> Interval | None:
    """Return the 90% interval of any measure of rows, by bootstrap of whole queries.

    Parameters
    ----------
    measure:
        Takes row numbers, perhaps with repeats, and returns a figure or None.
    queries:
        The query of each row.
    seed, draws:
        Of the draws, and how many: fewer than for a mean, since each one is computed anew.
    """
    groups = list(rows_by_query(queries).values())
    found = [
        figure
        for chosen in _draws(len(groups), seed, draws)
        if (figure := measure(np.concatenate([groups[n] for n in chosen]))) is not None
    ]
    return _percentiles(np.array(found)) if found else None


def _draws(groups: int, seed: int, draws: int = DRAWS) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, groups, size=(draws, groups))


def _percentiles(figures: Floats) -> Interval:
    low, high = np.quantile(figures, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
