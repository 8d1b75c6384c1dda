"""Drawing pairs with known probabilities: how likely each is to be drawn, and the draw itself."""

from __future__ import annotations

import numpy as np

from search_core.vectors import Floats, Mask, Rows

SHARES = (0.5, 0.25, 0.25)  # of the three reasons to draw a pair
STEPS = 10**9  # of a probability of 1: counted in whole ones, no rounding draws a pair twice


def drawing_sizes(values: Floats, features: Floats) -> Floats:
    """Return what the probability of drawing each pair is proportional to; shape (n,).

    ½ √(p(1 − p) · xᵀ M⁻¹ x) + ¼ √(p(1 − p)) + ¼, each part divided by its sum, with M the mean of
    p(1 − p) x xᵀ and a unit of prior precision. The first part is best for a logistic regression on
    x (Zhang, Ning and Ruppert 2019, arXiv 1907.07309), the second for a share or a mean (Neyman
    1934; Zrnic and Candès 2024, arXiv 2403.03208), and the third keeps every weight below four
    times that of a simple draw.

    Parameters
    ----------
    values:
        What is expected of each pair before it is labelled, in [0, 1]; shape (n,).
    features:
        What a fit looks at, shape (n, m).
    """
    variance = values * (1.0 - values)
    spread = features.std(axis=0)
    standard = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    x = np.column_stack([np.ones(len(values)), standard])
    curvature = (x.T * variance) @ x / len(x) + np.eye(x.shape[1]) / len(x)
    leverage = np.einsum("ij,jk,ik->i", x, np.linalg.inv(curvature), x)
    parts = (np.sqrt(variance * leverage), np.sqrt(variance), np.ones(len(values)))
    sizes = sum(share * _shares(part) for share, part in zip(SHARES, parts, strict=True))
    return np.asarray(sizes)


def _shares(part: Floats) -> Floats:
    total = part.sum()
    return part / total if total > 0 else np.full(len(part), 1.0 / len(part))


def inclusion_probabilities(sizes: Floats, count: int) -> Floats:
    """Return probabilities proportional to sizes, at most 1, whose sum is the count; shape (n,).

    Where a pair would be drawn more than surely it is drawn surely, and the others share the rest.

    Parameters
    ----------
    sizes:
        Above 0, shape (n,).
    count:
        How many are to be drawn; all, where there are no more.

    Examples
    --------
    >>> from search_core.judging.draw import inclusion_probabilities
    >>> inclusion_probabilities(np.array([1.0, 1.0, 8.0]), 2).tolist()
    [0.5, 0.5, 1.0]
    """
    if count >= len(sizes):
        return np.ones(len(sizes))
    sure: Mask = np.zeros(len(sizes), dtype=np.bool_)
    while True:
        rest = np.where(sure, 0.0, sizes)
        chances = np.where(sure, 1.0, rest * ((count - sure.sum()) / rest.sum()))
        over = ~sure & (chances >= 1.0)
        if not over.any():
            return chances
        sure |= over


def draw_systematically(probabilities: Floats, start: float) -> Rows:
    """Return the rows that are drawn, ascending: as many as the probabilities sum up to.

    Rows are laid end to end, each as long as its probability, and one is taken at every whole step
    from the start (Madow 1949). Neighbours in the order given are rarely drawn together.

    Parameters
    ----------
    probabilities:
        In [0, 1], with a whole sum; shape (n,).
    start:
        Drawn uniformly from [0, 1).

    Examples
    --------
    >>> from search_core.judging.draw import draw_systematically
    >>> draw_systematically(np.array([0.5, 0.5, 0.5, 0.5]), 0.7).tolist()
    [1, 3]
    """
    ends = np.rint(probabilities.cumsum() * STEPS).astype(np.int64)
    count = round(float(probabilities.sum()))
    steps = int(start * STEPS) + STEPS * np.arange(count)
    drawn: Rows = np.searchsorted(ends, steps, side="right")
    return drawn
