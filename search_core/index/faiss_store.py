"""Vectors in a FAISS index, in memory."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from search_core.errors import IndexSpecError
from search_core.index.spec import IndexSpec
from search_core.index.store import Ids, Scores, Vectors

_METRICS = {
    "squared_l2": faiss.METRIC_L2,
    "inner_product": faiss.METRIC_INNER_PRODUCT,
    # On unit vectors the inner product is the cosine; FAISS has no cosine of its own.
    "cosine": faiss.METRIC_INNER_PRODUCT,
}


class FaissStore:
    """A FAISS index, and beside it the exact float32 vectors that it was built from."""

    def __init__(self, spec: IndexSpec, dim: int) -> None:
        """Make an empty index.

        Raises
        ------
        IndexSpecError
            FAISS does not know the factory string, or cannot build it for this dimension.
        """
        self._spec = spec
        self._dim = dim
        self._vectors: Vectors = np.empty((0, dim), dtype=np.float32)
        self._index: Any = self._empty_index()

    @property
    def metric(self) -> str:
        """The function that the index ranks by."""
        return self._spec.metric

    def __len__(self) -> int:
        return len(self._vectors)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Store vectors, shape (n, dim); ids count on from 0 without gaps, or replace.

        Raises
        ------
        IndexSpecError
            An index that must be trained has too few vectors to train on.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        new = np.asarray(ids) >= len(self)
        if not np.array_equal(np.asarray(ids)[new], np.arange(len(self), len(self) + new.sum())):
            raise IndexSpecError("Ids of a FAISS store count on from 0 without gaps.")
        replaced = not new.all()
        self._vectors = np.concatenate([self._vectors, vectors[new]])
        self._vectors[np.asarray(ids)[~new]] = vectors[~new]
        if replaced:
            self._index = self._empty_index()
        self._fill(self._vectors if replaced else vectors)

    def search(self, vectors: Vectors, k: int) -> tuple[Scores, Ids]:
        """Return the index's own scores and ids, both (n, k); id -1 where fewer were found."""
        scores, ids = self._index.search(
            np.ascontiguousarray(vectors, dtype=np.float32), k, params=self._parameters()
        )
        return scores, ids

    def fetch(self, ids: Ids) -> Vectors:
        """Return the exact vectors of these ids."""
        return self._vectors[ids]

    def sample(self, n: int, seed: int) -> tuple[Ids, Vectors]:
        """Return n vectors chosen by the seed, in the order of their ids."""
        chosen = np.random.default_rng(seed).choice(len(self), min(n, len(self)), replace=False)
        chosen.sort()
        return chosen.astype(np.int64), self._vectors[chosen]

    def close(self) -> None:
        """Give back the memory."""
        self._index.reset()
        self._vectors = np.empty((0, self._dim), dtype=np.float32)

    def _empty_index(self) -> Any:
        try:
            return faiss.index_factory(self._dim, self._spec.factory, _METRICS[self.metric])
        except RuntimeError:
            raise IndexSpecError(
                f"FAISS cannot build '{self._spec.factory}' for vectors of {self._dim} numbers; "
                "write a factory string such as 'Flat', 'HNSW32' or 'IVF16,Flat'."
            ) from None

    def _fill(self, vectors: Vectors) -> None:
        try:
            if not self._index.is_trained:
                self._index.train(vectors)
            self._index.add(vectors)
        except RuntimeError:
            raise IndexSpecError(
                f"'{self._spec.factory}' must be trained, and {len(vectors)} vectors are too few; "
                "use 'Flat', or an index with fewer lists or centroids."
            ) from None

    def _parameters(self) -> Any:
        # Parameters go with the call, not onto the index: two visitors may share it.
        library: Any = faiss  # its stubs lack the parameter classes
        if isinstance(self._index, faiss.IndexIVF) and self._spec.nprobe is not None:
            return library.SearchParametersIVF(nprobe=self._spec.nprobe)
        if isinstance(self._index, faiss.IndexHNSW) and self._spec.ef_search is not None:
            return library.SearchParametersHNSW(efSearch=self._spec.ef_search)
        return None
