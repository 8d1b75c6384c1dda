"""The formulas of the label-free readings: one score for each hit, in the hits' present order.

Every function takes the hits, the background of their query (None where the formula needs none)
and returns float64, shape (k,).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search_core.hits import Hits
from search_core.normalizers.background import Background

Floats = npt.NDArray[np.float64]
TEMPERATURE = 0.05


def raw(hits: Hits) -> Floats:
    """Return the score as the index gave it."""
    return hits.scores


def inverse_distance(hits: Hits) -> Floats:
    """1/(1 + D), D being the squared distance 2 - 2c, as FAISS returns it."""
    return 1.0 / (1.0 + squared_distance(hits.cosines()))


def angular(hits: Hits) -> Floats:
    """1 - arccos(c)/π: the angle between the vectors, 1 for none and 0 for opposite ones."""
    return 1.0 - np.arccos(hits.cosines()) / np.pi


def minmax(hits: Hits) -> Floats:
    """(s - s_k)/(s_1 - s_k) over the k hits; 0.5 everywhere where all are equal."""
    scores = hits.similarities
    lowest, highest = _ends(scores)
    if lowest == highest:
        return np.full(len(hits), 0.5)
    # Halved first: the difference of two huge numbers of opposite sign would overflow.
    return np.clip((scores / 2 - lowest / 2) / (highest / 2 - lowest / 2), 0.0, 1.0)


def zscore(hits: Hits) -> Floats:
    """(s - mean)/std over the k hits (population); 0 everywhere where all are equal."""
    scores = hits.similarities
    lowest, highest = _ends(scores)
    if lowest == highest:
        return np.zeros(len(hits))
    # Brought to [0, 1] first, which changes no z-score and keeps squares from overflowing.
    shares = (scores / 2 - lowest / 2) / (highest / 2 - lowest / 2)
    standard: Floats = (shares - shares.mean()) / shares.std()
    return standard


def softmax(hits: Hits, temperature: float = TEMPERATURE) -> Floats:
    """exp(s/T) over its sum; the maximum is subtracted first."""
    scores = hits.similarities
    if not len(hits):
        return scores
    with np.errstate(over="ignore"):
        weights = np.exp((scores - scores.max()) / temperature)
    shares: Floats = weights / weights.sum()
    return shares


def reciprocal_rank(hits: Hits) -> Floats:
    """1/rank."""
    return 1.0 / np.arange(1, len(hits) + 1)


def percentile(hits: Hits, background: Background) -> Floats:
    """Share of the collection's other documents that score below this one."""
    return np.array([background.percentile(c) for c in hits.cosines()])


def chance(hits: Hits, background: Background) -> Floats:
    """Estimated chance that one unrelated document reaches this score."""
    return np.array([background.chance(c) for c in hits.cosines()], dtype=np.float64)


def background_z(hits: Hits, background: Background) -> Floats:
    """Z-norm: (c - μ_q)/σ_q over the collection's other documents."""
    return background.z_norm(hits.cosines())


def t_norm(hits: Hits, background: Background) -> Floats:
    """T-norm: (c - μ_d)/σ_d over unrelated questions."""
    return background.t_norm(hits.cosines(), hits.positions)


def s_norm(hits: Hits, background: Background) -> Floats:
    """S-norm: the mean of Z-norm and T-norm (Kenny 2010; Matějka and others 2017)."""
    return (background_z(hits, background) + t_norm(hits, background)) / 2.0


def csls(hits: Hits, background: Background) -> Floats:
    """2c - r(q) - r(d) (Conneau and others 2018)."""
    return background.csls(hits.cosines(), hits.positions)


def local_scaling(hits: Hits, background: Background) -> Floats:
    """exp(-D/(σ_q σ_d)) (Zelnik-Manor and Perona 2004)."""
    return background.local_scaling(hits.cosines(), hits.positions)


def squared_distance(cosines: Floats) -> Floats:
    """D = 2 - 2c on unit vectors; what rounding pushes below 0 is 0."""
    return np.maximum(0.0, 2.0 - 2.0 * cosines)


def _ends(scores: Floats) -> tuple[float, float]:
    # max == min, never std == 0: the deviation of equal numbers is often a rounding error.
    return (float(scores.min()), float(scores.max())) if len(scores) else (0.0, 0.0)
