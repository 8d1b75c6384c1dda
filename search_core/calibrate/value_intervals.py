"""How sure one predicted value is: the same value by fits that each left out one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.maps import Map, expit, logit
from search_core.evaluate.intervals import t_quantile
from search_core.evaluate.reliability import CLIP
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats


def value_intervals(
    calibrator: Calibrator, left_out: Sequence[Map], folds: int, pairs: ScoredPairs
) -> Floats:
    """Return the 90% interval of each pair's value, shape (n, 2).

    v ± t · √((G − 1) · mean (vᵍ − v̄)²), in log-odds, of G fits that left out a fold of queries
    each, and t of G − 1 degrees.

    Parameters
    ----------
    calibrator:
        Fitted on all queries.
    left_out:
        The maps fitted without a fold, of all folds or of some.
    folds:
        How many there were.
    pairs:
        What it is asked about.
    """
    odds = np.array([_odds(replace(calibrator, model=each).predict(pairs)) for each in left_out])
    spread = np.sqrt((folds - 1) * odds.var(axis=0))
    far = t_quantile(folds) * spread
    values = calibrator.predict(pairs)
    low, high = expit(_odds(values) - far), expit(_odds(values) + far)
    # Log-odds end where a value is next to 0 or 1, which its interval holds all the same.
    return np.column_stack([np.minimum(low, values), np.maximum(high, values)])


def _odds(values: Floats) -> Floats:
    return logit(np.clip(values, CLIP, 1 - CLIP))
