"""Whether stated values can be believed: proper scores, their parts, and reliability curves.

Everywhere y is what people judged, in [0, 1], and p what was stated, both float64 of shape (n,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression
from scipy.stats import rankdata

from search_core.evaluate.ranking import rows_by_query

Floats = npt.NDArray[np.float64]

CLIP = 1e-4  # one row, however wrong, costs at most 9.2
BINS = 15
NULL_DRAWS = 200


def log_loss(y: Floats, p: Floats) -> float:
    """Return −mean[y ln p + (1−y) ln(1−p)], p clipped to [1e−4, 1 − 1e−4]."""
    return float(row_losses(y, p).mean())


def row_losses(y: Floats, p: Floats) -> Floats:
    """Return the log-loss of each row, shape (n,)."""
    stated = np.clip(p, CLIP, 1 - CLIP)
    losses: Floats = -(y * np.log(stated) + (1 - y) * np.log1p(-stated))
    return losses


def label_entropy(y: Floats) -> float:
    """Return −mean[y ln y + (1−y) ln(1−y)]: the loss of graded labels that no model can remove."""
    inner = y[(y > 0) & (y < 1)]
    total = -(inner * np.log(inner) + (1 - inner) * np.log1p(-inner)).sum()
    return float(total) / len(y)


def excess_loss(y: Floats, p: Floats) -> float:
    """Return the log-loss less the labels' own entropy."""
    return log_loss(y, p) - label_entropy(y)


def brier(y: Floats, p: Floats) -> float:
    """Return mean (p − y)² (Brier 1950)."""
    return float(np.mean((p - y) ** 2))


def r_squared(y: Floats, p: Floats) -> float | None:
    """Return 1 − Σ(y−p)²/Σ(y−ȳ)²; None where all labels are equal."""
    total = float(((y - y.mean()) ** 2).sum())
    return 1.0 - float(((y - p) ** 2).sum()) / total if y.max() > y.min() else None


def auc(relevant: npt.NDArray[np.bool_], p: Floats) -> float | None:
    """Return P(p₊ > p₋) + ½ P(p₊ = p₋); None with one class only (Mann and Whitney 1947)."""
    positives = int(relevant.sum())
    negatives = len(relevant) - positives
    if positives == 0 or negatives == 0:
        return None
    above = rankdata(p)[relevant].sum() - positives * (positives + 1) / 2
    return float(above) / (positives * negatives)


def auc_within(relevant: npt.NDArray[np.bool_], p: Floats, queries: Sequence[str]) -> float | None:
    """Return the AUC inside queries, weighted by their pairs: what is left of it for ranking."""
    total, weight = 0.0, 0
    for rows in rows_by_query(queries).values():
        one = auc(relevant[rows], p[rows])
        if one is not None:
            positives = int(relevant[rows].sum())
            pairs = positives * (len(rows) - positives)
            total, weight = total + one * pairs, weight + pairs
    return total / weight if weight else None


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
    stated, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=y) / counts
    judged = isotonic_regression(means, weights=counts.astype(np.float64)).x
    recalibrated = judged[place]
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
    """Return the root mean square calibration error, less what noise alone adds.

    √max(0, Σ (n_b/n)[(ȳ_b − p̄_b)² − s²_b/n_b]) over bins of about equal count that do not cut
    ties, s²_b being the sample variance of y − p in the bin (Kumar, Liang and Ma 2019).
    """
    residuals = y - p
    total = 0.0
    for rows in _equal_bins(p, bins):
        inside = residuals[rows]
        noise = inside.var(ddof=1) / len(inside) if len(inside) > 1 else inside[0] ** 2
        total += len(inside) * (inside.mean() ** 2 - noise)
    return float(np.sqrt(max(0.0, total / len(y))))


def _equal_bins(p: Floats, bins: int) -> list[npt.NDArray[np.intp]]:
    order = np.argsort(p, kind="stable")
    edges = (len(p) * np.arange(1, bins)) // bins
    ascending = p[order]
    # Moved to the end of ties, so that equal values share a bin.
    ends = np.unique(np.searchsorted(ascending, ascending[edges[edges < len(p)]], side="right"))
    return [part for part in np.split(order, ends) if len(part)]


def null_ece(y: Floats, p: Floats, queries: Sequence[str], seed: int = 0) -> float:
    """Return the ECE that a perfect calibrator stays under in 95 of 100 samples of this size.

    Each draw keeps the stated values and turns the sign of whole queries' residuals at random, so
    rows of one query stay together (in the manner of Bröcker and Smith 2007).
    """
    draws = [debiased_ece(p + signed, p) for signed in _signed_residuals(y, p, queries, seed)]
    return float(np.quantile(draws, 0.95))


@dataclass(frozen=True, eq=False)
class Band:
    """Where the reliability curve of a perfect calibrator would run; arrays of one length."""

    stated: Floats
    lower: Floats
    upper: Floats


def null_band(
    y: Floats, p: Floats, queries: Sequence[str], seed: int = 0, points: int = 41
) -> Band:
    """Return the pointwise 95% band of the reliability curve under perfect calibration."""
    grid = np.linspace(float(p.min()), float(p.max()), points)
    curves = []
    for signed in _signed_residuals(y, p, queries, seed):
        drawn = corp(p + signed, p)
        curves.append(np.interp(grid, drawn.stated, drawn.judged))
    lower, upper = np.quantile(np.array(curves), [0.025, 0.975], axis=0)
    return Band(grid, np.clip(lower, 0, 1), np.clip(upper, 0, 1))


def _signed_residuals(y: Floats, p: Floats, queries: Sequence[str], seed: int) -> list[Floats]:
    rng = np.random.default_rng(seed)
    number = {query: n for n, query in enumerate(dict.fromkeys(queries))}
    group = np.array([number[query] for query in queries])
    signs = rng.choice([-1.0, 1.0], size=(NULL_DRAWS, len(number)))
    return [sign[group] * (y - p) for sign in signs]
