"""Fits: from columns and labels to maps, also with each fold of rows left out.

Labels y in [0, 1] are fitted as one positive row of weight y and one negative row of weight
1 − y. Many fits on nearly the same rows are one fit and many small corrections, a few products of
matrices each. scikit-learn takes a second to import, and is imported by the few fits that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import scipy

from search_core.calibrate.maps import (
    Additive,
    Beta,
    Columns,
    Curve,
    Line,
    Logistic,
    Map,
    expit,
    logit,
    unit_share,
)
from search_core.calibrate.prior import Prior
from search_core.evaluate.reliability import CLIP
from search_core.vectors import Floats, Mask, Rows

Fitted = TypeVar("Fitted", bound=Map, covariant=True)

NO_PENALTY = 1e8  # scikit-learn's C; larger only costs steps
LEVEL_DIGITS = 10  # shares of up to 20,000 rows differ by more
BENDS = (0.25, 0.5, 0.75)  # quantiles of a column where its curve may bend
ROUNDING = 1e-4  # of a column's size: far above what machines differ by
SAME = 1e-6  # of a score: scores closer than this are one
STEPS = 60
LONGEST_STEP = 2.0  # of any coefficient at once
SETTLED = 1e-9  # a step this small, in log-odds of a standardised column, is none
KEPT_FITS = 100  # by which the interval of a value is computed: more narrow it no further
ROUGHLY = 1e-7  # and where rounding allows no smaller ones, one this small


@dataclass(frozen=True, eq=False)
class Design(Generic[Fitted]):
    """A penalised logistic regression before any label is known.

    Attributes
    ----------
    rows:
        What the log-odds are linear in, beside the intercept; shape (n, m).
    strength:
        scikit-learn's C: the sum of losses counts C times against ½‖w‖².
    fitted_map:
        Makes the fitted map of the slopes, shape (m,), and the intercept.
    scale:
        The unit of each column, by which it was divided.
    targets:
        What is fitted to, of the labels.
    centre:
        Where the penalty draws the slopes to, shape (m,): ½‖w − centre‖². None is 0.
    """

    rows: Floats
    strength: float
    fitted_map: Callable[[Floats, float], Fitted]
    scale: Floats
    targets: Callable[[Floats], Floats] = lambda y: y
    centre: Floats | None = None

    def fit(self, y: Floats, weights: Floats | None = None) -> Fitted:
        """Fit on labels y in [0, 1], shape (n,), all alike or by their weights."""
        counted = np.ones(len(y)) if weights is None else weights
        return self.map_of(self.coefficients(y, counted))

    def map_of(self, coefficients: Floats) -> Fitted:
        """Return the map that an intercept and slopes, shape (1 + m,), make."""
        return self.fitted_map(coefficients[1:], float(coefficients[0]))

    def coefficients(self, y: Floats, weights: Floats, kept: Mask | None = None) -> Floats:
        """Return the intercept and the slopes, shape (1 + m,), of all rows or of those kept."""
        chosen = slice(None) if kept is None else kept
        rows, targets, counted = self.rows[chosen], self.targets(y[chosen]), weights[chosen]
        found, settled = _newton(rows, targets, self.strength, counted, self.drawn_to)
        if not settled and self.centre is None:
            return _logistic(rows, targets, self.strength, counted)
        return found

    @property
    def drawn_to(self) -> Floats:
        """Where the penalty draws the intercept, on which there is none, and the slopes to."""
        centre = np.zeros(self.rows.shape[1]) if self.centre is None else self.centre
        return np.append(0.0, centre)


@dataclass(frozen=True, eq=False)
class CrossFit(Generic[Fitted]):
    """A regression fitted on all rows, and on all but each fold.

    Attributes
    ----------
    design:
        What was fitted.
    whole, left_out:
        Intercept and slopes of the fit on all rows, shape (1 + m,), and of that without each fold,
        shape (folds, 1 + m).
    folds:
        The rows that were left out together.
    """

    design: Design[Fitted]
    whole: Floats
    left_out: Floats
    folds: Sequence[Rows]

    @property
    def map(self) -> Fitted:
        """The map fitted on all rows."""
        return self.design.map_of(self.whole)

    def without(self, fold: int) -> Fitted:
        """Return the map fitted without a fold."""
        return self.design.map_of(self.left_out[fold])

    def held_out_odds(self) -> Floats:
        """Return each row's log-odds under the fit that left it out, shape (n,)."""
        odds = np.empty(len(self.design.rows))
        for held, each in zip(self.folds, self.left_out, strict=True):
            odds[held] = each[0] + self.design.rows[held] @ each[1:]
        return odds

    def held_out(self) -> Floats:
        """Return each row's value under the fit that left it out, shape (n,)."""
        return expit(self.held_out_odds())


@dataclass(frozen=True, eq=False)
class CheckedFit:
    """A map, and what fits that left out queries state.

    Attributes
    ----------
    map:
        Fitted on all rows.
    held_out:
        Each row's value from a fit that saw no row of its fold, shape (n,).
    left_out:
        The maps fitted without each fold, of many folds without some of them.
    """

    map: Map
    held_out: Floats
    left_out: tuple[Map, ...]


def some_folds(folds: int) -> list[int]:
    """Return the folds whose fits are kept: all of them, or so many at even distances."""
    return [round(at) for at in np.linspace(0, folds - 1, min(folds, KEPT_FITS)).tolist()]


def cross_fit(
    design: Design[Fitted], y: Floats, folds: Sequence[Rows], weights: Floats | None = None
) -> CrossFit[Fitted]:
    """Fit on all rows, and without each fold.

    Newton's method from the fit on all rows, for all folds at once, with the curvature there less
    that of the rows left out. The design's scales and knots, in which there is no label, are those
    of all rows.

    Parameters
    ----------
    design, y:
        What is fitted, and the labels.
    folds:
        The rows that are left out together.
    weights:
        What each row counts, mean 1, shape (n,); all alike if not given.
    """
    counted = np.ones(len(y)) if weights is None else weights
    whole = design.coefficients(y, counted)
    found, settled = _descended(design, folds, y, counted, whole)
    for fold in np.flatnonzero(~settled).tolist():
        kept = np.ones(len(y), dtype=bool)
        kept[folds[fold]] = False
        found[fold] = _fitted(design, y, kept, counted)
    return CrossFit(design, whole, found, folds)


def _descended(
    design: Design[Map], folds: Sequence[Rows], y: Floats, weights: Floats, start: Floats
) -> tuple[Floats, Mask]:
    """Return where the slope of each fold's penalised loss is 0, and whether it was found."""
    rows = np.column_stack([np.ones(len(y)), design.rows])
    penalty = np.append(0.0, np.full(len(start) - 1, 1.0 / design.strength))
    drawn_to = design.drawn_to
    weighed = rows * weights[:, np.newaxis]
    steepness = _steepness(rows, weighed, folds, penalty, start)
    # Σ w (p − t) x with p = (1 + tanh(x·β/2))/2: what does not move is summed up once.
    pull = 0.5 * weighed.sum(axis=0) - _pulls(design, weighed, folds, y)
    pull -= penalty * drawn_to
    # All folds start from one point, where only the rows left out make a difference.
    leaning = np.tanh(0.5 * rows @ start)
    left = [(1.0 + leaning[held]) @ weighed[held] for held in folds]
    leaning_all = leaning @ weighed - np.array(left)
    at = np.tile(start, (len(folds), 1))
    size = np.full(len(folds), np.inf)
    going = np.arange(len(folds))
    for _ in range(STEPS):
        slope = 0.5 * leaning_all + pull[going] + penalty * at[going]
        step = (steepness[going] @ slope[:, :, np.newaxis])[:, :, 0]
        at[going] -= step
        before, size[going] = size[going], np.abs(step).max(axis=1)
        going = going[(size[going] >= SETTLED) & (size[going] < before)]
        if not len(going):
            break
        leaning = np.tanh(0.5 * at[going] @ rows.T)
        for row, fold in enumerate(going.tolist()):
            leaning[row, folds[fold]] = -1.0  # rows left out: their p counts as 0
        leaning_all = leaning @ weighed
    return at, _varied(y, folds) & (size < ROUGHLY)


def _pulls(design: Design[Map], weighed: Floats, folds: Sequence[Rows], y: Floats) -> Floats:
    """Return Σ w t x over the rows that each fold leaves, shape (folds, 1 + m)."""
    targets = design.targets(y)
    if targets is y:
        everything = y @ weighed
        return np.array([everything - y[held] @ weighed[held] for held in folds])
    # Targets may hang on how many labels there are, so they are not those of all rows.
    pulls = np.empty((len(folds), weighed.shape[1]))
    for fold, held in enumerate(folds):
        kept = np.delete(np.arange(len(y)), held)
        pulls[fold] = design.targets(y[kept]) @ weighed[kept]
    return pulls


def _varied(y: Floats, folds: Sequence[Rows]) -> Mask:
    """Return whether the labels that each fold leaves differ."""
    ends = [(y == end) for end in (y.min(), y.max())]
    left = np.array([[end.sum() - end[held].sum() for end in ends] for held in folds])
    varied = np.array((left > 0).all(axis=1))
    for fold in np.flatnonzero(~varied).tolist():
        varied[fold] = np.ptp(np.delete(y, folds[fold])) > 0.0
    return varied


def _steepness(
    rows: Floats, weighed: Floats, folds: Sequence[Rows], penalty: Floats, at: Floats
) -> Floats:
    """Return the inverse curvature of each fold's loss, shape (folds, 1 + m, 1 + m)."""
    chance = expit(rows @ at)
    curving = weighed * (chance * (1.0 - chance))[:, np.newaxis]
    everything = rows.T @ curving + np.diag(penalty)
    without = np.array([everything - rows[held].T @ curving[held] for held in folds])
    try:
        return np.linalg.inv(without)
    except np.linalg.LinAlgError:  # a column that says nothing, without a penalty
        return np.linalg.pinv(without, hermitian=True)


def _fitted(design: Design[Map], y: Floats, kept: Mask, weights: Floats) -> Floats:
    """Fit anew, or state the mean where all labels that are left are equal."""
    if np.ptp(y[kept]) > 0.0:
        return design.coefficients(y, weights, kept)
    constant = np.zeros(1 + design.rows.shape[1])
    constant[0] = constant_odds(float(y[kept][0]))
    return constant


def out_of_fold(
    fit: Callable[[Columns, Floats], Map], columns: Columns, y: Floats, folds: Sequence[Rows]
) -> tuple[Floats, tuple[Map, ...]]:
    """Return each row's value from a fit that saw no row of its fold, and those fits.

    Where all labels that are left are equal, their mean is stated.
    """
    values, fits = np.empty(len(y)), []
    for held in folds:
        others = np.delete(np.arange(len(y)), held)
        varied = np.ptp(y[others]) > 0.0
        fits.append(
            fit(_rows_of(columns, others), y[others])
            if varied
            else constant_map(next(iter(columns)), float(y[others][0]))
        )
        values[held] = fits[-1].predict(_rows_of(columns, held))
    return values, tuple(fits)


def constant_map(column: str, share: float) -> Logistic:
    """Return a map that states one share, whatever the column holds."""
    return Logistic((column,), constant_odds(share), (0.0,), (1.0,), (0.0,))


def constant_odds(share: float) -> float:
    """Return the log-odds of a share, none of them far."""
    return float(logit(np.clip(np.array([share]), CLIP, 1 - CLIP))[0])


def _rows_of(columns: Columns, rows: Rows) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


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

    def fitted_map(slopes: Floats, intercept: float) -> Logistic:
        return Logistic(
            tuple(columns),
            intercept,
            mean=tuple(mean.tolist()),
            scale=tuple(scale.tolist()),
            coef=tuple(slopes.tolist()),
        )

    return Design((x - mean) / scale, strength, fitted_map, scale)


def prior_design(prior: Prior, usual: tuple[float, float], x: Floats) -> Design[Logistic]:
    """Return a logistic regression whose slopes are drawn to those of other collections.

    The penalty is ½(w − μ)ᵀ Σ⁻¹ (w − μ): the most likely slopes given the labels and the prior. The
    intercept is free, for labels are chosen in many ways and their share says little of others'.
    It is fitted as a ridge, in coordinates in which Σ is the identity.

    Parameters
    ----------
    prior:
        Mean μ and covariance Σ of the slopes.
    usual:
        Mean and standard deviation of the collection's usual cosine.
    x:
        The prior's columns, shape (n, m).
    """
    _, unit = prior.columns_of(usual)
    middle = x.mean(axis=0)
    mean, covariance = prior.predictive()
    root = np.linalg.cholesky(covariance[1:, 1:])

    def fitted_map(slopes: Floats, intercept: float) -> Logistic:
        return Logistic(
            prior.columns,
            intercept,
            mean=tuple(middle.tolist()),
            scale=tuple(unit.tolist()),
            coef=tuple((root @ slopes).tolist()),
        )

    rows = (x - middle) / unit @ root
    return Design(rows, 1.0, fitted_map, unit, centre=np.linalg.solve(root, mean[1:]))


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
    at_knots = [part - centre for part, centre in zip(lines(knots), centres, strict=True)]
    knots_of_columns = tuple(tuple(at.tolist()) for at in knots)

    def fitted_map(slopes: Floats, intercept: float) -> Additive:
        curves = zip(at_knots, np.split(slopes, ends), strict=True)
        values = tuple(tuple((part @ slope).tolist()) for part, slope in curves)
        return Additive(tuple(columns), intercept, knots=knots_of_columns, values=values)

    return Design(np.hstack(parts) - np.concatenate(centres), strength, fitted_map, scale)


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
    knots, values, _ = _pooled(x, y)
    return Curve(column, tuple(knots.tolist()), tuple(values.tolist()))


def fit_centred_isotonic(column: str, x: Floats, y: Floats) -> Curve:
    """Fit centred isotonic regression: each level at its mean score (Oron and Flournoy 2017)."""
    knots, values, weights = _pooled(x, y)
    # Two blocks may have one mean, which the order of a sum must not tell apart.
    levels, level_of = np.unique(values.round(LEVEL_DIGITS), return_inverse=True)
    weight = np.bincount(level_of, weights=weights)
    centres = np.bincount(level_of, weights=weights * knots) / weight
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
        found = _logistic(parts[:, kept], y, NO_PENALTY, np.ones(len(y)))
        falling = np.flatnonzero(found[1:] < 0)
        if not len(falling):
            slopes[kept], intercept = found[1:], float(found[0])
            break
        del kept[falling[0]]
    a, b = slopes.tolist()
    return Beta(column, lower, upper, a, b, intercept)


def _logistic(x: Floats, y: Floats, strength: float, weights: Floats) -> Floats:
    """Return the intercept and the slopes, shape (1 + m,), of y on x, shape (n, m)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=500, tol=1e-10)
    doubled = np.concatenate([x, x])
    target = np.repeat([1, 0], len(y))
    weight = np.concatenate([y * weights, (1 - y) * weights])
    used = weight > 0
    model.fit(doubled[used], target[used], sample_weight=weight[used])
    coefficients: Floats = np.append(model.intercept_, model.coef_[0])
    return coefficients


def _newton(
    x: Floats, y: Floats, strength: float, weights: Floats, drawn_to: Floats
) -> tuple[Floats, bool]:
    """Return the intercept and the slopes of y on x, and whether they were found.

    Penalised by their distance from a centre; Newton's method, with steps kept short.
    """
    rows = np.column_stack([np.ones(len(y)), x])
    penalty = np.append(0.0, np.full(x.shape[1], 1.0 / strength))
    at = drawn_to.copy()
    at[0] = logit(np.array([y.mean()]))[0]
    for _ in range(STEPS):
        chance = expit(rows @ at)
        slope = rows.T @ (weights * (chance - y)) + penalty * (at - drawn_to)
        curving = rows * (weights * chance * (1.0 - chance))[:, np.newaxis]
        step = _solved(rows.T @ curving + np.diag(penalty), slope)
        size = np.abs(step).max()
        at = at - step * min(1.0, LONGEST_STEP / max(size, SETTLED))
        if size < SETTLED:
            return at, True
    return at, False


def _solved(curvature: Floats, slope: Floats) -> Floats:
    try:
        step = np.linalg.solve(curvature, slope)
    except np.linalg.LinAlgError:  # a column that says nothing, without a penalty
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
    return step.astype(np.float64, copy=False)


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


def _pooled(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the distinct scores, the isotonic fit at each, and how many rows each has."""
    knots, knot_of = _distinct(x)
    weights = np.bincount(knot_of).astype(np.float64)
    totals = np.bincount(knot_of, weights=y)
    weights[0] += 0.5  # half a 1 at the lowest score
    totals[0] += 0.5
    weights[-1] += 0.5  # half a 0 at the highest
    values = scipy.optimize.isotonic_regression(totals / weights, weights=weights).x
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
