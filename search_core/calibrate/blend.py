"""The blend: members fitted on the same labels, weighted by how they do on other queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from search_core.calibrate.leave_out import Rows, held_out_odds, left_out_coefficients
from search_core.calibrate.members import Additive, Columns, Logistic, expit, logit
from search_core.calibrate.models import Design, additive_design, logistic_design, platt_design
from search_core.evaluate.reliability import CLIP, row_losses

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
Part = Logistic | Additive
AnyDesign = Design[Logistic] | Design[Additive]

WEIGHT_TEMPERATURE = 10.0
SMALLEST_WEIGHT = 0.01  # a member's weight counts as far as it lies above
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
    """One kind of member: its columns, and the regression that is fitted to them.

    Attributes
    ----------
    columns:
        Their names.
    of_rows:
        Makes the regression of the columns' values, shape (n, m).
    """

    columns: tuple[str, ...]
    of_rows: Callable[[Floats], AnyDesign]

    def design(self, columns: Columns) -> AnyDesign:
        """Return the regression on all rows given."""
        return self.of_rows(np.column_stack([columns[name] for name in self.columns]))


def recipes(feature_names: Sequence[str]) -> tuple[Recipe, ...]:
    """Return the members that are tried: from the score alone to a curve for every column."""
    names = tuple(feature_names)
    return (
        Recipe(names[:1], lambda x: platt_design(names[0], x[:, 0])),
        Recipe(THREE, lambda x: logistic_design(THREE, x, THREE_STRENGTH)),
        *(Recipe(names, partial(_curves, names, strength)) for strength in CURVE_STRENGTHS),
    )


def _curves(names: tuple[str, ...], strength: float, x: Floats) -> AnyDesign:
    return additive_design(names, STRAIGHT, x, strength)


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
    platt = platt_design("cos", columns["cos"])
    return _guard(columns["cos"], platt, platt.coefficients(y))


def _guard(cosines: Floats, platt: AnyDesign, coefficients: Floats) -> Guard:
    """Return the guard of these cosines, by the coefficients of the simple curve on them."""
    scale = platt.scale[0]
    slope = float(np.clip(coefficients[1] / scale, *GUARD_SLOPES))
    return Guard(float(np.quantile(cosines, LOWEST_COSINE)), slope)


def fit_blend(
    columns: Columns, y: Floats, folds: Sequence[Rows], progress: Progress
) -> tuple[Blend, Floats]:
    """Fit every recipe with each fold left out, weigh them, and fit those that count on all rows.

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
    designs = [recipe.design(columns) for recipe in recipes(tuple(columns))]
    left_out = []
    for n, design in enumerate(designs):
        left_out.append(left_out_coefficients(design, y, folds))
        progress(n + 1, len(designs) + 1)
    odds = np.array([held_out_odds(*each, folds) for each in zip(designs, left_out, strict=True)])
    losses = np.array([row_losses(y, expit(each)) for each in odds])
    weights = _weights(losses.mean(axis=1), len(y))
    kept = np.flatnonzero(weights)
    members = tuple(designs[n].fit(y) for n in kept)
    blend = Blend(members, tuple(weights[kept].tolist()), fit_guard(columns, y))
    progress(len(designs) + 1, len(designs) + 1)
    guards = [
        _guard(np.delete(columns["cos"], held), designs[0], each)
        for held, each in zip(folds, left_out[0], strict=True)
    ]
    return blend, _cross_fitted(odds, losses, columns["cos"], guards, folds)


def mixed(values: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the weighted mean of some members' values, in log-odds."""
    inside = [np.clip(p, CLIP, 1 - CLIP) for p in values]
    odds: Floats = np.sum([w * logit(p) for w, p in zip(weights, inside, strict=True)], axis=0)
    return odds


def _cross_fitted(
    odds: Floats, losses: Floats, cosines: Floats, guards: Sequence[Guard], folds: Sequence[Rows]
) -> Floats:
    values = np.empty(len(cosines))
    for held, guard in zip(folds, guards, strict=True):
        others = np.delete(losses, held, axis=1)
        weights = _weights(others.mean(axis=1), others.shape[1])
        mean = mixed(list(expit(odds[:, held])), weights.tolist())
        values[held] = expit(guard.lowered(mean, cosines[held]))
    return values


def _weights(losses: Floats, rows: int) -> Floats:
    """Return the members' weights, sum 1; 0 for one that would count next to nothing."""
    raw = np.exp(-rows * (losses - losses.min()) / WEIGHT_TEMPERATURE)
    # Falling to 0 without a step, so that no rounding decides whether a member is there.
    counted = np.maximum(0.0, raw / raw.sum() - SMALLEST_WEIGHT)
    weights: Floats = counted / counted.sum()
    return weights
