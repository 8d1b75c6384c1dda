"""Fits: from columns and judgements to members.

Judgements y in [0, 1] are fitted as one positive row of weight y and one negative row of weight
1 − y. scikit-learn takes a second to import, and is imported by what fits: whoever reads a
calibrator and states values needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from search_core.calibrate.members import (
    Additive,
    Beta,
    Curve,
    Line,
    Logistic,
    Member,
    logit,
    unit_share,
)

Floats = npt.NDArray[np.float64]
Fitted = TypeVar("Fitted", bound=Member)

NO_PENALTY = 1e8  # scikit-learn's C; larger only costs steps
LEVEL_DIGITS = 10  # shares of up to 20,000 rows differ by more
BENDS = (0.25, 0.5, 0.75)  # quantiles of a column where its curve may bend
ROUNDING = 1e-4  # of a column's size: far above what machines differ by
SAME = 1e-6  # of a score: scores closer than this are one


@dataclass(frozen=True, eq=False)
class Design(Generic[Fitted]):
    """A penalised logistic regression before any label is known.

    Attributes
    ----------
    rows:
        What the log-odds are linear in, beside the intercept; shape (n, m).
    strength:
        scikit-learn's C: the sum of losses counts C times against ½‖w‖².
    member:
        Makes the fitted map of the slopes, shape (m,), and the intercept.
    scale:
        The unit of each column, by which it was divided.
    targets:
        What is fitted to, of the judgements.
    """

    rows: Floats
    strength: float
    member: Callable[[Floats, float], Fitted]
    scale: Floats
    targets: Callable[[Floats], Floats] = lambda y: y

    def fit(self, y: Floats) -> Fitted:
        """Fit on judgements y in [0, 1], shape (n,)."""
        coef = self.coefficients(y)
        return self.member(coef[1:], float(coef[0]))

    def coefficients(self, y: Floats) -> Floats:
        """Return the intercept and the slopes, shape (1 + m,)."""
        return _logistic(self.rows, self.targets(y), self.strength)

    def coefficients_of(self, kept: npt.NDArray[np.bool_], y: Floats) -> Floats:
        """Return what `coefficients` does, of the rows that are kept alone."""
        return _logistic(self.rows[kept], self.targets(y[kept]), self.strength)


def platt_design(column: str, x: Floats) -> Design[Logistic]:
    """Return a logistic curve without penalty, on Platt's smoothed targets (Platt 1999).

    (n₊ + 1)/(n₊ + 2) stands for a positive and 1/(n₋ + 2) for a negative, so that data which one
    score separates perfectly still gives finite numbers.
    """
    straight = logistic_design((column,), x[:, np.newaxis], NO_PENALTY)
    return replace(straight, targets=_smoothed)


def _smoothed(y: Floats) -> Floats:
    positive, negative = float(y.sum()), float(len(y) - y.sum())
    return y * (positive + 1) / (positive + 2) + (1 - y) / (negative + 2)


def logistic_design(columns: Sequence[str], x: Floats, strength: float) -> Design[Logistic]:
    """Return a ridge-penalised logistic regression on standardised columns.

    Parameters
    ----------
    columns:
        Their names; length m.
    x:
        Shape (n, m).
    strength:
        As in `Design`.
    """
    mean, scale = _standard(x)

    def member(slopes: Floats, intercept: float) -> Logistic:
        return Logistic(
            tuple(columns),
            tuple(mean.tolist()),
            tuple(scale.tolist()),
            tuple(slopes.tolist()),
            intercept,
        )

    return Design((x - mean) / scale, strength, member, scale)


def additive_design(
    columns: Sequence[str], straight: Sequence[str], x: Floats, strength: float
) -> Design[Additive]:
    """Return a ridge-penalised sum of curves, one a column (Hastie and Tibshirani 1990).

    A column's curve runs from its lowest to its highest value; its slope may change at the
    quartiles. With the column standardised, the penalty is on the first slope and on each change
    of it (the truncated lines of Ruppert, Wand and Carroll 2003), so a strong one leaves straight
    lines.

    Parameters
    ----------
    columns, straight:
        Their names, length m, and those of them whose curve may not bend.
    x:
        Shape (n, m).
    strength:
        As in `Design`.
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
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]

    def member(slopes: Floats, intercept: float) -> Additive:
        curves = zip(lines(knots), centres, np.split(slopes, ends), strict=True)
        return Additive(
            tuple(columns),
            tuple(tuple(at.tolist()) for at in knots),
            tuple(tuple(((part - centre) @ slope).tolist()) for part, centre, slope in curves),
            intercept,
        )

    return Design(np.hstack(parts) - np.concatenate(centres), strength, member, scale)


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
    # Two blocks may have one mean, which the order of a sum must not tell apart.
    levels, place = np.unique(values.round(LEVEL_DIGITS), return_inverse=True)
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
        found = _logistic(parts[:, kept], y, NO_PENALTY)
        falling = np.flatnonzero(found[1:] < 0)
        if not len(falling):
            slopes[kept], intercept = found[1:], float(found[0])
            break
        del kept[falling[0]]
    a, b = slopes.tolist()
    return Beta(column, lower, upper, a, b, intercept)


def _logistic(x: Floats, y: Floats, strength: float) -> Floats:
    """Return the intercept and the slopes, shape (1 + m,), of y on x, shape (n, m)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=500, tol=1e-10)
    doubled = np.concatenate([x, x])
    target = np.repeat([1, 0], len(y))
    weight = np.concatenate([y, 1 - y])
    used = weight > 0
    model.fit(doubled[used], target[used], sample_weight=weight[used])
    coefficients: Floats = np.append(model.intercept_, model.coef_[0])
    return coefficients


def _standard(x: Floats) -> tuple[Floats, Floats]:
    """Return the mean of each column, and its standard deviation.

    A little is added, so that a column which is constant but for rounding stays next to nothing.
    """
    scale = np.hypot(x.std(axis=0), ROUNDING * np.abs(x).max(axis=0))
    scale[scale == 0.0] = 1.0
    return x.mean(axis=0), scale


def _knots(values: Floats, quantiles: Sequence[float]) -> Floats:
    """Return the lowest and the highest value, and those at the quantiles; each one once."""
    # Values that occur, so that rows given twice leave the knots where they were.
    found = np.quantile(values, (0.0, *quantiles, 1.0), method="inverted_cdf")
    apart = np.diff(found) > ROUNDING * (found[-1] - found[0])
    knots: Floats = found[np.append(True, apart)]
    return knots


def _truncated_lines(x: Floats, knots: Floats) -> Floats:
    """Columns x and max(0, x − k) for each inner knot k: every curve that bends there."""
    return np.column_stack([x, *(np.maximum(0.0, x - knot) for knot in knots[1:-1])])


def _pooled(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    knots, values, _ = _pooled_with_weights(x, y)
    return knots, values


def _pooled_with_weights(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    knots, place = _distinct(x)
    weights = np.bincount(place).astype(np.float64)
    totals = np.bincount(place, weights=y)
    weights[0] += 0.5  # half a 1 at the lowest score
    totals[0] += 0.5
    weights[-1] += 0.5  # half a 0 at the highest
    values = isotonic_regression(totals / weights, weights=weights).x
    return knots, values, weights


def _distinct(x: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the distinct scores, ascending, and which of them each row has.

    Scores of one text on two machines differ by rounding, and two that are equal on one of them
    must not be a step on the other; so those that follow each other closely are one.
    """
    order = np.argsort(x, kind="stable")
    ascending = x[order]
    step = np.append(True, np.diff(ascending) > SAME * np.abs(ascending[1:]))
    number = np.empty(len(x), dtype=np.intp)
    number[order] = step.cumsum() - 1
    return ascending[step], number
