"""The vectors of an engine in this process, searched by FAISS, as a store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from search_core.engine import SearchEngine
from search_core.errors import StoreError, check_kind
from search_core.extras import LazyLibrary
from search_core.index.spec import IndexSpec
from search_core.index.store import VectorStore, build_store
from search_core.mistakes import explain_mistakes
from search_core.scale import COSINE
from search_core.stores.faults import checked_queries, one_query
from search_core.stores.protocol import (
    MOST_WITHIN,
    Ability,
    Asked,
    StoreFingerprint,
    StoreHits,
    StoreRows,
)
from search_core.stores.rescoring import SLACK, proposals_for, rescored
from search_core.vector_engine import VectorEngine
from search_core.vectors import Positions, Vectors

_faiss = LazyLibrary("faiss", "faiss")

ENGINES_OF = {"squared_l2": "faiss-l2", "inner_product": "faiss-ip", "cosine": "faiss-ip"}


@explain_mistakes
class LocalStore:
    """A `SearchEngine` or `VectorEngine` as a store: the yardstick of all others.

    Attributes
    ----------
    scale, can:
        As a `ScoredStore` has them.

    Examples
    --------
    >>> engine = sc.VectorEngine.of(np.eye(3, 4), ids=["a", "b", "c"])
    >>> store = sc.LocalStore(engine)
    >>> store.search(np.eye(1, 4, dtype=np.float32), k=1).ids
    (('a',),)
    """

    scale = COSINE
    can: frozenset[Ability] = frozenset({"vectors", "range", "sample", "exact"})

    def __init__(self, engine: SearchEngine | VectorEngine) -> None:
        """Take an engine as it is; what is added to it later is not seen.

        Raises
        ------
        StoreError
            It is no engine.
        """
        check_kind(
            engine, (SearchEngine, VectorEngine), "build one, or open another store", StoreError
        )
        self._index: VectorStore = engine.store
        self._shortlist = 0
        if isinstance(engine, SearchEngine):
            self._ids, self._texts = engine.corpus.ids, engine.corpus.texts
            self._model, self._shortlist = engine.encoder.fingerprint, engine.shortlist
        else:
            self._ids, self._texts, self._model = engine.ids, ("",) * len(engine), ""

    @property
    def fingerprint(self) -> StoreFingerprint:
        """Which collection it is."""
        about = self._index.about()
        return StoreFingerprint(
            engine=ENGINES_OF[self._index.metric],
            version=str(_faiss.__version__),
            collection="in this process",
            metric=self._index.metric,
            dim=self._dim,
            count=len(self._index),
            index=str(about["factory"]),
            model=self._model,
        )

    def search(self, asked: Asked, k: int, where: Any = None, exact: bool = False) -> StoreHits:
        """Return the k best hits of `asked`; `where` and `exact` as in `ScoredStore`."""
        queries = self._checked(asked, where)
        depth = min(max(proposals_for(k), self._shortlist), len(self._index))
        index = self._flat if exact else self._index
        found = index.search(queries, depth)[1]
        return rescored(queries, [self._candidates(row) for row in found], k)

    def within(
        self, asked: Asked, score: float, where: Any = None, limit: int = MOST_WITHIN
    ) -> StoreHits:
        """Return up to `limit` hits of `asked` from `score` on; `where` as in `ScoredStore`."""
        queries = one_query(self._checked(asked, where))
        cosines = self._vectors @ queries[0]
        above = np.flatnonzero(cosines >= score - SLACK)
        best = above[np.argsort(-cosines[above], kind="stable")]
        found = self._candidates(best[: proposals_for(limit)])
        return rescored(queries, [found], limit, least=score, is_complete=len(above) <= limit)

    def sample(self, n: int, seed: int, where: Any = None) -> StoreRows:
        """Return n rows, each as likely as any other; `seed`, `where` as in `ScoredStore`."""
        self._refuse(where)
        chosen = np.random.default_rng(seed).permutation(len(self._index))[:n]
        return self._rows(np.sort(chosen), "uniform")

    def fetch(self, ids: Sequence[str]) -> StoreRows:
        """Return the rows of these ids; see `ScoredStore`."""
        known = [self._position[name] for name in ids if name in self._position]
        return self._rows(np.array(known, dtype=np.int64))

    def count(self, where: Any = None) -> int:
        """Return how many rows there are; `where` as in `ScoredStore`."""
        self._refuse(where)
        return len(self._index)

    @cached_property
    def _vectors(self) -> Vectors:
        return self._index.fetch(np.arange(len(self._index), dtype=np.int64))

    @cached_property
    def _flat(self) -> VectorStore:
        return build_store(IndexSpec("Flat", self._index.metric), self._vectors)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self._ids)}

    @cached_property
    def _dim(self) -> int:
        return int(self._index.fetch(np.array([0], dtype=np.int64)).shape[1])

    def _checked(self, asked: Asked, where: Any) -> Vectors:
        self._refuse(where)
        return checked_queries(asked, self._dim, "this index")

    def _refuse(self, where: Any) -> None:
        if where is not None:
            raise StoreError(
                "An index in this process has no fields to filter by; build one of the rows that "
                "you want, or open a store that filters."
            )

    def _candidates(self, found: Positions) -> StoreRows:
        return self._rows(np.sort(found[found >= 0]))

    def _rows(self, positions: Positions, how: str = "") -> StoreRows:
        rows = positions.tolist()
        return StoreRows(
            tuple(self._ids[row] for row in rows),
            tuple(self._texts[row] for row in rows),
            self._index.fetch(positions),
            how,
        )
