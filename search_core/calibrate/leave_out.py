"""Fits that leave queries out: each row is judged by a fit that saw no row of its query.

Where it can be afforded every query is left out by itself, so that nothing depends on which queries
were dealt together. Many fits on nearly the same rows are one fit and many small corrections, a few
products of matrices each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.calibrate.members import (
    Columns,
    Constant,
    Floats,
    Member,
    expit,
    logit,
)
from search_core.calibrate.models import Design
from search_core.evaluate.ranking import rows_by_query
from search_core.evaluate.reliability import CLIP

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

MOST_WORK = 1_000_000  # rows times folds: a second or two for a blend
FEWEST_FOLDS = 20
STEPS = 60
SETTLED = 1e-9  # a step this small, in log-odds of a standardised column, is none
ROUGHLY = 1e-7  # and where rounding allows no smaller ones, one this small


def leave_out_folds(queries: Sequence[str], seed: int) -> list[Rows]:
    """Return the rows of each fold; no query is in two.

    A fold is one query where so many fits can be afforded. Else queries are dealt by a digest of
    what they say, never by a computed number, so that every machine deals alike.

    Parameters
    ----------
    queries:
        The query of each row.
    seed:
        Of the deal.
    """
    groups = rows_by_query(queries)
    count = min(len(groups), max(FEWEST_FOLDS, MOST_WORK // len(queries)))
    dealt = [groups[query] for query in in_drawn_order(groups, seed)]
    return [np.sort(np.concatenate(dealt[fold::count])) for fold in range(count)]


def in_drawn_order(queries: Sequence[str] | dict[str, Rows], seed: int) -> list[str]:
    """Return queries in an order that is random, and the same wherever they are the same."""
    return sorted(queries, key=lambda query: _digest(query, seed))


def _digest(query: str, seed: int) -> bytes:
    # Lone surrogates cannot be encoded as UTF-8; they still deserve a hash.
    return hashlib.sha256(f"{seed}\n{query}".encode("utf-8", "surrogatepass")).digest()


def out_of_fold(
    fit: Callable[[Columns, Floats], Member], columns: Columns, y: Floats, folds: Sequence[Rows]
) -> Floats:
    """Return each row's value from a fit that saw no row of its fold, by fitting once a fold."""
    values = np.empty(len(y))
    for held in folds:
        others = np.setdiff1d(np.arange(len(y)), held)
        values[held] = _fit_or_mean(fit, _rows_of(columns, others), y[others]).predict(
            _rows_of(columns, held)
        )
    return values


def _fit_or_mean(fit: Callable[[Columns, Floats], Member], columns: Columns, y: Floats) -> Member:
    """Fit, or state the mean where all judgements of this part are equal."""
    if y.max() > y.min():
        return fit(columns, y)
    return Constant(float(np.clip(y.mean(), CLIP, 1 - CLIP)))


def _rows_of(columns: Columns, rows: Rows) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def left_out_coefficients(design: Design[Any], y: Floats, folds: Sequence[Rows]) -> Floats:
    """Return intercept and slopes of the fit without each fold, shape (folds, 1 + m).

    Newton's method from the fit on all rows, for all folds at once, with the curvature there less
    that of the rows left out. The design's scales and knots, in which there is no label, are those
    of all rows.

    Parameters
    ----------
    design, y:
        What is fitted, and the judgements.
    folds:
        The rows that are left out together.
    """
    rows = np.column_stack([np.ones(len(y)), design.rows])
    kept = np.ones((len(folds), len(y)), dtype=bool)
    for fold, held in enumerate(folds):
        kept[fold, held] = False
    start = design.coefficients(y)
    found, settled = _descended(design, rows, kept, y, start)
    for fold in np.flatnonzero(~settled).tolist():
        found[fold] = _fitted(design, y, kept[fold])
    return found


def _descended(
    design: Design[Any], rows: Floats, kept: Mask, y: Floats, start: Floats
) -> tuple[Floats, Mask]:
    """Return where the slope of each fold's penalised loss is 0, and whether it was found."""
    penalty = np.append(0.0, np.full(len(start) - 1, 1.0 / design.strength))
    targets = np.zeros(kept.shape)
    for fold, chosen in enumerate(kept):
        targets[fold, chosen] = design.targets(y[chosen])
    steepness = _steepness(rows, kept, penalty, start)
    at = np.tile(start, (len(kept), 1))
    size = np.full(len(kept), np.inf)
    for _ in range(STEPS):
        slope = (kept * (expit(at @ rows.T) - targets)) @ rows + penalty * at
        step = (steepness @ slope[:, :, np.newaxis])[:, :, 0]
        at, before, size = at - step, size, np.abs(step).max(axis=1)
        if ((size < SETTLED) | ~(size < before)).all():
            break
    varied = np.array([np.ptp(y[chosen]) > 0.0 for chosen in kept])
    return at, varied & (size < ROUGHLY)


def _steepness(rows: Floats, kept: Mask, penalty: Floats, at: Floats) -> Floats:
    """Return the inverse curvature of each fold's loss, shape (folds, 1 + m, 1 + m)."""
    chance = expit(rows @ at)
    weights = chance * (1.0 - chance)
    everything = (rows.T * weights) @ rows + np.diag(penalty)
    left = [np.flatnonzero(~chosen) for chosen in kept]
    without = [everything - (rows[held].T * weights[held]) @ rows[held] for held in left]
    return np.linalg.pinv(np.array(without), hermitian=True)


def _fitted(design: Design[Any], y: Floats, kept: Mask) -> Floats:
    """Fit anew, or state the mean where all judgements that are left are equal."""
    if np.ptp(y[kept]) > 0.0:
        return design.coefficients_of(kept, y)
    constant = np.zeros(1 + design.rows.shape[1])
    constant[0] = logit(np.clip(y[kept][:1], CLIP, 1 - CLIP))[0]
    return constant


def held_out_odds(design: Design[Any], coefficients: Floats, folds: Sequence[Rows]) -> Floats:
    """Return each row's log-odds under the fit that left it out, shape (n,).

    Parameters
    ----------
    design, folds:
        As for `left_out_coefficients`.
    coefficients:
        What that returned.
    """
    odds = np.empty(len(design.rows))
    for held, each in zip(folds, coefficients, strict=True):
        odds[held] = each[0] + design.rows[held] @ each[1:]
    return odds
