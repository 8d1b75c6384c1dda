"""One round of a plan: best hits of some questions, and pairs that teach a fit most."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from search_core.judging.draw import (
    draw_systematically,
    drawing_sizes,
    inclusion_probabilities,
)
from search_core.judging.estimates import Round
from search_core.judging.expected import features_of
from search_core.judging.pool import Pool
from search_core.limits import DEMO_ROWS
from search_core.vectors import Floats, Mask, Rows

LABELS = DEMO_ROWS  # of a plan: the fewest that a fit can be checked with
ROUND = 25  # pairs drawn together; what they teach steers the next
BEST_HITS = 30  # of a plan's pairs, each of another question
DIGITS = 6  # of what sorts pairs: no last digit of a cosine decides what is drawn


def draw_round(pool: Pool, expected: Floats, known: Mask, count: int, seed: Sequence[int]) -> Round:
    """Draw pairs that were not drawn before, in a random order.

    Best hits and other pairs are drawn apart, each systematically: the former all alike along
    their cosine, the latter by `drawing_sizes` along what is expected of them.

    Parameters
    ----------
    pool, expected:
        All pairs, and what is expected of each, in [0, 1]; shape (n,).
    known:
        Which of them were drawn before, shape (n,).
    count:
        How many to draw, of at least as many that are left.
    seed:
        Of the draw.
    """
    rng = np.random.default_rng(seed)
    best = np.flatnonzero(pool.is_best & ~known)
    others = np.flatnonzero(~pool.is_best & ~known)
    share = min(len(pool.questions), BEST_HITS) / LABELS
    of_best = min(math.ceil(count * share), len(best))
    of_others = min(count - of_best, len(others))
    sizes = drawing_sizes(expected, features_of(pool))
    parts = (
        _drawn(_sorted(best, pool.cosines), np.ones(len(pool)), count - of_others, rng),
        _drawn(_sorted(others, expected), sizes, of_others, rng),
    )
    rows, inclusion = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = rng.permutation(len(rows))
    return Round(rows[order], inclusion[order])


def _sorted(rows: Rows, by: Floats) -> Rows:
    return rows[np.argsort(by[rows].round(DIGITS), kind="stable")]


def _drawn(rows: Rows, sizes: Floats, count: int, rng: np.random.Generator) -> tuple[Rows, Floats]:
    """Draw so many of these rows, and return them with their probabilities."""
    chances = inclusion_probabilities(sizes[rows], count)
    chosen = draw_systematically(chances, float(rng.random()))
    return rows[chosen], chances[chosen]
