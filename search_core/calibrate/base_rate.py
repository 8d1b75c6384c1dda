"""Another share of relevant rows in use than among the labels: re-stating, and estimating it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from search_core.calibrate.maps import expit, logit
from search_core.errors import CalibrationError
from search_core.pairs import ScoredPairs

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator

Floats = npt.NDArray[np.float64]

UNINFORMED = 1e-9  # a slope of the likelihood per row that rounding alone can leave


def restated(p: Floats, labelled: float, share: float) -> Floats:
    """Return probabilities re-stated for another share of relevant rows.

    logit p′ = logit p + logit π′ − logit π (Saerens, Latinne and Decaestecker 2002). It holds where
    only the share differs, not what relevant texts look like.

    Parameters
    ----------
    p:
        Probabilities at the labels' own share.
    labelled, share:
        The share relevant among the labels, and in use; both inside (0, 1).

    Examples
    --------
    >>> restated(np.array([0.1, 0.5, 0.9]), labelled=0.5, share=0.1).round(3).tolist()
    [0.012, 0.1, 0.5]
    """
    moved = logit(np.array([share])) - logit(np.array([labelled]))
    return expit(logit(p) + moved)


def estimate_base_rate(calibrator: Calibrator, pairs: ScoredPairs) -> float:
    """Return the share of relevant rows that explains unjudged pairs best, if only it differs.

    The maximum of Σ ln(π′ p/π + (1 − π′)(1 − p)/(1 − π)) over π′, p being the calibrated values and
    π the labels' own share: where the EM of Saerens, Latinne and Decaestecker (2002) comes to rest.
    As there, it holds under label shift alone: relevant pairs look in use as they do among the
    labels, and so do irrelevant ones, but the two are mixed otherwise, as where the labels were
    made half relevant by design. Values that tell nothing leave the labels' own share.

    It does not hold for the hits of a search. Those are chosen by their score, and what is chosen
    so looks otherwise in both kinds, while a pair's probability given its score stays what it was.
    There the values hold as they stand, re-stating makes them wrong, and the share that is relevant
    is estimated by their mean, ``calibrator.predict(pairs).mean()``.

    Parameters
    ----------
    calibrator:
        Of yes-or-no labels; a share that it is re-stated for already makes no difference.
    pairs:
        As in use, not chosen by their score; for instance from `SearchEngine.score_texts`.

    Returns
    -------
    float
        Inside (0, 1), half a row away from either end at least, as `Calibrator.at_base_rate` takes
        it.

    Raises
    ------
    CalibrationError
        Graded labels, or no pairs.
    ScaleMismatch
        The pairs are on another scale than the labels were.
    """
    if calibrator.kind != "probability":
        raise CalibrationError(
            "A share of relevant rows can be estimated from probabilities alone, and this "
            "calibrator states an expected relevance; fit platt or the blend on yes-or-no labels."
        )
    if not len(pairs):
        raise CalibrationError("No pairs were given; the share is estimated from at least one.")
    p = replace(calibrator, base_rate=None).predict(pairs)
    return _most_likely_share(p, calibrator.fitted_on.mean)


def _most_likely_share(p: Floats, labelled: float) -> float:
    relevant, irrelevant = p / labelled, (1 - p) / (1 - labelled)

    def slope(share: float) -> float:
        mixture = share * relevant + (1 - share) * irrelevant
        return float(((relevant - irrelevant) / mixture).mean())

    # The likelihood is concave, so its slope falls and is 0 once at most.
    if abs(slope(labelled)) <= UNINFORMED:
        return labelled
    edge = 0.5 / (len(p) + 1)
    if slope(edge) <= 0:
        return edge
    if slope(1 - edge) >= 0:
        return 1 - edge
    return float(brentq(slope, edge, 1 - edge, xtol=1e-12))
