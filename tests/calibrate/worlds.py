"""Made-up judged pairs, where what is true is known."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from search_core.features import FEATURE_NAMES
from search_core.pairs import ScoredPairs
from search_core.scale import COSINE

ENCODER = "a fingerprint"


def judged(
    queries: int = 60,
    rows: int = 10,
    *,
    seed: int = 0,
    cosine: float = 12.0,
    rest: float = 0.0,
    effect: float = 0.0,
    shift: float = 0.0,
    graded: bool = False,
) -> ScoredPairs:
    """Return pairs whose log-odds are linear in their features.

    `cosine` is the slope on the cosine, `rest` that on lsm and nearw, `effect` the standard
    deviation of what a query's rows share, and `shift` is added throughout.
    """
    rng = np.random.default_rng(seed)
    count = queries * rows
    features = rng.normal(0.4, 0.12, (count, len(FEATURE_NAMES)))
    features[:, 0] = np.clip(features[:, 0], -1, 1)
    names = list(FEATURE_NAMES)
    others = features[:, names.index("lsm")] + features[:, names.index("nearw")] - 0.8
    odds = shift + cosine * (features[:, 0] - 0.4) + rest * others
    chance = expit(odds + np.repeat(rng.normal(0, effect, queries), rows))
    y = np.round(chance, 1) if graded else (rng.random(count) < chance).astype(np.float64)
    return ScoredPairs(
        queries=tuple(f"query {row // rows}" for row in range(count)),
        relevance=y,
        features=features,
        feature_names=FEATURE_NAMES,
        scale=COSINE.from_source(ENCODER),
        texts=tuple(f"text {row}" for row in range(count)),
        graded=graded,
        rows=tuple(range(2, count + 2)),
        corpus_fingerprint="a collection",
        corpus_size=1_000,
        usual_cosine=(0.1, 0.15),
    )


def scores_alone(pairs: ScoredPairs) -> ScoredPairs:
    """Return the same rows as a file that brings its own scores would give them."""
    return ScoredPairs(
        queries=pairs.queries,
        relevance=pairs.relevance,
        features=pairs.features[:, :1],
        feature_names=("score",),
        scale=pairs.scale,
        graded=pairs.graded,
        rows=pairs.rows,
    )
