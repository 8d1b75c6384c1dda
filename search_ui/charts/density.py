"""A smooth outline of many scores."""

from __future__ import annotations

import numpy as np

from search_ui.charts.svg import Floats, LinearScale, line, path

FEWEST = 5
"""Fewer scores than this have no outline and are drawn one by one."""

_PLACES = 200


def density(values: Floats, low: float, high: float) -> tuple[Floats, Floats] | None:
    """Return an outline of the values between low and high: places, and heights of 1 at most.

    A Gaussian kernel with Silverman's rule of thumb for its width, 0.9 · min(std, IQR/1.34) ·
    n^(−1/5) (Silverman 1986, § 3.4.2), on counts in 200 bins, so that the time does not grow with
    the number of values times the number of places.

    Returns
    -------
    tuple or None
        None where there are too few values, or all are equal.
    """
    if len(values) < FEWEST or np.ptp(values) == 0.0:
        return None
    places = np.linspace(low, high, _PLACES)
    counts, _ = np.histogram(values, bins=_PLACES, range=(low, high))
    quarters = np.percentile(values, [25, 75])
    spread = min(np.std(values), (quarters[1] - quarters[0]) / 1.34) or np.std(values)
    step = (high - low) / (_PLACES - 1)
    width = max(0.9 * float(spread) * len(values) ** -0.2, step)
    kernel = np.exp(-0.5 * ((places[:, None] - places[None, :]) / width) ** 2)
    heights = kernel @ counts
    return places, heights / heights.max()


def hill(values: Floats, scale: LinearScale, base: float, height: float) -> str:
    """Draw the outline of the values on a baseline, or each one for itself where there is none."""
    outline = density(values, scale.low, scale.high)
    if outline is None:
        return "".join(
            line(scale(value), base, scale(value), base - height / 3, "single")
            for value in sorted(set(values.tolist()))
        )
    ridge = [(scale(place), base - height * up) for place, up in zip(*outline, strict=True)]
    return path([(scale.start, base), *ridge, (scale.end, base)], "ground", close="Z")
