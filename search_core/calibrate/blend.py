"""The blend: members fitted on the same labels, weighted by how they do on other queries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from search_core.calibrate.members import Additive, Columns, Logistic, Member, expit, logit
from search_core.calibrate.models import fit_additive, fit_logistic, fit_platt
from search_core.evaluate.ranking import rows_by_query
from search_core.evaluate.reliability import CLIP, row_losses

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Progress = Callable[[int, int], None]
Part = Logistic | Additive

FOLDS = 5
WEIGHT_TEMPERATURE = 10.0
SMALLEST_WEIGHT = 0.01
LOWEST_COSINE = 0.01  # quantile of the labelled cosines under which the guard sets in
GUARD_SLOPES = (20.0, 60.0)

THREE = ("cos", "lsm", "nearw")
THREE_STRENGTH = 0.3
CURVE_STRENGTHS = (0.03, 0.1, 0.3, 1.0)
# Judged texts that the search did not bring up are mostly the right ones: a curve free to bend
# would learn that a text far down the list is relevant, and say so of every hit found there.
STRAIGHT = ("lrank",)


@dataclass(frozen=True)
class Recipe:
    """One kind of member: its columns, and how it is fitted to them.

    Attributes
    ----------
    columns:
        Their names.
    fit_rows:
        Takes columns (n, m) and judgements (n,).
    """

    columns: tuple[str, ...]
    fit_rows: Callable[[Floats, Floats], Part]

    def fit(self, columns: Columns, y: Floats) -> Part:
        """Fit on all rows given."""
        return self.fit_rows(np.column_stack([columns[name] for name in self.columns]), y)


def recipes(feature_names: Sequence[str]) -> tuple[Recipe, ...]:
    """Return the members that are tried: from the score alone to a curve for every column."""
    names = tuple(feature_names)
    return (
        Recipe(names[:1], lambda x, y: fit_platt(names[0], x[:, 0], y)),
        Recipe(THREE, lambda x, y: fit_logistic(THREE, x, y, THREE_STRENGTH)),
        *(Recipe(names, partial(_fit_curves, names, strength)) for strength in CURVE_STRENGTHS),
    )


def _fit_curves(names: tuple[str, ...], strength: float, x: Floats, y: Floats) -> Additive:
    return fit_additive(names, STRAIGHT, x, y, strength)


@dataclass(frozen=True)
class Guard:
    """Lets log-odds fall below the cosines seen in the labels, where nothing was ever judged.

    Attributes
    ----------
    below:
        The cosine under which it sets in: the 1% quantile of the labelled ones.
    slope:
        Log-odds per unit of cosine: Platt's, kept within 20 and 60.
    """

    below: float
    slope: float

    def lowered(self, log_odds: Floats, cosines: Floats) -> Floats:
        """Return the log-odds, lowered below the labelled range and untouched inside it."""
        lowered: Floats = log_odds - self.slope * np.maximum(0.0, self.below - cosines)
        return lowered


@dataclass(frozen=True)
class Blend:
    """Members and weights; their weighted mean is taken in log-odds."""

    members: tuple[Part, ...]
    weights: tuple[float, ...]
    guard: Guard | None

    def predict(self, columns: Columns) -> Floats:
        """Return a value in (0, 1) for each row."""
        odds = mixed([member.predict(columns) for member in self.members], self.weights)
        return expit(self.guard.lowered(odds, columns["cos"]) if self.guard else odds)


def fit_guard(columns: Columns, y: Floats) -> Guard:
    """Fit the guard on labelled rows."""
    cosines = columns["cos"]
    platt = fit_platt("cos", cosines, y)
    slope = float(np.clip(platt.coef[0] / platt.scale[0], *GUARD_SLOPES))
    return Guard(float(np.quantile(cosines, LOWEST_COSINE)), slope)


def fit_blend(
    columns: Columns, y: Floats, folds: Sequence[Rows], progress: Progress
) -> tuple[Blend, Floats]:
    """Fit every recipe on each side of the folds, weigh them, and refit those that count.

    Parameters
    ----------
    columns, y:
        Features by name and judgements; each of shape (n,).
    folds:
        The held-out rows of each fold; no query in two folds.
    progress:
        Called with (fits done, fits in all).

    Returns
    -------
    Blend, ndarray
        The blend fitted on all rows, and out-of-fold values whose weights are cross-fitted, too:
        those of a fold come from the other folds' losses.
    """
    tried = recipes(tuple(columns))
    total = len(tried) * (len(folds) + 1)
    held_out = np.empty((len(tried), len(y)))
    for n, recipe in enumerate(tried):
        held_out[n] = out_of_fold(recipe.fit, columns, y, folds)
        progress((n + 1) * len(folds), total)
    losses = np.array([row_losses(y, p) for p in held_out])
    weights = _weights(losses.mean(axis=1), len(y))
    kept = np.flatnonzero(weights >= SMALLEST_WEIGHT)
    members = tuple(tried[n].fit(columns, y) for n in kept)
    progress(total, total)
    chosen = tuple((weights[kept] / weights[kept].sum()).tolist())
    guard = fit_guard(columns, y)
    return Blend(members, chosen, guard), _cross_fitted(held_out, losses, columns, y, folds)


def out_of_fold(
    fit: Callable[[Columns, Floats], Member], columns: Columns, y: Floats, folds: Sequence[Rows]
) -> Floats:
    """Return each row's value from a fit that saw no row of its fold."""
    values = np.empty(len(y))
    for held in folds:
        others = np.setdiff1d(np.arange(len(y)), held)
        values[held] = fit_or_mean(fit, _rows_of(columns, others), y[others]).predict(
            _rows_of(columns, held)
        )
    return values


def fit_or_mean(fit: Callable[[Columns, Floats], Member], columns: Columns, y: Floats) -> Member:
    """Fit, or state the mean where all judgements of this part are equal."""
    if y.max() > y.min():
        return fit(columns, y)
    return Constant(float(np.clip(y.mean(), CLIP, 1 - CLIP)))


@dataclass(frozen=True)
class Constant:
    """The same value for every row."""

    value: float

    def predict(self, columns: Columns) -> Floats:
        """Return the value once a row."""
        return np.full(len(next(iter(columns.values()))), self.value)


def mixed(values: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the weighted mean of some members' values, in log-odds."""
    inside = [np.clip(p, CLIP, 1 - CLIP) for p in values]
    odds: Floats = np.sum([w * logit(p) for w, p in zip(weights, inside, strict=True)], axis=0)
    return odds


def folds_by_query(
    queries: Sequence[str], features: Floats, y: Floats, seed: int, count: int = FOLDS
) -> list[Rows]:
    """Deal whole queries to folds, so that no query is fitted on and tested on.

    The deal depends on what the rows hold, never on their order or on the queries' names: rows
    that are shuffled, or queries that are renamed, give the same folds.
    """
    groups = rows_by_content(queries, features, y)
    count = min(count, len(groups))
    dealt = np.random.default_rng(seed).permutation(len(groups))
    return [
        np.sort(np.concatenate([groups[n] for n in dealt[fold::count]])) for fold in range(count)
    ]


def rows_by_content(queries: Sequence[str], features: Floats, y: Floats) -> list[Rows]:
    """Return the rows of each query, the queries in an order that only what they hold decides."""
    return sorted(rows_by_query(queries).values(), key=lambda rows: _digest(features, y, rows))


def _digest(features: Floats, y: Floats, rows: Rows) -> bytes:
    table = np.round(np.column_stack([features[rows], y[rows]]), 9)
    ordered = table[np.lexsort(table.T[::-1])] + 0.0  # no negative zero
    return hashlib.sha256(np.ascontiguousarray(ordered).tobytes()).digest()


def _cross_fitted(
    held_out: Floats, losses: Floats, columns: Columns, y: Floats, folds: Sequence[Rows]
) -> Floats:
    values = np.empty(len(y))
    for held in folds:
        others = np.setdiff1d(np.arange(len(y)), held)
        weights = _weights(losses[:, others].mean(axis=1), len(others))
        odds = mixed(list(held_out[:, held]), weights.tolist())
        if y[others].max() > y[others].min():
            guard = fit_guard(_rows_of(columns, others), y[others])
            odds = guard.lowered(odds, columns["cos"][held])
        values[held] = expit(odds)
    return values


def _weights(losses: Floats, rows: int) -> Floats:
    raw = np.exp(-rows * (losses - losses.min()) / WEIGHT_TEMPERATURE)
    weights: Floats = raw / raw.sum()
    return weights


def _rows_of(columns: Columns, rows: Rows) -> Columns:
    return {name: values[rows] for name, values in columns.items()}
