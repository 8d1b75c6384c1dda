"""Scores of hits, brought to the scale that a calibrator was fitted on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search_core.hits import Hits
from search_core.scale import BROUGHT_SCALES, METRIC_SCALES, ScoreScale

Floats = npt.NDArray[np.float64]

_L2 = BROUGHT_SCALES["l2"]
_OF_UNIT_VECTORS = {**METRIC_SCALES, _L2.name: _L2}


def scores_on(scale: ScoreScale, hits: Hits) -> Floats:
    """Return the hits' scores on a scale, shape (k,).

    Scores on that very scale stay as they are. Metrics of unit vectors are one another through the
    cosine: D = 2 − 2c for squared L2, and its root for L2. Encoders are not compared here.

    Raises
    ------
    ScaleMismatch
        The hits are on another scale, and one of the two is no metric of unit vectors.
    """
    given = hits.scale.from_source(scale.source)
    if given == scale:
        return hits.scores
    if not (_is_of_unit_vectors(scale) and _is_of_unit_vectors(given)):
        scale.require(given)
    return _from_cosines(_cosines(hits), scale.name)


def _is_of_unit_vectors(scale: ScoreScale) -> bool:
    known = _OF_UNIT_VECTORS.get(scale.name)
    return known is not None and known.from_source(scale.source) == scale


def _cosines(hits: Hits) -> Floats:
    if hits.scale.name == _L2.name:
        return np.clip(1.0 - hits.scores**2 / 2.0, -1.0, 1.0)
    return hits.cosines()


def _from_cosines(cosines: Floats, name: str) -> Floats:
    squared = 2.0 - 2.0 * cosines
    if name == "squared_l2":
        return squared
    return np.sqrt(squared) if name == _L2.name else cosines
