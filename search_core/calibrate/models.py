"""Fits: from columns and judgements to members.

Judgements y in [0, 1] are fitted as one positive row of weight y and one negative row of weight
1 − y. scikit-learn takes a second to import, and is imported by what fits: whoever reads a
calibrator and states values needs none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from search_core.calibrate.members import (
    Additive,
    Beta,
    Curve,
    Line,
    Logistic,
    logit,
    unit_share,
)

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Floats = npt.NDArray[np.float64]

NO_PENALTY = 1e8  # scikit-learn's C; larger only costs steps
BENDS = (0.25, 0.5, 0.75)  # quantiles of a column where its curve may bend
LEVEL = 1e-12  # a column whose values lie closer than this is constant


def fit_platt(column: str, x: Floats, y: Floats) -> Logistic:
    """Fit a logistic curve without penalty, on Platt's smoothed targets (Platt 1999).

    (n₊ + 1)/(n₊ + 2) stands for a positive and 1/(n₋ + 2) for a negative, so that data which one
    score separates perfectly still gives finite numbers.
    """
    positive, negative = y.sum(), len(y) - y.sum()
    soft = y * (positive + 1) / (positive + 2) + (1 - y) / (negative + 2)
    return fit_logistic((column,), x[:, np.newaxis], soft, NO_PENALTY)


def fit_logistic(columns: Sequence[str], x: Floats, y: Floats, strength: float) -> Logistic:
    """Fit a ridge-penalised logistic regression on standardised columns.

    Parameters
    ----------
    columns:
        Their names; length m.
    x, y:
        Shape (n, m) and (n,).
    strength:
        scikit-learn's C: the sum of losses counts C times against ½‖w‖².
    """
    mean, scale = _standard(x)
    model = _logistic((x - mean) / scale, y, strength)
    return Logistic(
        tuple(columns),
        tuple(mean.tolist()),
        tuple(scale.tolist()),
        tuple(model.coef_[0].tolist()),
        float(model.intercept_[0]),
    )


def fit_additive(
    columns: Sequence[str], straight: Sequence[str], x: Floats, y: Floats, strength: float
) -> Additive:
    """Fit a ridge-penalised sum of curves, one a column (Hastie and Tibshirani 1990).

    A column's curve runs from its lowest to its highest value; its slope may change at the
    quartiles. With the column standardised, the penalty is on the first slope and on each change
    of it (the truncated lines of Ruppert, Wand and Carroll 2003), so a strong one leaves straight
    lines.

    Parameters
    ----------
    columns, straight:
        Their names, length m, and those of them whose curve may not bend.
    x, y:
        Shape (n, m) and (n,).
    strength:
        scikit-learn's C: the sum of losses counts C times against the penalty.
    """
    mean, scale = _standard(x)
    knots = [
        _knots(column, () if name in straight else BENDS)
        for name, column in zip(columns, x.T, strict=True)
    ]

    def lines(values: Sequence[Floats]) -> list[Floats]:
        return [
            _truncated_lines((v - m) / s, (k - m) / s)
            for v, k, m, s in zip(values, knots, mean, scale, strict=True)
        ]

    parts = lines(list(x.T))
    centres = [part.mean(axis=0) for part in parts]
    model = _logistic(np.hstack(parts) - np.concatenate(centres), y, strength)
    slopes = np.split(model.coef_[0], np.cumsum([part.shape[1] for part in parts])[:-1])
    curves = zip(lines(knots), centres, slopes, strict=True)
    return Additive(
        tuple(columns),
        tuple(tuple(at.tolist()) for at in knots),
        tuple(tuple(((part - centre) @ slope).tolist()) for part, centre, slope in curves),
        float(model.intercept_[0]),
    )


def fit_line(column: str, x: Floats, y: Floats) -> Line:
    """Fit least squares; the result is clipped, and called expected relevance."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(x[:, np.newaxis], y)
    return Line(column, float(model.coef_[0]), float(model.intercept_))


def fit_isotonic(column: str, x: Floats, y: Floats) -> Curve:
    """Fit isotonic regression by pooling adjacent violators (Zadrozny and Elkan 2002).

    Half an observation of 1 at the lowest score and half of 0 at the highest keep 0 and 1 out: no
    finite number of labels shows that something never happens.
    """
    knots, values = _pooled(x, y)
    return Curve(column, tuple(knots.tolist()), tuple(values.tolist()))


def fit_centred_isotonic(column: str, x: Floats, y: Floats) -> Curve:
    """Fit centred isotonic regression: each level at its mean score (Oron and Flournoy 2017)."""
    knots, values, weights = _pooled_with_weights(x, y)
    levels, place = np.unique(values, return_inverse=True)
    weight = np.bincount(place, weights=weights)
    centres = np.bincount(place, weights=weights * knots) / weight
    return Curve(column, tuple(centres.tolist()), tuple(levels.tolist()))


def fit_beta(column: str, x: Floats, y: Floats, lower: float, upper: float) -> Beta:
    """Fit beta calibration on (ln u, −ln(1 − u)) (Kull, Silva Filho and Flach 2017).

    Neither coefficient may be negative, which would turn the order over: one that is becomes 0,
    and the rest is refitted. Where both do, the average label is left for every score.
    """
    share = unit_share(x, lower, upper)
    parts = np.column_stack([np.log(share), -np.log1p(-share)])
    slopes, intercept = np.zeros(2), float(logit(np.array([y.mean()]))[0])
    kept = [0, 1]
    while kept:
        model = _logistic(parts[:, kept], y, NO_PENALTY)
        falling = np.flatnonzero(model.coef_[0] < 0)
        if not len(falling):
            slopes[kept], intercept = model.coef_[0], float(model.intercept_[0])
            break
        del kept[falling[0]]
    a, b = slopes.tolist()
    return Beta(column, lower, upper, a, b, intercept)


def _logistic(x: Floats, y: Floats, strength: float) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=500, tol=1e-10)
    doubled = np.concatenate([x, x])
    target = np.repeat([1, 0], len(y))
    weight = np.concatenate([y, 1 - y])
    used = weight > 0
    return model.fit(doubled[used], target[used], sample_weight=weight[used])


def _standard(x: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column; 1 where it is constant."""
    scale = x.std(axis=0)
    scale[np.ptp(x, axis=0) < LEVEL] = 1.0
    return x.mean(axis=0), scale


def _knots(values: Floats, quantiles: Sequence[float]) -> Floats:
    """Return the lowest and the highest value, and those at the quantiles; each one once."""
    # Values that occur, so that rows given twice leave the knots where they were.
    return np.unique(np.quantile(values, (0.0, *quantiles, 1.0), method="inverted_cdf"))


def _truncated_lines(x: Floats, knots: Floats) -> Floats:
    """Columns x and max(0, x − k) for each inner knot k: every curve that bends there."""
    return np.column_stack([x, *(np.maximum(0.0, x - knot) for knot in knots[1:-1])])


def _pooled(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    knots, values, _ = _pooled_with_weights(x, y)
    return knots, values


def _pooled_with_weights(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    knots, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    weights = counts.astype(np.float64)
    totals = np.bincount(place, weights=y)
    weights[0] += 0.5  # half a 1 at the lowest score
    totals[0] += 0.5
    weights[-1] += 0.5  # half a 0 at the highest
    values = isotonic_regression(totals / weights, weights=weights).x
    return knots, values, weights
