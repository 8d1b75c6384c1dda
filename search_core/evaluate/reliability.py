"""Whether stated values can be believed: proper scores, their parts, and reliability curves.

Everywhere y is what labels say, in [0, 1], and p what was stated, both float64 of shape (n,).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from search_core.evaluate.intervals import (
    CONFIDENCE,
    FEWEST_QUERIES,
    FRESH,
    SPREAD,
    Interval,
    student,
)
from search_core.evaluate.judged import Stated
from search_core.vectors import Floats, Rows

CLIP = 1e-4  # one row, however wrong, costs at most 9.2
BINS = 15
NULL_DRAWS = 200
BAND_POINTS = 41
CELLS = 4096  # of the grid that the smooth calibration error is worked out on


def log_loss(y: Floats, p: Floats) -> float:
    """Return −mean[y ln p + (1−y) ln(1−p)], p clipped to [1e−4, 1 − 1e−4]."""
    return float(row_losses(y, p).mean())


def row_losses(y: Floats, p: Floats) -> Floats:
    """Return the log-loss of each row, shape (n,)."""
    stated: Floats = np.clip(p, CLIP, 1 - CLIP)
    return np.asarray(
        -scipy.special.xlogy(y, stated) - scipy.special.xlog1py(1 - y, -stated), dtype=np.float64
    )


def row_entropies(y: Floats) -> Floats:
    """Return −[y ln y + (1−y) ln(1−y)] of each row: the loss that no model can remove."""
    return np.asarray(
        -scipy.special.xlogy(y, y) - scipy.special.xlog1py(1 - y, -y), dtype=np.float64
    )


def row_excess(y: Floats, p: Floats) -> Floats:
    """Return the log-loss of each row, less the label's own entropy; shape (n,)."""
    return row_losses(y, p) - row_entropies(y)


def label_entropy(y: Floats) -> float:
    """Return the mean of the rows' own entropies; 0 for yes-or-no labels."""
    return float(row_entropies(y).mean())


def excess_loss(y: Floats, p: Floats) -> float:
    """Return the log-loss less the labels' own entropy."""
    return log_loss(y, p) - label_entropy(y)


def brier(y: Floats, p: Floats) -> float:
    """Return mean (p − y)² (Brier 1950)."""
    return float(np.mean((p - y) ** 2))


def d_squared(y: Floats, p: Floats) -> float | None:
    """Return 1 − excess loss / excess loss of always stating ȳ; None where all labels are equal.

    On yes-or-no labels this is the share of deviance explained (McFadden 1974).
    """
    constant = excess_loss(y, np.full_like(y, y.mean()))
    return 1.0 - excess_loss(y, p) / constant if y.max() > y.min() and constant > 0 else None


def r_squared(y: Floats, p: Floats) -> float | None:
    """Return 1 − Σ(y−p)²/Σ(y−ȳ)²; None where all labels are equal."""
    total = float(((y - y.mean()) ** 2).sum())
    return 1.0 - float(((y - p) ** 2).sum()) / total if y.max() > y.min() else None


@dataclass(frozen=True, eq=False)
class Corp:
    """The Brier score taken apart, after isotonic recalibration (Dimitriadis and others 2021).

    Attributes
    ----------
    miscalibration, discrimination, uncertainty:
        brier = miscalibration − discrimination + uncertainty, none below 0.
    stated, judged:
        The reliability curve: each stated value, ascending, and the isotonic fit of y there.
    """

    miscalibration: float
    discrimination: float
    uncertainty: float
    stated: Floats
    judged: Floats


def corp(y: Floats, p: Floats) -> Corp:
    """Take the Brier score apart; the curve needs no bins."""
    stated, group, counts = np.unique(p, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=y) / counts
    judged = scipy.optimize.isotonic_regression(means, weights=counts.astype(np.float64)).x
    recalibrated = judged[group]
    uncertainty = brier(y, np.full_like(y, y.mean()))
    remaining = brier(y, recalibrated)
    return Corp(
        miscalibration=max(0.0, brier(y, p) - remaining),
        discrimination=max(0.0, uncertainty - remaining),
        uncertainty=uncertainty,
        stated=stated,
        judged=judged,
    )


def debiased_ece(y: Floats, p: Floats, bins: int = BINS) -> float:
    """Return the root mean square (ℓ2) calibration error, less what noise alone adds.

    √max(0, Σ (n_b/n)[(ȳ_b − p̄_b)² − s²_b/n_b]) over bins of about equal count that do not cut
    ties, s²_b being the sample variance of y − p in the bin (Kumar, Liang and Ma 2019). A bin of
    one row has no variance to tell error from noise, and adds nothing.
    """
    numbers = _equal_bins(p, bins)
    residuals = y - p
    return float(_ece(_sums(numbers, residuals), _sums(numbers, residuals**2), numbers))


def _ece(sums: Floats, squares: Floats, numbers: npt.NDArray[np.intp]) -> Floats:
    """Return the ECE from each bin's sum of residuals, shape (…, bins), and of their squares."""
    counts = np.bincount(numbers)
    spread = np.maximum(0.0, squares - sums**2 / counts)
    excess = sums**2 / counts - spread / np.maximum(1, counts - 1)
    error: Floats = np.sqrt(np.maximum(0.0, excess[..., counts > 1].sum(axis=-1) / len(numbers)))
    return error


def _sums(numbers: npt.NDArray[np.intp], values: Floats) -> Floats:
    return np.bincount(numbers, weights=values).astype(np.float64)


def _equal_bins(p: Floats, bins: int) -> npt.NDArray[np.intp]:
    """Return each row's bin: of equal counts, each bin's end moved to the end of its ties."""
    ascending = np.sort(p)
    ends = np.unique(ascending[(len(p) * np.arange(1, bins)) // bins - 1])
    _, numbers = np.unique(np.searchsorted(ends, p, side="left"), return_inverse=True)
    return numbers.astype(np.intp)


def ece_interval(stated: Stated) -> Interval | None:
    """Return the 90% interval of the ECE; None with fewer than five queries.

    Seen in bin b is the gap r_b = ȳ_b − p̄_b: what is there and noise. The sum of w_b r_b², with
    w_b = n_b/n, is too large by the noise's variances, and has a standard error of about
    2 √Var(Σ w_b R_b r_b), all of it with whole queries as units. For R_b, what is there, stand the
    r_b shrunk to the sum that is left. On `FRESH` times as many queries the noise that is taken
    off is noise once more, of variance 2 Σ (w_b s_b²)² / FRESH².

    Out-of-fold values follow the labels at hand in level and in steepness, so in these two
    directions the noise of the labels is no gap here, and is one on fresh queries: to the upper end
    the 95% quantile of that is added, V χ²₂/2 with V the variance of both together.
    """
    y, p, queries = stated.relevance, stated.values, stated.judged.queries
    count = stated.judged.query_count
    if count < FEWEST_QUERIES:
        return None
    numbers = _equal_bins(p, BINS)
    weights = np.bincount(numbers) / len(y)
    gaps = _sums(numbers, y - p) / np.bincount(numbers)
    noise = _by_query(y - p - gaps[numbers], numbers, queries) / np.bincount(numbers)
    spread = count / (count - 1)
    seen = float(weights @ gaps**2)
    variances = spread * (noise**2).sum(axis=0)
    squared = max(0.0, seen - float(weights @ variances))
    shrunk = squared / seen if seen > 0.0 else 0.0
    error = 2 * math.sqrt(spread * shrunk) * float(np.linalg.norm(noise @ (weights * gaps)))
    fresh = math.sqrt(2 / SPREAD) * float(np.linalg.norm(weights * variances)) / FRESH
    reach = student(count) * math.hypot(error, fresh)
    unseen = _unseen(stated) * spread if stated.is_out_of_fold else 0.0
    low = math.sqrt(max(0.0, squared - reach))
    high = math.sqrt(squared + reach + SPREAD * unseen * -math.log((1 - CONFIDENCE) / 2))
    measured = debiased_ece(y, p)
    return min(low, measured), max(high, measured)


def _by_query(values: Floats, numbers: npt.NDArray[np.intp], queries: Rows) -> Floats:
    """Return the sums of values by query and bin, shape (queries, bins)."""
    sums = np.zeros((int(queries.max()) + 1, int(numbers.max()) + 1))
    np.add.at(sums, (queries, numbers), values)
    return sums


def _unseen(stated: Stated) -> float:
    """Return the noise of the mean of y − p, and of its slope on log-odds of unit variance."""
    p, judged = np.clip(stated.values, CLIP, 1 - CLIP), stated.judged
    odds = np.log(p) - np.log1p(-p)
    steepness = (odds - odds.mean()) / max(float(odds.std()), CLIP)
    residuals, rows = stated.relevance - stated.values, np.bincount(judged.queries)
    moved = 0.0
    for each in (residuals, residuals * steepness):
        sums = np.bincount(judged.queries, weights=each) - each.mean() * rows
        moved += float((sums**2).sum()) / len(each) ** 2
    return moved


def smooth_ece(y: Floats, p: Floats) -> float:
    """Return the smooth calibration error: σ with smECE_σ = σ (Błasiok and Nakkiran 2023).

    smECE_σ = ∫₀¹ |mean over rows of (y − p) K_σ(t, p)| dt, with the Gaussian kernel reflected at 0
    and 1. That kernel is the heat kernel of [0, 1], so the k-th cosine coefficient of the residuals
    shrinks by exp(−(πkσ)²/2): one discrete cosine transform each way on a fine grid. No bins to
    choose, and no noise taken off.
    """
    cell = np.minimum((np.clip(p, 0.0, 1.0) * CELLS).astype(np.intp), CELLS - 1)
    waves = scipy.fft.dct(np.bincount(cell, weights=y - p, minlength=CELLS) / len(y))
    frequency = np.pi * np.arange(CELLS)

    def above(width: float) -> float:
        smoothed = scipy.fft.idct(waves * np.exp(-((frequency * width) ** 2) / 2))
        return float(np.abs(smoothed).sum()) - width

    if above(0.0) <= 0.0:
        return 0.0
    return min(1.0, float(scipy.optimize.brentq(above, 0.0, 2.0, xtol=1e-6)))


def null_ece(stated: Stated, seed: int = 0) -> float:
    """Return the ECE that a perfect calibrator stays under in 95 of 100 samples like this one.

    Each draw keeps the stated values and turns the sign of whole queries' residuals y − p at
    random: rows of one query stay together, and no draw has any miscalibration but chance (in the
    manner of Bröcker and Smith 2007).
    """
    numbers = _equal_bins(stated.values, BINS)
    sums = np.array([_sums(numbers, draw) for draw in _signed_residuals(stated, seed)])
    squares = _sums(numbers, (stated.relevance - stated.values) ** 2)
    return float(np.quantile(_ece(sums, squares, numbers), 0.95))


@dataclass(frozen=True, eq=False)
class Band:
    """Where the reliability curve of a perfect calibrator would run; arrays of one length."""

    stated: Floats
    lower: Floats
    upper: Floats


def null_band(stated: Stated, seed: int = 0) -> Band:
    """Return the pointwise 95% band of the reliability curve under perfect calibration.

    Drawn as in `null_ece`; each draw's curve is the isotonic fit that `corp` gives, at evenly
    spaced stated values (the consistency band of Dimitriadis and others 2021, clustered).
    """
    values, level, counts = np.unique(stated.values, return_inverse=True, return_counts=True)
    weights = counts.astype(np.float64)
    grid = np.unique(np.linspace(values[0], values[-1], BAND_POINTS))
    curves = [
        np.interp(
            grid,
            values,
            scipy.optimize.isotonic_regression(
                values + np.bincount(level, draw) / weights, weights=weights
            ).x,
        )
        for draw in _signed_residuals(stated, seed)
    ]
    lower, upper = np.quantile(curves, [0.025, 0.975], axis=0)
    return Band(grid, np.clip(lower, 0, 1), np.clip(upper, 0, 1))


def _signed_residuals(stated: Stated, seed: int) -> Iterator[Floats]:
    judged = stated.judged
    rng = np.random.default_rng(seed)
    for signs in rng.choice([-1.0, 1.0], size=(NULL_DRAWS, judged.query_count)):
        yield signs[judged.queries] * (judged.relevance - stated.values)
