"""Random effects: logistic regressions of several collections whose coefficients are related.

Coefficients of a collection are normal around a mean that all share (Laird and Ware 1982). Mean and
covariance are found by EM, each collection's coefficients being normal around their most likely
ones given both (Laplace). A row counts less where the rows of a query hang together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.calibrate.maps import expit
from search_core.features import distinct

Floats = npt.NDArray[np.float64]

ROUNDS = 200
SETTLED = 1e-3
STEPS = 100
LONGEST_STEP = 2.0  # in log-odds of a standardised column
PSEUDO = 5  # collections whose coefficients are not correlated, beside those that are there
FLAT = 1.0  # precision of each slope in the first, separate fits
NEARLY_FLAT = 0.01  # and of each intercept


@dataclass(frozen=True, eq=False)
class Labelled:
    """One collection's rows.

    Attributes
    ----------
    rows:
        Ones and standardised columns, shape (n, 1 + m).
    relevance:
        In [0, 1], shape (n,).
    queries:
        The query of each row.
    """

    rows: Floats
    relevance: Floats
    queries: Sequence[str]


def random_effects(collections: Sequence[Labelled]) -> tuple[Floats, Floats]:
    """Return mean (1 + m,) and covariance (1 + m, 1 + m) of the coefficients over collections.

    Few collections say little of how coefficients go together, so correlations are shrunk, as if
    there were `PSEUDO` collections more without any.
    """
    size = collections[0].rows.shape[1]
    precision = np.diag([NEARLY_FLAT, *np.full(size - 1, FLAT)])
    apart = [fitted(each, 1.0, np.zeros(size), precision) for each in collections]
    weights = [
        1 / design_effect(each, *found) for each, found in zip(collections, apart, strict=True)
    ]
    found = np.array([coefficients for coefficients, _ in apart])
    mean, covariance = np.median(found, axis=0), np.diag(found.var(axis=0) + SETTLED)
    for _ in range(ROUNDS):
        inverse = _inverse(covariance)
        fits = [
            fitted(each, weight, mean, inverse)
            for each, weight in zip(collections, weights, strict=True)
        ]
        before = mean
        spreads = [_inverse(curvature) for _, curvature in fits]
        mean, covariance = pooled([coefficients for coefficients, _ in fits], spreads)
        if np.abs(mean - before).max() < SETTLED:
            break
    return mean, covariance


def pooled(found: Sequence[Floats], spreads: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return the mean and covariance that make the coefficients found, (1 + m,), most likely."""
    count = len(found)
    mean = np.mean(found, axis=0)
    apart = np.array(found) - mean
    total = (apart.T @ apart + np.sum(spreads, axis=0)) / count
    kept = count / (count + PSEUDO)
    covariance: Floats = kept * total + (1 - kept) * np.diag(np.diag(total))
    return mean, covariance


def fitted(
    labelled: Labelled, weight: float, mean: Floats, precision: Floats
) -> tuple[Floats, Floats]:
    """Return the most likely coefficients given their prior, and the curvature there.

    Each row counts with the weight.
    """
    x, y, found = labelled.rows, labelled.relevance, mean.copy()
    for _ in range(STEPS):
        chance = expit(x @ found)
        slope = x.T @ (weight * (chance - y)) + precision @ (found - mean)
        curvature = (x.T * (weight * chance * (1 - chance))) @ x + precision
        step = np.linalg.solve(curvature, slope)
        found = found - step * min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return found, curvature


def design_effect(labelled: Labelled, found: Floats, curvature: Floats) -> float:
    """Return how many rows count as one because the rows of a query hang together; at least 1."""
    residual = labelled.relevance - expit(labelled.rows @ found)
    which = distinct(labelled.queries)[1]
    sums = np.zeros((which.max() + 1, labelled.rows.shape[1]))
    np.add.at(sums, which, residual[:, np.newaxis] * labelled.rows)
    together = np.linalg.solve(curvature, sums.T @ sums)
    return max(1.0, float(np.trace(together)) / len(found))


def _inverse(matrix: Floats) -> Floats:
    return np.linalg.inv(matrix).astype(np.float64)
