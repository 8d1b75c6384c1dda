"""Where scores fall in a store: among the rows that were drawn, and among unrelated questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from search_core.hits import Hits
from search_core.normalizers.background import Background, CollectionBackground
from search_core.normalizers.kinds import foreign_language
from search_core.normalizers.unrelated import OWN, UnrelatedQuestions
from search_core.normalizers.unrelated_scores import UnrelatedScores
from search_core.stores.sample import StoreSample
from search_core.vectors import Floats


def background_in(sample: StoreSample, hits: Hits) -> Background:
    """Return the background of a query by its hits in all of the store, and by the rows drawn."""
    rows = sample.rows
    cosines = np.empty(0)
    if hits.query_vector is not None and len(rows):
        cosines = np.clip(rows.vectors @ hits.query_vector, -1.0, 1.0).astype(np.float64)
    unrelated = unrelated_to(sample, hits.query)
    shared = CollectionBackground(rows.vectors, unrelated, np.arange(len(rows)))
    return Background(shared, cosines, unrelated, nearest=_distinct(hits), documents=sample.count)


def unrelated_to(sample: StoreSample, query: str) -> UnrelatedScores:
    """Return how unrelated questions do, and why a query is not compared with them."""
    if not query or OWN in sample.kinds or not sample.unrelated.is_enough:
        return sample.unrelated
    language = foreign_language(query, sample.kinds)
    if language is None:
        return sample.unrelated
    other = UnrelatedQuestions.for_foreign(language)
    return replace(sample.unrelated, why_none=other.across or other.why_none)


def _distinct(hits: Hits) -> Floats:
    """Return the cosines of the hits, equal texts once, best first."""
    first = dict(reversed(list(zip(hits.texts, hits.scores.tolist(), strict=True))))
    cosines = list(first.values()) if any(hits.texts) else hits.scores.tolist()
    return np.sort(np.array(cosines, dtype=np.float64))[::-1]
