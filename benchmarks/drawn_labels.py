"""As many judged rows as a benchmark wants: whole queries of the sample, drawn again and again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import search_core as sc
from benchmarks.texts import EXAMPLES
from search_core.evaluate.judged import rows_by_query
from search_core.pairs import ScoredPairs

NOISE = 0.01  # of a column's standard deviation, so that no row is there twice


def sample_pairs() -> ScoredPairs:
    """Return the sample's judgements with their features."""
    engine = sc.SearchEngine.build(sc.read_corpus(EXAMPLES / "documents.csv"), sc.load_encoder())
    return engine.score_labels(sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3)))


def drawn(judged: ScoredPairs, n: int, seed: int) -> ScoredPairs:
    """Draw whole queries with replacement until there are n rows; each draw is a new query."""
    rng = np.random.default_rng(seed)
    rows_of = list(rows_by_query(judged.queries).values())
    rows: list[int] = []
    names: list[str] = []
    while len(rows) < n:
        chosen = rows_of[rng.integers(len(rows_of))].tolist()
        names += [f"{judged.queries[chosen[0]]} {len(rows)}"] * len(chosen)
        rows += chosen
    pairs = judged.take(np.array(rows[:n]))
    noise = rng.normal(0.0, NOISE, pairs.features.shape) * judged.features.std(axis=0)
    return replace(
        pairs,
        queries=tuple(names[:n]),
        features=pairs.features + noise,
        rows=tuple(range(2, n + 2)),
    )
