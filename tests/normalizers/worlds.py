"""Small collections of made-up vectors, searched by plain numpy, for the tests of the readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.hits import Hits
from search_core.normalizers.background import Background, CollectionBackground
from search_core.scale import METRIC_SCALES, ScoreScale

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


def unit(rng: np.random.Generator, rows: int, dim: int, centre: float = 0.4) -> Vectors:
    """Directions around a common centre, as the texts of one collection are."""
    vectors = rng.normal(size=(rows, dim)) + centre
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class World:
    """A collection, questions that have nothing to do with it, and one query."""

    documents: Vectors
    questions: Vectors
    query: Vectors

    @classmethod
    def of_seed(
        cls, seed: int, documents: int = 80, copies: int = 0, questions: int = 60, dim: int = 6
    ) -> World:
        """Draw a world; the first `copies` documents are one and the same text."""
        rng = np.random.default_rng(seed)
        vectors = unit(rng, documents, dim)
        vectors[:copies] = vectors[:1]
        return cls(vectors, unit(rng, questions, dim), unit(rng, 1, dim)[0])

    @property
    def cosines(self) -> Floats:
        """Exact cosine of the query with every document."""
        products = self.documents.astype(np.float64) @ self.query.astype(np.float64)
        return np.clip(products, -1.0, 1.0)

    def background(self) -> Background:
        return CollectionBackground.build(self.documents, self.questions).of_query(self.query)

    def hits(self, k: int, metric: str = "cosine") -> Hits:
        """Return the k best documents; equal ones by position."""
        places = np.argsort(-self.cosines, kind="stable")[:k]
        cosines = self.cosines[places]
        scores = 2.0 - 2.0 * cosines if metric == "squared_l2" else cosines
        return hits_of(scores, METRIC_SCALES[metric], places.tolist())


def hits_of(scores: npt.ArrayLike, scale: ScoreScale, places: list[int] | None = None) -> Hits:
    """Put scores in best-first order on their scale; ids are the positions."""
    values = np.asarray(scores, dtype=np.float64)
    if places is None:
        values = np.sort(values)[::-1] if scale.higher_is_better else np.sort(values)
        places = list(range(len(values)))
    names = tuple(map(str, places))
    return Hits("a query", tuple(places), names, names, values, scale)
