"""What is expected of a pair before it is labelled, and after some have been."""

from __future__ import annotations

import numpy as np

from search_core.calibrate.maps import logit
from search_core.calibrate.models import logistic_design
from search_core.calibrate.prior import load_prior
from search_core.judging.pool import Pool
from search_core.vectors import Floats, Rows

LOWEST = 0.01  # nothing is expected with more certainty than this before it is judged
FEWEST_LABELS = 10  # from which the regression on them says more than what was there before
STRENGTH = 0.3  # of the regression on few labels, as for the blend's smallest member
COLUMNS = ("cos", "lsm", "nearw")
"""What a fit on fifty labels can learn from: the columns of the blend's smallest member."""


def features_of(pool: Pool) -> Floats:
    """Return the columns that a fit on few labels looks at, shape (n, 3)."""
    columns = pool.pairs.columns()
    return np.column_stack([columns[name] for name in COLUMNS])


def before_labels(pool: Pool) -> Floats:
    """Return what labels of other collections let expect, shape (n,).

    It only steers which pairs are asked about; estimates hold however wrong it is. One half where
    the collection is too small for such a comparison.
    """
    if pool.pairs.usual_cosine is None:
        return np.full(len(pool), 0.5)
    return _moderate(load_prior().predict(pool.pairs).mean)


def after_labels(
    pool: Pool, before: Floats, numbers: Rows, relevance: Floats, weights: Floats
) -> Floats:
    """Return what is expected once some pairs have labels, shape (n,).

    Parameters
    ----------
    pool, before:
        The pairs, and what was expected of them.
    numbers, relevance, weights:
        Which pairs have labels, these, and what each counts; shape (labels,).
    """
    if len(numbers) < FEWEST_LABELS or np.ptp(relevance) == 0:
        return before
    names = ("expected", *COLUMNS)
    columns = np.column_stack([logit(before), features_of(pool)])
    design = logistic_design(names, columns[numbers], STRENGTH)
    fitted = design.fit(relevance, weights)
    return _moderate(fitted.predict(dict(zip(names, columns.T, strict=True))))


def _moderate(values: Floats) -> Floats:
    return np.clip(values, LOWEST, 1.0 - LOWEST)
