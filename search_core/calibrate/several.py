"""Several scores of engines in one fit, such as BM25, cosine and a reranker's; no texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from search_core.calibrate.maps import Blend, Columns, Member, expit, mixed
from search_core.calibrate.models import (
    CheckedFit,
    CrossFit,
    Design,
    additive_design,
    cross_fit,
    logistic_design,
    some_folds,
)
from search_core.vectors import Floats, Rows

STRENGTH = 0.3  # of the penalty, as for the blend's members on a few columns
HALVES = (0.5, 0.5)


def fit_several(
    columns: Columns, y: Floats, folds: Sequence[Rows], row_weights: Floats | None = None
) -> CheckedFit:
    """Fit two regressions on all scores, one straight and one that bends, and check them by query.

    Their log-odds are averaged: few labels cannot tell which is better, and text scores such as
    BM25, some of which are far above all others, bend.

    Parameters
    ----------
    columns, y:
        Scores by name, more being better, and labels; each of shape (n,).
    folds:
        The held-out rows of each fold; no query in two folds.
    row_weights:
        What each row counts, mean 1, shape (n,); all alike if not given.
    """
    names, rows = tuple(columns), np.column_stack(list(columns.values()))
    designs: tuple[Design[Member], ...] = (
        logistic_design(names, rows, STRENGTH),
        additive_design(names, (), rows, STRENGTH),
    )
    fits: list[CrossFit[Member]] = [cross_fit(each, y, folds, row_weights) for each in designs]
    held_out = expit(mixed(np.array([each.held_out_odds() for each in fits]), HALVES))
    left_out = tuple(
        _blend([each.without(fold) for each in fits]) for fold in some_folds(len(folds))
    )
    return CheckedFit(_blend([each.map for each in fits]), held_out, left_out)


def _blend(members: Sequence[Member]) -> Blend:
    """Return a blend without a guard: there is no cosine that it could go by."""
    return Blend(tuple(members), HALVES, guard=None)
