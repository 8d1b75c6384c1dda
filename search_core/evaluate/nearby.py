"""How often pairs that score about alike were labelled relevant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search_core.errors import InputError
from search_core.evaluate.intervals import Interval, ratio_interval
from search_core.evaluate.judged import Judged
from search_core.mistakes import explain_mistakes

REACH = 0.05  # how far from a cosine a pair may lie and still count as near it
FEWEST = 30  # pairs; where there are fewer within reach, the nearest ones count


@dataclass(frozen=True)
class Nearby:
    """The labelled pairs around one score.

    Attributes
    ----------
    pairs, relevant:
        How many there are, and how many of them are relevant.
    low, high:
        The least and the greatest of their scores.
    interval:
        90% interval of the share that is relevant; None where it cannot be known, as with fewer
        than five queries.

    Examples
    --------
    >>> sc.Nearby(pairs=30, relevant=12, low=0.5, high=0.6, interval=(0.3, 0.5)).share
    0.4
    """

    pairs: int
    relevant: int
    low: float
    high: float
    interval: Interval | None

    @property
    def share(self) -> float:
        """The share of the pairs that is relevant."""
        return self.relevant / self.pairs


@explain_mistakes
def relevance_near(score: float, judged: Judged) -> Nearby:
    """Count the relevant ones among the labelled pairs whose scores lie within 0.05 of this one.

    Where there are fewer than 30, the 30 nearest count instead (more at a tie, or all there are).
    A share of counts, and not a fitted curve, so that everybody can count it again.

    Parameters
    ----------
    score:
        A cosine.
    judged:
        Labelled pairs with their cosines.

    Raises
    ------
    InputError
        The score is no finite number.

    Examples
    --------
    >>> judged = sc.Judged.of([0, 1, 1], ["a", "b", "c"], scores=[0.1, 0.5, 0.6])
    >>> sc.relevance_near(0.55, judged).relevant
    2
    """
    if not np.isfinite(score):
        raise InputError(f"The score is {score}; give a finite number.")
    away = np.abs(judged.scores - score)
    fewest = min(FEWEST, len(away)) - 1
    near = away <= max(REACH, float(np.partition(away, fewest)[fewest]))
    relevant = near & judged.relevant
    scores = judged.scores[near]
    return Nearby(
        pairs=int(near.sum()),
        relevant=int(relevant.sum()),
        low=float(scores.min()),
        high=float(scores.max()),
        interval=ratio_interval(relevant.astype(float), near.astype(float), judged.queries),
    )
