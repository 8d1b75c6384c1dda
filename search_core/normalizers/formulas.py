"""The formulas of the label-free readings: one value for each hit, in the hits' present order.

Every function takes the hits and, where the formula needs them, the background of their query or
a temperature, and returns float64, shape (k,). s is a hit's similarity (`Hits.similarities`, more
is better), c its cosine, D = 2 - 2c the squared distance.

Examples
--------
>>> hits = sc.Hits("q", (0, 1), ("a", "b"), ("a", "b"), np.array([0.8, 0.5]), sc.COSINE)
>>> sc.formulas.reciprocal_rank(hits).tolist()
[1.0, 0.5]
"""

from __future__ import annotations

import numpy as np

from search_core.hits import Hits
from search_core.mistakes import explain_mistakes
from search_core.normalizers.background import Background
from search_core.vectors import Floats

SOFTMAX_TEMPERATURE = 0.05
"""Of the softmax, for cosines: most sentence-transformers were trained with a scale of 20."""


@explain_mistakes
def raw(hits: Hits) -> Floats:
    """Return the score as the index gave it."""
    return hits.scores


@explain_mistakes
def inverse_distance(hits: Hits) -> Floats:
    """1/(1 + D), D being the squared distance 2 - 2c, as FAISS returns it; common practice."""
    return 1.0 / (3.0 - 2.0 * hits.cosines())


@explain_mistakes
def inverse_root_distance(hits: Hits) -> Floats:
    """1/(1 + √D), √D being the true Euclidean distance."""
    return 1.0 / (1.0 + np.sqrt(2.0 - 2.0 * hits.cosines()))


@explain_mistakes
def angular(hits: Hits) -> Floats:
    """1 - arccos(c)/π, 1 for no angle and 0 for opposite vectors (Cer and others 2018)."""
    return 1.0 - np.arccos(hits.cosines()) / np.pi


@explain_mistakes
def minmax(hits: Hits) -> Floats:
    """(s - s_k)/(s_1 - s_k) over the k hits; 0.5 everywhere where all are equal (Lee 1997)."""
    shares = _shares(hits.similarities)
    return np.full(len(hits), 0.5) if shares is None else shares


@explain_mistakes
def zscore(hits: Hits) -> Floats:
    """(s - mean)/std over the k hits (population); 0 everywhere where all are equal."""
    # Shares of the range have the same z-scores, and their squares neither overflow nor vanish.
    shares = _shares(hits.similarities)
    return np.zeros(len(hits)) if shares is None else (shares - shares.mean()) / shares.std()


@explain_mistakes
def softmax(hits: Hits, temperature: float = SOFTMAX_TEMPERATURE) -> Floats:
    """exp(s/T) over its sum; the maximum is subtracted first (Bridle 1990).

    Adding a number to all scores changes nothing; multiplying all of them is dividing T by it.
    """
    scores = hits.similarities
    if not len(hits):
        return scores
    with np.errstate(over="ignore", under="ignore"):  # far below the best is a share of 0
        weights = np.exp((scores - scores.max()) / temperature)
        shares: Floats = weights / weights.sum()
    return shares


@explain_mistakes
def reciprocal_rank(hits: Hits) -> Floats:
    """1/rank, the best hit having rank 1; used to fuse lists by Cormack and others (2009)."""
    return 1.0 / np.arange(1, len(hits) + 1)


@explain_mistakes
def percentile(hits: Hits, background: Background) -> Floats:
    """Percentile rank of a hit among the collection's other documents; see `Background`."""
    return background.percentiles(hits.cosines())


@explain_mistakes
def chance(hits: Hits, background: Background) -> Floats:
    """Estimated chance that one unrelated document reaches this score (Pickands 1975)."""
    return background.chances(hits.cosines())


@explain_mistakes
def background_z(hits: Hits, background: Background) -> Floats:
    """Z-norm: (c - μ_q)/σ_q over the collection's other documents (Auckenthaler and others)."""
    return background.z_norm(hits.cosines())


@explain_mistakes
def t_norm(hits: Hits, background: Background) -> Floats:
    """T-norm: (c - μ_d)/σ_d over unrelated questions (Auckenthaler and others 2000)."""
    return background.t_norm(hits.cosines(), hits.positions)


@explain_mistakes
def s_norm(hits: Hits, background: Background) -> Floats:
    """S-norm: the mean of Z-norm and T-norm (Kenny 2010; Matějka and others 2017)."""
    return (background_z(hits, background) + t_norm(hits, background)) / 2.0


@explain_mistakes
def csls(hits: Hits, background: Background) -> Floats:
    """2c - r(q) - r(d) (Conneau and others 2018)."""
    return background.csls(hits.cosines(), hits.positions)


@explain_mistakes
def local_scaling(hits: Hits, background: Background) -> Floats:
    """exp(-D/(σ_q σ_d)) (Zelnik-Manor and Perona 2004)."""
    return background.local_scaling(hits.cosines(), hits.positions)


def _shares(scores: Floats) -> Floats | None:
    """Return where each score stands between the worst, 0, and the best, 1; None if all are equal.

    The test is max == min, never std == 0: the deviation of equal numbers can be a rounding error.
    """
    if not len(scores) or scores.max() == scores.min():
        return None
    # In units of the largest, so that the range of huge scores does not overflow and that of
    # tiny ones does not vanish.
    with np.errstate(under="ignore"):
        small = scores / np.abs(scores).max()
        shares: Floats = (small - small.min()) / (small.max() - small.min())
    return shares
