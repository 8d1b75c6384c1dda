"""From which score on a calibrated value is reached."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.digits import bound_keeping, plain
from search_core.scale import SQUARED_L2, ScoreScale, scale_label

FAR = 1e9  # as far as scores without bounds are looked for
HALVINGS = 100  # of an interval that wide: to neighbouring floats


@dataclass(frozen=True)
class ScoreBound:
    """From which score on a calibrated value is reached.

    Attributes
    ----------
    scale:
        The scale's name.
    score:
        The bound, with the digits that keep the rows it was made for; infinite where every score
        reaches the value.
    higher_is_better:
        Whether scores at and above it reach the value; else those at and below it do.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> calibrator = sc.fit_calibrator(pairs, "platt").calibrator
    >>> bound = calibrator.scores_reaching(0.7, pairs.features[:, 0])[0]
    >>> bound.scale, bound.higher_is_better, bound.words
    ('cosine', True, 'cosine 0.479 and above')
    """

    scale: str
    score: float
    higher_is_better: bool

    @property
    def words(self) -> str:
        """The bound in words, such as "cosine 0.576 and above"."""
        if math.isinf(self.score):
            return "any score"
        side = "above" if self.higher_is_better else "below"
        return f"{scale_label(self.scale)} {plain(self.score)} and {side}"


def score_reaching(
    value: float, scale: ScoreScale, value_at: Callable[[float], float]
) -> float | None:
    """Return the worst score of a scale whose value reaches `value`, by bisection.

    `value_at` gives the value of a score that is turned so that higher is better. Infinite where
    every score reaches it; None where none does, and for a curve that falls.
    """
    way = 1.0 if scale.higher_is_better else -1.0
    ends = (max(-FAR, scale.lower), min(FAR, scale.upper))
    low, high = sorted(way * end for end in ends)
    if not value_at(low) <= value_at(high) >= value:
        return None
    if value_at(low) >= value:
        return way * low if abs(low) < FAR else -way * math.inf
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if value_at(middle) >= value else (middle, high)
    return way * high


def bounds_at(
    exact: float, scale: ScoreScale, scores: npt.ArrayLike | None
) -> tuple[ScoreBound, ...]:
    """Return an exact bound in as few digits as keep the same `scores`, on each scale.

    On its own scale; beside a cosine, as the squared L2 distance of unit vectors as well.
    """
    rising = scale.higher_is_better
    own = ScoreBound(scale.name, bound_keeping(exact, scores, higher_is_better=rising), rising)
    if scale.name != "cosine" or math.isinf(exact):
        return (own,)
    distances = None if scores is None else 2 - 2 * np.asarray(scores, dtype=np.float64)
    distance = bound_keeping(2 - 2 * exact, distances, higher_is_better=False)
    return own, ScoreBound(SQUARED_L2.name, distance, SQUARED_L2.higher_is_better)
