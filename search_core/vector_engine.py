"""Vectors and ids alone: searched by vectors, where there are no texts and no encoder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.engine import SearchEngine, on_metric
from search_core.errors import IndexSpecError, QueryError, check_kind, several, whole_number
from search_core.hits import Hits
from search_core.index.held import ids_of, metric_of
from search_core.index.spec import IndexSpec
from search_core.index.store import FaissStore, VectorStore, build_store, nearest_in
from search_core.mistakes import explain_mistakes
from search_core.scale import METRIC_SCALES, ScoreScale
from search_core.vectors import Vectors, unit_query, unit_vectors


@explain_mistakes
class VectorEngine:
    """Searches vectors by a query's vector; its hits have ids and exact scores, and no texts.

    What `SearchEngine` does with texts (queries in words, labels, blends) it cannot do and says so.

    Attributes
    ----------
    ids:
        The ids of the vectors, in their order.
    store:
        The index.
    scale:
        What the scores of its hits mean.

    Examples
    --------
    >>> engine = sc.VectorEngine.of(np.eye(3, 4), ids=["a", "b", "c"])
    >>> engine.search([0.0, 1.0, 0.0, 0.0], k=1).ids
    ('b',)
    """

    def __init__(self, store: VectorStore, ids: tuple[str, ...]) -> None:
        """Put together what fits; `of` and `from_faiss` make it."""
        self.store = store
        self.ids = ids
        self.scale: ScoreScale = METRIC_SCALES[store.metric]

    @classmethod
    def of(
        cls,
        vectors: npt.ArrayLike,
        ids: Iterable[object] | None = None,
        spec: IndexSpec | None = None,
    ) -> VectorEngine:
        """Index vectors.

        Parameters
        ----------
        vectors:
            Shape (n, dim), unit norm. An array of float32 is kept, not copied.
        ids:
            One a vector; without them they are numbered from 0.
        spec:
            The index; "Flat" by squared L2 if not given.

        Raises
        ------
        IndexSpecError
            No such vectors or ids, or an index that cannot be built on them.
        """
        spec = spec or IndexSpec()
        check_kind(spec, IndexSpec, "write IndexSpec('Flat') or another", IndexSpecError)
        shape = np.shape(vectors)
        if len(shape) != 2 or not all(shape):
            raise IndexSpecError(
                f"Vectors of shape {shape} were given; give at least one, as an array of shape "
                "(n, dim)."
            )
        unit = unit_vectors(vectors, *shape)
        names = range(len(unit)) if ids is None else several(ids, "ids", IndexSpecError)
        return cls(build_store(spec, unit), _names(names, len(unit)))

    @classmethod
    def from_faiss(
        cls, index: Any, ids: Iterable[object] | None = None, vectors: npt.ArrayLike | None = None
    ) -> VectorEngine:
        """Search a FAISS index that a program already holds, as `SearchEngine.from_faiss` does.

        Parameters
        ----------
        index:
            The index.
        ids:
            One a vector, in the order in which they were added; without them the ids of the index.
        vectors:
            The vectors in that order, where the index does not keep them exactly.

        Raises
        ------
        IndexSpecError
            As for `SearchEngine.from_faiss`; also not one id a vector.
        """
        metric_of(index)
        held = ids_of(index)
        if not len(held):
            raise IndexSpecError(
                f"This {type(index).__name__} holds no vectors; add at least one before it is "
                "searched."
            )
        names = held.tolist() if ids is None else several(ids, "ids", IndexSpecError)
        return cls(FaissStore.holding(index, vectors), _names(names, len(held)))

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<VectorEngine: {len(self):,} vectors without texts, ranked by {self.store.metric}>"

    def __getattr__(self, name: str) -> Any:
        if hasattr(SearchEngine, name):
            raise AttributeError(
                f"A VectorEngine has no '{name}', which needs texts and an encoder; give both to "
                "SearchEngine.from_vectors or SearchEngine.from_faiss."
            )
        raise AttributeError(f"A VectorEngine has no '{name}'.")

    @property
    def vectors(self) -> Vectors:
        """float32 unit vectors, shape (n, dim)."""
        return self.store.fetch(np.arange(len(self), dtype=np.int64))

    def search(self, vector: npt.ArrayLike, k: int = 10) -> Hits:
        """Return the k best hits of a query's unit vector, shape (dim,); their texts are empty.

        Raises
        ------
        QueryError
            A text instead of a vector, one of another length or not of unit norm, or a k that is
            no whole number of 1 or more.
        """
        if isinstance(vector, str):
            raise QueryError(
                "A text was given where a vector was expected: this engine has no encoder. Give "
                "the query's vector, or give texts and encoder to SearchEngine.from_vectors."
            )
        k = whole_number(k, "k", QueryError)
        asked = unit_query(vector, self.store.fetch(np.array([0])).shape[1])
        cosines, positions = nearest_in(self.store, asked, k)
        found = positions.tolist()
        return Hits(
            query="",
            positions=tuple(found),
            ids=tuple([self.ids[position] for position in found]),
            texts=("",) * len(found),
            scores=on_metric(cosines, self.store.metric),
            scale=self.scale,
            query_vector=asked,
        )

    def search_many(self, vectors: Iterable[npt.ArrayLike], k: int = 10) -> list[Hits]:
        """Return the hits of each query's vector, as `search` does; shape (n, dim).

        Parameters
        ----------
        vectors:
            One vector of length 1 for each query.
        k:
            How many hits each query gets at most.

        Raises
        ------
        QueryError
            As for `search`; also vectors that are no list.
        """
        return [self.search(vector, k) for vector in several(vectors, "vectors", QueryError)]


def _names(ids: Iterable[object], count: int) -> tuple[str, ...]:
    names = tuple(map(str, ids))
    if len(names) != count:
        raise IndexSpecError(
            f"{count} vectors and {len(names)} ids were given; give each vector an id."
        )
    if len(set(names)) < count:
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise IndexSpecError(f"The id '{twice[:40]}' is given twice; give each vector its own.")
    return names
